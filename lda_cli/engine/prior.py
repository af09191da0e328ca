"""What is known of the topics before the corpus is seen: expected counts P that stay, and a start.

P, (V, K) and not negative, is an informative prior of Phi, phi_t ~ Dir(1 + eta + P_.t). The M-step of maximum
a posteriori EM is then

    Phi_tw = (S_wt + P_wt + eta) / sum_w (S_wt + P_wt + eta)

P is like the contribution of one more minibatch, of documents that are never visited: Neal and Hinton 1998
let any part of S stay. The engine adds it to S at the beginning, and nothing else changes: visits replace the
other contributions, averages and checkpoints contain P. Incremental EM still never lowers F plus the log
prior, which is that of eta + P:

    log p(Phi) = sum_t ( sum_w (eta + P_wt) log Phi_tw - log B(1 + eta + P_.t) )

Expected counts of a topic, as gamma has them, are without P.

P may be the seed words of topics, the expected counts of another model, or both. A topic that must not change
has so much of P that no corpus can move it (`standing`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammaln

from .arrays import Bools, Float, Float32, Float64

# A topic that stands has this many times as many tokens in P as the corpus has: its Phi is then that of P,
# within the precision of float32.
STANDING = 1e7


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of K topics over V terms. Any part may be missing.

    prior : (V, K) float64 CSR, P
    seeds : (V, K) float64 CSR; row w is how the occurrences of term w are shared out at the start. It sums to
        one, or is empty for a term that is no seed
    topics : (V, K) float64 CSR, the expected counts that topics start from; is_known : (K,), which do
    log_theta : (K,), sum of E[log theta_d] over n_documents that are never visited; alpha is learned from
        them too
    """

    prior: csr_matrix | None = None
    seeds: csr_matrix | None = None
    topics: csr_matrix | None = None
    is_known: Bools | None = None
    log_theta: Float64 | None = None
    n_documents: float = 0.0

    def started(self, start: Float32, occurrences: Float64) -> Float32:
        """Change a random start in place: known topics have their counts, seeds are in their topics.

        start : (V, K), as of `initial_sstats`; occurrences : (V,) of each term
        """
        if self.topics is not None:
            assert self.is_known is not None
            start[:, self.is_known] = 0
            rows, columns = _places(self.topics)
            start[rows, columns] = self.topics.data
        if self.seeds is not None:
            rows, columns = _places(self.seeds)
            is_free = np.ones(start.shape[1], bool) if self.is_known is None else ~self.is_known
            start[np.ix_(np.unique(rows), np.flatnonzero(is_free))] = 0
            new = is_free[columns]
            start[rows[new], columns[new]] = (self.seeds.data * occurrences[rows])[new]
        return start


NOTHING = Known()


def standing(phi: Float, n_tokens: float) -> Float64:
    """Return the expected counts that hold a topic at `phi`, (n,), in a corpus of n_tokens: (n,)."""
    return phi.astype(np.float64) * (STANDING * max(n_tokens, 1.0))


def counts_behind(phi: Float64, total: float, eta: float) -> Float64:
    """Return S_.t, (n,), of some terms of a topic, of which the M-step made Phi: Phi total - eta, or 0.

    phi : (n,), Phi_t of these terms; total : n_t + V eta, with n_t = sum_w S_wt over all V terms
    """
    found: Float64 = np.maximum(phi * total - eta, 0)
    return found


def cross(prior: csr_matrix, phi: Float32) -> float:
    """sum_wt P_wt log Phi_tw; phi : (K, V)."""
    rows, columns = _places(prior)
    return float(prior.data @ np.log(np.maximum(phi[columns, rows], 1e-37), dtype=np.float64))


def log_normaliser(prior: csr_matrix, eta: float) -> float:
    """sum_t log B(1 + eta + P_.t) - log B(1 + eta): what P adds to the constant of the log prior."""
    n_terms = prior.shape[0]
    totals = np.asarray(prior.sum(axis=0)).ravel()
    cells = gammaln(1 + eta + prior.data) - gammaln(1 + eta)
    sums = gammaln(n_terms * (1 + eta) + totals) - gammaln(n_terms * (1 + eta))
    return float(cells.sum() - sums.sum())


def _places(matrix: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
