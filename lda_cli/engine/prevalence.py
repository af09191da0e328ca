"""Dirichlet-multinomial regression: alpha of a document from what is known of it (Mimno and McCallum 2008).

Documents with the same metadata are a group. x_g is what is known of group g, and x_g0 = 1:

    alpha_gt = scale_gt exp(x_g . lambda_t)
    lambda_tf ~ N(0, SIGMA^2)                 but not lambda_t0, the intercept

scale is 1, but 0 for a topic that the documents of the group cannot have (Ramage and others 2009).

The M-step maximises, with L_gt = sum of E[log theta_dt] over the n_g documents of a group,

    sum_g n_g [ log Gamma(sum_t alpha_gt) - sum_t log Gamma(alpha_gt) ] + sum_gt alpha_gt L_gt
    - sum_tf lambda_tf^2 / (2 SIGMA^2)

so that it needs G x K numbers, not D x K.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import gammaln, polygamma, psi

from .arrays import Float64
from .log_linear import LARGEST_EXPONENT, SIGMA, Uncertainty, alpha_of, exponents_of

# L-BFGS begins where the last pass ended: a few steps a pass are enough.
_STEPS = 50

# Keeps the information of an intercept above 0, also of a topic that no group may have.
_LEAST_INFORMATION = 1e-9


class Regression(NamedTuple):
    """What the coefficients are learned from.

    design : (G, F) CSR of float64, x_g
    scale : (G, K) float64, 0 or more
    n_documents : (G,) float64, n_g
    """

    design: csr_matrix
    scale: Float64
    n_documents: Float64


def alpha_rows(regression: Regression, coefficients: Float64) -> Float64:
    """Return alpha of each group, (G, K); coefficients : (K, F)."""
    rows: Float64 = regression.scale * alpha_of(regression.design, coefficients)
    return rows


def learn(regression: Regression, coefficients: Float64, log_theta: Float64) -> Float64:
    """Return the coefficients that maximise `objective`, (K, F), by L-BFGS from these ones.

    log_theta : (G, K), L_gt
    """
    return _maximum(lambda now: objective(regression, now, log_theta), coefficients)


def learn_from_shares(
    regression: Regression, coefficients: Float64, shares: Float64, total: float
) -> Float64:
    """Return coefficients with which alpha_gt / total is near the mean share of topic t in g: (K, F).

    shares : (G, K), sums over the documents of a group, 0 where scale is 0; total : of alpha

    This is a Poisson regression. It is for the collapsed E-step, from whose soft counts the sum of alpha
    cannot be learned (completion.py).
    """
    return _maximum(lambda now: _poisson(regression, now, shares, total), coefficients)


def objective(regression: Regression, coefficients: Float64, log_theta: Float64) -> tuple[float, Float64]:
    """Return what the M-step maximises, and its gradient, (K, F); log_theta : (G, K).

    d / d lambda_tf = sum_g x_gf alpha_gt [ n_g (psi(sum_t alpha_gt) - psi(alpha_gt)) + L_gt ]
                      - lambda_tf / SIGMA^2
    """
    exponents = exponents_of(regression.design, coefficients)
    alpha, n = regression.scale * np.exp(exponents), regression.n_documents
    value = expected_log_prior(regression, alpha, log_theta) + log_density(coefficients)
    total = alpha.sum(axis=1, keepdims=True)
    slope = n[:, None] * (psi(total) - psi(np.where(alpha > 0, alpha, 1))) + log_theta
    return value, _gradient(regression, coefficients, alpha * slope, exponents)


def expected_log_prior(regression: Regression, alpha: Float64, log_theta: Float64) -> float:
    """sum_d E[log p(theta_d | alpha_d)], but for - sum_dt E[log theta_dt], which alpha does not change."""
    return float(regression.n_documents @ log_normalisers(alpha) + (alpha * log_theta).sum())


def log_normalisers(alpha: Float64) -> Float64:
    """log Gamma(sum_t alpha_gt) - sum_t log Gamma(alpha_gt), (G,), over the topics with an alpha above 0."""
    found: Float64 = gammaln(alpha.sum(axis=1)) - gammaln(np.where(alpha > 0, alpha, 1)).sum(axis=1)
    return found


def log_density(coefficients: Float64) -> float:
    """log p(coefficients), up to a constant."""
    return -float((coefficients[:, 1:] ** 2).sum()) / (2 * SIGMA**2)


def _poisson(
    regression: Regression, coefficients: Float64, shares: Float64, total: float
) -> tuple[float, Float64]:
    """sum_gt shares_gt log alpha_gt - n_g alpha_gt / total, with the log density; and its gradient."""
    exponents = exponents_of(regression.design, coefficients)
    expected = regression.n_documents[:, None] * regression.scale * np.exp(exponents) / total
    value = (shares * exponents).sum() - expected.sum()  # but for shares log scale, which is constant
    slope = np.where(regression.scale > 0, shares - expected, 0)
    return float(value) + log_density(coefficients), _gradient(regression, coefficients, slope, exponents)


def _gradient(regression: Regression, coefficients: Float64, slope: Float64, exponents: Float64) -> Float64:
    """Return the gradient, (K, F), with the penalty; slope : (G, K), by the exponents."""
    is_free = np.abs(exponents) < LARGEST_EXPONENT
    gradient: Float64 = (regression.design.T @ np.where(is_free, slope, 0)).T.copy()
    gradient[:, 1:] -= coefficients[:, 1:] / SIGMA**2
    return gradient


def _maximum(function: Callable[[Float64], tuple[float, Float64]], start: Float64) -> Float64:
    def negative(flat: Float64) -> tuple[float, Float64]:
        value, gradient = function(flat.reshape(start.shape))
        return -value, -gradient.ravel()

    found = minimize(negative, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    best: Float64 = found.x.reshape(start.shape)
    return best if function(best)[0] >= function(start)[0] else start


def uncertainty(regression: Regression, coefficients: Float64) -> Uncertainty:
    """Return the inverse of the expected Hessian of `objective`, by topic, as if theta were known.

    The information of a topic is X^T diag(w) X + I / SIGMA^2, w_g = n_g alpha_gt^2 (psi'(alpha_gt) -
    psi'(sum_t alpha_gt)). Terms between topics are left out.
    """
    alpha = alpha_rows(regression, coefficients)
    information = polygamma(1, np.where(alpha > 0, alpha, 1)) - polygamma(1, alpha.sum(axis=1))[:, None]
    weights = regression.n_documents[:, None] * alpha**2 * np.maximum(information, 0)
    design = regression.design.toarray()
    prior = np.full(design.shape[1], 1 / SIGMA**2)
    prior[0] = _LEAST_INFORMATION
    found = Uncertainty(np.empty_like(coefficients), np.empty_like(coefficients))
    for topic, w in enumerate(weights.T):
        covariance = np.linalg.inv((design.T * w) @ design + np.diag(prior))
        found.variance[topic], found.with_intercept[topic] = np.diag(covariance), covariance[0]
    return found
