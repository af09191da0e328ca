r"""A text before its tokens are found: cleaned, then normalised. Between the readers and the tokenizer.

Cleaned: U+00AD is dropped, what tokenizer.remove names becomes a space, tokenizer.dehyphenate joins lines.
Then tokenizer.normalize. In this order, `e&#769;` becomes one character, and so does an e and its accent with
U+00AD between them. Offsets of the text before are computed only where they are wanted and something changed.
Time is linear in the text: patterns are possessive, and begin only where a run of their characters begins.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...config import TokenizerConfig
from .characters import in_form, marks, segment
from .rows import IntArray

_SOFT_HYPHEN = "\xad"
_WORD = r"[\w{marks}]"
_OF_ADDRESS = r"""[^\s@<>()\[\]{{}}"',;:\\/|]"""
# A URL without a scheme is a domain and a path, bit.ly/a. It ends at white space, at a quote, and at the
# scripts of East Asia, which put no space after it.
_OF_URL = r"""[^\s<>"\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]"""
_DOMAIN = r"(?<![\w@.-])(?:[a-z\d][a-z\d-]*+\.)++[a-z]{{2,24}}"
_MAILTO = r"(?:(?<![a-z\d])mailto:)?+"
_PATTERNS = {
    "urls": rf"(?:(?<![a-z\d])(?:https?://|ftp://|www\.)|{_DOMAIN}/){_OF_URL}++",
    "emails": rf"{_MAILTO}(?<!{_OF_ADDRESS}){_OF_ADDRESS}++@{_WORD}[{{marks}}\w-]*+(?:\.[{{marks}}\w-]++)++",
    "mentions": rf"(?<![\w{{marks}}@\uff20])[@\uff20]{_WORD}++(?:@[{{marks}}\w.-]++)?",
    "html_entities": r"&(?:amp;)*(?P<entity>#\d{{1,7}}|#x[\da-f]{{1,6}}|[a-z][a-z\d]{{1,30}});",
    "numbers": rf"(?<!{_WORD})\d++(?:[.,:/-]\d++)*+(?P<tail>{_WORD}*+)",
}
# Hyphens, and \xac as OCR programs write a hyphen at the end of a line.
_LINE_END = r"(?P<line_end>(?<=[^\s\d_-])[-\u2010\u2011\xad\xac][^\S\n]*+\n[^\S\n]*+(?=[^\W\d_]))"
_PIECE = re.compile(r"[\s\S][^ \n]*+")  # of a text: nothing is joined to a space or a line break


class Edits(NamedTuple):
    """The parts of a text that were replaced, in their order: (N,) int64 each.

    starts, ends : in the new text
    old_starts, old_ends : in the old text
    """

    starts: IntArray
    ends: IntArray
    old_starts: IntArray
    old_ends: IntArray

    @classmethod
    def of(cls, changes: list[tuple[int, int, int]]) -> "Edits":
        """Make it of N starts and ends in the old text, and lengths in the new one."""
        old_starts, old_ends, lengths = np.array(changes, np.int64).reshape(-1, 3).T
        ends = old_ends + np.cumsum(lengths - (old_ends - old_starts))
        return cls(ends - lengths, ends, old_starts, old_ends)

    def in_old(self, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
        """Return the places in the old text of M spans of the new one: (M,) each.

        A span that has a part of a replacement has all of it.
        """
        if not len(self.starts):
            return starts, ends
        first, begins = self._before(starts)
        last, finishes = self._before(ends - 1)
        new_starts = np.where(begins, self.old_starts[first], self._moved(first, starts))
        new_ends = np.where(finishes, self.old_ends[last], self._moved(last, ends - 1) + 1)
        return new_starts, np.where(ends > starts, new_ends, new_starts)

    def _before(self, places: IntArray) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the last edit that begins at each place or before, or -1, and whether the place is in it."""
        edits = np.searchsorted(self.starts, places, side="right") - 1
        return edits, (edits >= 0) & (places < self.ends[edits])

    def _moved(self, edits: NDArray[np.intp], places: IntArray) -> IntArray:
        return places + np.where(edits < 0, 0, self.old_ends[edits] - self.ends[edits])


class Preparation:
    """Prepares texts under one config."""

    def __init__(self, config: TokenizerConfig) -> None:
        self._form = None if config.normalize == "none" else config.normalize.upper()
        # In this order: an address is no mention, and a URL may hold both.
        wanted = [_PATTERNS[name] for name in _PATTERNS if name in config.remove]
        self.changes_ascii = bool(wanted) or config.dehyphenate
        sought = [pattern.format(marks=marks()) for pattern in wanted]
        if config.dehyphenate:
            sought.append(_LINE_END)
        self._sought = re.compile("|".join([*sought, _SOFT_HYPHEN]), re.IGNORECASE)

    def text(self, text: str) -> str:
        """Return a text prepared."""
        if text.isascii() and not self.changes_ascii:
            return text
        cleaned = self._cleaned(text)
        return cleaned if self._form is None else in_form(self._form, cleaned)

    def with_edits(self, text: str) -> tuple[str, list[Edits]]:
        """Return a text prepared, and the edits that made it so, the last ones first."""
        if text.isascii() and not self.changes_ascii:
            return text, []
        prepared = cleaned = self._cleaned(text)
        edits = []
        if cleaned is not text:
            found = self._sought.finditer(text)
            edits.append(Edits.of([(*match.span(), len(_replacement(match))) for match in found]))
        if self._form is not None and (prepared := in_form(self._form, cleaned)) is not cleaned:
            edits.insert(0, Edits.of(list(_normalised(self._form, cleaned))))
        return prepared, edits

    def _cleaned(self, text: str) -> str:
        if self.changes_ascii:
            return self._sought.sub(_replacement, text)
        return text.replace(_SOFT_HYPHEN, "") if _SOFT_HYPHEN in text else text


def _replacement(match: re.Match[str]) -> str:
    """Return what is put in the place of a match."""
    kind = match.lastgroup
    if kind == "entity":
        entity = f"&{match['entity']};"
        resolved = html.unescape(entity)
        return " " if resolved == entity else resolved.replace(_SOFT_HYPHEN, "")
    if kind == "tail" and match["tail"]:  # 1990s, 5kg: a word
        return match[0]
    if kind == "line_end":
        return "" if match.string[match.end()].islower() else match[0].replace(_SOFT_HYPHEN, "")
    return "" if match[0] == _SOFT_HYPHEN else " "


def _normalised(form: str, text: str) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and new length of each segment that `in_form` changes."""
    for piece in _PIECE.finditer(text):
        if in_form(form, piece[0]) == piece[0]:
            continue
        for match in segment().finditer(text, *piece.span()):
            normalised = in_form(form, match[0])
            if normalised != match[0]:
                yield *match.span(), len(normalised)
