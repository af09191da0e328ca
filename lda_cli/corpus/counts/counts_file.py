"""Counted documents in a file: blocks of a sparse matrix one behind the other, read back by document.

workers -> files of counts -> vocabulary -> bag of words. They hold a corpus between its two passes, and from
one training to the next, in some five bytes for each term of a document.
"""

import io
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import numpy as np

from ..terms.counting import Numbers
from ..terms.rows import Rows, starts_of

# Documents and entries of a block, which is read and written as a whole.
BLOCK_SIZE = 1 << 18


class Contents(NamedTuple):
    """Where the B blocks of a file of counts lie. Behind them stand its terms, a line each, to the end.

    A block is four arrays as NumPy saves them: names (UTF-8, a line each), lengths, columns, counts.

    firsts : B + 1, the number of the first document of each block, and the number of documents
    offsets : B + 1, where each block begins, and the terms
    crc : CRC-32 of the whole file
    """

    firsts: list[int]
    offsets: list[int]
    crc: int


class CountsWriter:
    """Writes counted documents to a file, and gives every term its column there."""

    def __init__(self, file: BinaryIO) -> None:
        """Write to an empty file, which stays the caller's."""
        self.file = file
        self.n_documents = 0
        self.numbers = Numbers()
        self._firsts, self._offsets, self._crc = [0], [0], 0
        self._names: list[str] = []
        self._held: list[Rows] = []  # of those names
        self._n_held = 0  # documents and entries: too few for a block

    def add(self, names: Iterable[str], rows: Rows) -> None:
        """Append documents; columns are those of `numbers`."""
        self._names += names
        self._held.append(rows)
        self.n_documents += rows.n_documents
        self._n_held += len(rows.indptr) + len(rows.indices)
        if self._n_held >= BLOCK_SIZE:
            self._write_block()

    def finish(self) -> Contents:
        """Write what is held, and the terms."""
        if self._held:
            self._write_block()
        self._write("\n".join(self.numbers.terms(0)).encode())
        self.file.flush()
        return Contents(self._firsts, self._offsets, self._crc)

    def _write_block(self) -> None:
        starts, columns, counts, _ = Rows.joined(self._held)
        largest = counts.max(initial=0)
        count_bytes = next(size for size in (1, 2, 4) if largest < 1 << 8 * size)
        names = np.frombuffer("\n".join(self._names).encode(), np.uint8)
        block = io.BytesIO()
        for part in (names, np.diff(starts).astype(np.uint32), columns, counts.astype(f"u{count_bytes}")):
            np.save(block, part)
        self._write(block.getbuffer())
        self._firsts.append(self.n_documents)
        self._offsets.append(self._offsets[-1] + block.tell())
        self._names, self._held, self._n_held = [], [], 0

    def _write(self, data: bytes | memoryview) -> None:
        self.file.write(data)
        self._crc = zlib.crc32(data, self._crc)


def crc_of(file: BinaryIO) -> int:
    """Return the CRC-32 of a file's bytes, from where it stands to its end."""
    crc = 0
    while data := file.read(1 << 20):
        crc = zlib.crc32(data, crc)
    return crc


class CountsFile:
    """A file of counts to be read. It stays open, and readable when its name is deleted."""

    def __init__(self, file: BinaryIO, contents: Contents) -> None:
        """Take what `CountsWriter.finish` returned of a file."""
        self._file = file
        self._firsts, self._offsets, _ = contents
        file.seek(self._offsets[-1])
        terms = file.read().decode()
        self.terms: list[str] = terms.split("\n") if terms else []
        self._parsed: tuple[int, Rows] | None = None  # the block that was read last

    def __len__(self) -> int:
        return self._firsts[-1]

    def counts(self, first: int, n_documents: int) -> Iterator[Rows]:
        """Yield the counts of some documents, in their order, at most a block's at a time."""
        for place, begin, end in self._parts(first, n_documents):
            if self._parsed is None or self._parsed[0] != place:
                self._parsed = place, self._block(place)
            yield self._parsed[1].part(begin, end)

    def names(self, first: int, n_documents: int) -> Iterator[str]:
        """Yield the names of some documents, in their order."""
        for place, begin, end in self._parts(first, n_documents):
            self._file.seek(self._offsets[place])
            yield from np.load(self._file).tobytes().decode().split("\n")[begin:end]

    def _parts(self, first: int, n_documents: int) -> Iterator[tuple[int, int, int]]:
        """Yield the place of each block that holds some of the documents, and which of its own they are."""
        last = first + n_documents
        place = bisect_right(self._firsts, first) - 1
        while first < last:
            start, end = self._firsts[place], min(self._firsts[place + 1], last)
            yield place, first - start, end - start
            first, place = end, place + 1

    def _block(self, place: int) -> Rows:
        self._file.seek(self._offsets[place])
        _, lengths, columns, counts = (np.load(self._file) for _ in range(4))
        return Rows(starts_of(lengths), columns, counts.astype(np.int32))


class Segment(NamedTuple):
    """Documents of a file of counts that follow each other in the corpus too."""

    file: CountsFile
    first: int
    n_documents: int


class StoredDocuments:
    """The counted documents of a corpus, in its order, wherever they are stored.

    terms : T terms, of which some may be in no document
    """

    def __init__(self, runs: Sequence[Segment]) -> None:
        """Take the runs in the order of the corpus."""
        self._runs = runs
        files = list(dict.fromkeys(run.file for run in runs))
        if len(files) == 1:  # as it is after a first reading: nothing is to be numbered anew
            self.terms = files[0].terms
            self._columns = {files[0]: np.arange(len(self.terms), dtype=np.int32)}
        else:
            numbers = Numbers()
            self._columns = {file: numbers.columns(file.terms) for file in files}
            self.terms = numbers.terms(0)

    def __len__(self) -> int:
        return sum(run.n_documents for run in self._runs)

    def names(self) -> Iterator[str]:
        """Yield the D names."""
        for run in self._runs:
            yield from run.file.names(run.first, run.n_documents)

    def counts(self) -> Iterator[Rows]:
        """Yield the counts, columns being places in `terms`, of some documents at a time, never many."""
        held: list[Rows] = []
        n_held = 0
        for run in self._runs:
            columns = self._columns[run.file]
            for part in run.file.counts(run.first, run.n_documents):
                held.append(part.renumbered(columns))
                n_held += len(part.indptr) + len(part.indices)
                if n_held >= BLOCK_SIZE:
                    yield Rows.joined(held)
                    held, n_held = [], 0
        if held:
            yield Rows.joined(held)
