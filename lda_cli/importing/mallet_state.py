"""MALLET's state (--output-state): the topic of each token, and so all that a model is made of.

    #doc source pos typeindex type topic
    #alpha : 0.1 0.05 ...
    #beta : 0.01
    0 letters/a.txt 0 17 moon 3

It is read twice as a stream, and memory does not grow with the tokens: first for the counts and theta, then
for the coherence of the topics.
"""

import math
import os
import re
from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..corpus.inputs.files import printable
from ..corpus.terms.rows import Rows
from ..disk.atomic import cannot_write
from ..engine import coherence
from ..engine.arrays import Float32, Float64, Int64
from ..engine.estep import Documents, documents
from .found import (
    LARGEST_PRIOR,
    Files,
    Found,
    TrainedDocuments,
    at_least_two,
    check_room,
    checked_alpha,
    checked_terms,
    shown,
    wrong,
)
from .lines import numbered_blocks
from .state_lines import Tokens, tokens_of

HEADER = b"#doc source pos typeindex type topic"

_AS_MALLET_WRITES = "give the file of --output-state as MALLET writes it"
_ALPHA, _BETA = re.compile(rb"#alpha : ([^\n]*)"), re.compile(rb"#beta : ([^\n]*)")
_NO_SOURCE = b"NA"
_CELLS_AT_A_TIME = 1 << 22  # of documents times topics
_BYTES_A_CELL = 24  # counts, and twice Phi in float64 or float32


class _Head(NamedTuple):
    """alpha : (K,); beta : the prior of Phi."""

    alpha: Float64
    beta: float


def read(path: str, files: Files, alpha_sum: float) -> Found:
    """Return the model of a state, with its training documents.

    alpha_sum : MALLET's default

    theta is MALLET's own, (n_dt + alpha_t) / (N_d + sum alpha), as in its --output-doc-topics. Documents
    without words are not in a state, nor are words that no document has. Raises CorpusError, OutputError.
    """
    with files.opened(path) as stream:
        blocks = numbered_blocks(stream)
        head, first = _head(blocks)
        counts = _Counts(head, files)
        for tokens in _whole_documents(first, blocks, len(head.alpha)):
            counts.add(tokens)
        terms, weights, beta = counts.finished(), counts.weights, head.beta
    sizes = weights.sum(axis=0)
    phi = np.ascontiguousarray(((weights + beta) / (sizes + len(terms) * beta)).T, np.float32)
    with files.opened(path, again=True) as stream:
        blocks = numbered_blocks(stream)
        parts = map(counts.part, _whole_documents(_head(blocks)[1], blocks, len(phi)))
        npmi = coherence.npmi(_first_words(phi, sizes), parts)
    return Found(
        source=printable(os.path.basename(path)),
        phi=phi,
        terms=terms,
        alpha=head.alpha,
        alpha_sum=alpha_sum,
        eta=beta,
        occurrences=weights.sum(axis=1),
        topic_counts=sizes.astype(np.float64),
        fingerprint=files.digest.hexdigest(),
        term_documents=counts.term_documents,
        npmi=tuple(npmi),
        documents=counts.documents(),
    )


def _head(blocks: Iterator[tuple[bytes, int]]) -> tuple[_Head, tuple[bytes, int]]:
    """Return alpha and beta, and the rest of the first block with tokens. Raises InputError."""
    alpha = beta = None
    for block, n_before in blocks:
        at = n_lines = 0
        while block.startswith(b"#", at):
            end = block.index(b"\n", at)
            line = block[at:end]
            if found := _ALPHA.fullmatch(line):
                alpha = _floats(found[1], n_before + n_lines + 1)
            elif found := _BETA.fullmatch(line):
                (beta,) = _floats(found[1], n_before + n_lines + 1)[:1]
            at, n_lines = end + 1, n_lines + 1
        if at < len(block):
            if alpha is None or beta is None:
                raise wrong("has no line of #alpha or #beta", remedy=_AS_MALLET_WRITES)
            at_least_two(len(alpha))
            if not 0 <= beta <= LARGEST_PRIOR:
                raise wrong(f"beta must be a number from 0 to {LARGEST_PRIOR:.0e}")
            return _Head(checked_alpha(alpha, len(alpha)), float(beta)), (block[at:], n_before + n_lines)
    raise wrong("has no tokens", remedy=_AS_MALLET_WRITES)


def _floats(text: bytes, line: int) -> Float64:
    try:
        return np.array([float(number) for number in text.split()] or [math.nan])
    except ValueError:
        raise wrong(f"{shown(text)} are not numbers", line) from None


def _whole_documents(
    first: tuple[bytes, int], blocks: Iterator[tuple[bytes, int]], n_topics: int
) -> Iterator[Tokens]:
    """Yield the tokens of whole documents, some at a time. Raises InputError."""
    held: Tokens | None = None  # of a document that may go on
    for block, n_before in _chained(first, blocks):
        tokens = tokens_of(block, n_before, n_topics)
        if held is not None:
            if tokens.docs[0] < held.docs[-1]:
                raise wrong("documents are out of order", n_before + 1, _AS_MALLET_WRITES)
            tokens = Tokens.joined(held, tokens)
        last = int(np.searchsorted(tokens.docs, tokens.docs[-1]))
        if last:
            yield tokens.part(0, last)
        held = tokens.part(last, len(tokens.docs))
    if held is not None:
        yield held


