"""How similar the topics of a model are, by their whole rows of Phi; by their first words: rbo.py."""

import numpy as np

from .arrays import Float32, Float64

_COLUMNS_AT_A_TIME = 512  # so that K rows of them stay in the cache
_LEAST = 1e-300  # instead of 0, whose logarithm is -inf: x log x is 0 to all digits


def jensen_shannon_distances(phi: Float32) -> Float64:
    """Return the square roots of the Jensen-Shannon divergences in bits: (K, K) float64, symmetric.

    JSD(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2; its root is a metric (Endres and Schindelin 2003), here
    from 0 for equal rows to 1 for rows without a common word.

    phi : (K, V), rows sum to one
    """
    n_topics, n_terms = phi.shape
    of_pairs = np.zeros((n_topics, n_topics))  # sum of m log m, m = (p + q) / 2; of p itself on the diagonal
    for first in range(0, n_terms, _COLUMNS_AT_A_TIME):
        halves = np.ascontiguousarray(phi[:, first : first + _COLUMNS_AT_A_TIME], np.float64) / 2
        np.maximum(halves, _LEAST, out=halves)
        for topic in range(n_topics):
            mean = halves[topic:] + halves[topic]
            of_pairs[topic, topic:] += np.einsum("kw,kw->k", mean, np.log(mean))
    alone = of_pairs.diagonal()
    divergence = (alone[:, None] + alone) / 2 - of_pairs
    upper = np.sqrt(np.clip(np.triu(divergence, 1) / np.log(2), 0, 1))
    distances: Float64 = upper + upper.T
    return distances
