"""Variational EM: one training loop for batch, incremental and annealed EM, one record a pass.

The state is S = sum_b C_b, the expected counts of every term in every topic, as a sum of contributions, one
a minibatch. A visit to minibatch b takes Phi from S, runs the E-step on the minibatch's documents, and puts
their new expected counts C_b in the place of the old ones (Neal and Hinton 1998). With one minibatch that is
batch EM. What annealed EM does otherwise stands in the pass's record (schedule.py).

Memory: S is V x K, the contributions are (terms of b) x K each, all float32, gamma is D x K.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from . import bound
from .alpha import learn_alpha
from .estep import EStep, Float, Float32, Float64, Map, e_step, expected_counts
from .schedule import Pass

# A word that stands in one minibatch only has no topic once that minibatch is left out and eta is 0.
LEAST_PSEUDO_COUNT = 1e-6

INNER_ITERATIONS = 50


@dataclass(frozen=True)
class Settings:
    """How to train.

    alpha : (K,) float64, the prior of theta, learned from here in passes that learn it
    eta : pseudo-count of every cell of Phi; 0 is maximum likelihood
    tolerance : the relative change of the bound a pass at which plain EM stops; None, never
    """

    schedule: tuple[Pass, ...]
    alpha: Float64
    eta: float
    n_minibatches: int
    seed: int
    tolerance: float | None = None

    @property
    def inner_tolerance(self) -> float:
        """sum_t |delta gamma_t| a token at which a document's E-step ends; few topics want it finer."""
        return 0.01 if len(self.alpha) > 20 else 0.003


@dataclass(frozen=True)
class PassRecord:
    """What one pass did.

    bound : on log p(words | alpha, Phi), of all documents, in nats. After a plain pass it is exact for the
        current Phi, every document's q being that of its last visit. After a tempered one every minibatch
        counts with the Phi it was visited with.
    objective : bound plus log p(Phi) under eta, which is what plain EM never lowers
    """

    number: int
    plan: Pass
    bound: float
    objective: float
    n_tokens: int
    n_documents: int
    seconds: float

    @property
    def bound_per_token(self) -> float:
        """In nats."""
        return self.bound / self.n_tokens

    @property
    def perplexity_bound(self) -> float:
        """exp(-bound per token), an upper bound of the training perplexity."""
        return float(np.exp(-self.bound_per_token))


@dataclass
class _Minibatch:
    """Documents (columns are the minibatch's own terms), and what their last visit left behind."""

    counts: csr_matrix
    terms: npt.NDArray[np.int64]
    contribution: Float32
    log_theta: Float64  # (K,), sum over documents of E[log theta]
    entropy: float = 0.0  # all of the bound that depends neither on the current Phi nor on alpha
    gamma: Float | None = None


