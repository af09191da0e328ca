"""Corpora with a known answer, and small helpers on matrices of counts."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

Array = npt.NDArray


def drawn_corpus(
    phi: Array, alpha: Array, n_docs: int, length: int, rng: np.random.Generator
) -> tuple[csr_matrix, Array]:
    """Documents from LDA itself: counts (D, V), and the theta (D, K) they were drawn from."""
    theta = rng.dirichlet(alpha, n_docs)
    counts = np.array([rng.multinomial(length, mixture) for mixture in theta @ phi])
    return csr_matrix(counts.astype(np.int32)), theta


def random_counts(n_docs: int, n_terms: int, density: float, rng: np.random.Generator) -> csr_matrix:
    """Counts of one to four in a share `density` of the cells."""
    counts = rng.integers(1, 5, (n_docs, n_terms)) * (rng.random((n_docs, n_terms)) < density)
    return csr_matrix(counts.astype(np.int32))


def random_topics(n_terms: int, n_topics: int, rng: np.random.Generator, dtype: type = np.float32) -> Array:
    """Phi by terms, (V, K), from a flat Dirichlet."""
    return np.ascontiguousarray(rng.dirichlet(np.ones(n_terms), n_topics).T, dtype=dtype)


def tokens(counts: csr_matrix, doc: int) -> Array:
    """The words of a document, token by token, in CSR order."""
    row = slice(counts.indptr[doc], counts.indptr[doc + 1])
    return np.repeat(counts.indices[row], counts.data[row])


def by_token(counts: csr_matrix, doc: int, q: Array) -> Array:
    """Rows of `q` (nnz, K), a row a distinct term, as rows a token of one document."""
    row = slice(counts.indptr[doc], counts.indptr[doc + 1])
    return np.repeat(q[row], counts.data[row], axis=0)


def total_variation(found: Array, true: Array) -> Array:
    """Half the L1 distance of each true topic to the found one it is matched with: (K,)."""
    distance = np.abs(found[None] - true[:, None]).sum(axis=2) / 2
    rows, columns = linear_sum_assignment(distance)
    return distance[rows, columns]
