"""The model by its definition, slowly and in float64: what the engine's short cuts are compared with.

Nothing here is taken from lda_cli. A document is an array of its tokens' words; phi is (K, V).
"""

import itertools

import numpy as np
import numpy.typing as npt
from scipy.integrate import quad
from scipy.special import betaln, gammaln, logsumexp, psi

Array = npt.NDArray


def log_joint(z: tuple[int, ...], words: Array, alpha: Array, phi: Array) -> float:
    """log p(z, w | alpha, Phi): the Dirichlet-multinomial of z times one entry of Phi a token."""
    m = np.bincount(z, minlength=len(alpha))
    of_z = gammaln(alpha.sum()) - gammaln(alpha.sum() + len(z)) + (gammaln(alpha + m) - gammaln(alpha)).sum()
    with np.errstate(divide="ignore"):
        return float(of_z + np.log(phi[list(z), words]).sum())


def log_evidence(words: Array, alpha: Array, phi: Array) -> float:
    """log p(w | alpha, Phi), by a sum over every z."""
    every_z = itertools.product(range(len(alpha)), repeat=len(words))
    return float(logsumexp([log_joint(z, words, alpha, phi) for z in every_z]))


def evidence_bound(words: Array, q: Array, gamma: Array, alpha: Array, phi: Array) -> float:
    """Equation 15 of Blei, Ng and Jordan, line by line; q is (N, K), a row a token."""
    q, gamma, alpha, phi = (np.asarray(array, np.float64) for array in (q, gamma, alpha, phi))
    log_theta = psi(gamma) - psi(gamma.sum())
    value = gammaln(alpha.sum()) - gammaln(alpha).sum() + ((alpha - 1) * log_theta).sum()
    value -= gammaln(gamma.sum()) - gammaln(gamma).sum() + ((gamma - 1) * log_theta).sum()
    for q_n, word in zip(q, words, strict=True):
        for t, share in enumerate(q_n):
            if share > 0:
                value += share * (log_theta[t] + np.log(phi[t, word]) - np.log(share))
    return float(value)


def kl_to_posterior(words: Array, q: Array, gamma: Array, alpha: Array, phi: Array) -> float:
    """KL(q(theta) q(z) || p(theta, z | w)) for two topics: over every z a sum, over theta a quadrature.

    p(theta, z | w) = p(z | w) p(theta | z), and p(theta | z) = Dir(alpha + the tokens of each topic in z).
    """
    log_first, log_second = (_mean_log_share(*pair) for pair in (gamma, gamma[::-1]))
    evidence = log_evidence(words, alpha, phi)
    divergence = 0.0
    for z in itertools.product(range(2), repeat=len(words)):
        q_z = float(np.prod(q[np.arange(len(words)), list(z)]))
        if q_z == 0:
            continue
        a = alpha + np.bincount(z, minlength=2)
        log_ratio_theta = betaln(*a) - betaln(*gamma) + (gamma - a) @ np.array([log_first, log_second])
        divergence += q_z * (np.log(q_z) - (log_joint(z, words, alpha, phi) - evidence) + log_ratio_theta)
    return divergence


def _mean_log_share(a: float, b: float) -> float:
    """E[log theta] for theta from Beta(a, b), integrated over x = log(theta / (1 - theta))."""

    def integrand(x: float) -> float:
        log_theta, log_rest = -np.logaddexp(0, -x), -np.logaddexp(0, x)
        return float(log_theta * np.exp(a * log_theta + b * log_rest - betaln(a, b)))

    reach = 60 / min(a, b, 1)
    return quad(integrand, -reach, 0, limit=500)[0] + quad(integrand, 0, reach, limit=500)[0]


def fixed_point(
    words: Array, alpha: Array, phi: Array, *, power: float, tolerance: float, iterations: int
) -> tuple[Array, Array]:
    """Coordinate ascent a token at a time, equations 6 and 7: gamma (K,) and q (N, K).

    Starts without an opinion, stops when gamma has moved by `tolerance` a token.
    """
    gamma = alpha + len(words) / len(alpha)
    for _ in range(iterations):
        with np.errstate(divide="ignore"):
            log_q = power * (psi(gamma) + np.log(phi[:, words].T))
        q = np.exp(log_q - logsumexp(log_q, axis=1, keepdims=True))
        before, gamma = gamma, alpha + q.sum(axis=0)
        if np.abs(gamma - before).sum() <= tolerance * len(words):
            break
    return gamma, q
