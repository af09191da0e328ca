"""Similar topics, found by the Hellinger distance H of their rows of Phi.

    H^2 = 1 - sum_w sqrt(phi_1w phi_2w)

is 0 for equal rows and 1 for rows without a common word. It does not become larger when words are added up in
bins: rows that differ enough in bins need not be compared word by word.
"""

import numpy as np

from .arrays import Float, Float32, Float64

# A limit of H^2. Measured: copies of one topic are up to 0.003 apart if they have thousands of tokens each,
# and about 0.1 if they have hundreds; different topics are 0.3 apart or more.
ALIKE = 0.1
BINS = 1024


def groups_alike(phi: Float32, limit: float = ALIKE) -> list[list[int]]:
    """Return groups of two or more topics, each with H^2 below the limit to the first of its group.

    phi : (K, V), rows sum to one

    A topic joins the first group that fits.
    """
    coarse = np.sqrt(_in_bins(phi))
    roots_of_first = np.empty_like(coarse)
    groups: list[list[int]] = []
    for topic in range(len(phi)):
        # einsum, because BLAS ends the process if there is no memory
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
    """Add up the columns that are equal modulo BINS: (K, BINS) float64."""
    n_topics, n_terms = phi.shape
    whole = n_terms // BINS * BINS
    bins: Float64 = phi[:, :whole].reshape(n_topics, -1, BINS).sum(axis=1, dtype=np.float64)
    bins[:, : n_terms - whole] += phi[:, whole:]
    return bins


def _overlap(root: Float, other: Float) -> float:
    """sum_w sqrt(phi_1w phi_2w)."""
    return float((root * other).sum(dtype=np.float64))
