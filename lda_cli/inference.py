"""The use case of inference: model + documents -> topics, as a stream in constant memory."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from .config import CorpusConfig
from .corpus.counts.counters import KnownTerms
from .corpus.documents.chunks import chunks
from .corpus.documents.readers import Chunk, Reader
from .corpus.documents.splitting import in_parts
from .corpus.formats.records import Document
from .corpus.inputs.files import Source
from .corpus.inputs.globs import is_glob
from .corpus.inputs.inputs import STDIN, Inputs
from .corpus.inputs.report import Report, SeenIds
from .corpus.metadata.rows import MetadataRows
from .corpus.metadata.table import read_table
from .corpus.metadata.types import typed
from .corpus.terms.counting import TermCounts
from .corpus.terms.tokenizer import Tokenizer
from .corpus.workers import in_order
from .engine.threads import count_threads, threads
from .errors import ConfigError, CorpusError
from .model.model import DocumentTopics, Model


class _Counted(NamedTuple):
    """The counts of a chunk; its documents have their texts only if words are wanted."""

    documents: list[Document]
    texts: TermCounts
    report: Report
    error: CorpusError | None  # raised after the documents


def infer_documents(
    model: Model,
    inputs: Inputs,
    *,
    words: bool = False,
    report: Report | None = None,
    metadata: "NewMetadata | None" = None,
) -> Iterator[tuple[Document, DocumentTopics]]:
    """Yield each document of the inputs with its topics, in order; without `words`, its text is empty.

    Its metadata have every field of `NewMetadata.names`.

    The lines of a pipe are answered as they arrive.

    inputs : their config also has the tolerance of the E-step; the tokenizer and the unit of plain text are
        those of the model
    report : receives what was skipped, replaced or repeated, and warnings
    metadata : of the same model and config, if the caller needs the names

    Raises CorpusError and ConfigError as the readers and `NewMetadata` do, and ModelError as
    `Model.tokenizer` does.
    """
    report = report or Report()
    metadata = metadata or NewMetadata(model, inputs.corpus, report)
    found = counted(model, inputs, words=words, report=report)
    with closing(found), threads(inputs.config.training.threads) as parallel:
        for documents, texts in found:
            joined = list(map(metadata.joined, documents))
            own = [document.metadata for document in joined]
            yield from zip(joined, model.topics_of(texts, inputs.config, parallel, own), strict=True)
        report.notes += metadata.rows.without_row


class NewMetadata:
    """The metadata of documents that the model does not know, with the types of the model.

    names : of the fields of the model, then those that only the config names

    The table of corpus.metadata is that of the config: a model names no file to open.
    """

    def __init__(self, model: Model, config: CorpusConfig, report: Report) -> None:
        """Read the table of the config; `report` is as for `read_table`. Raises ConfigError, CorpusError."""
        self.rows = MetadataRows(config, read_table(config, report))
        self.names = tuple(dict.fromkeys([*model.metadata_types, *self.rows.names]))
        self._types = model.metadata_types

    def joined(self, document: Document) -> Document:
        """Return the document with a value, or None, for each name."""
        if not self.names:
            return document
        row = self.rows.row(document.id, document.metadata)
        values = {name: typed(row.get(name), self._types.get(name)) for name in self.names}
        return document._replace(metadata=values)


def counted(
    model: Model, inputs: Inputs, *, words: bool = False, report: Report | None = None
) -> Generator[tuple[list[Document], TermCounts], None, None]:
    """Yield the documents of the inputs with the counts of the model's terms, in batches, in order.

    Row d of `texts.rows` is that of document d, sorted by term; a term's number is its place in
    model.vocabulary. Phi is not used. `words`, `report` and the errors are those of `infer_documents`.
    """
    report = report or Report()
    seen = SeenIds()
    inputs = replace(inputs, unit=model.unit)
    found = in_order(
        partial(_counter, model.known, model.tokenizer, Reader(inputs.corpus), words),
        chunks(inputs, _has_text if words else lambda source: True),
        count_threads(inputs.config.training.threads),
    )
    with closing(found):
        for chunk in found:
            report.add(chunk.report)
            report.repeat(seen.repeated([document.id for document in chunk.documents]))
            yield chunk.documents, chunk.texts
            if chunk.error is not None:
                raise chunk.error


def unreadable(model: Model) -> str | None:
    """Return why the training corpus cannot be read again, and what to do, or None."""
    if not model.sources:
        return "the model names no files that it was trained on; give CORPUS"
    for source in model.sources:
        if source == STDIN or not (os.path.exists(source) or is_glob(source)):
            return f"{source} is not there; give CORPUS"
    return None


def _has_text(source: Source) -> bool:
    """Return True, or raise ConfigError for a bag of words, whose words have no places."""
    if source.unit == "row":
        reason = f"a bag of words ({source.format}) has no text"
        raise ConfigError(f"{source.shown}: {reason}; leave out --words and --markup")
    return True


def _counter(
    known: KnownTerms, tokenizer: Tokenizer, reader: Reader, words: bool
) -> Callable[[Chunk], _Counted]:
    """Return the function that counts a chunk, for each process."""

    def count(chunk: Chunk) -> _Counted:
        report, error = Report(), None
        documents: list[Document] = []
        try:
            documents.extend(in_parts(reader.documents(chunk, report), reader.config.split, tokenizer))
        except CorpusError as found:
            error = found
        if chunk.bag is not None:
            return _Counted(documents, known.count_bag(chunk.bag), report, error)
        texts = known.count([document.text for document in documents], words)
        if not words:
            documents = [document._replace(text="") for document in documents]
        return _Counted(documents, texts, report, error)

    return count
