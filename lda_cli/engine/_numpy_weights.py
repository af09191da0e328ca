"""The weights of the topics in a document, exp(E[log theta]): a part of the kernel in NumPy (_numpy.py)."""

import numpy as np

from .arrays import Float

# The smallest weight is exp(-50) of the largest: too small to matter in any document, and large enough that
# its product with an entry of Phi is not a denormal number, which would slow down every multiplication.
SMALLEST_LOG_WEIGHT = -50.0

# Stands in for the gamma of a topic that a document cannot have, which is 0 and has no digamma.
_NO_GAMMA = 1e-30


def log_exp_psi(x: Float) -> Float:
    """Digamma function psi(x) for x > 0, elementwise; exp(psi(x)) has a relative error below 5e-9 in float64.

    With y = x + 11/2: exp(psi(y + 1/2)) ~ y + 1/(24 y) - 37/(5760 y^3) + 10313/(2903040 y^5), and
    psi(x) = psi(x + 6) - sum_{i<6} 1/(x + i), where terms i and 5 - i share u = x (x + 5). Three times as
    fast as scipy.special.psi, and without branches.
    """
    u = x * (x + 5)
    below = (2 * x + 5) * (1 / u + 1 / (u + 4) + 1 / (u + 6))
    y = x + 5.5
    i = 1 / (y * y)
    return np.log(y * (1 + i * (1 / 24 - i * (37 / 5760 - i * (10313 / 2903040))))) - below


def topic_weights(gamma: Float, power: float) -> Float:
    """exp(power E[log theta]) up to a factor for each document: (D, K), the largest of each row is one.

    The normaliser psi(sum_t gamma_t) cancels in q(z). Division by the largest keeps exp from underflow in all
    topics at once when gamma is small. A topic with a gamma of 0, which the document cannot have, gets 0.
    """
    if not gamma.all():
        weights = topic_weights(np.where(gamma == 0, gamma.dtype.type(_NO_GAMMA), gamma), power)
        weights[gamma == 0] = 0
        return weights
    log_weight = log_exp_psi(gamma)
    log_weight -= log_weight.max(axis=-1, keepdims=True)
    log_weight *= power
    np.maximum(log_weight, SMALLEST_LOG_WEIGHT, out=log_weight)
    return np.exp(log_weight, out=log_weight)
