"""The documents that show a topic best: one pass over theta, for all topics at once."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..engine.arrays import Float64, Int64
from ..engine.posterior import ABOVE_MEAN, lower_share, most_lower_share, near_lower_share
from .documents import Documents

_ROWS = 1024  # documents at a time
# Of each topic and _ROWS, the exact quantile is computed of so many more documents than wanted: those with
# the largest approximate one. The exact one is at most 0.7 / gamma_d. above it, so that a document is missed
# only if some hundreds of the _ROWS are that close.
_MORE = 256


class BestDocument(NamedTuple):
    """A document that shows a topic.

    rank : from 1, within the topic
    number, id : of the document
    share : of the topic in the document, E[theta]
    low : the share is at least this with probability 95%, under q; documents are ranked by it
    tokens : occurrences of known words
    """

    topic: int
    rank: int
    number: int
    id: str
    share: float
    low: float
    tokens: int


class _Found(NamedTuple):
    """Some documents for some topics: (n,) each. `column` is the place of the topic among those wanted."""

    column: Int64
    number: Int64
    share: Float64
    low: Float64

    def at(self, places: Int64) -> "_Found":
        """Return the entries at some places."""
        return _Found(self.column[places], self.number[places], self.share[places], self.low[places])

    def with_(self, other: "_Found") -> "_Found":
        """Return these entries, and then the others."""
        column, number = np.append(self.column, other.column), np.append(self.number, other.number)
        return _Found(column, number, np.append(self.share, other.share), np.append(self.low, other.low))


def best_documents(
    documents: Documents, alpha: Float64, topics: Sequence[int], top: int
) -> list[BestDocument]:
    """Return the `top` documents of each topic, the largest `low` first, equal ones by number.

    topics : distinct numbers

    A document without tokens is never among them. `low` grows with the share and with the length of the
    document, so that three words of one topic are no reason to be first.
    """
    wanted = np.array(topics, np.int64)
    best = _Found(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    least = np.zeros(len(topics))  # what `low` must be at least
    for found in _candidates(documents, alpha, wanted, top, least):
        both = best.with_(found)
        best = both.at(_firsts(both.column, both.low, top))
        counts = np.bincount(best.column, minlength=len(topics))
        lasts = np.cumsum(counts)[counts == top] - 1
        least[counts == top] = best.low[lasts]
    ranks = _ranks(best.column) + 1
    ids = documents.ids_of(best.number.tolist())
    return [
        BestDocument(topics[column], rank, number, ids[number], share, low, int(documents.lengths[number]))
        for column, number, share, low, rank in zip(
            *(values.tolist() for values in (*best, ranks)), strict=True
        )
    ]


def _candidates(
    documents: Documents, alpha: Float64, topics: Int64, top: int, least: Float64
) -> Iterator[_Found]:
    """Yield those documents, in their order, whose `low` may be `least`, which the caller raises meanwhile.

    least : (n,), for each topic
    """
    sum_of_alpha = float(alpha.sum())
    is_all = np.array_equal(topics, np.arange(len(alpha)))
    for first, block in documents.blocks():
        for begin in range(0, len(block), _ROWS):
            theta = block[begin : begin + _ROWS]
            number = first + begin
            tokens = documents.lengths[number : number + len(theta)]
            theta = theta if is_all else theta[:, topics]
            enough = theta >= (least - ABOVE_MEAN).astype(np.float32)
            enough &= tokens[:, None] > 0
            rows, columns = np.divmod(np.flatnonzero(enough), len(topics))
            shares: Float64 = theta[rows, columns].astype(np.float64)
            totals = tokens[rows].astype(np.float64) + sum_of_alpha
            near = near_lower_share(shares, totals)
            some = np.flatnonzero(most_lower_share(near, totals) >= least[columns])
            some = some[_firsts(columns[some], near[some], top + _MORE)]
            columns, shares = columns[some], shares[some]
            low = lower_share(shares, alpha[topics[columns]], totals[some], sum_of_alpha)
            found = _Found(columns, rows[some] + number, shares, low)
            yield found.at(np.argsort(found.number, kind="stable"))


def _firsts(columns: Int64, scores: Float64, n: int) -> Int64:
    """Return the places of the n largest scores of each column, by column, the largest first.

    Equal scores stay in their order.
    """
    order = np.lexsort((-scores, columns))
    found: Int64 = order[_ranks(columns[order]) < n]
    return found


def _ranks(columns: Int64) -> Int64:
    """Return the place of each entry within its column, from 0; columns : in increasing order."""
    return np.arange(len(columns)) - np.searchsorted(columns, columns)
