"""Several random starts of one training, of which the best is kept; and a cooler start if the topics melt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from .arrays import Float64
from .record import PassRecord
from .schedule import Pass, cooler
from .state import Arrays, Fill, State, fill_numbers
from .trainer import Trainer

# Topics have melted if all of them are closer to the unigrams than this, in nats.
MELTED = 1e-3

# The powers of the next start are larger by STEP if topics have melted; it must gain at least LEAST_STEP.
STEP, LEAST_STEP = 0.1, 0.01


@dataclass(frozen=True)
class _Best:
    """The best start so far.

    bound : nats per token of the training documents under its Phi and alpha
    number : the number of the start
    sstats : (V, K); prior : the parameters of the prior of theta
    """

    bound: float
    number: int
    sstats: Float64
    prior: Float64


class Starts:
    """Runs a training from `n_starts` random starts, one after the other.

    They are compared by the bound of all documents under the final Phi and alpha of each. With `guards`, a
    training whose topics all equal the unigrams half way through the tempered passes starts again with cooler
    passes: its first ones were too hot for the corpus.
    """

    def __init__(
        self, training: Trainer, n_starts: int, guards: bool, tolerance: float, iterations: int
    ) -> None:
        """Tolerance, iterations: of the E-step for the bound of a start."""
        self.training, self.n_starts = training, n_starts
        self._schedule, self._guards = training.schedule, guards
        self._judge = tolerance, iterations
        self._number = self._n_cooler = self._n_records = 0
        self._best: _Best | None = None

    def steps(self) -> Iterator[PassRecord | None]:
        """Train, and yield after every visit: the record if it ends its pass, else None."""
        while True:
            for found in self.training.steps():
                record = None if found is None else self._counted(found)
                melted = record is not None and record.melted
                if melted:  # before the yield: the state of a stopped training would not show it
                    self._n_cooler += 1
                    self._begin()
                yield record
                if melted:
                    break
            else:
                self._keep_if_best()
                if self._number + 1 == self.n_starts:
                    return
                self._number, self._n_cooler = self._number + 1, 0
                self._begin()

    @property
    def share_done(self) -> float:
        """The share of all starts that is done, counted in visits."""
        return (self._number + self.training.share_done) / self.n_starts

    @property
    def n_planned(self) -> int:
        """The number of passes of all starts, if none melts or converges."""
        return self.n_starts * len(self._schedule)

    @property
    def n_records(self) -> int:
        """The number of passes so far, of all starts, also of those that melted."""
        return self._n_records

    def settle(self) -> int:
        """Make the result of the best start that of the training. Returns its number."""
        if self._best is None:
            return self._number
        self.training.take(self._best.sstats, self._best.prior)
        return self._best.number

    def state(self) -> State | None:
        """Return the state for `go_on_from`; None if `Training.state` is None."""
        state = self.training.state()
        if state is None:
            return None
        best = None if self._best is None else [self._best.bound, self._best.number]
        facts = {"start": self._number, "cooler": self._n_cooler, "records": self._n_records, "best": best}
        arrays = [] if self._best is None else [self._best.sstats, self._best.prior]
        return State(facts | {"training": state.facts}, Arrays(lambda: chain(arrays, state.arrays)))

    def go_on_from(self, facts: Mapping[str, Any], fill: Fill) -> None:
        """Continue from the state of another training. Raises ValueError as `Training.go_on_from` does."""
        number, n_cooler, n_records = (_whole(facts[name]) for name in ("start", "cooler", "records"))
        if number >= self.n_starts or n_cooler > 1 / STEP or n_records < facts["training"]["n_passes"]:
            raise ValueError("a number is out of range")
        self._number, self._n_cooler, self._n_records = number, n_cooler, n_records
        if number or n_cooler:
            self._begin()
        if facts["best"] is not None:
            bound, best = facts["best"]
            arrays = np.empty_like(self.training.sstats), np.empty_like(self.training.theta_prior.parameters)
            for array in arrays:
                fill_numbers(array, fill)
            self._best = _Best(float(bound), _whole(best), *arrays)
        self.training.go_on_from(facts["training"], fill)

    def _counted(self, record: PassRecord) -> PassRecord:
        self._n_records += 1
        return replace(record, start=self._number, melted=self._has_melted(record))

    def _begin(self) -> None:
        self.training.begin(self._number, self._cooled(self._n_cooler))

    def _cooled(self, times: int) -> tuple[Pass, ...]:
        return cooler(self._schedule, STEP * times)

    def _has_melted(self, record: PassRecord) -> bool:
        """Whether to start again: checked once, half way through the tempered passes."""
        n_tempered = sum(not plan.is_plain for plan in self.training.schedule)
        if not self._guards or record.number != (n_tempered + 1) // 2:
            return False
        powers = [self._cooled(times)[0].power for times in (self._n_cooler, self._n_cooler + 1)]
        return powers[1] - powers[0] > LEAST_STEP and self.training.distance_from_unigrams() < MELTED

    def _keep_if_best(self) -> None:
        if self.n_starts == 1:
            return
        training = self.training
        _, bound = training.posterior(training.phi, *self._judge)
        if self._best is None or bound > self._best.bound:
            parameters = training.theta_prior.parameters.copy()
            self._best = _Best(bound, self._number, training.sstats.copy(), parameters)


def _whole(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("a number is not a whole number from 0 on")
    return value
