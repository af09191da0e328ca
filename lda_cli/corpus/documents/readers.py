"""From chunks of the inputs to documents: bytes are decompressed, split, decoded and parsed, in any process.

chunks -> readers -> documents -> tokenizer.
"""

import codecs
import hashlib
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, NamedTuple, cast

from ...config import CorpusConfig
from ..formats.encodings import MARK, WRONG_ENCODING, Encoding, without_surrogates
from ..formats.metadata import with_fields
from ..formats.recognition import (
    check_is_text,
    is_plain,
    is_wide,
    json_layout_of,
    lacks_text,
    recognised,
)
from ..formats.records import Document, InputError, MalformedError, NotReadError, Record
from ..formats.table import FORMATS, HEAD_BYTES
from ..inputs.compression import SMALL_FILE, Digest, read_small, read_to_the_end, streams
from ..inputs.files import Source, printable, refuse
from ..inputs.report import Report
from . import blocks
from .blocks import whole_document
from .matrices import Bag

# Encodings whose decoders accept unpaired surrogates, which UTF-8 cannot hold.
_LENIENT = {codecs.lookup(name).name for name in ("utf-7", "unicode_escape", "raw_unicode_escape")}


class Chunk(NamedTuple):
    """A part of the inputs.

    sources : files that are a document each, or the file of `data` or `records`
    report : of the files skipped since the last chunk; with `data` or `records`, of their file
    data : whole lines, or a stream as one document; None if the files are not opened yet
    records : the documents of a table or a bag of words, parsed already
    bag : the counts of `records`, which then have no text
    first : the number of the first line
    encoding : of the lines, if it is another than the config's
    content : SHA-256 for the fingerprint, in the last chunk of a file
    """

    sources: tuple[Source, ...]
    report: Report | None
    data: bytes | None = None
    first: int = 1
    content: bytes | None = None
    records: Sequence[Document] | None = None
    bag: Bag | None = None
    encoding: Encoding | None = None


class FileEnd(NamedTuple):
    """The end of a file, or of the part in a chunk.

    number : of its source
    content : SHA-256 of the stored bytes, or None if the file goes on
    report : of lines skipped or replaced, or None
    format : a name in FORMATS, what it was read as; "" if it was left out
    """

    number: int
    content: bytes | None
    report: Report | None
    format: str


