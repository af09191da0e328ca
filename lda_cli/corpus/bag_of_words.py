"""Documents to counts, for training and for inference.

pieces -> documents -> tokens -> counts. A dict, the memo, remembers the column of each raw
token: a token costs a step of Counter, a distinct token of a document one look-up, and only one new to the
memo is normalised.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .formats import Document
from .readers import FileEnd, Piece, Reader
from .report import Report
from .splitting import in_parts
from .tokenizer import Tokenizer
from .vocabulary import IntArray

# What a memo holds for a raw token without a column.
UNKNOWN = -1  # its term is not in the vocabulary
NO_TERM = -2  # too short or too long to be a term, or a stop word

_MEMO_LIMIT = 1_000_000  # raw tokens; some 100 MB

Int32 = NDArray[np.int32]


class Counted(NamedTuple):
    """The terms of D documents of a piece.

    ids : D names; terms : T distinct terms
    columns, counts : (nnz,) int32, which of `terms`, each once in a document, and how often
    starts : (D + 1,) int64, where each document's entries begin and the last one's end
    report : what the reader left out
    files : the files that the documents are of, each with how many documents came until its end
    """

    ids: list[str]
    terms: list[str]
    columns: Int32
    counts: Int32
    starts: IntArray
    report: Report
    files: list[tuple[FileEnd, int]]


class PieceCounter:
    """Counts the terms of pieces, one after the other; what it has learned of tokens stays with it."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer) -> None:
        """Pieces are read by `reader`, and their texts are divided by `tokenizer`."""
        self._reader, self._tokenizer = reader, tokenizer
        self._numbers = _Numbers()
        self._memo = _Memo(tokenizer, self._numbers)

    def __call__(self, piece: Piece) -> Counted:
        """Count one piece."""
        report = Report()
        files: list[tuple[FileEnd, int]] = []
        n_documents = 0

        def told(end: FileEnd) -> None:
            files.append((end, n_documents))

        def documents() -> Iterator[Document]:
            nonlocal n_documents
            whole = self._reader.documents(piece, report, told)
            for document in in_parts(whole, self._reader.split, self._tokenizer):
                n_documents += 1
                yield document

        return self.count(documents())._replace(report=report, files=files)

    def count(self, documents: Iterable[Document]) -> Counted:
        """Count documents, of which nobody tells anything."""
        if len(self._memo) > _MEMO_LIMIT:
            self._numbers = _Numbers()
            self._memo = _Memo(self._tokenizer, self._numbers)
        ids: list[str] = []
        tokens = _Tokens()
        for name, text in documents:
            ids.append(name)
            tokens.add(self._tokenizer.tokens(text))
        columns, counts, starts = tokens.entries(self._memo.columns(tokens.distinct))
        is_here = np.zeros(len(self._numbers), bool)
        is_here[columns] = True
        own = np.cumsum(is_here, dtype=np.int32) - np.int32(1)
        terms = [self._numbers.terms[place] for place in np.flatnonzero(is_here).tolist()]
        return Counted(ids, terms, own[columns], counts, starts, Report(), [])


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
        known = _Known(dict.fromkeys(map(tokenizer.fold, stop_words), NO_TERM) | self.column_of)
        self._tokenizer = tokenizer
        self._memo = _Memo(tokenizer, known)

    def count(self, texts: Iterable[str], spans: bool = False) -> CountedTexts:
        """Count the terms in each text, and the tokens that are no term; find the `spans` too if asked."""
        tokens, found = _Tokens(), []
        for text in texts:
            tokens.add(self._tokenizer.tokens(text))
            if spans:
                found.append(self.spans(text))
        columns = self._memo.columns(tokens.distinct)
        terms, counts, starts = tokens.entries(columns)
        matrix = csr_matrix((counts, terms, starts), shape=(len(starts) - 1, len(self.column_of)))
        return CountedTexts(matrix, tokens.total(columns == UNKNOWN), found if spans else None)

    def spans(self, text: str) -> tuple[IntArray, IntArray, IntArray]:
        """Find the terms in a text: the same tokens that `count` counts.

        Returns starts and ends, in characters of `text`, and columns: (N,) int64 each, in the text's order.
        """
        spans = list(self._tokenizer.raw_spans(text))
        columns = self._memo.columns([raw for _, _, raw in spans]).astype(np.int64)
        starts, ends = np.array([(start, end) for start, end, _ in spans], np.int64).reshape(-1, 2).T
        known = columns >= 0
        return starts[known], ends[known], columns[known]


class _Numbers(dict[str, int]):
    """Terms to columns, of which a new term gets the next; `terms` has them in that order."""

    def __init__(self) -> None:
        self.terms: list[str] = []

    def __missing__(self, term: str) -> int:
        self[term] = column = len(self)
        self.terms.append(term)
        return column


class _Known(dict[str, int]):
    """Terms to columns; to any other belongs UNKNOWN."""

    def __missing__(self, term: str) -> int:
        return UNKNOWN


class _Memo(dict[str, int]):
    """Raw tokens to columns, or UNKNOWN or NO_TERM; a token that is new is normalised and looked up."""

    def __init__(self, tokenizer: Tokenizer, column_of: Mapping[str, int]) -> None:
        self._tokenizer, self._column_of = tokenizer, column_of

    def __missing__(self, raw: str) -> int:
        term = self._tokenizer.normalize(raw)
        self[raw] = column = self._column_of[term] if term else NO_TERM
        return column

    def columns(self, tokens: Sequence[str]) -> Int32:
        """Return the columns of N tokens: (N,). A memo too large starts anew: a stream may never end."""
        if len(self) > _MEMO_LIMIT:
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
