"""From a stream to blocks of whole lines, or to one document, of bounded size. Between files and readers."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from ..formats.records import MalformedError
from ..inputs.compression import DamagedError

# Bytes of a line or a document, at most: a small file may decompress to more than fits in memory.
DOCUMENT_BYTES = 1 << 28

LONG_LINE = b""  # in the place of a line that is too long

_BLOCK_BYTES = 1 << 20


def too_long(subject: str, more: str = "") -> MalformedError:
    """Return the error for a line or a document of more than DOCUMENT_BYTES."""
    remedy = "split it, or set corpus.on_error to skip"
    return MalformedError(f"{subject} longer than {DOCUMENT_BYTES >> 20} MiB{more}", remedy=remedy)


def whole_document(file: BinaryIO | io.BufferedReader) -> bytes:
    """Read a stream to its end, or raise MalformedError if it is too long."""
    blocks: list[bytes] = []
    n_bytes = 0
    for block in iter(partial(file.read, _BLOCK_BYTES), b""):
        n_bytes += len(block)
        if n_bytes > DOCUMENT_BYTES:
            raise too_long("document")
        blocks.append(block)
    return b"".join(blocks)


def whole_lines(
    stream: io.BufferedReader, has_more: Callable[[], bool], chunk_bytes: int
) -> Iterator[bytes | None]:
    """Yield lines, about `chunk_bytes` of them together, and None where a pipe has no more for now.

    LONG_LINE takes the place of a line of more than DOCUMENT_BYTES. Lines before an error are yielded before
    it is raised.
    """
    whole: list[bytes] = []
    begun: list[bytes] = []  # a line without its end
    n_bytes = 0
    try:
        for block in _blocks(stream, chunk_bytes):
            n_bytes += len(block)
            if block == LONG_LINE:
                if whole:
                    yield b"".join(whole)
                yield LONG_LINE
                whole, begun, n_bytes = [], [], 0
            if end := block.rfind(b"\n") + 1:
                whole += [*begun, block[:end]]
                begun = []
            begun.append(block[end:])
            waits = not has_more()
            if whole and (waits or n_bytes >= chunk_bytes):
                yield b"".join(whole)
                whole, n_bytes = [], 0
            if waits:
                yield None
    except (OSError, DamagedError):
        if whole:
            yield b"".join(whole)
        raise
    if whole or any(begun):
        yield b"".join(whole + begun)


def _blocks(stream: io.BufferedReader, n_bytes: int) -> Iterator[bytes]:
    """Yield a stream, at most `n_bytes` at a time; LONG_LINE in the place of a line that is too long."""
    n_begun = 0  # bytes of the current line
    while block := stream.read1(n_bytes):
        end = block.find(b"\n") + 1
        n_line = n_begun + (end or len(block))
        if n_line > DOCUMENT_BYTES:
            if n_begun <= DOCUMENT_BYTES:
                yield LONG_LINE
            n_begun, block = (0, block[end:]) if end else (n_line, b"")
        if block:
            yield block
        last_end = block.rfind(b"\n") + 1
        n_begun = len(block) - last_end + (0 if last_end else n_begun)
