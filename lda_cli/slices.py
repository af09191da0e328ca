"""The use case of `inspect --by FIELD --words`: model + its training corpus -> the words of a topic by slice.

The corpus is read again, and its counts are kept in a temporary file, so that slice after slice can be worked
on: 8 bytes for each distinct term of a document on disk, and in memory, besides the model, 8 to 24 bytes for
each term and topic that is shown, however many slices there are.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from .config import Config
from .corpus.formats.records import Value
from .corpus.inputs.inputs import Inputs
from .corpus.inputs.report import Report
from .corpus.training_corpus import StoredCounts, stored
from .engine.arrays import Float32, Float64, Int64
from .engine.coherence import first_words
from .engine.estep import Map, e_step
from .engine.rescaling import columns_with_a_topic, rescaled
from .engine.slices import departure, expected_counts, is_more, slice_phi
from .engine.threads import threads
from .errors import CorpusError
from .inference import counted, unreadable
from .model.model import DOCUMENTS_AT_A_TIME, Model

_MOST_TOKENS = np.iinfo(np.int32).max  # of a document in lengths.npy


class SliceWord(NamedTuple):
    """A word of a topic in a slice: p(word | topic, slice), and how many times p(word | topic) that is."""

    term: str
    p: float
    ratio: float


class SliceTopic(NamedTuple):
    """A topic in one slice of the corpus.

    value : of the metadata field, as in `Group`
    tokens : expected tokens of the topic in the slice
    words : the most probable ones
    more : those that the topic surely has more of here, by what they add to KL(Phi^s || Phi)
    """

    topic: int
    value: Value
    tokens: float
    words: tuple[SliceWord, ...]
    more: tuple[SliceWord, ...]


def slice_topics(
    model: Model,
    config: Config,
    field: str,
    corpus: Sequence[str] = (),
    *,
    topics: Sequence[int],
    top: int = 10,
    report: Report | None = None,
) -> list[SliceTopic]:
    """Return the words of topics in each slice of the training corpus (engine/slices.py), topic by topic.

    config : that of the model, which says how the corpus is read; its inference settings limit the E-step
    field : a metadata field, or with bins, as for `Model.by`
    corpus : paths of the training corpus; none for where it was then
    topics : their numbers, each once; top : words of each list
    report : receives what was skipped, replaced or repeated

    A document that is new since the training is left out. The numbers do not depend on training.threads.

    Raises ConfigError as `Model.by` does; CorpusError for a corpus that is not there, and for a training
    document that is not in it or has changed; OutputError if there is no room for the temporary file; and as
    the readers and `Model.tokenizer` do.
    """
    values, group_of = model.grouped(field)
    if not corpus and (reason := unreadable(model)):
        raise CorpusError(f"the words of slices are counted in the corpus of the training: {reason}")
    inputs = Inputs.of(config, tuple(corpus) or model.sources)
    order = np.argsort(group_of, kind="stable")
    edges = np.searchsorted(group_of[order], np.arange(len(values) + 1))
    counts = stored(_training_counts(model, inputs, report or Report()), len(model.vocabulary))
    with closing(counts), threads(config.training.threads) as parallel:
        slices = _Slices(model, config, topics, top, counts, parallel)
        found = [
            topic
            for value, (first, end) in zip(values, pairwise(edges.tolist()), strict=True)
            for topic in slices.topics(value, order[first:end])
        ]
    place = {topic: number for number, topic in enumerate(topics)}
    return sorted(found, key=lambda one: place[one.topic])


def _training_counts(model: Model, inputs: Inputs, report: Report) -> Iterator[csr_matrix]:
    """Yield the counts of the documents that the model was trained on, in its order: (n, V) each.

    They are known by id and number of tokens. Raises CorpusError if one is missing or has changed.
    """
    assert model.documents is not None
    column_of = columns_with_a_topic(model.phi.T)
    expected = zip(model.documents.ids(), model.documents.lengths.tolist(), strict=True)
    wanted = next(expected, None)
    with closing(counted(model, inputs, report=report)) as found:
        for documents, texts in found:
            n_tokens = np.minimum(texts.rows.totals, _MOST_TOKENS).tolist()
            is_in = np.zeros(len(documents), bool)
            for number, document in enumerate(documents):
                if wanted is not None and _is_same(model, wanted, (document.id, n_tokens[number])):
                    is_in[number], wanted = True, next(expected, None)
            rows = texts.rows.chosen(is_in).renumbered(column_of, len(model.vocabulary))
            yield csr_matrix((rows.data, rows.indices, rows.indptr), rows.shape)
    if wanted is not None:
        updates = ", and then those of its updates" if model.updates else ""
        raise CorpusError(
            f"{wanted[0]}: not in the corpus, or changed since the training; train again, or give as CORPUS "
            f"the paths of the training{updates}"
        )


def _is_same(model: Model, wanted: tuple[str, int], found: tuple[str, int]) -> bool:
    """Whether a document, by id and tokens, is that of the training.

    After an update, older documents may have more tokens: its new terms.
    """
    return wanted == found or (model.updates > 0 and wanted[0] == found[0] and wanted[1] <= found[1])


class _Slices:
    """Finds the words of topics in one slice after the other."""

    def __init__(
        self,
        model: Model,
        config: Config,
        topics: Sequence[int],
        top: int,
        counts: StoredCounts,
        parallel: Map,
    ) -> None:
        self._model, self._settings, self._parallel = model, config.inference, parallel
        self._topics, self._top, self._counts = list(topics), top, counts
        self._weights = rescaled(model.phi.T)[0]
        self._sstats: Float64 = np.zeros((len(model.vocabulary), len(topics)))
        self._first = np.zeros(len(model.vocabulary), bool)  # of the other terms, only these can be in front
        for topic in topics:
            self._first[first_words(model.phi[topic], top)] = True

    def topics(self, value: Value, documents: Int64) -> Iterator[SliceTopic]:
        """Yield the topics in the slice of some documents."""
        terms, sstats = self._expected_counts(documents)
        for topic, counts in zip(self._topics, sstats.T, strict=True):
            total, phi = float(counts.sum()), self._model.phi[topic, terms]
            of_slice = slice_phi(counts, phi, total)
            excess = np.where(is_more(counts, phi, total), departure(of_slice, phi), 0)
            lists = (self._listed(terms, scores, of_slice, phi) for scores in (of_slice, excess))
            yield SliceTopic(topic, value, total, *lists)

    def _listed(
        self, terms: Int64, scores: Float64, of_slice: Float64, phi: Float32
    ) -> tuple[SliceWord, ...]:
        """Return the words with the largest scores above 0; terms, scores, of_slice, phi : (n,)."""
        first = first_words(scores, self._top)
        first = first[scores[first] > 0]
        names = [self._model.vocabulary[term] for term in terms[first].tolist()]
        ratios = of_slice[first] / phi[first]
        return tuple(map(SliceWord, names, of_slice[first].tolist(), ratios.tolist()))

    def _expected_counts(self, documents: Int64) -> tuple[Int64, Float64]:
        """Return the n terms that may be shown, (n,), and their expected counts, (n, topics)."""
        is_used = self._first.copy()
        for first in range(0, len(documents), DOCUMENTS_AT_A_TIME):
            counts = self._counts.rows(documents[first : first + DOCUMENTS_AT_A_TIME])
            found = e_step(
                counts,
                self._weights,
                self._model.alpha,
                tolerance=self._settings.tolerance,
                max_iterations=self._settings.max_iterations,
                parallel=self._parallel,
            )
            here = found._replace(weights=found.weights[:, self._topics])
            terms, part = expected_counts(counts.indptr, counts.indices, here, self._weights[:, self._topics])
            self._sstats[terms] += part
            is_used[terms] = True
        terms = np.flatnonzero(is_used)
        sstats = self._sstats[terms]
        self._sstats[terms] = 0
        return terms, sstats
