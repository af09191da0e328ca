"""Files of bags of words to documents, counted in terms. Used where pieces are made.

There is nothing to tokenise, and where one document ends is known only when the entries before it are parsed:
one process does it, and hands on arrays.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from tempfile import TemporaryFile, gettempdir
from typing import BinaryIO, NamedTuple

import numpy as np

from ...config import CorpusConfig
from ...disk.atomic import cannot_write
from ..inputs.compression import read_to_the_end
from ..inputs.files import Source, printable
from ..inputs.formats import MEND_IT, Document, MalformedError
from ..inputs.report import Report
from .bag_archives import npz
from .bag_lines import Blocks, ldac, matrix_market, uci
from .bags import Bags, Int32, Int64
from .blocks import LONG_LINE

# Of a line, at most: it is in memory as a whole, and takes twenty times as much while it is parsed.
LINE_BYTES = 1 << 23

_UNPACKED_BYTES = 1 << 30  # of an archive that is packed once more, or comes through a pipe
_BLOCK = 1 << 20

_OF_LINES = {"ldac": ldac, "uci": uci, "mtx": matrix_market}


class Bag(NamedTuple):
    """The terms of D documents.

    terms : T distinct terms
    columns, counts : (nnz,) int32, which of `terms`, each once in a document, and how often
    starts : (D + 1,) int64, where each document's entries begin and the last one's end
    """

    terms: list[str]
    columns: Int32
    counts: Int32
    starts: Int64


class Stored(NamedTuple):
    """A file that is read: itself, what is stored in it, and what that is when decompressed."""

    file: BinaryIO
    stored: BufferedReader
    stream: BufferedReader


def bags(
    source: Source, stored: Stored, blocks: Blocks, terms: list[str], config: CorpusConfig, report: Report
) -> Iterator[tuple[list[Document], Bag] | None]:
    """Yield the documents of a bag of words, whose text is empty, with their terms.

    blocks : whole lines of it, and None where there is nothing more for now, which is handed on

    Raises CorpusError for what its format does not allow, unless config.on_error is "skip".
    """
    name = printable(source.name)

    def complain(number: int | None, reason: str) -> None:
        where = source.shown if number is None else f"{source.shown}:{number}"
        report.skip_or_raise(config.on_error, where, reason, MEND_IT)

    try:
        if source.format == "npz":
            with _to_seek_in(source, stored) as file:
                for found in npz(file, len(terms), complain):
                    yield found and _named(found, name, terms)
        else:
            for found in _OF_LINES[source.format](_without_long(blocks), len(terms), complain):
                yield found and _named(found, name, terms)
    except MalformedError as error:
        report.skip_or_raise(config.on_error, source.shown, error.reason, error.remedy)


def _without_long(blocks: Blocks) -> Blocks:
    for block in blocks:
        if block == LONG_LINE:
            raise MalformedError(f"a line of more than {LINE_BYTES >> 20} MiB")
        yield block


def _named(found: Bags, name: str, terms: list[str]) -> tuple[list[Document], Bag]:
    documents = [Document(f"{name}:{number}", "") for number in found.numbers.tolist()]
    is_used = np.zeros(len(terms), bool)
    is_used[found.columns] = True
    used = [terms[column] for column in np.flatnonzero(is_used).tolist()]
    column_of = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return documents, Bag(used, column_of[found.columns], found.counts, found.starts)


@contextmanager
def _to_seek_in(source: Source, stored: Stored) -> Iterator[BinaryIO]:
    """Give an archive as a file that can be sought in: itself, or a copy of what is packed or piped."""
    if stored.stream is stored.stored and not source.is_stream:
        read_to_the_end(stored.stored)  # which tells its content
        stored.file.seek(0)
        try:
            yield stored.file
        finally:
            stored.file.seek(0, os.SEEK_END)  # where it was left: nothing is to be read twice
        return
    where = f"a temporary file in {gettempdir()}"
    with cannot_write(where):
        copy = TemporaryFile()  # noqa: SIM115 (closed below)
    with copy:
        while block := stored.stream.read(_BLOCK):
            with cannot_write(where):
                copy.write(block)
                copy.flush()
            if copy.tell() > _UNPACKED_BYTES:
                raise MalformedError(f"more than {_UNPACKED_BYTES} bytes, unpacked", remedy="unpack it first")
        copy.seek(0)
        yield copy
