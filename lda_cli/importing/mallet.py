"""MALLET's models: --topic-word-weights-file with --output-topic-keys, or --output-state.

    topic TAB word TAB weight             K x V lines, topic by topic; the weight is a count plus beta
    topic TAB alpha TAB word word ...     K lines
    #doc source pos typeindex type topic  a state (mallet_state.py)

What a file is follows from its first line, whatever its name.
"""

import math
import os
import re
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpus.formats.records import InputError
from ..corpus.inputs.files import printable
from ..engine.arrays import Float32, Float64
from ..errors import CorpusError
from . import mallet_state
from .found import (
    Files,
    Found,
    at_least_two,
    check_room,
    checked_alpha,
    checked_terms,
    occurrences_of,
    shown,
    wrong,
)
from .lines import numbered_blocks

KEYS = "topic-keys.txt"
_WEIGHTS = "topic-word-weights.txt"
_STATES = ("state.gz", "state", "topic-state.gz")
ALPHA_SUM = 5.0  # MALLET's default

_LINE_BYTES = 1 << 20
_NUMBER_BYTES = 40
_GIVE_WEIGHTS = "give the file of --topic-word-weights-file or --output-state"
_GIVE_KEYS = "give the file of --output-topic-keys of this model by --topic-keys"
_AS_MALLET_WRITES = "give the file as MALLET writes it: topics 0, 1, ..., each with all words in one order"
_NUMBER = rb"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?|NaN|-?Infinity"
_WEIGHT_LINE = re.compile(rb"(\d{1,9})\t([^\t]+)\t(%b)" % _NUMBER.replace(b"[.,]", rb"\."))
_KEYS_LINE = re.compile(rb"(\d{1,9})\t(%b)\t.*" % _NUMBER)
_BYTES_A_CELL = 12  # Phi in float32: its rows, the whole, and a copy for saving
_BYTES_A_TERM = 200  # of a word in memory, with its place in a dict
# What else MALLET writes, by its first line
_OTHERS = (
    (re.compile(rb"#doc name topic proportion"), "a file of --output-doc-topics"),
    (re.compile(rb"\d+\t[^\t]*(?:\t(?:%b)){2,}" % _NUMBER), "a file of --output-doc-topics"),
    (_KEYS_LINE, "a file of --output-topic-keys"),
    (re.compile(rb"\d+ \S+(?: \d+:\d+)+ ?"), "a file of --word-topic-counts-file"),
    (re.compile(rb"#topic doc name proportion"), "a file of --output-topic-docs"),
    (re.compile(rb"<\?xml"), "an XML file"),
)


def read(path: str, keys: str | None, files: Files) -> Found:
    """Return the model of MALLET's files.

    path : of the weights or of a state, or a folder that has topic-word-weights.txt or state.gz
    keys : of the topic keys; if None, topic-keys.txt beside the weights, if it is there

    The words of MALLET are UTF-8; each file may be compressed. Raises CorpusError.
    """
    path = _inside(path) if os.path.isdir(path) else path
    if not _first_line(path, files).startswith(mallet_state.HEADER):
        return _of_weights(path, keys, files)
    if keys is not None:
        raise CorpusError(f"{printable(keys)}: a state has alpha itself; leave out --topic-keys")
    return mallet_state.read(path, files, ALPHA_SUM)


def _inside(folder: str) -> str:
    paths = (os.path.join(folder, name) for name in (_WEIGHTS, f"{_WEIGHTS}.gz", *_STATES))
    found = next((path for path in paths if os.path.lexists(path)), None)
    if found is None:
        raise CorpusError(f"{printable(folder)}: a folder without {_WEIGHTS} or {_STATES[0]}; give the file")
    return found


def _first_line(path: str, files: Files) -> bytes:
    """Return the first line of MALLET's weights or of a state. Raises CorpusError for other files."""
    with files.opened(path, again=True) as stream:
        line = stream.readline(_LINE_BYTES).rstrip(b"\r\n")
        if _WEIGHT_LINE.fullmatch(line) or line.startswith(mallet_state.HEADER):
            return line
        for form, kind in _OTHERS:
            if form.match(line):
                raise wrong(f"is {kind}", remedy=_GIVE_WEIGHTS)
        raise wrong(f"{shown(line)} is not topic, word and weight, with tabs between", 1, _GIVE_WEIGHTS)


def _of_weights(path: str, keys: str | None, files: Files) -> Found:
    if keys is None:
        beside = (os.path.join(os.path.dirname(path), KEYS + ending) for ending in ("", ".gz"))
        keys = next((place for place in beside if os.path.lexists(place)), None)
    weights = _Weights()
    with files.opened(path) as stream:
        for block, n_before in numbered_blocks(stream):
            weights.add(block, n_before)
        terms, phi, sizes, of_terms, beta = weights.finished()
        occurrences = occurrences_of(of_terms - len(phi) * beta)
    named = printable(os.path.basename(path))
    return Found(
        source=named if keys is None else f"{named} and {printable(os.path.basename(keys))}",
        phi=phi,
        terms=terms,
        alpha=None if keys is None else _alpha(keys, len(phi), files),
        alpha_sum=ALPHA_SUM,
        eta=beta,
        occurrences=occurrences,
        topic_counts=(sizes - len(terms) * beta).clip(0),
        fingerprint=files.digest.hexdigest(),
    )


