"""What the engine asks of a corpus's counts, and of who keeps its copy of them: neither need be in memory."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Int32, Int64

# Puts an array away; what it returns gets the array back, as often as it is called.
Keep = Callable[[Int32], Callable[[], Int32]]


class Counts(Protocol):
    """How often each of V terms stands in each of D documents.

    shape : (D, V)
    lengths : (D,) int64, the entries (distinct terms) of each document
    """

    @property
    def shape(self) -> tuple[int, int]: ...

    @property
    def lengths(self) -> Int64: ...

    def rows(self, documents: Int64) -> csr_matrix:
        """Return the counts of n documents, whose numbers rise: (n, V) CSR of int32, arrays of its own."""


class InMemory:
    """Counts that are a matrix: (D, V) CSR of int32."""

    def __init__(self, matrix: csr_matrix) -> None:
        self._matrix = matrix
        self.shape: tuple[int, int] = matrix.shape
        self.lengths: Int64 = np.diff(matrix.indptr.astype(np.int64))

    def rows(self, documents: Int64) -> csr_matrix:
        return self._matrix[documents]


def as_counts(counts: Counts | csr_matrix) -> Counts:
    """Take a matrix for counts, too."""
    return InMemory(counts) if isinstance(counts, csr_matrix) else counts


def keep_in_memory(array: Int32) -> Callable[[], Int32]:
    """Keep an array as it is: the `Keep` of corpora that are not large."""
    return lambda: array
