"""A trained model: phi, vocabulary and alpha; its topics, and the topics of new documents."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ..config import Config
from ..corpus.counts.counters import KnownTerms
from ..corpus.formats.records import Metadata
from ..corpus.metadata.types import Types
from ..corpus.terms.counting import TermCounts
from ..corpus.terms.lookup import column_of, columns_of
from ..corpus.terms.phrases import Phrases
from ..corpus.terms.rows import IntArray
from ..corpus.terms.stop_words import load_stop_words
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.terms.vocabulary import PruningReport
from ..engine.arrays import Float, Float32, Float64, Int32
from ..engine.coherence import first_words
from ..engine.distinctive import frex, relevance
from ..engine.estep import Map, e_step
from ..engine.rescaling import rescaled
from ..errors import ConfigError, ModelError
from .documents import Documents
from .labels import AUTOMATIC, Label
from .naming import automatic_names
from .prevalence import Prevalence
from .seeds import Seeds, seeds_of

if TYPE_CHECKING:
    from ..corpus.formats.records import Value
    from .groups import Group
    from .ranking import BestDocument

WordScore = Literal["p", "relevance", "frex"]
Weights = Literal["tokens", "documents"]

# Documents of one E-step: enough to fill its blocks, few enough for any memory.
DOCUMENTS_AT_A_TIME = 2048
# Texts that are counted together: few enough to answer soon.
CHUNK_DOCUMENTS = 512
CHUNK_CHARACTERS = 1 << 23  # fewer long documents: memory must not grow with them


class Topic(NamedTuple):
    """A topic of the model.

    share : of the tokens of the corpus
    npmi : coherence of its ten most probable words (engine/coherence.py); None for fewer than two words
    words : the most probable ones, with p(word | topic)
    """

    number: int
    share: float
    alpha: float
    npmi: float | None
    words: tuple[tuple[str, float], ...]


class TermTopic(NamedTuple):
    """A topic that uses a term: p(topic | term) in the training corpus, and p(term | topic)."""

    topic: int
    share: float
    p: float


class Word(NamedTuple):
    """A known word of a document: text[start:end], its most probable topic, and p = q(z = topic)."""

    start: int
    end: int
    term: str
    topic: int
    p: float


@dataclass(frozen=True, eq=False)  # arrays have no plain ==
class DocumentTopics:
    """The topics of one document.

    tokens : occurrences of known words
    unknown : occurrences of other words, without stop words
    theta : (K,) float64, E[theta] under q = gamma / sum(gamma); the prior mean if no word is known
    words : every known word, in the order of the text; None unless `words` was asked for
    """

    tokens: int
    unknown: int
    theta: Float64
    words: tuple[Word, ...] | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """The result of a training. K is the length of alpha.

    phi : (K, V) float32, p(word w | topic t), rows sum to one; never changed in place
    vocabulary : tuple of V terms, in the order of the columns of phi
    alpha : (K,) float64, the prior of theta
    eta : the prior of phi, 0 or more
    term_counts : (V, 2) int64, occurrences and documents of each term in the training corpus
    topic_counts : (K,) float64, expected tokens of each topic in the training corpus
    npmi : K numbers, the coherence of each topic; None for a topic of fewer than two words
    n_documents : D, of the training corpus
    config : of the training; documents are tokenised as it says
    fingerprint : SHA-256 of the corpus and the stop words
    pruning : what each rule of the vocabulary removed
    phrases : joins words to phrases; None if the config wants none
    is_complete : False if a time limit came before the last pass
    metadata_types : number, date or text for each field of the documents' metadata, in order
    unit : what a document of plain text was, if auto decided it, and `infer` keeps to it
    sources : absolute paths of the training corpus; none for standard input
    imported : the tool that made it, such as mallet; None for a model of `train`
    updates : how often documents were added since its training
    started : topics of the model that its training began with; None for none
    seeded : the topic of each list of model.seeds
    documents : the training documents; None before the model is saved
    labels : what a person says of topics, by topic: a name, a note, whether to hide it
    prevalence : how metadata move alpha; None if the config has no model.prevalence

    An imported model may have no training documents: then nothing is known of the documents of a term (0),
    and its occurrences may be estimates.
    """

    phi: Float32
    vocabulary: tuple[str, ...]
    alpha: Float64
    eta: float
    term_counts: npt.NDArray[np.int64]
    topic_counts: Float64
    npmi: tuple[float | None, ...]
    n_documents: int
    fingerprint: str
    config: Config
    pruning: PruningReport
    phrases: Phrases | None = None
    is_complete: bool = True
    metadata_types: Types = field(default_factory=dict)
    unit: Literal["file", "line"] | None = None
    sources: tuple[str, ...] = ()
    imported: str | None = None
    updates: int = 0
    started: int | None = None
    seeded: tuple[int, ...] = ()
    documents: Documents | None = None
    labels: Mapping[int, Label] = field(default_factory=dict)
    prevalence: Prevalence | None = None

    @property
    def n_topics(self) -> int:
        """K."""
        return len(self.alpha)

    @property
    def n_tokens(self) -> int:
        """Occurrences of all terms in the training corpus."""
        return int(self.term_counts[:, 0].sum())

    def topics(self, top: int = 10, words_by: WordScore = "p") -> list[Topic]:
        """Every topic with its `top` first words, in the order of their numbers.

        words_by : the score that orders the words; `p` is p(word | topic), the others are in
            engine/distinctive.py
        """
        shares, score = self._topic_sizes / self._topic_sizes.sum(), self._scores(words_by)
        return [
            Topic(
                t, float(shares[t]), float(self.alpha[t]), self.npmi[t], self._first_words(t, score(t), top)
            )
            for t in range(self.n_topics)
        ]

    @cached_property
    def names(self) -> list[str]:
        """The name of each topic, all different: the given one, or an automatic one, which begins with ~."""
        given = {topic: label.name for topic, label in self.labels.items() if label.name is not None}
        counts = self.term_counts[:, 0]
        automatic = automatic_names(self.phi, self.vocabulary, counts, self._topic_sizes, given.values())
        return [given.get(topic, AUTOMATIC + name) for topic, name in enumerate(automatic)]

    @property
    def hidden(self) -> tuple[int, ...]:
        """The topics to leave out where all topics are listed for people."""
        return tuple(topic for topic, label in sorted(self.labels.items()) if label.hide)

    @cached_property
    def seeds(self) -> dict[int, Seeds]:
        """The seed words of each topic that has any. Raises ModelError as `tokenizer` does."""
        given = self.config.model.seeds
        assert not isinstance(given, str)  # a stored config has the words
        if not given:  # needs no tokenizer, whose packages may be missing
            return {}
        how = self.known.column_of, self.tokenizer, self.phrases
        own = (
            (topic, columns_of(words, *how)[0])
            for topic, words in zip(self.seeded, given.values(), strict=True)
        )
        return seeds_of(own, self.phi, self.vocabulary)

    def common_terms(self, terms: Sequence[str]) -> tuple[IntArray, IntArray]:
        """The columns of the terms that another vocabulary has too: here, and there in rising order."""
        columns = {term: column for column, term in enumerate(self.vocabulary)}
        places = [(columns[term], column) for column, term in enumerate(terms) if term in columns]
        here, there = np.array(places, np.int64).reshape(-1, 2).T
        return here, there

    def _scores(self, words_by: WordScore) -> Callable[[int], Float]:
        """Return the function from a topic to the scores of all words, (V,)."""
        if words_by == "relevance":
            p_terms = self.term_counts[:, 0] / self.n_tokens
            return lambda topic: relevance(self.phi[topic, None], p_terms)[0]
        if words_by == "frex":
            totals = self.phi.sum(axis=0, dtype=np.float64)
            return lambda topic: frex(self.phi, topic, totals)
        return lambda topic: self.phi[topic]

    @property
    def _topic_sizes(self) -> Float64:
        """Relative sizes of the topics, (K,): expected tokens, or alpha if all of those are 0."""
        return self.topic_counts if self.topic_counts.any() else self.alpha

    def _first_words(self, topic: int, scores: Float, top: int) -> tuple[tuple[str, float], ...]:
        row = self.phi[topic]
        return tuple((self.vocabulary[column], float(row[column])) for column in first_words(scores, top))

    def best_documents(self, topics: Iterable[int] | None = None, top: int = 3) -> "list[BestDocument]":
        """The `top` training documents that show each topic best, by topic and rank (model/ranking.py).

        topics : their numbers, each once; None for all

        Raises ConfigError for a model without documents.
        """
        from .ranking import best_documents  # SciPy is imported where it is needed

        wanted = range(self.n_topics) if topics is None else list(topics)
        return best_documents(self._documents, self.alpha, wanted, top)

    def by(self, field: str, weights: Weights = "tokens", *, intervals: bool = True) -> "list[Group]":
        """The mean shares of the topics by the values of a metadata field (model/groups.py).

        field : a field, or with bins: `year:5` for numbers, `date:month` for dates
        weights : of the documents in a mean: their tokens, or one each
        intervals : of 95%, else they are left out

        Raises ConfigError for a model without documents or metadata, and for an unknown field or bin.
        """
        from .groups import by

        return by(self._documents, self.alpha, self.metadata_types, field, weights, intervals=intervals)

    def grouped(self, field: str) -> "tuple[list[Value], Int32]":
        """The values of the groups of `by`, in order, and the number of each document's group, (D,) int32.

        It is groups.IN_NO_GROUP for a document without tokens. Raises ConfigError as `by` does.
        """
        from .groups import grouped

        return grouped(self._documents, self.metadata_types, field)

    @property
    def _documents(self) -> Documents:
        if not self.documents:
            raise ConfigError(
                "the model has no training documents; lda-cli infer finds the topics of documents you have"
            )
        return self.documents

    def term_topics(self, term: str) -> list[TermTopic]:
        """The topics of a term, the largest p(topic | term) first; empty if it is not in the vocabulary.

        `term` is prepared and folded as the words of a text are: normalised, in lower case unless the model
        keeps case, and its stem if the model has stems. It may also be a stem, or a phrase as in a text.

        Raises ModelError as `tokenizer` does.
        """
        column = column_of(term, self.known.column_of, self.tokenizer, self.phrases)
        if column is None:
            return []
        p = self.phi[:, column].astype(np.float64)
        joint = p * self._topic_sizes
        if not joint.any():  # only topics without tokens have this term
            joint = p
        share = joint / joint.sum()
        order = np.argsort(-share, kind="stable")
        return [TermTopic(int(t), float(share[t]), float(p[t])) for t in order]

    def infer(
        self,
        texts: Iterable[str],
        *,
        words: bool = False,
        config: Config | None = None,
        parallel: Map = map,
    ) -> Iterator[DocumentTopics]:
        """Yield the topics of each text, in order; with `words`, the topic of each known word too.

        Phi and alpha stay fixed. The inference settings of `config`, by default the model's own, limit the
        E-step (Blei, Ng, Jordan 2003, section 5.2).

        Raises ModelError as `tokenizer` does.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be an iterable of str, such as [text], not a str")
        for chunk in _chunks(texts):
            yield from self.topics_of(self.known.count(chunk, words), config or self.config, parallel)

    def topics_of(
        self,
        texts: TermCounts,
        config: Config,
        parallel: Map = map,
        metadata: Sequence[Metadata] | None = None,
    ) -> Iterator[DocumentTopics]:
        """As `infer`, for texts that `known` has counted; with words if the spans were kept.

        metadata : of each text, with values of `metadata_types`; they matter if there is a `prevalence`
        """
        alpha, rows = self.alpha, None
        if self.prevalence is not None and metadata is not None:
            alpha, rows = self.prevalence.alpha_of(metadata)
        settings = config.inference
        for first in range(0, texts.rows.n_documents, DOCUMENTS_AT_A_TIME):
            counts = texts.rows.part(first, first + DOCUMENTS_AT_A_TIME)
            found = e_step(
                counts,
                self._rescaled_phi_t,
                alpha,
                tolerance=settings.tolerance,
                max_iterations=settings.max_iterations,
                parallel=parallel,
                alpha_rows=None if rows is None else rows[first : first + DOCUMENTS_AT_A_TIME],
            )
            tokens = counts.totals
            for d, gamma in enumerate(found.gamma.astype(np.float64)):
                spans = None if texts.spans is None else texts.spans[first + d]
                words = None if spans is None else self._words(*spans, found.weights[d])
                unknown = int(texts.unknown[first + d])
                yield DocumentTopics(int(tokens[d]), unknown, gamma / gamma.sum(), words)

    def _words(self, starts: IntArray, ends: IntArray, columns: IntArray, weights: Float) -> tuple[Word, ...]:
        """The topic of each word; q(z) depends on document and term, so equal words get equal topics.

        starts, ends, columns : (N,) places and terms of the known words, in the order of the text
        weights : (K,) the document's factor of q(z), as `e_step` returns it
        """
        terms, which = np.unique(columns, return_inverse=True)
        q = weights * self._rescaled_phi_t[terms]
        topics = q.argmax(axis=1) if len(terms) else np.zeros(0, np.int64)
        p = q[np.arange(len(terms)), topics] / q.sum(axis=1)
        return tuple(
            Word(int(start), int(end), self.vocabulary[terms[i]], int(topics[i]), float(p[i]))
            for start, end, i in zip(starts, ends, which, strict=True)
        )

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the training corpus.

        Raises ModelError if it needs a package that is not installed.
        """
        try:
            return Tokenizer(self.config.tokenizer, load_stop_words(self.config.vocabulary))
        except ConfigError as error:
            raise ModelError(f"the model needs a package that is not installed: {error}") from error

    @cached_property
    def known(self) -> KnownTerms:
        """Counts the model's terms in texts. Raises ModelError as `tokenizer` does."""
        stop_words = load_stop_words(self.config.vocabulary)
        return KnownTerms(self.tokenizer, self.vocabulary, stop_words, self.phrases)

    @cached_property
    def _rescaled_phi_t(self) -> Float32:
        """phi.T in C order, its small rows multiplied by powers of two (engine/rescaling.py). Not phi."""
        return rescaled(self.phi.T)[0]


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    n_characters = 0
    for text in texts:
        chunk.append(text)
        n_characters += len(text)
        if len(chunk) >= CHUNK_DOCUMENTS or n_characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, n_characters = [], 0
    if chunk:
        yield chunk
