"""Topics that are alike, found by the Hellinger distance of their rows of Phi.

    H^2 = 1 - sum_w sqrt(phi_1w phi_2w)

is 0 for equal rows and 1 for rows that share no word. It is no larger where several words count as one, so
that rows which differ enough in bins of words need not be compared word by word.
"""

import numpy as np

from .arrays import Float, Float32, Float64

# Of H^2. Measured: topics that are one and the same are up to 0.003 apart where they have thousands of tokens
# each, and about 0.1 where they have hundreds; topics that differ are 0.3 apart and more.
ALIKE = 0.1
BINS = 1024


def groups_alike(phi: Float32, limit: float = ALIKE) -> list[list[int]]:
    """Return groups of topics, each with an H^2 of less than the limit to the first of its group.

    phi : (K, V), rows sum to one

    A topic joins the first group that it can; groups of one are left out.
    """
    coarse = np.sqrt(_in_bins(phi))
    roots_of_first = np.empty_like(coarse)
    groups: list[list[int]] = []
    for topic in range(len(phi)):
        # einsum, since BLAS ends the process where it finds no memory
        near = np.einsum("gb,b->g", roots_of_first[: len(groups)], coarse[topic]) > 1 - limit
        root = np.sqrt(phi[topic])
        for group in np.flatnonzero(near):
            if _overlap(root, np.sqrt(phi[groups[group][0]])) > 1 - limit:
                groups[group].append(topic)
                break
        else:
            roots_of_first[len(groups)] = coarse[topic]
            groups.append([topic])
    return [group for group in groups if len(group) > 1]


def _in_bins(phi: Float32) -> Float64:
    """Add up the words whose columns are equal modulo BINS: (K, BINS) float64."""
    n_topics, n_terms = phi.shape
    whole = n_terms // BINS * BINS
    bins: Float64 = phi[:, :whole].reshape(n_topics, -1, BINS).sum(axis=1, dtype=np.float64)
    bins[:, : n_terms - whole] += phi[:, whole:]
    return bins


def _overlap(root: Float, other: Float) -> float:
    """sum_w sqrt(phi_1w phi_2w)."""
    return float((root * other).sum(dtype=np.float64))
