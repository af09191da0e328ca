"""Hypothesis strategies for what the engine is given: matrices of counts, priors of theta, entries of Phi."""

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_matrix

LARGEST_COUNT = 10**6

# most cells of a matrix of counts are empty, most others small, and now and then there are a million
counts_of_a_word = st.one_of(
    st.just(0), st.just(0), st.integers(1, 4), st.integers(1, 4), st.integers(1, LARGEST_COUNT)
)


def _dense(rows: st.SearchStrategy[int], columns: st.SearchStrategy[int]) -> st.SearchStrategy[npt.NDArray]:
    return st.tuples(rows, columns).flatmap(
        lambda shape: arrays.arrays(np.int32, shape, elements=counts_of_a_word)
    )


def _sparse(dense: npt.NDArray) -> csr_matrix:
    return csr_matrix(np.asarray(dense, np.int32))


any_documents = _dense(st.integers(1, 7), st.integers(1, 8))
one_term_vocabulary = _dense(st.integers(1, 7), st.just(1))
identical_documents = st.builds(
    lambda row, times: np.repeat(row, times, axis=0),
    _dense(st.just(1), st.integers(1, 6)),
    st.integers(2, 12),
)
one_word_documents = st.builds(
    lambda words, n_terms: np.eye(n_terms, dtype=np.int32)[np.array(words) % n_terms],
    st.lists(st.integers(0, 5), min_size=1, max_size=10),
    st.integers(1, 6),
)


def count_matrices() -> st.SearchStrategy[csr_matrix]:
    """(D, V) int32, empty documents and unused terms among them; possibly without one entry."""
    return st.one_of(any_documents, identical_documents, one_word_documents, one_term_vocabulary).map(_sparse)


def corpora() -> st.SearchStrategy[csr_matrix]:
    """Count matrices with at least one entry: what can be trained on."""
    return count_matrices().filter(lambda counts: counts.nnz > 0)


@st.composite
def priors(draw: st.DrawFn, n_topics: int) -> npt.NDArray[np.float64]:
    """Alpha, (K,) float64: alike or not, from nearly nothing to nearly fixed proportions."""
    one = st.sampled_from([1e-4, 1e-2, 0.1, 1.0, 50.0])
    if draw(st.booleans()):
        return np.full(n_topics, draw(one))
    return np.array(draw(st.lists(one, min_size=n_topics, max_size=n_topics)))


@st.composite
def topics(draw: st.DrawFn, n_terms: int, n_topics: int) -> npt.NDArray[np.float32]:
    """Phi by terms, (V, K) float32: columns sum to one, entries from 1e-12 or an exact zero to one.

    Every term has a topic, as every term of a trained Phi has.
    """
    entries = st.sampled_from([0.0, 1e-12, 1e-4, 0.1, 1.0])
    phi = draw(arrays.arrays(np.float64, (n_terms, n_topics), elements=entries))
    phi[phi.max(axis=1) == 0] = 1.0
    phi[:, phi.max(axis=0) == 0] = 1.0
    return np.ascontiguousarray(phi / phi.sum(axis=0), dtype=np.float32)
