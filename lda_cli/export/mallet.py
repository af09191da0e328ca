"""Text files in the forms of MALLET's ParallelTopicModel, which many scripts read.

A blank divides words in two of the files: a blank in a term becomes _. Ids may have blanks, since tabs
divide the columns; they have no tabs.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from ..engine.coherence import first_words
from ..errors import safe
from ..model.model import Model
from . import Choice
from .digits import ShareDigits
from .documents import documents
from .expected import weights, whole_counts

_WORDS_AT_A_TIME = 4096


def mallet_files(model: Model, choice: Choice) -> dict[str, Callable[[BinaryIO], object]]:
    """Return the files of `export mallet` by name, each as what writes it."""
    terms = [safe("_".join(term.split())) or "_" for term in model.vocabulary]
    return {
        "doc-topics.txt": _lines(_doc_topics(model)),
        "topic-keys.txt": _lines(_topic_keys(model, terms, choice.top or len(terms))),
        "topic-word-weights.txt": _lines(_topic_word_weights(model, terms)),
        "word-topic-counts.txt": _lines(_word_topic_counts(model, terms)),
    }


def _lines(lines: Iterator[str]) -> Callable[[BinaryIO], object]:
    return lambda stream: stream.writelines(f"{line}\n".encode() for line in lines)


def _doc_topics(model: Model) -> Iterator[str]:
    """Number, id, and the K shares (--output-doc-topics)."""
    digits = ShareDigits(["\t"] * model.n_topics)
    for some in documents(model):
        rows = zip(some.ids, digits.rows(some.theta), strict=True)
        yield from (f"{n}\t{safe(own)}{shares}" for n, (own, shares) in enumerate(rows, some.first))


def _topic_keys(model: Model, terms: list[str], top: int) -> Iterator[str]:
    """Topic, alpha, and the first words, with a blank after each (--output-topic-keys)."""
    for topic, alpha in enumerate(model.alpha.tolist()):
        words = "".join(f"{terms[word]} " for word in first_words(model.phi[topic], top))
        yield f"{topic}\t{f'{alpha:.5f}'.rstrip('0').rstrip('.')}\t{words}"


def _topic_word_weights(model: Model, terms: list[str]) -> Iterator[str]:
    """Topic, word, and its expected count plus eta, for every pair (--topic-word-weights-file)."""
    for topic, row in enumerate(weights(model)):
        yield from (
            f"{topic}\t{term}\t{weight:.9g}" for term, weight in zip(terms, row.tolist(), strict=True)
        )


def _word_topic_counts(model: Model, terms: list[str]) -> Iterator[str]:
    """Number of the word, word, and topic:count, the largest count first (--word-topic-counts-file).

    The counts are whole, as there, and add up to the occurrences of the word.
    """
    sizes = np.array([topic.share for topic in model.topics(1)])
    for first in range(0, len(terms), _WORDS_AT_A_TIME):
        part = slice(first, first + _WORDS_AT_A_TIME)
        joint = model.phi[:, part].T * sizes
        joint = np.where(joint.any(axis=1, keepdims=True), joint, model.phi[:, part].T)
        counts = whole_counts(joint / joint.sum(axis=1, keepdims=True), model.term_counts[part, 0])
        for number, row in enumerate(counts, first):
            topics = np.argsort(-row, kind="stable")[: np.count_nonzero(row)].tolist()
            yield " ".join([f"{number} {terms[number]}", *(f"{topic}:{row[topic]}" for topic in topics)])
