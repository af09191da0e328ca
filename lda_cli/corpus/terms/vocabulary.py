"""Which terms are columns: stop words, and pruning by frequency. Between the tokenizer and the counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...config import VocabularyConfig
from ...errors import CorpusError
from .rows import IntArray

# What to do if a rule leaves no word.
_REMEDIES = {
    "stop_words": "set vocabulary.stop_words to none",
    "min_df": "lower vocabulary.min_df",
    "max_df": "raise vocabulary.max_df",
    "max_terms": "raise vocabulary.max_terms",
}


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
) -> tuple[IntArray, PruningReport]:
    """Choose the terms to keep: no stop words, min_df <= documents <= max_df, the max_terms most frequent.

    terms : T distinct ones, in any order
    occurrences, documents : (T,) int64, of each term, and the number of documents that have it
    n_documents : all documents, empty ones too; a fractional min_df or max_df is a share of them

    Returns the indices of the kept terms, sorted by term, and a report. Raises CorpusError if none is left.
    """
    is_stop_word = np.fromiter(map(stop_words.__contains__, terms), bool, len(terms))
    kept = np.flatnonzero(~is_stop_word)
    left = [np.arange(len(terms)), kept]

    kept = kept[documents[kept] >= as_count(config.min_df, n_documents)]
    left.append(kept)
    kept = kept[documents[kept] <= as_count(config.max_df, n_documents)]
    left.append(kept)

    kept = np.array(sorted(kept.tolist(), key=terms.__getitem__), dtype=np.int64)
    if config.max_terms is not None and len(kept) > config.max_terms:
        by_frequency = np.argsort(-occurrences[kept], kind="stable")  # ties stay sorted by code point
        kept = kept[np.sort(by_frequency[: config.max_terms])]
    left.append(kept)

    amounts = [Amount(len(places), int(occurrences[places].sum())) for places in left]
    removed = [Amount(a.terms - b.terms, a.tokens - b.tokens) for a, b in pairwise(amounts)]
    report = PruningReport(amounts[0], *removed)
    if not len(kept):
        raise CorpusError(_no_word_is_left(report, config))
    return kept, report


def as_count(document_frequency: float, n_documents: int) -> float:
    """Return a min_df or max_df as a number of documents: a fraction is a share of all."""
    return document_frequency if isinstance(document_frequency, int) else document_frequency * n_documents


def _no_word_is_left(report: PruningReport, config: VocabularyConfig) -> str:
    removed = {rule: getattr(report, rule).terms for rule in _REMEDIES}
    steps = ", ".join(
        f"{rule if rule == 'stop_words' else f'{rule}={getattr(config, rule)}'} removed {count}"
        for rule, count in removed.items()
        if count or rule in ("stop_words", "min_df", "max_df")
    )
    remedy = _REMEDIES[max(removed, key=removed.__getitem__)]
    return f"no word is left: of {report.found.terms} distinct terms {steps}; {remedy}"
