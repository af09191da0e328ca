"""Counts of new texts as the engine takes them. Between the bag of words and the model.

They are like a CSR matrix of SciPy, whose import would take longer than the answer to a short text.
"""

from typing import NamedTuple

import numpy as np

from ..terms.counting import Int32
from ..terms.vocabulary import IntArray


class Rows(NamedTuple):
    """Counts of D documents over V terms, CSR.

    indptr : (D + 1,) int64, where each document's entries begin and the last one's end
    indices, data : (nnz,) int32, columns and counts; each column once in a row, ascending
    """

    indptr: IntArray
    indices: Int32
    data: Int32
    shape: tuple[int, int]

    @classmethod
    def of(cls, counts: Int32, columns: Int32, starts: IntArray, n_terms: int) -> "Rows":
        """Sort the entries of each row."""
        n_documents = len(starts) - 1
        place = np.repeat(np.arange(n_documents) * n_terms, np.diff(starts)) + columns
        order = np.argsort(place, kind="stable")
        return cls(starts, columns[order], counts[order], (n_documents, n_terms))

    def part(self, first: int, end: int) -> "Rows":
        """Return documents `first` to `end`, or as many of them as there are."""
        starts = self.indptr[first : end + 1]
        here = slice(starts[0], starts[-1])
        return Rows(starts - starts[0], self.indices[here], self.data[here], (len(starts) - 1, self.shape[1]))

    @property
    def totals(self) -> IntArray:
        """Return the sum of each row: (D,)."""
        so_far = np.concatenate([[0], np.cumsum(self.data, dtype=np.int64)])
        return np.diff(so_far[self.indptr])
