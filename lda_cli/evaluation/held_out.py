"""How well a model predicts documents that it was not trained on: inputs -> counts -> three scores.

Only words that the model knows are scored. So the share of other words is always told, and two models of
different vocabularies are not compared.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from ..corpus.inputs.inputs import Inputs
from ..corpus.inputs.report import Report
from ..corpus.terms.rows import Rows
from ..engine.arrays import Float64, Int64
from ..engine.estep import Map, e_step
from ..engine.hashing import document_keys
from ..engine.heldout import Estimator, Scores, bound, completion
from ..engine.left_to_right import PARTICLES, RESAMPLED, left_to_right
from ..engine.rescaling import columns_with_a_topic, rescaled
from ..engine.threads import threads
from ..errors import CorpusError
from ..inference import counted
from ..model.model import DOCUMENTS_AT_A_TIME, Model
from .trained_on import TrainedOn


@dataclass(frozen=True)
class HeldOutChoice:
    """How held-out documents are scored.

    seed : decides the halves of completion, and the particles
    allow_training : score documents that the model was trained on, too
    """

    seed: int = 0
    estimator: Estimator = "map"
    n_particles: int = PARTICLES
    n_resampled: int = RESAMPLED
    allow_training: bool = False


class HeldOut(NamedTuple):
    """The scores of D documents.

    unknown : share of the words, without stop words, that the model does not know
    scores : of bound, completion and left_to_right; completion has half of the tokens
    particles : standard error of the left_to_right of a token, of the particles alone; nan for one particle
    copies : documents with exactly the known words of a training document of another name
    fingerprint : of ids and counts; with the same one and vocabulary, two models are compared document by
        document
    """

    n_documents: int
    n_without: int  # a known word
    n_tokens: int
    unknown: float
    scores: Mapping[str, Scores]
    particles: float
    copies: int
    fingerprint: str


class _Part(NamedTuple):
    scores: tuple[Scores, Scores, Scores]
    variance: Float64


def held_out(model: Model, inputs: Inputs, choice: HeldOutChoice, report: Report | None = None) -> HeldOut:
    """Score the documents of the inputs, in memory of some numbers for each.

    Raises CorpusError for documents that the model was trained on, for none, and for none with a known word;
    and as `counted` does.
    """
    scorer = _Scorer(model, inputs, choice)
    n_unknown = n_without = 0
    parts: list[_Part] = []
    digest = hashlib.sha256()
    found = counted(model, inputs, report=report)
    with closing(found), threads(inputs.config.training.threads) as parallel:
        for documents, texts in found:
            ids = [document.id for document in documents]
            rows = texts.rows.renumbered(scorer.column_of, len(model.vocabulary))
            n_unknown += int(texts.unknown.sum()) + int(texts.rows.data.sum() - rows.data.sum())
            n_without += rows.n_documents - rows.n_with_entries
            digest.update(repr(ids).encode("utf-8", "surrogatepass"))
            digest.update(b"".join(array.tobytes() for array in rows[:3]))
            for first in range(0, len(ids), DOCUMENTS_AT_A_TIME):
                some = slice(first, first + DOCUMENTS_AT_A_TIME)
                parts.append(scorer.scored(ids[some], rows.part(some.start, some.stop), parallel))
    scores = dict(zip(_NAMES, map(_joined, zip(*(part.scores for part in parts), strict=True)), strict=True))
    n_tokens = int(scores["bound"].n_tokens.sum()) if parts else 0
    if not n_tokens:
        raise CorpusError("--held-out: no document has a word that the model knows; check the paths")
    return HeldOut(
        len(scores["bound"].n_tokens),
        n_without,
        n_tokens,
        n_unknown / (n_unknown + n_tokens),
        scores,
        float(np.sqrt(np.concatenate([part.variance for part in parts]).sum()) / n_tokens),
        0 if scorer.trained_on is None else scorer.trained_on.n_copies,
        digest.hexdigest(),
    )


_NAMES = ("bound", "completion", "left_to_right")


def _joined(parts: Iterable[Scores]) -> Scores:
    log_p, n_tokens = zip(*parts, strict=True)
    return Scores(np.concatenate(log_p), np.concatenate(n_tokens))


class _Scorer:
    """Scores documents part by part."""

    def __init__(self, model: Model, inputs: Inputs, choice: HeldOutChoice) -> None:
        self._model, self._choice = model, choice
        self._settings = inputs.config.inference
        self._phi_t = np.ascontiguousarray(model.phi.T)
        self._weights = rescaled(model.phi.T)[0]
        self.column_of = columns_with_a_topic(self._phi_t)
        self.trained_on = None if choice.allow_training else TrainedOn(model)

    def scored(self, ids: Sequence[str], rows: Rows, parallel: Map) -> _Part:
        """Score some documents. Raises CorpusError if the model was trained on one, unless allowed."""
        choice, alpha = self._choice, self._model.alpha
        limits = {"tolerance": self._settings.tolerance, "max_iterations": self._settings.max_iterations}
        counts = csr_matrix((rows.data, rows.indices, rows.indptr), rows.shape)
        if self.trained_on is not None and not self.trained_on.is_unknown:
            self._check(self.trained_on, ids, counts, parallel)
        keys = document_keys(ids)
        one = bound(counts, self._phi_t, alpha, **limits, parallel=parallel)  # type: ignore[arg-type]
        two = completion(
            counts,
            self._phi_t,
            alpha,
            keys,
            seed=choice.seed,
            estimator=choice.estimator,
            **limits,  # type: ignore[arg-type]
            parallel=parallel,
        )
        three = left_to_right(
            counts,
            self._phi_t,
            alpha,
            keys,
            seed=choice.seed,
            n_particles=choice.n_particles,
            n_resampled=choice.n_resampled,
            parallel=parallel,
        )
        return _Part((one, two, Scores(three.log_p, one.n_tokens)), three.error**2)

    def _check(self, known: TrainedOn, ids: Sequence[str], counts: csr_matrix, parallel: Map) -> None:
        """Raise CorpusError if one of the documents is in the training corpus."""
        settings = self._model.config.inference  # theta of the training was found with these
        found = e_step(
            counts,
            self._weights,
            self._model.alpha,
            tolerance=settings.tolerance,
            max_iterations=settings.max_iterations,
            parallel=parallel,
        )
        gamma = found.gamma.astype(np.float64)
        n_tokens: Int64 = np.asarray(counts.sum(axis=1, dtype=np.int64)).ravel()
        name = known.first(ids, n_tokens, gamma / gamma.sum(axis=1, keepdims=True))
        if name is not None:
            raise CorpusError(
                f"--held-out: the model was trained on {name}, so its score is too good; give other "
                "documents, or --allow-training"
            )
