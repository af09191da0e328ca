"""Pairs of topics as a table, the most similar ones first."""

from collections.abc import Sequence

import numpy as np

from ..engine.arrays import Float64
from ..engine.coherence import first_words
from ..engine.rbo import rbos
from ..engine.similarity import jensen_shannon_distances
from ..model.model import Model
from . import Choice
from .documents import documents
from .table import Block, Column, Table

_WORDS = 10
# A document has a topic (jsLDA's definition) with at least this share, and so many tokens.
_SHARE, _TOKENS = 0.05, 3


def similar_topics_table(model: Model, choice: Choice) -> Table:
    """Return the table of `export similar-topics`."""
    distances = jensen_shannon_distances(model.phi)
    overlaps = rbos([first_words(row, _WORDS) for row in model.phi])
    together = together_pmi(model)
    a, b = np.triu_indices(model.n_topics, 1)
    order = np.argsort(distances[a, b], kind="stable")[: choice.top]
    a, b = a[order], b[order]
    pmi = [None if np.isnan(value) else value for value in together[a, b].tolist()]
    numbers = {"distance": distances[a, b].tolist(), "rbo": overlaps[a, b].tolist(), "pmi": pmi}

    columns: list[Column] = []
    values: list[Sequence[object]] = []
    for side, topics in (("a", a.tolist()), ("b", b.tolist())):
        columns.append(Column(side, "int"))
        values.append(topics)
        if choice.names:
            own_names = model.names
            columns.append(Column(f"{side}_name", "text"))
            values.append([own_names[topic] for topic in topics])
    columns += [Column(name, "float") for name in numbers]
    return Table(columns, [Block([*values, *numbers.values()])])


def together_pmi(model: Model) -> Float64:
    """Return log(D n_ab / (n_a n_b)), n_ab documents that have topics a and b: (K, K); nan if n_ab is 0."""
    both = np.zeros((model.n_topics, model.n_topics))
    for some in documents(model):
        tokens = np.array(some.tokens)[:, None]
        has = ((some.theta >= _SHARE) & (some.theta * tokens >= _TOKENS)).astype(np.float32)
        both += has.T @ has  # exact: whole numbers below 2^24
    alone = both.diagonal()
    with np.errstate(divide="ignore", invalid="ignore"):
        pmi: Float64 = np.log(both * model.n_documents / (alone[:, None] * alone))
    pmi[both == 0] = np.nan
    return pmi