def _chained(first: tuple[bytes, int], blocks: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    yield first
    yield from blocks


def _first_words(phi: Float32, sizes: Int64) -> list[Int64]:
    """Return the most probable words of each topic; none for a topic without tokens."""
    found = map(coherence.first_words, phi)
    return [words if size else words[:0] for words, size in zip(found, sizes, strict=True)]


class _Counts:
    """Counts of terms by topics, and theta, length and id of each document, from the tokens.

    weights : (V, K) int64
    term_documents : (V,) int64
    """

    def __init__(self, head: _Head, files: Files) -> None:
        self._alpha = head.alpha
        self._column_of: dict[int, int] = {}  # by MALLET's number of a type
        self._words: list[bytes] = []
        self.weights: Int64 = np.zeros((0, len(head.alpha)), np.int64)
        self.term_documents: Int64 = np.zeros(0, np.int64)
        self._lengths = array("i")
        self._name = files.temporary_name
        self._theta, self._ids = files.temporary(), files.temporary()

    def add(self, tokens: Tokens) -> None:
        """Add whole documents."""
        columns, rows = self._numbered(tokens)
        n_topics = len(self._alpha)
        keys, n_tokens = np.unique(columns * n_topics + tokens.topics, return_counts=True)
        self.weights.ravel()[keys] += n_tokens
        n_documents = int(rows[-1]) + 1
        entries = Rows.of_entries(rows, columns, np.ones(len(rows), np.int64), n_documents)
        self.term_documents += np.bincount(entries.indices, minlength=len(self.term_documents))
        with cannot_write(self._name):
            self._ids.writelines(map(_id, tokens.sources, tokens.docs[np.diff(rows, prepend=-1) > 0]))
            self._add_theta(rows, tokens.topics, n_documents)

    def _add_theta(self, rows: Int64, topics: Int64, n_documents: int) -> None:
        n_topics = len(self._alpha)
        step = max(1, _CELLS_AT_A_TIME // n_topics)
        for first in range(0, n_documents, step):
            n_rows = min(step, n_documents - first)
            here = slice(*np.searchsorted(rows, [first, first + n_rows]))
            cells = (rows[here] - first) * n_topics + topics[here]
            counts = np.bincount(cells, minlength=n_rows * n_topics).reshape(n_rows, n_topics)
            lengths = counts.sum(axis=1)
            theta = (counts + self._alpha) / (lengths + self._alpha.sum())[:, None]
            self._theta.write(theta.astype(np.float32).tobytes())
            self._lengths.extend(lengths.tolist())

    def _numbered(self, tokens: Tokens) -> tuple[Int64, Int64]:
        """Return the column and the document of each token, from 0, (N,); new types get new columns."""
        types, firsts, places = np.unique(tokens.types, return_index=True, return_inverse=True)
        for kind, first in zip(types.tolist(), firsts.tolist(), strict=True):
            if kind not in self._column_of:
                self._column_of[kind] = len(self._words)
                self._words.append(tokens.word(first))
        n_more = len(self._words) - len(self.weights)
        if n_more > 0:
            self._grow(max(n_more, len(self.weights)))
        columns = np.array([self._column_of[kind] for kind in types.tolist()], np.int64)[places]
        return columns, np.cumsum(np.diff(tokens.docs, prepend=tokens.docs[0]) != 0)

    def _grow(self, n_more: int) -> None:
        n_terms, n_topics = self.weights.shape
        check_room(n_topics, n_terms + n_more, _BYTES_A_CELL)
        more = np.zeros((n_more, n_topics), np.int64)
        self.weights = np.concatenate([self.weights, more])
        self.term_documents = np.concatenate([self.term_documents, more[:, 0]])

    def finished(self) -> tuple[str, ...]:
        """Return the terms, and leave out the rows that were made beforehand. Raises InputError."""
        n_terms = len(self._words)
        self.weights, self.term_documents = self.weights[:n_terms], self.term_documents[:n_terms]
        try:
            return checked_terms([word.decode() for word in self._words])
        except UnicodeDecodeError as error:
            raise wrong(f"{shown(error.object)} is not valid utf-8", remedy="convert it (iconv)") from None

    def part(self, tokens: Tokens) -> tuple[Documents, Int64]:
        """Return documents, whose types are known, for the coherence: with the term of each column."""
        columns, rows = self._numbered(tokens)
        ones = np.ones(len(rows), np.int64)
        entries = Rows.of_entries(rows, columns, ones, int(rows[-1]) + 1)
        used, places = np.unique(entries.indices, return_inverse=True)
        counts = entries._replace(indices=places.astype(np.int32), n_terms=len(used))
        return documents(counts, len(self._alpha)), used.astype(np.int64)

    def documents(self) -> TrainedDocuments:
        """Return the documents; theta is mapped from its temporary file."""
        shape = len(self._lengths), len(self._alpha)
        with cannot_write(self._name):
            for file in (self._theta, self._ids):
                file.flush()
                file.seek(0)
        theta = np.memmap(self._theta, np.float32, "r", 0, shape)
        ids = (line.removesuffix(b"\n").decode() for line in self._ids)
        return TrainedDocuments(ids, theta, np.array(self._lengths, np.int32))


def _id(source: bytes, number: Any) -> bytes:
    """Return the line of a document: its source, or its number where MALLET knows none."""
    named = (
        str(number) if source in (_NO_SOURCE, b"") else printable(source.decode("utf-8", "surrogateescape"))
    )
    return named.encode() + b"\n"