class Training:
    """Fits Phi and alpha to a corpus; iterate over `run()` to train, then read `phi`, `alpha`."""

    def __init__(self, counts: csr_matrix, settings: Settings, parallel: Map = map) -> None:
        """Counts: (D, V) CSR of int32 with at least one entry. Documents without a term teach nothing."""
        self.alpha = settings.alpha
        self._settings = settings
        self._parallel = parallel
        rng = np.random.default_rng(settings.seed)
        with_terms = np.flatnonzero(np.diff(counts.indptr))
        parts = np.array_split(rng.permutation(with_terms), min(settings.n_minibatches, len(with_terms)))
        self._minibatches = [_minibatch(counts[docs], len(self.alpha)) for docs in parts]
        self._n_documents = len(with_terms)
        self._n_tokens = int(counts.sum())
        self._start: Float32 | None = initial_sstats(counts, len(self.alpha), rng)
        self._start_totals: Float64 = self._start.sum(axis=0, dtype=np.float64)
        self._unseen = 1.0
        self._sstats: Float32 = np.zeros_like(self._start)
        self._totals: Float64 = np.zeros(len(self.alpha))
        self._sum_of_averaged: Float32 | None = None
        self._n_averaged = 0

    def run(self) -> Iterator[PassRecord]:
        """Train, a record a pass, to the end of the schedule or until the bound stands still."""
        previous = None
        for number, plan in enumerate(self._settings.schedule, start=1):
            started = time.perf_counter()
            visit_bounds = [self._visit(minibatch, plan) for minibatch in self._minibatches]
            self._start = None
            self._resum()
            if plan.learn_alpha:
                self.alpha = learn_alpha(self.alpha, self._log_theta() / self._n_documents)
            if plan.averaged:
                if self._sum_of_averaged is None:
                    self._sum_of_averaged = np.zeros_like(self._sstats)
                self._sum_of_averaged += self._sstats
                self._n_averaged += 1
            value = self._bound() if plan.is_plain else float(sum(visit_bounds))
            record = PassRecord(
                number,
                plan,
                value,
                value + bound.log_prior_of_phi(self._sstats, self._settings.eta),
                self._n_tokens,
                self._n_documents,
                time.perf_counter() - started,
            )
            yield record
            if previous is not None and self._stands_still(previous, record):
                return
            previous = record

    @property
    def sstats(self) -> Float32:
        """(V, K): the expected counts that the result is made from, averaged where the schedule says so."""
        if self._sum_of_averaged is None:
            return self._sstats
        return self._sum_of_averaged / np.float32(self._n_averaged)

    @property
    def phi(self) -> Float32:
        """(K, V), the M-step of `sstats`."""
        return m_step(self.sstats, self._settings.eta)

    def _stands_still(self, before: PassRecord, now: PassRecord) -> bool:
        tolerance = self._settings.tolerance
        return tolerance is not None and abs(now.objective - before.objective) <= tolerance * abs(now.bound)

    def _visit(self, minibatch: _Minibatch, plan: Pass) -> float:
        """One E-step and its share of the M-step; returns the bound of the documents under the Phi used."""
        phi = self._phi_for(minibatch, plan)
        log_phi = bound.safe_log(phi)
        term_weights = phi if plan.power == 1.0 else np.exp(plan.power * log_phi)
        found, terms = self._posterior(minibatch, term_weights, plan)
        expected = expected_counts(minibatch.counts, found, term_weights)

        step = expected - minibatch.contribution
        if plan.relaxation != 1.0:
            step = np.maximum(plan.relaxation * step, -minibatch.contribution)
        minibatch.contribution += step
        self._sstats[minibatch.terms] += step
        self._totals += step.sum(axis=0, dtype=np.float64)
        n_docs = minibatch.counts.shape[0]
        if self._start is not None:
            self._unseen -= n_docs / self._n_documents

        cross = bound.word_terms(expected, log_phi)
        log_theta = bound.expected_log_theta(found.gamma).sum(axis=0)
        minibatch.gamma, minibatch.log_theta = found.gamma, log_theta
        minibatch.entropy = terms - plan.power * cross - float(self.alpha @ log_theta)
        return float(terms + (1 - plan.power) * cross + n_docs * bound.prior_terms(self.alpha))

    def _phi_for(self, minibatch: _Minibatch, plan: Pass) -> Float32:
        """Phi of the minibatch's terms, a row a term: (U, K)."""
        sstats, totals = self._sstats[minibatch.terms], self._totals
        pseudo_count = self._settings.eta
        if self._start is not None:
            # for documents not yet seen their share of the start stands in
            share = np.float32(max(self._unseen, 0.0))
            sstats += share * self._start[minibatch.terms]
            totals = totals + share * self._start_totals
        if plan.leave_out and len(self._minibatches) > 1:
            sstats -= minibatch.contribution
            totals = totals - minibatch.contribution.sum(axis=0, dtype=np.float64)
            pseudo_count = max(pseudo_count, LEAST_PSEUDO_COUNT)
        # what a float32 sum has lost must not make an entry of Phi less than nothing, nor more than one
        sstats = np.maximum(sstats, 0)
        totals = np.maximum(totals, sstats.sum(axis=0, dtype=np.float64))
        return normalise(sstats, totals, pseudo_count, len(self._sstats))

    def _posterior(self, minibatch: _Minibatch, term_weights: Float, plan: Pass) -> tuple[EStep, float]:
        """The E-step, and the sum over documents of bound.document_terms.

        Every visit starts cold: going on from the last visit's gamma would freeze a poor optimum. A cold
        start can end below where the document stood, though, and plain EM promises that the bound never
        falls: there, such a document goes on from its last visit instead.
        """

        def solve(counts: csr_matrix, iterations: int, start: Float | None) -> tuple[EStep, Float64]:
            found = e_step(
                counts,
                term_weights,
                self.alpha,
                tolerance=self._settings.inner_tolerance,
                max_iterations=iterations,
                power=plan.power,
                start=start,
                parallel=self._parallel,
            )
            return found, bound.document_terms(counts, found, self.alpha)

        counts = minibatch.counts
        found, terms = solve(counts, INNER_ITERATIONS, None)
        if plan.is_plain and minibatch.gamma is not None:
            _, continued = solve(counts, 1, minibatch.gamma)
            worse = np.flatnonzero(continued > terms)
            if len(worse):
                better, terms[worse] = solve(counts[worse], INNER_ITERATIONS, minibatch.gamma[worse])
                found.gamma[worse], found.weights[worse] = better.gamma, better.weights
                is_worse = np.isin(np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr)), worse)
                found.ratio[is_worse] = better.ratio
        return found, float(terms.sum())

    def _resum(self) -> None:
        """S anew from its contributions: additions and subtractions in float32 drift."""
        self._sstats[:] = 0
        for minibatch in self._minibatches:
            self._sstats[minibatch.terms] += minibatch.contribution
        self._totals = self._sstats.sum(axis=0, dtype=np.float64)

    def _log_theta(self) -> Float64:
        total: Float64 = sum(
            (minibatch.log_theta for minibatch in self._minibatches), np.zeros(len(self.alpha))
        )
        return total

    def _bound(self) -> float:
        """F of Neal and Hinton: every document's own terms as of its last visit, words under Phi of now."""
        phi = normalise(self._sstats, self._totals, self._settings.eta, len(self._sstats))
        return (
            sum(minibatch.entropy for minibatch in self._minibatches)
            + float(self.alpha @ self._log_theta())
            + self._n_documents * bound.prior_terms(self.alpha)
            + bound.word_terms(self._sstats, bound.safe_log(phi))
        )


