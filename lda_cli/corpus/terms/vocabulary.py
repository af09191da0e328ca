"""Which terms are columns: stop words, and pruning by frequency. Between the tokenizer and the counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...config import VocabularyConfig
from ...errors import CorpusError
from .rows import IntArray

# What to do about a rule that leaves no word.
_REMEDIES = {
    "stop_words": "set vocabulary.stop_words to none",
    "min_df": "lower vocabulary.min_df",
    "max_df": "raise vocabulary.max_df",
    "max_terms": "raise vocabulary.max_terms",
}


@dataclass(frozen=True)
class Vocabulary:
    """The terms, sorted by code point: term n is column n of every matrix of counts and of Phi."""

    terms: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.terms)


@dataclass(frozen=True)
class Amount:
    """So many distinct terms, that occur so often all together."""

    terms: int
    tokens: int


@dataclass(frozen=True)
class PruningReport:
    """What was found and what each rule removed of it, in the order they are applied.

    Words shorter than min_length or longer than max_length never were terms: they are in no number.
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

    terms : distinct, in any order; occurrences, documents : (T,) int64, how often each occurs and in how many
    documents; n_documents : what a fractional min_df or max_df is a share of, empty documents included.
    Returns the places in `terms` of those kept, sorted by term, and what was removed.
    Raises CorpusError when no term is left.
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
    """Return a min_df or max_df as a number of documents: an integer is one, a fraction is a share of all."""
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
