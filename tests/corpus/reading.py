"""Folders to read, and reading them, for the tests of the readers."""

import gzip
import io
from pathlib import Path

import pytest

from lda_cli.config import CorpusConfig
from lda_cli.corpus.readers import Document, Report, read_documents
from lda_cli.errors import CorpusError

GZIPPED = gzip.compress(b"one\ntwo\n" * 1000, mtime=0)


def read(
    *inputs: object, report: Report | None = None, stdin: bytes = b"", **settings: object
) -> list[Document]:
    config = CorpusConfig(**settings)
    report = Report() if report is None else report
    return list(read_documents(list(map(str, inputs)), config, report, stdin=io.BytesIO(stdin)))


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def ids(documents: list[Document]) -> list[str]:
    return [document.id for document in documents]


def error_of(*inputs: object, **settings: object) -> str:
    with pytest.raises(CorpusError) as caught:
        read(*inputs, **settings)
    message = str(caught.value)
    assert message.splitlines() == [message]
    assert "Errno" not in message
    return message
