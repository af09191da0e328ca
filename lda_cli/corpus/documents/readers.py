"""From chunks of the inputs to documents: bytes are decompressed, split, decoded and parsed, in any process.

chunks -> readers -> documents -> tokenizer.
"""

import codecs
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NamedTuple, cast

from ...config import CorpusConfig
from ..formats.records import Document, InputError, MalformedError, Record
from ..formats.table import FORMATS
from ..inputs.compression import SMALL_FILE, Digest, read_small, read_to_the_end, streams
from ..inputs.files import Source, printable
from ..inputs.report import Report
from . import blocks
from .blocks import whole_document
from .matrices import Bag

_BINARY_HEAD = 8192  # a NUL in the first bytes makes a file binary
# Encodings whose decoders accept unpaired surrogates, which UTF-8 cannot hold.
_LENIENT = {codecs.lookup(name).name for name in ("utf-7", "unicode_escape", "raw_unicode_escape")}
_BOM = "\ufeff"  # a byte order mark, decoded


class Chunk(NamedTuple):
    """A part of the inputs.

    sources : files that are a document each, or the file of `data` or `records`
    report : of the files skipped since the last chunk; with `data` or `records`, of their file
    data : whole lines, or a stream as one document; None if the files are not opened yet
    records : the documents of a table or a bag of words, parsed already
    bag : the counts of `records`, which then have no text
    first : the number of the first line
    content : SHA-256 for the fingerprint, in the last chunk of a file
    """

    sources: tuple[Source, ...]
    report: Report | None
    data: bytes | None = None
    first: int = 1
    content: bytes | None = None
    records: Sequence[Document] | None = None
    bag: Bag | None = None


class FileEnd(NamedTuple):
    """The end of a file, or of the part in a chunk.

    number : of its source
    content : SHA-256 of the stored bytes, or None if the file goes on
    report : of lines skipped or replaced, or None
    """

    number: int
    content: bytes | None
    report: Report | None


