"""Lines of MALLET's state to arrays, a block at a time: `doc source pos typeindex type topic`.

A source may have blanks: doc is before the first blank of a line, the others are counted from its end.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..corpus.formats.records import InputError
from ..engine.arrays import Int64
from .found import shown, wrong

_DIGITS = 9  # of a number, at most
_BLANKS = 5  # in a line, at least


class Tokens(NamedTuple):
    """N tokens, in the order of the file.

    docs, types, topics : (N,) int64, as MALLET numbers them
    words : (N, 2) int64, begin and end of each type in `text`
    sources : of each distinct document
    """

    docs: Int64
    types: Int64
    topics: Int64
    words: Int64
    text: bytes
    sources: list[bytes]

    def word(self, token: int) -> bytes:
        """Return the type of a token."""
        begin, end = self.words[token].tolist()
        return self.text[begin:end]

    def part(self, first: int, end: int) -> "Tokens":
        """Return some tokens, at least one, of whole documents; their text has no more than they need."""
        docs, words = self.docs[first:end], self.words[first:end]
        before = len(np.unique(self.docs[:first]))
        sources = self.sources[before : before + len(np.unique(docs))]
        begin = int(words[0, 0])
        text = self.text[begin : int(words[-1, 1])]
        return Tokens(docs, self.types[first:end], self.topics[first:end], words - begin, text, sources)

    @classmethod
    def joined(cls, one: "Tokens", other: "Tokens") -> "Tokens":
        """Return the tokens of two; the last document of one may go on in the other."""
        goes_on = int(one.docs[-1] == other.docs[0])
        return cls(
            np.concatenate([one.docs, other.docs]),
            np.concatenate([one.types, other.types]),
            np.concatenate([one.topics, other.topics]),
            np.concatenate([one.words, other.words + len(one.text)]),
            one.text + other.text,
            one.sources + other.sources[goes_on:],
        )


def tokens_of(block: bytes, n_before: int, n_topics: int) -> Tokens:
    """Return the tokens of whole lines, at least one. Raises InputError, which names the first bad line.

    n_before : lines of the file before them
    """
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1])
    blanks = np.flatnonzero(data == ord(" "))
    first, last = np.searchsorted(blanks, starts), np.searchsorted(blanks, ends) - 1
    is_bad = last - first < _BLANKS - 1
    if not is_bad.any():
        before_topic, before_type, before_index, before_place = (blanks[last - back] for back in range(4))
        after_doc = blanks[first]
        docs, bad_docs = _numbers(data, starts, after_doc)
        types, bad_types = _numbers(data, before_index + 1, before_type)
        topics, bad_topics = _numbers(data, before_topic + 1, ends)
        is_bad = bad_docs | bad_types | bad_topics | (before_topic - before_type < 2)
    if is_bad.any():
        raise _wrong_line(block, int(np.argmax(is_bad)), starts, ends, n_before)
    if topics.max() >= n_topics:
        line = int(np.argmax(topics >= n_topics))
        raise wrong(f"topic {topics[line]} of {n_topics} topics, as #alpha says", n_before + line + 1)
    new = np.flatnonzero(np.diff(docs, prepend=-1))
    if (docs[new[1:]] < docs[new[:-1]]).any():
        line = int(new[1:][docs[new[1:]] < docs[new[:-1]]][0])
        raise wrong("documents are out of order", n_before + line + 1)
    spans = zip((after_doc[new] + 1).tolist(), before_place[new].tolist(), strict=True)
    sources = [block[begin:end] for begin, end in spans]
    return Tokens(docs, types, topics, np.stack([before_type + 1, before_topic], axis=1), block, sources)


def _numbers(data: NDArray[np.uint8], begins: Int64, ends: Int64) -> tuple[Int64, NDArray[np.bool_]]:
    """Return the numbers in data[begin:end], (N,), and which of them are none."""
    widths = ends - begins
    is_bad = (widths < 1) | (widths > _DIGITS)
    numbers = np.zeros(len(begins), np.int64)
    for place in range(min(_DIGITS, int(widths.max(initial=0)))):
        here = np.flatnonzero(widths > place)
        digits = data[begins[here] + place] - ord("0")  # of uint8: what is no digit is above 9
        is_bad[here] |= digits > 9
        numbers[here] = numbers[here] * 10 + digits
    return numbers, is_bad


def _wrong_line(block: bytes, at: int, starts: Int64, ends: Int64, n_before: int) -> InputError:
    line = block[int(starts[at]) : int(ends[at])]
    return wrong(f"{shown(line)} is not doc, source, pos, typeindex, type and topic", n_before + at + 1)
