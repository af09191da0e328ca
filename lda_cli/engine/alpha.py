"""Learning alpha, the Dirichlet prior of theta, by Newton's method in O(K) a step."""

import numpy as np
from scipy.special import gammaln, polygamma, psi

from .arrays import Float64
from .limits import LARGEST_ALPHA, SMALLEST_ALPHA


def learn_alpha(alpha: Float64, mean_log_theta: Float64) -> Float64:
    """Return the alpha that maximises mean_d E[log p(theta_d | alpha)]: (K,) float64.

    The function, log Gamma(sum alpha) - sum_t log Gamma(alpha_t) + sum_t alpha_t mean_log_theta_t up to a
    constant, is concave. Its Hessian is a diagonal plus a constant, so that a Newton step costs O(K) (Minka
    2000, "Estimating a Dirichlet distribution", section 1; Blei, Ng, Jordan 2003, appendix A.2). A step is
    limited so that alpha stays positive, and halved while the function does not rise.

    alpha : (K,) float64, the start
    mean_log_theta : (K,) float64, mean over documents of E[log theta_dt], all below zero
    """
    value = _expected_log_prior(alpha, mean_log_theta)
    for _ in range(100):
        step = _newton_step(alpha, mean_log_theta)
        for _ in range(30):
            new = np.clip(np.maximum(alpha + step, alpha / 8), SMALLEST_ALPHA, LARGEST_ALPHA)
            new_value = _expected_log_prior(new, mean_log_theta)
            if new_value >= value:
                break
            step /= 2
        else:
            return alpha  # no step rises: alpha is the maximum, within rounding
        converged = bool(np.all(np.abs(new - alpha) <= 1e-8 * alpha))
        alpha, value = new, new_value
        if converged:
            break
    return alpha


def proportional(total: float, expected: Float64) -> Float64:
    """Alpha with this sum, proportional to the expected tokens of each topic: (K,); expected : (K,)."""
    share = np.maximum(expected, 0)
    return np.clip(total * share / max(float(share.sum()), SMALLEST_ALPHA), SMALLEST_ALPHA, LARGEST_ALPHA)


def _newton_step(alpha: Float64, mean_log_theta: Float64) -> Float64:
    gradient = psi(alpha.sum()) - psi(alpha) + mean_log_theta
    diagonal = -polygamma(1, alpha)
    constant = polygamma(1, alpha.sum())
    # a topic at a limit that it would cross stays there; the step is that of the others
    held = ((alpha <= SMALLEST_ALPHA) & (gradient < 0)) | ((alpha >= LARGEST_ALPHA) & (gradient > 0))
    inverse = np.where(held, 0, 1 / diagonal)
    # (diag(q) + z 1 1^T)^-1 g = (g - b) / q,  b = sum(g / q) / (1 / z + sum(1 / q))
    b = (gradient * inverse).sum() / (1 / constant + inverse.sum())
    step: Float64 = (b - gradient) * inverse
    return step


def _expected_log_prior(alpha: Float64, mean_log_theta: Float64) -> float:
    return float(gammaln(alpha.sum()) - gammaln(alpha).sum() + alpha @ mean_log_theta)
