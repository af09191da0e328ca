"""The training documents as a table: a row per document, or per topic of a document."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from ..corpus.formats.records import Value
from ..engine.arrays import Float32, Int64
from ..errors import ModelError
from ..model.model import Model
from ..table_text import metadata_columns
from . import Choice
from .table import Block, Column, Kind, Table, topic_columns


class Documents(NamedTuple):
    """Consecutive training documents.

    first : the number of the first one
    theta : (n, K) float32
    metadata : for each field of the model, n values
    """

    first: int
    ids: list[str]
    tokens: list[int]
    theta: Float32
    metadata: list[list[Value]]


def documents(model: Model) -> Iterator[Documents]:
    """Yield all training documents, in blocks. Raises ModelError if the files do not fit each other."""
    if model.documents is None:
        raise ModelError("the model is not saved, and has no documents to export")
    stored, fields = model.documents, list(model.metadata_types)
    ids, metadata = stored.ids(), chain.from_iterable(stored.rows())
    for first, theta in stored.blocks():
        n = len(theta)
        own = list(islice(ids, n))
        rows = list(islice(metadata, n)) if fields else []
        if len(own) != n or (fields and len(rows) != n):
            raise ModelError(
                "the model is damaged: documents are missing; lda-cli inspect --verify says where"
            )
        values = [[row.get(field) for row in rows] for field in fields]
        yield Documents(first, own, stored.lengths[first : first + n].tolist(), theta, values)


def documents_table(model: Model, choice: Choice) -> Table:
    """Return the table of `export documents`."""
    return _long(model, choice) if choice.long else _wide(model, choice)


def _wide(model: Model, choice: Choice) -> Table:
    columns = [
        Column("id", "text"),
        Column("tokens", "int"),
        *topic_columns(model.n_topics, "share", model.names if choice.names else None),
    ]
    blocks = (Block([some.ids, some.tokens], some.theta, some.metadata) for some in documents(model))
    return Table([*columns, *_metadata_columns(model, columns)], blocks)


def _long(model: Model, choice: Choice) -> Table:
    own_names = model.names if choice.names else None
    columns = [Column("id", "text"), Column("tokens", "int"), Column("topic", "int")]
    columns += [Column("name", "text")] if own_names else []
    columns.append(Column("share", "share"))

    def block(some: Documents) -> Block:
        rows, topics = largest_shares(some.theta, choice.top, choice.min_share)
        at, numbers = rows.tolist(), topics.tolist()
        found: list[list[object]] = [[some.ids[i] for i in at], [some.tokens[i] for i in at], numbers]
        found += [[own_names[topic] for topic in numbers]] if own_names else []
        found.append(some.theta[rows, topics].tolist())
        return Block([*found, *([values[i] for i in at] for values in some.metadata)])

    return Table([*columns, *_metadata_columns(model, columns)], map(block, documents(model)))


def _metadata_columns(model: Model, columns: list[Column]) -> list[Column]:
    kinds: list[Kind] = ["float" if kind == "number" else "text" for kind in model.metadata_types.values()]
    own = metadata_columns(model.metadata_types, [column.name for column in columns])
    return [Column(name, kind) for name, kind in zip(own, kinds, strict=True)]


def largest_shares(theta: Float32, top: int | None, min_share: float) -> tuple[Int64, Int64]:
    """Return document and topic of each share that is wanted: the documents in order, the largest first.

    theta : (n, K)
    top : topics of a document at most; min_share : shares below it are left out
    """
    # as float64, since a float32 would be compared with a rounded limit
    rows, topics = np.nonzero(theta.astype(np.float64) >= min_share)
    order = np.lexsort((-theta[rows, topics], rows))  # equal shares stay in the order of their topics
    rows, topics = rows[order], topics[order]
    if top is not None:
        is_wanted = np.arange(len(rows)) - np.searchsorted(rows, rows) < top
        rows, topics = rows[is_wanted], topics[is_wanted]
    return rows, topics
