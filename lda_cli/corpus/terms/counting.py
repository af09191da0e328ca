"""Texts to counts of terms: the compiled counter, its twin in Python, and the choice between them.

tokenizer -> counting -> counts. Both keep the number of each term, and of each token once it was normalised.
The compiled counter calls Python to normalise a token, unless it is in ASCII and only its case may change.
"""

import os
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from .rows import NO_COUNTS, Int32, IntArray, Rows, starts_of
from .tokenizer import Tokenizer

_native: ModuleType | None
try:
    from . import _native
except ImportError:  # the install found no compiler
    _native = None

# In the place of a number, for a token
UNKNOWN = -1  # whose term is not known
NO_TERM = -2  # that is too short or too long, or a stop word

# Tokens that are remembered; then the memory is emptied, since a stream of texts may be endless.
MEMO_LIMIT = 1_000_000  # about 100 MB


class TermCounts(NamedTuple):
    """The terms of D texts.

    rows : (D, V); the terms of a text are not sorted
    unknown : (D,) int64, tokens whose term is not known, without stop words
    spans : of each text's terms, or None if not wanted
    """

    rows: Rows
    unknown: IntArray
    spans: list[tuple[IntArray, IntArray, IntArray]] | None = None


class Sequences(NamedTuple):
    """The tokens of D texts, in their order.

    numbers : (N,) int32, of each token's term, or UNKNOWN or NO_TERM
    starts : (D + 1,) int64, where each text's tokens begin, and N
    """

    numbers: Int32
    starts: IntArray

    def rows(self, n_terms: int | None = None) -> Rows:
        """Count the terms of each text, sorted; `n_terms` is V, if it is known."""
        of_tokens = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        known = np.flatnonzero(self.numbers >= 0)
        ones = np.ones(len(known), np.int32)
        found = Rows.of_entries(of_tokens[known], self.numbers[known], ones, len(self.starts) - 1)
        return found._replace(n_terms=n_terms)


def term_counter(tokenizer: Tokenizer, known: dict[str, int] | None = None) -> "TermCounter":
    """Return the fastest counter for a tokenizer; LDA_CLI_KERNEL=numpy selects the one in Python.

    known : terms to their numbers, or to NO_TERM for terms that are neither counted nor unknown
    """
    if _native is not None and os.environ.get("LDA_CLI_KERNEL") != "numpy" and tokenizer.is_one_class:
        return NativeCounter(tokenizer, known)
    return PythonCounter(tokenizer, known)


