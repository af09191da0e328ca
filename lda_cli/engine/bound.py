"""The evidence lower bound (ELBO), with all constants, from the results of an E-step.

For one document, take q(z) in the factors of the E-step, log q(z_w = t) = log weights_t + power log Phi_tw -
log norm_w, and m_t = gamma_t - alpha_t = sum_w n_w q(z_w = t). Then equation 15 of Blei, Ng and Jordan 2003
is

    E[log p(w|z)]        sum_wt n_w q(z_w = t) log Phi_tw                             ("cross" here)
    + E[log p(z|theta)]  sum_t m_t E[log theta_t]
    + H[q(z)]            sum_w n_w log norm_w - sum_t m_t log weights_t - power cross
    + E[log p(theta)]    log Gamma(sum alpha) - sum log Gamma(alpha) + sum (alpha_t - 1) E[log theta_t]
    + H[q(theta)]        sum log Gamma(gamma) - log Gamma(sum gamma) - sum (gamma_t - 1) E[log theta_t]

where E[log theta] cancels, because m + alpha - gamma = 0. `document_terms` of the kernel computes the terms
that depend on the document alone; alpha and Phi enter through sums over documents.

An E-step with theta integrated out gives another q(z), in shares. The best q(theta) for it has gamma_t =
alpha_t + sum_w n_w q(z_w = t). With that, the same bound is the cross term, plus H[q(z)] + sum log
Gamma(gamma_t) - log Gamma(sum gamma), plus `prior_terms`. It is a bound on log p(words) too, but the
collapsed update does not maximise it.
"""

import math
import sys
from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammaln

from .arrays import Float, Float64
from .estep import EStep, Map, document_terms, documents

ENTRIES_AT_A_TIME = 1 << 15  # 256 kB of float64: temporaries stay in the L2 cache
_LARGEST_EXPONENT = math.log(sys.float_info.max)


def perplexity(bound_per_token: float) -> float | None:
    """exp(-bound per token); None where it is larger than any float."""
    return math.exp(-bound_per_token) if -bound_per_token <= _LARGEST_EXPONENT else None


def prior_terms(alpha: Float64) -> float:
    """log Gamma(sum alpha) - sum log Gamma(alpha): the term of a document that depends on alpha alone."""
    return float(gammaln(alpha.sum()) - gammaln(alpha).sum())


def word_terms(sstats: Float, eta: float) -> float:
    """sum_wt sstats_wt log Phi_tw, with Phi the M-step of the same sstats, (V, K); 0 log 0 counts as 0."""
    expected = sstats.sum(axis=0, dtype=np.float64)
    value = -float(expected @ np.log(np.maximum(expected + len(sstats) * eta, 1e-300)))
    for some in _some_rows(sstats):
        value += float((some * np.log(np.maximum(some + eta, 1e-300))).sum(dtype=np.float64))
    return value


def log_prior_of_phi(sstats: Float, eta: float) -> float:
    """log p(Phi) under the Dirichlet whose mode the M-step takes: every row Dir(1 + eta); 0 if eta is 0.

    sstats : (V, K), of which Phi_tw = (sstats_wt + eta) / (sum_w sstats_wt + V eta)
    """
    if not eta:
        return 0.0
    n_terms, n_topics = sstats.shape
    totals = sstats.sum(axis=0, dtype=np.float64) + n_terms * eta
    log_phi = -n_terms * np.log(totals).sum()
    for some in _some_rows(sstats):
        log_phi += np.log(np.maximum(some, 0) + eta).sum(dtype=np.float64)
    return float(eta * log_phi - n_topics * log_normaliser(n_terms, eta))


def log_normaliser(n_terms: int, eta: float) -> float:
    """log B(1 + eta), of the Dirichlet of a row of Phi."""
    return float(n_terms * gammaln(1 + eta) - gammaln(n_terms * (1 + eta)))


def _some_rows(sstats: Float) -> Iterator[Float]:
    """Yield the rows, ENTRIES_AT_A_TIME at a time."""
    step = max(1, ENTRIES_AT_A_TIME // sstats.shape[1])
    for first in range(0, len(sstats), step):
        yield sstats[first : first + step]


def evidence_bound(counts: csr_matrix, found: EStep, alpha: Float64, parallel: Map = map) -> Float64:
    """The bound on log p(w_d | alpha, Phi) of each document after an E-step of power one: (D,) float64.

    counts : (D, U) CSR of int32; a document without terms has a bound of 0
    """
    docs = documents(counts, len(alpha), found.gamma.dtype)
    terms, _ = document_terms(docs, found, alpha, parallel)
    return np.where(np.diff(docs.indptr) > 0, terms + prior_terms(alpha), 0.0)
