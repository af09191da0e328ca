"""Documents and topics as a graph in GEXF 1.3 (gexf.net), which Gephi and networkx read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

import numpy as np

from ..engine.similarity import jensen_shannon_distances
from ..errors import safe
from ..model.model import Model
from ..table_text import DECIMALS
from . import Choice
from .documents import documents, largest_shares

_WORDS = 10
# of nodes; the metadata follow
_ATTRIBUTES = {"kind": "string", "tokens": "double", "name": "string", "share": "double", "words": "string"}
_BEGIN = """<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" version="1.3">
<meta><creator>lda-cli</creator></meta>
<graph mode="static" defaultedgetype="undirected">
"""
_END = "</graph>\n</gexf>\n"


def write_graph(model: Model, choice: Choice, stream: BinaryIO) -> None:
    """Write nodes and edges, one by one.

    A topic is the node t:NUMBER, a document d:ID. An edge between them has the share of the topic in the
    document as its weight; with `topics_only` there are edges between topics, with 1 - distance.
    """
    stream.writelines(line.encode() for line in _gexf(model, choice))


def _gexf(model: Model, choice: Choice) -> Iterator[str]:
    types = {} if choice.topics_only else dict(model.metadata_types)
    own = {f"metadata.{name}": "double" if kind == "number" else "string" for name, kind in types.items()}
    yield _BEGIN
    yield '<attributes class="node">\n'
    for number, (name, kind) in enumerate((_ATTRIBUTES | own).items()):
        yield f"<attribute id={_quoted(number)} title={_quoted(name)} type={_quoted(kind)}/>\n"
    yield "</attributes>\n<nodes>\n"
    yield from _topic_nodes(model)
    repeated = set() if choice.topics_only else _repeated(model)
    yield from () if choice.topics_only else _document_nodes(model, repeated)
    yield "</nodes>\n<edges>\n"
    edges = _topic_edges(model) if choice.topics_only else _share_edges(model, choice.min_share, repeated)
    for number, (source, target, weight) in enumerate(edges):
        yield (
            f'<edge id="{number}" source={_quoted(source)} target={_quoted(target)} '
            f'weight="{round(weight, DECIMALS)}"/>\n'
        )
    yield "</edges>\n" + _END


def _topic_nodes(model: Model) -> Iterator[str]:
    for topic, name in zip(model.topics(_WORDS), model.names, strict=True):
        tokens = float(model.topic_counts[topic.number])
        words = " ".join(term for term, _ in topic.words)
        values = ("topic", tokens, name, topic.share, words)
        yield _node(f"t:{topic.number}", name, dict(enumerate(values)))


def _document_nodes(model: Model, repeated: set[int]) -> Iterator[str]:
    for some in documents(model):
        rows = zip(*some.metadata, strict=True) if some.metadata else iter([()] * len(some.ids))
        for number, (own, tokens, row) in enumerate(
            zip(some.ids, some.tokens, rows, strict=True), some.first
        ):
            values = {0: "document", 1: tokens} | dict(enumerate(row, len(_ATTRIBUTES)))
            yield _node(_document(own, number, repeated), own, values)


def _node(node: str, label: str, values: Mapping[int, object]) -> str:
    held = "".join(
        f"<attvalue for={_quoted(number)} value={_quoted(value)}/>"
        for number, value in values.items()
        if value is not None
    )
    return f"<node id={_quoted(node)} label={_quoted(label)}><attvalues>{held}</attvalues></node>\n"


def _share_edges(model: Model, min_share: float, repeated: set[int]) -> Iterator[tuple[str, str, float]]:
    for some in documents(model):
        rows, topics = largest_shares(some.theta, None, min_share)
        shares = some.theta[rows, topics].tolist()
        for row, topic, share in zip(rows.tolist(), topics.tolist(), shares, strict=True):
            yield _document(some.ids[row], some.first + row, repeated), f"t:{topic}", share


def _topic_edges(model: Model) -> Iterator[tuple[str, str, float]]:
    distances = jensen_shannon_distances(model.phi)
    for a, b in zip(*np.triu_indices(model.n_topics, 1), strict=True):
        yield f"t:{a}", f"t:{b}", 1 - float(distances[a, b])


def _document(own: str, number: int, repeated: set[int]) -> str:
    """Return the id of a node, which no other node has."""
    return f"d:{own}#{number}" if number in repeated else f"d:{own}"


def _repeated(model: Model) -> set[int]:
    """Return the numbers of documents whose ids came before, by their hashes of 64 bits."""
    hashes = np.fromiter(_hashes(some.ids for some in documents(model)), np.int64)
    first = np.unique(hashes, return_index=True)[1]
    return set(np.setdiff1d(np.arange(len(hashes)), first, assume_unique=True).tolist())


def _hashes(blocks: Iterable[list[str]]) -> Iterator[int]:
    for ids in blocks:
        yield from map(hash, ids)


def _quoted(value: object) -> str:
    """Return an attribute's value in quotes; characters that XML does not allow are escaped as \\xNN."""
    return quoteattr(safe(str(value)))
