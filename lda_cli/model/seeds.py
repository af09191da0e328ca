"""The seed words of a model's topics, and how many of them are among the first words."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..engine.arrays import Float32
from ..engine.coherence import first_words

# Seed words of a topic are looked for among this many of its most probable words.
AMONG = 20


class Seeds(NamedTuple):
    """The seed words of a topic: terms; `n_first` of them are among its AMONG first words."""

    terms: frozenset[str]
    n_first: int


def seeds_of(
    columns: Iterable[tuple[int, Sequence[int]]], phi: Float32, vocabulary: Sequence[str]
) -> dict[int, Seeds]:
    """Return the seed words of each topic that has any.

    columns : of the seed words of a topic, with the topic
    """
    found = {}
    for topic, own in columns:
        first = first_words(phi[topic], AMONG).tolist()
        terms = frozenset(map(vocabulary.__getitem__, own))
        found[topic] = Seeds(terms, len(set(first).intersection(own)))
    return found
