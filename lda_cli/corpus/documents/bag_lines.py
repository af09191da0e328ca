"""Bags of words as lines of numbers: lda-c, UCI's docword and Matrix Market. Between the readers and bags.py.

lda-c has a document a line, `N term:count ...`, terms from 0. The other two have an entry a line, document,
term and count, from 1, below a header with the numbers of documents, terms and entries.
"""

from collections.abc import Generator, Iterator
from math import isnan, nan
from typing import NamedTuple

import numpy as np

from ..inputs.files import printable
from ..inputs.formats import MalformedError
from .bags import LARGEST, Bags, Complain, Entries, bags_of, check_sizes, documents, in_row_order, joined
from .numbers import CHARACTERS, DIGITS, Bools, Fields, Int64, fields_of, real_numbers, whole_numbers

Blocks = Iterator[bytes | None]  # of whole lines; None where there is nothing more for now

_SHOWN = 30  # characters of what is wrong


def ldac(blocks: Blocks, n_terms: int, complain: Complain) -> Iterator[Bags | None]:
    """Yield the documents of lda-c's lines; blank ones are none."""
    first = 1
    for block in blocks:
        if block is None:
            yield None
        else:
            yield _ldac_block(block, first, n_terms, complain)
            first += block.count(b"\n")


def _ldac_block(block: bytes, first: int, n_terms: int, complain: Complain) -> Bags:
    fields = fields_of(block, b" \t\r\n\v\f:")
    n_fields = np.diff(fields.firsts)
    line = np.repeat(np.arange(len(n_fields)), n_fields)
    place = np.arange(len(line)) - fields.firsts[line]
    is_term, is_count = place % 2 == 1, (place % 2 == 0) & (place > 0)
    values, is_good = whole_numbers(fields)
    is_good &= values <= np.where(is_term, n_terms - 1, LARGEST)
    # a colon, and nothing else, between a term and its count, and nowhere else
    is_good &= (fields.data[fields.ends] == ord(":")) == is_term
    is_good &= ~is_count | (fields.starts == np.append(0, fields.ends[:-1]) + 1)
    line_ends = np.flatnonzero(fields.data == ord("\n"))
    n_colons = np.diff(np.searchsorted(np.flatnonzero(fields.data == ord(":")), line_ends), prepend=0)

    announced = np.zeros(len(n_fields), np.int64)
    announced[n_fields > 0] = values[place == 0]
    is_document = (n_fields == 1 + 2 * announced) & (n_colons == announced)
    is_document[line[~is_good]] = False
    is_blank = (n_fields == 0) & (n_colons == 0)
    for bad in np.flatnonzero(~is_document & ~is_blank).tolist():
        complain(first + bad, _why_no_document(_line(fields, line_ends, bad), n_terms))
    row = np.cumsum(is_document) - 1
    at = np.flatnonzero(is_term & is_document[line])
    entries = Entries.of(row[line[at]], values[at], values[at + 1])
    return bags_of(entries, first + np.flatnonzero(is_document), complain)


def _line(fields: Fields, line_ends: Int64, number: int) -> bytes:
    start = 0 if number == 0 else int(line_ends[number - 1]) + 1
    return fields.data[start : line_ends[number]].tobytes()


def _why_no_document(line: bytes, n_terms: int) -> str:
    announced, *entries = line.split() or [b""]
    if reason := _why_no_number("number of terms", announced, 0, LARGEST):
        return reason
    for entry in entries:
        term, colon, count = entry.partition(b":")
        if not colon:
            return f"{_shown(entry)} is not term:count"
        if reason := _why_no_number("term", term, 0, n_terms - 1) or _why_no_number(
            "count", count, 0, LARGEST
        ):
            return reason
    return f"{int(announced)} terms are announced, {len(entries)} are there"


class _Sizes(NamedTuple):
    """What a header says: the numbers of documents, terms and entries."""

    n_documents: int
    n_terms: int
    n_entries: int


