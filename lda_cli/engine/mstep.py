"""The M-step: expected counts as a sum of contributions, one for each minibatch, and Phi from them.

S = sum_b C_b (Neal and Hinton 1998). S is float64, so that many subtractions and additions of contributions
do not add up to an error; the contributions, which take most of the memory, are float32.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Float, Float32, Float64, Int32, Int64
from .counts import Keep, keep_in_memory
from .decorrelation import Decorrelation, inverse
from .estep import Collapsed, Documents, EStep, Map, documents, ranges
from .kernel import kernel
from .schedule import Pass

# With eta = 0, a term of one minibatch only has no topic when that minibatch is left out: this is eta then.
LEAST_PSEUDO_COUNT = 1e-6

# The counts by term, 8 bytes an entry, are kept if the corpus has no more entries than this. Otherwise each
# visit sorts them again, in a few hundredths of its time.
KEPT_ENTRIES = 1 << 24

# With so many topics, the weights of the topics of a document above LEAST_WEIGHT are listed if they are at
# most this share of all. The E-step sets the weight of a topic that a document has lost to exp(-50).
MANY_TOPICS, LEAST_WEIGHT, MOST_LIVE = 256, 2e-22, 0.125

# Cells of Phi for which the M-step has temporaries, 8 bytes each: they stay in the cache.
CELLS_AT_A_TIME = 1 << 18

# With eta = 0, a topic with fewer expected tokens than this is dead: the rest is rounding error.
DEAD = 1e-9


class ByTerm(NamedTuple):
    """CSC of a minibatch's counts: term u has the entries starts[u] to starts[u + 1] - 1.

    starts : (U + 1,) int64
    docs : (nnz,) int32, the document of each entry
    places : (nnz,) int32, the index of each entry in the CSR
    """

    starts: Int64
    docs: Int32
    places: Int32


def by_term(docs: Documents) -> ByTerm:
    """Sort the entries of a minibatch by term."""
    places = np.arange(len(docs.indices), dtype=np.int32)
    shape = (docs.n_documents, docs.n_terms)
    found = csr_matrix((places, docs.indices, docs.indptr), shape).tocsc()
    return ByTerm(found.indptr.astype(np.int64), found.indices.astype(np.int32, copy=False), found.data)


@dataclass
class Minibatch:
    """Documents, and their contribution to S from the last visit.

    indptr, blocks : as in `Documents`
    indices, counts : return the other arrays of `Documents` from where they are stored
    terms : (U,) the column in the whole vocabulary of each term of these documents
    entries : the entries by term, if they are kept
    contribution : C_b, (U, K); totals : (K,) its sum over terms
    term_ranges : the ranges of terms that the kernel works on at a time
    """

    indptr: Int64
    blocks: list[Int64]
    indices: Callable[[], Int32]
    counts: Callable[[], Int32]
    terms: Int64
    entries: ByTerm | None
    contribution: Float32
    totals: Float64
    term_ranges: list[tuple[int, int]]

    def documents(self) -> Documents:
        """Read the documents, whose columns are `terms`. Drop them after a visit, to save memory."""
        return Documents(self.indptr, self.indices(), self.counts(), len(self.terms), self.blocks)


def minibatch(
    counts: csr_matrix, n_topics: int, keep: Keep = keep_in_memory, keep_by_term: bool = True
) -> Minibatch:
    """Make a minibatch that was never visited.

    counts : (D, V) CSR of int32, no document empty
    keep : stores the entries
    keep_by_term : whether to keep the entries by term too, in memory
    """
    terms, own = of_own_terms(counts)
    docs = documents(own, n_topics)
    return Minibatch(
        docs.indptr,
        docs.blocks,
        keep(docs.indices),
        keep(docs.counts),
        terms,
        by_term(docs) if keep_by_term else None,
        np.zeros((len(terms), n_topics), np.float32),
        np.zeros(n_topics),
        ranges(np.bincount(own.indices, minlength=len(terms)), n_topics),
    )


def of_own_terms(counts: csr_matrix) -> tuple[Int64, csr_matrix]:
    """Return the columns of (D, V) counts that have an entry, (U,), and the counts of these, (D, U)."""
    terms = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]))
    column_of = np.zeros(counts.shape[1], np.int32)
    column_of[terms] = np.arange(len(terms), dtype=np.int32)
    shape = (counts.shape[0], len(terms))
    return terms, csr_matrix((counts.data, column_of[counts.indices], counts.indptr), shape)


class Sent(NamedTuple):
    """What a shard (shards.py) must know of S beside its rows.

    totals : (K,), its sums over terms; n_terms : V
    kept, decorrelation : as of `ExpectedCounts`
    """

    totals: Float64
    n_terms: int
    eta: float
    kept: Float64 | None
    decorrelation: Decorrelation | None


class Factors(NamedTuple):
    """What makes Phi of expected counts, the same for every term, as `minibatch_phi` of a kernel takes it.

    scale : (K,), 1 / sum_w (sstats_wt + eta)
    normaliser, strength : (K,), of decorrelation; or None
    """

    eta: float
    scale: Float32
    normaliser: Float32 | None
    strength: Float32 | None


def factors(
    totals: Float64, eta: float, n_terms: int, decorrelation: Decorrelation | None, kept: Float64 | None
) -> Factors:
    """Return the factors of counts whose sums over terms are `totals`, (K,).

    kept : as of `ExpectedCounts`
    """
    denominator, normaliser, strength = totals + n_terms * eta, None, None
    if decorrelation is not None and kept is not None:
        normaliser = inverse(denominator).astype(np.float32)
        strength = decorrelation.strength.astype(np.float32)
        denominator = totals * kept + n_terms * eta
    is_alive = denominator > (0 if eta else DEAD)
    scale = np.divide(1, denominator, out=np.zeros_like(denominator), where=is_alive).astype(np.float32)
    return Factors(eta, scale, normaliser, strength)


class ExpectedCounts:
    """S; and in the first pass the random start, which stands in for the documents not visited yet.

    sstats : (V, K) float64, with P of prior.py in it; totals : (K,) its sum over terms
    kept : (K,), the share of its tokens that a topic keeps in decorrelation; or None
    """

    def __init__(
        self,
        start: Float32,
        eta: float,
        parallel: Map,
        prior: csr_matrix | None = None,
        decorrelation: Decorrelation | None = None,
    ) -> None:
        """Start: (V, K) float32, random expected counts of the whole corpus; prior : (V, K), P."""
        self.sstats: Float64 = np.zeros(start.shape) if prior is None else prior.toarray()
        self.totals: Float64 = self.sstats.sum(axis=0)
        self._start: Float32 | None = start
        self._start_totals: Float64 = start.sum(axis=0, dtype=np.float64)
        self._eta = eta
        self._parallel = parallel
        self._decorrelation = decorrelation
        self._room: Float32 = np.empty(0, np.float32)
        self.kept = None if decorrelation is None else decorrelation.kept(start, eta)

    def minibatch_phi(self, batch: Minibatch, plan: Pass, unseen: float) -> Float32:
        """Phi ** power of a minibatch's terms: (U, K) float32, until the next call.

        unseen : the share of the documents that were not visited yet; the start stands in for them
        """
        eta, totals = self._eta, self.totals
        start = self._start if unseen > 0 else None
        if start is not None:
            totals = totals + unseen * self._start_totals
        elif plan.leave_out:
            totals = totals - batch.totals
            eta = max(eta, LEAST_PSEUDO_COUNT)
        how = factors(totals, eta, len(self.sstats), self._decorrelation, self.kept)
        term_weights = self._room_for(batch)
        run = kernel().minibatch_phi

        def part(edges: tuple[int, int]) -> None:
            run(
                *edges,
                batch.terms,
                self.sstats,
                batch.contribution,
                start,
                unseen,
                plan.leave_out,
                *how,
                plan.power,
                term_weights,
            )

        for _ in self._parallel(part, batch.term_ranges):
            pass
        return term_weights

    def _room_for(self, batch: Minibatch) -> Float32:
        """Return memory for `minibatch_phi`: the same in a pass, because the system clears new memory."""
        size, shape = batch.contribution.size, batch.contribution.shape
        if self._room.size < size:
            self._room = np.empty(size, np.float32)
        return self._room[:size].reshape(shape)

    def update_sstats(
        self, batch: Minibatch, docs: Documents, plan: Pass, found: EStep | Collapsed, term_weights: Float32
    ) -> float:
        """Replace the contribution of a minibatch by the new one, with the relaxation of the pass.

        docs, found : its documents, and their E-step

        Returns sum_wt expected_wt log Phi_tw over the minibatch.
        """
        run = kernel().update_sstats
        entries = batch.entries or by_term(docs)
        q = q_of(found)

        def part(edges: tuple[int, int]) -> tuple[float, Float64]:
            change = np.zeros_like(self.totals)
            cross = run(
                *edges,
                *entries,
                batch.terms,
                *q,
                term_weights,
                plan.power,
                plan.relaxation,
                batch.contribution,
                self.sstats,
                change,
            )
            return cross, change

        total = 0.0
        for cross, change in self._parallel(part, batch.term_ranges):
            total += cross
            batch.totals += change
            self.totals += change
        return total

    def sent(self, terms: Int64, unseen: float) -> tuple[Float32, Sent]:
        """Return the rows of some terms, and what else a shard must know (shards.py).

        unseen : as for `minibatch_phi`; the start is then in the rows and totals
        """
        rows, totals = np.empty((len(terms), len(self.totals)), np.float32), self.totals
        start = self._start if unseen > 0 else None
        if start is not None:
            totals = totals + unseen * self._start_totals
        step = max(1, CELLS_AT_A_TIME // len(totals))
        for first in range(0, len(terms), step):
            some = slice(first, first + step)
            rows[some] = self.sstats[terms[some]]
            if start is not None:
                rows[some] += np.float32(unseen) * start[terms[some]]
        return rows, Sent(totals, len(self.sstats), self._eta, self.kept, self._decorrelation)

    def add(self, terms: Int64, counts: Float, totals: Float64) -> None:
        """Add to the rows of some terms, each at most once: (n, K); totals : (K,), its sums."""
        step = max(1, CELLS_AT_A_TIME // len(totals))
        for first in range(0, len(terms), step):
            some = slice(first, first + step)
            self.sstats[terms[some]] += counts[some]
        self.totals += totals

    def forget_start(self) -> None:
        """Free the memory of the start, when every document was visited."""
        self._start = None

    def end_pass(self) -> None:
        """Compute `kept` anew, and free the memory of the visits."""
        self._room = np.empty(0, np.float32)
        if self._decorrelation is not None:
            self.kept = self._decorrelation.kept(self.sstats, self._eta)


def q_of(found: EStep | Collapsed) -> tuple[np.ndarray | None, ...]:
    """q(z) as `update_sstats` of a kernel takes it, from `ratio` to `live_weights`.

    Of many topics most have the smallest weight in a document, and add nothing to the counts: the others are
    listed if they are few.
    """
    if isinstance(found, Collapsed):
        return None, None, found.shares, None, None, None
    n_docs, n_topics = found.weights.shape
    if n_topics >= MANY_TOPICS:
        places = np.flatnonzero(found.weights > LEAST_WEIGHT)
        if len(places) <= MOST_LIVE * found.weights.size:
            starts = np.searchsorted(places, np.arange(n_docs + 1) * n_topics).astype(np.int64)
            topics = (places % n_topics).astype(np.int32)
            return found.ratio, None, None, starts, topics, found.weights.ravel()[places]
    return found.ratio, found.weights, None, None, None, None


def initial_sstats(occurrences: Float64, n_topics: int, rng: np.random.Generator) -> Float32:
    """S0_wt = occurrences_w / K * g_wt, with g drawn from Gamma(1, 1): (V, K) float32; occurrences : (V,)."""
    noise = rng.standard_exponential((len(occurrences), n_topics), dtype=np.float32)
    noise *= occurrences.astype(np.float32)[:, None] / np.float32(n_topics)
    return noise


def m_step(
    sstats: Float, eta: float, decorrelation: Decorrelation | None = None, n_averaged: int = 1
) -> Float32:
    """Phi_tw = (sstats_wt + eta) / sum_w (sstats_wt + eta): (K, V) float32, computed in float64.

    With eta > 0 this is the maximum a posteriori under Dir(1 + eta). A dead topic, which only eta = 0 allows,
    gets the uniform distribution. sstats : (V, K), expected counts; negative ones count as 0

    decorrelation : lowers the counts before eta is added
    n_averaged : sstats is the sum of so many, and their mean counts
    """
    n_terms, n_topics = sstats.shape
    if decorrelation is not None:
        corrected = np.empty(sstats.shape)
        for rows, counts in decorrelation.corrected(sstats / n_averaged, eta):
            corrected[rows] = counts
        sstats, n_averaged = corrected, 1
    is_dead = dead(sstats / n_averaged) if not eta else np.zeros(n_topics, bool)
    phi = np.empty((n_topics, n_terms), np.float32)
    step = max(1, CELLS_AT_A_TIME // n_terms)
    for first in range(0, n_topics, step):
        some = slice(first, first + step)
        expected = np.maximum(sstats[:, some].T / n_averaged, 0, dtype=np.float64)
        expected += eta
        totals = expected.sum(axis=1, keepdims=True)
        expected[is_dead[some]], totals[is_dead[some]] = 1.0, n_terms
        np.divide(expected, totals, out=phi[some], casting="same_kind")
    return phi


def rows_of_terms(phi: Float32, terms: Int64) -> Float32:
    """Return Phi of some terms, (U, K); phi : (K, V). There is no second copy on the way."""
    rows = np.empty((len(terms), len(phi)), np.float32)
    step = max(1, CELLS_AT_A_TIME // len(terms))
    for first in range(0, len(phi), step):
        rows[:, first : first + step] = phi[first : first + step, terms].T
    return rows


def dead(sstats: Float) -> np.ndarray:
    """Which topics have no tokens left: (K,) bool; sstats : (V, K)."""
    is_dead: np.ndarray = sstats.sum(axis=0, dtype=np.float64) <= DEAD
    return is_dead
