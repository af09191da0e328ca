"""Counts of new texts: the same matrix as SciPy makes of the same entries, whole and in parts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.corpus.counts.rows import Rows
from tests.corpus.reading import dense

documents = st.lists(st.dictionaries(st.integers(0, 4), st.integers(1, 2**31 - 1), max_size=5), max_size=6)


@given(documents, st.integers(0, 7), st.integers(0, 7))
def test_rows_are_the_matrix_of_their_entries(counts: list[dict[int, int]], first: int, end: int) -> None:
    columns = np.array([column for row in counts for column in row], np.int32)
    values = np.array([count for row in counts for count in row.values()], np.int32)
    starts = np.cumsum([0, *map(len, counts)])
    rows = Rows.of(values, columns, starts, n_terms=5)
    expected = csr_matrix((values, columns, starts), shape=(len(counts), 5))
    expected.sort_indices()
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(rows, name), getattr(expected, name))
    assert (rows.indices.dtype, rows.data.dtype, rows.indptr.dtype) == (np.int32, np.int32, np.int64)
    np.testing.assert_array_equal(rows.totals, [sum(row.values()) for row in counts])
    if first <= min(end, len(counts)):
        part = rows.part(first, end)
        assert part.shape == (min(end, len(counts)) - first, 5)
        np.testing.assert_array_equal(dense(part), expected.toarray()[first:end])