def uci(blocks: Blocks, n_terms: int, complain: Complain) -> Iterator[Bags | None]:
    """Yield the documents of UCI's docword file."""
    lines = _Lines(blocks)
    numbers = []
    for name in ("documents", "terms", "entries"):
        line = (yield from lines.next()) or b""
        numbers += _header_numbers(line, 1, f"line {lines.number} is not the number of {name}")
    sizes = _Sizes(*numbers)
    check_sizes(sizes.n_documents, sizes.n_terms, n_terms)
    entries = _entries(lines, sizes, "integer", complain, is_sorted=True)
    yield from documents(entries, sizes.n_documents, complain)


def matrix_market(blocks: Blocks, n_terms: int, complain: Complain) -> Iterator[Bags | None]:
    """Yield the documents of a Matrix Market file, documents by terms, sorted or not."""
    lines = _Lines(blocks)
    banner = ((yield from lines.next()) or b"").lower().split()
    kind, symmetry = _kind(banner)
    line: bytes | None = b"%"
    while line is not None and (line.startswith(b"%") or not line.strip()):
        line = yield from lines.next()
    numbers = _header_numbers(
        line or b"", 3, f"line {lines.number} is not the numbers of rows, columns and entries"
    )
    sizes = _Sizes(*numbers)
    check_sizes(sizes.n_documents, sizes.n_terms, n_terms)
    entries = _entries(lines, sizes, kind, complain, is_sorted=False)
    if symmetry == "symmetric":
        if sizes.n_documents != sizes.n_terms:
            raise MalformedError("a matrix that is symmetric, and not square")
        entries = (found and _mirrored(found) for found in entries)
    yield from documents(in_row_order(entries), sizes.n_documents, complain)


def _mirrored(entries: Entries) -> Entries:
    """Add what a symmetric matrix leaves out, as SciPy writes a square one that happens to be symmetric."""
    rows, columns = entries.rows, entries.columns
    is_beside = rows != columns  # the diagonal
    mirror = Entries.of(columns[is_beside], rows[is_beside], entries.counts[is_beside])
    return joined([entries, mirror])


def _kind(banner: list[bytes]) -> tuple[str, str]:
    """What counts are written as (integer, real, or pattern, which has none), and the symmetry."""
    if banner[:2] != [b"%%matrixmarket", b"matrix"] or len(banner) != 5:
        raise MalformedError("line 1 is not %%MatrixMarket matrix coordinate integer general")
    layout, kind, symmetry = (word.decode("ascii", "replace") for word in banner[2:])
    for word, allowed in (
        (layout, ["coordinate"]),
        (kind, ["integer", "real", "pattern"]),
        (symmetry, ["general", "symmetric"]),
    ):
        if word not in allowed:
            raise MalformedError(
                f"a matrix that is {_shown(word.encode())}; only {' or '.join(allowed)} is read"
            )
    return kind, symmetry


def _header_numbers(line: bytes, n_numbers: int, reason: str) -> list[int]:
    fields = fields_of(line)
    values, is_whole = whole_numbers(fields)
    if len(values) != n_numbers or not is_whole.all():
        raise MalformedError(reason)
    return list(values.tolist())


