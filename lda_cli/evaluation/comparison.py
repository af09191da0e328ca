"""How far two models differ by what was measured of them, where the definitions are the same."""

from collections.abc import Sequence
from typing import NamedTuple

from ..engine.bootstrap import Interval, difference
from ..engine.coherence_measures import MEASURES
from ..engine.heldout import Scores
from .evaluate import Evaluation

_NORMAL = 1.96  # standard errors hold 95%


class Difference(NamedTuple):
    """A model's number minus that of the first model, in which 95% of what could be drawn lies.

    interval : None if the numbers do not compare; `reason` says why
    """

    name: str
    model: str
    interval: Interval | None
    reason: str | None = None


def differences(evaluations: Sequence[Evaluation], seed: int) -> list[Difference]:
    """Compare each model with the first one.

    Of coherence, topics are drawn anew, on their own in each model; held-out documents are compared one by
    one, if both models know the same words.
    """
    first, *others = evaluations
    return [
        found for other in others for found in (*_coherence(first, other, seed), *_held_out(first, other))
    ]


def _coherence(first: Evaluation, other: Evaluation, seed: int) -> list[Difference]:
    shared = [name for name in MEASURES if name in first.measures and name in other.measures]
    if not shared:
        return []
    one, two = first.reference, other.reference
    if one is None or two is None or one.definition != two.definition:
        reason = "counted in other documents, or with words found in another way"
        return [Difference(name, other.path, None, reason) for name in shared]
    found = []
    for name in shared:
        interval = difference(other.measures[name].values, first.measures[name].values, seed)
        found.append(Difference(name, other.path, interval))
    return found


def _held_out(first: Evaluation, other: Evaluation) -> list[Difference]:
    one, two = first.held_out, other.held_out
    if one is None or two is None:
        return []
    reason = None
    if first.model.vocabulary != other.model.vocabulary:
        reason = f"the vocabularies differ: {one.unknown:.1%} and {two.unknown:.1%} of the words are unknown"
    elif one.fingerprint != two.fingerprint:
        reason = "the documents or their words differ"
    found = []
    for name, scores in two.scores.items():
        interval = None if reason else _paired(scores, one.scores[name])
        found.append(Difference(name, other.path, interval, reason))
    return found


def _paired(scores: Scores, others: Scores) -> Interval:
    mean, error = Scores(scores.log_p - others.log_p, scores.n_tokens).per_token()
    return Interval(mean, mean - _NORMAL * error, mean + _NORMAL * error)
