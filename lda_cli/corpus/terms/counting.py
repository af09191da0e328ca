"""Texts to counts of terms: the compiled counter, its twin in Python, and which of the two serves.

tokenizer -> counting -> bag of words. Both remember what they have learned: the number of a term, and of a
token whose term was asked for once. Python says what a term is; the compiled counter knows by itself only
that a token of ASCII characters is its own term, but for case.
"""

import os
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .rows import NO_COUNTS, Int32, IntArray, Rows, starts_of
from .tokenizer import Tokenizer

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


class TermCounts(NamedTuple):
    """The terms of D texts.

    rows : of the texts, in no set order
    unknown : (D,) int64, tokens whose term is not known, stop words not counted
    spans : for each text where its terms are, if that was asked for
    """

    rows: Rows
    unknown: IntArray
    spans: list[tuple[IntArray, IntArray, IntArray]] | None = None


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


class NativeCounter:
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
        of_terms = np.frombuffer(columns, np.int32), np.frombuffer(counts, np.int32)
        return TermCounts(Rows(np.frombuffer(starts, np.int64), *of_terms), np.frombuffer(unknown, np.int64))

    def sequences(self, texts: Iterable[str]) -> Sequences:
        numbers, starts = self._counter.sequences(texts)
        return Sequences(np.frombuffer(numbers, np.int32), np.frombuffer(starts, np.int64))

    def columns(self, terms: Sequence[str]) -> Int32:
        return np.frombuffer(self._counter.numbers(list(terms)), np.int32)

    def terms(self, first: int) -> list[str]:
        terms: list[str] = self._counter.terms(first)
        return terms

    def __len__(self) -> int:
        return len(self._counter)


class PythonCounter:
    """A TermCounter in Python: for every tokenizer, and the compiled one's oracle.

    A token costs a step of collections.Counter, a distinct token of a text one look-up.
    """

    def __init__(self, tokenizer: Tokenizer, known: dict[str, int] | None = None) -> None:
        self._tokenizer = tokenizer
        self._new = Numbers()
        self._column_of = self._new if known is None else Known(known)
        self._memo = Memo(tokenizer, self._column_of)

    def count(self, texts: Iterable[str]) -> TermCounts:
        tokens = _Tokens()
        for text in texts:
            tokens.add(self._tokenizer.tokens(text))
        columns = self._memo.columns(tokens.distinct)
        return TermCounts(tokens.rows(columns), tokens.total(columns == UNKNOWN))

    def sequences(self, texts: Iterable[str]) -> Sequences:
        found = [self._memo.columns(self._tokenizer.tokens(text)) for text in texts]
        starts = np.cumsum([0, *map(len, found)], dtype=np.int64)
        return Sequences(np.concatenate([NO_COUNTS, *found]), starts)

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


class Numbers(Known):
    """Terms to columns, of which a new term gets the next: the order of the dict is theirs."""

    def __init__(self) -> None:
        super().__init__()
        self._of_counters: dict[bytes, array[int]] = {}

    def __missing__(self, term: str) -> int:
        self[term] = column = len(self)
        return column

    def terms(self, first: int) -> list[str]:
        """Return the terms from number `first` on."""
        return list(islice(self, first, None))

    def renumbered(self, columns: Int32, terms: Sequence[str], counter: bytes = b"") -> Int32:
        """Return the numbers here of terms that a counter has numbered otherwise: the shape of `columns`.

        counter : its name; `terms` are those that it has numbered since the last call. Without a name,
            they are all that `columns` stand for
        """
        own = self.columns(terms)
        if not counter:
            return own[columns]
        known = self._of_counters.setdefault(counter, array("i"))
        known.frombytes(own.tobytes())
        return np.asarray(known)[columns]


class Newcomers:
    """A counter of one process, and the terms that it has not yet sent to the process that gathers counts.

    name : what tells it from all other counters
    """

    def __init__(self, tokenizer: Tokenizer, first_terms: Sequence[str] = ()) -> None:
        """Give the first numbers to `first_terms`."""
        self.name = os.urandom(16)
        self.counter = term_counter(tokenizer)
        self.counter.columns(first_terms)
        self._n_first, self._n_sent = len(first_terms), 0

    @property
    def is_full(self) -> bool:
        """Whether another must take its place: it remembers as much as it may."""
        return len(self.counter) > MEMO_LIMIT + self._n_first

    def take(self) -> list[str]:
        """Return the terms that were numbered since the last call: the next numbers are theirs."""
        terms = self.counter.terms(self._n_sent)
        self._n_sent += len(terms)
        return terms


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

    def rows(self, columns: Int32) -> Rows:
        """Put the tokens of one column in a text together, and leave those out that have none.

        columns : (N,), of the N distinct tokens
        """
        n_texts = len(self._ends) - 1
        texts = np.repeat(np.arange(n_texts, dtype=np.int64), np.diff(self._ends))
        is_term = columns >= 0
        counts = np.asarray(self._counts, np.int32)[is_term]
        return Rows.of_entries(texts[is_term], columns[is_term], counts, n_texts)

    def total(self, chosen: NDArray[np.bool_]) -> IntArray:
        """Return how many tokens of each text are `chosen`, (N,), of the distinct ones: (D,) int64."""
        return np.diff(starts_of(np.where(chosen, self._counts, 0))[self._ends])
