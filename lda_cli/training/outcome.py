"""What a training came to: a model, the topics of its documents, how good it is, and what is odd about it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..config import InferenceConfig
from ..engine import bound, coherence
from ..engine.alike import groups_alike
from ..engine.arrays import Float32, Int64
from ..engine.em import Settings, Training
from ..engine.mstep import dead
from .events import Figures

_GROUPS_TOLD, _TOPICS_TOLD = 3, 8  # groups of topics, and topics of one group
_LATE_START = 0.9  # power of the first pass from which on the topics of long documents did not melt into one
_FEWER = "ask for fewer topics (model.topics)"


class Outcome(NamedTuple):
    """Phi, and what can be said of it.

    phi : (K, V) float32; gamma : (D, K) float32, in the training's own memory
    npmi : (K,) of each topic; None where it has fewer than two words
    warnings : a line each
    """

    phi: Float32
    gamma: Float32
    npmi: tuple[float | None, ...]
    figures: Figures
    warnings: tuple[str, ...]


def outcome(training: Training, settings: Settings, inference: InferenceConfig) -> Outcome:
    """Make the model of a training, as far as that came, and judge it by the training documents."""
    phi, is_dead = training.phi, dead(training.sstats)
    gamma, bound_per_token = training.posterior(phi, inference.tolerance, inference.max_iterations)
    npmi = coherence.npmi(_first_words(phi, is_dead), training.minibatches())
    known = [value for value in npmi if value is not None]
    mean = float(np.mean(known)) if known else None
    figures = Figures(bound_per_token, bound.perplexity(bound_per_token), mean)
    return Outcome(phi, gamma, tuple(npmi), figures, tuple(_warnings(phi, is_dead, settings)))


def _first_words(phi: Float32, is_dead: npt.NDArray[np.bool_]) -> list[Int64]:
    """Return the first words of each topic, without those that it cannot have; none of a dead one."""
    found = map(coherence.first_words, phi)
    return [words[(row[words] > 0) & ~gone] for row, words, gone in zip(phi, found, is_dead, strict=True)]


def _warnings(phi: Float32, is_dead: npt.NDArray[np.bool_], settings: Settings) -> Iterator[str]:
    if is_dead.any():
        remedy = _FEWER if settings.eta else "a model.eta of more than 0 keeps topics alive"
        yield f"no word is left in {_listed(np.flatnonzero(is_dead).tolist())}; {remedy}"
    alive = np.flatnonzero(~is_dead)
    groups = [alive[group].tolist() for group in groups_alike(phi[alive])]
    if groups:
        yield f"{_told(groups)}: {_remedy(groups, len(phi), settings.schedule[0].power)}"


def _told(groups: Sequence[Sequence[int]]) -> str:
    """Say which topics are alike."""
    first, *others = map(_listed, groups[:_GROUPS_TOLD])
    told = f"{first} are alike" + "".join(f", and so are {other}" for other in others)
    n_left = len(groups) - _GROUPS_TOLD
    if n_left > 0:
        told += f", and so are those of {n_left} more group{'' if n_left == 1 else 's'}"
    return f"{told}; one topic would serve for {'each group' if others else 'them'}"


def _remedy(groups: Sequence[Sequence[int]], n_topics: int, start: float) -> str:
    """Say what to do.

    start : the power of the first pass; a low one may let topics melt into one
    """
    n_needed = n_topics - sum(len(group) - 1 for group in groups)
    if max(map(len, groups)) <= n_topics / 2:
        return f"ask for about {n_needed} topics (model.topics)"
    later = f"begin the annealing later (training.annealing.from={_LATE_START})"
    remedies = [later] * (start < _LATE_START) + [_FEWER] * (n_topics > 2)
    return ", or ".join(remedies) or "more documents may tell them apart"


def _listed(topics: Sequence[int]) -> str:
    """Say "topics 3, 7 and 12", or of many "topics 0, 1, 2 and 97 others"."""
    if len(topics) == 1:
        return f"topic {topics[0]}"
    if len(topics) > _TOPICS_TOLD:
        return f"topics {', '.join(map(str, topics[:3]))} and {len(topics) - 3} others"
    return f"topics {', '.join(map(str, topics[:-1]))} and {topics[-1]}"
