"""What `lda-cli inspect --effects` prints: how values of metadata fields change the shares of topics."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import safe
from ..table_text import DECIMALS
from .tables import Table, in_cells, named, named_topic

if TYPE_CHECKING:
    from ..model.prevalence import LevelEffect


def of_effects(
    effects: "Iterable[LevelEffect]", topics: Sequence[int], names: Sequence[str], top: int | None
) -> Table:
    """A row per value of a field and topic.

    topics : their numbers
    names : of all topics of the model; without them there is no column
    top : so many topics of each value, those that it changes most; None for all, in the order of `topics`
    """
    header = ("field", "value", *named_topic(names), "share", "difference", "low", "high")
    rows, records = [], []
    flat: list[Sequence[object]] = [header]
    for field, level, step, effect in effects:
        value = level if step is None else f"+{step:.4g}"
        listed = topics
        if top is not None:
            sizes = np.abs(effect.change[list(topics)])
            listed = [topics[place] for place in np.argsort(-sizes, kind="stable")[:top]]
        for topic in listed:
            share, *changes = (round(float(numbers[topic]), DECIMALS) for numbers in effect)
            label = (field, value, *named(topic, names))
            signed = (f"{change:+.1%}" for change in changes)
            rows.append((*map(str, in_cells(label)), f"{share:.1%}", *signed))
            records.append(dict(zip(header, (*label, share, *changes), strict=True)))
            flat.append((*in_cells(label), share, *changes))
    return Table(tuple(map(safe, header)), rows, records, flat)
