"""A stream of lines in blocks, for files of a line a cell or a token: no line is read alone."""

from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO, cast

from ..corpus.documents.blocks import LONG_LINE, whole_lines
from .found import wrong

BLOCK_BYTES = 1 << 22


def numbered_blocks(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    r"""Yield whole lines, each with \n at its end, BLOCK_BYTES or more, and the number of lines before.

    Raises InputError for a line that is too long, and as the stream does.
    """
    n_before = 0
    for block in whole_lines(cast(BufferedReader, stream), lambda: True, BLOCK_BYTES):
        assert block is not None
        if block == LONG_LINE:
            raise wrong("a line is too long")
        lines = block.replace(b"\r\n", b"\n")
        if not lines.endswith(b"\n"):  # the last line of the file
            lines += b"\n"
        yield lines, n_before
        n_before += lines.count(b"\n")
