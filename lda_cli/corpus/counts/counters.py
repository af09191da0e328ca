"""Documents to counts, for training and for inference.

chunks -> documents -> counts of each counter's terms.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..documents.matrices import Bag
from ..documents.readers import Chunk, FileEnd, Reader
from ..documents.splitting import in_parts
from ..formats.metadata import to_text
from ..formats.records import Document
from ..inputs.report import Report
from ..terms import phrases
from ..terms.counting import NO_TERM, UNKNOWN, Known, Memo, Newcomers, Sequences, TermCounts, term_counter
from ..terms.phrases import Joiner, Phrases
from ..terms.rows import Int32, IntArray, Rows, starts_of
from ..terms.sentences import sentences
from ..terms.tokenizer import Tokenizer


class Counted(NamedTuple):
    """The terms of D documents of a chunk.

    ids : D names
    counter : unique name of the counter that numbered the terms, or b"" for a bag of words
    terms : those that the counter has numbered since its last chunk, in the order of their numbers; for a bag
        of words, all T of them
    rows : (D, V)
    report : what the reader skipped or replaced
    files : the files of the chunk, each with the number of documents until its end
    metadata : of each document, as `to_text` returns it
    """

    ids: list[str]
    counter: bytes
    terms: list[str]
    rows: Rows
    report: Report
    files: list[tuple[FileEnd, int]]
    metadata: Sequence[str] = ()


class ChunkCounter:
    """Counts the terms of chunks, with the phrases of `joining`, and remembers the numbers of tokens."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer, joining: Phrases | None = None) -> None:
        self._reader, self._tokenizer, self._joining = reader, tokenizer, joining
        self._reset()

    def _reset(self) -> None:
        self._newcomers = Newcomers(self._tokenizer)
        columns_of = self._newcomers.counter.columns
        self._joiner = None if self._joining is None else Joiner(self._joining, columns_of)

    def __call__(self, chunk: Chunk) -> Counted:
        """Count one chunk."""
        report = Report()
        files: list[tuple[FileEnd, int]] = []
        n_documents = 0

        def at_end(end: FileEnd) -> None:
            files.append((end, n_documents))

        def documents() -> Iterator[Document]:
            nonlocal n_documents
            whole = self._reader.documents(chunk, report, at_end)
            for document in in_parts(whole, self._reader.config.split, self._tokenizer):
                n_documents += 1
                yield document

        if chunk.bag is None:
            return self.count(documents())._replace(report=report, files=files)
        ids = [document.id for document in documents()]
        return Counted(ids, b"", *chunk.bag, report=report, files=files)

    def count(self, documents: Iterable[Document]) -> Counted:
        """Count documents that are no chunk of a file."""
        if self._newcomers.is_full:
            self._reset()
        ids: list[str] = []
        metadata: list[str] = []

        def texts() -> Iterator[str]:
            for document in documents:
                ids.append(document.id)
                metadata.append(to_text(document.metadata))
                yield document.text

        found = phrases.count(self._newcomers.counter, texts(), self._joiner)
        name, terms = self._newcomers.name, self._newcomers.take()
        return Counted(ids, name, terms, found.rows, Report(), [], metadata)


class KnownTerms:
    """The terms of a vocabulary, to be counted and found in new texts, in memory that does not grow."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        terms: Sequence[str],
        stop_words: Collection[str],
        joining: Phrases | None = None,
    ) -> None:
        """Prepare the look-up. Stop words are neither known nor unknown.

        terms : V of them, in the order of their columns
        joining : the phrases of the training; the vocabulary may lack some
        """
        self.column_of = {term: column for column, term in enumerate(terms)}
        known = dict.fromkeys(tokenizer.stop_terms(stop_words), NO_TERM) | self.column_of
        if joining is not None:  # words known only as parts of phrases have numbers from V on
            parts = [word for word in joining.words if word not in self.column_of]
            known |= {word: number for number, word in enumerate(parts, start=len(terms))}
        self._tokenizer, self._known = tokenizer, Known(known)
        self._joiner = None if joining is None else Joiner(joining, self._known.columns, n_terms=len(terms))
        self._counter = term_counter(tokenizer, known)
        self._memo = Memo(tokenizer, self._known)

    def count(self, texts: Iterable[str], spans: bool = False) -> TermCounts:
        """Count the terms of each text, and the tokens that are no term; find the `spans` too if wanted."""
        found = []

        def counted() -> Iterator[str]:  # one text at a time is in memory
            for text in texts:
                if spans:
                    found.append(self.spans(text))
                yield text

        rows, unknown, _ = phrases.count(self._counter, counted(), self._joiner)
        rows = rows._replace(n_terms=len(self.column_of)).sorted()
        return TermCounts(rows, unknown, found if spans else None)

    def sequences(self, texts: Iterable[str]) -> Sequences:
        """Return the tokens of each text in their order, also those that are no term; a phrase is one."""
        return phrases.sequences(self._counter, texts, self._joiner)

    def bag_sequences(self, bag: Bag) -> Sequences:
        """Return each entry of a bag of words as one token; their order has no meaning."""
        return Sequences(self._columns_of(bag)[bag.rows.indices], bag.rows.indptr)

    def _columns_of(self, bag: Bag) -> Int32:
        columns = self._known.columns(bag.terms)
        columns[columns >= len(self.column_of)] = UNKNOWN  # only parts of phrases
        return columns

    def count_bag(self, bag: Bag) -> TermCounts:
        """Count the known terms of a bag of words, and the occurrences of unknown terms."""
        column_of = self._columns_of(bag)
        unknown = bag.rows.renumbered(np.where(column_of == UNKNOWN, 0, UNKNOWN).astype(np.int32)).totals
        return TermCounts(bag.rows.renumbered(column_of, len(self.column_of)).sorted(), unknown)

    def spans(self, text: str) -> tuple[IntArray, IntArray, IntArray]:
        """Find the terms that `count` counts in a text.

        Returns starts and ends, in characters of `text`, and columns: (N,) int64 each, in the text's order. A
        phrase ends with its last word.
        """
        if self._joiner is None:
            starts, ends, tokens = self._tokenizer.raw_spans(text)
            columns = self._memo.columns(tokens)
        else:
            parts = sentences(text)
            found = [self._tokenizer.raw_spans(part) for part in parts]
            n_tokens = np.array([len(tokens) for *_, tokens in found])
            offsets = np.repeat(starts_of(np.array(list(map(len, parts))))[:-1], n_tokens)
            starts, ends = (np.concatenate([spans[side] for spans in found]) + offsets for side in (0, 1))
            columns = self._memo.columns([token for *_, tokens in found for token in tokens])
            sequences = Sequences(columns, starts_of(n_tokens))
            columns, firsts = self._joiner.join(sequences)
            starts, ends = starts[firsts[:-1]], ends[firsts[1:] - 1]
        known = columns >= 0
        return starts[known], ends[known], columns[known].astype(np.int64)
