"""Streams of text in which a line end is not one byte become UTF-8 on the way. Between files and lines.

UTF-16 and UTF-32 are known by their byte order marks, under any encoding of the config.
"""

import codecs
import io
from typing import Any

from ..formats.encodings import MARK_BYTES, MARKS, Encoding

_BLOCK = 1 << 16  # bytes per read
BAD = "\udcff"  # in the place of bytes that are not valid
_MARK_BAD = "lda_cli.mark_bad"  # the name of its handler of errors


def in_utf8(stream: io.BufferedReader, encoding: Encoding) -> tuple[io.BufferedReader, Encoding]:
    """Return a stream whose lines end with the byte LF, and its encoding.

    encoding : of a file without a byte order mark

    If a line end is not that byte, the stream becomes UTF-8, with the byte FF, which UTF-8 does not have, for
    what was not valid.
    """
    head = stream.peek(MARK_BYTES)[:MARK_BYTES]
    is_cut = len(head) < MARK_BYTES and any(mark.startswith(head) for mark in MARKS)
    if is_cut:  # a pipe has only a part of a mark yet
        head = b""
        while any(mark.startswith(head) for mark in MARKS) and (byte := stream.read(1)):
            head += byte
    encoding = encoding.in_file(head)
    if encoding.is_line_by_line:
        return (io.BufferedReader(Joined(head, stream)) if is_cut else stream), encoding
    raw = _InUtf8(Joined(head if is_cut else b"", stream), encoding.codec)
    return io.BufferedReader(raw, _BLOCK), encoding._replace(codec="utf-8")


def decoder(codec: str) -> codecs.IncrementalDecoder:
    """Return a decoder that gives BAD for what is not valid."""
    return codecs.getincrementaldecoder(codec)(_MARK_BAD)


class Joined(io.RawIOBase):
    """Bytes that were read already, then the rest of the stream."""

    def __init__(self, head: bytes, stream: io.BufferedReader) -> None:
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, block: Any, /) -> int:
        if not self._head:
            return self._stream.readinto1(block)
        given, self._head = self._head[: len(block)], self._head[len(block) :]
        block[: len(given)] = given
        return len(given)


class _InUtf8(io.RawIOBase):
    """The text of a stream, as UTF-8."""

    def __init__(self, stream: Joined, codec: str) -> None:
        self._stream = stream
        self._decoder = decoder(codec)
        self._text = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, block: Any, /) -> int:
        while not self._text and not self._is_over:
            data = self._stream.read(_BLOCK) or b""
            self._is_over = not data
            text = self._decoder.decode(data, self._is_over)
            self._text = memoryview(text.encode("utf-8", _MARK_BAD))
        given, self._text = self._text[: len(block)], self._text[len(block) :]
        block[: len(given)] = given
        return len(given)


def _mark_bad(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeDecodeError):
        return BAD, error.end
    assert isinstance(error, UnicodeEncodeError)  # an unpaired surrogate, also one from above
    return b"\xff" * (error.end - error.start), error.end


codecs.register_error(_MARK_BAD, _mark_bad)
