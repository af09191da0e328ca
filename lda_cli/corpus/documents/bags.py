"""Bags of words: entries, each a count of a term in a document, put together to documents. For the readers.

bag_lines.py and bag_archives.py read entries, and readers.py names documents and terms. Entries come in
blocks and leave as soon as their document is whole, so that memory does not grow with the file; only those of
a file that is not sorted by document are held together.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..inputs.formats import MalformedError

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

LARGEST = 2**31 - 1  # of counts, of numbers of documents and of terms

# So many entries of a file are looked at before it is taken for sorted by document, and joined at a time.
LOOKED_AT = 1 << 20
# So many distinct ones are held of a file that is not: with what it takes to sort them, a gigabyte.
MOST_HELD = 1 << 25
# Documents without an entry cost a file nothing: so many there may be, and so many more to each entry.
EMPTY, EMPTY_AN_ENTRY = 1_000_000, 10

# What of a file is the fault of another.
OTHER_VOCABULARY = "set corpus.vocabulary to the one it was made with, or corpus.on_error to skip"
_SORT_IT = "sort it by document, or set corpus.on_error to skip"

_COLUMN = 0xFFFFFFFF  # of a key
_DOCUMENTS = 1 << 16  # of a bag, at most

# Told of something bad, by number of line or document where it has one: raises, or returns to leave it out.
Complain = Callable[[int | None, str], None]


class Entries(NamedTuple):
    """N entries.

    keys : (N,) int64, document (from 0) << 32 | column
    counts : (N,) int32, or int64 where some are sums; not negative
    """

    keys: Int64
    counts: Int32 | Int64

    @classmethod
    def of(cls, rows: Int64, columns: Int64, counts: Int64) -> "Entries":
        """Entries of documents by number, from 0; no number is more than LARGEST."""
        return cls(rows << 32 | columns, counts.astype(np.int32))

    def part(self, first: int, end: int) -> "Entries":
        """Entries `first` to `end` of these."""
        return Entries(self.keys[first:end], self.counts[first:end])

    @property
    def rows(self) -> Int64:
        """The documents."""
        return self.keys >> 32

    @property
    def columns(self) -> Int64:
        """The terms."""
        return self.keys & _COLUMN


_NOTHING = Entries(np.zeros(0, np.int64), np.zeros(0, np.int32))


class Bags(NamedTuple):
    """D documents of known words.

    numbers : (D,) int64, of the lines or the documents, from 1
    columns, counts : (nnz,) int32, each column once in a document, ascending, and how often it occurs
    starts : (D + 1,) int64, where each document's entries begin and the last one's end
    """

    numbers: Int64
    columns: Int32
    counts: Int32
    starts: Int64


def check_sizes(n_documents: int, n_columns: int, n_terms: int) -> None:
    """Refuse a matrix of more documents than can be numbered, or of more columns than there are terms."""
    if n_documents > LARGEST:
        raise MalformedError(f"{n_documents} documents; at most {LARGEST} can be read")
    if n_columns > n_terms:
        reason = f"{n_columns} columns, but its vocabulary has only {n_terms} terms"
        raise MalformedError(reason, remedy=OTHER_VOCABULARY)


def summed(entries: Entries) -> Entries:
    """Sort entries, add up those of a term in a document, and leave out those of no occurrence."""
    keys, counts = entries
    if not (keys[1:] > keys[:-1]).all():
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        is_first = np.append(True, keys[1:] != keys[:-1])
        if not is_first.all():
            firsts = np.flatnonzero(is_first)
            keys, counts = keys[firsts], np.add.reduceat(counts, firsts, dtype=np.int64)
    occurs = counts > 0
    return Entries(keys, counts) if occurs.all() else Entries(keys[occurs], counts[occurs])


def bags_of(entries: Entries, numbers: Int64, complain: Complain) -> Bags:
    """Make bags of all entries of D documents; rows count from 0. Refuses sums that are too large."""
    keys, counts = summed(entries)
    is_small = counts <= LARGEST
    if not is_small.all():
        for row in np.unique(keys[~is_small] >> 32).tolist():
            complain(int(numbers[row]), f"a count of more than {LARGEST}, all in all")
        keys, counts = keys[is_small], counts[is_small]
    per_document = np.bincount(keys >> 32, minlength=len(numbers))
    starts = np.concatenate([[0], np.cumsum(per_document)])
    return Bags(numbers, (keys & _COLUMN).astype(np.int32), counts.astype(np.int32), starts)


def documents(
    blocks: Iterable[Entries | None], n_documents: int, complain: Complain
) -> Iterator[Bags | None]:
    """Yield documents 1 to `n_documents`, each once its entries are complete; None among blocks is handed on.

    blocks : entries of rows below `n_documents`, sorted by row

    Raises MalformedError where rows go back, and for far more documents than entries.
    """
    begun = _NOTHING  # of a document that may go on
    n_given = n_entries = 0
    for entries in blocks:
        if entries is None:
            yield None
            continue
        if not len(entries.keys):
            continue
        n_entries += len(entries.keys)
        begun = joined([begun, entries])
        rows = begun.rows
        at = np.flatnonzero(rows[1:] < rows[:-1])
        if len(at) or rows[0] < n_given:
            before, after = (rows[at[0]], rows[at[0] + 1]) if len(at) else (n_given, rows[0])
            raise MalformedError(f"document {after + 1} after document {before + 1}", remedy=_SORT_IT)
        last = int(rows[-1])
        cut = int(np.searchsorted(rows, last))
        yield from _divided(begun.part(0, cut), n_given, last, n_entries, complain)
        begun, n_given = begun.part(cut, len(begun.keys)), last
        if len(begun.keys) > LOOKED_AT:
            begun = summed(begun)
    yield from _divided(begun, n_given, n_documents, n_entries, complain)


def _divided(entries: Entries, first: int, end: int, n_entries: int, complain: Complain) -> Iterator[Bags]:
    """Yield documents `first` to `end`, from 0, of sorted entries, not too many at a time."""
    if end > EMPTY + EMPTY_AN_ENTRY * n_entries:
        raise MalformedError(f"{end} documents, but only {n_entries} entries up to there")
    for begin in range(first, end, _DOCUMENTS):
        stop = min(begin + _DOCUMENTS, end)
        low, high = np.searchsorted(entries.keys >> 32, [begin, stop])
        keys = entries.keys[low:high] - (begin << 32)
        yield bags_of(Entries(keys, entries.counts[low:high]), np.arange(begin + 1, stop + 1), complain)


def in_row_order(blocks: Iterator[Entries | None]) -> Iterator[Entries | None]:
    """Yield entries of any order sorted by row: as they come if they come so, else when all are there.

    Raises MalformedError for more entries than can be held.
    """
    held = _Held()
    for entries in blocks:
        if entries is None:
            yield None
            continue
        held.add(entries)
        if held.seem_sorted():
            yield held.take()
            yield from blocks
            return
        held.check()
    every = summed(held.take()) if held.rows_go_back else held.take()
    for first in range(0, len(every.keys), LOOKED_AT):
        yield every.part(first, first + LOOKED_AT)


class _Held:
    """Entries of which nobody knows yet how they are sorted."""

    def __init__(self) -> None:
        self._parts = [_NOTHING]
        self._n = self._n_when_summed = 0
        self.rows_go_back = self._columns_go_back = False
        self._last = -1  # the last key

    def add(self, entries: Entries) -> None:
        """Look at more entries, and keep them."""
        if not len(entries.keys):
            return
        keys = np.concatenate([[max(self._last, 0)], entries.keys])
        self._last = int(keys[-1])
        self.rows_go_back |= bool((np.diff(keys >> 32) < 0).any())
        self._columns_go_back |= bool((np.diff(keys & _COLUMN) < 0).any())
        self._parts.append(entries)
        self._n += len(entries.keys)
        if self._n > LOOKED_AT + 2 * self._n_when_summed:
            self._parts = [summed(self.take())]
            self._n = self._n_when_summed = len(self._parts[0].keys)

    def take(self) -> Entries:
        """Return all entries, and hold none of them any more."""
        entries = joined(self._parts)
        self._parts = []
        return entries

    def seem_sorted(self) -> bool:
        """Whether this is enough to tell that rows, and not columns, come one after the other."""
        is_enough = self._n > LOOKED_AT if self._columns_go_back else self._n > MOST_HELD
        return is_enough and not self.rows_go_back

    def check(self) -> None:
        """Refuse more than memory is for."""
        if self._n > MOST_HELD:
            raise MalformedError(f"more than {MOST_HELD} entries, not sorted by document", remedy=_SORT_IT)


def joined(parts: list[Entries]) -> Entries:
    """Put entries one after the other."""
    return Entries(np.concatenate([p.keys for p in parts]), np.concatenate([p.counts for p in parts]))
