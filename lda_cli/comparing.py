"""The use case of `diff`: two models -> which topic is which, what changed in it, what is new or gone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from .engine.arrays import Float64, Int64
from .engine.matching import matches, squared_hellinger
from .engine.similarity import jensen_shannon_distances
from .errors import ConfigError, LimitError
from .model.model import Model, Topic

WORDS = 10  # of a topic


class Side(NamedTuple):
    """One of the two models, and the path that messages name."""

    path: str
    model: Model


class Change(NamedTuple):
    """A topic of the old model with its partner in the new one, or a topic that has none.

    old, new : its numbers; `new` is None for a topic that is gone, `old` for a new one
    distance : squared Hellinger, to the partner, else to `nearest`
    nearest : of a topic without partner: the most similar one of the other model
    old_share, new_share : of the tokens of each corpus
    words : the first words of the topic, of the new model if it is there
    came, went : those that are not among the first words of the partner, and those of the old that are gone
    """

    old: int | None
    new: int | None
    distance: float
    nearest: int | None
    old_share: float | None
    new_share: float | None
    words: tuple[str, ...]
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["kept", "gone", "new"]:
        """Whether it is in both models, or in which."""
        return "gone" if self.new is None else "new" if self.old is None else "kept"


@dataclass(frozen=True)
class Comparison:
    """How the topics of two models differ.

    changes : topics of the old model by number, kept or gone; then the new ones by number
    n_common : terms in both vocabularies
    unknown : share of the tokens of the new corpus that are of terms unknown to the old model
    drift : Jensen-Shannon distance of the shares of the topics: 0 for equal ones, 1 if no topic is kept
    """

    old: Side
    new: Side
    changes: tuple[Change, ...]
    n_common: int
    unknown: float
    drift: float

    def of(self, kind: Literal["kept", "gone", "new"]) -> list[Change]:
        """Return the changes of a kind."""
        return [change for change in self.changes if change.kind == kind]

    @property
    def n_same_number(self) -> int:
        """Kept topics that have the same number in both models."""
        return sum(change.old == change.new for change in self.of("kept"))

    @property
    def mean_distance(self) -> float | None:
        """Of the kept topics; None without any."""
        kept = self.of("kept")
        return float(np.mean([change.distance for change in kept])) if kept else None

    @property
    def largest_distance(self) -> float | None:
        """Of the kept topics; None without any."""
        return max((change.distance for change in self.of("kept")), default=None)


def compare(old: Side, new: Side, top: int = WORDS) -> Comparison:
    """Match the topics of two models (engine/matching.py), and tell what changed.

    top : words of a topic

    A merged topic has one of the old ones as its partner, and is the nearest of the other; a topic that was
    split is the partner of one part, and the nearest of the other.

    Raises ConfigError if the models have no term in common.
    """
    columns = _common_terms(old, new)
    distances = squared_hellinger(old.model.phi, new.model.phi, columns)
    partners = matches(distances)
    olds, news = old.model.topics(top), new.model.topics(top)
    changes = tuple(_changes(distances, partners, olds, news))
    counts = new.model.term_counts[:, 0]
    return Comparison(
        old,
        new,
        changes,
        len(columns[0]),
        float(1 - counts[columns[1]].sum() / counts.sum()),
        _drift(changes),
    )


def check_limit(comparison: Comparison, limit: float) -> None:
    """Raise LimitError if an old topic is further than `limit` from its partner, or, if gone, its nearest."""
    moved = [change for change in comparison.changes if change.old is not None]
    furthest = max(moved, key=lambda change: change.distance)
    if furthest.distance <= limit:
        return
    old, new = comparison.old.path, comparison.new.path
    if furthest.new is None:
        where = f"is gone; the nearest, topic {furthest.nearest} of {new}, is {furthest.distance:.4g} away"
    else:
        where = f"is {furthest.distance:.4g} from topic {furthest.new} of {new}"
    n_above = sum(change.distance > limit for change in moved)
    raise LimitError(f"{old}: topic {furthest.old} {where}; {n_above} of {len(moved)} are above {limit:g}")


def _common_terms(old: Side, new: Side) -> tuple[Int64, Int64]:
    columns = old.model.common_terms(new.model.vocabulary)
    if not len(columns[0]):
        raise ConfigError(
            f"{old.path} and {new.path}: have no term in common; compare models of the same language and "
            "the same tokenizer"
        )
    return columns


def _changes(
    distances: Float64, partners: dict[int, int], olds: Sequence[Topic], news: Sequence[Topic]
) -> Iterator[Change]:
    for topic in olds:
        t, words = topic.number, _words(topic)
        if t in partners:
            partner = news[partners[t]]
            now = _words(partner)
            came, went = _without(now, words), _without(words, now)
            distance = float(distances[t, partner.number])
            shares = topic.share, partner.share
            yield Change(t, partner.number, distance, None, *shares, now, came, went)
        else:
            nearest = int(distances[t].argmin())
            yield Change(t, None, float(distances[t, nearest]), nearest, topic.share, None, words)
    known = set(partners.values())
    for topic in news:
        if (t := topic.number) not in known:
            nearest = int(distances[:, t].argmin())
            yield Change(None, t, float(distances[nearest, t]), nearest, None, topic.share, _words(topic))


def _words(topic: Topic) -> tuple[str, ...]:
    return tuple(term for term, p in topic.words if p > 0)


def _without(words: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in others)


def _drift(changes: Sequence[Change]) -> float:
    """Return the Jensen-Shannon distance of the shares then and now; a topic that is not there has none."""
    shares = [[change.old_share or 0.0, change.new_share or 0.0] for change in changes]
    return float(jensen_shannon_distances(np.array(shares, np.float32).T)[0, 1])
