"""A visit to documents: the E-step with Phi of the present counts, and their new contribution to S."""

from typing import NamedTuple, Protocol

import numpy as np

from .arrays import Float, Float32, Float64, Int32
from .completion import learn_concentration
from .estep import (
    Collapsed,
    Documents,
    EStep,
    Map,
    cold_start,
    collapsed_fixed_points,
    document_terms,
    fixed_points,
)
from .mstep import Minibatch
from .schedule import Pass

# At most; most documents reach the tolerance of `Settings.inner_tolerance` before.
INNER_ITERATIONS = 50


class ExpectedCounts(Protocol):
    """The counts of which a visit makes Phi, and which it changes; that of mstep.py documents both."""

    def minibatch_phi(self, batch: Minibatch, plan: Pass, unseen: float) -> Float32: ...

    def update_sstats(
        self, batch: Minibatch, docs: Documents, plan: Pass, found: EStep | Collapsed, term_weights: Float32
    ) -> float: ...


class Step(NamedTuple):
    """What a visit does.

    alpha : (K,), or (A, K) whose rows are those of the documents' `alpha_rows`
    unseen : the share of the documents of the corpus that were not visited yet
    tolerance : of the E-step
    goes_on : whether this visit and the last one are plain: documents may continue from their last gamma
    learns_sum : whether to look for a better sum of alpha
    """

    plan: Pass
    alpha: Float64
    unseen: float
    tolerance: float
    goes_on: bool = False
    learns_sum: bool = False


class Visit(NamedTuple):
    """What came of a visit, as sums over its documents.

    terms : of the bound (bound.py), in nats; cross : sum_wt expected_wt log Phi_tw
    sums : shape of alpha, of E[log theta_d]; or of the shares of topics, with theta integrated out
    factor : by which a better sum of alpha is larger
    """

    terms: float
    cross: float
    sums: Float64
    factor: float = 1.0

    def plus(self, other: "Visit") -> "Visit":
        """The sums of both; the factor of this one."""
        sums = self.sums + other.sums
        return Visit(self.terms + other.terms, self.cross + other.cross, sums, self.factor)


def visit(
    docs: Documents,
    batch: Minibatch,
    expected: ExpectedCounts,
    step: Step,
    last_gamma: Float32 | None,
    parallel: Map,
) -> tuple[Visit, Float]:
    """Visit the documents of a minibatch. Returns what came of it, and their gamma, (D, K).

    docs : the documents of `batch`; their contribution and `expected` change
    last_gamma : (D, K), of the last visit, if the step goes on from it
    """
    plan, alpha = step.plan, step.alpha
    term_weights = expected.minibatch_phi(batch, plan, step.unseen)
    if plan.collapsed:
        shares = collapsed_fixed_points(
            docs,
            term_weights,
            alpha,
            power=plan.power,
            tolerance=step.tolerance,
            max_iterations=INNER_ITERATIONS,
            parallel=parallel,
        )
        cross = expected.update_sstats(batch, docs, plan, shares, term_weights)
        factor = 1.0
        if step.learns_sum:
            phi = term_weights ** np.float32(1 / plan.power)
            factor = learn_concentration(docs, phi, alpha, parallel) / mean_sum(alpha, docs.alpha_rows)
        sums = _shares_of(docs, shares, alpha)
        return Visit(float(shares.terms.sum()), cross, sums, factor), shares.gamma
    found, terms, log_theta = mean_field(
        docs, term_weights, alpha, plan.power, step.tolerance, last_gamma, parallel
    )
    cross = expected.update_sstats(batch, docs, plan, found, term_weights)
    return Visit(terms, cross, log_theta), found.gamma


def mean_sum(alpha: Float64, alpha_rows: Int32 | None) -> float:
    """The sum of alpha over topics, in the mean over documents."""
    return float(alpha.sum(axis=-1)[... if alpha_rows is None else alpha_rows].mean())


def _shares_of(docs: Documents, found: Collapsed, alpha: Float64) -> Float64:
    """Sums over the documents of each row of alpha of the shares of topics in their tokens: shape of alpha.

    Zeros if there is one alpha, which is learned from the counts alone.
    """
    shares = np.zeros(alpha.shape)
    if docs.alpha_rows is not None:
        tokens = np.maximum(found.gamma - alpha[docs.alpha_rows].astype(np.float32), 0)
        n_tokens = np.add.reduceat(docs.counts, docs.indptr[:-1])
        np.add.at(shares, docs.alpha_rows, tokens / n_tokens[:, None])
    return shares


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