class NativeCounter:
    """The compiled PythonCounter, for tokens that are runs of one class of characters."""

    def __init__(self, tokenizer: Tokenizer, known: dict[str, int] | None = None) -> None:
        assert _native is not None
        self._made_of = tokenizer, known
        self._apart = tokenizer.apart
        self._counter = _native.Counter(
            characters=tokenizer.in_class,
            normalize=tokenizer.normalize,
            known=known,
            lowercase=tokenizer.config.lowercase and tokenizer.keeps_ascii,
            min_length=tokenizer.config.min_length,
            max_length=tokenizer.config.max_length or sys.maxsize,
            is_verbatim=tokenizer.keeps_ascii and tokenizer.config.stemming == "none",
            limit=MEMO_LIMIT,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Only the known terms are sent to another process."""
        return NativeCounter, self._made_of

    def count(self, texts: Iterable[str]) -> TermCounts:
        columns, counts, starts, unknown = self._counter.count(map(self._apart, texts))
        of_terms = np.frombuffer(columns, np.int32), np.frombuffer(counts, np.int32)
        return TermCounts(Rows(np.frombuffer(starts, np.int64), *of_terms), np.frombuffer(unknown, np.int64))

    def sequences(self, texts: Iterable[str]) -> Sequences:
        numbers, starts = self._counter.sequences(map(self._apart, texts))
        return Sequences(np.frombuffer(numbers, np.int32), np.frombuffer(starts, np.int64))

    def columns(self, terms: Sequence[str]) -> Int32:
        return np.frombuffer(self._counter.numbers(list(terms)), np.int32)

    def terms(self, first: int) -> list[str]:
        terms: list[str] = self._counter.terms(first)
        return terms

    def __len__(self) -> int:
        return len(self._counter)


class PythonCounter:
    """Counts terms by their numbers: a new term gets the next number, unless the terms are given.

    In Python, for every tokenizer; the compiled counter is tested against it.
    """

    def __init__(self, tokenizer: Tokenizer, known: dict[str, int] | None = None) -> None:
        self._tokenizer = tokenizer
        self._new = Numbers()
        self._column_of = self._new if known is None else Known(known)
        self._memo = Memo(tokenizer, self._column_of)

    def count(self, texts: Iterable[str]) -> TermCounts:
        """Count the terms of each text."""
        distinct: list[str] = []  # tokens of each text
        amounts: list[int] = []  # of each of them
        ends = [0]
        for text in texts:
            counted = Counter(self._tokenizer.tokens(text))
            distinct.extend(counted)
            amounts.extend(counted.values())
            ends.append(len(distinct))
        columns, counts = self._memo.columns(distinct), np.array(amounts, np.int32)
        documents = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        is_term = columns >= 0
        rows = Rows.of_entries(documents[is_term], columns[is_term], counts[is_term], len(ends) - 1)
        return TermCounts(rows, np.diff(starts_of(np.where(columns == UNKNOWN, counts, 0))[ends]))

    def sequences(self, texts: Iterable[str]) -> Sequences:
        """Return the number of each token's term, in the order of the tokens."""
        found = [self._memo.columns(self._tokenizer.tokens(text)) for text in texts]
        starts = np.cumsum([0, *map(len, found)], dtype=np.int64)
        return Sequences(np.concatenate([NO_COUNTS, *found]), starts)

    def columns(self, terms: Sequence[str]) -> Int32:
        """Return the numbers of T terms, as if they were in a text: (T,)."""
        return self._column_of.columns(terms)

    def terms(self, first: int) -> list[str]:
        """Return the new terms, from number `first` on."""
        return self._new.terms(first)

    def __len__(self) -> int:
        """Return the number of terms, or of tokens that are remembered if there are more."""
        return max(len(self._memo), len(self._new))


TermCounter = NativeCounter | PythonCounter


class Known(dict[str, int]):
    """Terms to columns; UNKNOWN for other terms."""

    def __missing__(self, term: str) -> int:
        return UNKNOWN

    def columns(self, terms: Sequence[str]) -> Int32:
        """Return the columns of T terms: (T,)."""
        return np.fromiter(map(self.__getitem__, terms), np.int32, len(terms))


class Numbers(Known):
    """Terms to columns, in the order of the dict; a new term gets the next column."""

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
        """Return `columns`, the numbers of a counter, as numbers of this object, in the same shape.

        terms : of the counter, those numbered since the last call; all of them if `counter` is b""
        counter : its name
        """
        own = self.columns(terms)
        if not counter:
            return own[columns]
        known = self._of_counters.setdefault(counter, array("i"))
        known.frombytes(own.tobytes())
        return np.asarray(known)[columns]


class Newcomers:
    """A counter of one process, and the terms that were not sent yet to the process that collects counts.

    name : unique for each counter
    """

    def __init__(self, tokenizer: Tokenizer, first_terms: Sequence[str] = ()) -> None:
        """Give the first numbers to `first_terms`."""
        self.name = os.urandom(16)
        self.counter = term_counter(tokenizer)
        self.counter.columns(first_terms)
        self._n_first, self._n_sent = len(first_terms), 0

    @property
    def is_full(self) -> bool:
        """Whether it has reached the limit of its memory, and must be replaced."""
        return len(self.counter) > MEMO_LIMIT + self._n_first

    def take(self) -> list[str]:
        """Return the terms that were numbered since the last call, in the order of their numbers."""
        terms = self.counter.terms(self._n_sent)
        self._n_sent += len(terms)
        return terms


class Memo(dict[str, int]):
    """Raw tokens to columns, or UNKNOWN or NO_TERM; a new token is normalised and looked up."""

    def __init__(self, tokenizer: Tokenizer, column_of: Mapping[str, int]) -> None:
        self._tokenizer, self._column_of = tokenizer, column_of

    def __missing__(self, raw: str) -> int:
        term = self._tokenizer.normalize(raw)
        self[raw] = column = self._column_of[term] if term else NO_TERM
        return column

    def columns(self, tokens: Sequence[str]) -> Int32:
        """Return the columns of N tokens: (N,). A memo that is too large is emptied first."""
        if len(self) > MEMO_LIMIT:
            self.clear()
        return np.fromiter(map(self.__getitem__, tokens), np.int32, len(tokens))
