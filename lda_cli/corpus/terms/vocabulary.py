"""Which terms are columns: stop words, and pruning by frequency. Between the tokenizer and the counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...config import VocabularyConfig
from ...errors import CorpusError
from .rows import IntArray

# What to do if a rule removes too much.
REMEDIES = {
    "stop_words": "set vocabulary.stop_words to none",
    "min_df": "lower vocabulary.min_df",
    "max_df": "raise vocabulary.max_df",
    "max_terms": "raise vocabulary.max_terms",
}

_RULES = ("stop_words", "min_df", "max_df")  # those that can leave no word
ONE_DOCUMENT = (
    "all text is one document; set corpus.format to lines if each line is one, or cut it by corpus.split"
)
ONE_FOR_ALL = "vocabulary.max_df=1 is one document, 1.0 is all; set it to 1.0"


@dataclass(frozen=True)
class Amount:
    """A number of distinct terms, and of their occurrences."""

    terms: int
    tokens: int


@dataclass(frozen=True)
class PruningReport:
    """The terms found, and the terms that each rule removed, in the order of the rules.

    Words shorter than min_length or longer than max_length are not counted.
    """

    found: Amount
    stop_words: Amount
    min_df: Amount
    max_df: Amount
    max_terms: Amount


def prune(
    terms: Sequence[str],
    occurrences: IntArray,
    documents: IntArray,
    *,
    n_documents: int,
    config: VocabularyConfig,
    stop_words: Collection[str],
    known: Collection[str] = (),
) -> tuple[IntArray, PruningReport]:
    """Choose new terms: no stop words, min_df <= documents <= max_df, the max_terms most frequent.

    terms : T distinct ones, in any order
    occurrences, documents : (T,) int64, of each term, and the number of documents that have it
    n_documents : those that hold a token, a stop word too; a fractional min_df or max_df is a share of them
    known : terms that are kept in any case; they count as some of the max_terms

    Returns the indices of the new terms, sorted by term, and a report on them. Raises CorpusError if there is
    none, and no known term.
    """
    is_stop_word = np.fromiter(map(stop_words.__contains__, terms), bool, len(terms))
    is_known = np.fromiter(map(frozenset(known).__contains__, terms), bool, len(terms))
    kept = np.flatnonzero(~is_stop_word & ~is_known)
    left = [np.flatnonzero(~is_known), kept]

    kept = kept[documents[kept] >= as_count(config.min_df, n_documents)]
    left.append(kept)
    kept = kept[documents[kept] <= as_count(config.max_df, n_documents)]
    left.append(kept)

    kept = np.array(sorted(kept.tolist(), key=terms.__getitem__), dtype=np.int64)
    room = None if config.max_terms is None else max(0, config.max_terms - len(known))
    if room is not None and len(kept) > room:
        by_frequency = np.argsort(-occurrences[kept], kind="stable")  # ties stay sorted by code point
        kept = kept[np.sort(by_frequency[:room])]
    left.append(kept)

    amounts = [Amount(len(places), int(occurrences[places].sum())) for places in left]
    removed = [Amount(a.terms - b.terms, a.tokens - b.tokens) for a, b in pairwise(amounts)]
    report = PruningReport(amounts[0], *removed)
    if not len(kept) and not known:
        of_words = documents[~is_stop_word]
        steps = ", ".join(f"{_rule(config, rule)} removed {getattr(report, rule).terms}" for rule in _RULES)
        remedy = _remedy(of_words, n_documents, config)
        raise CorpusError(f"no word is left: of {report.found.terms} distinct terms {steps}; {remedy}")
    return kept, report


def is_one_for_all(config: VocabularyConfig, n_documents: int) -> bool:
    """Whether max_df is 1, one document, in a corpus of several: 1.0, all of them, is probably meant."""
    return isinstance(config.max_df, int) and config.max_df == 1 and n_documents > 1


def as_count(document_frequency: float, n_documents: int) -> float:
    """Return a min_df or max_df as a number of documents: a fraction is a share of those with a token."""
    return document_frequency if isinstance(document_frequency, int) else document_frequency * n_documents


def _rule(config: VocabularyConfig, rule: str) -> str:
    return rule if rule == "stop_words" else f"{rule}={getattr(config, rule)}"


def _remedy(documents: IntArray, n_documents: int, config: VocabularyConfig) -> str:
    """Say what to change if no word is left: one change, or two if both are needed.

    documents : of each word that is no stop word
    """
    if not len(documents):
        return REMEDIES["stop_words"]
    if n_documents == 1:
        return ONE_DOCUMENT
    if is_one_for_all(config, n_documents):
        return ONE_FOR_ALL
    is_rare = documents < as_count(config.min_df, n_documents)
    is_common = documents > as_count(config.max_df, n_documents)
    if (is_rare & is_common).all():
        return "no number of documents is allowed; set vocabulary.min_df to 1 and vocabulary.max_df to 1.0"
    return REMEDIES["min_df" if np.count_nonzero(~is_common) >= np.count_nonzero(~is_rare) else "max_df"]
