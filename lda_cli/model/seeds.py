"""The seed words of a model's topics, and how many of them are among the first words."""

from typing import TYPE_CHECKING, NamedTuple

from ..corpus.terms.lookup import columns_of
from ..engine.coherence import first_words

if TYPE_CHECKING:
    from .model import Model

# Seed words of a topic are looked for among this many of its most probable words.
AMONG = 20


class Seeds(NamedTuple):
    """The seed words of a topic: terms; `n_first` of them are among its AMONG first words."""

    terms: frozenset[str]
    n_first: int


def seeds(model: "Model") -> dict[int, Seeds]:
    """Return the seed words of each topic that has any. Raises ModelError as `Model.tokenizer` does."""
    given = model.config.model.seeds
    assert not isinstance(given, str)  # a stored config has the words
    found = {}
    for topic, words in zip(model.seeded, given.values(), strict=True):
        columns, _ = columns_of(words, model.known.column_of, model.tokenizer, model.phrases)
        first = first_words(model.phi[topic], AMONG).tolist()
        terms = frozenset(map(model.vocabulary.__getitem__, columns))
        found[topic] = Seeds(terms, len(set(first) & set(columns)))
    return found
