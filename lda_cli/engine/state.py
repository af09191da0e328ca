"""How far a training has come: what another one, of the same corpus, needs to go on from there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_LARGEST = 1e30  # some powers of ten above the tokens of any corpus, and its bound in nats

# Fills an array with what is stored of it.
Fill = Callable[[npt.NDArray[Any]], object]


class State(NamedTuple):
    """A training between two visits: plain numbers, such as JSON holds exactly, and arrays in a fixed order.

    The arrays are the training's own: they are what the state says until its next visit.
    """

    facts: dict[str, Any]
    arrays: list[npt.NDArray[Any]]


@dataclass
class Reached:
    """What changes from visit to visit and is no array.

    n_passes : that are done
    visit_bounds : of the visits of the pass that has begun, which took `seconds` so far
    objective : of the last pass, if it has one; has_converged : no further pass is wanted
    n_seen : documents that some visit has counted
    n_averaged : passes whose mean is the result
    """

    n_passes: int = 0
    visit_bounds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    objective: float | None = None
    has_converged: bool = False
    n_seen: int = 0
    n_averaged: int = 0


def reached_from(facts: Mapping[str, Any], n_passes: int, n_minibatches: int, n_documents: int) -> Reached:
    """Take the facts of a state; raises ValueError if they are not of such a training."""
    if set(facts) != {item.name for item in fields(Reached)}:
        raise ValueError("its facts are others")
    found = Reached(**facts)
    numbers = [found.seconds, found.objective or 0.0, *_list(found.visit_bounds)]
    wholes = [
        (found.n_passes, n_passes),
        (found.n_averaged, found.n_passes),
        (found.n_seen, n_documents),
        (len(found.visit_bounds), n_minibatches - 1),
    ]
    if not all(isinstance(number, int | float) and np.isfinite(number) for number in numbers):
        raise ValueError("a number of it is none")
    if not all(isinstance(n, int) and 0 <= n <= most for n, most in wholes):
        raise ValueError("a number of it is out of range")
    return found


def fill_numbers(array: npt.NDArray[Any], fill: Fill) -> None:
    """Fill an array; raises ValueError if a number of it is none, or larger than any that a corpus makes."""
    fill(array)
    if not (array.min() >= -_LARGEST and array.max() <= _LARGEST):  # of NaN neither is true
        raise ValueError("a number of it is none")


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list of it is none")
    return value
