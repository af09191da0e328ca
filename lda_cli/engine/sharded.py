"""Minibatches whose documents are divided into shards, which are visited wherever `Shards` has them.

The bytes of the result depend on the number of shards alone.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from .arrays import Float32, Float64, Int32, Int64
from .counts import Counts
from .estep import Documents
from .mstep import ExpectedCounts, Sent, of_own_terms, rows_of_terms
from .settings import Settings
from .shards import Change, Shard
from .theta_prior import ThetaPrior
from .visits import Step, Visit


class Shards(Protocol):
    """The shards of all minibatches, with their contributions and gamma.

    minibatch, number : of a shard
    """

    def put(self, minibatch: int, number: int, shard: Shard) -> None:
        """Store a shard."""

    def visit(self, minibatch: int, n_shards: int, rows: Float32, sent: Sent, step: Step) -> Change:
        """Visit the shards of a minibatch, keep their contributions, and return the sum of the changes.

        rows : (U, K), S of the terms of the minibatch
        """

    def posterior(
        self,
        minibatch: int,
        n_shards: int,
        rows: Float32,
        alpha: Float64,
        tolerance: float,
        max_iterations: int,
    ) -> Iterator[tuple[Float32, float]]:
        """Yield of each shard gamma of its documents under Phi, and the sum of their `document_terms`.

        rows : (U, K), Phi of the terms of the minibatch
        """

    def read(self, minibatch: int, number: int) -> Shard:
        """Read a shard."""

    def contribution(self, minibatch: int, number: int) -> Float32:
        """Return its contribution, which can be read, and filled before the first visit."""

    def gamma(self, minibatch: int, number: int) -> Float32:
        """Return gamma of its documents, as `contribution`."""

    def forget(self, minibatch: int, n_shards: int) -> None:
        """Reset the contributions of a minibatch to the state before the first visit."""

    def room(self, shape: tuple[int, int]) -> Float32:
        """Return zeros, for gamma of the whole corpus."""


class InShards:
    """A minibatch in shards.

    rows : the numbers of its documents in the corpus
    """

    def __init__(self, number: int, shards: Shards, parts: Sequence[Int64], n_topics: int) -> None:
        self.rows: Int32 = np.concatenate(parts).astype(np.int32)
        self.number, self.n_shards = number, len(parts)
        self._shards, self._n_topics = shards, n_topics
        self.gamma: Float32  # of the whole corpus
        self.terms: Int64 = np.zeros(0, np.int64)
        self.stored_bytes = 0

    def read(self, counts: Counts, prior: ThetaPrior, parts: Sequence[Int64]) -> Float64:
        """Read the counts of its documents and store the shards. Returns occurrences of all terms, (V,)."""
        occurrences = np.zeros(counts.shape[1])
        found = []
        for docs in parts:
            some = counts.rows(docs)
            occurrences += np.bincount(some.indices, some.data, counts.shape[1])
            found.append(of_own_terms(some))
        self.terms = np.flatnonzero(occurrences)
        for number, (docs, (terms, own)) in enumerate(zip(parts, found, strict=True)):
            places = np.searchsorted(self.terms, terms).astype(np.int32)
            own = own.indptr.astype(np.int64), own.indices, own.data  # noqa: PLW2901 - frees the matrix
            shard = Shard(*own, places, docs.astype(np.int32), prior.rows_of(docs))
            self._shards.put(self.number, number, shard)
            self.stored_bytes += 4 * len(terms) * self._n_topics
        return occurrences

    def visit(self, expected: ExpectedCounts, step: Step) -> Visit:
        rows, sent = expected.sent(self.terms, step.unseen)
        change = self._shards.visit(self.number, self.n_shards, rows, sent, step)
        expected.add(self.terms[change.places], change.counts, change.totals)
        return change.visit

    def posterior(self, phi: Float32, alpha: Float64, tolerance: float, max_iterations: int) -> float:
        found = self._shards.posterior(
            *(self.number, self.n_shards, rows_of_terms(phi, self.terms), alpha, tolerance, max_iterations)
        )
        total, first = 0.0, 0
        for gamma, terms in found:
            self.gamma[self.rows[first : first + len(gamma)]] = gamma
            first += len(gamma)
            total += terms
        return total

    def documents(self) -> Iterator[tuple[Documents, Int64]]:
        for number in range(self.n_shards):
            shard = self._shards.read(self.number, number)
            yield shard.documents(self._n_topics), self.terms[shard.places]

    def forget(self) -> None:
        self._shards.forget(self.number, self.n_shards)

    def arrays(self) -> Iterator[np.ndarray]:
        for number in range(self.n_shards):
            yield self._shards.contribution(self.number, number)

    def gammas(self) -> Iterator[np.ndarray]:
        """What a state has of gamma, after a plain visit."""
        for number in range(self.n_shards):
            yield self._shards.gamma(self.number, number)


class Sharded:
    """The minibatches of a training in shards."""

    is_atomic = True

    def __init__(
        self, counts: Counts, parts: Sequence[Int64], settings: Settings, prior: ThetaPrior, shards: Shards
    ) -> None:
        self.occurrences: Float64 = np.zeros(counts.shape[1])
        self.visited: list[InShards] = []
        for number, docs in enumerate(parts):
            of_shards = [np.sort(some) for some in np.array_split(docs, min(settings.n_shards, len(docs)))]
            made = InShards(number, shards, of_shards, len(settings.alpha))
            self.occurrences += made.read(counts, prior, of_shards)
            self.visited.append(made)
        self.n_parts = sum(visited.n_shards for visited in self.visited)
        self._room, self._shape = shards.room, (counts.shape[0], len(settings.alpha))
        self._gamma: Float32 | None = None

    @property
    def gamma(self) -> Float32:
        """(D, K) float32, of the last call of `posterior`."""
        if self._gamma is None:
            self._gamma = self._room(self._shape)
            for visited in self.visited:
                visited.gamma = self._gamma
        return self._gamma

    @property
    def stored_bytes(self) -> int:
        """At most min(minibatches * shards * V, nnz) * K float32."""
        return sum(visited.stored_bytes for visited in self.visited)

    def gammas(self, was_plain: Sequence[bool]) -> Iterator[np.ndarray]:
        for visited, is_plain in zip(self.visited, was_plain, strict=True):
            if is_plain:
                yield from visited.gammas()
