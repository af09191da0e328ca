"""The interface of the counts of a corpus, and of a store for the engine's copy; both may be on disk."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Int32, Int64

# Stores an array, and returns a function that reads it back.
Keep = Callable[[Int32], Callable[[], Int32]]


class Counts(Protocol):
    """The count of each of V terms in each of D documents.

    shape : (D, V)
    lengths : (D,) int64, the entries (distinct terms) of each document
    """

    @property
    def shape(self) -> tuple[int, int]: ...

    @property
    def lengths(self) -> Int64: ...

    def rows(self, documents: Int64) -> csr_matrix:
        """Return the counts of n documents, in increasing order, as a copy: (n, V) CSR of int32."""


class InMemory:
    """Counts in memory: a (D, V) CSR matrix of int32."""

    def __init__(self, matrix: csr_matrix) -> None:
        self._matrix = matrix
        self.shape: tuple[int, int] = matrix.shape
        self.lengths: Int64 = np.diff(matrix.indptr.astype(np.int64))

    def rows(self, documents: Int64) -> csr_matrix:
        return self._matrix[documents]


def as_counts(counts: Counts | csr_matrix) -> Counts:
    """Wrap a matrix as `Counts`."""
    return InMemory(counts) if isinstance(counts, csr_matrix) else counts


def keep_in_memory(array: Int32) -> Callable[[], Int32]:
    """Keep an array in memory: the `Keep` of small corpora."""
    return lambda: array
