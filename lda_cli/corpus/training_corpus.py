"""The second pass over a corpus: choose the vocabulary, and make the sparse matrix of its counts.

stored documents -> vocabulary -> training corpus (CSR, in memory or in a file) -> engine.
"""

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from ..config import VocabularyConfig
from ..disk.atomic import HIDDEN, cannot_write
from ..errors import CorpusError, OutputError
from .counts.counts_file import StoredDocuments
from .terms.counting import UNKNOWN
from .terms.rows import Int32, IntArray, Rows, starts_of
from .terms.segmenters import advice
from .terms.tokenizer import Tokenizer
from .terms.vocabulary import PruningReport, prune

# A matrix with more entries, 8 bytes each, is kept in a file: 256 MiB.
ENTRIES_IN_MEMORY = 1 << 25

_ENTRY = np.dtype([("column", np.int32), ("count", np.int32)])


class Sizes(NamedTuple):
    """The size of a corpus.

    n_with_tokens : documents that hold a token, such as a stop word
    n_with_words : documents that have a term of the vocabulary
    n_entries : sum of the distinct terms of each document
    """

    n_documents: int
    n_with_tokens: int
    n_with_words: int
    n_tokens: int
    n_terms: int
    n_entries: int

    @property
    def per_document(self) -> float:
        """Mean number of tokens of a document that has any."""
        return self.n_tokens / self.n_with_words


class StoredCounts:
    """Counts of D documents by V terms in a file, for a corpus that may be too large for memory.

    shape : (D, V); lengths : (D,) int64, entries of each row
    """

    def __init__(self, file: BinaryIO, starts: IntArray, n_terms: int) -> None:
        """`file` has the entries; `starts` : (D + 1,), the first entry of each row, and their number."""
        self.shape = (len(starts) - 1, n_terms)
        self.lengths = np.diff(starts)
        self._file, self._starts = file, starts

    def close(self) -> None:
        """Close the file, which deletes it."""
        self._file.close()

    def rows(self, documents: IntArray) -> csr_matrix:
        """Return n rows: (n, V) int32, columns sorted in each. Raises OutputError for a truncated file."""
        starts = starts_of(self.lengths[documents])
        entries = np.empty(starts[-1], _ENTRY)
        data: Any = entries.view(np.uint8)
        ends = (starts * _ENTRY.itemsize).tolist()
        for row, offset in enumerate((self._starts[documents] * _ENTRY.itemsize).tolist()):
            self._file.seek(offset)
            n_read = self._file.readinto(data[ends[row] : ends[row + 1]])  # type: ignore[attr-defined]
            if n_read != ends[row + 1] - ends[row]:
                raise OutputError(
                    "temporary file with the counts of the corpus: truncated; is the disk full?"
                )
        columns, counts = (np.ascontiguousarray(entries[name]) for name in ("column", "count"))
        return csr_matrix((counts, columns, starts), shape=(len(documents), self.shape[1]))


@dataclass(frozen=True)
class TrainingCorpus:
    """D documents over V terms.

    documents : their names, in the order of the corpus
    counts : (D, V), a CSR matrix of int32 or a `StoredCounts`; columns sorted in each row
    lengths : (D,) int64, entries of each row
    n_tokens : (D,) int32, the sum of each row, at most 2^31 - 1
    terms : the vocabulary, V terms sorted by code point, after those that were known; term n is column n
    term_counts : (V, 2) int64, occurrences and documents of each term
    n_with_tokens : as in `Sizes`
    """

    documents: StoredDocuments
    counts: csr_matrix | StoredCounts
    lengths: IntArray
    n_tokens: Int32
    terms: tuple[str, ...]
    term_counts: IntArray
    pruning: PruningReport
    n_with_tokens: int

    @property
    def sizes(self) -> Sizes:
        """Return the size of the corpus."""
        n_documents, n_terms = self.counts.shape
        n_with_words = int(np.count_nonzero(self.lengths))
        n_tokens, n_entries = self.term_counts.sum(axis=0).tolist()
        return Sizes(n_documents, self.n_with_tokens, n_with_words, n_tokens, n_terms, n_entries)


