"""What a sample tells of its corpus: numbers of tokens and terms, and what the vocabulary's rules remove.

sample -> outlook. Tokens grow as the corpus does. Terms do not: as their number grows from a quarter of the
sample to half of it and to all, so it is taken to go on (Heaps' law), a little slower with each doubling.

So the terms that min_df 1, 5 and 50 leave were told within 30 per cent, and tokens within 5, from 5 to 30 per
cent of 20 Newsgroups, of Linux's documentation and of word-net's glosses, and from 1 per cent of a million
documents made of pieces of postings.
"""

import math
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..config import VocabularyConfig
from .sampling import Sample
from .terms.vocabulary import Amount, PruningReport, as_count
from .training_corpus import Sizes, TrainingCorpus

Float64 = npt.NDArray[np.float64]

# Below so many documents of the sample, whether a term is in enough of them is a matter of chance.
_LEAST_DOCUMENTS = 3
# A doubling of the corpus raises the exponent of the growth to the next by no less than this factor.
_SLOWEST = 0.9

_RULES = _STOP, _RARE, _FREQUENT, _KEPT = range(4)
_TERMS, _TOKENS, _ENTRIES = range(3)


class Outlook(NamedTuple):
    """What a training will find.

    n_entries_found : distinct terms of each document before the rules are applied
    frequencies : (V,) float64, how many documents each term of the vocabulary is in
    """

    sizes: Sizes
    pruning: PruningReport
    n_entries_found: int
    frequencies: Float64


def certain(corpus: TrainingCorpus) -> Outlook:
    """Tell of a corpus that was read as a whole."""
    n_entries_found = sum(len(part.indices) for part in corpus.documents.counts())
    return Outlook(corpus.sizes, corpus.pruning, n_entries_found, corpus.term_counts[:, 1].astype(np.float64))


def sampled_rules(config: VocabularyConfig, n_sampled: int, n_documents: int) -> VocabularyConfig:
    """Return the rules for a sample that keep about the terms which `config` keeps of so many documents.

    A min_df of the corpus is that share of it in the sample, but at least 3 documents, or min_df itself.
    """
    n_documents = max(n_documents, 1)
    min_df = as_count(config.min_df, n_documents)
    least = max(math.ceil(min_df * n_sampled / n_documents), _LEAST_DOCUMENTS)
    max_share = min(as_count(config.max_df, n_documents) / n_documents, 1.0)
    return replace(config, min_df=math.ceil(min(min_df, least)), max_df=max_share)


def expected(
    sample: Sample, corpus: TrainingCorpus, config: VocabularyConfig, stop_terms: Collection[str]
) -> Outlook:
    """Tell what may be found in the corpus that a sample is of.

    corpus : the sample's own, by `sampled_rules`
    """
    n_documents, n_sampled = sample.n_documents, len(sample.documents)
    terms = sample.documents.terms
    seen = _Seen(sample, np.fromiter((term in stop_terms for term in terms), bool, len(terms)))
    min_df = as_count(config.min_df, n_documents)
    max_share = as_count(config.max_df, n_documents) / n_documents
    cut = seen.cut(min_df, max_share)
    beyond = np.zeros(3)  # of max_terms
    if config.max_terms is not None and cut[_KEPT, _TERMS] > config.max_terms:
        low, high = max(min_df, 1.0), float(n_documents)
        while high > 1.01 * low:  # to leave out the rarest terms is to raise min_df
            middle = math.sqrt(low * high)
            if seen.cut(middle, max_share)[_KEPT, _TERMS] > config.max_terms:
                low = middle
            else:
                high = middle
        beyond = cut[_KEPT] - seen.cut(high, max_share)[_KEPT]
        beyond[_TERMS] = cut[_KEPT, _TERMS] - config.max_terms
    kept = cut[_KEPT] - beyond
    amounts = [_amount(row) for row in (cut.sum(axis=0), *cut[:_KEPT], beyond)]
    sizes = Sizes(
        n_documents,
        max(1, round(n_documents * corpus.sizes.n_with_words / n_sampled)),
        *(max(1, round(kept[what])) for what in (_TOKENS, _TERMS, _ENTRIES)),
    )
    frequencies = np.sort(corpus.term_counts[:, 1] * seen.factor)[::-1][: sizes.n_terms]
    unseen = np.full(sizes.n_terms - len(frequencies), 1.5 * max(min_df, 1))
    n_entries_found = round(cut[:, _ENTRIES].sum())
    return Outlook(sizes, PruningReport(*amounts), n_entries_found, np.concatenate([frequencies, unseen]))


def _amount(row: Float64) -> Amount:
    return Amount(round(row[_TERMS]), round(row[_TOKENS]))


