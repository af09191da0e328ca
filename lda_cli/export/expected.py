"""Expected counts, which other tools have instead of Phi."""

import numpy as np

from ..engine.arrays import Float32, Float64, Int64
from ..model.model import Model


def weights(model: Model) -> Float64:
    """Return the expected counts plus eta: (K, V) float64; its rows, divided by their sums, are Phi.

    The M-step makes Phi_tw = (n_tw + eta) / (n_t + V eta) of them, so that they come from Phi and n_t.
    """
    totals = model.topic_counts + len(model.vocabulary) * model.eta
    totals = np.where(totals > 0, totals, 1)  # with eta = 0, of a topic without tokens
    found: Float64 = model.phi * totals[:, None]
    return found


def whole_counts(shares: Float64, counts: Int64) -> Int64:
    """Divide each count among the topics in whole numbers, which add up to it: (n, K) int64.

    By the largest remainder: each topic gets its expected count without the fraction, and the ones that are
    left go to the largest fractions.

    shares : (n, K), rows sum to one; counts : (n,) int64
    """
    expected = shares * counts[:, None]
    found: Int64 = np.floor(expected).astype(np.int64)
    left = np.maximum(counts - found.sum(axis=1), 0)
    ranks = np.argsort(np.argsort(found - expected, axis=1, kind="stable"), axis=1)
    found += ranks < left[:, None]
    return found


def rescaled(phi: Float32) -> Float64:
    """Divide each column by its largest number: (K, V) float64.

    gensim and scikit-learn add an epsilon to sum_t phi_tw exp(E[log theta_t]), which would be felt where phi
    is small. A factor of a column cancels in q(z) and in gamma.
    """
    columns: Float64 = phi / phi.max(axis=0).astype(np.float64)
    return columns