class Reader:
    """Chunks to documents, under one config; it can be sent to other processes."""

    def __init__(self, config: CorpusConfig) -> None:
        self.config = config
        self.encoding = codec_name(config.encoding)

    def documents(
        self, chunk: Chunk, report: Report, at_end: Callable[[FileEnd], None] | None = None
    ) -> Iterator[Document]:
        """Yield the documents of a chunk.

        at_end : called for each file after its last document, with the report of the file; without it,
            `report` gets these too
        """
        own = report if at_end is None else Report()
        if chunk.data is None and chunk.records is None:
            report.add(chunk.report)
            for source in chunk.sources:
                yield from self._file(source, own, at_end)
            return
        own.add(chunk.report)
        source = chunk.sources[0]
        if chunk.records is not None:
            yield from chunk.records
        elif chunk.data is not None and source.unit != "file":
            yield from self._lines(chunk, chunk.data, own)
        elif chunk.data is not None:
            yield from self._whole(source, io.BytesIO(chunk.data), own, None)
        if at_end is not None:
            at_end(FileEnd(source.number, chunk.content, own.take()))

    def _file(
        self, source: Source, report: Report, at_end: Callable[[FileEnd], None] | None
    ) -> Iterator[Document]:
        content = None if at_end is None else hashlib.sha256()
        digest = None
        try:
            if source.size <= SMALL_FILE:
                yield from self._small(source, report, content)
            else:
                with open(source.path, "rb", buffering=0) as file:
                    yield from self._whole(source, cast(BinaryIO, file), report, content)
            digest = None if content is None else content.digest()
        except OSError as error:
            report.refuse(self.config.on_error, source.shown, error)
        if at_end is not None:
            at_end(FileEnd(source.number, digest, report.take()))

    def _small(self, source: Source, report: Report, content: Digest | None) -> list[Document]:
        data, is_compressed = read_small(source.path, source.size)
        has_markup = FORMATS[source.format].parse_file is not None
        if has_markup or is_compressed or b"\0" in data[:_BINARY_HEAD] or len(data) > blocks.DOCUMENT_BYTES:
            return list(self._whole(source, io.BytesIO(data), report, content))
        if content is not None:
            content.update(data)
        return self._document(data, source, report)

    def _whole(
        self, source: Source, file: BinaryIO, report: Report, content: Digest | None
    ) -> Iterator[Document]:
        stored, stream = streams(source.path, file, content)
        try:
            is_wide = b"\0" in "\n".encode(self.encoding)  # UTF-16 and UTF-32 are full of NULs
            parse = FORMATS[source.format].parse_file
            if parse is not None:
                record = parse(whole_document(stream), self.config)
                yield from self.checked(record, source.name, source.shown, report)
            elif not is_wide and is_binary(stream):
                refuse_binary(source, self.config, report)
            else:
                yield from self._document(whole_document(stream), source, report)
        except InputError as error:
            report.refuse(self.config.on_error, source.shown, error)
        if content is not None:
            read_to_the_end(stored)

    def _document(self, data: bytes, source: Source, report: Report) -> list[Document]:
        """Return the one document of a whole file, or none if it is skipped."""
        text = self.decode(data, source, report)
        if text is None:
            return []
        return [Document(printable(source.name), text.removeprefix(_BOM))]

    def _lines(self, chunk: Chunk, lines: bytes, report: Report) -> Iterator[Document]:
        source = chunk.sources[0]
        parse = FORMATS[source.format].parse_line
        split = lines.split(b"\n")
        if not split[-1]:  # after the last line break
            split.pop()
        for number, line in enumerate(split, start=chunk.first):
            decoded = self.decode(line.removesuffix(b"\r"), source, report, number)
            if decoded is None:
                continue
            try:
                record = parse(decoded if number > 1 else decoded.removeprefix(_BOM), self.config)
            except MalformedError as error:
                report.refuse(self.config.on_error, f"{source.shown}:{number}", error)
                continue
            if record is not None:
                places = f"{source.name}:{number}", f"{source.shown}:{number}"
                yield from self.checked(record, *places, report)

    def checked(self, record: Record, name: str, where: str, report: Report) -> list[Document]:
        r"""Return the document of a record, without unpaired surrogates, which JSON may have as \ud800.

        name : its id if it has none of its own; where : its place in messages
        """
        text = record.text
        try:
            text.encode()
        except UnicodeEncodeError:
            reason = "unpaired surrogate in the text"
            if self.config.on_error != "replace":
                remedy = "fix it, or set corpus.on_error to skip or replace"
                report.skip_or_raise(self.config.on_error, where, reason, remedy)
                return []
            report.replace(where, reason)
            text = _with_replaced_surrogates(text)
        if record.replaced is not None:
            report.replace(where, record.replaced)
        return [Document(printable(record.id or name), text, record.metadata)]

    def decode(self, raw: bytes, source: Source, report: Report, line: int | None = None) -> str | None:
        """Return the text of a file or of a line, or None when it is to be skipped."""
        try:
            text = raw.decode(self.encoding)
            if self.encoding in _LENIENT:
                text.encode()
            return text
        except UnicodeError as error:
            where = source.shown if line is None else f"{source.shown}:{line}"
            is_byte = isinstance(error, UnicodeDecodeError)
            at = f" at byte {error.start}" if is_byte else ": unpaired surrogate"  # type: ignore[attr-defined]
            reason = f"not valid {self.config.encoding}{at}" + ("" if line is None else " of the line")
            if self.config.on_error != "replace":
                remedy = "set corpus.encoding to its encoding, or corpus.on_error to skip or replace"
                report.skip_or_raise(self.config.on_error, where, reason, remedy)
                return None
            report.replace(where, reason)
            return _with_replaced_surrogates(raw.decode(self.encoding, errors="replace"))


def _with_replaced_surrogates(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def codec_name(encoding: str) -> str:
    """Return Python's name of an encoding."""
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name  # a BOM is removed from each file, not from each line


def is_binary(stream: io.BufferedReader) -> bool:
    """Whether a stream has a NUL in its first bytes."""
    return b"\0" in stream.peek(_BINARY_HEAD)[:_BINARY_HEAD]


def refuse_binary(source: Source, config: CorpusConfig, report: Report) -> None:
    """Skip a binary file, or raise CorpusError."""
    remedy = "add it to corpus.exclude, or set corpus.on_error to skip"
    report.skip_or_raise(config.on_error, source.shown, "binary file", remedy)
