"""The order of the runs: the first seed before the others, and of a seed the grid from coarse to fine.

So a sweep that is stopped has a curve over the whole grid already.
"""

from collections.abc import Sequence
from typing import NamedTuple


class RunKey(NamedTuple):
    """A run of a sweep."""

    topics: int
    seed: int

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"k{self.topics:03}-s{self.seed}"


def planned(grid: Sequence[int], n_seeds: int) -> list[RunKey]:
    """Return all runs in the order in which they are made."""
    return [RunKey(topics, seed) for seed in range(n_seeds) for topics in coarse_to_fine(grid)]


def coarse_to_fine(grid: Sequence[int]) -> list[int]:
    """Return the ends of a sorted grid, then its middle, the middles of its halves, and so on."""
    places = list(dict.fromkeys([0, len(grid) - 1]))
    intervals = [(0, len(grid) - 1)]
    while intervals:
        low, high = intervals.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            places.append(middle)
            intervals += [(low, middle), (middle, high)]
    return [grid[place] for place in places]