def _minibatch(counts: csr_matrix, n_topics: int) -> _Minibatch:
    terms, columns = np.unique(counts.indices, return_inverse=True)
    own = csr_matrix((counts.data, columns.astype(np.int32), counts.indptr), (counts.shape[0], len(terms)))
    contribution = np.zeros((len(terms), n_topics), np.float32)
    return _Minibatch(own, terms.astype(np.int64), contribution, np.zeros(n_topics))


def initial_sstats(counts: csr_matrix, n_topics: int, rng: np.random.Generator) -> Float32:
    """S0_wt = (occurrences of w) / K * g_wt, g drawn from Gamma(1, 1): (V, K) float32."""
    occurrences = np.asarray(counts.sum(axis=0), dtype=np.float32).ravel()
    noise = rng.standard_exponential((len(occurrences), n_topics), dtype=np.float32)
    noise *= occurrences[:, None] / np.float32(n_topics)
    return noise


def normalise(sstats: Float32, totals: Float64, eta: float, n_terms: int) -> Float32:
    """Phi_tw = (S_wt + eta) / (S_t + V eta), a row a term; sstats is (U, K) of V terms, totals is S_t.

    A topic without a token, which only eta = 0 allows, stays all zero.
    """
    denominator = np.maximum(totals + n_terms * eta, np.finfo(np.float32).tiny)
    phi: Float32 = (sstats + np.float32(eta)) * (1 / denominator).astype(np.float32)
    return phi


def m_step(sstats: Float, eta: float) -> Float32:
    """Phi_tw, the expected count of word w in topic t over that of all words in t: (K, V) float32.

    With eta > 0 every count is eta larger (the maximum a posteriori under Dir(1 + eta)). Computed in float64.
    A topic that died, which only eta = 0 allows, gets the uniform distribution. sstats : (V, K)
    """
    expected = sstats.T.astype(np.float64) + eta
    totals = expected.sum(axis=1, keepdims=True)
    dead = totals[:, 0] <= 0
    expected[dead], totals[dead] = 1.0, len(sstats)
    return np.ascontiguousarray(expected / totals, dtype=np.float32)
