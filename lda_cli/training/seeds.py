"""Seed words: from the words of a config to what the engine knows of the topics at the start."""

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from ..config import VocabularyConfig
from ..config.values import WordLists
from ..corpus.terms.lookup import columns_of, is_glob
from ..corpus.terms.phrases import Phrases
from ..corpus.terms.rows import IntArray
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.terms.vocabulary import as_count
from ..corpus.training_corpus import TrainingCorpus
from ..errors import ConfigError, safe

# The part of a seed word's occurrences that stays in its topics, whatever the texts say. 20 Newsgroups, three
# runs: macro-F1 of the largest seeded topic against the newsgroup, and perplexity; without seeds it is 2530:
#
#                                               0.3          0.5          0.7           1            3
#     20 topics, ten frequent words each    .735 2526    .746 2543    .743 2563    .732 2603    .575 2960
#     10 topics, ten words one thinks of    .822 2542    .862 2554    .869 2559    .881 2568    .854 2667
DEFAULT_STRENGTH = 0.5

_SHOWN = 5  # words in a message, at most


class SeedWords:
    """Finds seed words in the vocabulary of a corpus, and says why one is not there."""

    def __init__(
        self,
        corpus: TrainingCorpus,
        tokenizer: Tokenizer,
        phrases: Phrases | None,
        stop_words: Collection[str],
        config: VocabularyConfig,
    ) -> None:
        self._corpus, self._tokenizer, self._phrases = corpus, tokenizer, phrases
        self._stop_terms, self._config = tokenizer.stop_terms(stop_words), config
        self._columns = {term: column for column, term in enumerate(corpus.terms)}

    def of_topics(
        self, seeds: WordLists, topics: Sequence[int], n_topics: int
    ) -> tuple[csr_matrix, list[str]]:
        """Return how the occurrences of seed words are shared out, and warnings of words that are missing.

        The matrix, (V, K) float64, has a row that sums to one for each term that is a seed: in even parts for
        the topics that it seeds.

        topics : of each list of words

        Raises ConfigError if a topic has no word in the vocabulary.
        """
        warnings = []
        rows: list[int] = []
        of_rows: list[int] = []
        for topic, (name, words) in zip(topics, seeds.items(), strict=True):
            columns, unknown = columns_of(words, self._columns, self._tokenizer, self._phrases)
            if unknown:
                which = "none of its words is" if not columns else f"{len(unknown)} of {len(words)} are not"
                problem = f"model.seeds: {name}: {which} in the vocabulary: {self._reasons(unknown)}"
                if not columns:
                    raise ConfigError(safe(f"{problem}; give words that are frequent in these texts"))
                warnings.append(safe(problem))
            rows += columns
            of_rows += [topic] * len(columns)
        shape = len(self._corpus.terms), n_topics
        places = csr_matrix((np.ones(len(rows)), (rows, of_rows)), shape)
        n_seeded = np.diff(places.indptr)
        places.data /= np.repeat(n_seeded, n_seeded)
        return places, warnings

    def _reasons(self, unknown: Sequence[str]) -> str:
        found = [f"{word} ({self._reason(word)})" for word in unknown[:_SHOWN]]
        n_others = len(unknown) - _SHOWN
        others = [f"{n_others} other{'' if n_others == 1 else 's'}"] if n_others > 0 else []
        return ", ".join(found + others)

    def _reason(self, word: str) -> str:
        """Say which rule left a word out."""
        terms = [term for _, _, term in self._tokenizer.spans(word)]
        if is_glob(word):
            reason = "no term matches"
        elif not terms:
            reason = "no word to the tokenizer: min_length, max_length, pattern"
        elif len(terms) > 1:
            reason = "a phrase that was not found: vocabulary.phrases"
        elif terms[0] in self._stop_terms:
            reason = "a stop word"
        else:
            reason = self._reason_of_number(self._n_containing(terms[0]))
        return reason

    def _reason_of_number(self, n_documents: int) -> str:
        """Say which rule left out a term of so many documents."""
        rules, n_all = self._config, self._corpus.n_with_tokens
        if not n_documents:
            return "in no document"
        rule = "max_terms"
        if n_documents < as_count(rules.min_df, n_all):
            rule = "min_df"
        elif n_documents > as_count(rules.max_df, n_all):
            rule = "max_df"
        documents = f"in {n_documents} document{'' if n_documents == 1 else 's'}"
        return f"{documents}; {rule} is {getattr(rules, rule)}"

    def _n_containing(self, term: str) -> int:
        """The number of documents that have a term, which may be no column."""
        place = self._places.get(term)
        return 0 if place is None else int(self._frequencies[place])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: place for place, term in enumerate(self._corpus.documents.terms)}

    @cached_property
    def _frequencies(self) -> IntArray:
        """The number of documents that have each term, also of those that are no columns."""
        found = np.zeros(len(self._places), np.int64)
        for part in self._corpus.documents.counts():
            found += np.bincount(part.indices, minlength=len(found))
        return found
