"""The visit of a shard: documents that keep their contribution to S, and know of S only what is sent to them.

A minibatch may be divided into shards, which are visited together. Each gets the rows of S of the terms of
the minibatch, leaves its own last contribution out, and returns how its new contribution changes them. The
changes of all shards are summed in a fixed binary tree by the number of the shard, in float64,

    ((0 + 1) + (2 + 3)) + ...

so the sum has the same bytes wherever and in whatever order the shards are visited. Float32 is what is sent:
S that is read, and the change of one shard.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Float, Float32, Float64, Int32
from .estep import Collapsed, Documents, EStep, Map, documents, ranges
from .kernel import kernel
from .mstep import LEAST_PSEUDO_COUNT, ByTerm, Minibatch, Sent, by_term, factors, q_of
from .schedule import Pass
from .visits import Step, Visit, visit


class Shard(NamedTuple):
    """D documents of a minibatch, over their own U terms. Arrays only, so that it can be stored and sent.

    indptr, indices, counts : CSR, (D, U), int64, int32, int32
    places : (U,) int32, each term's place among those of the minibatch, in order
    rows : (D,) int32, numbers of the documents in the corpus
    alpha_rows : (D,) int32, their rows of alpha; None if there is one alpha
    """

    indptr: np.ndarray
    indices: Int32
    counts: Int32
    places: Int32
    rows: Int32
    alpha_rows: Int32 | None

    def documents(self, n_topics: int) -> Documents:
        """Return the documents, divided into blocks."""
        shape = len(self.rows), len(self.places)
        found = documents(csr_matrix((self.counts, self.indices, self.indptr), shape), n_topics)
        return found._replace(alpha_rows=self.alpha_rows)


class Ready(NamedTuple):
    """A shard and what every visit needs of it: see `Minibatch`."""

    shard: Shard
    documents: Documents
    entries: ByTerm
    term_ranges: list[tuple[int, int]]

    @classmethod
    def of(cls, shard: Shard, n_topics: int) -> Self:
        """Make a shard ready."""
        docs = shard.documents(n_topics)
        entries = by_term(docs)
        return cls(shard, docs, entries, ranges(np.diff(entries.starts), n_topics))


class Change(NamedTuple):
    """What visits to shards change.

    places : (n,) int32, places of their terms among those of the minibatch, in order
    counts : (n, K), added to the rows of S, float32 of one shard, float64 of several; totals : (K,), its sums
    visit : sums over their documents
    seconds : of computing
    """

    places: Int32
    counts: Float
    totals: Float64
    visit: Visit
    seconds: float


def visit_shard(
    ready: Ready,
    contribution: Float32,
    rows: Float32,
    sent: Sent,
    step: Step,
    last_gamma: Float32 | None,
    parallel: Map,
) -> tuple[Change, Float]:
    """Visit the documents of a shard. Returns what it changes, without the seconds, and gamma, (D, K).

    contribution : (U, K), of the last visit; it is replaced
    rows : (U, K), S of the terms of the shard; it is overwritten
    last_gamma : as for `visit`
    """
    docs = ready.documents
    batch = Minibatch(
        *(docs.indptr, docs.blocks, lambda: docs.indices, lambda: docs.counts),
        *(np.arange(len(rows)), ready.entries, contribution, contribution.sum(axis=0, dtype=np.float64)),
        ready.term_ranges,
    )
    counts = _CountsOfAShard(rows, sent, parallel)
    found, gamma = visit(docs, batch, counts, step, last_gamma, parallel)
    return Change(ready.shard.places, counts.rows, counts.totals, found, 0.0), gamma


class _CountsOfAShard:
    """The rows of S of a shard's terms, until Phi is made of them; then how the contribution changes them.

    rows : (U, K) float32; totals : (K,) of the change
    """

    def __init__(self, rows: Float32, sent: Sent, parallel: Map) -> None:
        self.rows, self.totals = rows, np.zeros_like(sent.totals)
        self._sent, self._parallel = sent, parallel

    def minibatch_phi(self, batch: Minibatch, plan: Pass, unseen: float) -> Float32:
        """As of `ExpectedCounts`; the random start is in the rows if there are unseen documents."""
        sent = self._sent
        totals, eta, leave_out = sent.totals, sent.eta, plan.leave_out and not unseen
        if leave_out:
            totals, eta = totals - batch.totals, max(eta, LEAST_PSEUDO_COUNT)
        how = factors(totals, eta, sent.n_terms, sent.decorrelation, sent.kept)
        term_weights = np.empty(self.rows.shape, np.float32)
        run = kernel().minibatch_phi

        def part(edges: tuple[int, int]) -> None:
            some = slice(*edges)
            n = edges[1] - edges[0]
            rows, own, out = self.rows[some].astype(np.float64), batch.contribution[some], term_weights[some]
            run(0, n, batch.terms[:n], rows, own, None, 0.0, leave_out, *how, plan.power, out)

        for _ in self._parallel(part, batch.term_ranges):
            pass
        return term_weights

    def update_sstats(
        self, batch: Minibatch, docs: Documents, plan: Pass, found: EStep | Collapsed, term_weights: Float32
    ) -> float:
        """As of `ExpectedCounts`, but the rows become the change of S."""
        starts, *entries = batch.entries or by_term(docs)
        q, run = q_of(found), kernel().update_sstats

        def part(edges: tuple[int, int]) -> tuple[float, Float64]:
            first, last = edges
            some, n = slice(first, last), last - first
            change, totals = np.zeros((n, len(self.totals))), np.zeros_like(self.totals)
            of_terms = ByTerm(starts[first : last + 1], *entries)
            weights, own = term_weights[some], batch.contribution[some]
            cross = run(
                *(0, n, *of_terms, batch.terms[:n], *q, weights),
                *(plan.power, plan.relaxation, own, change, totals),
            )
            self.rows[some] = change
            return cross, totals

        total = 0.0
        for cross, totals in self._parallel(part, batch.term_ranges):
            total += cross
            self.totals += totals
        return total


def added(a: Change, b: Change) -> Change:
    """The sum of two changes; that of the lower shards is first."""
    n = 1 + max(int(part.places[-1]) for part in (a, b))
    is_there = np.zeros(n, bool)
    is_there[a.places] = is_there[b.places] = True
    row_of = np.cumsum(is_there, dtype=np.int32) - 1
    places = np.flatnonzero(is_there).astype(np.int32)
    counts = np.zeros((len(places), a.counts.shape[1]))
    counts[row_of[a.places]] = a.counts
    counts[row_of[b.places]] += b.counts
    return Change(places, counts, a.totals + b.totals, a.visit.plus(b.visit), a.seconds + b.seconds)


def summed(changes: Iterable[Change]) -> Change:
    """The sum of the changes of shards, in the order of their numbers; at most log2 of them are held."""
    held: list[tuple[int, Change]] = []  # how often each was added, and it

    def add() -> None:
        (_, low), (times, high) = held[-2:]
        held[-2:] = [(times + 1, added(low, high))]

    for change in changes:
        held.append((0, change))
        while len(held) > 1 and held[-1][0] == held[-2][0]:
            add()
    while len(held) > 1:
        add()
    return held[0][1]
