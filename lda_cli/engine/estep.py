"""The E-step over many documents: checks its arrays once, chooses the kernel, splits work among threads."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from . import _numpy
from .kernel import kernel_name

Float = npt.NDArray[np.floating]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

_KERNELS = {"numpy": _numpy}

# `map`, or an executor's: blocks of documents go through it, and its order of work changes no result
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


class EStep(NamedTuple):
    """q(theta) and q(z) of D documents with `nnz` distinct terms among them.

    gamma : (D, K), q(theta_d) = Dir(gamma_d)
    weights : (D, K), and
    ratio : (nnz,), the factors of q(z): n_dw q(z_dw = t) = weights_dt ratio_dw Phi_tw^power
    """

    gamma: Float
    weights: Float
    ratio: Float


def cold_start(counts: csr_matrix, alpha: Float64, dtype: npt.DTypeLike) -> Float:
    """gamma_dt = alpha_t + N_d / K: every document starts from no opinion. (D, K)."""
    n_tokens = np.asarray(counts.sum(axis=1), dtype=np.float64)
    gamma: Float = (alpha + n_tokens / len(alpha)).astype(dtype)
    return gamma


def e_step(
    counts: csr_matrix,
    term_weights: Float,
    alpha: Float64,
    *,
    tolerance: float,
    max_iterations: int,
    power: float = 1.0,
    start: Float | None = None,
    parallel: Map = map,
) -> EStep:
    """Update q(z) and q(theta) in turn, document by document, to their fixed point.

    counts : (D, U) CSR of int32; empty documents get gamma = alpha
    term_weights : (U, K) float32 or float64, row w is Phi_tw ** power, C order
    alpha : (K,) float64
    tolerance : sum_t |delta gamma_t| a token at which a document stops; or after `max_iterations`
    start : (D, K) gamma to start from, left as it is; None is `cold_start`

    The result is the same, bit for bit, for any `parallel`. Raises ValueError for arrays that do not fit, and
    FloatingPointError for weights so small that a document's numbers leave the range of their type.
    """
    n_docs, n_terms = counts.shape
    n_topics = len(alpha)
    if counts.format != "csr" or counts.dtype != np.int32 or max_iterations < 1:
        raise ValueError("counts must be CSR of int32, and max_iterations at least 1")
    if term_weights.dtype not in (np.float32, np.float64):
        raise ValueError(f"term_weights must be float32 or float64, not {term_weights.dtype}")
    if term_weights.shape != (n_terms, n_topics) or not term_weights.flags.c_contiguous:
        raise ValueError(f"term_weights must be {(n_terms, n_topics)} in C order, not {term_weights.shape}")
    if counts.nnz and not 0 <= counts.indices.min() <= counts.indices.max() < n_terms:
        raise ValueError("a column index of counts lies outside it")
    dtype = term_weights.dtype
    gamma = cold_start(counts, alpha, dtype) if start is None else start.astype(dtype)
    if gamma.shape != (n_docs, n_topics):
        raise ValueError(f"start must be {(n_docs, n_topics)}, not {gamma.shape}")
    indptr = counts.indptr.astype(np.int64)
    found = EStep(gamma, np.ones_like(gamma), np.zeros(counts.nnz, dtype))
    gamma[indptr[1:] == indptr[:-1]] = alpha
    prior = alpha.astype(dtype)

    kernel = _KERNELS[kernel_name()]

    def block(docs: npt.NDArray[np.int64]) -> None:
        kernel.e_step(
            docs,
            indptr,
            counts.indices,
            counts.data,
            term_weights,
            prior,
            *found,
            power=power,
            tolerance=tolerance,
            max_iterations=max_iterations,
        )

    for _ in parallel(block, kernel.blocks(indptr, n_topics, dtype.itemsize)):
        pass
    if not np.isfinite(gamma).all():
        doc = int(np.flatnonzero(~np.isfinite(gamma).all(axis=1))[0])
        raise FloatingPointError(f"gamma of document {doc} is no number; has a term of it no topic at all?")
    return found


def expected_counts(counts: csr_matrix, found: EStep, term_weights: Float) -> Float:
    """The M-step's sufficient statistics, sum_d n_dw q(z_dw = t): (U, K)."""
    kernel = _KERNELS[kernel_name()]
    sstats: Float = kernel.sufficient_statistics(
        counts.indptr, counts.indices, found.ratio, found.weights, term_weights
    )
    return sstats


def responsibilities(counts: csr_matrix, found: EStep, term_weights: Float) -> Float:
    """q(z_dw = t) of every distinct term of every document: (nnz, K), rows sum to one, in CSR order."""
    docs = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    q: Float = found.weights[docs] * term_weights[counts.indices]
    q /= q.sum(axis=1, keepdims=True)
    return q
