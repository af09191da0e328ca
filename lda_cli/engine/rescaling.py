"""Phi by terms for the E-step: rows not so small that its quotients overflow float32, and none that is 0."""

import numpy as np

from .arrays import Float, Float32, Int32

# Rows with a largest probability below 2^-20 are rescaled. The E-step divides counts by
# sum_t phi_tw exp(E[log theta_t]), which is then at least 2^-21 exp(-50): no quotient overflows float32.
_SMALLEST_EXPONENT = -20


def rescaled(phi: Float32) -> tuple[Float32, Int32]:
    """A copy of phi by terms, (V, K) in C order, and exponents, (V,): row w is phi_w * 2 ** -exponent_w.

    q(z) of a word is normalised over topics, so a factor of its row cancels; a power of two changes no digit.
    """
    weights = np.array(phi, order="C")
    _, exponents = np.frexp(weights.max(axis=1))
    exponents[exponents >= _SMALLEST_EXPONENT] = 0
    small = np.flatnonzero(exponents)
    weights[small] = np.ldexp(weights[small], -exponents[small, None])
    return weights, exponents


def columns_with_a_topic(phi_t: Float) -> Int32:
    """Return the column of each term, (V,), or -1 for one that no topic has: its probability is 0.

    phi_t : (V, K)
    """
    return np.where(phi_t.any(axis=1), np.arange(len(phi_t)), -1).astype(np.int32)
