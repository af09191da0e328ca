"""What a training takes of memory, from the sizes of its corpus: em.py says what it holds, and why."""

import numpy as np

from .completion import MOST_DOCUMENTS
from .estep import Float64
from .mstep import KEPT_ENTRIES


def contribution_bytes(frequencies: Float64, n_minibatches: int, n_topics: int) -> float:
    """What the contributions take where documents are in minibatches by chance.

    frequencies : (V,) how many documents each term is in
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
    """The most that the arrays of a `State` take, with the parameters of `peak_bytes`."""
    return contributions + 4 * n_docs * n_topics + 8 * n_terms * n_topics * (1 + averages + several_starts)


def least_bytes(n_docs: int, n_terms: int, n_topics: int) -> int:
    """What any training has at the M-step that makes the result: the least that `peak_bytes` can be.

    For each cell of Phi S (8 bytes), the contribution of one minibatch (4), the M-step's arrays (16); gamma.
    """
    return n_topics * (28 * n_terms + 4 * n_docs)


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
    """The most that a training has at a time, from the corpus's counts to the end of `posterior`.

    contributions : as above
    averages : whether Phi is the mean over passes
    in_memory : whether the counts are in memory, the corpus's and the training's own
    several_starts : whether S of the best start is kept while another start is made
    collapsed : whether visits integrate theta out, and so keep q(z) of each entry
    """
    cells = n_terms * n_topics
    n_visited = n_entries / n_minibatches
    entries = 8 * n_entries * (in_memory + (n_entries <= KEPT_ENTRIES))
    # the corpus's counts, the training's own but for the last minibatch, which is being made, and the start
    made = (24 if in_memory else 48) * n_visited
    begin = 8 * n_entries * in_memory + entries * (1 - 1 / n_minibatches) + made + 4 * cells
    average = 8 * cells * averages
    held = entries + contributions + 4 * n_docs * n_topics + 8 * cells * (1 + several_starts) + average
    # of a plain visit: gamma and weights from a cold start and from the last visit, and Phi of the minibatch
    visit = 16 * n_docs / n_minibatches * n_topics + contributions / n_minibatches + 24 * n_visited
    if collapsed:
        # q(z), and learning alpha's sum again that of the seen half, and two factors of each unseen entry
        visit += 4 * n_visited * n_topics * (1 + 3 * min(1, MOST_DOCUMENTS * n_minibatches / n_docs))
    phi = 16 * cells + average  # the M-step's own arrays
    return max(begin, held + visit, held + phi, held + 8 * cells + visit)
