"""Which number of topics is suggested, and why.

`stable` decides: the largest number whose topics come again with other seeds nearly as well as those of the
best number do. Rather a little too many than too few: a topic that is missing cannot be read. Three other
rules stand beside it. Mean coherence is no rule: it picks far too many topics (measured on corpora whose
number is known). At an edge of the grid nothing is suggested, since the answer may lie beyond it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..engine.arrays import Float64, Int64

WITHIN = 0.02  # of the best agreement
_LEAST_GRID = 3  # numbers, without which all are edges


class Pick(NamedTuple):
    """What a rule picks. topics : None if it cannot say; at_edge : whether it is an end of the grid."""

    rule: str
    topics: int | None
    at_edge: bool = False


class Curves(NamedTuple):
    """What the rules need of each number of topics; a number without a value is not in the mapping.

    agreement : mean overlap of the topics of two seeds; spectral, aic : means over seeds
    held_out : (D,) log p of each held-out document, means over seeds; n_tokens : (D,) that were scored
    """

    grid: Sequence[int]
    agreement: Mapping[int, float]
    spectral: Mapping[int, float]
    aic: Mapping[int, float]
    held_out: Mapping[int, Float64]
    n_tokens: Int64 | None = None


class Choice(NamedTuple):
    """The suggestion. topics : None if there is none; words : it and its reason in a line or two."""

    topics: int | None
    picks: tuple[Pick, ...]
    words: str


def choose(curves: Curves) -> Choice:
    """Apply all rules."""
    found = {
        "stable": stable(curves.agreement),
        "spectral": least(curves.spectral),
        "supported": least(curves.aic),
        "held-out": None if curves.n_tokens is None else held_out(curves.held_out, curves.n_tokens),
    }
    ends = {min(curves.grid), max(curves.grid)} if curves.grid else set()
    picks = tuple(Pick(rule, topics, topics in ends) for rule, topics in found.items())
    first = picks[0]
    suggested = None if first.at_edge else first.topics
    return Choice(suggested, picks, _in_words(curves, suggested, picks))


def stable(agreement: Mapping[int, float]) -> int | None:
    """Return the largest number of topics whose agreement is within WITHIN of the best."""
    if not agreement:
        return None
    best = max(agreement.values())
    return max(topics for topics, value in agreement.items() if value >= best - WITHIN)


def least(values: Mapping[int, float]) -> int | None:
    """Return the number of topics with the smallest value, the smaller one of two."""
    return min(values, key=lambda topics: (values[topics], topics), default=None)


def held_out(scores: Mapping[int, Float64], n_tokens: Int64) -> int | None:
    """Return the smallest number of topics within one standard error of the best.

    The error is of the difference, over documents, as the runs score the same ones (engine/heldout.py).

    scores : (D,) log p by number of topics; n_tokens : (D,)
    """
    total = int(n_tokens.sum())
    if not scores or not total:
        return None
    best = max(scores, key=lambda topics: (float(scores[topics].sum()), -topics))

    def is_near(topics: int) -> bool:
        loss = scores[best] - scores[topics]
        residuals = loss - loss.sum() / total * n_tokens
        error = float(np.sqrt((residuals**2).sum() * len(loss) / max(1, len(loss) - 1)))
        return float(loss.sum()) <= error

    return min(filter(is_near, scores))


def _in_words(curves: Curves, suggested: int | None, picks: Sequence[Pick]) -> str:
    first, *others = picks
    beside = ", ".join(_of_pick(pick) for pick in others if pick.topics is not None)
    beside = f"; beside it: {beside}" if beside else ""
    if first.topics is None:
        return f"no number of topics is suggested: stable needs two seeds (--seeds){beside}"
    if len(curves.grid) < _LEAST_GRID:
        return f"no number of topics is suggested: give at least {_LEAST_GRID} of them (--topics){beside}"
    if suggested is None:
        side = "below" if first.topics == min(curves.grid) else "above"
        return (
            f"no number of topics is suggested: {first.topics} is at the edge of the grid; "
            f"widen --topics {side} {first.topics}{beside}"
        )
    best = max(curves.agreement, key=lambda topics: (curves.agreement[topics], topics))
    value = curves.agreement[suggested]
    reason = f"agreement of seeds {value:.2f}"
    if best != suggested:
        reason += f", within {WITHIN} of the best, {curves.agreement[best]:.2f} with {best}"
    inside = [pick.topics for pick in picks if pick.topics is not None and not pick.at_edge]
    between = ""
    if len(inside) > 1:
        named = f"{len(inside)} of {sum(pick.topics is not None for pick in picks)} rules"
        low, high = min(inside), max(inside)
        between = f"{low} by {named}: " if low == high else f"between {low} and {high} by {named}: "
    return f"{between}{suggested} topics suggested (stable: {reason}){beside}"


def _of_pick(pick: Pick) -> str:
    return f"{pick.rule} {pick.topics}{' (edge of the grid)' if pick.at_edge else ''}"
