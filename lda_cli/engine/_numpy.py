"""The kernel in NumPy: the reference for the compiled one, and its replacement where there is no compiler.

Documents of similar length are padded to one shape. The two halves of the update, a dot product and a
weighted sum over the rows of a document's terms, are then one `matmul` each over a block. Documents that have
reached their fixed point leave the block. The result for a document depends on its own row and, in the last
bits, on the width it is padded to.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import gammaln, psi

from ._numpy_left_to_right import left_to_right  # noqa: F401 - one more function of this kernel
from ._numpy_weights import topic_weights
from .arrays import Float, Float32, Float64, Int, Int64

# Size of the gathered rows of a block of documents: large enough to spread the cost of a call, small enough
# to stay in the cache (L2 or L3) from one iteration to the next.
BLOCK_BYTES = 1 << 22

# Finished documents leave a block when they are more than this share of it: that copies the rows of the
# others. Shares from 0.05 to 0.5 made little difference (1,500 documents, K = 100).
COMPACTION_SHARE = 0.2

# OpenBLAS splits a matrix-vector product among threads from 9216 elements on. The order of the sums, and so
# the bits, would then depend on the number of cores: longer documents are cut into pieces below that.
BLAS_SERIAL_ELEMENTS = 9216 - 1

# Below this, log Phi is the logarithm of this.
SMALLEST_PHI = 1e-37


def blocks(indptr: Int, n_topics: int, itemsize: int) -> list[Int64]:
    """Divide the documents that have terms into blocks for `e_step`, the shortest documents first.

    The blocks depend on the documents alone, not on the number of threads.
    """
    lengths = np.diff(indptr)
    order = np.argsort(lengths, kind="stable")
    order = order[np.searchsorted(lengths[order], 1) :]
    row_bytes = n_topics * itemsize
    found: list[Int64] = []
    while len(order):
        # the last document of a block is the longest: it sets the width of the block
        width = lengths[order[: max(1, BLOCK_BYTES // row_bytes)]]
        fits = np.arange(1, len(width) + 1) * width * row_bytes <= BLOCK_BYTES
        size = max(1, int(fits.sum()))
        found.append(order[:size])
        order = order[size:]
    return found


def e_step(
    docs: Int,
    indptr: Int,
    indices: Int,
    counts: Int,
    term_weights: Float,
    alpha: Float,
    alpha_rows: Int | None,
    gamma: Float,
    weights: Float,
    ratio: Float,
    power: float,
    tolerance: float,
    max_iterations: int,
) -> None:
    """Find the fixed point of q(z) and q(theta) of each of `docs`, documents of similar length.

    q(z_dw = t)  proportional to  exp(power E[log theta_dt]) * term_weights_wt
    gamma_dt  =  alpha_t + sum_w n_dw q(z_dw = t)

    (Blei, Ng, Jordan 2003, equations 6 and 7; with power < 1 they are tempered.)

    docs : (B,) numbers of documents, none of them empty
    indptr, indices, counts : CSR of D documents; indices are rows of `term_weights`
    term_weights : (U, K) float32 or float64, Phi_tw ** power, one row per term, no row all zero
    alpha : (A, K); this and the arrays of floats below have the dtype of `term_weights`. A document cannot
        have a topic whose alpha is 0: its gamma and weight are 0
    alpha_rows : (B,), the row of alpha of each of `docs`; None if all have the first
    gamma : (D, K), in: the start, out: the fixed point
    weights, ratio : (D, K) and (nnz,), out: the factors of the last q(z),
        n_dw q(z_dw = t) = weights_dt * ratio_dw * term_weights_wt,
        ratio_dw = n_dw / sum_t weights_dt * term_weights_wt
    tolerance : a document stops when sum_t |delta gamma_t| <= tolerance * N_d
    """
    rows, n, place, real = gathered(docs, indptr, indices, counts, term_weights)
    weights_of = partial(topic_weights, power=power)
    prior = alpha[0] if alpha_rows is None else alpha[alpha_rows]
    found = padded_fixed_points(rows, n, prior, gamma[docs], weights_of, tolerance, max_iterations)
    gamma[docs], weights[docs], padded_ratio = found
    ratio[place[real]] = padded_ratio[real]


def gathered(
    docs: Int, indptr: Int, indices: Int, counts: Int, term_weights: Float
) -> tuple[Float, Float, Int, npt.NDArray[np.bool_]]:
    """The rows of the terms of each of `docs`, padded to one width L: arrays for `padded_fixed_points`.

    docs, indptr, indices, counts, term_weights : as in `e_step`

    Returns rows (B, L, K), n (B, L), 0 in the padding, the place of each in `indices`, and which are real.
    """
    lengths = indptr[docs + 1] - indptr[docs]
    piece = _piece(term_weights.shape[1])
    width = int(lengths.max())
    if width > piece:
        width += -width % piece
    place = indptr[docs, None] + np.arange(width)
    real = np.arange(width) < lengths[:, None]
    place[~real] = 0
    n = np.where(real, counts[place], 0).astype(term_weights.dtype)
    return term_weights[indices[place]], n, place, real  # padding has n = 0: any row will do


def _piece(n_topics: int) -> int:
    """The number of rows that BLAS multiplies on one thread."""
    return max(1, BLAS_SERIAL_ELEMENTS // n_topics)


def padded_fixed_points(
    rows: Float,
    n: Float,
    alpha: Float,
    start: Float,
    weights_of: Callable[[Float], Float],
    tolerance: float,
    max_iterations: int,
) -> tuple[Float, Float, Float]:
    """gamma (B, K), weights (B, K), ratio (B, L) of a padded block of B documents of L terms.

    alpha : (K,), or (B, K)
    weights_of : the weights of the topics in each document by gamma, both (B, K)
    """
    n_docs, width, n_topics = rows.shape
    piece = min(width, _piece(n_topics))
    pieces = (n_docs, width // piece, piece)
    rows = rows.reshape(*pieces, n_topics)
    n = n.reshape(pieces)
    gamma, weights, ratio = np.empty_like(start), np.empty_like(start), np.empty_like(n)
    limit = tolerance * n.sum(axis=(1, 2))
    at = np.arange(n_docs)  # the documents still in the block, and which have reached their fixed point
    reached = np.zeros(n_docs, bool)
    current = start
    for iteration in range(1, max_iterations + 1):
        weight = weights_of(current)
        with np.errstate(invalid="ignore"):  # OpenBLAS may set that flag for valid numbers
            norm = np.matmul(rows, weight[:, None, :, None])[..., 0]
            share = n / norm
            update = np.matmul(share[:, :, None, :], rows)[:, :, 0].sum(axis=1)
        update *= weight
        update += alpha
        change = np.abs(update - current).sum(axis=1)
        current = update
        new = ~reached & ((change <= limit[at]) | (iteration == max_iterations))
        if not new.any():
            continue
        reached |= new
        gamma[at[new]], weights[at[new]], ratio[at[new]] = current[new], weight[new], share[new]
        if reached.all():
            break
        if reached.mean() > COMPACTION_SHARE:
            going = ~reached
            alpha = alpha if alpha.ndim == 1 else alpha[going]
            at, reached, current, n, rows = at[going], reached[going], current[going], n[going], rows[going]
    return gamma, weights, ratio.reshape(n_docs, width)


def collapsed_step(
    docs: Int,
    indptr: Int,
    indices: Int,
    counts: Int,
    term_weights: Float,
    alpha: Float,
    alpha_rows: Int | None,
    gamma: Float,
    shares: Float,
    terms: Float64,
    power: float,
    tolerance: float,
    max_iterations: int,
) -> None:
    """Find the fixed point of q(z) of each of `docs`, documents of similar length, with theta integrated out.

    q(z_dw = t)  proportional to  (gamma_dt - q(z_dw = t))^power * term_weights_wt
    gamma_dt  =  alpha_t + sum_w n_dw q(z_dw = t)

    This is the collapsed update of Teh, Newman and Welling 2006 in its zeroth order (CVB0: Asuncion, Welling,
    Smyth and Teh 2009), tempered. The share of the token itself is left out of gamma: one occurrence, even if
    the term occurs n times in the document. Terms are updated one after the other.

    docs, indptr, indices, counts, term_weights, alpha, alpha_rows : as in `e_step`
    gamma : (D, K), out
    shares : (nnz, K), n_dw q(z_dw = t), in: the start, 0 for topics with an alpha of 0; out: the fixed point
    terms : (D,), out: H[q(z)] + sum_t log Gamma(gamma_t) - log Gamma(sum gamma), for the bound (bound.py)
    tolerance : a document stops when sum_w n_w sum_t |delta q_wt| <= tolerance * N_d
    """
    lengths = indptr[docs + 1] - indptr[docs]
    place = indptr[docs, None] + np.arange(int(lengths.max()))
    real = place < indptr[docs + 1, None]
    place[~real] = 0
    n = np.where(real, counts[place], 0).astype(term_weights.dtype)[:, :, None]
    rows = term_weights[indices[place]]
    q = np.where(real[:, :, None], shares[place] / np.maximum(n, 1), 0).astype(term_weights.dtype)
    going = np.arange(len(docs))
    prior = np.broadcast_to(alpha[0], (len(docs), len(alpha[0]))) if alpha_rows is None else alpha[alpha_rows]
    current = prior + (n * q).sum(axis=1)
    for _ in range(max_iterations):
        change = np.zeros(len(going))
        for at in range(place.shape[1]):
            own = q[going, at]
            score = np.maximum(current[going] - own, prior[going]) ** power * rows[going, at]
            step = np.where(real[going, at, None], score / score.sum(axis=1, keepdims=True) - own, 0)
            current[going] += n[going, at] * step
            q[going, at] += step
            change += n[going, at, 0] * np.abs(step).sum(axis=1)
        going = going[change > tolerance * n[going].sum(axis=(1, 2))]
        if not len(going):
            break
    current = prior + (n * q).sum(axis=1)
    entropy = -(n * q * _safe_log(q)).sum(axis=(1, 2), dtype=np.float64)
    exact = current.astype(np.float64)
    gamma[docs], shares[place[real]] = current, (n * q)[real]
    terms[docs] = entropy + _where_any(gammaln, exact).sum(axis=1) - gammaln(exact.sum(axis=1))


def document_terms(
    docs: Int,
    indptr: Int,
    counts: Int,
    alpha: Float,
    alpha_rows: Int | None,
    gamma: Float,
    weights: Float,
    ratio: Float,
    terms: Float64,
    log_theta: Float64,
) -> None:
    """Compute the terms of the bound of each of `docs` after `e_step` (derived in bound.py).

    terms : (D,), out: sum n log norm - sum m log weights + sum log Gamma(gamma) - log Gamma(sum gamma)
    log_theta : (A, K), in and out: sum_d E[log theta_d] is added to the row of each document's alpha; without
        the topics that the document cannot have
    """
    lengths = indptr[docs + 1] - indptr[docs]
    ends = np.cumsum(lengths)
    place = np.arange(ends[-1]) + np.repeat(indptr[docs] - (ends - lengths), lengths)
    n = counts[place].astype(np.float64)
    # ratio = n / norm
    n_log_norm = n * (np.log(n) - np.log(ratio[place], dtype=np.float64))
    words = np.bincount(np.repeat(np.arange(len(docs)), lengths), weights=n_log_norm, minlength=len(docs))
    exact = gamma[docs].astype(np.float64)
    total = exact.sum(axis=1)
    prior = alpha[0] if alpha_rows is None else alpha[alpha_rows]
    log_weights = _where_any(partial(np.log, dtype=np.float64), weights[docs])
    topics = ((exact - prior) * log_weights).sum(axis=1)
    terms[docs] = words - topics + _where_any(gammaln, exact).sum(axis=1) - gammaln(total)
    log_shares = _where_any(psi, exact)
    if alpha_rows is None:
        log_theta[0] += (log_shares.sum(axis=0) - psi(total).sum()) * (alpha[0] != 0)
    else:
        np.add.at(log_theta, alpha_rows, np.where(exact == 0, 0, log_shares - psi(total)[:, None]))


def _where_any(function: Callable[[Float], Float], values: Float) -> Float:
    """function(values), but 0 where they are 0, since a document cannot have that topic."""
    if values.all():
        return function(values)
    return np.where(values == 0, 0, function(np.where(values == 0, 1, values)))


def minibatch_phi(
    first: int,
    last: int,
    terms: Int,
    sstats: Float64,
    contribution: Float32,
    start: Float32 | None,
    share: float,
    leave_out: bool,
    eta: float,
    scale: Float32,
    normaliser: Float32 | None,
    strength: Float32 | None,
    power: float,
    term_weights: Float32,
) -> None:
    """Compute Phi_tw ** power of terms first to last - 1 of a minibatch: these rows of `term_weights`.

    Phi_tw = scale_t (S_wt + eta), where S_wt is

        sstats_wt + share * start_wt      with `start`, which stands in for documents not visited yet
        sstats_wt - contribution_wt       with `leave_out`
        sstats_wt                         otherwise

    or 0 if that is negative. With `normaliser` and `strength` (decorrelation.py) S_wt is then lowered by
    strength_t q_wt sum_{s != t} q_ws, but not below 0, with q_wt = normaliser_t (S_wt + eta).

    terms : (U,) int64, rows of sstats and start; contribution and term_weights have one row for each
    scale : (K,), 1 / (sum_w S_wt + V eta)
    normaliser, strength : (K,), or None
    """
    rows = slice(first, last)
    counts = sstats[terms[rows]]
    if start is not None:
        counts += np.float32(share) * start[terms[rows]]
    elif leave_out:
        counts -= contribution[rows]
    expected: Float32 = np.maximum(counts, 0).astype(np.float32)
    if normaliser is not None and strength is not None:
        q = (expected + np.float32(eta)) * normaliser
        expected = np.maximum(expected - strength * q * (q.sum(axis=1, keepdims=True) - q), 0)
    phi: Float32 = (expected + np.float32(eta)) * scale
    term_weights[rows] = phi if power == 1 else np.exp(np.float32(power) * _safe_log(phi))


def update_sstats(
    first: int,
    last: int,
    starts: Int,
    docs: Int,
    places: Int,
    terms: Int,
    ratio: Float32 | None,
    weights: Float32 | None,
    shares: Float32 | None,
    live_starts: Int | None,
    live_topics: Int | None,
    live_weights: Float32 | None,
    term_weights: Float32,
    power: float,
    relaxation: float,
    contribution: Float32,
    sstats: Float64,
    change: Float64,
) -> float:
    """Replace the old contribution of terms first to last - 1 of a minibatch by their new expected counts.

    expected_wt = sum_d n_dw q(z_dw = t), which is R^T E times Phi^power, with R the sparse ratios and E the
    weights; or a sum of shares, if theta was integrated out.
    contribution += max(-contribution, relaxation (expected - contribution)); sstats changes by the same.

    starts, docs, places : CSC of the minibatch's counts: entries starts[n] to starts[n + 1] - 1 are those of
        term n, in documents docs; places are their indices in `ratio` or `shares`
    ratio, weights : (nnz,) and (D, K), the factors of q(z) from `e_step`; or None, and
    shares : (nnz, K), from `collapsed_step`; or None
    live_starts, live_topics, live_weights : if they are given, the weights as CSR, without those that are
        nearly 0: document d has the topics live_topics[live_starts[d]:live_starts[d + 1]]
    change : (K,), in and out: the change of sstats, summed over the terms, is added

    Returns sum_wt expected_wt log Phi_tw.
    """
    rows, entries = slice(first, last), slice(starts[first], starts[last])
    pointers = starts[first : last + 1] - starts[first]
    if shares is not None:
        shape = (last - first, len(shares))
        ones = np.ones(pointers[-1], np.float32)
        expected = csr_matrix((ones, places[entries], pointers), shape) @ shares
    else:
        assert ratio is not None
        if weights is None:
            assert live_starts is not None
            csr = (live_weights, live_topics, live_starts)
            weights = csr_matrix(csr, (len(live_starts) - 1, len(change))).toarray()
        shape = (last - first, len(weights))
        expected = csr_matrix((ratio[places[entries]], docs[entries], pointers), shape) @ weights
        expected *= term_weights[rows]
    own = contribution[rows]
    updated = own + np.maximum(np.float32(relaxation) * (expected - own), -own)
    moved = updated.astype(np.float64) - own
    contribution[rows] = updated
    sstats[terms[rows]] += moved
    change += moved.sum(axis=0)
    cross = (expected * _safe_log(term_weights[rows])).sum(dtype=np.float64)
    return float(cross) / power


def _safe_log(phi: Float32) -> Float32:
    """log Phi, finite where Phi is 0: the expected count is 0 there too, and 0 log 0 is 0."""
    log_phi: Float32 = np.log(np.maximum(phi, np.float32(SMALLEST_PHI)))
    return log_phi
