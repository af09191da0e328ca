"""From files to documents: bytes are decompressed, split, decoded and parsed.

inputs -> sources -> pieces -> documents -> tokenizer. A piece is what one process works on at a time: some
whole files, some lines of one, or some records of a table. Pieces are made in one place and in order, and
read anywhere.
"""

import codecs
import hashlib
import io
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import connection
from typing import BinaryIO, NamedTuple, cast

from ..config import CorpusConfig
from ..errors import ConfigError, CorpusError
from . import blocks
from .bag_readers import LINE_BYTES, Bag, Stored, bags
from .blocks import LONG_LINE, too_long, whole_document, whole_lines
from .compression import SMALL_FILE, DamagedError, Digest, read_small, read_to_the_end, streams
from .files import STDIN, Source, find_sources, printable
from .fingerprint import with_vocabulary
from .formats import LINE_PARSERS, Document, MalformedError
from .report import Report, in_words
from .tables import DELIMITERS, documents
from .terms_file import Vocabularies

_BINARY_HEAD = 8192  # a NUL within so many bytes makes a file binary
# Encodings in which halves of characters, which no file of ours could hold, are not refused by Python itself.
_MAY_GIVE_SURROGATES = {
    codecs.lookup(name).name for name in ("utf-7", "unicode_escape", "raw_unicode_escape")
}
_BOM = "\ufeff"  # a byte order mark, decoded

# A piece is some milliseconds of work: enough to be worth sending, and little enough to keep in memory.
PIECE_BYTES = 1 << 20
PIECE_FILES = 256


class Piece(NamedTuple):
    """A part of the inputs.

    sources : files that are a document each, or the one that `data` is of
    report : what was skipped since the last piece; with `data` or `records`, in their file
    data : whole lines, or a stream as one document; None if the files are still to be opened
    records : the documents of a table or a bag of words, where they are parsed already
    bag : the terms of `records`, which have no text then
    first : the number of the first line
    content : of the file, as the fingerprint has it, in the piece that ends such a file
    """

    sources: tuple[Source, ...]
    report: Report
    data: bytes | None = None
    first: int = 1
    content: bytes | None = None
    records: Sequence[Document] | None = None
    bag: Bag | None = None


class FileEnd(NamedTuple):
    """The end of a file, or of what a piece holds of it.

    number : of its source
    content : SHA-256 of the stored bytes, where the file itself ends
    report : what was skipped or replaced in it
    """

    number: int
    content: bytes | None
    report: Report


def pieces(
    inputs: Sequence[str],
    config: CorpusConfig,
    stdin: BinaryIO | None = None,
    never: Collection[str] = (),
    wanted: Callable[[Source], bool] = lambda source: True,
) -> Iterator[Piece | None]:
    """Divide folders, files and "-" (standard input) into pieces, in an order that is always the same.

    None stands where a pipe has no more for now, so that nobody waits for what could be answered. `never`
    names files and folders that are no part of a folder of text though they lie in it, such as the model.
    `wanted` is asked of every source in turn, before it is opened; what is not wanted is passed over.

    Raises as `read_documents`, for what is found without decoding a text.
    """
    report = Report()
    vocabularies = Vocabularies(config, report)
    files: list[Source] = []
    n_bytes = 0
    try:
        for source in filter(wanted, find_sources(inputs, config, report, never)):
            is_full = len(files) >= PIECE_FILES or n_bytes + source.size > PIECE_BYTES
            comes_as_data = source.format != "folder" or source.is_stream
            if (files and is_full) or (comes_as_data and (files or not report.is_empty)):
                yield Piece(tuple(files), report.take())
                files, n_bytes = [], 0
            if source.format != "folder":
                yield from _pieces_of_lines(source, config, report, stdin, vocabularies)
            elif comes_as_data:
                try:
                    with _opened(source, stdin) as file:
                        data = whole_document(file)
                except OSError as error:
                    report.skip_or_raise(config.on_error, source.shown, in_words(error))
                except MalformedError as error:
                    report.skip_or_raise(config.on_error, source.shown, error.reason, error.remedy)
                else:
                    yield Piece((source,), report.take(), data, content=hashlib.sha256(data).digest())
            else:
                files.append(source)
                n_bytes += source.size
    except CorpusError:
        if files:  # what comes before the error, and may hold one that comes first
            yield Piece(tuple(files), report.take())
        raise
    yield Piece(tuple(files), report.take())


