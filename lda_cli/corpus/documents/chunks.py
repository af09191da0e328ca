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
from ...errors import CorpusError
from ..formats.encodings import Encoding
from ..formats.recognition import BINARY_HEAD, check_is_text
from ..formats.records import Document, InputError, NotReadError
from ..formats.table import HEAD_BYTES
from ..inputs.compression import Digest, read_to_the_end, streams
from ..inputs.files import Source, find_sources, refuse
from ..inputs.fingerprint import with_vocabulary
from ..inputs.inputs import STDIN, Inputs
from ..inputs.report import Report
from . import objects, tables
from .blocks import LONG_LINE, too_long, whole_document, whole_lines
from .matrices import bags
from .readers import Chunk, Reader
from .transcoding import Joined, in_utf8
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

    Raises CorpusError for a source that cannot be read, unless corpus.on_error allows it. Errors in a
    text come later, from the readers.
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

        Raises OSError.
        """
        stored, stream = streams(source.path, file, content)
        try:
            stream = _with_first_line(stream) if source.is_guess else stream
            source = self._reader.as_found(source, stream)
            if source.unit == "file":  # standard input that can only be this
                yield Chunk((source,), self._report.take(), whole_document(stream))
            else:
                yield from self.divided(source, stream, _asker(file))
        except NotReadError as error:
            refuse(source, error, self._config, self._report)
        except InputError as error:
            self._report.refuse(self._config.on_error, source.shown, error)
        read_to_the_end(stored)

    def divided(
        self, source: Source, stream: BufferedReader, has_more: Callable[[], bool] = lambda: True
    ) -> Iterator[Chunk | None]:
        """Divide a decompressed stream of documents.

        has_more : whether a read would return at once

        Raises InputError for a damaged file.
        """
        if source.vocabulary is not None:
            yield from self._bags(source, stream, has_more, source.vocabulary)
        else:
            yield from self._texts(source, stream, has_more)

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

    def _texts(
        self, source: Source, stream: BufferedReader, has_more: Callable[[], bool]
    ) -> Iterator[Chunk | None]:
        """Lines, to be parsed by the readers, or records, parsed here since they may span lines."""
        if source.format == "mail":  # each message names its encodings
            from . import mailboxes  # whose imports are slow

            blocks = whole_lines(stream, has_more, CHUNK_BYTES)
            yield from self._parsed(source, mailboxes.documents(blocks, source, self._reader, self._report))
            return
        stream, encoding = in_utf8(stream, self._reader.encoding)
        check_is_text(stream.peek(BINARY_HEAD)[:BINARY_HEAD], source.stem)
        if source.unit == "line":
            lines = whole_lines(stream, has_more, CHUNK_BYTES)
            yield from self._numbered(source, lines, None if encoding == self._reader.encoding else encoding)
        elif source.format == "json":
            found = objects.documents(stream, has_more, source, self._reader, self._report, encoding)
            yield from self._parsed(source, found)
        else:
            lines = whole_lines(stream, has_more, CHUNK_BYTES)
            found = tables.documents(lines, source, self._reader, self._report, encoding)
            yield from self._parsed(source, found)

    def _parsed(self, source: Source, documents: Iterator[Document | None]) -> Iterator[Chunk | None]:
        """Documents, about CHUNK_BYTES characters of them together; those before an error come before it."""
        found: list[Document] = []
        size = 0
        try:
            for document in documents:
                if document is not None:
                    found.append(document)
                    size += len(document.id) + len(document.text)  # a text may be empty
                if found and (document is None or size >= CHUNK_BYTES):
                    yield Chunk((source,), self._report.take(), records=found)
                    found, size = [], 0
                if document is None:
                    yield None
        except Exception:
            if found:
                yield Chunk((source,), self._report.take(), records=found)
            raise
        if found:
            yield Chunk((source,), self._report.take(), records=found)

    def _numbered(
        self, source: Source, blocks: Iterator[bytes | None], encoding: Encoding | None
    ) -> Iterator[Chunk | None]:
        """Lines, with the number of the first one."""
        first = 1
        for lines in blocks:
            if lines is None:
                yield None
            elif lines == LONG_LINE:
                self._report.refuse(self._config.on_error, f"{source.shown}:{first}", too_long("line"))
                first += 1
            else:
                yield Chunk((source,), self._report.take(), lines, first, encoding=encoding)
                first += lines.count(b"\n")


def _opened(source: Source, stdin: BinaryIO | None) -> AbstractContextManager[BinaryIO]:
    """Open a file, to be closed at the end, or standard input, which stays open."""
    if source.path != STDIN:
        return cast(BinaryIO, open(source.path, "rb", buffering=0))
    if stdin is None and sys.stdin is None:
        raise CorpusError("standard input is closed; give it something to read")
    return nullcontext(stdin or sys.stdin.buffer)


def _with_first_line(stream: BufferedReader) -> BufferedReader:
    """Return a stream with its first line at hand if that may be JSON: a pipe may have a part of it."""
    if stream.peek(1).lstrip()[:1] not in (b"{", b"["):
        return stream
    head = bytearray()
    while b"\n" not in head and len(head) < HEAD_BYTES and (block := stream.read1(HEAD_BYTES - len(head))):
        head += block
    return BufferedReader(Joined(bytes(head), stream), HEAD_BYTES)


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
