"""The stored bytes of a file, and the decompressed ones: gzip, bzip2, xz. Between files and readers.

A stream is decompressed as it is read, never as a whole, so that a small file cannot fill the memory.
"""

import bz2
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from ..formats.records import InputError

_BLOCK = 1 << 16  # bytes per read
SMALL_FILE = _BLOCK
_XZ_MEMORY = 1 << 30  # bytes; a stream of `xz -9` needs 65 MiB, but a header may ask for 4 GiB
_PADDING = b"\0"  # between two streams
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # Windows changes the ends of lines without it


Digest = Any  # an object of hashlib


class DamagedError(InputError):
    """Compressed bytes that are truncated or wrong; the message says why."""


class _Concatenated:
    """Reads all streams, and padding between them; other bytes after a stream are an error, as for xz.

    BZ2File and LZMAFile ignore such bytes and all that follows: text would be lost without a message. And
    LZMAFile has no memory limit.
    """

    def __init__(
        self, stored: io.BufferedReader, new_stream: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]
    ) -> None:
        self._stored = stored
        self._new_stream = new_stream
        self._stream = new_stream()
        self._is_over = False

    def read1(self, n_bytes: int) -> bytes:
        """Return at most `n_bytes` bytes, and b"" at the end."""
        data = b""
        while not data and not self._is_over:
            data = self._next_stream(n_bytes) if self._stream.eof else self._more(n_bytes)
        return data

    def _more(self, n_bytes: int) -> bytes:
        if not self._stream.needs_input:
            return self._stream.decompress(b"", n_bytes)
        block = self._stored.read1(_BLOCK)
        if not block:
            raise EOFError("unexpected end of file")
        return self._stream.decompress(block, n_bytes)

    def _next_stream(self, n_bytes: int) -> bytes:
        block = self._stream.unused_data.lstrip(_PADDING)
        while not block and (stored := self._stored.read1(_BLOCK)):
            block = stored.lstrip(_PADDING)
        if not block:
            self._is_over = True
            return b""
        self._stream = self._new_stream()
        return self._stream.decompress(block, n_bytes)


class _Compression(NamedTuple):
    """A kind of compression: its name, the first bytes of its files, and a function that opens one."""

    name: str
    beginnings: tuple[bytes, ...]
    opened: Callable[[Any], Any]


def _xz_stream() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


# Text may begin with BZh. In bzip2 the magic number of a block, or of the end, follows.
_BZIP2 = tuple(b"BZh%d" % level + then for level in range(1, 10) for then in (b"1AY&SY", b"\x17rE8P\x90"))
_COMPRESSIONS = {
    ".gz": _Compression("gzip", (b"\x1f\x8b\x08",), lambda stored: gzip.GzipFile(fileobj=stored)),
    ".bz2": _Compression("bzip2", _BZIP2, lambda stored: _Concatenated(stored, bz2.BZ2Decompressor)),
    ".xz": _Compression("xz", (b"\xfd7zXZ\0",), lambda stored: _Concatenated(stored, _xz_stream)),
}
SUFFIXES = tuple(_COMPRESSIONS)
_BEGINNINGS = tuple(beginning for kind in _COMPRESSIONS.values() for beginning in kind.beginnings)


def without_suffix(name: str) -> str:
    """Return a file's name without the suffix of a compression."""
    return name.rpartition(".")[0] if name.lower().endswith(SUFFIXES) else name


def streams(path: str, file: BinaryIO, content: Digest | None) -> tuple[io.BufferedReader, io.BufferedReader]:
    """Return two streams: the stored bytes of a file, which also go to `content`, and the decompressed ones.

    The compression follows from the first bytes, or else from the suffix of `path`. An empty file is not
    compressed. Reading the second stream raises DamagedError.
    """
    tap = _Tap(file, content)
    kind = _compression(path, tap.head())
    stored: io.BufferedReader = io.BufferedReader(tap, _BLOCK)
    return stored, stored if kind is None else io.BufferedReader(_Decompressed(stored, kind), _BLOCK)


def read_small(path: str, size: int) -> tuple[bytes, bool]:
    """Return the stored bytes of a file of about `size` bytes, and whether `streams` would decompress it.

    With few system calls: for many small files, opening streams takes longer than counting their words.
    """
    descriptor = os.open(path, _READ_ONLY)
    try:
        blocks = [os.read(descriptor, size + 1)]
        while blocks[-1] and len(blocks[0]) != size:  # it may have grown, or come in parts
            blocks.append(os.read(descriptor, _BLOCK))
    finally:
        os.close(descriptor)
    data = b"".join(blocks)
    return data, _compression(path, data) is not None


def _compression(path: str, head: bytes) -> _Compression | None:
    if head.startswith(_BEGINNINGS):
        return next(kind for kind in _COMPRESSIONS.values() if head.startswith(kind.beginnings))
    name = path.lower()
    return _COMPRESSIONS[name[name.rindex(".") :]] if name.endswith(SUFFIXES) and head else None


def read_to_the_end(stored: io.BufferedReader) -> None:
    """Read the rest, for the hash of the content, after decompression has ended or a file was refused."""
    while stored.read(_BLOCK):
        pass


class _Tap(io.RawIOBase):
    """The bytes of a file, also fed to `content`; from a pipe, without waiting for more than it has."""

    def __init__(self, file: BinaryIO, content: Digest | None) -> None:
        self._content = content
        # readinto of a buffered stream would wait until the block is full
        method = "readinto1" if hasattr(file, "readinto1") else "readinto"
        self._read_into: Callable[[memoryview], int | None] = getattr(file, method)
        self._head = b""

    def head(self) -> bytes:
        """Return enough of the first bytes to recognise a compression; they will be read again.

        If the first bytes of a pipe are no compression, it does not wait for more.
        """
        while any(len(self._head) < len(whole) and whole.startswith(self._head) for whole in _BEGINNINGS):
            block = bytearray(_BLOCK)
            n_read = self._read(memoryview(block))
            if not n_read:
                break
            self._head += block[:n_read]
        return self._head

    def readable(self) -> bool:
        return True

    def readinto(self, block: Any, /) -> int:
        view = memoryview(block)
        if not self._head:
            return self._read(view)
        given, self._head = self._head[: len(view)], self._head[len(view) :]
        view[: len(given)] = given
        return len(given)

    def _read(self, view: memoryview) -> int:
        n_read = self._read_into(view) or 0
        if self._content is not None:
            self._content.update(view[:n_read])
        return n_read


class _Decompressed(io.RawIOBase):
    """The decompressed bytes of a stream; errors of the libraries become DamagedError."""

    def __init__(self, stored: io.BufferedReader, kind: _Compression) -> None:
        self._kind = kind
        self._file = kind.opened(stored)

    def readable(self) -> bool:
        return True

    def readinto(self, block: Any, /) -> int:
        view = memoryview(block)
        try:
            data = self._file.read1(len(view))
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # from the file system
                raise
            reason = str(error) or type(error).__name__
            raise DamagedError(f"damaged {self._kind.name} file ({reason})") from None
        view[: len(data)] = data
        return len(data)
