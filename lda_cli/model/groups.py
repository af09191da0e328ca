"""Mean shares of the topics by the values of a metadata field: `Model.by`, one pass over theta."""

from collections import defaultdict
from itertools import chain
from operator import itemgetter
from typing import Literal, NamedTuple

import numpy as np

from ..config.complaints import complaint
from ..corpus.formats.records import Value
from ..corpus.metadata.types import Type, Types, is_of
from ..engine.arrays import Float64, Int32
from ..engine.posterior import GroupSums
from ..errors import ConfigError, ModelError
from .bins import Size, bins, field_and_size
from .documents import METADATA, Documents

Weights = Literal["tokens", "documents"]

_CELLS_AT_MOST = 10_000_000  # groups times topics: 320 MB of sums
IN_NO_GROUP = -1


class Group(NamedTuple):
    """The documents with one value of a field, or with values in one bin.

    value : None for the documents that have none, or the label of a bin
    documents : those that have a token; the others say nothing of their topics, and are left out
    tokens : of these documents
    shares : (K,), mean shares of the topics
    low, high : (K,), the mean is between them with probability 95%; None for a group of one document, since
        nothing tells how much its documents differ, or if they were not asked for
    """

    value: Value
    documents: int
    tokens: int
    shares: Float64
    low: Float64 | None
    high: Float64 | None


def by(
    documents: Documents, alpha: Float64, types: Types, field: str, weights: Weights, *, intervals: bool
) -> list[Group]:
    """Return the groups by a field, in the order of their values; those without one come last.

    field : a name in `types`, or with bins, as `field_and_size` takes it
    weights : of a document in a mean: its tokens, or 1
    intervals : whether `low` and `high` are wanted

    Means and intervals are those of engine/posterior.py.

    Raises ConfigError for an unknown field or bin, and for more groups than memory is good for.
    """
    values, group_of = grouped(documents, types, field)
    sums, tokens = GroupSums(len(values), len(alpha)), np.zeros(len(values), np.int64)
    for first, theta in documents.blocks():
        here = slice(first, first + len(theta))
        some = np.flatnonzero(group_of[here] != IN_NO_GROUP)
        groups, lengths = group_of[here][some], documents.lengths[here][some].astype(np.float64)
        w = lengths if weights == "tokens" else np.ones(len(some))
        sums.add(groups, theta if len(some) == len(theta) else theta[some], w, lengths + alpha.sum())
        np.add.at(tokens, groups, lengths.astype(np.int64))
    shares = sums.means()
    if not np.isfinite(shares).all():
        raise ModelError("theta.npy of the model is damaged; train it again")
    several = np.flatnonzero((sums.n_documents > 1) & intervals)
    bounds = dict(zip(several.tolist(), zip(*sums.intervals(several), strict=True), strict=True))
    return [
        Group(value, int(sums.n_documents[g]), int(tokens[g]), shares[g], *bounds.get(g, (None, None)))
        for g, value in enumerate(values)
    ]


def grouped(documents: Documents, types: Types, field: str) -> tuple[list[Value], Int32]:
    """Return the value or label of each group, in order, and the group of each document: (D,).

    A document without tokens is in no group: IN_NO_GROUP. `field` and the errors are those of `by`.
    """
    name, size = field_and_size(field, types)
    values, group_of = _groups(documents, name, types[name], size)
    if len(values) * documents.shape[1] > _CELLS_AT_MOST:
        remedy = "choose a field with fewer, or bins such as year:5 or date:month"
        raise complaint(f"metadata field {name}", f"{len(values):,} values are too many groups; {remedy}")
    return values, group_of


def _groups(documents: Documents, field: str, kind: Type, size: Size) -> tuple[list[Value], Int32]:
    """As `grouped`, of a field that the model has."""
    numbers: defaultdict[Value, int] = defaultdict()
    numbers.default_factory = numbers.__len__  # values are numbered as they come
    try:
        found = map(itemgetter(field), chain.from_iterable(documents.rows()))
        which = np.fromiter(map(numbers.__getitem__, found), np.int32)
    except (ValueError, KeyError, TypeError):  # no JSON, no such field, a list as its value
        which = np.zeros(0, np.int32)
    if len(which) != len(documents) or not all(is_of(value, kind) for value in numbers):
        raise ModelError(f"{METADATA} of the model is damaged; train it again")
    has_tokens = documents.lengths > 0
    if not has_tokens.any():
        raise ConfigError("no training document has a known word, so that no group has topics")
    is_used = np.bincount(which[has_tokens], minlength=len(numbers)) > 0
    bin_of = bins([value for value, used in zip(numbers, is_used, strict=True) if used], kind, size)
    ordered = sorted(set(bin_of))
    place = {one: number for number, one in enumerate(ordered)}
    group_of = np.full(len(numbers), IN_NO_GROUP, np.int32)
    group_of[is_used] = [place[one] for one in bin_of]
    return [one.label for one in ordered], np.where(has_tokens, group_of[which], IN_NO_GROUP)
