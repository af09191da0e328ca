"""Counts of new texts: the same matrix as SciPy makes of the same entries, whole and in parts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.corpus.terms.rows import Rows
from tests.corpus.reading import dense

documents = st.lists(st.dictionaries(st.integers(0, 4), st.integers(1, 2**31 - 1), max_size=5), max_size=6)


@given(documents, st.integers(0, 7), st.integers(0, 7))
def test_rows_are_the_matrix_of_their_entries(counts: list[dict[int, int]], first: int, end: int) -> None:
    columns = np.array([column for row in counts for column in row], np.int32)
    values = np.array([count for row in counts for count in row.values()], np.int32)
    starts = np.cumsum([0, *map(len, counts)])
    rows = Rows(starts, columns, values, n_terms=5).sorted()
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


@given(documents)
def test_entries_in_any_order_are_sorted_and_summed(counts: list[dict[int, int]]) -> None:
    entries = [(d, term, count // 2) for d, row in enumerate(counts) for term, count in row.items()]
    twice = np.array(entries + entries[::-1], np.int64).reshape(-1, 3)
    rows = Rows.of_entries(*twice.T, n_documents=len(counts))
    expected = np.zeros((len(counts), 5), np.int64)
    np.add.at(expected, tuple(twice.T[:2]), twice.T[2])
    np.testing.assert_array_equal(dense(rows._replace(n_terms=5)), expected)


@given(documents, st.lists(st.integers(-2, 3), min_size=5, max_size=5))
def test_terms_that_get_no_number_are_left_out(counts: list[dict[int, int]], number_of: list[int]) -> None:
    parts = [
        Rows.of_entries(*np.array([[0, t, n] for t, n in row.items()], np.int64).reshape(-1, 3).T, 1)
        for row in counts
    ]
    rows = Rows.joined(parts).renumbered(np.array(number_of, np.int32))
    found = [rows.part(d, d + 1) for d in range(rows.n_documents)]
    assert [sorted(zip(row.indices.tolist(), row.data.tolist(), strict=True)) for row in found] == [
        sorted((number_of[t], n) for t, n in row.items() if number_of[t] >= 0) for row in counts
    ]
