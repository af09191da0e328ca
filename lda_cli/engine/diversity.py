"""How different the topics of a model are from each other, by their first words."""

from collections.abc import Sequence

import numpy as np

from .arrays import Int64
from .rbo import rbos

WORDS = 25  # of a topic, for `topic_diversity`


def topic_diversity(topics: Sequence[Int64]) -> float | None:
    """Return the share of distinct words among the first words of all topics (Dieng, Ruiz and Blei 2020).

    topics : K arrays of the numbers of terms, the first WORDS of each

    1 if no two topics have a word in common. None if there is no word.
    """
    words = np.concatenate([np.zeros(0, np.int64), *topics])
    return len(np.unique(words)) / len(words) if len(words) else None


def inverted_rbo(topics: Sequence[Int64]) -> float | None:
    """Return 1 minus the mean RBO of every two topics (Bianchi, Terragni and Hovy 2021).

    topics : K arrays of the numbers of terms, the first rbo.DEPTH of each; those without words do not count

    1 if no two topics have a word in common. None if fewer than two topics have words.
    """
    topics = [words for words in topics if len(words)]
    if len(topics) < 2:
        return None
    return float(1 - rbos(topics)[np.triu_indices(len(topics), 1)].mean())
