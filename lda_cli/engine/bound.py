"""The evidence lower bound (ELBO), nothing dropped, from what an E-step leaves behind.

For one document, with q(z) as the E-step left it in factors, log q(z_w = t) = log weights_t + power log
Phi_tw - log norm_w, and m_t = gamma_t - alpha_t = sum_w n_w q(z_w = t), Blei, Ng and Jordan's equation 15 is

    E[log p(w|z)]        sum_wt n_w q(z_w = t) log Phi_tw                             ("cross" here)
    + E[log p(z|theta)]  sum_t m_t E[log theta_t]
    + H[q(z)]            sum_w n_w log norm_w - sum_t m_t log weights_t - power cross
    + E[log p(theta)]    log Gamma(sum alpha) - sum log Gamma(alpha) + sum (alpha_t - 1) E[log theta_t]
    + H[q(theta)]        sum log Gamma(gamma) - log Gamma(sum gamma) - sum (gamma_t - 1) E[log theta_t]

where E[log theta] cancels, since m + alpha - gamma = 0. What depends on the document alone is
`document_terms`; alpha and Phi come in through sums over documents.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammaln, psi

from .estep import EStep, Float, Float64


def document_terms(counts: csr_matrix, found: EStep, alpha: Float64) -> Float64:
    """sum n log norm - sum m log weights + sum log Gamma(gamma) - log Gamma(sum gamma): (D,) float64.

    counts : (D, U) CSR, the documents of the E-step `found`, whose prior was `alpha`
    """
    n = counts.data.astype(np.float64)
    # ratio = n / norm
    log_norm = np.log(n) - np.log(found.ratio, dtype=np.float64)
    docs = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    words = np.bincount(docs, weights=n * log_norm, minlength=counts.shape[0])
    gamma = found.gamma.astype(np.float64)
    topics = ((gamma - alpha) * np.log(found.weights, dtype=np.float64)).sum(axis=1)
    terms: Float64 = words - topics + gammaln(gamma).sum(axis=1) - gammaln(gamma.sum(axis=1))
    return terms


def prior_terms(alpha: Float64) -> float:
    """log Gamma(sum alpha) - sum log Gamma(alpha), a document's share of the prior that only alpha sets."""
    return float(gammaln(alpha.sum()) - gammaln(alpha).sum())


def expected_log_theta(gamma: Float) -> Float64:
    """E[log theta_dt] = psi(gamma_dt) - psi(sum_t gamma_dt): (D, K) float64."""
    exact = gamma.astype(np.float64)
    result: Float64 = psi(exact) - psi(exact.sum(axis=1, keepdims=True))
    return result


def word_terms(sstats: Float, log_phi: Float) -> float:
    """sum_wt sstats_wt log Phi_tw of two (U, K) arrays."""
    return float((sstats * log_phi).sum(dtype=np.float64))


def safe_log(phi: Float) -> Float:
    """log Phi, finite where Phi is 0: sstats is 0 there too, and 0 log 0 counts as 0."""
    log_phi: Float = np.log(np.maximum(phi, np.finfo(phi.dtype).tiny))
    return log_phi


def log_prior_of_phi(sstats: Float, eta: float) -> float:
    """log p(Phi) under the Dirichlet whose mode the M-step takes: every row Dir(1 + eta); 0 if eta is 0.

    sstats : (V, K), of which Phi_tw = (sstats_wt + eta) / (sum_w sstats_wt + V eta)
    """
    if not eta:
        return 0.0
    n_terms, n_topics = sstats.shape
    totals = sstats.sum(axis=0, dtype=np.float64) + n_terms * eta
    log_phi = np.log(sstats + sstats.dtype.type(eta)).sum(dtype=np.float64) - n_terms * np.log(totals).sum()
    log_normaliser = n_terms * gammaln(1 + eta) - gammaln(n_terms * (1 + eta))
    return float(eta * log_phi - n_topics * log_normaliser)


def evidence_bound(counts: csr_matrix, found: EStep, alpha: Float64) -> Float64:
    """The bound on log p(w_d | alpha, Phi) of each document after an E-step of power one: (D,) float64."""
    return document_terms(counts, found, alpha) + prior_terms(alpha)