def build(
    documents: StoredDocuments,
    tokenizer: Tokenizer,
    config: VocabularyConfig,
    stop_words: Collection[str],
    folder: Path | None = None,
    warn: Callable[[str], object] = lambda message: None,
    known: Sequence[str] = (),
) -> TrainingCorpus:
    """Choose the vocabulary, and count its terms.

    folder : for a temporary file with the counts of a large corpus (default: the system's temporary folder)
    warn : called with advice, also before an error
    known : terms that are columns whatever the rules say, the first ones, in this order

    Raises CorpusError if there is no document, no word, or no word in the vocabulary, and OutputError if the
    temporary file cannot be written.
    """
    if not len(documents):
        raise CorpusError("no document was found: the inputs are empty or were skipped; check corpus.path")
    n_terms = len(documents.terms)
    occurrences, n_containing = np.zeros(n_terms), np.zeros(n_terms, np.int64)
    n_with_tokens = 0
    for part in documents.counts():
        occurrences += np.bincount(part.indices, part.data, n_terms)  # exact below 2^53
        n_containing += np.bincount(part.indices, minlength=n_terms)
        n_with_tokens += part.n_with_entries
    found = np.flatnonzero(n_containing)
    if not len(found):
        how = tokenizer.config
        raise CorpusError(
            f"no word was found in {len(documents)} documents by the tokenizer's pattern {how.pattern!r}, "
            f"min_length {how.min_length} and max_length {how.max_length or 'null'}; change them"
        )

    terms = [documents.terms[place] for place in found.tolist()]
    of_terms = np.column_stack([occurrences[found].astype(np.int64), n_containing[found]])
    if tokenizer.config.segmenter == "none" and (message := advice(terms, of_terms[:, 0])):
        warn(message)
    stop_terms = tokenizer.stop_terms(stop_words)
    new, pruning = prune(
        terms, *of_terms.T, n_documents=n_with_tokens, config=config, stop_words=stop_terms, known=known
    )
    vocabulary = (*known, *map(terms.__getitem__, new.tolist()))
    columns, kept = _places(terms, known, new)
    column_of = np.full(n_terms, UNKNOWN, np.int32)
    column_of[found[kept]] = columns
    term_counts = np.zeros((len(vocabulary), 2), np.int64)
    term_counts[columns] = of_terms[kept]
    n_tokens: list[Int32] = []
    rows = (_rows(part, column_of, len(vocabulary), n_tokens) for part in documents.counts())
    n_entries = int(term_counts[:, 1].sum())
    is_large = n_entries > ENTRIES_IN_MEMORY
    counts = (
        stored(rows, len(vocabulary), folder) if is_large else _in_memory(rows, n_entries, len(vocabulary))
    )
    return TrainingCorpus(
        documents,
        counts,
        np.diff(counts.indptr).astype(np.int64) if isinstance(counts, csr_matrix) else counts.lengths,
        np.concatenate(n_tokens),
        vocabulary,
        term_counts,
        pruning,
        n_with_tokens,
    )


def _places(terms: Sequence[str], known: Sequence[str], new: IntArray) -> tuple[IntArray, IntArray]:
    """Return the columns of the known terms that are among `terms`, and of the new ones; and their places."""
    place_of = {term: place for place, term in enumerate(terms)} if known else {}
    found = [(column, place_of[term]) for column, term in enumerate(known) if term in place_of]
    found += enumerate(new.tolist(), start=len(known))
    columns, places = np.array(found, np.int64).reshape(-1, 2).T
    return columns, places


def _rows(part: Rows, column_of: Int32, n_terms: int, n_tokens: list[Int32]) -> csr_matrix:
    """Return the entries of known terms, sorted in each row; add the sums of the rows to `n_tokens`."""
    known = part.renumbered(column_of, n_terms)
    n_tokens.append(np.minimum(known.totals, np.iinfo(np.int32).max).astype(np.int32))
    matrix = csr_matrix((known.data, known.indices, known.indptr), shape=known.shape)
    return matrix.tocsc().tocsr()  # sorts each row, in linear time


def _in_memory(parts: Iterator[csr_matrix], n_entries: int, n_terms: int) -> csr_matrix:
    columns, counts = np.empty(n_entries, np.int32), np.empty(n_entries, np.int32)
    starts = [np.zeros(1, np.int32)]
    for part in parts:
        first = int(starts[-1][-1])
        columns[first : first + part.nnz] = part.indices
        counts[first : first + part.nnz] = part.data
        starts.append(part.indptr[1:] + np.int32(first))
    ends = np.concatenate(starts)
    return csr_matrix((counts, columns, ends), shape=(len(ends) - 1, n_terms))


def stored(parts: Iterable[csr_matrix], n_terms: int, folder: Path | None = None) -> StoredCounts:
    """Write counts to a temporary file, in parts of some documents, with columns sorted in each row.

    folder : for the file (default: the system's temporary folder)

    Raises OutputError if it cannot be written.
    """
    lengths = [np.zeros(1, np.int64)]
    with cannot_write(f"a temporary file in {folder or tempfile.gettempdir()}"), ExitStack() as opened:
        file = opened.enter_context(tempfile.TemporaryFile(prefix=HIDDEN, dir=folder))
        for part in parts:
            entries = np.empty(part.nnz, _ENTRY)
            entries["column"], entries["count"] = part.indices, part.data
            file.write(entries.data)
            lengths.append(np.diff(part.indptr))
        file.flush()
        opened.pop_all()  # open as long as the counts are
    return StoredCounts(file, np.cumsum(np.concatenate(lengths), dtype=np.int64), n_terms)
