"""The training documents, packed: ids, lengths, largest topics, metadata, and the best of each topic."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..corpus.formats.records import Value
from ..engine.arrays import Bools
from ..export.documents import documents, largest_shares
from ..model.model import Model
from ..model.ranking import BestDocument
from .packing import Pack
from .topics import THOUSAND

TOPICS, LEAST_SHARE = 8, 0.02  # of a document


def add_documents(pack: Pack, model: Model, wanted: Bools) -> None:
    """Add the documents that are wanted, (D,), in their order."""
    ids: list[str] = []
    lengths, topics, shares, tokens = [], [], [], []
    metadata: dict[str, list[Value]] = {field: [] for field in model.metadata_types}
    for some in documents(model):
        places = np.flatnonzero(wanted[some.first : some.first + len(some.ids)])
        theta = some.theta[places]
        rows, own = largest_shares(theta, TOPICS, LEAST_SHARE)
        lengths.append(np.bincount(rows, minlength=len(places)))
        topics.append(own)
        shares.append(np.rint(theta[rows, own].astype(np.float64) * THOUSAND))
        at = places.tolist()
        ids += [some.ids[place] for place in at]
        tokens.append(np.array(some.tokens, np.int64)[places])
        for field, values in zip(metadata, some.metadata, strict=True):
            metadata[field] += [values[place] for place in at]
    pack.lines("ids", ids)
    pack.whole("document.numbers", np.flatnonzero(wanted))
    for name, parts in (("lengths", lengths), ("topics", topics), ("shares", shares), ("tokens", tokens)):
        pack.whole(f"document.{name}", np.concatenate([np.zeros(0, np.int64), *parts]))
    pack.facts["fields"] = [_add_field(pack, field, values) for field, values in metadata.items()]


def _add_field(pack: Pack, field: str, values: Sequence[Value]) -> dict[str, Any]:
    """Add the values of a field as numbers of its distinct values."""
    numbers: dict[Value, int] = {}
    pack.whole(f"field.{field}", [numbers.setdefault(value, len(numbers)) for value in values])
    return {"field": field, "values": list(numbers)}


def add_best(pack: Pack, best: Sequence[BestDocument]) -> None:
    """Add the best documents of each topic, by topic and rank; their numbers are those of the model."""
    for name in ("topic", "number"):
        pack.whole(f"best.{name}", [getattr(document, name) for document in best])
    for name in ("share", "low"):
        pack.array(f"best.{name}", np.array([getattr(document, name) for document in best], np.float64))
