"""The decompressed bytes of files that may hold several streams, one behind the other. For compression.py."""

import io
from bz2 import BZ2Decompressor
from collections.abc import Callable
from lzma import LZMADecompressor

_BLOCK = 1 << 16  # bytes of the file at a time
_PADDING = b"\0"


class Concatenated:
    """Reads all streams, and padding between them; what is neither is an error, as it is for xz.

    BZ2File and LZMAFile pass over what begins no stream, and all that stands behind it: text would be lost,
    and nobody told. Nor could LZMAFile be told how much memory a stream may ask for.
    """

    def __init__(
        self, stored: io.BufferedReader, new_stream: Callable[[], BZ2Decompressor | LZMADecompressor]
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
