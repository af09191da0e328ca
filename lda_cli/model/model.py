"""A trained model, Phi, its vocabulary and alpha, and what can be asked of it: topics, and new documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..config import Config
from ..corpus.counts.counters import CountedTexts, KnownTerms
from ..corpus.terms.phrases import Phrases, joined
from ..corpus.terms.rows import IntArray
from ..corpus.terms.stop_words import load_stop_words
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.terms.vocabulary import PruningReport
from ..engine.coherence import first_words
from ..engine.estep import Float, Float32, Float64, Map, e_step
from ..errors import ConfigError, ModelError

# Documents that one E-step takes together: enough to fill its blocks, few enough for any memory.
DOCUMENTS_AT_A_TIME = 2048
# Texts that are counted together: few enough to answer soon.
CHUNK_DOCUMENTS = 512
CHUNK_CHARACTERS = 1 << 23  # and of long documents, fewer: memory must not grow with them

# Of the largest probability of a term in any topic: from it on, what the E-step divides a count by is at
# least 2^-21 exp(-50), and no quotient leaves the range of float32.
_SMALLEST_EXPONENT = -20


class Topic(NamedTuple):
    """A topic; share is its part of the corpus's tokens, words are its first ones with p(word | topic).

    npmi : how often its ten first words stand together (engine/coherence.py); None for fewer than two
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
    """A known word of a document: characters start to end of its text, its topic, and q(z = topic)."""

    start: int
    end: int
    term: str
    topic: int
    p: float


@dataclass(frozen=True, eq=False)  # arrays have no plain ==
class DocumentTopics:
    """What the model says of one document.

    tokens : occurrences of known words
    unknown : occurrences of other words, stop words not counted
    theta : (K,) float64, E[theta] under q, gamma over its sum; the prior's when no word is known
    words : every known word in the order of the text, when asked for
    """

    tokens: int
    unknown: int
    theta: Float64
    words: tuple[Word, ...] | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """What a training leaves.

    phi : (K, V) float32, p(word w given topic t), rows sum to one
    vocabulary : (V,) terms, column n of Phi is that of term n
    alpha : (K,) float64
    term_counts : (V, 2) int64, occurrences and documents of each term in the training corpus
    topic_counts : (K,) float64, expected tokens of each topic in it
    npmi : (K,) coherence of each topic in it; None for one of fewer than two words
    config : as it was trained with; documents are tokenised by it
    fingerprint : of the corpus and the stop words
    pruning : what each rule of the vocabulary removed; None if nobody kept it
    phrases : what joins words, if its config wants any
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
    pruning: PruningReport | None = None
    phrases: Phrases | None = None
    is_complete: bool = True

    @property
    def n_topics(self) -> int:
        """K."""
        return len(self.alpha)

    @property
    def n_tokens(self) -> int:
        """Occurrences of all terms in the training corpus."""
        return int(self.term_counts[:, 0].sum())

    def topics(self, top: int = 10) -> list[Topic]:
        """Every topic with its `top` most probable words, in the order of their numbers."""
        shares = self._topic_sizes / self._topic_sizes.sum()
        return [
            Topic(t, float(shares[t]), float(self.alpha[t]), self.npmi[t], self._first_words(t, top))
            for t in range(self.n_topics)
        ]

    @property
    def _topic_sizes(self) -> Float64:
        """How large the topics are, in any unit: alpha tells it where it is so large that no token counts."""
        return self.topic_counts if self.topic_counts.any() else self.alpha

    def _first_words(self, topic: int, top: int) -> tuple[tuple[str, float], ...]:
        row = self.phi[topic]
        return tuple((self.vocabulary[column], float(row[column])) for column in first_words(row, top))

    def term_topics(self, term: str) -> list[TermTopic]:
        """The topics of a term, by p(topic | term), the likeliest first; none if it is not in the vocabulary.

        `term` is folded as the words of a text are: to lower case, unless the model's tokenizer keeps case,
        and to its stem if the model has stems; a stem may be given too, and a phrase as it stands in a text.
        """
        columns, folded = self.known.column_of, self.tokenizer.fold(term)
        column = columns.get(self.tokenizer.normalize(term), columns.get(folded))
        if column is None and self.phrases is not None:
            column = columns.get(joined(word for _, _, word in self.tokenizer.spans(term)))
        if column is None:
            return []
        p = self.phi[:, column].astype(np.float64)
        joint = p * self._topic_sizes
        if not joint.any():  # of a term that only topics without tokens have
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
        """The topics of each text, in order and as a stream; with `words`, the topic of each known word too.

        Phi and alpha stay as they are; the E-step (Blei, Ng, Jordan 2003, section 5.2) ends as the inference
        settings of `config`, or of the model's own, say.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be an iterable of str, such as [text], not a str")
        for chunk in _chunks(texts):
            yield from self.topics_of(self.known.count(chunk, words), config or self.config, parallel)

    def topics_of(self, texts: CountedTexts, config: Config, parallel: Map = map) -> Iterator[DocumentTopics]:
        """As `infer`, of texts that `known` has counted; with the words of those whose spans it found."""
        settings = config.inference
        for first in range(0, texts.rows.n_documents, DOCUMENTS_AT_A_TIME):
            counts = texts.rows.part(first, first + DOCUMENTS_AT_A_TIME)
            found = e_step(
                counts,
                self._term_weights,
                self.alpha,
                tolerance=settings.tolerance,
                max_iterations=settings.max_iterations,
                parallel=parallel,
            )
            tokens = counts.totals
            for d, gamma in enumerate(found.gamma.astype(np.float64)):
                spans = None if texts.spans is None else texts.spans[first + d]
                words = None if spans is None else self._words(*spans, found.weights[d])
                unknown = int(texts.unknown[first + d])
                yield DocumentTopics(int(tokens[d]), unknown, gamma / gamma.sum(), words)

    def _words(self, starts: IntArray, ends: IntArray, columns: IntArray, weights: Float) -> tuple[Word, ...]:
        """The mark-up: q(z) depends on document and term, so that equal words of a text get equal topics."""
        terms, which = np.unique(columns, return_inverse=True)
        q = weights * self._term_weights[terms]
        topics = q.argmax(axis=1) if len(terms) else np.zeros(0, np.int64)
        p = q[np.arange(len(terms)), topics] / q.sum(axis=1)
        return tuple(
            Word(int(start), int(end), self.vocabulary[terms[i]], int(topics[i]), float(p[i]))
            for start, end, i in zip(starts, ends, which, strict=True)
        )

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """What made the words of the training corpus.

        Raises ModelError if it wants a package that is not installed.
        """
        try:
            return Tokenizer(self.config.tokenizer, load_stop_words(self.config.vocabulary))
        except ConfigError as error:
            raise ModelError(f"the model cannot take texts apart here: {error}") from error

    @cached_property
    def known(self) -> KnownTerms:
        """What counts the model's terms in a text."""
        stop_words = load_stop_words(self.config.vocabulary)
        return KnownTerms(self.tokenizer, self.vocabulary, stop_words, self.phrases)

    @cached_property
    def _term_weights(self) -> Float32:
        """(V, K): a factor of a term cancels in q(z), and keeps what divides by the small ones finite."""
        weights = np.array(self.phi.T, order="C")
        _, exponents = np.frexp(weights.max(axis=1))
        small = np.flatnonzero(exponents < _SMALLEST_EXPONENT)
        # by a power of two, so that no digit changes
        weights[small] = np.ldexp(weights[small], -exponents[small, None])
        return weights


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
