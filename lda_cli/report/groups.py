"""The groups of the documents by their metadata, packed: as `export by --long` has them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ConfigError, safe
from ..model.model import Model
from .packing import Pack

_GROUPS_AT_MOST = 120  # of a field that nobody asked for
_BINS = {
    "text": ("",),
    "date": (":year", ":decade"),
    "number": ("", ":2", ":5", ":10", ":50", ":100", ":1000"),
}


def add_groups(pack: Pack, model: Model, fields: Sequence[str]) -> None:
    """Add the groups by each of the fields, or by all fields that have a few values, dates by year.

    Raises ConfigError as `Model.by` does for a field that is asked for.
    """
    found: list[dict[str, Any]] = []
    for field in fields or _fields(model):
        groups = model.by(field)
        name = f"group.{len(found)}"
        pack.array(f"{name}.shares", np.array([group.shares for group in groups], np.float32))
        for edge in ("low", "high"):
            edges = [getattr(group, edge) for group in groups]
            empty = np.full(model.n_topics, -1.0)  # nothing is known of a group of one document
            filled = [empty if each is None else each for each in edges]
            pack.array(f"{name}.{edge}", np.array(filled, np.float32))
        facts = {
            "field": field,
            "ordered": model.metadata_types[_name(model, field)] != "text",
            "values": [
                safe(group.value) if isinstance(group.value, str) else group.value for group in groups
            ],
            "documents": [group.documents for group in groups],
            "tokens": [group.tokens for group in groups],
        }
        found.append(facts)
    pack.facts["groups"] = found


def _name(model: Model, field: str) -> str:
    return field if field in model.metadata_types else field.rpartition(":")[0]


def _fields(model: Model) -> list[str]:
    """Return the fields with the first bins that make some groups, but not too many to look at."""
    if not model.documents:
        return []
    found = []
    for field, kind in model.metadata_types.items():
        for bins in _BINS[kind]:
            try:
                values, _ = model.grouped(field + bins)
            except ConfigError:
                continue
            if len(values) <= _GROUPS_AT_MOST:
                found += [field + bins] if len(values) > 1 else []
                break
    return found
