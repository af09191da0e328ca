"""What is wrong with a topic, with the number that says so.

The limits are absolute, so that all topics of a good model may be without a flag.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..engine.arrays import Float64
from ..engine.coherence import first_words
from ..engine.rbo import rbos
from ..engine.similarity import jensen_shannon_distances
from ..model.model import Model
from .diagnostics import TopicDiagnostics

DUPLICATE_DISTANCE, DUPLICATE_OVERLAP, DUPLICATE_WORDS = 0.5, 0.5, 10
BACKGROUND_DISTANCE, BACKGROUND_SPREAD = 0.5, 0.6
FEW_DOCUMENTS = 3.0
TINY = 0.1  # of 1 / K
DEAD_TOKENS = 1.0
INCOHERENT = 0.0

# flag: when a topic has it
FLAGS: Mapping[str, str] = {
    "dead": f"fewer than {DEAD_TOKENS:g} expected token; no other flag is looked for",
    "tiny": f"a share of the tokens below {TINY:g} / K",
    "duplicate": "of an earlier topic: distance of their words (root of Jensen-Shannon, bits) below "
    f"{DUPLICATE_DISTANCE:g}, and rank-biased overlap of {DUPLICATE_WORDS} words above {DUPLICATE_OVERLAP:g}",
    "background": f"words as in the whole corpus: corpus_dist below {BACKGROUND_DISTANCE:g} nats, or at "
    f"least .02 of more than {BACKGROUND_SPREAD:.0%} of the documents",
    "one document": f"its tokens are in fewer than {FEW_DOCUMENTS:g} documents: exp(document_entropy)",
    "incoherent": f"npmi over documents below {INCOHERENT:g}, and its words, in sum over all pairs, are "
    "not more often in one document than by chance",
}


class Flag(NamedTuple):
    """A flag of a topic, with the number behind it; `of` is the other topic of a duplicate."""

    name: str
    value: float
    of: int | None = None

    def __str__(self) -> str:
        other = "" if self.of is None else f" of {self.of}"
        return f"{self.name}{other} ({self.value:.3g})"


def flags_of(
    model: Model,
    diagnostics: TopicDiagnostics,
    npmi: Sequence[float | None] = (),
    lifts: Sequence[float | None] = (),
    distances: Float64 | None = None,
) -> tuple[tuple[Flag, ...], ...]:
    """Return the flags of each of K topics, in the order of FLAGS.

    npmi, lifts : of each topic, as in CorpusCoherence; none without documents
    distances : (K, K), what `jensen_shannon_distances` returns of the model's Phi, if the caller has it

    A flag that needs documents is not looked for where `diagnostics` has none.
    """
    measures = diagnostics.measures
    tokens = measures["tokens"].values if "tokens" in measures else (None,) * model.n_topics
    known = [value for value in tokens if value is not None]
    found: list[list[Flag]] = [[] for _ in range(model.n_topics)]
    for topic, n_tokens in enumerate(tokens):
        if n_tokens is not None and n_tokens < DEAD_TOKENS:
            found[topic].append(Flag("dead", n_tokens))
        elif n_tokens is not None and n_tokens / sum(known) < TINY / model.n_topics:
            found[topic].append(Flag("tiny", n_tokens / sum(known)))
    alive = [topic for topic in range(model.n_topics) if not found[topic] or found[topic][0].name != "dead"]
    for topic, flag in _duplicates(model, alive, distances):
        found[topic].append(flag)
    for topic in alive:
        found[topic] += _of_documents(topic, diagnostics)
        value, lift = (numbers[topic] if numbers else None for numbers in (npmi, lifts))
        if value is not None and lift is not None and value < INCOHERENT and lift <= 1:
            found[topic].append(Flag("incoherent", value))
    return tuple(map(tuple, found))


def _duplicates(model: Model, alive: Sequence[int], every: Float64 | None = None) -> list[tuple[int, Flag]]:
    """Return the flags of topics that are like an earlier one, the first of those."""
    if len(alive) < 2:
        return []
    distances = jensen_shannon_distances(model.phi[alive]) if every is None else every[np.ix_(alive, alive)]
    overlaps = rbos([first_words(model.phi[topic], DUPLICATE_WORDS) for topic in alive])
    is_alike = (distances < DUPLICATE_DISTANCE) & (overlaps > DUPLICATE_OVERLAP)
    found, originals = [], list[int]()
    for place, topic in enumerate(alive):
        first = next((other for other in originals if is_alike[place, other]), None)
        if first is None:
            originals.append(place)
        else:
            found.append((topic, Flag("duplicate", float(distances[place, first]), alive[first])))
    return found


def _of_documents(topic: int, diagnostics: TopicDiagnostics) -> list[Flag]:
    found = []
    distance = diagnostics.measures["corpus_dist"].values[topic]
    spread = None if diagnostics.spread is None else diagnostics.spread[topic]
    if distance is not None and distance < BACKGROUND_DISTANCE:
        found.append(Flag("background", distance))
    elif spread is not None and spread > BACKGROUND_SPREAD:
        found.append(Flag("background", spread))
    if "document_entropy" in diagnostics.measures:
        entropy = diagnostics.measures["document_entropy"].values[topic]
        if entropy is not None and np.exp(entropy) < FEW_DOCUMENTS:
            found.append(Flag("one document", float(np.exp(entropy))))
    return found
