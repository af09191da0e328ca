"""The memory of a training, from the sizes of its corpus; em.py explains the arrays. And of the machine."""

import os

import numpy as np

from .arrays import Float64
from .completion import MOST_DOCUMENTS
from .mstep import KEPT_ENTRIES


def contribution_bytes(frequencies: Float64, n_minibatches: int, n_topics: int) -> float:
    """The size of the contributions, in bytes, expected for a random partition into minibatches.

    frequencies : (V,) the number of documents that each term is in
    """
    n_visited = n_minibatches * -np.expm1(frequencies * np.log1p(-1 / max(n_minibatches, 1 + 1e-9)))
    return 4 * n_topics * float(n_visited.sum())


def state_bytes(
    n_docs: int,
    n_terms: int,
    n_topics: int,
    contributions: float,
    *,
    averages: bool,
    several_starts: bool = False,
) -> float:
    """The size of the arrays of a `State`, at most; parameters as in `peak_bytes`."""
    return contributions + 4 * n_docs * n_topics + 8 * n_terms * n_topics * (1 + averages + several_starts)


def least_bytes(n_docs: int, n_terms: int, n_topics: int) -> int:
    """A lower limit of `peak_bytes`: what any training holds during the last M-step.

    For each cell of Phi that is S (8 bytes), the contribution of one minibatch (4) and Phi (4); and gamma, 4
    bytes for each document and topic.
    """
    return n_topics * (16 * n_terms + 4 * n_docs)


def peak_bytes(
    n_docs: int,
    n_terms: int,
    n_entries: int,
    n_topics: int,
    n_minibatches: int,
    contributions: float,
    *,
    averages: bool,
    in_memory: bool,
    collapsed: bool = False,
    several_starts: bool = False,
) -> float:
    """The largest size of the arrays of a training, in bytes, from its beginning to the end of `posterior`.

    contributions : from `contribution_bytes`
    averages : whether the result is the mean over passes
    in_memory : whether the counts are in memory: those of the corpus, and the copy of the training
    several_starts : whether S of the best start is kept during the next one
    collapsed : whether visits integrate theta out; they keep q(z) of each entry
    """
    cells = n_terms * n_topics
    n_visited = n_entries / n_minibatches
    entries = 8 * n_entries * (in_memory + (n_entries <= KEPT_ENTRIES))
    # at the beginning: the counts of the corpus, the training's copy, and the start. The last minibatch is
    # made from its rows (8 bytes an entry), the same with columns of its own (8) and by term (8); rows that
    # come from disk take as much again.
    made = (24 if in_memory else 48) * n_visited
    begin = 8 * n_entries * in_memory + entries * (1 - 1 / n_minibatches) + made + 4 * cells
    average = 8 * cells * averages
    held = entries + contributions + 4 * n_docs * n_topics + 8 * cells * (1 + several_starts) + average
    # a plain visit: gamma and weights (4 bytes each) from a cold start and from the last visit, Phi of the
    # minibatch, and 24 bytes an entry (em.py)
    visit = 16 * n_docs / n_minibatches * n_topics + contributions / n_minibatches + 24 * n_visited
    if collapsed:
        # q(z); to learn the sum of alpha, q(z) of the seen half, and two factors of each unseen entry
        visit += 4 * n_visited * n_topics * (1 + 3 * min(1, MOST_DOCUMENTS * n_minibatches / n_docs))
    # at the end: the mean, to see which topics are dead; then Phi, with visits for gamma
    return max(begin, held + average, held + 4 * cells + visit)


def of_machine() -> float:
    """Return the memory of this machine in bytes; infinity if it is unknown."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # AttributeError: on Windows
        return float("inf")
