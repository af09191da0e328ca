"""Texts to counts of terms: the compiled counter, its twin in Python, and which of the two serves.

tokenizer -> counting -> bag of words. Both remember what they have learned: the number of a term, and of a
token whose term was asked for once. Python says what a term is; the compiled counter knows by itself only
that a token of ASCII characters is its own term, but for case.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .tokenizer import Tokenizer
from .vocabulary import IntArray

_native: ModuleType | None
try:
    from . import _native
except ImportError:  # the install found no compiler
    _native = None

# What stands for the number of a token that has none.
UNKNOWN = -1  # its term is none of those that are known
NO_TERM = -2  # too short to be a term, or a stop word

# A memory of so many tokens starts anew: a stream of texts may never end.
MEMO_LIMIT = 1_000_000  # some 100 MB

Int32 = NDArray[np.int32]


class TermCounts(NamedTuple):
    """The terms of D texts.

    columns, counts : (nnz,) int32, numbers of terms, each once in a text and in no set order, and how often
    starts : (D + 1,) int64, where each text's entries begin and the last one's end
    unknown : (D,) int64, tokens whose term is not known
    """

    columns: Int32
    counts: Int32
    starts: IntArray
    unknown: IntArray


class Sequences(NamedTuple):
    """The tokens of D texts, in their order.

    numbers : (N,) int32, of each token's term, or UNKNOWN or NO_TERM
    starts : (D + 1,) int64, where each text's tokens begin and the last one's end
    """

    numbers: Int32
    starts: IntArray


class TermCounter(Protocol):
    """Counts terms, each by its number: a new one gets the next, unless the terms are known beforehand."""

    def count(self, texts: Iterable[str]) -> TermCounts:
        """Count the terms of each text."""

    def sequences(self, texts: Iterable[str]) -> Sequences:
        """Return the number of each token's term, one after the other."""

    def columns(self, terms: Sequence[str]) -> Int32:
        """Return the numbers of T terms, as if they had been met in a text: (T,)."""

    def terms(self, first: int) -> list[str]:
        """Return the terms that were new, from number `first` on."""

    def __len__(self) -> int:
        """Return how much is remembered: of a counter without known terms this grows with its texts."""


def term_counter(tokenizer: Tokenizer, known: dict[str, int] | None = None) -> TermCounter:
    """Return the fastest counter there is for a tokenizer; LDA_CLI_KERNEL=numpy forbids the compiled one.

    known : terms to their numbers, or to NO_TERM for those that are not counted and not unknown either
    """
    if tokenizer.is_one_class and _may_be_compiled():
        return NativeCounter(tokenizer, known)
    return PythonCounter(tokenizer, known)


def _may_be_compiled() -> bool:
    return _native is not None and os.environ.get("LDA_CLI_KERNEL") != "numpy"


class TermNumbers(Protocol):
    """Numbers terms that others have found: a new term gets the next number."""

    def columns(self, terms: Sequence[str]) -> Int32:
        """Return the numbers of T different terms: (T,)."""

    def terms(self, first: int) -> list[str]:
        """Return the terms from number `first` on."""


def term_numbers() -> TermNumbers:
    """Return the fastest there is, with the choice of `term_counter`."""
    return _NativeNumbers() if _may_be_compiled() else _Numbers()


class _NativeNumbers:
    """TermNumbers, compiled: a counter that is given terms and no text."""

    def __init__(self) -> None:
        assert _native is not None
        self._counter = _native.Counter(
            characters=lambda page: bytes(256),
            normalize=str,
            known=None,
            lowercase=False,
            min_length=0,
            max_length=sys.maxsize,
            is_verbatim=True,
            limit=MEMO_LIMIT,
        )

    def columns(self, terms: Sequence[str]) -> Int32:
        return np.frombuffer(self._counter.numbers(list(terms)), np.int32)

    def terms(self, first: int) -> list[str]:
        terms: list[str] = self._counter.terms(first)
        return terms


