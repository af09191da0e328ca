"""How much of a model comes again with another seed: its topics, matched with those of the other model.

The overlap of two topics is the rank-biased overlap of their first words (p = .9), and topics are matched so
that the sum of the overlaps is largest (Kuhn 1955, the Hungarian method).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..engine.arrays import Float64, Int64
from ..engine.matching import one_to_one
from ..engine.rbo import rbos

WORDS = 20  # of a topic
_AGAIN = 0.5  # overlap from which on a topic is the same


def matched(one: Sequence[Int64], other: Sequence[Int64]) -> Float64:
    """Return the overlap of each topic of a model with its match in another one: (K,).

    one, other : K arrays of the first words of each topic, by their columns; a topic may have none
    """
    overlaps = rbos([*one, *other])[: len(one), len(one) :]
    return np.asarray(overlaps[one_to_one(-overlaps)], np.float64)


class Agreement(NamedTuple):
    """How alike the runs of one number of topics are.

    pairs : mean overlap of each two runs, by their seeds
    again : mean share of the topics that come again
    """

    pairs: Mapping[tuple[int, int], float]
    again: float

    @property
    def mean(self) -> float:
        """The mean over pairs."""
        return float(np.mean(list(self.pairs.values())))

    @property
    def spread(self) -> float:
        """The standard deviation over pairs; 0 for one pair."""
        return float(np.std(list(self.pairs.values()), ddof=1)) if len(self.pairs) > 1 else 0.0

    def of(self, seed: int) -> float:
        """Return the mean overlap of a run with the others."""
        return float(np.mean([value for pair, value in self.pairs.items() if seed in pair]))

    @property
    def medoid(self) -> int:
        """The seed of the run that is most like the others (Rieger, Rahnenführer and Jentsch 2020)."""
        seeds = sorted({seed for pair in self.pairs for seed in pair})
        return max(seeds, key=lambda seed: (round(self.of(seed), 12), -seed))


class Agreements:
    """The agreement of runs as they come: two runs are compared once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], Float64] = {}

    def of(self, topics: int, runs: Mapping[int, Sequence[Int64]]) -> Agreement | None:
        """Return the agreement of the runs with so many topics; None for fewer than two.

        runs : the first words of the topics of each run, by its seed
        """
        pairs, again = {}, []
        for one, other in combinations(sorted(runs), 2):
            key = topics, one, other
            if key not in self._known:
                self._known[key] = matched(runs[one], runs[other])
            pairs[one, other] = float(self._known[key].mean())
            again.append(float((self._known[key] > _AGAIN).mean()))
        return Agreement(pairs, float(np.mean(again))) if pairs else None
