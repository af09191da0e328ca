"""Counted documents in a file: blocks of a sparse matrix, read back by document.

workers -> files of counts -> vocabulary -> training corpus. They hold a corpus between its two passes, and
between two trainings, with about five bytes for each term of a document.
"""

import io
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from ..terms.counting import Numbers
from ..terms.rows import Rows, starts_of

# Documents and entries of a block, which is read as a whole.
BLOCK_SIZE = 1 << 18
_ENTRY_CHARACTERS = 8  # of metadata, that are as much as an entry

_AS_BEFORE = '"'  # no JSON: the metadata of the document before


class Contents(NamedTuple):
    """The layout of a file of counts: B blocks, then its terms, a line each, to the end.

    A block is five arrays in NumPy's format: names (UTF-8, a line each), metadata, lengths, columns, counts.

    metadata is UTF-8, a line for each document: JSON; nothing; or _AS_BEFORE, for parts of a document.

    firsts : B + 1, the number of the first document of each block, and the number of documents
    offsets : B + 1, in bytes, of each block and of the terms
    crc : CRC-32 of the whole file
    """

    firsts: list[int]
    offsets: list[int]
    crc: int


class CountsWriter:
    """Writes counted documents to a file, and numbers the terms of the file."""

    def __init__(self, file: BinaryIO) -> None:
        """Write to an empty file, which the caller closes."""
        self.file = file
        self.n_documents = 0
        self.numbers = Numbers()
        self._firsts, self._offsets, self._crc = [0], [0], 0
        self._names: list[str] = []
        self._metadata: list[str] = []
        self._held: list[Rows] = []  # for the next block
        self._n_held = 0  # documents and entries

    def add(self, names: Iterable[str], rows: Rows, metadata: Iterable[str] = ()) -> None:
        """Append documents; columns are those of `numbers`.

        metadata : of each document, as `to_text` returns it; none for documents without metadata
        """
        self._names += names
        self._held.append(rows)
        before = ""
        for text in metadata:
            is_new = not text or text != before
            self._metadata.append(text if is_new else _AS_BEFORE)
            self._n_held += len(text) // _ENTRY_CHARACTERS if is_new else 0
            before = text
        self._metadata += [""] * (len(self._names) - len(self._metadata))
        self.n_documents += rows.n_documents
        self._n_held += len(rows.indptr) + len(rows.indices)
        if self._n_held >= BLOCK_SIZE:
            self._write_block()

    def add_counted(
        self,
        names: Iterable[str],
        terms: Sequence[str],
        rows: Rows,
        counter: bytes = b"",
        metadata: Iterable[str] = (),
    ) -> None:
        """Append documents of another numbering; `terms` and `counter` are those of `Numbers.renumbered`."""
        columns = self.numbers.renumbered(rows.indices, terms, counter)
        self.add(names, rows._replace(indices=columns), metadata)

    def finish(self) -> Contents:
        """Write the last block and the terms."""
        if self._held:
            self._write_block()
        self._write("\n".join(self.numbers.terms(0)).encode())
        self.file.flush()
        return Contents(self._firsts, self._offsets, self._crc)

    def _write_block(self) -> None:
        starts, columns, counts, _ = Rows.joined(self._held)
        largest = counts.max(initial=0)
        count_bytes = next(size for size in (1, 2, 4) if largest < 1 << 8 * size)
        lengths = np.diff(starts).astype(np.uint32)
        block = io.BytesIO()
        texts = _packed(self._names), _packed(self._metadata)
        for part in (*texts, lengths, columns, counts.astype(f"u{count_bytes}")):
            np.save(block, part)
        self._write(block.getbuffer())
        self._firsts.append(self.n_documents)
        self._offsets.append(self._offsets[-1] + block.tell())
        self._names, self._metadata, self._held, self._n_held = [], [], [], 0

    def _write(self, data: bytes | memoryview) -> None:
        self.file.write(data)
        self._crc = zlib.crc32(data, self._crc)


def crc_of(file: BinaryIO) -> int:
    """Return the CRC-32 of a file's bytes, from its position to its end."""
    crc = 0
    while data := file.read(1 << 20):
        crc = zlib.crc32(data, crc)
    return crc


