"""Variational EM: one training loop for batch, incremental and annealed EM, one record a pass.

The state is S = sum_b C_b, the expected counts of every term in every topic, as a sum of contributions, one
a minibatch. A visit to minibatch b takes Phi from S, runs the E-step on the minibatch's documents, and puts
their new expected counts C_b in the place of the old ones (Neal and Hinton 1998). With one minibatch that is
batch EM. What annealed EM does otherwise stands in the pass's record (schedule.py).

Memory: S is V x K float64, and once more for the average; the contributions are (terms of b) x K each, and
gamma is D x K, both float32. A visit takes 24 bytes for each entry of its minibatch. If `keep` puts the
entries elsewhere, those of the other minibatches take no memory.

Between two visits a training can be left: another one, of the same counts and settings, that goes on from its
state ends with the same bytes.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from . import bound
from .alpha import LARGEST_ALPHA, SMALLEST_ALPHA, learn_alpha, proportional
from .arrays import Float32, Float64, Int64
from .completion import learn_concentration
from .counts import Counts, Keep, as_counts, keep_in_memory
from .estep import Documents, Map, collapsed_fixed_points, document_terms, fixed_points
from .mstep import KEPT_ENTRIES, ExpectedCounts, initial_sstats, m_step, minibatch
from .schedule import Pass
from .state import Fill, Reached, State, fill_numbers, reached_from
from .visits import INNER_ITERATIONS, Visited, cold, mean_field


@dataclass(frozen=True)
class Settings:
    """How to train.

    alpha : (K,) float64, the prior of theta, learned from here in passes that learn it
    eta : pseudo-count of every cell of Phi; 0 is maximum likelihood
    tolerance : the relative change of the bound a pass at which plain EM stops; None, never
    n_starts, guards : as `Starts` has them
    """

    schedule: tuple[Pass, ...]
    alpha: Float64
    eta: float
    n_minibatches: int
    seed: int
    tolerance: float | None = None
    n_starts: int = 1
    guards: bool = False

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
    objective : after a plain pass, bound plus log p(Phi) under eta, which is what plain EM never lowers
    start : of several random ones, which; melted : whether it was given up for a cooler one (starts.py)
    """

    number: int
    plan: Pass
    bound: float
    objective: float | None
    n_tokens: int
    n_documents: int
    seconds: float
    start: int = 0
    melted: bool = False

    @property
    def bound_per_token(self) -> float:
        """In nats."""
        return self.bound / self.n_tokens

    @property
    def perplexity_bound(self) -> float | None:
        """exp(-bound per token), an upper bound of the training perplexity."""
        return bound.perplexity(self.bound_per_token)


