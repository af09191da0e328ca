"""The minibatches of a training: what its loop (em.py) asks of them, and those of one process, in memory.

sharded.py has those whose documents are divided into shards.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .arrays import Float32, Float64, Int32, Int64
from .counts import Counts, Keep
from .estep import Documents, Map, document_terms, fixed_points
from .mstep import KEPT_ENTRIES, ExpectedCounts, Minibatch, minibatch, rows_of_terms
from .settings import Settings
from .theta_prior import ThetaPrior
from .visits import Step, Visit, cold, visit


class Visited(Protocol):
    """A minibatch.

    rows : the numbers of its documents in the corpus
    """

    rows: Int32

    def visit(self, expected: ExpectedCounts, step: Step) -> Visit:
        """E-step, and update of the contribution to `expected`."""

    def posterior(self, phi: Float32, alpha: Float64, tolerance: float, max_iterations: int) -> float:
        """Find gamma of its documents from a cold start. Returns the sum of their `document_terms`."""

    def documents(self) -> Iterator[tuple[Documents, Int64]]:
        """Its documents in parts, and the column of Phi for each column of a part, (U,)."""

    def forget(self) -> None:
        """Reset to the state before the first visit."""

    def arrays(self) -> Iterator[np.ndarray]:
        """What a state has of it, without gamma."""


class Minibatches(Protocol):
    """All minibatches.

    visited : they; n_parts : the number of parts whose contribution is left out of their own Phi
    is_atomic : whether a visit that fails changes nothing
    occurrences : (V,) float64, of each term
    gamma : (D, K) float32, of the last call of `Visited.posterior`; or of plain visits
    """

    n_parts: int
    is_atomic: bool
    occurrences: Float64

    @property
    def visited(self) -> Sequence[Visited]: ...

    @property
    def gamma(self) -> Float32: ...

    @property
    def stored_bytes(self) -> int:
        """What the contributions take, on disk or in memory."""

    def gammas(self, was_plain: Sequence[bool]) -> Iterator[np.ndarray]:
        """What a state has of gamma, if these minibatches were plain in their last visit."""


# Makes minibatches of counts, with the numbers of the documents of each, the settings, the prior of theta, a
# parallel map, and what keeps the counts.
Make = Callable[[Counts, Sequence[Int64], Settings, ThetaPrior, Map, Keep], Minibatches]


@dataclass
class InMemory:
    """A minibatch of this process.

    alpha_rows : of its documents; gamma : (D, K), of the whole corpus
    """

    rows: Int32
    minibatch: Minibatch
    alpha_rows: Int32 | None
    gamma: Float32
    parallel: Map

    def visit(self, expected: ExpectedCounts, step: Step) -> Visit:
        last_gamma = self.gamma[self.rows] if step.goes_on else None
        found, gamma = visit(self._read(), self.minibatch, expected, step, last_gamma, self.parallel)
        if step.plan.is_plain:  # only the next plain visit needs it
            self.gamma[self.rows] = gamma
        return found

    def posterior(self, phi: Float32, alpha: Float64, tolerance: float, max_iterations: int) -> float:
        docs, rows = self._read(), rows_of_terms(phi, self.minibatch.terms)
        self.gamma[self.rows], terms = posterior(docs, rows, alpha, tolerance, max_iterations, self.parallel)
        return terms

    def documents(self) -> Iterator[tuple[Documents, Int64]]:
        yield self.minibatch.documents(), self.minibatch.terms

    def forget(self) -> None:
        self.minibatch.contribution[:], self.minibatch.totals[:] = 0, 0

    def arrays(self) -> Iterator[np.ndarray]:
        yield self.minibatch.totals
        yield self.minibatch.contribution

    def _read(self) -> Documents:
        """Read the documents. Drop them after a visit, to save memory."""
        return self.minibatch.documents()._replace(alpha_rows=self.alpha_rows)


class InOneProcess:
    """The minibatches of a training in one process, in memory; `keep` may have the counts elsewhere."""

    is_atomic = False

    def __init__(
        self,
        counts: Counts,
        parts: Sequence[Int64],
        settings: Settings,
        prior: ThetaPrior,
        parallel: Map,
        keep: Keep,
    ) -> None:
        n_topics = len(settings.alpha)
        self.occurrences: Float64 = np.zeros(counts.shape[1])
        self.gamma: Float32 = np.zeros((counts.shape[0], n_topics), np.float32)
        self.visited: list[InMemory] = []
        self.n_parts = len(parts)
        keep_by_term = counts.lengths.sum() <= KEPT_ENTRIES
        for docs in map(np.sort, parts):  # sorted, so that counts on disk are read in their order
            some = counts.rows(docs)
            self.occurrences += np.bincount(some.indices, some.data, counts.shape[1])
            batch = minibatch(some, n_topics, keep, keep_by_term)
            rows = docs.astype(np.int32)
            self.visited.append(InMemory(rows, batch, prior.rows_of(docs), self.gamma, parallel))

    @property
    def stored_bytes(self) -> int:
        """At most min(minibatches * V, nnz) * K float32."""
        return sum(visited.minibatch.contribution.nbytes for visited in self.visited)

    def gammas(self, was_plain: Sequence[bool]) -> Iterator[np.ndarray]:
        if any(was_plain):
            yield self.gamma


def posterior(
    docs: Documents,
    term_weights: Float32,
    alpha: Float64,
    tolerance: float,
    max_iterations: int,
    parallel: Map,
) -> tuple[Float32, float]:
    """gamma of documents from a cold start, (D, K), and the sum of their `document_terms`.

    term_weights : (U, K), Phi of their terms
    """
    found = fixed_points(
        docs,
        term_weights,
        alpha,
        cold(docs, alpha),
        power=1.0,
        tolerance=tolerance,
        max_iterations=max_iterations,
        parallel=parallel,
    )
    return found.gamma, float(document_terms(docs, found, alpha, parallel)[0].sum())
