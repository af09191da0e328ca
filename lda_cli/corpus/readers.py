"""From files to documents: bytes are decompressed, split into documents and decoded, one document at a time.

inputs -> sources -> documents -> tokenizer. The fingerprint of a corpus is made of the same sources.
"""

import codecs
import gzip
import hashlib
import io
import os
import stat
import sys
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

from ..config import CorpusConfig
from ..errors import ConfigError, CorpusError
from .files import STDIN, Source, find_sources, printable
from .report import Report, in_words

__all__ = ["Document", "Report", "fingerprint", "read_documents"]

_BLOCK = 1 << 16  # bytes asked of the file system at a time
_BINARY_HEAD = 8192  # a NUL within so many bytes makes a file binary
# Encodings in which halves of characters, which no file of ours could hold, are not refused by Python itself.
_MAY_GIVE_SURROGATES = {
    codecs.lookup(name).name for name in ("utf-7", "unicode_escape", "raw_unicode_escape")
}
_BOM = "\ufeff"  # a byte order mark, decoded
_GZIP_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)


class Document(NamedTuple):
    """What a topic mixture is found for."""

    id: str  # printable, one line: "space/moon.txt", "notes.txt:17", "stdin:17"
    text: str


class Digest(Protocol):
    """What hashlib's objects can do."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes."""


def read_documents(
    inputs: Sequence[str],
    config: CorpusConfig,
    report: Report,
    stdin: BinaryIO | None = None,
    digest: Digest | None = None,
    never: Collection[str] = (),
) -> Iterator[Document]:
    """Yield the documents of folders, files and "-" (standard input), in an order that is always the same.

    `report` gathers what is skipped or replaced. When the last document has been taken, `digest` has been fed
    what `fingerprint` makes its value of. `never` names files and folders that are no part of a folder of
    text though they lie in it, such as the model.

    Raises CorpusError for what cannot be read or decoded, as config.on_error allows, and ConfigError for an
    encoding that does not exist or cannot be split into lines.
    """
    reader = _Reader(config, report)
    for source in find_sources(inputs, config, report, never):
        try:
            with _opened(source, stdin) as file:
                yield from reader.documents(source, file, digest)
        except OSError as error:
            report.skip_or_raise(config.on_error, source.shown, in_words(error))


def fingerprint(inputs: Sequence[str], config: CorpusConfig, never: Collection[str] = ()) -> str:
    """Return SHA-256, in hex, of the names and stored bytes of the files that `read_documents` would read.

    Raises ConfigError for an input that can be read only once, CorpusError for a file that cannot be read.
    """
    digest = hashlib.sha256()
    report = Report()
    for source in find_sources(inputs, config, report, never):
        try:
            if source.path == STDIN or stat.S_ISFIFO(os.stat(source.path).st_mode):
                raise ConfigError(f"{source.shown}: a pipe has no fingerprint before it is read; give files")
            with open(source.path, "rb", buffering=0) as file:
                _add_to_digest(digest, source, hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            report.skip_or_raise(config.on_error, source.shown, in_words(error))
    return digest.hexdigest()


class _Reader:
    """Bytes to documents, under one config and into one report."""

    def __init__(self, config: CorpusConfig, report: Report) -> None:
        self._config, self._report = config, report
        self._encoding = _codec_name(config.encoding)
        self._newline = "\n".encode(self._encoding)

    def documents(self, source: Source, file: BinaryIO, digest: Digest | None) -> Iterator[Document]:
        """Yield the documents of an open file, then feed its record to `digest`."""
        content = None if digest is None else hashlib.sha256()
        stored: io.BufferedReader = io.BufferedReader(_Tap(file, content), _BLOCK)
        stream = gzip.GzipFile(fileobj=stored) if source.path.endswith(".gz") else stored
        split = self._lines if source.by_line else self._whole
        try:
            if self._is_binary(stream):
                remedy = "add it to corpus.exclude, or set corpus.on_error to skip"
                self._report.skip_or_raise(self._config.on_error, source.shown, "binary file", remedy)
            else:
                yield from split(source, stream)
        except _GZIP_ERRORS as error:
            reason = f"not a whole gzip file ({str(error) or type(error).__name__})"
            self._report.skip_or_raise(self._config.on_error, source.shown, reason)

        if digest is not None and content is not None:
            while stored.read(_BLOCK):  # what decompression, or the refusal of a binary file, left unread
                pass
            _add_to_digest(digest, source, content.digest())

    def _is_binary(self, stream: io.BufferedReader | gzip.GzipFile) -> bool:
        is_wide = b"\0" in self._newline  # UTF-16 and UTF-32 are full of NULs
        return not is_wide and b"\0" in stream.peek(_BINARY_HEAD)[:_BINARY_HEAD]

    def _whole(self, source: Source, stream: io.BufferedReader | gzip.GzipFile) -> Iterator[Document]:
        text = self._decode(stream.read(), source)
        if text is not None:
            yield Document(printable(source.name), text.removeprefix(_BOM))

    def _lines(self, source: Source, stream: io.BufferedReader | gzip.GzipFile) -> Iterator[Document]:
        if self._newline != b"\n":
            reason = f"{self._config.encoding} cannot be read a line at a time"
            raise ConfigError(f"{source.shown}: {reason}; convert it to utf-8 or set corpus.format to folder")
        name = printable(source.name)
        for number, line in enumerate(stream, start=1):
            text = self._decode(line.removesuffix(b"\n").removesuffix(b"\r"), source, number)
            if text is not None:
                yield Document(f"{name}:{number}", text if number > 1 else text.removeprefix(_BOM))

    def _decode(self, raw: bytes, source: Source, line: int | None = None) -> str | None:
        """Return the text, or None when it is to be skipped."""
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
                self._report.skip_or_raise(self._config.on_error, where, reason, remedy)
                return None
            self._report.replace(where, reason)
            text = raw.decode(self._encoding, errors="replace")
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


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


class _Tap(io.RawIOBase):
    """The bytes of a file as they come, fed to `content` on the way; a pipe's without waiting for more."""

    def __init__(self, file: BinaryIO, content: Digest | None) -> None:
        self._content = content
        # A buffered stream is asked for what it has; an unbuffered one gives no more of itself.
        method = "readinto1" if hasattr(file, "readinto1") else "readinto"
        self._read_into: Callable[[memoryview], int | None] = getattr(file, method)

    def readable(self) -> bool:
        return True

    def readinto(self, block: Any, /) -> int:
        view = memoryview(block)
        n_read = self._read_into(view) or 0
        if self._content is not None:
            self._content.update(view[:n_read])
        return n_read


def _add_to_digest(digest: Digest, source: Source, content: bytes) -> None:
    """Feed the record of a file: its name behind its length, how it is split, SHA-256 of its stored bytes.

    A file that cannot be read has no record.
    """
    name = source.name.encode("utf-8", "surrogatepass")
    digest.update(len(name).to_bytes(8, "big") + name + (b"L" if source.by_line else b"W") + content)
