"""How similar the topics of a model are: by their whole rows of Phi, and by their most probable words."""

import numpy as np

from .arrays import Float32, Float64, Int64

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


def rank_biased_overlap(words: Int64, n_terms: int, p: float = 0.9) -> Float64:
    """Return the extrapolated rank-biased overlap of ranked words (Webber et al. 2010, equation 30): (K, K).

    With X_d the number of words that the first d of both lists share, and n the length of the lists,

        RBO = (1 - p) / p sum_{d=1..n} p^d X_d / d + p^n X_n / n

    is 1 for equal lists and 0 for lists without a common word.

    words : (K, n), the columns of the words of each topic, the first one first, all different in a row
    n_terms : V
    """
    n_topics, n_words = words.shape
    depths = np.arange(1, n_words + 1)
    of_depth = (1 - p) / p * p**depths / depths
    # what a common word adds: it is in X_d from the larger of its two ranks on
    gains = np.append(of_depth[::-1].cumsum()[::-1] + p**n_words / n_words, 0.0)
    found = np.empty((n_topics, n_topics))
    ranks = np.full(n_terms, n_words)
    for topic in range(n_topics):
        ranks[words[topic]] = depths - 1
        found[topic] = gains[np.maximum(ranks[words], depths - 1)].sum(axis=1)
        ranks[words[topic]] = n_words
    return found
