"""alpha as exp(x . lambda), and what a change of x does to the topics. This file does not import SciPy.

prevalence.py says where lambda comes from.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .arrays import Float64
from .limits import LARGEST_ALPHA, SMALLEST_ALPHA

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SIGMA = 1.0  # of the coefficients; from 0.5 to 2 it made no difference to held-out documents of 20 Newsgroups

# Of x . lambda: far outside the limits of alpha, and exp does not overflow. At the limits themselves the
# function to be maximised would be flat, and a step of L-BFGS that is too long would not come back.
LARGEST_EXPONENT = 50.0

_Z = 1.959964  # the quantile .975 of the normal distribution


def exponents_of(design: "Float64 | csr_matrix", coefficients: Float64) -> Float64:
    """x_g . lambda_t, (G, K); design : (G, F), coefficients : (K, F)."""
    found: Float64 = np.clip(design @ coefficients.T, -LARGEST_EXPONENT, LARGEST_EXPONENT)
    return found


def alpha_of(design: "Float64 | csr_matrix", coefficients: Float64) -> Float64:
    """alpha of each row of `design`, (G, K), within its limits (limits.py)."""
    return np.clip(np.exp(exponents_of(design, coefficients)), SMALLEST_ALPHA, LARGEST_ALPHA)


class Uncertainty(NamedTuple):
    """What the posterior of the coefficients is about, near its maximum: each (K, F) float64.

    variance : of each coefficient; with_intercept : its covariance with the intercept of its topic
    """

    variance: Float64
    with_intercept: Float64


class Effect(NamedTuple):
    """How a change of one covariate changes the expected share of each topic: (K,) each.

    share : E[theta_t] after the change; change : the difference, from low to high with probability 95%
    """

    share: Float64
    change: Float64
    low: Float64
    high: Float64


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
    alpha = alpha_of(np.ones((1, 1)), exponents[:, None])[0]
    found: Float64 = alpha / alpha.sum()
    return found