class Training:
    """Fits Phi and alpha to a corpus; iterate over `run()` to train, then read `phi`, `alpha`.

    schedule : the passes that it makes, unless the bound stands still before
    """

    def __init__(
        self,
        counts: Counts | csr_matrix,
        settings: Settings,
        parallel: Map = map,
        keep: Keep = keep_in_memory,
    ) -> None:
        """Counts: with at least one entry. Documents without a term teach nothing.

        The training keeps the counts in an order of its own, where `keep` puts them: who lets go of `counts`
        saves their memory.
        """
        self.alpha = settings.alpha.copy()
        self._settings = settings
        self._parallel = parallel
        n_topics = len(self.alpha)
        rng = np.random.default_rng(settings.seed)
        counts = as_counts(counts)
        lengths = counts.lengths
        with_terms = np.flatnonzero(lengths)
        parts = np.array_split(rng.permutation(with_terms), min(settings.n_minibatches, len(with_terms)))
        keep_by_term = lengths.sum() <= KEPT_ENTRIES
        occurrences = np.zeros(counts.shape[1])
        self._visited = []
        for docs in map(np.sort, parts):  # wherever the counts are, they are read from there in order
            some = counts.rows(docs)
            occurrences += np.bincount(some.indices, some.data, len(occurrences))
            batch = minibatch(some, n_topics, keep, keep_by_term)
            self._visited.append(Visited(docs.astype(np.int32), batch, np.zeros(n_topics)))
        self._occurrences = occurrences
        self._gamma = np.zeros((counts.shape[0], n_topics), np.float32)  # of plain visits
        self._n_documents = len(with_terms)
        self._n_tokens = int(occurrences.sum())
        self._begin(settings.schedule, rng)

    def begin(self, number: int, schedule: tuple[Pass, ...]) -> None:
        """Begin anew, from random start `number`, of which 0 is that of a new training, with other passes."""
        self.alpha = self._settings.alpha.copy()
        for visited in self._visited:
            visited.forget()
        rng = np.random.default_rng(self._settings.seed)
        rng.permutation(self._n_documents)  # as a new training has drawn its minibatches before
        self._begin(schedule, rng if number == 0 else np.random.default_rng([self._settings.seed, number]))

    def _begin(self, schedule: tuple[Pass, ...], rng: np.random.Generator) -> None:
        start = initial_sstats(self._occurrences, len(self.alpha), rng)
        self._expected = ExpectedCounts(start, self._settings.eta, self._parallel)
        self._sum_of_averaged: Float64 | None = None
        self._reached = Reached()
        self._is_between_visits = True
        self.schedule = schedule
        if len(self._visited) == 1:  # there are no others to take Phi from
            self.schedule = tuple(replace(plan, leave_out=False) for plan in schedule)

    def run(self) -> Iterator[PassRecord]:
        """Train, a record a pass, to the end of the schedule or until the bound stands still."""
        return (record for record in self.steps() if record is not None)

    def steps(self) -> Iterator[PassRecord | None]:
        """Train as `run` does, and yield after every visit: None if it does not end its pass."""
        reached = self._reached
        while reached.n_passes < len(self.schedule) and not reached.has_converged:
            started = time.perf_counter()
            plan = self.schedule[reached.n_passes]
            self._is_between_visits = False
            reached.visit_bounds.append(self._visit(self._visited[len(reached.visit_bounds)], plan))
            if len(reached.visit_bounds) == len(self._visited):
                record = self._end_pass(plan, started)
            else:
                reached.seconds += time.perf_counter() - started
                record = None
            self._is_between_visits = True
            yield record

    @property
    def share_done(self) -> float:
        """How much of the schedule is done, in visits."""
        reached = self._reached
        n_passes = reached.n_passes + len(reached.visit_bounds) / len(self._visited)
        return 1.0 if reached.has_converged else n_passes / len(self.schedule)

    @property
    def n_passes(self) -> int:
        """How many passes are done."""
        return self._reached.n_passes

    def state(self) -> State | None:
        """Return what `go_on_from` wants.

        None if a visit was broken off, or if `posterior` has overwritten what further visits want.
        """
        if not self._is_between_visits:
            return None
        of_visits = np.array([(visited.entropy, visited.was_plain) for visited in self._visited])
        return State(asdict(self._reached), [self.alpha, of_visits, *self._arrays()])

    def go_on_from(self, facts: Mapping[str, Any], fill: Fill) -> None:
        """Go on from the state of another training, before the first visit of this one.

        fill : called with arrays in the order of `State.arrays`, as large as those are

        Raises ValueError if the facts or the numbers are of no training of such counts and settings.
        """
        sizes = len(self.schedule), len(self._visited), self._n_documents
        self._reached = reached_from(facts, *sizes)
        of_visits = np.empty((len(self._visited), 2))
        least, most = min(SMALLEST_ALPHA, self.alpha.min()), max(LARGEST_ALPHA, self.alpha.max())
        fill_numbers(self.alpha, fill)
        fill_numbers(of_visits, fill)
        if not least <= self.alpha.min() <= self.alpha.max() <= most:
            raise ValueError("its alpha is none")
        for visited, (entropy, was_plain) in zip(self._visited, of_visits.tolist(), strict=True):
            visited.entropy, visited.was_plain = entropy, bool(was_plain)
        if self._reached.n_averaged:
            self._sum_of_averaged = np.empty_like(self._expected.sstats)
        if self._reached.n_passes:
            self._expected.forget_start()
        for array in self._arrays():
            fill_numbers(array, fill)

    def _arrays(self) -> Iterator[np.ndarray]:
        """The large arrays of a state."""
        yield self._expected.sstats
        yield self._expected.totals
        if self._sum_of_averaged is not None:
            yield self._sum_of_averaged
        if any(visited.was_plain for visited in self._visited):
            yield self._gamma
        for visited in self._visited:
            yield visited.log_theta
            yield visited.minibatch.totals
            yield visited.minibatch.contribution

    def _end_pass(self, plan: Pass, started: float) -> PassRecord:
        """Do what a pass does once every minibatch was visited, and count it."""
        reached = self._reached
        self._expected.forget_start()
        if plan.learn_alpha and plan.collapsed:
            self.alpha = proportional(float(self.alpha.sum()), self._expected.totals)
        elif plan.learn_alpha:
            self.alpha = learn_alpha(self.alpha, self._log_theta() / self._n_documents)
        if plan.averaged:
            if self._sum_of_averaged is None:
                self._sum_of_averaged = self._expected.sstats.copy()
            else:
                self._sum_of_averaged += self._expected.sstats
            reached.n_averaged += 1
        value, objective = self._bound() if plan.is_plain else (float(sum(reached.visit_bounds)), None)
        record = PassRecord(
            reached.n_passes + 1,
            plan,
            value,
            objective,
            self._n_tokens,
            self._n_documents,
            reached.seconds + time.perf_counter() - started,
        )
        reached.has_converged = self._stands_still(reached.objective, record)
        reached.n_passes, reached.visit_bounds, reached.seconds = record.number, [], 0.0
        reached.objective = objective
        return record

    @property
    def contribution_bytes(self) -> int:
        """What the minibatches' contributions take: at most min(minibatches * V, nnz) * K float32."""
        return sum(visited.minibatch.contribution.nbytes for visited in self._visited)

    @property
    def sstats(self) -> Float64:
        """(V, K): the expected counts that the result is made from, averaged where the schedule says so."""
        if self._sum_of_averaged is None:
            return self._expected.sstats
        return self._sum_of_averaged / self._reached.n_averaged

    def take(self, sstats: Float64, alpha: Float64) -> None:
        """Take the end of another training of the same counts for this one's."""
        self._sum_of_averaged, self.alpha = sstats, alpha
        self._reached.n_averaged = 1

    def distance_from_unigrams(self) -> float:
        """max_t KL(Phi_t || the corpus's unigrams), in nats, of the terms that occur."""
        occurs = self._occurrences > 0
        phi = m_step(self._expected.sstats[occurs], self._settings.eta)
        unigrams = np.log(self._occurrences[occurs] / self._occurrences.sum())
        return float(max((row * (np.log(np.maximum(row, 1e-37)) - unigrams)).sum() for row in phi))

    @property
    def phi(self) -> Float32:
        """(K, V), the M-step of `sstats`."""
        return m_step(self.sstats, self._settings.eta)

    def minibatches(self) -> Iterator[tuple[Documents, Int64]]:
        """The documents, with the term that each of their columns is."""
        return ((visited.minibatch.documents(), visited.minibatch.terms) for visited in self._visited)

    def posterior(self, phi: Float32, tolerance: float, max_iterations: int) -> tuple[Float32, float]:
        """gamma of every document under `phi` and `alpha`, (D, K), and the bound per token that it gives.

        As `e_step` finds it from a cold start, in memory that the training had for it: another call writes
        there again.
        """
        self._is_between_visits = self.share_done == 1  # no visit comes any more that would want its gamma
        gamma = self._gamma
        gamma[:] = self.alpha
        term_weights = np.ascontiguousarray(phi.T)
        value = self._n_documents * bound.prior_terms(self.alpha)
        for visited in self._visited:
            visited.was_plain = False
            docs = visited.minibatch.documents()
            found = fixed_points(
                docs,
                term_weights[visited.minibatch.terms],
                self.alpha,
                cold(docs, self.alpha),
                power=1.0,
                tolerance=tolerance,
                max_iterations=max_iterations,
                parallel=self._parallel,
            )
            gamma[visited.rows] = found.gamma
            value += float(document_terms(docs, found, self.alpha, self._parallel)[0].sum())
        return gamma, value / self._n_tokens

    def _stands_still(self, before: float | None, now: PassRecord) -> bool:
        """Whether a pass, behind one with another objective, is worth no further one."""
        tolerance = self._settings.tolerance
        if tolerance is None or before is None or now.objective is None:
            return False
        return abs(now.objective - before) <= tolerance * abs(now.bound)

    def _visit(self, visited: Visited, plan: Pass) -> float:
        """One E-step and its share of the M-step; returns the bound of the documents under the Phi used."""
        batch, docs = visited.minibatch, visited.minibatch.documents()
        n_docs = docs.n_documents
        reached = self._reached
        unseen = (self._n_documents - reached.n_seen) / self._n_documents
        term_weights = self._expected.phi_for(batch, plan, unseen)
        reached.n_seen = min(reached.n_seen + n_docs, self._n_documents)
        goes_on, visited.was_plain = plan.is_plain and visited.was_plain, plan.is_plain
        if plan.collapsed:
            return self._collapsed_visit(visited, docs, term_weights, plan)
        found, terms, log_theta = mean_field(
            docs,
            term_weights,
            self.alpha,
            plan.power,
            self._settings.inner_tolerance,
            self._gamma[visited.rows] if goes_on else None,
            self._parallel,
        )
        cross = self._expected.put_back(batch, docs, plan, found, term_weights)
        if plan.is_plain:  # only the next plain visit asks for it
            self._gamma[visited.rows] = found.gamma
        visited.log_theta = log_theta
        visited.entropy = terms - plan.power * cross - float(self.alpha @ log_theta)
        return terms + (1 - plan.power) * cross + n_docs * bound.prior_terms(self.alpha)

    def _collapsed_visit(self, visited: Visited, docs: Documents, term_weights: Float32, plan: Pass) -> float:
        """`_visit` with theta integrated out; the last one of a pass that learns alpha learns its sum."""
        found = collapsed_fixed_points(
            docs,
            term_weights,
            self.alpha,
            power=plan.power,
            tolerance=self._settings.inner_tolerance,
            max_iterations=INNER_ITERATIONS,
            parallel=self._parallel,
        )
        cross = self._expected.put_back(visited.minibatch, docs, plan, found, term_weights)
        value = float(found.terms.sum()) + cross + docs.n_documents * bound.prior_terms(self.alpha)
        if plan.learn_alpha and visited is self._visited[-1]:
            phi = term_weights ** np.float32(1 / plan.power)
            self.alpha *= learn_concentration(docs, phi, self.alpha, self._parallel) / self.alpha.sum()
        return value

    def _log_theta(self) -> Float64:
        total: Float64 = sum((visited.log_theta for visited in self._visited), np.zeros(len(self.alpha)))
        return total

    def _bound(self) -> tuple[float, float]:
        """F of Neal and Hinton: every document's own terms as of its last visit, words under Phi of now.

        And that plus the log prior of Phi.
        """
        sstats, eta = self._expected.sstats, self._settings.eta
        documents = (
            sum(visited.entropy for visited in self._visited)
            + float(self.alpha @ self._log_theta())
            + self._n_documents * bound.prior_terms(self.alpha)
        )
        value = documents + bound.word_terms(sstats, eta)
        return value, value + bound.log_prior_of_phi(sstats, eta)