def _pieces_of_lines(
    source: Source,
    config: CorpusConfig,
    report: Report,
    stdin: BinaryIO | None,
    vocabularies: Vocabularies,
) -> Iterator[Piece | None]:
    if "\n".encode(_codec_name(config.encoding)) != b"\n":
        reason = f"{config.encoding} cannot be read a line at a time"
        raise ConfigError(f"{source.shown}: {reason}; convert it to utf-8 or set corpus.format to folder")
    content = hashlib.sha256()
    try:
        with _opened(source, stdin) as file:
            stored, stream = streams(source.path, file, content)
            try:
                if source.vocabulary is not None:
                    terms = vocabularies.terms(source.vocabulary)
                    if terms is not None:
                        yield from _bags(source, Stored(file, stored, stream), terms, config, report)
                elif _is_binary(stream):
                    _refuse_binary(source, config, report)
                else:
                    lines = whole_lines(stream, _asker(file), PIECE_BYTES)
                    divided = _parsed if source.format in DELIMITERS else _numbered
                    yield from divided(lines, source, config, report)
            except DamagedError as error:
                report.skip_or_raise(config.on_error, source.shown, str(error))
            read_to_the_end(stored)
        whole = with_vocabulary(content.digest(), source)
    except OSError as error:
        report.skip_or_raise(config.on_error, source.shown, in_words(error))
    else:
        yield Piece((source,), report.take(), b"", content=whole)


def _bags(
    source: Source, stored: Stored, terms: list[str], config: CorpusConfig, report: Report
) -> Iterator[Piece | None]:
    """Bags of words, counted already."""
    blocks = whole_lines(stored.stream, _asker(stored.file), PIECE_BYTES, LINE_BYTES)
    for found in bags(source, stored, blocks, terms, config, report):
        if found is None:
            yield None
        else:
            records, bag = found
            yield Piece((source,), report.take(), records=records, bag=bag)


def _numbered(
    blocks: Iterator[bytes | None], source: Source, config: CorpusConfig, report: Report
) -> Iterator[Piece | None]:
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
            yield Piece((source,), report.take(), lines, first)
            first += lines.count(b"\n")


def _parsed(
    blocks: Iterator[bytes | None], source: Source, config: CorpusConfig, report: Report
) -> Iterator[Piece | None]:
    """The records of a table, whose lines alone nobody could parse."""
    reader = Reader(config)

    def decode(line: bytes, number: int) -> str | None:
        return reader.decode(line, source, report, number)

    encoding = _codec_name(config.encoding)
    for found in documents(blocks, source, config, report, decode, encoding, PIECE_BYTES):
        yield found if found is None else Piece((source,), report.take(), records=found)