class _Lines:
    """The lines of a header, one at a time, and then the blocks of what is below it."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks, self._block, self._at = blocks, b"", 0
        self.number = 0  # of the last line that was taken

    def next(self) -> Generator[None, None, bytes | None]:
        """Return a line, without its end, or None at the end; yields None as the blocks do."""
        while self._at >= len(self._block):
            block = next(self._blocks, b"")
            if block == b"":
                return None
            if block is None:
                yield None
            else:
                self._block, self._at = block, 0
        end = self._block.find(b"\n", self._at)
        end = len(self._block) if end < 0 else end
        line = self._block[self._at : end]
        self._at = end + 1
        self.number += 1
        return line

    def rest(self) -> Blocks:
        """Yield what is left."""
        if self._at < len(self._block):
            yield self._block[self._at :]
        yield from self._blocks


def _entries(
    lines: _Lines, sizes: _Sizes, kind: str, complain: Complain, *, is_sorted: bool
) -> Iterator[Entries | None]:
    """Yield the entries below a header.

    is_sorted : whether documents must not go back

    Raises MalformedError when there are more or fewer than the header says.
    """
    first = lines.number + 1
    n_entries, least = 0, 1
    parse = _Parser(sizes, kind)
    for block in lines.rest():
        if block is None:
            yield None
            continue
        fields = fields_of(block)
        line_ends = np.flatnonzero(fields.data == ord("\n"))
        rows, columns, counts, is_good = parse(fields)
        if is_sorted:
            highest = np.maximum.accumulate(np.append(least, np.where(is_good, rows, 0)))
            is_good &= rows >= highest[:-1]
            least = int(highest[-1])
        n_fields = np.diff(fields.firsts)
        n_entries += int((n_fields > 0).sum())
        for bad in np.flatnonzero(~is_good & (n_fields > 0)).tolist():
            complain(first + bad, parse.why_no_entry(_line(fields, line_ends, bad)))
        yield Entries.of(rows[is_good] - 1, columns[is_good] - 1, counts[is_good])
        first += len(n_fields)
    if n_entries != sizes.n_entries:
        raise MalformedError(f"{sizes.n_entries} entries are announced, {n_entries} are there; is it whole?")


class _Parser:
    """Parses entries, a line each."""

    def __init__(self, sizes: _Sizes, kind: str) -> None:
        self._kind = kind
        # what each field is, and the least and the most it may be
        self._bounds = [("document", 1, sizes.n_documents), ("term", 1, sizes.n_terms), ("count", 0, LARGEST)]
        if kind == "pattern":
            self._bounds.pop()

    def __call__(self, fields: Fields) -> tuple[Int64, Int64, Int64, Bools]:
        """Return document, term and count of each line, and whether it has them: (L,) each."""
        n_fields = np.diff(fields.firsts)
        is_good = n_fields == len(self._bounds)
        numbers = np.ones((3, len(n_fields)), np.int64)
        for place, (name, least, most) in enumerate(self._bounds):
            chosen = fields.chosen(fields.firsts[:-1][is_good] + place)
            values, is_whole = whole_numbers(chosen)
            if name == "count" and self._kind == "real" and not is_whole.all():
                reals = real_numbers(chosen.chosen(np.flatnonzero(~is_whole)))
                may_be = (reals >= least) & (reals <= most) & (reals == np.floor(reals))  # nan is not
                values[~is_whole] = np.where(may_be, reals, 0)
                is_whole[~is_whole] = may_be
            numbers[place, is_good] = values
            is_good[is_good] = is_whole & (values >= least) & (values <= most)
        return numbers[0], numbers[1], numbers[2], is_good

    def why_no_entry(self, line: bytes) -> str:
        fields = line.split()
        if len(fields) != len(self._bounds):
            return f"{len(fields)} fields, where an entry has {len(self._bounds)}"
        for (name, least, most), field in zip(self._bounds, fields, strict=True):
            reals = name == "count" and self._kind == "real"
            if reason := _why_no_number(name, field, least, most, reals):
                return reason
        return f"document {int(fields[0])} after a later one; an entry's lines are sorted by document"


def _why_no_number(name: str, written: bytes, least: int, most: int, reals: bool = False) -> str | None:
    """Say what is wrong with a number, or None."""
    try:
        value = nan if b"_" in written else float(written)
    except ValueError:
        value = nan
    shown = f"{name} {_shown(written)}"
    reasons = {
        f"a NUL byte in the {name}": b"\0" in written,
        f"{shown} is no number": isnan(value),
        f"{shown} is negative": value < 0,
        f"{shown} is not whole": value % 1 != 0,
        f"{shown} is not from {least} to {most}": not least <= value <= most,
        f"{shown} is not written in digits": not (reals or written.isdigit()),
        f"{shown} is written too long": len(written) > (CHARACTERS if reals else DIGITS),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _shown(written: bytes) -> str:
    text = printable(written.decode("utf-8", "backslashreplace"))
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
