"""What tests of the corpus cache share: folders of files that are old enough, and what is read of them."""

import os
from pathlib import Path

from lda_cli.config import CorpusConfig, TokenizerConfig
from lda_cli.corpus.counts.cache import Cache
from lda_cli.corpus.reading import read
from lda_cli.corpus.terms.tokenizer import Tokenizer
from tests.corpus.reading import inputs_of

Counted = list[tuple[str, dict[str, int]]]


def counted(
    folder: Path | None, *inputs: Path, key: str = "", **settings: object
) -> tuple[Counted, int, object]:
    """All documents with their counts, how many files were read for it, and the reading itself."""
    config = CorpusConfig(**settings)
    with Cache(folder, key) as cache:
        reading = read(inputs_of(*inputs, corpus=config), Tokenizer(TokenizerConfig(min_length=1)), cache)
        documents, terms = [], reading.documents.terms
        names = reading.documents.names()
        for part in reading.documents.counts():
            for begin, end in zip(part.indptr[:-1], part.indptr[1:], strict=True):
                entries = zip(part.indices[begin:end].tolist(), part.data[begin:end].tolist(), strict=True)
                documents.append((next(names), {terms[column]: count for column, count in entries}))
        assert next(names, None) is None
        return documents, reading.n_read, reading


def corpus_of(folder: Path, **texts: str) -> Path:
    """A folder of files that are too old for their times to be doubted."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
        age(folder / name)
    return folder


def age(path: Path, seconds: int = 1000) -> None:
    then = path.stat().st_mtime_ns - seconds * 10**9
    os.utime(path, ns=(then, then))
