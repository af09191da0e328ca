"""From chunks of the inputs to documents: bytes are decompressed, split, decoded and parsed, in any process.

dividing -> chunks -> documents -> tokenizer.
"""

import codecs
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NamedTuple, cast

from ...config import CorpusConfig
from ...errors import in_words
from ..inputs.compression import SMALL_FILE, DamagedError, Digest, read_small, read_to_the_end, streams
from ..inputs.files import Source, printable
from ..inputs.formats import FORMATS, Document, MalformedError
from ..inputs.report import Report
from . import blocks
from .blocks import whole_document
from .matrices import Bag

_BINARY_HEAD = 8192  # a NUL within so many bytes makes a file binary
# Encodings in which halves of characters, which no file of ours could hold, are not refused by Python itself.
_MAY_GIVE_SURROGATES = {
    codecs.lookup(name).name for name in ("utf-7", "unicode_escape", "raw_unicode_escape")
}
_BOM = "\ufeff"  # a byte order mark, decoded


class Chunk(NamedTuple):
    """A part of the inputs.

    sources : files that are a document each, or the one that `data` is of
    report : what was skipped since the last chunk; with `data` or `records`, in their file
    data : whole lines, or a stream as one document; None if the files are still to be opened
    records : the documents of a table or a bag of words, where they are parsed already
    bag : the terms of `records`, which have no text then
    first : the number of the first line
    content : of the file, as the fingerprint has it, in the chunk that ends such a file
    """

    sources: tuple[Source, ...]
    report: Report | None
    data: bytes | None = None
    first: int = 1
    content: bytes | None = None
    records: Sequence[Document] | None = None
    bag: Bag | None = None


class FileEnd(NamedTuple):
    """The end of a file, or of what a chunk holds of it.

    number : of its source
    content : SHA-256 of the stored bytes, where the file itself ends
    report : what was skipped or replaced in it, or None for nothing
    """

    number: int
    content: bytes | None
    report: Report | None


class Reader:
    """Chunks to documents, under one config; it can be sent to other processes."""

    def __init__(self, config: CorpusConfig) -> None:
        self.split = config.split  # for those who know what a token is
        self._config = config
        self._encoding = codec_name(config.encoding)

    def documents(
        self, chunk: Chunk, report: Report, at_end: Callable[[FileEnd], None] | None = None
    ) -> Iterator[Document]:
        """Yield the documents of a chunk.

        at_end : is told of each file when its last document has been taken; without it, `report` is told what
            was skipped or replaced in the files too
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
            report.skip_or_raise(self._config.on_error, source.shown, in_words(error))
        if at_end is not None:
            at_end(FileEnd(source.number, digest, report.take()))

    def _small(self, source: Source, report: Report, content: Digest | None) -> list[Document]:
        data, is_compressed = read_small(source.path, source.size)
        is_plain = FORMATS[source.format].parse_file is None
        if not is_plain or is_compressed or b"\0" in data[:_BINARY_HEAD] or len(data) > blocks.DOCUMENT_BYTES:
            return list(self._whole(source, io.BytesIO(data), report, content))
        if content is not None:
            content.update(data)
        return self._document(data, source, report)

    def _whole(
        self, source: Source, file: BinaryIO, report: Report, content: Digest | None
    ) -> Iterator[Document]:
        stored, stream = streams(source.path, file, content)
        try:
            is_wide = b"\0" in "\n".encode(self._encoding)  # UTF-16 and UTF-32 are full of NULs
            is_text = FORMATS[source.format].parse_file is None
            if is_text and not is_wide and is_binary(stream):
                refuse_binary(source, self._config, report)
            else:
                yield from self._document(whole_document(stream), source, report)
        except DamagedError as error:
            report.skip_or_raise(self._config.on_error, source.shown, str(error))
        except MalformedError as error:
            report.skip_or_raise(self._config.on_error, source.shown, error.reason, error.remedy)
        if content is not None:
            read_to_the_end(stored)

    def _document(self, data: bytes, source: Source, report: Report) -> list[Document]:
        """Return the one document of a whole file, or none if it is skipped."""
        parse = FORMATS[source.format].parse_file

        def decode(raw: bytes) -> str | None:
            return self.decode(raw, source, report)

        text = decode(data) if parse is None else parse(data, decode)
        return [] if text is None else [Document(printable(source.name), text.removeprefix(_BOM))]

    def _lines(self, chunk: Chunk, lines: bytes, report: Report) -> Iterator[Document]:
        source, name = chunk.sources[0], printable(chunk.sources[0].name)
        parse = FORMATS[source.format].parse_line
        split = lines.split(b"\n")
        if not split[-1]:  # what stands behind the last new line is no line
            split.pop()
        for number, line in enumerate(split, start=chunk.first):
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
                yield Document(printable(record.id) if record.id else f"{name}:{number}", text)

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


def codec_name(encoding: str) -> str:
    """Return Python's name of an encoding."""
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name  # a BOM is removed from each file, not from each line


def is_binary(stream: io.BufferedReader) -> bool:
    """Whether a stream begins like no text."""
    return b"\0" in stream.peek(_BINARY_HEAD)[:_BINARY_HEAD]


def refuse_binary(source: Source, config: CorpusConfig, report: Report) -> None:
    """Skip a binary file, or raise CorpusError."""
    remedy = "add it to corpus.exclude, or set corpus.on_error to skip"
    report.skip_or_raise(config.on_error, source.shown, "binary file", remedy)
