"""The state of a minibatch between visits, and the mean-field E-step of a visit."""

from dataclasses import dataclass

import numpy as np

from .arrays import Float, Float32, Float64, Int32
from .estep import Documents, EStep, Map, cold_start, document_terms, fixed_points
from .mstep import Minibatch

# At most; most documents reach the tolerance of `Settings.inner_tolerance` before.
INNER_ITERATIONS = 50


@dataclass
class Visited:
    """A minibatch, and its terms of the bound from the last visit."""

    rows: Int32  # the numbers of its documents in the corpus
    minibatch: Minibatch
    alpha_rows: Int32 | None = None  # of its documents
    entropy: float = 0.0  # the part of the bound that depends neither on the current Phi nor on alpha
    was_plain: bool = False

    def documents(self) -> Documents:
        """Read the documents, as `Minibatch.documents` does."""
        return self.minibatch.documents()._replace(alpha_rows=self.alpha_rows)

    def forget(self) -> None:
        """Reset to the state before the first visit."""
        self.entropy, self.was_plain = 0.0, False
        self.minibatch.contribution[:], self.minibatch.totals[:] = 0, 0


def cold(docs: Documents, alpha: Float64) -> Float:
    """Return the cold start of documents, none of them empty: (D, K) float32."""
    n_tokens = np.add.reduceat(docs.counts, docs.indptr[:-1])
    return cold_start(n_tokens, alpha, np.float32, docs.alpha_rows)


def mean_field(
    docs: Documents,
    term_weights: Float32,
    alpha: Float64,
    power: float,
    tolerance: float,
    last_gamma: Float | None,
    parallel: Map,
) -> tuple[EStep, float, Float64]:
    """Run the E-step of a visit. Returns it, the sum of its `document_terms`, and sum_d E[log theta_d].

    alpha : (K,), or (A, K) whose rows are those of `docs.alpha_rows`; E[log theta] is summed by row
    last_gamma : (D, K) of the last visit, if that and this one are plain; else None

    Every visit starts cold: a start from the gamma of the last visit would keep a poor optimum. But a cold
    start can end in a lower bound than the last visit, and in plain EM the bound must not fall. A document
    for which one more iteration from `last_gamma` is better continues from there.
    """

    def solve(docs: Documents, start: Float, iterations: int) -> tuple[EStep, Float64, Float64]:
        found = fixed_points(
            docs,
            term_weights,
            alpha,
            start,
            power=power,
            tolerance=tolerance,
            max_iterations=iterations,
            parallel=parallel,
        )
        return found, *document_terms(docs, found, alpha, parallel)

    found, terms, log_theta = solve(docs, cold(docs, alpha), INNER_ITERATIONS)
    if last_gamma is not None:
        _, continued, _ = solve(docs, last_gamma.copy(), 1)
        worse = np.flatnonzero(continued > terms)
        if len(worse):
            blocks = (block[np.isin(block, worse)] for block in docs.blocks)
            again = docs._replace(blocks=[block for block in blocks if len(block)])
            better, _, _ = solve(again, last_gamma, INNER_ITERATIONS)
            found.gamma[worse], found.weights[worse] = better.gamma[worse], better.weights[worse]
            is_worse = np.repeat(np.isin(np.arange(docs.n_documents), worse), np.diff(docs.indptr))
            found.ratio[is_worse] = better.ratio[is_worse]
            terms, log_theta = document_terms(docs, found, alpha, parallel)
    return found, float(terms.sum()), log_theta
