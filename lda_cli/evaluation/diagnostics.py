"""MALLET's diagnostics and FREX of a model's topics: counts -> E-step in blocks -> tallies.

Without documents, what Phi and the number of tokens of each topic tell.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..config import Config
from ..corpus.terms.rows import Rows
from ..engine.arrays import Float64
from ..engine.diagnostics import WORDS, Diagnostics, Tally, WordScores
from ..engine.distinctive import exclusivity
from ..engine.estep import Map, documents, e_step
from ..engine.rescaling import columns_with_a_topic, rescaled
from ..model.model import DOCUMENTS_AT_A_TIME, Model
from .coherence import topic_words
from .definitions import FREX, MALLET, OF_PHI, TOPICS, mallet_name
from .measure import Measure


class Diagnoser:
    """Tallies documents in the parts in which they are read, in memory that does not grow with them."""

    def __init__(self, model: Model, config: Config, parallel: Map) -> None:
        """`config` has the settings of the E-step."""
        self.model, self._settings, self._parallel = model, config.inference, parallel
        self._weights = rescaled(model.phi.T)[0]
        self._column_of = columns_with_a_topic(self._weights)
        self._tally = Tally(topic_words(model, WORDS), model.alpha, len(model.vocabulary))
        self._waiting: list[Rows] = []

    def add(self, rows: Rows) -> None:
        """Add documents: (D, V) counts, sorted by term."""
        self._waiting.append(rows.renumbered(self._column_of, len(self.model.vocabulary)))
        if sum(part.n_documents for part in self._waiting) >= DOCUMENTS_AT_A_TIME:
            self._empty()

    def _empty(self) -> None:
        rows = Rows.joined(self._waiting)._replace(n_terms=len(self.model.vocabulary))
        self._waiting = []
        for first in range(0, rows.n_documents, DOCUMENTS_AT_A_TIME):
            part = rows.part(first, first + DOCUMENTS_AT_A_TIME)
            found = e_step(
                part,
                self._weights,
                self.model.alpha,
                tolerance=self._settings.tolerance,
                max_iterations=self._settings.max_iterations,
                parallel=self._parallel,
            )
            self._tally.add(documents(part, self.model.n_topics), found, self._weights)

    def result(self) -> "TopicDiagnostics":
        """Return the diagnostics of the documents that were added."""
        if self._waiting:
            self._empty()
        model, tally = self.model, self._tally
        words = [tally.of_words(topic, model.eta) for topic in range(model.n_topics)]
        found = tally.result(model.vocabulary, model.eta)
        return TopicDiagnostics(_measures(model, found, MALLET), tuple(tally.spread().tolist()), tuple(words))


class TopicDiagnostics(NamedTuple):
    """What is known of K topics.

    measures : by name: MALLET's twelve, or those of them that Phi tells, and frex
    spread : of the documents, the share that has at least .02 of a topic; None without documents
    words : None without documents
    """

    measures: Mapping[str, Measure]
    spread: tuple[float, ...] | None = None
    words: tuple[WordScores, ...] | None = None


def of_phi(model: Model, *, with_frex: bool = True) -> TopicDiagnostics:
    """Return what Phi and the tokens of the topics in training tell; frex takes most of the time."""
    tally = Tally(topic_words(model, WORDS), model.alpha, len(model.vocabulary))
    sizes = model.topic_counts if model.topic_counts.any() else model.alpha
    tally.n_wk += model.phi.T * sizes
    tally.n_k += sizes
    names = OF_PHI if not model.topic_counts.any() else ("tokens", *OF_PHI)
    return TopicDiagnostics(_measures(model, tally.result(model.vocabulary, model.eta), names, with_frex))


def _measures(
    model: Model, found: Diagnostics, names: Mapping[str, str] | tuple[str, ...], with_frex: bool = True
) -> dict[str, Measure]:
    measures = {mallet_name(name): Measure(MALLET[name], _known(getattr(found, name))) for name in names}
    if not with_frex:
        return measures
    return measures | {FREX: Measure(TOPICS[FREX], _known(exclusivity(model.phi)))}


def _known(values: Float64) -> tuple[float | None, ...]:
    return tuple(v if ok else None for v, ok in zip(values.tolist(), np.isfinite(values), strict=True))
