"""Documents to counts: the sparse matrix that the E-step reads, for training and for inference.

pieces -> documents -> tokens -> counts (CSR) -> engine. A dict, the memo, remembers the column of each raw
token: a token costs a step of Counter, a distinct token of a document one look-up, and only one new to the
memo is normalised.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import filterfalse
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..config import VocabularyConfig
from ..errors import CorpusError
from .readers import Contents, Document, Piece, Reader
from .report import Report
from .tokenizer import Tokenizer
from .vocabulary import IntArray, PruningReport, Vocabulary, prune

# What a memo holds for a raw token without a column.
UNKNOWN = -1  # its term is not in the vocabulary
NO_TERM = -2  # too short to be a term, or a stop word

_MEMO_LIMIT = 1_000_000  # raw tokens; some 100 MB


class Counted(NamedTuple):
    """The terms of D documents of a piece.

    ids : D names; terms : T distinct terms
    columns, counts : (nnz,) int32, which of `terms`, and how often; a document may have one twice
    starts : (D + 1,) int64, where each document's entries begin and the last one's end
    report, contents : what the reader told
    """

    ids: list[str]
    terms: list[str]
    columns: NDArray[np.int32]
    counts: NDArray[np.int32]
    starts: IntArray
    report: Report
    contents: Contents


class PieceCounter:
    """Counts the terms of pieces, one after the other; what it has learned of tokens stays with it."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer, hashed: bool = True) -> None:
        """Hashed: whether the contents of files are wanted, for the fingerprint."""
        self._reader, self._tokenizer, self._hashed = reader, tokenizer, hashed
        self._terms: list[str] = []
        self._column_of: dict[str, int] = {}
        self._memo: dict[str, int] = {}

    def __call__(self, piece: Piece) -> Counted:
        """Count one piece."""
        report, contents = Report(), Contents()
        documents = self._reader.documents(piece, report, contents if self._hashed else None)
        return self.count(documents)._replace(report=report, contents=contents)

    def count(self, documents: Iterable[Document]) -> Counted:
        """Count documents, of which nobody tells anything."""
        if len(self._terms) > _MEMO_LIMIT:
            self._terms, self._column_of, self._memo = [], {}, {}
        ids: list[str] = []
        entries = _Entries()
        for name, text in documents:
            ids.append(name)
            counted = Counter(self._tokenizer.tokens(text))
            entries.add(_columns(counted, self._tokenizer, self._column, self._memo), counted.values())
        columns, counts, starts = entries.known()
        is_here = np.zeros(len(self._terms), bool)
        is_here[columns] = True
        places = np.flatnonzero(is_here)
        own = np.cumsum(is_here, dtype=np.int32) - np.int32(1)
        terms = [self._terms[place] for place in places.tolist()]
        return Counted(ids, terms, own[columns], counts, starts, Report(), [])

    def _column(self, term: str) -> int:
        column = self._column_of.setdefault(term, len(self._terms))
        if column == len(self._terms):
            self._terms.append(term)
        return column


@dataclass(frozen=True)
class TrainingCorpus:
    """D documents over V terms.

    ids : D names, in reading order; counts : (D, V) CSR, int32, columns sorted in each row, rows of documents
    without a known word empty; term_counts : (V, 2) int64, occurrences and documents of each term;
    n_tokens : the sum of counts.
    """

    ids: list[str]
    counts: csr_matrix
    vocabulary: Vocabulary
    term_counts: IntArray
    pruning: PruningReport
    n_tokens: int


def build(
    pieces: Iterable[Counted],
    tokenizer: Tokenizer,
    config: VocabularyConfig,
    stop_words: Collection[str],
) -> TrainingCorpus:
    """Put counted pieces together, in their order, and choose the vocabulary.

    Raises CorpusError when there is no document, no word, or none that the vocabulary's rules leave.
    """
    ids: list[str] = []
    found: defaultdict[str, int] = defaultdict(lambda: len(found))  # term to provisional column
    entries = _Entries()
    for piece in pieces:
        ids += piece.ids
        column_of = np.fromiter(map(found.__getitem__, piece.terms), np.int32, len(piece.terms))
        entries.append(column_of[piece.columns], piece.counts, piece.starts)
    if not ids:
        raise CorpusError("no document was found: the inputs are empty or were skipped; check corpus.path")
    if not found:
        how = f"pattern {tokenizer.config.pattern!r} and min_length {tokenizer.config.min_length}"
        raise CorpusError(f"no word was found in {len(ids)} documents by the tokenizer's {how}; change them")

    counts = entries.matrix(len(found))
    occurrences, n_containing = _term_counts(counts)
    terms = list(found)
    stop_terms = frozenset(map(tokenizer.fold, stop_words))
    kept, pruning = prune(
        terms, occurrences, n_containing, n_documents=len(ids), config=config, stop_words=stop_terms
    )

    column_of = np.full(len(terms), UNKNOWN, dtype=np.int32)
    column_of[kept] = np.arange(len(kept), dtype=np.int32)
    counts = _matrix(column_of[counts.indices], counts.data, counts.indptr, len(kept))
    return TrainingCorpus(
        ids,
        counts,
        Vocabulary(tuple(terms[place] for place in kept)),
        np.column_stack([occurrences[kept], n_containing[kept]]),
        pruning,
        n_tokens=int(occurrences[kept].sum()),
    )


class CountedTexts(NamedTuple):
    """The known terms of D texts.

    counts : (D, V) CSR, int32, columns sorted in each row
    unknown : (D,) int64, tokens that are no term of the vocabulary, stop words not counted
    spans : for each text what `KnownTerms.spans` finds, or None
    """

    counts: csr_matrix
    unknown: IntArray
    spans: list[tuple[IntArray, IntArray, IntArray]] | None = None