class CountsFile:
    """A file of counts to be read. It stays open, so it can be read after its name is deleted."""

    def __init__(self, file: BinaryIO, contents: Contents) -> None:
        """Read the terms; `contents` is the result of `CountsWriter.finish`."""
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
            yield from _unpacked(np.load(self._file))[begin:end]

    def metadata(self, first: int, n_documents: int) -> Iterator[str]:
        """Yield the metadata of some documents, in their order, as `to_text` returned it."""
        for place, begin, end in self._parts(first, n_documents):
            self._file.seek(self._offsets[place])
            _, packed = (np.load(self._file) for _ in range(2))
            text = ""
            for number, line in enumerate(_unpacked(packed)[:end]):
                text = text if line == _AS_BEFORE else line
                if number >= begin:
                    yield text

    def _parts(self, first: int, n_documents: int) -> Iterator[tuple[int, int, int]]:
        """Yield the index of each block with some of the documents, and their first and end in the block."""
        last = first + n_documents
        place = bisect_right(self._firsts, first) - 1
        while first < last:
            start, end = self._firsts[place], min(self._firsts[place + 1], last)
            yield place, first - start, end - start
            first, place = end, place + 1

    def _block(self, place: int) -> Rows:
        self._file.seek(self._offsets[place])
        _, _, lengths, columns, counts = (np.load(self._file) for _ in range(5))
        return Rows(starts_of(lengths), columns, counts.astype(np.int32))


def _packed(lines: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _unpacked(packed: npt.NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n")


class Segment(NamedTuple):
    """Documents that are consecutive in a file of counts and in the corpus."""

    file: CountsFile
    first: int
    n_documents: int


class StoredDocuments:
    """The counted documents of a corpus, in its order, from one or more files of counts.

    terms : T terms, some perhaps in no document
    """

    def __init__(self, segments: Sequence[Segment], is_in: npt.NDArray[np.bool_] | None = None) -> None:
        """Take the documents of all segments, which are in the order of the corpus, or only some.

        is_in : whether each is taken; None for all
        """
        self._segments, self._is_in = segments, is_in
        files = list(dict.fromkeys(segment.file for segment in segments))
        if len(files) == 1:  # a short cut, for a first training
            self.terms = files[0].terms
            self._columns = {files[0]: np.arange(len(self.terms), dtype=np.int32)}
        else:
            numbers = Numbers()
            self._columns = {file: numbers.columns(file.terms) for file in files}
            self.terms = numbers.terms(0)

    def __len__(self) -> int:
        if self._is_in is not None:
            return int(np.count_nonzero(self._is_in))
        return sum(segment.n_documents for segment in self._segments)

    def where(self, belongs: Callable[[str], bool]) -> "StoredDocuments":
        """Return the documents for whose names `belongs` is true, in order."""
        is_in = np.fromiter(map(belongs, self.names()), bool, len(self))
        if self._is_in is not None:
            before, is_in = is_in, self._is_in.copy()
            is_in[is_in] = before
        return StoredDocuments(self._segments, is_in)

    def names(self) -> Iterator[str]:
        """Yield the D names."""
        return self._of_those_in(file.names(first, n) for file, first, n in self._segments)

    def metadata(self) -> Iterator[str]:
        """Yield the metadata of the D documents, as `to_text` returned it."""
        return self._of_those_in(file.metadata(first, n) for file, first, n in self._segments)

    def _of_those_in(self, of_segments: Iterable[Iterator[str]]) -> Iterator[str]:
        every = chain.from_iterable(of_segments)
        return every if self._is_in is None else compress(every, self._is_in.tolist())

    def counts(self) -> Iterator[Rows]:
        """Yield the counts, about BLOCK_SIZE documents and entries at a time; columns are of `terms`."""
        held: list[Rows] = []
        n_held = n_before = 0
        for file, first, n_documents in self._segments:
            for part in file.counts(first, n_documents):
                end = n_before + part.n_documents
                if self._is_in is not None:
                    part = part.chosen(self._is_in[n_before:end])  # noqa: PLW2901
                n_before = end
                held.append(part.renumbered(self._columns[file]))
                n_held += len(part.indptr) + len(part.indices)
                if n_held >= BLOCK_SIZE:
                    yield Rows.joined(held)
                    held, n_held = [], 0
        if held:
            yield Rows.joined(held)
