"""The E-step over many documents: checks the arrays once, and gives the kernel blocks of work on threads."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from .arrays import Float, Float64, Int, Int32, Int64
from .kernel import kernel

# `map`, or the `map` of an executor, for blocks of work; their order does not change the result
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

# Entries times topics of a block of documents or a range of terms: a fraction of a millisecond of work for
# the compiled kernel. MOST_BLOCKS are enough to share the work evenly among threads.
BLOCK_WORK = 75_000
MOST_BLOCKS = 128


class Csr(Protocol):
    """A CSR matrix of SciPy, or any object with the same arrays: its users need not import SciPy."""

    @property
    def shape(self) -> tuple[int, int]: ...

    @property
    def indptr(self) -> Int: ...

    @property
    def indices(self) -> Int32: ...

    @property
    def data(self) -> Int32: ...


class Documents(NamedTuple):
    """Checked counts, divided into blocks.

    indptr, indices, counts : CSR of D documents and U terms, int64, int32, int32
    blocks : the numbers of the documents that have terms, each in one block
    alpha_rows : (D,), the row of alpha of each document; None if all have the same alpha
    """

    indptr: Int64
    indices: Int32
    counts: Int32
    n_terms: int
    blocks: list[Int64]
    alpha_rows: Int32 | None = None

    @property
    def n_documents(self) -> int:
        """D."""
        return len(self.indptr) - 1


class EStep(NamedTuple):
    """q(theta) and q(z) of D documents with nnz entries (distinct terms of a document).

    gamma : (D, K), q(theta_d) = Dir(gamma_d)
    weights, ratio : (D, K) and (nnz,), the factors of q(z):
        n_dw q(z_dw = t) = weights_dt ratio_dw Phi_tw^power
    """

    gamma: Float
    weights: Float
    ratio: Float


class Collapsed(NamedTuple):
    """q(z) of D documents with theta integrated out; they have nnz entries.

    gamma : (D, K), alpha_t plus the expected tokens of topic t
    shares : (nnz, K), n_dw q(z_dw = t)
    terms : (D,) float64, of the bound (bound.py)
    """

    gamma: Float
    shares: Float
    terms: Float64


def documents(counts: Csr, n_topics: int, dtype: npt.DTypeLike = np.float32) -> Documents:
    """Check a (D, U) CSR matrix of int32 and divide its documents. Raises ValueError if it is not valid."""
    if getattr(counts, "format", "csr") != "csr" or counts.data.dtype != np.int32:
        raise ValueError("counts must be CSR of int32")
    indptr, indices = counts.indptr.astype(np.int64), np.ascontiguousarray(counts.indices, np.int32)
    data = np.ascontiguousarray(counts.data)
    if indptr[0] != 0 or np.any(np.diff(indptr) < 0) or not indptr[-1] == len(indices) == len(data):
        raise ValueError("the row pointers of counts do not fit its entries")
    if len(data) and not 0 <= indices.min() <= indices.max() < counts.shape[1]:
        raise ValueError("a column index of counts lies outside it")
    if len(data) and data.min() < 1:
        raise ValueError("counts must be at least 1 where there is an entry")
    chosen = _kernel_for(np.dtype(dtype))
    if hasattr(chosen, "blocks"):  # the twin in NumPy wants documents of similar length
        blocks: list[Int64] = chosen.blocks(indptr, n_topics, np.dtype(dtype).itemsize)
    else:
        found = np.flatnonzero(np.diff(indptr))
        blocks = [found[first:last] for first, last in ranges(np.diff(indptr)[found], n_topics)]
    return Documents(indptr, indices, data, counts.shape[1], blocks)


def ranges(lengths: Int, n_topics: int) -> list[tuple[int, int]]:
    """Divide rows into ranges of about BLOCK_WORK, by the data alone; lengths : (n,) entries of each row."""
    if not len(lengths):
        return []
    work = np.cumsum(lengths, dtype=np.int64) * n_topics
    parts = min(MOST_BLOCKS, max(1, round(float(work[-1]) / BLOCK_WORK)))
    ends = np.searchsorted(work, work[-1] * np.arange(1, parts) / parts) + 1
    # np.unique would import numpy.ma here, in the middle of a run
    return list(pairwise(sorted({0, *ends.tolist(), len(lengths)})))


def cold_start(
    n_tokens: npt.NDArray[np.number],
    alpha: Float64,
    dtype: npt.DTypeLike,
    alpha_rows: Int32 | None = None,
) -> Float:
    """gamma_dt = alpha_dt + N_d / K_d, even shares of the topics of every document: (D, K).

    alpha, alpha_rows : as `e_step` takes them; K_d is the number of topics whose alpha is not 0
    """
    if alpha_rows is None:
        gamma: Float = alpha.astype(dtype) + (n_tokens / len(alpha)).astype(dtype)[:, None]
        return gamma
    even = (alpha > 0) / (alpha > 0).sum(axis=1, keepdims=True)
    gamma = (alpha[alpha_rows] + n_tokens[:, None] * even[alpha_rows]).astype(dtype)
    return gamma


def e_step(
    counts: Csr,
    term_weights: Float,
    alpha: Float64,
    *,
    tolerance: float,
    max_iterations: int,
    power: float = 1.0,
    start: Float | None = None,
    parallel: Map = map,
    alpha_rows: Int32 | None = None,
) -> EStep:
    """Update q(z) and q(theta) in turn to their fixed point, for each document.

    counts : (D, U) CSR of int32; empty documents get gamma = alpha
    term_weights : (U, K) float32 or float64, row w is Phi_tw ** power, C order
    alpha : (K,) float64, or (A, K) with `alpha_rows`. A document cannot have a topic with an alpha of 0
    alpha_rows : (D,), the row of alpha of each document
    tolerance : a document stops at sum_t |delta gamma_t| <= tolerance * N_d, or after `max_iterations`
    start : (D, K) gamma to start from, not changed; None is `cold_start`

    The result has the same bits for any `parallel`. Raises ValueError for arrays that do not fit, and
    FloatingPointError if gamma is not finite: the weights of a term are all zero, or too small for the dtype.
    """
    if term_weights.dtype not in (np.float32, np.float64):
        raise ValueError(f"term_weights must be float32 or float64, not {term_weights.dtype}")
    n_topics = alpha.shape[-1]
    if term_weights.shape != (counts.shape[1], n_topics) or not term_weights.flags.c_contiguous:
        wanted = (counts.shape[1], n_topics)
        raise ValueError(f"term_weights must be {wanted} in C order, not {term_weights.shape}")
    if max_iterations < 1:
        raise ValueError("max_iterations must be at least 1")
    if alpha.ndim != (1 if alpha_rows is None else 2):
        raise ValueError("alpha must have a row for each of alpha_rows, or one for all documents")
    docs = documents(counts, n_topics, term_weights.dtype)._replace(alpha_rows=alpha_rows)
    if start is None:
        so_far = np.concatenate([[0], np.cumsum(docs.counts, dtype=np.int64)])
        gamma = cold_start(np.diff(so_far[docs.indptr]), alpha, term_weights.dtype, alpha_rows)
    else:
        gamma = start.astype(term_weights.dtype, order="C")
    if gamma.shape != (counts.shape[0], n_topics):
        raise ValueError(f"start must be {(counts.shape[0], n_topics)}, not {gamma.shape}")
    found = fixed_points(
        docs,
        term_weights,
        alpha,
        gamma,
        power=power,
        tolerance=tolerance,
        max_iterations=max_iterations,
        parallel=parallel,
    )
    if not np.isfinite(found.gamma).all():
        doc = int(np.flatnonzero(~np.isfinite(found.gamma).all(axis=1))[0])
        raise FloatingPointError(f"gamma of document {doc} is not finite; has one of its terms no topic?")
    return found


def fixed_points(
    docs: Documents,
    term_weights: Float,
    alpha: Float64,
    gamma: Float,
    *,
    power: float,
    tolerance: float,
    max_iterations: int,
    parallel: Map,
) -> EStep:
    """`e_step` on arrays that fit; `gamma` is the start, and changes in place."""
    dtype = term_weights.dtype
    found = EStep(gamma, np.ones_like(gamma), np.zeros(len(docs.indices), dtype))
    is_empty = docs.indptr[1:] == docs.indptr[:-1]
    gamma[is_empty] = alpha if docs.alpha_rows is None else alpha[docs.alpha_rows[is_empty]]
    prior = np.atleast_2d(alpha).astype(dtype)
    run = _kernel_for(dtype).e_step

    def block(numbers: Int64) -> None:
        run(
            numbers,
            docs.indptr,
            docs.indices,
            docs.counts,
            term_weights,
            prior,
            _alpha_rows(docs, numbers),
            *found,
            power,
            tolerance,
            max_iterations,
        )

    for _ in parallel(block, docs.blocks):
        pass
    return found


def collapsed_fixed_points(
    docs: Documents,
    term_weights: Float,
    alpha: Float64,
    *,
    power: float,
    tolerance: float,
    max_iterations: int,
    parallel: Map,
    start: Float | None = None,
) -> Collapsed:
    """Update q(z) of every token in turn with theta integrated out: `collapsed_step` of _numpy.py.

    term_weights : (U, K) float32 or float64, row w is Phi_tw ** power, C order
    alpha : (K,) float64; or (A, K), whose rows are those of `docs.alpha_rows`
    tolerance : a document stops when q(z) of a token changes by no more, in the mean; or after
        `max_iterations`
    start : (nnz, K) shares to start from; None is even shares of every token

    The result has the same bits for any `parallel`. The arrays must fit: they are not checked here.
    """
    dtype, n_topics = term_weights.dtype, alpha.shape[-1]
    prior = np.atleast_2d(alpha).astype(dtype)
    shares: Float = np.empty((len(docs.counts), n_topics), dtype)
    if start is not None:
        shares[:] = start
    elif docs.alpha_rows is None:
        shares[:] = (docs.counts / n_topics).astype(dtype)[:, None]
    else:
        even = (prior > 0) / (prior > 0).sum(axis=1, keepdims=True)
        shares[:] = np.repeat(even[docs.alpha_rows], np.diff(docs.indptr), axis=0) * docs.counts[:, None]
    gamma: Float = np.empty((docs.n_documents, n_topics), dtype)
    is_empty = docs.indptr[1:] == docs.indptr[:-1]
    gamma[is_empty] = prior[0] if docs.alpha_rows is None else prior[docs.alpha_rows[is_empty]]
    terms = np.zeros(docs.n_documents)
    run = _kernel_for(dtype).collapsed_step

    def block(numbers: Int64) -> None:
        run(
            numbers,
            docs.indptr,
            docs.indices,
            docs.counts,
            term_weights,
            prior,
            _alpha_rows(docs, numbers),
            gamma,
            shares,
            terms,
            power,
            tolerance,
            max_iterations,
        )

    for _ in parallel(block, docs.blocks):
        pass
    return Collapsed(gamma, shares, terms)


def document_terms(
    docs: Documents, found: EStep, alpha: Float64, parallel: Map = map
) -> tuple[Float64, Float64]:
    """The terms of the bound of each document (bound.py), and sum_d E[log theta_d]: (D,) and (K,) float64.

    Documents without terms add nothing. If alpha is (A, K), the sum is that of the documents of each row of
    alpha, (A, K), without the topics that they cannot have.
    """
    terms = np.zeros(docs.n_documents)
    prior = np.atleast_2d(alpha).astype(found.gamma.dtype)
    run = _kernel_for(found.gamma.dtype).document_terms

    def block(numbers: Int64) -> tuple[Any, Float64]:
        rows, own = _alpha_rows(docs, numbers), prior
        used: Any = slice(None)
        if rows is not None:  # only those of the block, because there may be many
            used = np.flatnonzero(np.bincount(rows))
            rows, own = np.searchsorted(used, rows).astype(np.int32), prior[used]
        log_theta = np.zeros(own.shape)
        run(numbers, docs.indptr, docs.counts, own, rows, *found, terms, log_theta)
        return used, log_theta

    log_theta = np.zeros(prior.shape)
    for used, part in parallel(block, docs.blocks):
        log_theta[used] += part
    return terms, log_theta.reshape(alpha.shape)


def _alpha_rows(docs: Documents, numbers: Int64) -> Int32 | None:
    """The row of alpha of each document of a block, (B,)."""
    return None if docs.alpha_rows is None else docs.alpha_rows[numbers]


def _kernel_for(dtype: np.dtype[Any]) -> Any:
    """The kernel for a dtype, imported when needed; the compiled one has float32 only."""
    return kernel() if dtype == np.float32 else kernel("numpy")
