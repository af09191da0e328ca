"""Folders to read, and reading them, for the tests of the readers."""

import gzip
import io
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from lda_cli.config import Config, CorpusConfig, VocabularyConfig
from lda_cli.corpus.counts.counters import Counted
from lda_cli.corpus.counts.counts_file import CountsFile, CountsWriter, Segment, StoredDocuments
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.documents.readers import Reader
from lda_cli.corpus.formats.records import Document
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.inputs.report import Report
from lda_cli.corpus.terms.rows import Rows
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.corpus.training_corpus import TrainingCorpus, build
from lda_cli.errors import CorpusError

GZIPPED = gzip.compress(b"one\ntwo\n" * 1000, mtime=0)


def dense(rows: Rows) -> NDArray[np.int32]:
    """The counts of new texts: (D, V)."""
    matrix: NDArray[np.int32] = csr_matrix((rows.data, rows.indices, rows.indptr), rows.shape).toarray()
    return matrix


def inputs_of(*paths: object, corpus: CorpusConfig | None = None, stdin: BinaryIO | None = None) -> Inputs:
    """Inputs of which only the section corpus matters."""
    return Inputs([str(path) for path in paths], Config(corpus=corpus or CorpusConfig()), stdin)


class Text(NamedTuple):
    """A document without its metadata."""

    id: str
    text: str

    @classmethod
    def of(cls, document: Document) -> "Text":
        return cls(document.id, document.text)


def read_documents(
    inputs: Sequence[str],
    config: CorpusConfig,
    report: Report,
    stdin: BinaryIO | None = None,
) -> Iterator[Text]:
    """Yield the documents of all chunks, in this process; `report` gathers what is skipped or replaced.

    Raises CorpusError for what cannot be read or decoded, as config.on_error allows, and ConfigError for an
    encoding that does not exist.
    """
    reader = Reader(config)
    for chunk in chunks(inputs_of(*inputs, corpus=config, stdin=stdin)):
        if chunk is not None:
            yield from map(Text.of, reader.documents(chunk, report))


def read(*inputs: object, report: Report | None = None, stdin: bytes = b"", **settings: object) -> list[Text]:
    config = CorpusConfig(**settings)
    report = Report() if report is None else report
    return list(read_documents(list(map(str, inputs)), config, report, stdin=io.BytesIO(stdin)))


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


class InBlocks(io.RawIOBase):
    """A stream that gives its bytes in blocks of such sizes, over and over."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._content, self._sizes = io.BytesIO(content), itertools.cycle(sizes)

    def readable(self) -> bool:
        return True

    def readinto(self, block: memoryview, /) -> int:  # type: ignore[override]
        return self._content.readinto(block[: next(self._sizes)])


def ids(documents: list[Text]) -> list[str]:
    return [document.id for document in documents]


def error_of(*inputs: object, **settings: object) -> str:
    with pytest.raises(CorpusError) as caught:
        read(*inputs, **settings)
    message = str(caught.value)
    assert message.splitlines() == [message]
    assert "Errno" not in message
    return message


def skipped(*inputs: object) -> list[str]:
    """Why inputs without another document are skipped."""
    report = Report()
    assert read(*inputs, report=report, on_error="skip") == []
    assert report.n_skipped == len(report.skipped)
    return report.skipped


def build_of(
    chunks: Iterable[Counted], tokenizer: Tokenizer, config: VocabularyConfig, stop_words: Collection[str]
) -> TrainingCorpus:
    """A corpus of all that the chunks hold, by way of a file of counts."""
    with TemporaryFile() as file:
        writer = CountsWriter(file)
        for chunk in chunks:
            writer.add_counted(chunk.ids, chunk.terms, chunk.rows, chunk.counter)
        stored = CountsFile(file, writer.finish())
        corpus = build(StoredDocuments([Segment(stored, 0, len(stored))]), tokenizer, config, stop_words)
        assert list(corpus.documents.names()) == [name for chunk in chunks for name in chunk.ids]
        return corpus