class _Weights:
    """Phi, a row for each topic that is over, from blocks of lines."""

    def __init__(self) -> None:
        self._words: list[bytes] = []  # of topic 0, and so of all
        self._parts: list[Float64] = []  # weights of the topic that is being read
        self._n_read = 0  # of its words
        self._rows: list[Float32] = []
        self._sizes: list[float] = []
        self._of_terms: Float64 = np.zeros(0)
        self._least = math.inf

    def add(self, block: bytes, n_before: int) -> None:
        """Add whole lines; n_before : the lines of the file before them. Raises InputError."""
        fields = block.removesuffix(b"\n").replace(b"\n", b"\t").split(b"\t")
        topics, words, weights = fields[::3], fields[1::3], fields[2::3]
        try:
            if not len(topics) == len(words) == len(weights) == block.count(b"\n"):
                raise ValueError
            numbers, values = _numbers(topics, np.int64), _numbers(weights, np.float64)
        except (ValueError, OverflowError):
            raise _first_wrong(block, n_before) from None
        if not np.all((values >= 0) & (values < math.inf)):
            line = n_before + 1 + int(np.argmin((values >= 0) & (values < math.inf)))
            raise wrong("a weight must be a number of at least 0", line)
        ends = [*np.flatnonzero(np.diff(numbers)) + 1, len(numbers)]
        for begin, end in pairwise([0, *map(int, ends)]):
            self._add_run(int(numbers[begin]), words[begin:end], values[begin:end], n_before + begin + 1)

    def _add_run(self, topic: int, words: list[bytes], weights: Float64, line: int) -> None:
        """Add consecutive weights of one topic, the first of them in `line`."""
        if topic != len(self._rows) and self._n_read:
            self._end_topic(line)
        if topic != len(self._rows):
            raise wrong(f"topic {topic}, and topic {len(self._rows)} is wanted", line, _AS_MALLET_WRITES)
        if topic == 0:
            self._words += words
            check_room(1, len(self._words), _BYTES_A_TERM)
        else:
            known = self._words[self._n_read : self._n_read + len(words)]
            if words != known:
                known += [b""] * (len(words) - len(known))
                at = next(at for at, pair in enumerate(zip(words, known, strict=True)) if pair[0] != pair[1])
                told = f"{shown(words[at])} is not the word at this place in topic 0"
                raise wrong(told, line + at, _AS_MALLET_WRITES)
        self._parts.append(weights)
        self._n_read += len(words)

    def _end_topic(self, line: int | None = None) -> None:
        n_words, topic = len(self._words), len(self._rows)
        if self._n_read < n_words:
            told = f"topic {topic} has {self._n_read} words, and topic 0 has {n_words}"
            raise wrong(told, line, _AS_MALLET_WRITES)
        row = np.concatenate(self._parts)
        with np.errstate(over="ignore"):  # refused below
            size = float(row.sum())
        if not 0 < size < math.inf:
            raise wrong(f"the weights of topic {topic} are all 0, or too large", line)
        if not topic:
            self._of_terms = np.zeros(n_words)
        check_room(topic + 1, n_words, _BYTES_A_CELL)
        self._of_terms += row
        self._least = min(self._least, float(row.min()))
        self._sizes.append(size)
        self._rows.append((row / size).astype(np.float32))
        self._parts, self._n_read = [], 0

    def finished(self) -> tuple[tuple[str, ...], Float32, Float64, Float64, float]:
        """Return the terms, Phi, the weights summed by topic and by term, and beta. Raises InputError."""
        self._end_topic()
        at_least_two(len(self._rows))
        try:
            terms = [word.decode() for word in self._words]
        except UnicodeDecodeError:
            line = next(n for n, word in enumerate(self._words, start=1) if not _is_utf_8(word))
            raise wrong("not valid utf-8", line, "convert it (iconv)") from None
        if not self._of_terms.all():
            raise wrong(f"no topic has a weight for {shown(terms[int(np.argmin(self._of_terms))])}")
        # a weight is a whole number plus beta, which is below 1
        beta = self._least if self._least < 1 else math.fmod(self._least, 1)
        return checked_terms(terms), np.stack(self._rows), np.array(self._sizes), self._of_terms, beta


def _numbers(fields: list[bytes], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    if max(map(len, fields)) > _NUMBER_BYTES:
        raise ValueError
    return np.array(fields).astype(dtype)


def _is_utf_8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def _first_wrong(block: bytes, n_before: int) -> InputError:
    """Return the error for the first line that is not one of weights."""
    for number, line in enumerate(block.removesuffix(b"\n").split(b"\n"), start=n_before + 1):
        if not _WEIGHT_LINE.fullmatch(line):
            return wrong(f"{shown(line)} is not topic, word and weight, with tabs between", number)
    return wrong("a number is too large", n_before + 1)


def _alpha(path: str, n_topics: int, files: Files) -> Float64:
    """Return alpha of a file of --output-topic-keys. Raises CorpusError."""
    found: list[float] = []
    with files.opened(path) as stream:
        for block, n_before in numbered_blocks(stream):
            for number, line in enumerate(block.removesuffix(b"\n").split(b"\n"), start=n_before + 1):
                match = _KEYS_LINE.match(line)
                if match is None or int(match[1]) != len(found):
                    told = f"{shown(line)} is not the line of topic {len(found)}: topic, alpha, words"
                    raise wrong(told, number, _GIVE_KEYS)
                found.append(float(match[2].replace(b",", b".")))  # some locales have a comma
        if len(found) != n_topics:
            raise wrong(f"has {len(found)} topics, and the weights have {n_topics}", remedy=_GIVE_KEYS)
        return checked_alpha(np.array(found), n_topics)
