"""Learning the sum of alpha when theta is integrated out: half of a document predicts the other half.

Expected counts of a collapsed E-step are soft. Used like hard counts they give an alpha that grows without
limit, because soft counts are positive in every topic. The prediction of each token from the other tokens of
its document gives an alpha that falls to zero, because the others were fitted together with it. So the tokens
that are predicted are kept apart: every second token of some documents gives theta, the others are predicted,
and the last contribution of these documents is left out of Phi. This is the document completion of Wallach,
Murray, Salakhutdinov and Mimno 2009, section 5.1.
"""

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Float32, Float64, Int32, Int64
from .estep import Documents, Map, collapsed_fixed_points, documents
from .limits import SMALLEST_ALPHA

# This many documents determine the sum of alpha within a few hundredths.
MOST_DOCUMENTS = 2000

# A pass changes the sum to between half and twice its value, before TRUST.
WIDEST_STEP = float(np.log(2))

# The estimate is too small, because the other documents were fitted together with these in earlier passes. So
# it is taken half way from 1, in the logarithm: the best sums of a dozen kinds of short texts are between
# 0.02 and 2.
TRUST = 0.5

_TOLERANCE, _ITERATIONS = 0.01, 50


def learn_concentration(docs: Documents, phi: Float32, alpha: Float64, parallel: Map) -> float:
    """Return a better sum of alpha: one step towards the sum that completes documents best.

    docs : documents whose last contribution is not in `phi`
    phi : (U, K), p(term | topic) of their terms
    alpha : (K,), whose proportions are kept; or (A, K), whose rows are those of `docs.alpha_rows`: its sum is
        then the mean over the documents
    """
    seen, unseen = halves(docs, alpha.shape[-1])
    total = float(alpha.sum(axis=-1)[... if docs.alpha_rows is None else docs.alpha_rows].mean())
    centre = total ** (1 / TRUST)
    steps = np.array([-WIDEST_STEP, 0.0, WIDEST_STEP])
    least = np.where(alpha > 0, SMALLEST_ALPHA, 0)
    priors = [np.maximum(alpha * (centre * np.exp(step) / total), least) for step in steps]
    values = [completion(seen, unseen, phi, prior, parallel) for prior in priors]
    return float((centre * np.exp(_highest(values))) ** TRUST)


def _highest(values: list[float]) -> float:
    """The maximum, between the outer two, of the parabola through three values that are WIDEST_STEP apart."""
    low, middle, high = values
    curve = low - 2 * middle + high
    if curve >= 0:
        return WIDEST_STEP * float(np.sign(high - low))
    return float(np.clip(WIDEST_STEP * (low - high) / (2 * curve), -WIDEST_STEP, WIDEST_STEP))


def halves(docs: Documents, n_topics: int) -> tuple[Documents, csr_matrix]:
    """Put every second token of the first documents into each half: the seen one, and the unseen, (D', U)."""
    indptr = docs.indptr[: MOST_DOCUMENTS + 1]
    indices, counts = docs.indices[: indptr[-1]], docs.counts[: indptr[-1]]
    before = np.concatenate([[0], np.cumsum(counts)])
    place = before[:-1] - np.repeat(before[indptr[:-1]], np.diff(indptr))  # of a term's first token
    n_seen = ((counts + 1 - place % 2) // 2).astype(np.int32)
    parts = divided(indptr, indices, counts, n_seen, (len(indptr) - 1, docs.n_terms))
    rows = None if docs.alpha_rows is None else docs.alpha_rows[:MOST_DOCUMENTS]
    return documents(parts[0], n_topics)._replace(alpha_rows=rows), parts[1]


def divided(
    indptr: Int64, indices: Int32, counts: Int32, n_seen: Int32, shape: tuple[int, int]
) -> tuple[csr_matrix, csr_matrix]:
    """Divide a CSR matrix of counts: n_seen, (nnz,), of each entry, and the rest; neither has zeros."""
    parts = [csr_matrix((n, indices.copy(), indptr.copy()), shape) for n in (n_seen, counts - n_seen)]
    for part in parts:
        part.eliminate_zeros()
    return parts[0], parts[1]


def completion(seen: Documents, unseen: csr_matrix, phi: Float32, alpha: Float64, parallel: Map) -> float:
    """sum_dw n_dw log p(w | the seen half of d) over the unseen halves, in nats."""
    found = collapsed_fixed_points(
        seen, phi, alpha, power=1.0, tolerance=_TOLERANCE, max_iterations=_ITERATIONS, parallel=parallel
    )
    theta = found.gamma / found.gamma.sum(axis=1, keepdims=True)
    docs = np.repeat(np.arange(unseen.shape[0]), np.diff(unseen.indptr))
    p = np.einsum("it,it->i", theta[docs], phi[unseen.indices])
    return float(unseen.data @ np.log(p, dtype=np.float64))
