"""The state of a training between two visits, from which another training of the same corpus can continue."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_LARGEST = 1e30  # far above the number of tokens of any corpus, and its bound in nats

# Fills an array with its stored values.
Fill = Callable[[npt.NDArray[Any]], object]


class State(NamedTuple):
    """The state of a training: plain values, which JSON keeps exactly, and arrays in a fixed order.

    The arrays are those of the training itself, not copies: the next visit changes them.
    """

    facts: dict[str, Any]
    arrays: "Arrays"


class Arrays:
    """Arrays, made anew each time that they are iterated over: many of them may be maps of files."""

    def __init__(self, make: Callable[[], Iterator[npt.NDArray[Any]]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        return self._make()


@dataclass
class Reached:
    """What changes from visit to visit, except the arrays.

    n_passes : passes that are done
    visit_bounds : bounds of the visits of the current pass, in nats; they took `seconds`
    objective : objective of the last pass, if it has one
    has_converged : no further pass is needed
    n_seen : documents that were visited at least once
    n_averaged : passes that are in the average so far
    """

    n_passes: int = 0
    visit_bounds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    objective: float | None = None
    has_converged: bool = False
    n_seen: int = 0
    n_averaged: int = 0


def reached_from(facts: Mapping[str, Any], n_passes: int, n_minibatches: int, n_documents: int) -> Reached:
    """Return the facts of a state. Raises ValueError if they cannot be those of a training of these sizes."""
    if set(facts) != {item.name for item in fields(Reached)}:
        raise ValueError("unexpected fields")
    found = Reached(**facts)
    numbers = [found.seconds, found.objective or 0.0, *_list(found.visit_bounds)]
    wholes = [
        (found.n_passes, n_passes),
        (found.n_averaged, found.n_passes),
        (found.n_seen, n_documents),
        (len(found.visit_bounds), n_minibatches - 1),
    ]
    if not all(isinstance(number, int | float) and np.isfinite(number) for number in numbers):
        raise ValueError("contains NaN or an infinite number")
    if not all(isinstance(n, int) and 0 <= n <= most for n, most in wholes):
        raise ValueError("a number is out of range")
    return found


def fill_numbers(array: npt.NDArray[Any], fill: Fill) -> None:
    """Fill an array. Raises ValueError if it then contains NaN, or a number larger than any corpus makes."""
    fill(array)
    if not (array.min() >= -_LARGEST and array.max() <= _LARGEST):  # both are false for NaN
        raise ValueError("contains NaN or an infinite number")


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is missing")
    return value
