"""Phi of a model that keeps a posterior of it, q(Phi_t) = Dir(lambda_t), as scikit-learn and gensim do.

Their E-step has exp(E[log Phi_tw]) = exp(psi(lambda_tw) - psi(sum_w lambda_tw)) in the place of Phi (Hoffman,
Blei and Bach 2010). Its rows sum to less than one, each to another number, and so it is no Phi; divided by
these sums it gives other answers, since a factor of a topic matters. A factor of a term does not: q(z) is
normalised over topics. So there are two ways to the same answers: keep K factors beside Phi, or find V
factors of terms with which every row sums to one. This is the second, and any E-step can use the result.
"""

import numpy as np
from scipy.special import psi

from .arrays import Float64

_STEPS = 50  # of Newton's method; four or five are enough
_ERROR = 1e-9  # of the sum of a row
BYTES_A_CELL = 48  # six arrays of float64


def phi_of(posterior: Float64, in_e_step: Float64 | None = None) -> tuple[Float64, bool]:
    """Return Phi, and whether its E-step is that of the posterior.

    posterior : (K, V) float64, lambda, all above 0
    in_e_step : (K, V) float64, at least 0 and above 0 somewhere in each column: what the E-step has, if it is
        not exp(E[log Phi])

    Phi : (K, V) float64, exp(E[log Phi]) times a factor for each term, rows sum to one. Where no such
    factors are found, because a topic has next to no words, exp(E[log Phi]) with each row divided by its sum.

    The factors are c_w exp(sum_t p_tw y_t), with c_w such that the model expects as many occurrences of the
    term as lambda has, and p_tw = exp(E[log Phi_tw]) over its sum over topics: of all factors that fit they
    change the c_w least (by the divergence of Kullback and Leibler). y is the root of a convex function's
    gradient, found by Newton's method.
    """
    sizes = posterior.sum(axis=1)
    if in_e_step is None:
        weights = psi(posterior)
        weights -= psi(sizes)[:, None]
        weights -= weights.max(axis=0)  # a factor of the term, against underflow
        np.exp(weights, out=weights)
    else:
        weights = in_e_step / in_e_step.max(axis=0)
    shares = weights / weights.sum(axis=0)
    weights *= posterior.sum(axis=0) / (sizes @ weights)
    factors = _factors(weights, shares)
    if factors is None:
        plain = psi(posterior)  # not in_e_step, whose columns may have any factors
        plain = np.exp(plain - plain.max(axis=1, keepdims=True))  # against underflow
        return plain / plain.sum(axis=1, keepdims=True), False
    weights *= factors
    return weights / weights.sum(axis=1, keepdims=True), True


def _factors(weights: Float64, shares: Float64) -> Float64 | None:
    """Return exp(y shares), (V,), with which the rows of `weights` sum to one; None if they are not found."""
    with np.errstate(all="ignore"):  # where there is no solution, the steps end anywhere
        y = -np.log(weights.sum(axis=1))
        for _ in range(_STEPS):
            factors: Float64 = np.exp(y @ shares)
            error = weights @ factors - 1
            if not np.isfinite(error).all():
                return None
            if np.abs(error).max() < _ERROR:
                return factors
            try:
                y -= np.linalg.solve((weights * factors) @ shares.T, error)
            except np.linalg.LinAlgError:
                return None
    return None
