"""How well Phi and alpha predict documents they were not learned from: a number for each document.

Phi is a point here, as in the model: no measure has a term of the topics themselves. (gensim and scikit-learn
add E[log p(Phi) - log q(Phi)], undivided, to the bound of however few words.) The third measure is in
left_to_right.py.

`completion` is document completion (Wallach, Murray, Salakhutdinov and Mimno 2009, section 5.1): one half of
a document's tokens gives theta, the other is scored by sum_w n_w log(theta . phi_w). A hash of the document's
key, the seed and the token's place decides the halves. There are two estimators of theta:

    map         the fixed point of gamma_t = alpha_t + sum_w n_w r_wt, r_wt proportional to gamma_t phi_tw:
                by EM the maximum of p(w, theta | alpha, Phi), with theta in the softmax basis (MacKay 1998)
    mean-field  gamma / sum(gamma) of the E-step, with exp(psi(gamma_t)) for gamma_t, as `infer` gives it

The first is about 1% better in perplexity.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from ._numpy import gathered, padded_fixed_points
from .arrays import Float, Float32, Float64, Int64, UInt64
from .bound import evidence_bound
from .completion import divided
from .estep import Documents, Map, documents, e_step
from .hashing import shuffled_tokens, streams
from .rescaling import rescaled

Estimator = Literal["map", "mean-field"]

ROUNDS = 100  # of EM for theta


class Scores(NamedTuple):
    """The score of D documents.

    log_p : (D,) float64, in nats
    n_tokens : (D,) int64, the tokens that were scored
    """

    log_p: Float64
    n_tokens: Int64

    def per_token(self) -> tuple[float, float]:
        """The mean over all tokens, and its standard error over documents; nan where there are too few.

        It is a ratio of two sums over documents, with the error of sum_d (log_p_d - mean n_d) / sum_d n_d
        (Cochran 1977, section 6.4). Tokens of one document are not independent: an error over tokens would be
        too small.
        """
        n_docs, total = len(self.log_p), int(self.n_tokens.sum())
        if not total:
            return float("nan"), float("nan")
        mean = float(self.log_p.sum()) / total
        if n_docs < 2:
            return mean, float("nan")
        residuals = self.log_p - mean * self.n_tokens
        return mean, float(np.sqrt((residuals**2).sum() * n_docs / (n_docs - 1)) / total)


def bound(
    counts: csr_matrix,
    phi: Float32,
    alpha: Float64,
    *,
    tolerance: float,
    max_iterations: int,
    parallel: Map = map,
) -> Scores:
    """The evidence lower bound on log p(w_d | Phi, alpha) of each document, by mean field.

    counts : (D, V) CSR of int32
    phi : (V, K) float32, row w is p(w | topic t); alpha : (K,) float64
    tolerance, max_iterations : of the E-step, as for `e_step`

    Raises ValueError for arrays that do not fit, and FloatingPointError for a term that has no topic.
    """
    weights, exponents = rescaled(phi)
    found = e_step(
        counts, weights, alpha, tolerance=tolerance, max_iterations=max_iterations, parallel=parallel
    )
    of_rescaling = counts @ (exponents * np.log(2))
    return Scores(evidence_bound(counts, found, alpha, parallel) + of_rescaling, _n_tokens(counts))


def completion(
    counts: csr_matrix,
    phi: Float32,
    alpha: Float64,
    keys: UInt64,
    *,
    seed: int,
    estimator: Estimator = "map",
    tolerance: float = 1e-4,
    max_iterations: int = 100,
    parallel: Map = map,
) -> Scores:
    """log p of one half of each document given the other; a document of one token has nothing to score.

    counts : (D, V) CSR of int32, each row sorted by term
    phi : (V, K) float32, row w is p(w | topic t); alpha : (K,) float64
    keys : (D,) uint64, of the documents' ids: with the seed they decide the halves, whatever else is scored
    tolerance, max_iterations : of the E-step, for `mean-field` alone

    Raises ValueError for arrays that do not fit, and FloatingPointError for a term that has no topic.
    """
    seen, unseen = halves(counts, keys, seed)
    if estimator == "map":
        theta = most_probable_theta(seen, phi, alpha, parallel)
    else:
        weights, _ = rescaled(phi)
        found = e_step(
            seen, weights, alpha, tolerance=tolerance, max_iterations=max_iterations, parallel=parallel
        )
        gamma = found.gamma.astype(np.float64)
        theta = gamma / gamma.sum(axis=1, keepdims=True)
    return Scores(predictive(unseen, phi, theta, parallel), _n_tokens(unseen))


def halves(counts: csr_matrix, keys: UInt64, seed: int) -> tuple[csr_matrix, csr_matrix]:
    """Divide the tokens of each document by chance: the seen and the unseen ones, (D, V) each.

    Of an odd number the seen half has one more.
    """
    docs = documents(counts, 1)
    entries = np.arange(len(docs.counts))
    starts, entry = shuffled_tokens(docs.indptr, entries, docs.counts, streams(seed, keys))
    n_tokens = np.diff(starts)
    places = np.arange(starts[-1]) - np.repeat(starts[:-1], n_tokens)
    is_seen = places < np.repeat((n_tokens + 1) // 2, n_tokens)
    n_seen = np.bincount(entry[is_seen], minlength=len(entries)).astype(np.int32)
    return divided(docs.indptr, docs.indices, docs.counts, n_seen, counts.shape)


def most_probable_theta(counts: csr_matrix, phi: Float32, alpha: Float64, parallel: Map = map) -> Float64:
    """The `map` estimate of theta, (D, K), after ROUNDS of EM from the mean of the prior."""
    docs = documents(counts, len(alpha), np.float64)
    theta = np.tile(alpha / alpha.sum(), (docs.n_documents, 1))

    def block(numbers: Int64) -> None:
        rows, n, *_ = gathered(numbers, *docs[:3], phi)
        start = np.tile(alpha, (len(numbers), 1))
        with np.errstate(divide="ignore", invalid="ignore"):  # a term without a topic: found by `predictive`
            gamma, _, _ = padded_fixed_points(
                rows.astype(np.float64), n.astype(np.float64), alpha, start, _shares, 0.0, ROUNDS
            )
        theta[numbers] = gamma / gamma.sum(axis=1, keepdims=True)

    _run(block, docs, parallel)
    return theta


def _shares(gamma: Float) -> Float:
    """Weights of the topics in each document, (D, K): gamma itself; its scale cancels."""
    return np.asarray(gamma / gamma.max(axis=1, keepdims=True))


def predictive(counts: csr_matrix, phi: Float32, theta: Float64, parallel: Map = map) -> Float64:
    """sum_w n_dw log(theta_d . phi_w) of each document, (D,)."""
    docs = documents(counts, theta.shape[1], np.float64)
    log_p = np.zeros(docs.n_documents)

    def block(numbers: Int64) -> None:
        rows, n, *_ = gathered(numbers, *docs[:3], phi)
        p = np.einsum("dwt,dt->dw", rows, theta[numbers])
        p[n == 0] = 1
        with np.errstate(divide="ignore"):
            log_p[numbers] = (n * np.log(p)).sum(axis=1)

    _run(block, docs, parallel)
    if not np.isfinite(log_p).all():
        doc = int(np.flatnonzero(~np.isfinite(log_p))[0])
        raise FloatingPointError(f"document {doc} has a probability of 0; has one of its terms no topic?")
    return log_p


def _run(block: Callable[[Int64], None], docs: Documents, parallel: Map) -> None:
    for _ in parallel(block, docs.blocks):
        pass


def _n_tokens(counts: csr_matrix) -> Int64:
    return np.asarray(counts.sum(axis=1, dtype=np.int64)).ravel()
