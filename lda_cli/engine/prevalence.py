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

from .alpha import LARGEST_ALPHA, SMALLEST_ALPHA
from .arrays import Float64

SIGMA = 1.0  # from 0.5 to 2 it made no difference to held-out documents of 20 Newsgroups

# Of x_g . lambda_t: far outside the limits of alpha, and exp does not overflow. At the limits themselves the
# function would be flat, and a step of L-BFGS that is too long would not come back.
_MOST = 50.0

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
    """Return alpha of each group, (G, K); coefficients : (K, F).

    Before it is scaled, alpha is within its limits (alpha.py).
    """
    exponentials = np.exp(_exponents(regression, coefficients))
    rows: Float64 = regression.scale * np.clip(exponentials, SMALLEST_ALPHA, LARGEST_ALPHA)
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

    shares : (G, K), sums over the documents of a group, 0 where scale is 0; total : what sum_t alpha_gt should be

    This is a Poisson regression. It is for the collapsed E-step, from whose soft counts the sum of alpha
    cannot be learned (completion.py).
    """
    return _maximum(lambda now: _poisson(regression, now, shares, total), coefficients)


def objective(regression: Regression, coefficients: Float64, log_theta: Float64) -> tuple[float, Float64]:
    """Return what the M-step maximises, and its gradient, (K, F); log_theta : (G, K).

    d / d lambda_tf = sum_g x_gf alpha_gt [ n_g (psi(sum_t alpha_gt) - psi(alpha_gt)) + L_gt ]
                      - lambda_tf / SIGMA^2
    """
    exponents = _exponents(regression, coefficients)
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
    exponents = _exponents(regression, coefficients)
    expected = regression.n_documents[:, None] * regression.scale * np.exp(exponents) / total
    value = (shares * exponents).sum() - expected.sum()  # but for shares log scale, which is constant
    slope = np.where(regression.scale > 0, shares - expected, 0)
    return float(value) + log_density(coefficients), _gradient(regression, coefficients, slope, exponents)


def _exponents(regression: Regression, coefficients: Float64) -> Float64:
    """x_g . lambda_t, (G, K)."""
    found: Float64 = np.clip(regression.design @ coefficients.T, -_MOST, _MOST)
    return found


def _gradient(regression: Regression, coefficients: Float64, slope: Float64, exponents: Float64) -> Float64:
    """Return the gradient, (K, F), with the penalty; slope : (G, K), by the exponents."""
    is_free = np.abs(exponents) < _MOST
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


class Uncertainty(NamedTuple):
    """What the posterior of the coefficients is about, near its maximum: each (K, F) float64.

    variance : of each coefficient; with_intercept : its covariance with the intercept of its topic
    """

    variance: Float64
    with_intercept: Float64


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


class Effect(NamedTuple):
    """How a change of one covariate changes the expected share of each topic: (K,) each.

    share : E[theta_t] after the change; change : the difference, from low to high with probability 95%
    """

    share: Float64
    change: Float64
    low: Float64
    high: Float64


_Z = 1.959964  # the quantile .975 of the normal distribution


def effect(coefficients: Float64, known: Uncertainty, covariate: int) -> Effect:
    """Return the effect of x_f = 1, with all others but the intercept 0, against all of them 0.

    With s_t = alpha_t / sum alpha before and s'_t after it, by the delta method from

        d (s'_t - s_t) / d lambda_u0 = s'_t (1[t = u] - s'_u) - s_t (1[t = u] - s_u)
        d (s'_t - s_t) / d lambda_uf = s'_t (1[t = u] - s'_u)
    """
    before, after = (
        _shares(coefficients[:, 0] + of_covariate) for of_covariate in (0, coefficients[:, covariate])
    )
    by_covariate = np.diag(after) - np.outer(after, after)
    by_intercept = by_covariate - (np.diag(before) - np.outer(before, before))
    variance = (
        by_intercept**2 @ known.variance[:, 0]
        + 2 * (by_intercept * by_covariate) @ known.with_intercept[:, covariate]
        + by_covariate**2 @ known.variance[:, covariate]
    )
    change, width = after - before, _Z * np.sqrt(np.maximum(variance, 0))
    return Effect(after, change, change - width, change + width)


def _shares(exponents: Float64) -> Float64:
    alpha = np.clip(np.exp(np.clip(exponents, -_MOST, _MOST)), SMALLEST_ALPHA, LARGEST_ALPHA)
    found: Float64 = alpha / alpha.sum()
    return found