class Reader:
    """Pieces to documents, under one config; it can be sent to other processes."""

    def __init__(self, config: CorpusConfig) -> None:
        """Raise ConfigError for an encoding that does not exist."""
        self.split = config.split  # for those who know what a token is
        self._config = config
        self._encoding = _codec_name(config.encoding)

    def documents(
        self, piece: Piece, report: Report, at_end: Callable[[FileEnd], None] | None = None
    ) -> Iterator[Document]:
        """Yield the documents of a piece.

        at_end : is told of each file when its last document has been taken; without it, `report` is told what
            was skipped or replaced in the files too
        """
        if piece.data is None and piece.records is None:
            report.add(piece.report)
            for source in piece.sources:
                yield from self._file(source, report, at_end)
            return
        own = report if at_end is None else Report()
        own.add(piece.report)
        source = piece.sources[0]
        if piece.records is not None:
            yield from piece.records
        elif piece.data is not None and source.format != "folder":
            yield from self._lines(piece, piece.data, own)
        elif piece.data is not None:
            yield from self._whole(source, io.BytesIO(piece.data), own, None)
        if at_end is not None:
            at_end(FileEnd(source.number, piece.content, own))

    def _file(
        self, source: Source, report: Report, at_end: Callable[[FileEnd], None] | None
    ) -> Iterator[Document]:
        own, content = (report, None) if at_end is None else (Report(), hashlib.sha256())
        digest = None
        try:
            if source.size <= SMALL_FILE:
                yield from self._small(source, own, content)
            else:
                with open(source.path, "rb", buffering=0) as file:
                    yield from self._whole(source, cast(BinaryIO, file), own, content)
            digest = None if content is None else content.digest()
        except OSError as error:
            own.skip_or_raise(self._config.on_error, source.shown, in_words(error))
        if at_end is not None:
            at_end(FileEnd(source.number, digest, own))

    def _small(self, source: Source, report: Report, content: Digest | None) -> list[Document]:
        data, is_compressed = read_small(source.path, source.size)
        if is_compressed or b"\0" in data[:_BINARY_HEAD] or len(data) > blocks.DOCUMENT_BYTES:
            return list(self._whole(source, io.BytesIO(data), report, content))
        if content is not None:
            content.update(data)
        text = self.decode(data, source, report)
        return [] if text is None else [Document(printable(source.name), text.removeprefix(_BOM))]

    def _whole(
        self, source: Source, file: BinaryIO, report: Report, content: Digest | None
    ) -> Iterator[Document]:
        stored, stream = streams(source.path, file, content)
        try:
            is_wide = b"\0" in "\n".encode(self._encoding)  # UTF-16 and UTF-32 are full of NULs
            if not is_wide and _is_binary(stream):
                _refuse_binary(source, self._config, report)
            else:
                text = self.decode(whole_document(stream), source, report)
                if text is not None:
                    yield Document(printable(source.name), text.removeprefix(_BOM))
        except DamagedError as error:
            report.skip_or_raise(self._config.on_error, source.shown, str(error))
        except MalformedError as error:
            report.skip_or_raise(self._config.on_error, source.shown, error.reason, error.remedy)
        if content is not None:
            read_to_the_end(stored)

    def _lines(self, piece: Piece, lines: bytes, report: Report) -> Iterator[Document]:
        source, name = piece.sources[0], printable(piece.sources[0].name)
        parse = LINE_PARSERS.get(source.format, LINE_PARSERS["lines"])  # a table ends in no lines
        split = lines.split(b"\n")
        if not split[-1]:  # what stands behind the last new line is no line
            split.pop()
        for number, line in enumerate(split, start=piece.first):
            decoded = self.decode(line.removesuffix(b"\r"), source, report, number)
            if decoded is None:
                continue
            try:
                record = parse(decoded if number > 1 else decoded.removeprefix(_BOM), self._config)
            except MalformedError as error:
                column = "" if error.column is None else f":{error.column}"
                where = f"{source.shown}:{number}{column}"
                report.skip_or_raise(self._config.on_error, where, error.reason, error.remedy)
                continue
            text = None if record is None else self._whole_characters(record.text, source, report, number)
            if record is not None and text is not None:
                yield Document(f"{name}:{number}" if record.id is None else printable(record.id), text)

    def _whole_characters(self, text: str, source: Source, report: Report, line: int) -> str | None:
        r"""Return the text without halves of characters, as JSON's \ud800 gives them; None to skip it."""
        try:
            text.encode()
            return text
        except UnicodeEncodeError:
            where, reason = f"{source.shown}:{line}", "half a character in the text"
            if self._config.on_error != "replace":
                remedy = "mend it, or set corpus.on_error to skip or replace"
                report.skip_or_raise(self._config.on_error, where, reason, remedy)
                return None
            report.replace(where, reason)
            return _with_replaced_halves(text)

    def decode(self, raw: bytes, source: Source, report: Report, line: int | None = None) -> str | None:
        """Return the text of a file or of a line, or None when it is to be skipped."""
        try:
            text = raw.decode(self._encoding)
            if self._encoding in _MAY_GIVE_SURROGATES:
                text.encode()
            return text
        except UnicodeError as error:
            where = source.shown if line is None else f"{source.shown}:{line}"
            at = (
                f" at byte {error.start}"
                if isinstance(error, UnicodeDecodeError)
                else ", it has half a character"
            )
            reason = f"not valid {self._config.encoding}{at}"
            reason += "" if line is None else " of the line"
            if self._config.on_error != "replace":
                remedy = "set corpus.encoding to what it is, or corpus.on_error to skip or replace"
                report.skip_or_raise(self._config.on_error, where, reason, remedy)
                return None
            report.replace(where, reason)
            return _with_replaced_halves(raw.decode(self._encoding, errors="replace"))


def _with_replaced_halves(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_documents(
    inputs: Sequence[str],
    config: CorpusConfig,
    report: Report,
    stdin: BinaryIO | None = None,
    never: Collection[str] = (),
) -> Iterator[Document]:
    """Yield the documents of all pieces, in this process; `report` gathers what is skipped or replaced.

    Raises CorpusError for what cannot be read or decoded, as config.on_error allows, and ConfigError for an
    encoding that does not exist or cannot be split into lines.
    """
    reader = Reader(config)
    for piece in pieces(inputs, config, stdin, never):
        if piece is not None:
            yield from reader.documents(piece, report)


def _codec_name(encoding: str) -> str:
    try:
        "\n".encode(encoding)
    except LookupError:
        raise ConfigError(f"corpus.encoding: no text encoding {encoding!r}; try utf-8 or latin-1") from None
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name  # a BOM is removed from each file, not from each line


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


def _is_binary(stream: io.BufferedReader) -> bool:
    return b"\0" in stream.peek(_BINARY_HEAD)[:_BINARY_HEAD]


def _refuse_binary(source: Source, config: CorpusConfig, report: Report) -> None:
    remedy = "add it to corpus.exclude, or set corpus.on_error to skip"
    report.skip_or_raise(config.on_error, source.shown, "binary file", remedy)
