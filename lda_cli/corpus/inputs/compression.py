"""What is stored in a file, and what that is when decompressed: gzip, bzip2, xz. Between files and readers.

A stream is decompressed as it is read, never whole, so that a small file cannot fill the memory by itself.
"""

import bz2
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple, Protocol

_BLOCK = 1 << 16  # bytes asked of the file system at a time
SMALL_FILE = _BLOCK
_XZ_MEMORY = 1 << 30  # bytes; a stream of `xz -9` asks for 65 MiB, and 68 bytes may ask for 4 GiB
_PADDING = b"\0"  # between two streams
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # Windows changes the ends of lines without it


class Digest(Protocol):
    """What hashlib's objects can do."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes."""


class DamagedError(Exception):
    """Compressed bytes that are cut or wrong; the message is a reason for people."""


class _Concatenated:
    """Reads all streams, and padding between them; what is neither is an error, as it is for xz.

    BZ2File and LZMAFile pass over what begins no stream, and all that stands behind it: text would be lost,
    and nobody told. Nor could LZMAFile be told how much memory a stream may ask for.
    """

    def __init__(
        self, stored: io.BufferedReader, new_stream: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]
    ) -> None:
        self._stored = stored
        self._new_stream = new_stream
        self._stream = new_stream()
        self._is_over = False

    def read1(self, n_bytes: int) -> bytes:
        """Return at most so many bytes, and none at the end."""
        data = b""
        while not data and not self._is_over:
            data = self._next_stream(n_bytes) if self._stream.eof else self._more(n_bytes)
        return data

    def _more(self, n_bytes: int) -> bytes:
        if not self._stream.needs_input:
            return self._stream.decompress(b"", n_bytes)
        block = self._stored.read1(_BLOCK)
        if not block:
            raise EOFError("it ends within a stream")
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
    """A way of compressing: what people call it, how its files begin, and what opens them."""

    name: str
    beginnings: tuple[bytes, ...]
    opened: Callable[[Any], Any]


def _xz_stream() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


# Text may begin with BZh: only with what must follow, a block's or the end's number, is it bzip2.
_BZIP2 = tuple(b"BZh%d" % level + then for level in range(1, 10) for then in (b"1AY&SY", b"\x17rE8P\x90"))
_COMPRESSIONS = {
    ".gz": _Compression("gzip", (b"\x1f\x8b\x08",), lambda stored: gzip.GzipFile(fileobj=stored)),
    ".bz2": _Compression("bzip2", _BZIP2, lambda stored: _Concatenated(stored, bz2.BZ2Decompressor)),
    ".xz": _Compression("xz", (b"\xfd7zXZ\0",), lambda stored: _Concatenated(stored, _xz_stream)),
}
PACKED = tuple(_COMPRESSIONS)  # suffixes
_BEGINNINGS = tuple(beginning for kind in _COMPRESSIONS.values() for beginning in kind.beginnings)


def without_suffix(name: str) -> str:
    """Return a file's name without the suffix of a compression."""
    stem, point, suffix = name.rpartition(".")
    return stem if point + suffix.lower() in _COMPRESSIONS else name


def streams(path: str, file: BinaryIO, content: Digest | None) -> tuple[io.BufferedReader, io.BufferedReader]:
    """Return what is stored in a file, fed to `content` as it is read, and what that is when decompressed.

    The first bytes tell how a file is compressed; where they tell nothing, the suffix of `path` does. An
    empty file is empty, whatever its name. Reading the second stream raises DamagedError.
    """
    tap = _Tap(file, content)
    head = tap.head()
    stored: io.BufferedReader = io.BufferedReader(tap, _BLOCK)
    kind = _compression(path, head)
    if kind is None:
        return stored, stored
    decompressed: io.BufferedReader = io.BufferedReader(_Decompressed(stored, kind), _BLOCK)
    return stored, decompressed


def read_small(path: str, size: int) -> tuple[bytes, bool]:
    """Return what is stored in a file of about `size` bytes, and whether `streams` would decompress it.

    It takes as few calls as there can be: for many small files streams take longer than all that follows.
    """
    descriptor = os.open(path, _READ_ONLY)
    try:
        blocks = [os.read(descriptor, size + 1)]
        while blocks[-1] and len(blocks[0]) != size:  # it may have grown meanwhile, or comes in parts
            blocks.append(os.read(descriptor, _BLOCK))
    finally:
        os.close(descriptor)
    data = b"".join(blocks)
    return data, _compression(path, data) is not None


def _compression(path: str, head: bytes) -> _Compression | None:
    if head.startswith(_BEGINNINGS):
        return next(kind for kind in _COMPRESSIONS.values() if head.startswith(kind.beginnings))
    suffix = path[len(without_suffix(path)) :].lower()
    return _COMPRESSIONS[suffix] if suffix and head else None


def read_to_the_end(stored: io.BufferedReader) -> None:
    """Read what decompression, or the refusal of a file, left unread: it belongs to the content."""
    while stored.read(_BLOCK):
        pass


class _Tap(io.RawIOBase):
    """The bytes of a file as they come, fed to `content` on the way; a pipe's without waiting for more."""

    def __init__(self, file: BinaryIO, content: Digest | None) -> None:
        self._content = content
        # A buffered stream is asked for what it has; an unbuffered one gives no more of itself.
        method = "readinto1" if hasattr(file, "readinto1") else "readinto"
        self._read_into: Callable[[memoryview], int | None] = getattr(file, method)
        self._head = b""

    def head(self) -> bytes:
        """Return the first bytes, which stay to be read: as many as tell a compression, or its absence.

        A pipe that begins otherwise is not waited for.
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
    """The decompressed bytes of a stream; whatever the library calls a damage is a DamagedError."""

    def __init__(self, stored: io.BufferedReader, kind: _Compression) -> None:
        self._kind = kind
        self._file = kind.opened(stored)

    def readable(self) -> bool:
        return True

    def readinto(self, block: Any, /) -> int:
        view = memoryview(block)
        data = self._checked(self._file.read1, len(view))
        view[: len(data)] = data
        return len(data)

    def _checked(self, read: Callable[[int], bytes], n_bytes: int) -> bytes:
        try:
            return read(n_bytes)
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # of the file system, not of the bytes
                raise
            reason = str(error) or type(error).__name__
            raise DamagedError(f"not a whole {self._kind.name} file ({reason})") from None
