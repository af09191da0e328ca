"""The topics and their terms as tables."""

from collections.abc import Iterator

import numpy as np

from ..engine.arrays import Float64, Int64
from ..engine.coherence import first_words
from ..engine.distinctive import frex, relevance
from ..model.model import Model
from . import Choice
from .documents import documents
from .table import ROWS_AT_A_TIME, Block, Column, Table, in_blocks, topic_columns

_TOPICS = [
    *(Column("topic", "int"), Column("name", "text"), Column("share", "float"), Column("alpha", "float")),
    *(Column("tokens", "float"), Column("documents", "int"), Column("npmi", "float")),
    Column("words", "text"),
]
_SCORES = [Column(name, "float") for name in ("p", "relevance", "frex", "p_topic")]


def topics_table(model: Model, choice: Choice) -> Table:
    """Return the table of `export topics`."""
    own_names, largest = model.names, _documents_of(model)

    def rows() -> Iterator[tuple[object, ...]]:
        for topic in model.topics(choice.top or len(model.vocabulary)):
            t = topic.number
            words = " ".join(term for term, _ in topic.words)
            sizes = float(model.topic_counts[t]), int(largest[t])
            yield t, own_names[t], topic.share, topic.alpha, *sizes, topic.npmi, words

    return Table(_TOPICS, in_blocks(rows()))


def _documents_of(model: Model) -> Int64:
    """Return how many documents have their largest share in each topic: (K,); the first of equal ones."""
    found = np.zeros(model.n_topics, np.int64)
    for some in documents(model):
        found += np.bincount(some.theta.argmax(axis=1), minlength=model.n_topics)
    return found


def terms_table(model: Model, choice: Choice) -> Table:
    """Return the table of `export terms`."""
    return _wide(model, choice) if choice.wide else _long(model, choice)


def _long(model: Model, choice: Choice) -> Table:
    own_names = model.names if choice.names else None
    name = [Column("name", "text")] if own_names else []
    columns = [Column("topic", "int"), *name, Column("rank", "int"), Column("term", "text"), *_SCORES]
    n_terms = len(model.vocabulary)
    n = min(choice.top or n_terms, n_terms)
    totals = model.phi.sum(axis=0, dtype=np.float64)
    p_terms = model.term_counts[:, 0] / model.n_tokens
    sizes = np.array([topic.share for topic in model.topics(1)])
    in_corpus: Float64 = sizes @ model.phi  # sum_t p(topic t) phi_tw

    def block(topic: int) -> Block:
        words = first_words(model.phi[topic], n)
        p = model.phi[topic, words].astype(np.float64)
        scores = [
            p,
            relevance(p[None], p_terms[words])[0],
            frex(model.phi, topic, totals)[words],
            _ratio(sizes[topic] * p, in_corpus[words]),
        ]
        left: list[list[object]] = [[topic] * n]
        left += [[own_names[topic]] * n] if own_names else []
        left += [list(range(1, n + 1)), [model.vocabulary[word] for word in words]]
        left += [_numbers(score) for score in scores]
        return Block([*left, model.term_counts[words, 0].tolist()])

    return Table([*columns, Column("count", "int")], map(block, range(model.n_topics)))


def _ratio(part: Float64, whole: Float64) -> Float64:
    """Return part / whole; nan where whole is 0: a term that only topics without tokens have."""
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)


def _numbers(values: Float64) -> list[object]:
    """Return numbers, None for those that are not finite: the logarithm of a p that is 0."""
    return [
        value if is_finite else None
        for value, is_finite in zip(values.tolist(), np.isfinite(values), strict=True)
    ]


def _wide(model: Model, choice: Choice) -> Table:
    columns = [
        *(Column("term", "text"), Column("count", "int"), Column("documents", "int")),
        *topic_columns(model.n_topics, "float", model.names if choice.names else None),
    ]
    step = max(1, 8 * ROWS_AT_A_TIME // model.n_topics)

    def block(first: int) -> Block:
        part = slice(first, first + step)
        p = model.phi[:, part].astype(np.float64).tolist()
        return Block([model.vocabulary[part], *model.term_counts[part].T.tolist(), *p])

    return Table(columns, map(block, range(0, len(model.vocabulary), step)))