class Reader:
    """Chunks to documents, under one config; it can be sent to other processes."""

    def __init__(self, config: CorpusConfig) -> None:
        self.config = config
        encodings = tuple(map(Encoding.of, config.encodings))
        self.encoding = encodings[0]
        self._codec = self.encoding.codec
        self._other_codecs = tuple(encoding.codec for encoding in encodings[1:])  # tried in turn

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
            at_end(FileEnd(source.number, chunk.content, own.take(), source.format))

    def _file(
        self, source: Source, report: Report, at_end: Callable[[FileEnd], None] | None
    ) -> Iterator[Document]:
        content = None if at_end is None else hashlib.sha256()
        digest, found = None, ""
        try:
            if source.size <= SMALL_FILE:
                found = yield from self._small(source, report, content)
            else:
                with open(source.path, "rb", buffering=0) as file:
                    found = yield from self._whole(source, cast(BinaryIO, file), report, content)
            digest = None if content is None else content.digest()
        except OSError as error:
            report.refuse(self.config.on_error, source.shown, error)
        if at_end is not None:
            at_end(FileEnd(source.number, digest, report.take(), found))

    def _small(
        self, source: Source, report: Report, content: Digest | None
    ) -> Generator[Document, None, str]:
        """Yield the documents of a small file, and return its format."""
        data, is_compressed = read_small(source.path, source.size)
        if is_compressed or len(data) > blocks.DOCUMENT_BYTES or not self._is_plain(source, data):
            return (yield from self._whole(source, io.BytesIO(data), report, content))
        if content is not None:
            content.update(data)
        yield from self._document(data, source, report)
        return source.format

    def _is_plain(self, source: Source, data: bytes) -> bool:
        """Whether a small file is a document of plain text: no more than a look, for many small files."""
        if is_plain(data):
            return FORMATS[source.format].parse_file is None
        try:
            return source.is_guess and recognised(data[:HEAD_BYTES], source.stem, self.config) is None
        except NotReadError:
            return False

    def _whole(
        self, source: Source, file: BinaryIO, report: Report, content: Digest | None
    ) -> Generator[Document, None, str]:
        """Yield the documents of a file, and return its format, "" for a file that is left out."""
        stored, stream = streams(source.path, file, content)
        try:
            source = self.as_found(source, stream)
            parse = FORMATS[source.format].parse_file
            if parse is not None:
                record = with_fields(parse(whole_document(stream), self.config), self.config)
                yield from self.checked(record, printable(source.name), source.shown, report)
            elif source.unit == "file":
                yield from self._document(whole_document(stream), source, report)
            else:
                yield from self._many(source, stream, report)
        except NotReadError as error:
            refuse(source, error, self.config, report)
            source = source._replace(format="")
        except InputError as error:
            report.refuse(self.config.on_error, source.shown, error)
        if content is not None:
            read_to_the_end(stored)
        return source.format

    def as_found(self, source: Source, stream: io.BufferedReader) -> Source:
        """Return a source with the format that its first bytes say; raises NotReadError."""
        head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
        if source.is_guess:
            found = recognised(head, source.stem, self.config, may_be_table=source.is_stream)
            source = source._replace(format=found or source.format, is_guess=False)
            if found is not None and source.unit == "row":
                remedy = f"give it a name that ends in .{found}"
                raise NotReadError("word count file", f"has word counts ({found})", remedy)
        elif source.format in ("json", "jsonl") and self.config.format == "auto":
            if source.is_found and source.format == "json" and lacks_text(head, self.config):
                raise NotReadError("textless JSON file", "has no text", "set corpus.text_field")
            # people give JSON lines the name of JSON, and the other way round
            source = source._replace(format=json_layout_of(head, self.config) or source.format)
        kind = FORMATS[source.format]
        if kind.parse_file is None and kind.unit != "row":
            check_is_text(head, source.stem, is_wide(head, self.config))
        return source

    def _many(self, source: Source, stream: io.BufferedReader, report: Report) -> Iterator[Document]:
        """Yield the documents of a small file of many, which nothing but its first bytes said it is."""
        from .chunks import Chunker  # which imports this module

        noted = Report()
        for chunk in Chunker(self.config, noted).divided(source, stream):
            if chunk is not None:
                yield from self.documents(chunk, report)
        report.add(noted)

    def _document(self, data: bytes, source: Source, report: Report) -> list[Document]:
        """Return the one document of a whole file, or none if it is skipped."""
        text = self.decode(data, source, report, encoding=self.encoding.in_file(data))
        if text is None:
            return []
        return [Document(printable(source.name), text.removeprefix(MARK))]

    def _lines(self, chunk: Chunk, lines: bytes, report: Report) -> Iterator[Document]:
        source = chunk.sources[0]
        name, shown = printable(source.name), source.shown
        parse, encoding = FORMATS[source.format].parse_line, chunk.encoding
        split = lines.split(b"\n")
        if not split[-1]:  # after the last line break
            split.pop()
        for number, line in enumerate(split, start=chunk.first):
            decoded = self.decode(line.removesuffix(b"\r"), source, report, number, encoding)
            if decoded is None:
                continue
            try:
                record = parse(decoded if number > 1 else decoded.removeprefix(MARK), self.config)
            except MalformedError as error:
                report.refuse(self.config.on_error, f"{shown}:{number}", error)
                continue
            if record is not None:
                yield from self.checked(record, f"{name}:{number}", f"{shown}:{number}", report)

    def checked(self, record: Record, name: str, where: str, report: Report) -> list[Document]:
        r"""Return the document of a record, without unpaired surrogates, which JSON may have as \ud800.

        name : its id, printable, if it has none of its own; where : its place in messages
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
            text = without_surrogates(text)
        if record.replaced is not None:
            report.replace(where, record.replaced)
        return [Document(printable(record.id) if record.id else name, text, record.metadata)]

    def decode(
        self,
        raw: bytes,
        source: Source,
        report: Report,
        line: int | None = None,
        encoding: Encoding | None = None,
    ) -> str | None:
        """Return the text of a file or of a line, or None when it is to be skipped.

        encoding : if it is another than the config's
        """
        codec = self._codec if encoding is None else encoding.codec
        try:
            text = raw.decode(codec)
            if codec in _LENIENT:
                text.encode()
            return text
        except UnicodeError as error:
            is_other = encoding is not None and encoding != self.encoding
            for other in () if is_other else self._other_codecs:
                with suppress(UnicodeError):
                    text = raw.decode(other)
                    text.encode()
                    return text
            where = source.shown if line is None else f"{source.shown}:{line}"
            at = ": unpaired surrogate"
            if isinstance(error, UnicodeDecodeError):
                at = f" at byte {error.start}"
                if line is not None and is_other:  # its bytes are no longer those of the file
                    at = f" at character {len(raw[: error.start].decode(codec)) + 1}"
            names = encoding.name if is_other and encoding else " or ".join(self.config.encodings)
            reason = f"not valid {names}{at}" + ("" if line is None else " of the line")
            if self.config.on_error != "replace":
                report.skip_or_raise(self.config.on_error, where, reason, WRONG_ENCODING)
                return None
            report.replace(where, reason)
            return without_surrogates(raw.decode(codec, errors="replace"))
