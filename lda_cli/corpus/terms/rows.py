"""Counts of documents by terms, in the form that they have from the counter to the engine.

A CSR matrix without SciPy: its import takes longer than inference for a short text.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]
IntArray = NDArray[np.int64]


class Rows(NamedTuple):
    """How often each term occurs in each of D documents, CSR.

    indptr : (D + 1,) int64, where each document's entries begin, and their number
    indices, data : (nnz,) int32, the terms of each document, by their numbers, and their counts
    n_terms : V, or None while terms are being numbered
    """

    indptr: IntArray
    indices: Int32
    data: Int32
    n_terms: int | None = None

    @classmethod
    def of_entries(
        cls, documents: IntArray, terms: NDArray[np.integer], counts: Int32 | IntArray, n_documents: int
    ) -> "Rows":
        """Sort N entries by document and term, and sum the counts of a term in a document.

        documents, terms, counts : (N,) each, numbers from 0
        """
        keys, sums = summed(documents << 32 | terms, counts)
        lengths = np.bincount(keys >> 32, minlength=n_documents)
        return cls(starts_of(lengths), (keys & 0xFFFFFFFF).astype(np.int32), sums.astype(np.int32))

    @classmethod
    def joined(cls, parts: Sequence["Rows"]) -> "Rows":
        """Return the documents of all parts, in order."""
        return cls(
            starts_of(np.concatenate([NO_LENGTHS, *(np.diff(part.indptr) for part in parts)])),
            np.concatenate([NO_COUNTS, *(part.indices for part in parts)]),
            np.concatenate([NO_COUNTS, *(part.data for part in parts)]),
        )

    @property
    def n_documents(self) -> int:
        """Return D."""
        return len(self.indptr) - 1

    @property
    def shape(self) -> tuple[int, int]:
        """Return (D, V)."""
        assert self.n_terms is not None
        return self.n_documents, self.n_terms

    @property
    def n_with_entries(self) -> int:
        """Return the number of documents that have an entry."""
        return int(np.count_nonzero(np.diff(self.indptr)))

    @property
    def totals(self) -> IntArray:
        """Return the sum of each document's counts: (D,)."""
        return np.diff(starts_of(self.data)[self.indptr])

    def part(self, first: int, end: int) -> "Rows":
        """Return the documents from `first` to before `end`, or to the last one."""
        starts = self.indptr[first : end + 1]
        here = slice(starts[0], starts[-1])
        return self._replace(indptr=starts - starts[0], indices=self.indices[here], data=self.data[here])

    def chosen(self, is_in: NDArray[np.bool_]) -> "Rows":
        """Return the documents for which `is_in`, (D,), is true, in order."""
        lengths = np.diff(self.indptr)
        here = np.repeat(is_in, lengths)
        starts = starts_of(lengths[is_in])
        return self._replace(indptr=starts, indices=self.indices[here], data=self.data[here])

    def renumbered(self, number_of: Int32, n_terms: int | None = None) -> "Rows":
        """Give term i the number `number_of[i]`; entries of terms whose number is negative are left out."""
        indices = number_of[self.indices]
        known = np.flatnonzero(indices >= 0)
        if len(known) == len(indices):
            return Rows(self.indptr, indices, self.data, n_terms)
        return Rows(np.searchsorted(known, self.indptr), indices[known], self.data[known], n_terms)

    def sorted(self) -> "Rows":
        """Sort the entries of each document by their terms."""
        documents = np.repeat(np.arange(self.n_documents), np.diff(self.indptr))
        order = np.argsort(documents << 32 | self.indices, kind="stable")
        return self._replace(indices=self.indices[order], data=self.data[order])


def summed(keys: IntArray, counts: NDArray[Any]) -> tuple[IntArray, NDArray[Any]]:
    """Return the distinct keys, sorted, and the sum of the counts of each."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[firsts], np.add.reduceat(counts[order], firsts) if len(firsts) else counts


def starts_of(lengths: NDArray[np.integer]) -> IntArray:
    """Return where each of N consecutive runs begins, and where the last one ends: (N + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


NO_COUNTS = np.zeros(0, np.int32)
NO_LENGTHS = np.zeros(0, np.int64)
