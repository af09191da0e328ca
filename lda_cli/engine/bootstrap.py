"""How far a mean or a median over topics could be another, had the topics been others: the bootstrap.

Topics are drawn with replacement (Efron and Tibshirani 1993, chapter 13): an interval holds the middle 95% of
the results, and says nothing of other corpora.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Float64

RESAMPLES = 1000
_TAILS = 0.025, 0.975


class Interval(NamedTuple):
    """A number, and where 95% of the resamples lie."""

    value: float
    low: float
    high: float


class Summary(NamedTuple):
    """Of the topics that have a value."""

    mean: Interval
    median: Interval


def summary(values: Sequence[float | None], seed: int) -> Summary | None:
    """Return mean and median of the topics' values with their intervals; None if no topic has a value."""
    known = _known(values)
    if not len(known):
        return None
    drawn = _resamples(known, np.random.default_rng(seed))
    return Summary(
        _interval(float(known.mean()), drawn.mean(axis=1)),
        _interval(float(np.median(known)), np.median(drawn, axis=1)),
    )


def difference(first: Sequence[float | None], second: Sequence[float | None], seed: int) -> Interval | None:
    """Return the mean of one model's topics minus the mean of another's; None if one has no values.

    The topics of two models are not the same, so each model's are drawn on their own. The models differ by
    this measure if the interval is all above 0 or all below.
    """
    one, other = _known(first), _known(second)
    if not len(one) or not len(other):
        return None
    rng = np.random.default_rng(seed)
    drawn = _resamples(one, rng).mean(axis=1) - _resamples(other, rng).mean(axis=1)
    return _interval(float(one.mean() - other.mean()), drawn)


def _known(values: Sequence[float | None]) -> Float64:
    return np.array([value for value in values if value is not None], np.float64)


def _resamples(values: Float64, rng: np.random.Generator) -> Float64:
    """Return n values drawn from n, RESAMPLES times: (RESAMPLES, n)."""
    drawn: Float64 = values[rng.integers(len(values), size=(RESAMPLES, len(values)))]
    return drawn


def _interval(value: float, resampled: Float64) -> Interval:
    low, high = np.quantile(resampled, _TAILS)
    return Interval(value, float(low), float(high))