class NativeCounter(_NativeNumbers):
    """A TermCounter, compiled: for tokens that are runs of one class of characters."""

    def __init__(self, tokenizer: Tokenizer, known: dict[str, int] | None = None) -> None:
        assert _native is not None
        self._made_of = tokenizer, known
        self._counter = _native.Counter(
            characters=tokenizer.in_class,
            normalize=tokenizer.normalize,
            known=known,
            lowercase=tokenizer.config.lowercase and tokenizer.keeps_ascii,
            min_length=tokenizer.config.min_length,
            max_length=tokenizer.config.max_length or sys.maxsize,
            is_verbatim=tokenizer.keeps_ascii and not tokenizer.stems,
            limit=MEMO_LIMIT,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process starts with what is known, and learns the rest by itself."""
        return NativeCounter, self._made_of

    def count(self, texts: Iterable[str]) -> TermCounts:
        columns, counts, starts, unknown = self._counter.count(texts)
        return TermCounts(
            np.frombuffer(columns, np.int32),
            np.frombuffer(counts, np.int32),
            np.frombuffer(starts, np.int64),
            np.frombuffer(unknown, np.int64),
        )

    def sequences(self, texts: Iterable[str]) -> Sequences:
        numbers, starts = self._counter.sequences(texts)
        return Sequences(np.frombuffer(numbers, np.int32), np.frombuffer(starts, np.int64))

    def __len__(self) -> int:
        return len(self._counter)


class PythonCounter:
    """A TermCounter in Python: for every tokenizer, and the compiled one's oracle.

    A token costs a step of collections.Counter, a distinct token of a text one look-up.
    """

    def __init__(self, tokenizer: Tokenizer, known: dict[str, int] | None = None) -> None:
        self._tokenizer = tokenizer
        self._new = _Numbers()
        self._column_of = self._new if known is None else Known(known)
        self._memo = Memo(tokenizer, self._column_of)

    def count(self, texts: Iterable[str]) -> TermCounts:
        tokens = _Tokens()
        for text in texts:
            tokens.add(self._tokenizer.tokens(text))
        columns = self._memo.columns(tokens.distinct)
        return TermCounts(*tokens.entries(columns), tokens.total(columns == UNKNOWN))

    def sequences(self, texts: Iterable[str]) -> Sequences:
        found = [self._memo.columns(self._tokenizer.tokens(text)) for text in texts]
        starts = np.cumsum([0, *map(len, found)], dtype=np.int64)
        return Sequences(np.concatenate([np.zeros(0, np.int32), *found]), starts)

    def columns(self, terms: Sequence[str]) -> Int32:
        return self._column_of.columns(terms)

    def terms(self, first: int) -> list[str]:
        return self._new.terms(first)

    def __len__(self) -> int:
        return max(len(self._memo), len(self._new))


class Known(dict[str, int]):
    """Terms to columns; to any other belongs UNKNOWN."""

    def __missing__(self, term: str) -> int:
        return UNKNOWN

    def columns(self, terms: Sequence[str]) -> Int32:
        """Return the columns of T terms: (T,)."""
        return np.fromiter(map(self.__getitem__, terms), np.int32, len(terms))


class _Numbers(Known):
    """Terms to columns, of which a new term gets the next: the order of the dict is theirs."""

    def __missing__(self, term: str) -> int:
        self[term] = column = len(self)
        return column

    def terms(self, first: int) -> list[str]:
        return list(islice(self, first, None))


class Memo(dict[str, int]):
    """Raw tokens to columns, or UNKNOWN or NO_TERM; a token that is new is normalised and looked up."""

    def __init__(self, tokenizer: Tokenizer, column_of: Mapping[str, int]) -> None:
        self._tokenizer, self._column_of = tokenizer, column_of

    def __missing__(self, raw: str) -> int:
        term = self._tokenizer.normalize(raw)
        self[raw] = column = self._column_of[term] if term else NO_TERM
        return column

    def columns(self, tokens: Sequence[str]) -> Int32:
        """Return the columns of N tokens: (N,). A memo too large starts anew: a stream may never end."""
        if len(self) > MEMO_LIMIT:
            self.clear()
        return np.fromiter(map(self.__getitem__, tokens), np.int32, len(tokens))


class _Tokens:
    """The distinct raw tokens of each of D texts, one text's after the other's, and how often each occurs."""

    def __init__(self) -> None:
        self.distinct: list[str] = []
        self._counts: list[int] = []
        self._ends = [0]

    def add(self, tokens: Iterable[str]) -> None:
        """Append a text. Tokens of one text are few and near: counting them first keeps to the cache."""
        counted = Counter(tokens)
        self.distinct.extend(counted)
        self._counts.extend(counted.values())
        self._ends.append(len(self.distinct))

    def entries(self, columns: Int32) -> tuple[Int32, Int32, IntArray]:
        """Put the tokens of one column in a text together, and leave those out that have none.

        columns : (N,), of the N distinct tokens
        Returns columns, sorted in each text, how often each occurs, and starts, as `Counted` has them.
        """
        n_texts = len(self._ends) - 1
        texts = np.repeat(np.arange(n_texts, dtype=np.int64), np.diff(self._ends))
        is_term = columns >= 0
        keys = texts[is_term] << 32 | columns[is_term]
        order = np.argsort(keys)
        keys = keys[order]
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        counts = np.asarray(self._counts, np.int32)[is_term][order]
        counts = np.add.reduceat(counts, firsts) if len(firsts) else counts
        keys = keys[firsts]
        starts = np.concatenate([[0], np.cumsum(np.bincount(keys >> 32, minlength=n_texts))])
        return (keys & 0xFFFFFFFF).astype(np.int32), counts.astype(np.int32), starts

    def total(self, chosen: NDArray[np.bool_]) -> IntArray:
        """Return how many tokens of each text are `chosen`, (N,), of the distinct ones: (D,) int64."""
        so_far = np.concatenate([[0], np.cumsum(np.where(chosen, self._counts, 0), dtype=np.int64)])
        return np.diff(so_far[self._ends])
