"""Counted documents in a file: blocks of a sparse matrix one behind the other, read back by document.

workers -> files of counts -> vocabulary -> bag of words. They hold a corpus between its two passes, and from
one training to the next, in some five bytes for each term of a document.
"""

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import numpy as np

from ..terms.counting import Numbers
from ..terms.rows import Rows, starts_of

# Documents and entries of a block, which is read and written as a whole.
BLOCK_SIZE = 1 << 18


class Block(NamedTuple):
    """Where a block lies, and what it holds: lengths, columns, counts and names of documents."""

    offset: int
    n_documents: int
    n_entries: int
    count_bytes: int  # 1, 2 or 4: what the largest of its counts takes
    name_bytes: int


class Contents(NamedTuple):
    """What a file of counts holds; behind the blocks stand its terms, a line each, to the end."""

    blocks: list[Block]
    n_bytes: int
    crc: int  # CRC-32 of all

    @property
    def n_documents(self) -> int:
        """Return the number of documents."""
        return sum(block.n_documents for block in self.blocks)


class CountsWriter:
    """Writes counted documents to a file, and gives every term its column there."""

    def __init__(self, file: BinaryIO) -> None:
        """Write to an empty file, which stays the caller's."""
        self.n_documents = 0
        self.numbers = Numbers()
        self._file = file
        self._written = Contents([], 0, 0)
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
        self._write_block()
        self._write("\n".join(self.numbers.terms(0)).encode())
        self._file.flush()
        return self._written

    def _write_block(self) -> None:
        starts, columns, counts, _ = Rows.joined(self._held)
        lengths = np.diff(starts).astype(np.uint32)
        largest = counts.max(initial=0)
        count_bytes = next(size for size in (1, 2, 4) if largest < 1 << 8 * size)
        names = "\n".join(self._names).encode()
        block = Block(self._written.n_bytes, len(lengths), len(columns), count_bytes, len(names))
        self._write(
            lengths.tobytes() + columns.tobytes() + counts.astype(f"u{count_bytes}").tobytes() + names
        )
        self._written.blocks.append(block)
        self._names, self._held, self._n_held = [], [], 0

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        blocks, n_bytes, crc = self._written
        self._written = Contents(blocks, n_bytes + len(data), zlib.crc32(data, crc))


class CountsFile:
    """A file of counts to be read. It stays open: whoever deletes it takes nothing away."""

    def __init__(self, file: BinaryIO, contents: Contents) -> None:
        """Take what `CountsWriter.finish` returned of a file."""
        self._file, self._blocks = file, contents.blocks
        self._firsts = np.cumsum([0, *(block.n_documents for block in self._blocks)], dtype=np.int64)
        last = self._blocks[-1]
        terms_at = _names_at(last) + last.name_bytes
        terms = self._read(terms_at, contents.n_bytes - terms_at).decode()
        self.terms: list[str] = terms.split("\n") if terms else []
        self._parsed: tuple[int, Rows] | None = None  # the block that was read last

    def __len__(self) -> int:
        return int(self._firsts[-1])

    def counts(self, first: int, n_documents: int) -> Iterator[Rows]:
        """Yield the counts of some documents, in their order, at most a block's at a time."""
        for place, begin, end in self._parts(first, n_documents):
            if self._parsed is None or self._parsed[0] != place:
                self._parsed = place, self._block(self._blocks[place])
            yield self._parsed[1].part(begin, end)

    def names(self, first: int, n_documents: int) -> Iterator[str]:
        """Yield the names of some documents, in their order."""
        for place, begin, end in self._parts(first, n_documents):
            block = self._blocks[place]
            yield from self._read(_names_at(block), block.name_bytes).decode().split("\n")[begin:end]

    def _parts(self, first: int, n_documents: int) -> Iterator[tuple[int, int, int]]:
        """Yield the place of each block that holds some of the documents, and which of its own they are."""
        last = first + n_documents
        place = int(np.searchsorted(self._firsts, first, side="right")) - 1
        while first < last:
            start, end = self._firsts[place : place + 2].tolist()
            end = min(end, last)
            if first < end:
                yield place, first - start, end - start
            first, place = end, place + 1

    def checked(self, block: Block) -> bytes:
        """Return the bytes of a block; raises ValueError for numbers and names that cannot be."""
        data = self._read(block.offset, _names_at(block) + block.name_bytes - block.offset)
        names = data[_names_at(block) - block.offset :].decode()
        starts, columns, counts, _ = self._block(block)
        is_whole = starts[-1] == block.n_entries and names.count("\n") == max(block.n_documents - 1, 0)
        if not is_whole or (names and not block.n_documents):
            raise ValueError("documents without entries or names")
        if len(columns) and not 0 <= columns.min() <= columns.max() < len(self.terms):
            raise ValueError("a column that no term has")
        if len(counts) and counts.min() < 1:
            raise ValueError("a count of nothing")
        return data

    def _block(self, block: Block) -> Rows:
        data = self._read(block.offset, _names_at(block) - block.offset)
        lengths = np.frombuffer(data, np.uint32, block.n_documents)
        columns = np.frombuffer(data, np.int32, block.n_entries, lengths.nbytes)
        counts = np.frombuffer(
            data, f"u{block.count_bytes}", block.n_entries, lengths.nbytes + columns.nbytes
        )
        return Rows(starts_of(lengths), columns, counts.astype(np.int32))

    def _read(self, offset: int, n_bytes: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(n_bytes)


def _names_at(block: Block) -> int:
    return block.offset + 4 * block.n_documents + (4 + block.count_bytes) * block.n_entries


def verified(file: BinaryIO, contents: Contents) -> CountsFile:
    """Return a file of counts that anybody may have written, of ints that anybody may have told of it.

    Raises ValueError if it is not what a `CountsWriter` leaves. Who forges counts can have them believed; all
    that is asked for later will be there, and lie in its range.
    """
    crc = n_bytes = 0
    for block in contents.blocks:
        n_bytes_of_block = _names_at(block) + block.name_bytes - block.offset
        is_behind = block.offset == n_bytes and min(block) >= 0 and block.count_bytes in (1, 2, 4)
        n_bytes += n_bytes_of_block
        if not is_behind or n_bytes > contents.n_bytes:
            raise ValueError("blocks that do not follow each other")
    if not contents.blocks or os.fstat(file.fileno()).st_size != contents.n_bytes:
        raise ValueError("not as long as it should be")
    found = CountsFile(file, contents)
    if len(set(found.terms)) != len(found.terms):
        raise ValueError("a term twice")
    for block in contents.blocks:
        crc = zlib.crc32(found.checked(block), crc)
    if zlib.crc32("\n".join(found.terms).encode(), crc) != contents.crc:
        raise ValueError("damaged")
    return found


class Run(NamedTuple):
    """Documents of a file of counts that follow each other in the corpus too."""

    file: CountsFile
    first: int
    n_documents: int


class Documents:
    """The counted documents of a corpus, in its order, wherever they are stored.

    terms : T terms, of which some may be in no document
    """

    def __init__(self, runs: Sequence[Run]) -> None:
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
        yield Rows.joined(held)
