"""The first words of training documents, read again from where the model says that they came from.

For a person who looks at a table: what cannot be found cheaply, or no longer be read, has no excerpt.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from itertools import islice

from .corpus.documents.chunks import chunks
from .corpus.documents.readers import Reader
from .corpus.documents.splitting import in_parts
from .corpus.formats.records import Document
from .corpus.inputs.files import Source, find_sources, printable
from .corpus.inputs.globs import is_glob
from .corpus.inputs.inputs import Inputs
from .corpus.inputs.report import Report
from .errors import ConfigError, CorpusError, ModelError
from .model.model import Model

CHARACTERS = 80
_BYTES_AT_MOST = 1 << 28  # that are read: some seconds
_FILES_AT_MOST = 20_000  # that are listed
_HEAD = 50  # characters of the text for each of the excerpt: enough unless it begins with a page of blanks
_PART = re.compile(r"#[0-9]+\Z")  # what ids have after the name of the file
_LINE = re.compile(r":[0-9]+\Z")
_FAILURES = (CorpusError, ConfigError, ModelError, OSError, ValueError, MemoryError)


def excerpts(model: Model, ids: Iterable[str], n_characters: int = CHARACTERS) -> dict[str, str]:
    """Return the first words of the documents with these ids, those that can be read.

    n_characters : the longest excerpt; the rest is an ellipsis. White space is one blank

    Files that are named as an id are read first. If documents are still missing, and the corpus has at most
    256 MiB and 20,000 files, it is read until they are found. Nothing is raised for what is not there, has
    changed or cannot be read. If several documents have an id, the text is that of the first.
    """
    return {name: _first_words(text, n_characters) for name, text, _ in found_again(model, ids)}


def found_again(model: Model, ids: Iterable[str], corpus: Sequence[str] = ()) -> Iterator[Document]:
    """Yield the training documents with these ids, one of each, in the order in which they are found.

    corpus : paths to read instead of where `excerpts` looks; then whatever their size, and with the errors
        of the readers, CorpusError and ConfigError
    """
    wanted = set(ids)
    if corpus:
        yield from _taken(_documents(model, _inputs(model, *corpus, unit=model.unit)), wanted)
        return
    for read in (_from_files, _from_all):
        if wanted:
            with suppress(*_FAILURES):
                yield from _taken(read(model, frozenset(wanted)), wanted)


def _taken(documents: Iterable[Document], wanted: set[str]) -> Iterator[Document]:
    """Yield the documents that are wanted until none is, and take their ids away from `wanted`."""
    for document in documents:
        if document.id in wanted:
            wanted.remove(document.id)
            yield document
            if not wanted:
                return


def _first_words(text: str, n_characters: int) -> str:
    """Return the beginning of a text on one line, cut after a word."""
    line = " ".join(text[: _HEAD * n_characters].split())
    if len(line) <= n_characters:
        return line
    cut = line[:n_characters]  # the last character is for the ellipsis
    return (cut.rpartition(" ")[0] or cut[:-1]) + "…"


def _from_files(model: Model, wanted: Set[str]) -> Iterator[Document]:
    """Yield the documents of the files that are named as the ids begin."""
    n_bytes = 0
    for name, path in _paths(model.sources, wanted):
        with suppress(*_FAILURES):
            n_bytes += os.path.getsize(path)
            if n_bytes > _BYTES_AT_MOST:
                return
            for document in _documents(model, _inputs(model, path, unit=model.unit or "file")):
                own = document.id.removeprefix(printable(os.path.basename(path)))
                yield document if own == document.id else document._replace(id=name + own)


def _paths(sources: Iterable[str], wanted: Set[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of each file of the corpus that an id names."""
    folders = [path for path in sources if os.path.isdir(path)]
    files = {os.path.basename(path): path for path in sources if os.path.isfile(path)}
    common = os.path.commonpath(list(map(os.path.dirname, sources))) if len({*sources}) > 1 else None
    if common is not None:  # ids are relative to it if names repeat
        files |= {os.path.relpath(path, common).replace(os.sep, "/"): path for path in files.values()}
    names = {id_ for whole in wanted for id_ in (whole, _PART.sub("", whole), _LINE.sub("", whole))}
    names |= {_LINE.sub("", name) for name in names}
    for name in sorted(names):
        if name in files:
            yield name, files[name]
        elif not os.path.isabs(name) and ".." not in name.split("/"):
            for folder in (*folders, *filter(None, [common])):
                path = os.path.join(folder, name)
                is_inside = any(os.path.commonpath([path, other]) == other for other in folders)
                if is_inside and os.path.isfile(path):
                    yield name, path
                    break


def _from_all(model: Model, wanted: Set[str]) -> Iterator[Document]:
    """Yield all documents of a small corpus."""
    paths = [path for path in model.sources if os.path.isfile(path) or os.path.isdir(path) or is_glob(path)]
    inputs = _inputs(model, *paths, unit=model.unit)
    sources = list(islice(find_sources(inputs, Report()), _FILES_AT_MOST + 1))
    if len(sources) <= _FILES_AT_MOST and sum(source.size for source in sources) <= _BYTES_AT_MOST:
        yield from _documents(model, inputs)


def _inputs(model: Model, *paths: str, unit: str | None) -> Inputs:
    config = model.config.corpus
    inputs = Inputs(paths, model.config, unit=unit)  # type: ignore[arg-type]  # file or line
    return inputs if config.on_error == "replace" else inputs.with_corpus(on_error="skip")


def _documents(model: Model, inputs: Inputs) -> Iterator[Document]:
    """Yield the documents of the inputs; bags of words have no text."""
    reader, split = Reader(inputs.corpus), inputs.corpus.split
    for chunk in chunks(inputs, _has_text):
        if chunk is not None:
            documents = reader.documents(chunk, Report())
            yield from documents if split.by is None else in_parts(documents, split, model.tokenizer)


def _has_text(source: Source) -> bool:
    return source.unit != "row" and not source.is_stream
