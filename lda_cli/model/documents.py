"""The training documents of a model: ids, lengths, theta and metadata, read from its files when asked for."""

import io
import json
import os
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..corpus.formats.records import Value
from ..engine.arrays import Float32, Int32

IDS, THETA, LENGTHS, METADATA = FILES = "documents.txt", "theta.npy", "lengths.npy", "metadata.jsonl"

_NUMBERS_AT_A_TIME = 1 << 22  # of theta: 16 MiB
_BUFFER_BYTES = 1 << 20


class Documents:
    """The D training documents, in the order of documents.txt.

    Their files stay open, so that they are those of the model, also when it is replaced. Nothing of them is
    kept in memory but `lengths`.
    """

    def __init__(self, files: Mapping[str, int], shape: tuple[int, int]) -> None:
        """Take over the descriptors of the files in FILES, the last of which is optional, by name.

        shape : (D, K)
        """
        self._files, self.shape = dict(files), shape
        for descriptor in files.values():
            weakref.finalize(self, os.close, descriptor)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def theta(self) -> Float32:
        """E[theta] of every document: (D, K) float32, rows sum to one. A file that is mapped, not read."""
        if not len(self):
            return np.zeros(self.shape, np.float32)
        with open(os.dup(self._files[THETA]), "rb") as file:
            return np.memmap(file, np.float32, "r", self._begin(THETA, len(self) * self.shape[1]), self.shape)

    @cached_property
    def lengths(self) -> Int32:
        """The tokens of every document, occurrences of known words: (D,) int32."""
        return np.frombuffer(self._numbers(LENGTHS, len(self)).read(), np.int32)

    def blocks(self) -> Iterator[tuple[int, Float32]]:
        """Yield theta in blocks of consecutive documents, (n, K), each with the number of its first document.

        Each is read into memory of its own, and nothing stays mapped: so that memory does not grow.
        """
        n_documents, n_topics = self.shape
        rows = max(1, _NUMBERS_AT_A_TIME // n_topics)
        file = self._numbers(THETA, n_documents * n_topics)
        for first in range(0, n_documents, rows):
            block = np.empty((min(rows, n_documents - first), n_topics), np.float32)
            file.readinto(block.data)
            yield first, block

    def ids(self) -> Iterator[str]:
        """Yield the id of each document."""
        for line in _opened(self._files[IDS]):
            yield line[:-1].decode()

    def metadata(self) -> Iterator[dict[str, Value]]:
        """Yield the metadata of each document; nothing if the model has none.

        The values are of `Model.metadata_types`: numbers, ISO 8601 dates and texts, or None.
        """
        for line in _opened(self._files[METADATA]) if METADATA in self._files else ():
            yield json.loads(line)

    def rows(self) -> Iterator[list[dict[str, Value]]]:
        """Yield what `metadata` yields, much faster, in lists."""
        file = _opened(self._files[METADATA]) if METADATA in self._files else io.BytesIO()
        while lines := file.readlines(_BUFFER_BYTES):
            yield json.loads(b"[" + b",".join(lines) + b"]")

    def ids_of(self, documents: Iterable[int]) -> dict[int, str]:
        """Return the ids of some documents, by number, in one pass."""
        wanted, first = sorted(set(documents)), 0
        found: dict[int, str] = {}
        file = _opened(self._files[IDS])
        while lines := file.readlines(_BUFFER_BYTES):
            end = first + len(lines)
            here = wanted[bisect_left(wanted, first) : bisect_left(wanted, end)]
            found |= {number: lines[number - first][:-1].decode() for number in here}
            first = end
        return found

    def _begin(self, name: str, n_numbers: int) -> int:
        """Return where the numbers of an .npy file begin, which are four bytes each and end the file."""
        return os.fstat(self._files[name]).st_size - 4 * n_numbers

    def _numbers(self, name: str, n_numbers: int) -> io.BufferedReader:
        return _opened(self._files[name], self._begin(name, n_numbers))


class _File(io.RawIOBase):
    """A file with a position of its own, which a duplicate of its descriptor would not have."""

    def __init__(self, descriptor: int, begin: int) -> None:
        self._descriptor, self._at = descriptor, begin

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if hasattr(os, "preadv"):
            n_bytes = os.preadv(self._descriptor, [buffer], self._at)
        else:  # in Windows
            os.lseek(self._descriptor, self._at, os.SEEK_SET)
            data = os.read(self._descriptor, len(buffer))
            n_bytes = len(data)
            buffer[:n_bytes] = data
        self._at += n_bytes
        return n_bytes


def _opened(descriptor: int, begin: int = 0) -> io.BufferedReader:
    return io.BufferedReader(_File(descriptor, begin), _BUFFER_BYTES)
