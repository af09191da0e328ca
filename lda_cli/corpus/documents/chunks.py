"""From the inputs to chunks, in a fixed order; one process works on a chunk at a time.

inputs -> sources -> chunks -> readers. A chunk is some whole files, some lines of one, some records of a
table, or some bags of words.
"""

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from multiprocessing import connection
from typing import BinaryIO, cast

from ...config import CorpusConfig
from ...errors import ConfigError, CorpusError
from ..formats.records import InputError
from ..inputs.compression import DamagedError, Digest, read_to_the_end, streams
from ..inputs.files import Source, find_sources
from ..inputs.fingerprint import with_vocabulary
from ..inputs.inputs import STDIN, Inputs
from ..inputs.report import Report
from . import mailboxes, tables
from .blocks import LONG_LINE, too_long, whole_document, whole_lines
from .matrices import bags
from .readers import Chunk, Reader, is_binary, refuse_binary
from .vocabulary_file import read_terms

# A chunk is some milliseconds of work: worth sending to a process, and small in memory.
CHUNK_BYTES = 1 << 20
CHUNK_FILES = 256


def chunks(
    inputs: Inputs, is_wanted: Callable[[Source], bool] = lambda source: True
) -> Iterator[Chunk | None]:
    """Divide folders, files and "-" (standard input) into chunks, in a fixed order.

    None among the chunks means that a pipe has no more for now: results need not wait for the next chunk.

    is_wanted : called with every source in turn, before it is opened; others are skipped

    Raises CorpusError for a source that cannot be read, unless corpus.on_error allows it, and ConfigError for
    an encoding that cannot be split into lines. Errors in a text come later, from the readers.
    """
    config, report = inputs.corpus, Report()
    chunker = Chunker(config, report)
    files: list[Source] = []
    n_bytes = 0
    try:
        for source in filter(is_wanted, find_sources(inputs, report)):
            is_full = len(files) >= CHUNK_FILES or n_bytes + source.size > CHUNK_BYTES
            is_read_here = source.unit != "file" or source.is_stream
            if (files and is_full) or (is_read_here and (files or not report.is_empty)):
                yield Chunk(tuple(files), report.take())
                files, n_bytes = [], 0
            if not is_read_here:
                files.append(source)
                n_bytes += source.size
                continue
            try:
                with _opened(source, inputs.stdin) as file:
                    data = whole_document(file) if source.unit == "file" else b""
                    content = hashlib.sha256(data)
                    if source.unit != "file":
                        yield from chunker.chunks_of(source, file, content)
                stored = with_vocabulary(content.digest(), source)
            except (OSError, InputError) as error:
                report.refuse(config.on_error, source.shown, error)
            else:
                yield Chunk((source,), report.take(), data, content=stored)
    except CorpusError:
        if files:  # they come before the error, and may raise an earlier one
            yield Chunk(tuple(files), report.take())
        raise
    yield Chunk(tuple(files), report.take())


class Chunker:
    """Divides files of many documents into chunks, which take what is noted in `report`."""

    def __init__(self, config: CorpusConfig, report: Report) -> None:
        self._config, self._report, self._reader = config, report, Reader(config)
        self._terms_of: dict[str, list[str]] = {}  # of the last vocabulary: files of one folder share it

    def chunks_of(
        self, source: Source, file: BinaryIO, content: Digest | None = None
    ) -> Iterator[Chunk | None]:
        """Divide an open file, which may be compressed, as `chunks` does.

        content : updated with the stored bytes of the file, to its end

        Raises OSError, and ConfigError for an encoding in which no byte ends a line.
        """
        if "\n".encode(self._reader.encoding) != b"\n":
            reason = f"{self._config.encoding} cannot be read a line at a time"
            raise ConfigError(f"{source.shown}: {reason}; convert it to utf-8 or set corpus.format to folder")
        stored, stream = streams(source.path, file, content)
        try:
            if source.vocabulary is not None:
                yield from self._bags(source, stream, _asker(file), source.vocabulary)
            elif is_binary(stream):
                refuse_binary(source, self._config, self._report)
            else:
                lines = whole_lines(stream, _asker(file), CHUNK_BYTES)
                divided = self._parsed if source.unit == "record" else self._numbered
                yield from divided(source, lines)
        except DamagedError as error:
            self._report.refuse(self._config.on_error, source.shown, error)
        read_to_the_end(stored)

    def _bags(
        self, source: Source, stream: BufferedReader, has_more: Callable[[], bool], vocabulary: str
    ) -> Iterator[Chunk | None]:
        """Bags of words, counted already."""
        if vocabulary not in self._terms_of:
            terms = read_terms(vocabulary, self._config, self._report)
            self._terms_of = {} if terms is None else {vocabulary: terms}
        if vocabulary in self._terms_of:
            lines = whole_lines(stream, has_more, CHUNK_BYTES)
            terms = self._terms_of[vocabulary]
            for found in bags(source, stream, lines, terms, self._config, self._report):
                yield found and Chunk((source,), self._report.take(), records=found[0], bag=found[1])

    def _numbered(self, source: Source, blocks: Iterator[bytes | None]) -> Iterator[Chunk | None]:
        """Lines, with the number of the first one, to be parsed by the readers."""
        first = 1
        for lines in blocks:
            if lines is None:
                yield None
            elif lines == LONG_LINE:
                self._report.refuse(self._config.on_error, f"{source.shown}:{first}", too_long("line"))
                first += 1
            else:
                yield Chunk((source,), self._report.take(), lines, first)
                first += lines.count(b"\n")

    def _parsed(self, source: Source, blocks: Iterator[bytes | None]) -> Iterator[Chunk | None]:
        """The records of a table or a mailbox, parsed here: they may span lines."""
        divide = mailboxes.documents if source.format == "mail" else tables.documents
        for found in divide(blocks, source, self._reader, self._report, CHUNK_BYTES):
            yield None if found is None else Chunk((source,), self._report.take(), records=found)


def _opened(source: Source, stdin: BinaryIO | None) -> AbstractContextManager[BinaryIO]:
    """Open a file, to be closed at the end, or standard input, which stays open."""
    if source.path != STDIN:
        return cast(BinaryIO, open(source.path, "rb", buffering=0))
    if stdin is None and sys.stdin is None:
        raise CorpusError("standard input is closed; give it something to read")
    return nullcontext(stdin or sys.stdin.buffer)


def _asker(file: BinaryIO) -> Callable[[], bool]:
    """Return a function that says whether a read would return at once: a pipe or a terminal may wait."""
    try:
        descriptor = file.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError):  # no descriptor: a file in memory
        return lambda: True
    if stat.S_ISREG(mode) or os.name == "nt":
        return lambda: True
    return lambda: bool(connection.wait([descriptor], timeout=0))
