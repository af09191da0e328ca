"""The decompressed bytes of an xz file, in memory that has a bound. For compression.py."""

import io
import lzma

XZ = b"\xfd7zXZ\0"  # how a stream begins

_BLOCK = 1 << 16  # bytes of the file at a time
_MEMORY = 1 << 30  # bytes that a stream may ask for: those of `xz -9` ask for 65 MiB


class XzFile:
    """Reads as lzma.LZMAFile does, which knows no bound: 68 bytes may ask for a dictionary of 4 GiB."""

    def __init__(self, stored: io.BufferedReader) -> None:
        self._stored = stored
        self._stream = _stream()
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
        block = self._stream.unused_data or self._stored.read1(_BLOCK)
        self._stream = _stream()
        self._is_over = not block
        try:
            return self._stream.decompress(block, n_bytes)
        except lzma.LZMAError:
            if block.startswith(XZ):
                raise
            self._is_over = True  # what stands behind is no stream, and LZMAFile passes it over too
            return b""


def _stream() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=_MEMORY)
