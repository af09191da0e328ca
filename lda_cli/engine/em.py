"""Variational EM: one training loop for batch, incremental and annealed EM, one record a pass.

The state is S = sum_b C_b: the expected counts of every term in every topic, as a sum of contributions, one
for each minibatch. A visit to minibatch b takes Phi from S, runs the E-step on the documents of the
minibatch, and replaces their old expected counts C_b by the new ones (Neal and Hinton 1998). With one
minibatch this is batch EM. A `Pass` (schedule.py) says what annealed EM does differently.

Memory: S is V x K float64, and the average another V x K. The contributions are (terms of b) x K each, and
gamma is D x K, both float32. A visit takes 24 bytes for each entry of its minibatch: 16 for column, count,
place and ratio, 8 for document and place by term. `keep` may store the entries of the other minibatches
elsewhere.

Plain EM never lowers the bound plus log p(Phi), unless topics are decorrelated (decorrelation.py).

Between two visits a training can stop. Another one, of the same counts and settings, that continues from its
state ends with the same bytes.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import chain
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from . import bound, prior
from .arrays import Float32, Float64, Int64
from .counts import Counts, Keep, as_counts, keep_in_memory
from .decorrelation import begin_background, decorrelation
from .estep import Documents, Map
from .minibatches import InOneProcess, Make
from .mstep import LEAST_PSEUDO_COUNT, ExpectedCounts, initial_sstats, m_step
from .record import PassRecord
from .schedule import Pass
from .settings import Settings
from .state import Arrays, Fill, Reached, State, fill_numbers, reached_from
from .theta_prior import ThetaPrior
from .visits import Step


class Training:
    """Fits Phi and alpha to a corpus: iterate over `run()` to train, then read `phi` and `alpha`.

    schedule : the passes, unless plain EM converges before their end
    """

    def __init__(
        self,
        counts: Counts | csr_matrix,
        settings: Settings,
        parallel: Map = map,
        keep: Keep = keep_in_memory,
        make: Make = InOneProcess,
    ) -> None:
        """Read the counts, which must have at least one entry; documents without terms are left out.

        The training stores the counts in its own order, with `keep`: drop `counts` after this to save memory.
        """
        self._settings = settings
        self._parallel = parallel
        n_topics = len(settings.alpha)
        rng = np.random.default_rng(settings.seed)
        counts = as_counts(counts)
        with_terms = np.flatnonzero(counts.lengths)
        parts = np.array_split(rng.permutation(with_terms), min(settings.n_minibatches, len(with_terms)))
        self.theta_prior = ThetaPrior(settings.alpha, settings.groups, with_terms)
        made = make(counts, parts, settings, self.theta_prior, parallel, keep)
        self._made, self._visited, self._occurrences = made, made.visited, made.occurrences
        # of each minibatch: the part of its bound that depends neither on the current Phi nor on alpha; and
        # whether its last visit was plain
        self._of_visits = np.zeros((len(parts), 2))
        self._with_terms = with_terms
        self._n_documents = len(with_terms)
        self._n_tokens = int(self._occurrences.sum())
        self._decorrelation = decorrelation(
            settings.decorrelate, n_topics, settings.n_background, self._n_tokens
        )
        self._begin(settings.schedule, rng)

    def begin(self, number: int, schedule: tuple[Pass, ...]) -> None:
        """Start again from random start `number`, with these passes; 0 is the start of a new training."""
        self.theta_prior = ThetaPrior(self._settings.alpha, self._settings.groups, self._with_terms)
        self._of_visits[:] = 0
        for visited in self._visited:
            visited.forget()
        rng = np.random.default_rng(self._settings.seed)
        rng.permutation(self._n_documents)  # a new training draws its minibatches before
        self._begin(schedule, rng if number == 0 else np.random.default_rng([self._settings.seed, number]))

    def _begin(self, schedule: tuple[Pass, ...], rng: np.random.Generator) -> None:
        settings, n_topics = self._settings, len(self._settings.alpha)
        start = initial_sstats(self._occurrences, n_topics, rng)
        begin_background(start, self._occurrences, settings.n_background)
        self._expected = ExpectedCounts(
            settings.known.started(start, self._occurrences),
            settings.eta,
            self._parallel,
            settings.known.prior,
            self._decorrelation,
        )
        self._alpha_sums = np.zeros(self.theta_prior.rows.shape)  # of a pass, what alpha is learned from
        self._sum_of_averaged: Float64 | None = None
        self._reached = Reached()
        self._is_between_visits = True
        self.schedule = schedule
        if self._made.n_parts == 1:  # there are no others to take Phi from
            self.schedule = tuple(replace(plan, leave_out=False) for plan in schedule)

    def run(self) -> Iterator[PassRecord]:
        """Train to the end of the schedule, or until plain EM converges; yield a record after each pass."""
        return (record for record in self.steps() if record is not None)

    def steps(self) -> Iterator[PassRecord | None]:
        """Train as `run` does, and yield after every visit: the record if it ends its pass, else None."""
        reached = self._reached
        while reached.n_passes < len(self.schedule) and not reached.has_converged:
            started = time.perf_counter()
            plan = self.schedule[reached.n_passes]
            self._is_between_visits = self._made.is_atomic
            value = self._visit(len(reached.visit_bounds), plan)
            self._is_between_visits = False
            reached.visit_bounds.append(value)
            if len(reached.visit_bounds) == len(self._visited):
                record = self._end_pass(plan, started)
            else:
                reached.seconds += time.perf_counter() - started
                record = None
            self._is_between_visits = True
            yield record

    @property
    def alpha(self) -> Float64:
        """(K,), the prior of theta; with groups, of a document of which nothing is known."""
        return self.theta_prior.alpha

    @property
    def share_done(self) -> float:
        """The share of the schedule that is done, counted in visits; 1 if plain EM has converged."""
        reached = self._reached
        n_passes = reached.n_passes + len(reached.visit_bounds) / len(self._visited)
        return 1.0 if reached.has_converged else n_passes / len(self.schedule)

    @property
    def n_passes(self) -> int:
        """The number of passes that are done."""
        return self._reached.n_passes

    def state(self) -> State | None:
        """Return the state for `go_on_from`.

        None during a visit, and after `posterior` if visits are left: it has overwritten their gamma.
        """
        if not self._is_between_visits:
            return None
        small = self.theta_prior.parameters, self._of_visits
        return State(asdict(self._reached), Arrays(lambda: chain(small, self._arrays())))

    def go_on_from(self, facts: Mapping[str, Any], fill: Fill) -> None:
        """Continue from the state of another training; call it before the first visit.

        fill : called with arrays in the order and of the shapes of `State.arrays`

        Raises ValueError if the state cannot be that of a training with these counts and settings.
        """
        sizes = len(self.schedule), len(self._visited), self._n_documents
        self._reached = reached_from(facts, *sizes)
        self.theta_prior.fill(fill)
        fill_numbers(self._of_visits, fill)
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
        yield self._alpha_sums
        if self._expected.kept is not None:
            yield self._expected.kept
        if self._sum_of_averaged is not None:
            yield self._sum_of_averaged
        yield from self._made.gammas(self._of_visits[:, 1].astype(bool).tolist())
        for visited in self._visited:
            yield from visited.arrays()

    def _end_pass(self, plan: Pass, started: float) -> PassRecord:
        """End a pass: learn alpha, add to the average, return the record."""
        reached = self._reached
        self._expected.forget_start()
        self._expected.end_pass()
        if plan.learn_alpha and plan.collapsed:
            self.theta_prior.learn_from_counts(self._expected.totals, self._alpha_sums)
        elif plan.learn_alpha:
            self.theta_prior.learn(self._alpha_sums, self._settings.known)
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
        """What the minibatches' contributions take."""
        return self._made.stored_bytes

    @property
    def sstats(self) -> Float64:
        """(V, K): the expected counts that the result is made from, averaged where the schedule says so."""
        if self._sum_of_averaged is None:
            return self._expected.sstats
        return self._sum_of_averaged / self._reached.n_averaged

    def take(self, sstats: Float64, parameters: Float64) -> None:
        """Replace the result by that of another training of the same counts: (V, K), and of its prior."""
        self._sum_of_averaged, self.theta_prior.parameters = sstats, parameters
        self._reached.n_averaged = 1

    def distance_from_unigrams(self) -> float:
        """max_t KL(Phi_t || unigrams of the corpus) in nats, over the terms that occur.

        With background topics and two or more others: of these, from their own mean.
        """
        occurs = self._occurrences > 0
        sstats, unigrams = self._expected.sstats[occurs], self._occurrences[occurs]
        n_others = len(self.alpha) - self._settings.n_background
        if 1 < n_others < len(self.alpha):
            sstats = sstats[:, :n_others]
            unigrams = np.maximum(sstats.sum(axis=1), LEAST_PSEUDO_COUNT)
        phi = m_step(sstats, self._settings.eta)
        unigrams = np.log(unigrams / unigrams.sum())
        return float(max((row * (np.log(np.maximum(row, 1e-37)) - unigrams)).sum() for row in phi))

    @property
    def phi(self) -> Float32:
        """(K, V), the M-step of `sstats`."""
        if self._sum_of_averaged is None:
            return m_step(self._expected.sstats, self._settings.eta, self._decorrelation)
        sums, n_averaged = self._sum_of_averaged, self._reached.n_averaged
        return m_step(sums, self._settings.eta, self._decorrelation, n_averaged)

    def minibatches(self) -> Iterator[tuple[Documents, Int64]]:
        """The documents of each minibatch, and the column of Phi for each of their columns, (U,)."""
        return (part for visited in self._visited for part in visited.documents())

    def posterior(self, phi: Float32, tolerance: float, max_iterations: int) -> tuple[Float32, float]:
        """gamma of every document under `phi` and `alpha`, (D, K), and the bound per token in nats.

        gamma is found by `e_step` from a cold start. It is written into memory of the training: the next call
        overwrites it.
        """
        self._is_between_visits = self.share_done == 1  # if visits are left, they need the old gamma
        gamma = self._made.gamma
        gamma[:] = self.theta_prior.of_documents()
        self._of_visits[:, 1] = False
        value = self.theta_prior.terms()
        for visited in self._visited:
            value += visited.posterior(phi, self.theta_prior.rows, tolerance, max_iterations)
        return gamma, value / self._n_tokens

    def _stands_still(self, before: float | None, now: PassRecord) -> bool:
        """Whether plain EM has converged; before : the objective of the pass before, if it has one."""
        tolerance = self._settings.tolerance
        if tolerance is None or before is None or now.objective is None:
            return False
        return abs(now.objective - before) <= tolerance * abs(now.bound)

    def _visit(self, number: int, plan: Pass) -> float:
        """E-step and update of S. Returns the bound of the documents under the Phi of the visit."""
        visited, reached, theta = self._visited[number], self._reached, self.theta_prior
        if number == 0:
            self._alpha_sums[:] = 0
        _, was_plain = self._of_visits[number]
        step = Step(
            plan,
            theta.rows,
            unseen=(self._n_documents - reached.n_seen) / self._n_documents,
            tolerance=self._settings.inner_tolerance,
            goes_on=plan.is_plain and bool(was_plain),
            learns_sum=plan.collapsed and plan.learn_alpha and number == len(self._visited) - 1,
        )
        found = visited.visit(self._expected, step)
        reached.n_seen = min(reached.n_seen + len(visited.rows), self._n_documents)
        self._alpha_sums += found.sums
        of_prior = theta.terms(visited.rows)
        theta_terms = 0.0 if plan.collapsed else theta.weighted(found.sums)
        self._of_visits[number] = found.terms - plan.power * found.cross - theta_terms, plan.is_plain
        if plan.collapsed:
            if step.learns_sum:
                theta.scale(found.factor)
            return found.terms + found.cross + of_prior
        return found.terms + (1 - plan.power) * found.cross + of_prior

    def _bound(self) -> tuple[float, float]:
        """F of Neal and Hinton, and F plus the log priors of Phi and of the coefficients of alpha, in nats.

        The terms of each document are those of its last visit; words count under the current Phi.
        """
        sstats, eta = self._expected.sstats, self._settings.eta
        documents = (
            sum(self._of_visits[:, 0].tolist())
            + self.theta_prior.weighted(self._alpha_sums)
            + self.theta_prior.terms()
        )
        if self._decorrelation is None:
            value = documents + bound.word_terms(sstats, eta)
            objective = value + bound.log_prior_of_phi(sstats, eta)
        else:
            words, log_prior, penalty = self._decorrelation.terms(sstats, eta)
            value = documents + words
            objective = value + log_prior - penalty
            objective -= len(self.alpha) * bound.log_normaliser(len(sstats), eta)
        objective += self.theta_prior.log_density()
        known = self._settings.known
        if known.prior is not None:  # it is a part of sstats; its words belong to the log prior
            value -= prior.cross(known.prior, m_step(sstats, eta, self._decorrelation))
            objective -= prior.log_normaliser(known.prior, eta)
        return value, objective + self.theta_prior.terms_of_known(known)