class _Seen:
    """A sample, and how the number of its terms grows.

    factor : how many tokens of the corpus stand behind each of the sample's
    """

    def __init__(self, sample: Sample, is_stop: npt.NDArray[np.bool_]) -> None:
        self._n_documents, self._is_stop = len(sample.documents), is_stop
        steps = (1, 2, 4)  # all documents, every second, every fourth
        containing = np.zeros((len(steps), len(is_stop)))
        self._occurrences = np.zeros(len(is_stop))
        n_tokens, first = np.zeros(2), 0
        for part in sample.documents.counts():
            lengths = np.diff(part.indptr)
            documents = np.repeat(np.arange(first, first + len(lengths)), lengths)
            for row, step in enumerate(steps):
                chosen = part.indices[documents % step == 0]
                containing[row] += np.bincount(chosen, minlength=len(is_stop))
            self._occurrences += np.bincount(part.indices, part.data, len(is_stop))
            n_tokens += part.data.sum(), part.data @ sample.factors[documents]
            first += len(lengths)
        self._containing = containing[0]
        self._growth = _Growth(*np.count_nonzero(containing, axis=1).tolist())
        self.factor = max(1.0, float(n_tokens[1] / max(n_tokens[0], 1)))

    def cut(self, min_df: float, max_share: float) -> Float64:
        """What each of _RULES takes of the corpus: (4, 3), terms, tokens and entries.

        A min_df that is hardly a document of the sample is applied there as if it were a few. That shows what
        it does in a smaller corpus, from which on terms grow.
        """
        min_df = max(min_df, 1.0)
        least = min(min_df, max(math.ceil(min_df / self.factor), _LEAST_DOCUMENTS))
        smaller = min(min_df / least, self.factor)
        seen = self._divided(least, max_share)
        cut = seen * self.factor
        cut[_STOP, _TERMS], cut[_FREQUENT, _TERMS] = seen[_STOP, _TERMS], seen[_FREQUENT, _TERMS]
        kept, rare = self._growth.at_least(min_df, smaller, self.factor)
        both = (seen[_RARE, _TERMS] + seen[_KEPT, _TERMS]) * self._growth.of_terms(1.0, self.factor)
        cut[_KEPT, _TERMS] = min(seen[_KEPT, _TERMS] * kept, both)
        cut[_RARE, _TERMS] = both - cut[_KEPT, _TERMS]
        for what in (_TOKENS, _ENTRIES):
            both = cut[_RARE, what] + cut[_KEPT, what]
            cut[_RARE, what] = min(seen[_RARE, what] * smaller * rare, both)
            cut[_KEPT, what] = both - cut[_RARE, what]
        return cut

    def _divided(self, min_df: float, max_share: float) -> Float64:
        """What each rule takes of the sample."""
        rule = np.where(self._containing > max_share * self._n_documents, _FREQUENT, _KEPT)
        rule[self._containing < min_df] = _RARE
        rule[self._is_stop] = _STOP
        weights = self._containing > 0, self._occurrences, self._containing
        return np.column_stack([np.bincount(rule, weight, len(_RULES)) for weight in weights])


class _Growth:
    """How the number of terms grows from a sample on: as n^beta, of which beta falls with each doubling."""

    def __init__(self, whole: int, half: int, quarter: int) -> None:
        """Take how many terms there are in a sample, in half of it, and in a quarter."""
        self._beta = math.log2(whole / half) if half else 1.0
        before = math.log2(half / quarter) if quarter else 1.0
        self._slower = min(1.0, max(_SLOWEST, self._beta / before)) if before > 0 else 1.0

    def beta(self, factor: float) -> float:
        """In a corpus `factor` times as large as the sample."""
        return min(max(self._beta * math.pow(self._slower, math.log2(factor)), 0.01), 0.95)

    def of_terms(self, smaller: float, larger: float) -> float:
        """By which factor terms grow from one such corpus to the other."""
        n_doublings = math.log2(larger / smaller)
        return math.exp2(n_doublings * (self.beta(smaller) + self.beta(larger)) / 2)

    def at_least(self, min_df: float, smaller: float, larger: float) -> tuple[float, float]:
        """By which factors those grow that are in min_df documents, and the occurrences of the others.

        Where terms grow as n^beta, a share Gamma(m - beta) / (Gamma(m) Gamma(1 - beta)) of them is in m
        documents or more, and the others are in all as often as
        beta / (1 - beta) Gamma(m - beta) / (Gamma(m - 1) Gamma(1 - beta)) times their number.
        """
        growth = self.of_terms(smaller, larger)
        before, after = self.beta(smaller), self.beta(larger)
        shares = [math.lgamma(min_df - beta) - math.lgamma(1 - beta) for beta in (before, after)]
        kept = growth * math.exp(shares[1] - shares[0])
        return kept, kept * (after / (1 - after)) / (before / (1 - before))
