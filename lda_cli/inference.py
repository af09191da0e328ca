"""The use case of inference: model + documents -> topics, as a stream in constant memory."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

from .cluster import Cluster
from .config import Config, CorpusConfig
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
from .errors import ConfigError, CorpusError, ModelError
from .model import store
from .model.model import DocumentTopics, Model


class _Worked(NamedTuple):
    """The counts of a chunk, or its topics; its documents have their texts only if words are wanted."""

    documents: list[Document]
    texts: TermCounts | None
    report: Report
    error: CorpusError | None  # raised after the documents
    topics: list[DocumentTopics] = []  # noqa: RUF012 - never changed


def infer_documents(
    model: Model,
    inputs: Inputs,
    *,
    words: bool = False,
    report: Report | None = None,
    metadata: "NewMetadata | None" = None,
    cluster: Cluster | None = None,
) -> Iterator[tuple[Document, DocumentTopics]]:
    """Yield each document of the inputs with its topics, in order; without `words`, its text is empty.

    Its metadata have every field of `NewMetadata.names`.

    The lines of a pipe are answered as they arrive.

    inputs : their config also has the tolerance of the E-step; the tokenizer and the unit of plain text are
        those of the model
    report : receives what was skipped, replaced or repeated, and warnings
    metadata : of the same model and config, if the caller needs the names
    cluster : that reads the documents and finds their topics, from the model at inputs.config.model.path

    Raises CorpusError and ConfigError as the readers and `NewMetadata` do, and ModelError as
    `Model.tokenizer` does.
    """
    report = report or Report()
    metadata = metadata or NewMetadata(model, inputs.corpus, report)
    # metadata that move alpha are joined here
    answers = cluster is not None and model.prevalence is None
    make_work = _answering(model, inputs, words) if answers else _counting(model, inputs, words)
    found = _worked(model, inputs, words, report, make_work, cluster)
    with closing(found), threads(inputs.config.training.threads) as parallel:
        for chunk in found:
            joined = list(map(metadata.joined, chunk.documents))
            topics: Iterable[DocumentTopics] = chunk.topics
            if chunk.texts is not None:
                own = [document.metadata for document in joined]
                topics = model.topics_of(chunk.texts, inputs.config, parallel, own)
            yield from zip(joined, topics, strict=True)
            if chunk.error is not None:
                raise chunk.error
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
    found = _worked(model, inputs, words, report or Report(), _counting(model, inputs, words), None)
    with closing(found):
        for chunk in found:
            assert chunk.texts is not None
            yield chunk.documents, chunk.texts
            if chunk.error is not None:
                raise chunk.error


def _worked(
    model: Model,
    inputs: Inputs,
    words: bool,
    report: Report,
    make_work: Callable[[], Callable[[Chunk], "_Worked"]],
    cluster: Cluster | None,
) -> Generator["_Worked", None, None]:
    """Yield what the work makes of each chunk, in order."""
    seen = SeenIds()
    found = in_order(
        make_work,
        chunks(replace(inputs, unit=model.unit), _has_text if words else lambda source: True),
        count_threads(inputs.config.training.threads) if cluster is None else cluster.in_order,
    )
    with closing(found):
        for chunk in found:
            report.add(chunk.report)
            report.repeat(seen.repeated([document.id for document in chunk.documents]))
            yield chunk


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


def _counting(model: Model, inputs: Inputs, words: bool) -> Callable[[], Callable[[Chunk], _Worked]]:
    """Return what makes the function that counts a chunk, in each process."""
    return partial(_counter, model.known, model.tokenizer, Reader(inputs.corpus), words)


def _answering(model: Model, inputs: Inputs, words: bool) -> Callable[[], Callable[[Chunk], _Worked]]:
    """Return what makes the function that finds the topics of a chunk, on a worker of a cluster."""
    path = os.path.abspath(inputs.config.model.path)
    return partial(_answerer, path, store.digest(path), inputs.config, Reader(inputs.corpus), words)


def _counter(
    known: KnownTerms, tokenizer: Tokenizer, reader: Reader, words: bool
) -> Callable[[Chunk], _Worked]:
    def count(chunk: Chunk) -> _Worked:
        report, error = Report(), None
        documents: list[Document] = []
        try:
            documents.extend(in_parts(reader.documents(chunk, report), reader.config.split, tokenizer))
        except CorpusError as found:
            error = found
        if chunk.bag is not None:
            return _Worked(documents, known.count_bag(chunk.bag), report, error)
        texts = known.count([document.text for document in documents], words)
        if not words:
            documents = [document._replace(text="") for document in documents]
        return _Worked(documents, texts, report, error)

    return count


def _answerer(
    path: str, digest: str, config: Config, reader: Reader, words: bool
) -> Callable[[Chunk], _Worked]:
    model = _model_at(path, digest)
    count = _counter(model.known, model.tokenizer, reader, words)

    def answer(chunk: Chunk) -> _Worked:
        found = count(chunk)
        assert found.texts is not None
        return found._replace(texts=None, topics=list(model.topics_of(found.texts, config)))

    return answer


@lru_cache(maxsize=1)
def _model_at(path: str, digest: str) -> Model:
    """Load a model, once in each process of a cluster."""
    model = store.load(path)
    if store.digest(path) != digest:
        raise ModelError(f"{path}: replaced while it was used; run again")
    return model
