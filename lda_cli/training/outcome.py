"""The outcome of a training: phi, gamma of the documents, figures of quality, and warnings."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..config import InferenceConfig
from ..engine import bound, coherence
from ..engine.alike import groups_alike
from ..engine.arrays import Bools, Float32
from ..engine.mstep import dead
from ..engine.settings import Settings
from ..engine.trainer import Trainer
from .events import Figures

_GROUPS_NAMED, _TOPICS_NAMED = 3, 8  # at most in a warning: groups of topics, topics of a group
_LATE_START = 0.9  # first power; from 0.9 on, topics of long documents did not merge (measured)
_FEWER = "use fewer topics (model.topics)"


class Outcome(NamedTuple):
    """The model of a training, and its quality.

    phi : (K, V) float32; gamma : (D, K) float32, in the memory of the training
    npmi : K numbers; None for a topic with fewer than two words
    warnings : one line each
    """

    phi: Float32
    gamma: Float32
    npmi: tuple[float | None, ...]
    figures: Figures
    warnings: tuple[str, ...]


def outcome(training: Trainer, settings: Settings, inference: InferenceConfig) -> Outcome:
    """Compute phi of a training in its present state, and its quality on the training documents."""
    is_dead = dead(training.sstats)  # before there is phi, to save memory
    phi = training.phi
    gamma, bound_per_token = training.posterior(phi, inference.tolerance, inference.max_iterations)
    npmi = coherence.npmi(coherence.words_of_topics(phi, is_dead), training.minibatches())
    known = [value for value in npmi if value is not None]
    mean = float(np.mean(known)) if known else None
    figures = Figures(bound_per_token, bound.perplexity(bound_per_token), mean)
    return Outcome(phi, gamma, tuple(npmi), figures, tuple(_warnings(phi, is_dead, settings)))


def _warnings(phi: Float32, is_dead: Bools, settings: Settings) -> Iterator[str]:
    if is_dead.any():
        remedy = _FEWER if settings.eta else "set model.eta above 0 to avoid empty topics"
        verb = "is" if is_dead.sum() == 1 else "are"
        yield f"{_listed(np.flatnonzero(is_dead).tolist())} {verb} empty; {remedy}"
    alive = np.flatnonzero(~is_dead)
    groups = [alive[group].tolist() for group in groups_alike(phi[alive])]
    n_others = len(phi) - settings.n_background
    background = [group for group in groups if group[0] >= n_others]
    groups = [group for group in groups if group[0] < n_others]
    if groups:
        yield f"{_alike(groups)}; {_remedy(groups, len(phi), settings.schedule[0].power)}"
    if background:
        yield f"background {_alike(background)}; use fewer of them (model.background)"


def _alike(groups: Sequence[Sequence[int]]) -> str:
    """Name the topics that are alike."""
    first, *others = map(_listed, groups[:_GROUPS_NAMED])
    text = f"{first} are alike" + "".join(f", and so are {other}" for other in others)
    n_left = len(groups) - _GROUPS_NAMED
    if n_left > 0:
        text += f", and so are those of {n_left} more group{'' if n_left == 1 else 's'}"
    return text


def _remedy(groups: Sequence[Sequence[int]], n_topics: int, start: float) -> str:
    """Say what to do.

    start : power of the first pass; if it is low, topics may merge into one
    """
    n_needed = n_topics - sum(len(group) - 1 for group in groups)
    if max(map(len, groups)) <= n_topics / 2:
        return f"use about {n_needed} topics (model.topics)"
    later = f"start the annealing later (training.annealing.from={_LATE_START})"
    remedies = [later] * (start < _LATE_START) + [_FEWER] * (n_topics > 2)
    return ", or ".join(remedies) or "more documents may separate them"


def _listed(topics: Sequence[int]) -> str:
    """Return "topics 3, 7 and 12", or for many topics "topics 0, 1, 2 and 97 others"."""
    if len(topics) == 1:
        return f"topic {topics[0]}"
    if len(topics) > _TOPICS_NAMED:
        return f"topics {', '.join(map(str, topics[:3]))} and {len(topics) - 3} others"
    return f"topics {', '.join(map(str, topics[:-1]))} and {topics[-1]}"
