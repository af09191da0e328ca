"""From the inputs to chunks, in an order that is always the same; one process works on a chunk at a time.

inputs -> sources -> chunks -> readers. A chunk is some whole files, some lines of one, some records of a
table, or some bags of words. Chunks are made in one place.
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
from ...errors import ConfigError, CorpusError, in_words
from ..inputs.compression import DamagedError, Digest, read_to_the_end, streams
from ..inputs.files import Source, find_sources
from ..inputs.fingerprint import with_vocabulary
from ..inputs.formats import MalformedError
from ..inputs.inputs import STDIN, Inputs
from ..inputs.report import Report
from .blocks import LONG_LINE, too_long, whole_document, whole_lines
from .matrices import bags
from .readers import Chunk, Reader, codec_name, is_binary, refuse_binary
from .tables import documents
from .vocabulary_file import Vocabularies

# A chunk is some milliseconds of work: enough to be worth sending, and little enough to keep in memory.
CHUNK_BYTES = 1 << 20
CHUNK_FILES = 256


def chunks(inputs: Inputs, wanted: Callable[[Source], bool] = lambda source: True) -> Iterator[Chunk | None]:
    """Divide folders, files and "-" (standard input) into chunks, in an order that is always the same.

    None stands where a pipe has no more for now, so that nobody waits for what could be answered. `wanted` is
    asked of every source in turn, before it is opened; what is not wanted is passed over.

    Raises CorpusError for what cannot be read, as corpus.on_error allows, and ConfigError for an encoding
    that cannot be split into lines: for what is found without decoding a text.
    """
    config, stdin = inputs.corpus, inputs.stdin
    report = Report()
    vocabularies = Vocabularies(config, report)
    files: list[Source] = []
    n_bytes = 0
    try:
        for source in filter(wanted, find_sources(inputs, report)):
            is_full = len(files) >= CHUNK_FILES or n_bytes + source.size > CHUNK_BYTES
            comes_as_data = source.unit != "file" or source.is_stream
            if (files and is_full) or (comes_as_data and (files or not report.is_empty)):
                yield Chunk(tuple(files), report.take())
                files, n_bytes = [], 0
            if source.unit != "file":
                yield from _chunks_of_lines(source, config, report, stdin, vocabularies)
            elif comes_as_data:
                try:
                    with _opened(source, stdin) as file:
                        data = whole_document(file)
                except OSError as error:
                    report.skip_or_raise(config.on_error, source.shown, in_words(error))
                except MalformedError as error:
                    report.skip_or_raise(config.on_error, source.shown, error.reason, error.remedy)
                else:
                    yield Chunk((source,), report.take(), data, content=hashlib.sha256(data).digest())
            else:
                files.append(source)
                n_bytes += source.size
    except CorpusError:
        if files:  # what comes before the error, and may hold one that comes first
            yield Chunk(tuple(files), report.take())
        raise
    yield Chunk(tuple(files), report.take())


def _chunks_of_lines(
    source: Source,
    config: CorpusConfig,
    report: Report,
    stdin: BinaryIO | None,
    vocabularies: Vocabularies,
) -> Iterator[Chunk | None]:
    content = hashlib.sha256()
    try:
        with _opened(source, stdin) as file:
            yield from chunks_of(source, file, config, report, vocabularies, content)
        whole = with_vocabulary(content.digest(), source)
    except OSError as error:
        report.skip_or_raise(config.on_error, source.shown, in_words(error))
    else:
        yield Chunk((source,), report.take(), b"", content=whole)


def chunks_of(
    source: Source,
    file: BinaryIO,
    config: CorpusConfig,
    report: Report,
    vocabularies: Vocabularies,
    content: Digest | None = None,
) -> Iterator[Chunk | None]:
    """Divide an open file that holds more than one document, and may be packed, as `chunks` does.

    content : is fed what is stored in the file, to its end

    Raises OSError besides.
    """
    check_has_lines(source, config)
    stored, stream = streams(source.path, file, content)
    try:
        if source.vocabulary is not None:
            terms = vocabularies.terms(source.vocabulary)
            if terms is not None:
                yield from _bags(source, stream, _asker(file), terms, config, report)
        elif is_binary(stream):
            refuse_binary(source, config, report)
        else:
            lines = whole_lines(stream, _asker(file), CHUNK_BYTES)
            divided = _parsed if source.unit == "record" else _numbered
            yield from divided(lines, source, config, report)
    except DamagedError as error:
        report.skip_or_raise(config.on_error, source.shown, str(error))
    read_to_the_end(stored)


def check_has_lines(source: Source, config: CorpusConfig) -> None:
    """Raise ConfigError for an encoding in which no byte ends a line."""
    if "\n".encode(codec_name(config.encoding)) != b"\n":
        reason = f"{config.encoding} cannot be read a line at a time"
        raise ConfigError(f"{source.shown}: {reason}; convert it to utf-8 or set corpus.format to folder")


def _bags(
    source: Source,
    stream: BufferedReader,
    has_more: Callable[[], bool],
    terms: list[str],
    config: CorpusConfig,
    report: Report,
) -> Iterator[Chunk | None]:
    """Bags of words, counted already."""
    lines = whole_lines(stream, has_more, CHUNK_BYTES)
    for found in bags(source, stream, lines, terms, config, report):
        if found is None:
            yield None
        else:
            records, bag = found
            yield Chunk((source,), report.take(), records=records, bag=bag)


def _numbered(
    blocks: Iterator[bytes | None], source: Source, config: CorpusConfig, report: Report
) -> Iterator[Chunk | None]:
    """Lines that say how they are counted, to be parsed elsewhere."""
    first = 1
    for lines in blocks:
        if lines is None:
            yield None
        elif lines == LONG_LINE:
            error = too_long("a line")
            report.skip_or_raise(config.on_error, f"{source.shown}:{first}", error.reason, error.remedy)
            first += 1
        else:
            yield Chunk((source,), report.take(), lines, first)
            first += lines.count(b"\n")


def _parsed(
    blocks: Iterator[bytes | None], source: Source, config: CorpusConfig, report: Report
) -> Iterator[Chunk | None]:
    """The records of a table, whose lines alone nobody could parse."""
    reader = Reader(config)

    def decode(line: bytes, number: int) -> str | None:
        return reader.decode(line, source, report, number)

    encoding = codec_name(config.encoding)
    for found in documents(blocks, source, config, report, decode, encoding, CHUNK_BYTES):
        yield found if found is None else Chunk((source,), report.take(), records=found)


def _opened(source: Source, stdin: BinaryIO | None) -> AbstractContextManager[BinaryIO]:
    """Open a file to be closed, or standard input to be left open."""
    if source.path != STDIN:
        return cast(BinaryIO, open(source.path, "rb", buffering=0))
    if stdin is None and sys.stdin is None:
        raise CorpusError("standard input is closed; give it something to read")
    return nullcontext(stdin or sys.stdin.buffer)


def _asker(file: BinaryIO) -> Callable[[], bool]:
    """A function that says whether reading would not wait for who writes a pipe or types at a terminal."""
    try:
        descriptor = file.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError):  # it has none: a file in memory
        return lambda: True
    if stat.S_ISREG(mode) or os.name == "nt":
        return lambda: True
    return lambda: bool(connection.wait([descriptor], timeout=0))
