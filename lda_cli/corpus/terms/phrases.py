"""Phrases: some neighbouring words are one term, `new_york`, in training and in new texts alike.

collocations -> phrases -> counts. A phrase is a run of words, each a learned pair with the next. From the
left, the longest run of at most max_words words is one term, then the next may begin. This is the joining of
Mikolov et al. (2013), with chains of pairs in the place of their further passes over the text. No phrase has
a stop word, or crosses a word that is too short or too long, or the end of a sentence.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .counting import UNKNOWN, Sequences, TermCounter, TermCounts
from .rows import Int32, IntArray
from .sentences import sentences

SEPARATOR = "_"

ColumnsOf = Callable[[Sequence[str]], Int32]  # from terms to their numbers

_LARGEST = 2**31 - 1  # number of a term
_NO_KEY = np.iinfo(np.int64).max  # larger than that of any pair


class Phrases(NamedTuple):
    """The pairs of words that make phrases.

    pairs : of terms, sorted: the second, right after the first, belongs to the same phrase
    max_words : of a phrase, at most
    """

    pairs: tuple[tuple[str, str], ...]
    max_words: int

    @property
    def words(self) -> list[str]:
        """Return the distinct terms of the pairs."""
        return sorted({word for pair in self.pairs for word in pair})


def joined(words: Iterable[str]) -> str:
    """Return the term of a phrase."""
    return SEPARATOR.join(words)


class Joiner:
    """Joins words to phrases, in sequences of the numbers that a counter gave to terms."""

    def __init__(self, phrases: Phrases, columns_of: ColumnsOf, n_terms: int = _LARGEST) -> None:
        """Look up the number of each word of a phrase; they must be different and not negative.

        columns_of : called for the numbers of whole phrases too, when they occur
        n_terms : words with this number or a larger one are UNKNOWN outside of phrases
        """
        self._max_words, self._columns_of, self._n_terms = phrases.max_words, columns_of, n_terms
        words = dict(zip(phrases.words, columns_of(phrases.words).tolist(), strict=True))
        self._words = {number: word for word, number in words.items()}
        pairs = np.array([(words[a], words[b]) for a, b in phrases.pairs], np.int64).reshape(-1, 2)
        self._keys = np.sort(np.append(pairs[:, 0] << 32 | pairs[:, 1], _NO_KEY))
        # After the largest number: a place for all larger ones, and places for the negative ones.
        self._begins, self._goes_on = np.zeros((2, pairs.max(initial=0) + 4), bool)
        self._begins[pairs[:, 0]] = self._goes_on[pairs[:, 1]] = True

    def join(self, tokens: Sequences) -> tuple[Int32, IntArray]:
        """Put phrases in the place of their words; returns the numbers of M terms, (M,).

        And the first token of each, and the number of tokens: (M + 1,) int64.
        """
        is_joined = self._are_joined(tokens)  # of each token, with the one before it
        firsts = np.append(np.flatnonzero(~is_joined), len(is_joined))
        numbers = tokens.numbers[firsts[:-1]]
        lengths = np.diff(firsts)
        phrases = np.flatnonzero(lengths > 1)
        numbers[phrases] = self._numbers_of(tokens.numbers, firsts[phrases], lengths[phrases])
        numbers[numbers >= self._n_terms] = UNKNOWN
        return numbers, firsts

    def _are_joined(self, tokens: Sequences) -> NDArray[np.bool_]:
        numbers, starts = tokens
        places = np.minimum(numbers, len(self._begins) - 3)
        may_be = self._begins[places[:-1]] & self._goes_on[places[1:]]
        ends = starts[1:-1]
        may_be[ends[(ends > 0) & (ends < len(numbers))] - 1] = False  # the next token is in another text
        at = np.flatnonzero(may_be)
        keys = numbers[at].astype(np.int64) << 32 | numbers[at + 1]
        links = at[self._keys[np.searchsorted(self._keys, keys)] == keys]
        begins = np.diff(links, prepend=-2) != 1  # a run of words, each linked to the next
        ranks = np.arange(len(links)) - np.flatnonzero(begins)[np.cumsum(begins) - 1]
        is_joined = np.zeros(len(numbers), bool)
        is_joined[links[(ranks + 1) % self._max_words != 0] + 1] = True
        return is_joined

    def _numbers_of(self, numbers: Int32, begins: IntArray, lengths: IntArray) -> Int32:
        """Return the numbers of phrases; each distinct phrase is looked up once."""
        codes = examples = np.zeros(len(begins), np.int64)
        for rank in range(lengths.max(initial=0)):
            words = np.where(rank < lengths, numbers[np.minimum(begins + rank, len(numbers) - 1)], -1)
            _, examples, codes = np.unique(codes << 32 | words + 1, return_index=True, return_inverse=True)
        found = [
            joined(map(self._words.__getitem__, numbers[begin : begin + length].tolist()))
            for begin, length in zip(begins[examples].tolist(), lengths[examples].tolist(), strict=True)
        ]
        return self._columns_of(found)[codes]


def count(counter: TermCounter, texts: Iterable[str], joiner: Joiner | None) -> TermCounts:
    """Count the terms of each text as `counter` does, with phrases in the place of their words.

    joiner : for the numbers of `counter`, or None for no phrases
    """
    if joiner is None:
        return counter.count(texts)
    tokens = sequences(counter, texts, joiner)
    unknown_before = np.append(0, np.cumsum(tokens.numbers == UNKNOWN))
    return TermCounts(tokens.rows(), np.diff(unknown_before[tokens.starts]))


def sequences(counter: TermCounter, texts: Iterable[str], joiner: Joiner | None) -> Sequences:
    """Return the tokens of each text as `counter` does, each phrase as one; `joiner` as in `count`."""
    if joiner is None:
        return counter.sequences(texts)
    n_parts = [0]  # of the texts so far

    def parts() -> Iterator[str]:
        for text in texts:
            found = sentences(text)
            n_parts.append(n_parts[-1] + len(found))
            yield from found

    tokens = counter.sequences(parts())
    numbers, firsts = joiner.join(tokens)
    return Sequences(numbers, np.searchsorted(firsts, tokens.starts[n_parts]))