class KnownTerms:
    """The terms of a vocabulary, to be counted and found in new texts. Grows no further with their number."""

    def __init__(self, tokenizer: Tokenizer, terms: Sequence[str], stop_words: Collection[str]) -> None:
        """Terms: V of them, in the order of their columns. Stop words are neither known nor unknown."""
        self.column_of = {term: column for column, term in enumerate(terms)}
        self._column_or_none = dict.fromkeys(map(tokenizer.fold, stop_words), NO_TERM) | self.column_of
        self._tokenizer = tokenizer
        self._memo: dict[str, int] = {}

    def count(self, texts: Iterable[str], spans: bool = False) -> CountedTexts:
        """Count the terms in each text, and the tokens that are no term; find the `spans` too if asked."""
        entries = _Entries()
        found = []
        for text in texts:
            counted = Counter(self._tokenizer.tokens(text))
            entries.add(self._columns(counted), counted.values())
            if spans:
                found.append(self.spans(text))
        counts, unknown = entries.matrix(len(self.column_of)), entries.total(UNKNOWN)
        return CountedTexts(counts, unknown, found if spans else None)

    def spans(self, text: str) -> tuple[IntArray, IntArray, IntArray]:
        """Find the terms in a text: the same tokens that `count` counts.

        Returns starts and ends, in characters of `text`, and columns: (N,) int64 each, in the text's order.
        """
        spans = list(self._tokenizer.raw_spans(text))
        columns = self._columns([raw for _, _, raw in spans])
        found = [(start, end, column) for (start, end, _), column in zip(spans, columns, strict=True)]
        starts, ends, columns_found = np.array(found, dtype=np.int64).reshape(-1, 3).T
        known = columns_found >= 0
        return starts[known], ends[known], columns_found[known]

    def _columns(self, raw_tokens: Collection[str]) -> Iterator[int]:
        return _columns(raw_tokens, self._tokenizer, self._column, self._memo)

    def _column(self, term: str) -> int:
        return self._column_or_none.get(term, UNKNOWN)


def _columns(
    raw_tokens: Collection[str], tokenizer: Tokenizer, column_of: Callable[[str], int], memo: dict[str, int]
) -> Iterator[int]:
    """Return the column of each raw token, or UNKNOWN or NO_TERM; the memo learns those it has not met.

    A memo that has grown too large starts anew, since inference may stream for ever.
    """
    if len(memo) > _MEMO_LIMIT:
        memo.clear()
    for raw in filterfalse(memo.__contains__, raw_tokens):
        term = tokenizer.normalize(raw)
        memo[raw] = column_of(term) if term else NO_TERM
    return map(memo.__getitem__, raw_tokens)


class _Entries:
    """What the rows of a matrix of counts are made of: for each document a run of columns and counts."""

    def __init__(self) -> None:
        self._columns, self._counts = array("i"), array("i")
        self._starts = array("q", [0])  # of each document's run, and the end of the last

    def add(self, columns: Iterable[int], counts: Iterable[int]) -> None:
        """Append a document."""
        self._columns.extend(columns)
        self._counts.extend(counts)
        self._starts.append(len(self._columns))

    def append(self, columns: NDArray[np.int32], counts: NDArray[np.int32], starts: IntArray) -> None:
        """Append documents."""
        self._starts.frombytes((starts[1:] + len(self._columns)).tobytes())
        self._columns.frombytes(columns.tobytes())
        self._counts.frombytes(counts.tobytes())

    def known(self) -> tuple[NDArray[np.int32], NDArray[np.int32], IntArray]:
        """Return columns, counts and starts of the entries that have a column."""
        return _known(*map(np.asarray, (self._columns, self._counts, self._starts)))

    def matrix(self, n_columns: int) -> csr_matrix:
        """Return (D, n_columns) CSR, int32, of the entries that have a column."""
        columns, counts, starts = map(np.asarray, (self._columns, self._counts, self._starts))
        return _matrix(columns, counts, starts, n_columns)

    def total(self, column: int) -> IntArray:
        """Return (D,) int64: the sum of the counts that stand for `column`."""
        matching = np.where(np.asarray(self._columns) == column, np.asarray(self._counts), 0)
        so_far = np.concatenate([[0], np.cumsum(matching, dtype=np.int64)])
        before: IntArray = so_far[np.asarray(self._starts)]
        return before[1:] - before[:-1]


def _matrix(columns: NDArray[Any], counts: NDArray[Any], starts: NDArray[Any], n_columns: int) -> csr_matrix:
    """Return CSR: entries without a column left out, equal columns of a row added up, columns sorted."""
    columns, counts, starts = _known(columns, counts, starts)
    matrix = csr_matrix((counts, columns, starts), shape=(len(starts) - 1, n_columns))
    matrix.sum_duplicates()
    return matrix


def _known(
    columns: NDArray[np.int32], counts: NDArray[np.int32], starts: IntArray
) -> tuple[NDArray[np.int32], NDArray[np.int32], IntArray]:
    """Return the entries that have a column."""
    known = columns >= 0
    return columns[known], counts[known], np.concatenate([[0], np.cumsum(known)])[starts]


def _term_counts(counts: csr_matrix) -> tuple[IntArray, IntArray]:
    """Return occurrences and documents of each column: (V,) int64 each."""
    n_terms = counts.shape[1]
    occurrences = np.bincount(counts.indices, weights=counts.data, minlength=n_terms)  # exact below 2^53
    return occurrences.astype(np.int64), np.bincount(counts.indices, minlength=n_terms)
