"""The training documents, packed: ids, lengths, largest topics, metadata, and the best of each topic."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..corpus.formats.records import Value
from ..engine.arrays import Bools, Int
from ..export.documents import documents, largest_shares
from ..model.model import Model
from ..model.ranking import BestDocument
from .packing import Lines, Pack
from .topics import THOUSAND

TOPICS, LEAST_SHARE = 8, 0.02  # of a document


def add_documents(pack: Pack, model: Model, wanted: Bools) -> None:
    """Add the documents that are wanted, (D,), in their order."""
    ids = Lines()
    parts: dict[str, list[Int]] = {name: [] for name in ("lengths", "topics", "shares", "tokens")}
    fields = {field: _Field() for field in model.metadata_types}
    for some in documents(model):
        places = np.flatnonzero(wanted[some.first : some.first + len(some.ids)])
        theta = some.theta[places]
        rows, own = largest_shares(theta, TOPICS, LEAST_SHARE)
        at = places.tolist()
        ids.add(some.ids[place] for place in at)
        parts["lengths"].append(np.bincount(rows, minlength=len(places)).astype(np.uint8))
        parts["topics"].append(own.astype(np.int32))
        shares = theta[rows, own].astype(np.float64)
        parts["shares"].append(np.rint(shares * THOUSAND).astype(np.uint16))
        parts["tokens"].append(np.array(some.tokens, np.int32)[places])
        for field, values in zip(fields.values(), some.metadata, strict=True):
            field.add(values[place] for place in at)
    pack.text("ids", ids)
    pack.whole("document.numbers", np.flatnonzero(wanted))
    for name, found in parts.items():
        pack.whole(f"document.{name}", _joined(found))
    for name, field in fields.items():
        pack.whole(f"field.{name}", _joined(field.parts))
    pack.facts["fields"] = [{"field": name, "values": list(field.numbers)} for name, field in fields.items()]


class _Field:
    """The values of a field, as the numbers of its distinct values."""

    def __init__(self) -> None:
        self.numbers: dict[Value, int] = {}
        self.parts: list[Int] = []

    def add(self, values: Iterable[Value]) -> None:
        own = [self.numbers.setdefault(value, len(self.numbers)) for value in values]
        self.parts.append(np.array(own, np.int32))


def _joined(parts: Sequence[Int]) -> Int:
    return np.concatenate([np.zeros(0, np.uint8), *parts])


def add_best(pack: Pack, best: Sequence[BestDocument]) -> None:
    """Add the best documents of each topic, by topic and rank; their numbers are those of the model."""
    for name in ("topic", "number"):
        pack.whole(f"best.{name}", [getattr(document, name) for document in best])
    for name in ("share", "low"):
        pack.array(f"best.{name}", np.array([getattr(document, name) for document in best], np.float64))
