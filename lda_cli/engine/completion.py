"""Learning the sum of alpha where theta is integrated out: by how well half of a document foretells the rest.

Expected counts of a collapsed E-step are soft. Taken for hard ones they give an alpha that grows without end
(soft counts touch every topic), and taken token by token, each beside the others of its document, one that
falls to nothing (the others have heard of it). Words that had no say are neither: alternate tokens of some
documents give theta, the others are foretold, and the Phi that both meet is without these documents' last
contribution. That is the document completion of Wallach, Murray, Salakhutdinov and Mimno 2009, section 5.1.
"""

import numpy as np
from scipy.sparse import csr_matrix

from .alpha import SMALLEST_ALPHA
from .arrays import Float32, Float64
from .estep import Documents, Map, collapsed_fixed_points, documents

# So many documents tell the sum of alpha within a few hundredths.
MOST_DOCUMENTS = 2000

# The sum is sought from half to twice what it was, once a pass.
WIDEST_STEP = float(np.log(2))

# The other documents have learned from these ones before, so that the estimate errs to the small side; it is
# taken half way, in the logarithm, from 1: short texts of a dozen kinds lie between 0.02 and 2.
TRUST = 0.5

_TOLERANCE, _ITERATIONS = 0.01, 50


def learn_concentration(docs: Documents, phi: Float32, alpha: Float64, parallel: Map) -> float:
    """Return a better sum of alpha: one step towards the sum that completes documents best.

    docs : documents whose last contribution is not in `phi`, (U, K), p(term | topic) of their terms
    alpha : (K,), whose proportions stay
    """
    seen, unseen = halves(docs, len(alpha))
    total = float(alpha.sum())
    centre = total ** (1 / TRUST)
    steps = np.array([-WIDEST_STEP, 0.0, WIDEST_STEP])
    priors = [np.maximum(alpha * (centre * np.exp(step) / total), SMALLEST_ALPHA) for step in steps]
    values = [completion(seen, unseen, phi, prior, parallel) for prior in priors]
    return float((centre * np.exp(_highest(values))) ** TRUST)


def _highest(values: list[float]) -> float:
    """Where the parabola through three values, WIDEST_STEP apart, is highest between the outer two."""
    low, middle, high = values
    curve = low - 2 * middle + high
    if curve >= 0:
        return WIDEST_STEP * float(np.sign(high - low))
    return float(np.clip(WIDEST_STEP * (low - high) / (2 * curve), -WIDEST_STEP, WIDEST_STEP))


def halves(docs: Documents, n_topics: int) -> tuple[Documents, csr_matrix]:
    """Deal out the tokens of the first documents by turns: those that are seen, and the others, (D', U)."""
    indptr = docs.indptr[: MOST_DOCUMENTS + 1]
    indices, counts = docs.indices[: indptr[-1]], docs.counts[: indptr[-1]]
    before = np.concatenate([[0], np.cumsum(counts)])
    place = before[:-1] - np.repeat(before[indptr[:-1]], np.diff(indptr))  # of a term's first token
    n_seen = ((counts + 1 - place % 2) // 2).astype(np.int32)
    shape = (len(indptr) - 1, docs.n_terms)
    parts = [csr_matrix((n, indices.copy(), indptr.copy()), shape) for n in (n_seen, counts - n_seen)]
    for part in parts:
        part.eliminate_zeros()
    return documents(parts[0], n_topics), parts[1]


def completion(seen: Documents, unseen: csr_matrix, phi: Float32, alpha: Float64, parallel: Map) -> float:
    """sum_dw n_dw log p(w | the seen half of d) over the unseen halves, in nats."""
    found = collapsed_fixed_points(
        seen, phi, alpha, power=1.0, tolerance=_TOLERANCE, max_iterations=_ITERATIONS, parallel=parallel
    )
    theta = found.gamma / found.gamma.sum(axis=1, keepdims=True)
    docs = np.repeat(np.arange(unseen.shape[0]), np.diff(unseen.indptr))
    p = np.einsum("it,it->i", theta[docs], phi[unseen.indices])
    return float(unseen.data @ np.log(p, dtype=np.float64))
