"""Bags of words in the .npz files of scipy.sparse.save_npz. Between the readers and bags.py.

A zip of arrays: of each a part is read at a time, and no header is believed that the file's length does not
bear out. Nothing is ever unpickled.
"""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...errors import in_words
from ..inputs.formats import MalformedError
from .bags import LARGEST, Bags, Complain, Entries, check_sizes, documents, in_row_order

Numbers = NDArray[Any]  # integers or floats, as they are stored
Triples = Iterator[tuple[Numbers, Numbers, Numbers]]  # rows, columns and counts, not checked

_PART = 1 << 17  # numbers of an array that are read at a time
_HEADER = 1 << 14  # bytes of an array's header, at most: NumPy itself takes 10,000

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a bound

# What zipfile raises of bytes that are wrong.
_WRONG = zipfile.BadZipFile, zlib.error, EOFError, OverflowError, ValueError, RuntimeError, struct.error


def npz(file: BinaryIO, n_terms: int, complain: Complain) -> Iterator[Bags | None]:
    """Yield the documents of a matrix, documents by terms, in CSR, CSC or COO.

    file : one that can be sought in

    Raises MalformedError for what is no such matrix.
    """
    archive = _Archive(file)
    layout = archive.array("format").read_text()
    shape = archive.array("shape").read_few()
    if len(shape) != 2 or min(shape) < 0:
        raise MalformedError("it is no matrix")
    n_documents, n_columns = shape
    check_sizes(n_documents, n_columns, n_terms)
    if layout not in ("csr", "csc", "coo"):
        raise MalformedError(f"a matrix in {layout!r}; only csr, csc and coo are read", remedy=_CONVERT_IT)
    triples = _from_coo(archive) if layout == "coo" else _from_compressed(archive, shape, layout == "csc")
    yield from documents(in_row_order(_checked(triples, shape, complain)), n_documents, complain)


_CONVERT_IT = "save it .tocsr(), or set corpus.on_error to skip"


def _from_coo(archive: "_Archive") -> Triples:
    rows, columns, counts = archive.alike("row", "col", "data")
    for first in range(0, rows.length, _PART):
        n = min(_PART, rows.length - first)
        yield rows.read(n), columns.read(n), counts.read(n)


def _from_compressed(archive: "_Archive", shape: list[int], is_by_column: bool) -> Triples:
    """Read the rows of CSR, or the columns of CSC."""
    ends = archive.array("indptr")
    within, counts = archive.alike("indices", "data")
    n_major = shape[1] if is_by_column else shape[0]
    if ends.length != n_major + 1 or ends.dtype.kind not in "iu":
        raise MalformedError(f"indptr is not {n_major + 1} whole numbers")
    at = int(ends.read(1)[0])
    if at != 0:
        raise MalformedError("indptr does not begin with 0")
    for first in range(0, n_major, _PART):
        bounds = np.concatenate([[at], ends.read(min(_PART, n_major - first)).astype(np.int64)])
        if (bounds[1:] < bounds[:-1]).any() or bounds[-1] > counts.length:  # a difference may overflow
            raise MalformedError("indptr goes back, or beyond the entries")
        for begin in range(at, int(bounds[-1]), _PART):
            places = np.arange(begin, min(begin + _PART, int(bounds[-1])))
            major = first + np.searchsorted(bounds, places, side="right") - 1
            minor = within.read(len(places))
            row, column = (minor, major) if is_by_column else (major, minor)
            yield row, column, counts.read(len(places))
        at = int(bounds[-1])


def _checked(triples: Triples, shape: list[int], complain: Complain) -> Iterator[Entries]:
    """Make entries of triples, without those that are none.

    Raises MalformedError for an entry outside of the matrix.
    """
    for rows, columns, counts in triples:
        for name, numbers, size in zip(("row", "column"), (rows, columns), shape, strict=True):
            if numbers.dtype.kind not in "iu" or (numbers < 0).any() or (numbers >= size).any():
                raise MalformedError(f"a {name} that is not a whole number from 0 to {size - 1}")
        # whatever is compared with a float64 fits it; nan is not good
        with np.errstate(invalid="ignore"):  # there are nans that NumPy warns of
            values = counts if counts.dtype.kind != "f" else counts.astype(np.float64)
            is_good = (values >= 0) & (values <= LARGEST) & (values == np.floor(values))
        for bad in np.flatnonzero(~is_good).tolist():
            reason = f"count {counts[bad]} of column {columns[bad]} is not whole, or not from 0 to {LARGEST}"
            complain(int(rows[bad]) + 1, reason)
        yield Entries.of(*(part[is_good].astype(np.int64) for part in (rows, columns, counts)))


class _Archive:
    """The arrays of an .npz file, by name."""

    def __init__(self, file: BinaryIO) -> None:
        with _damages():
            self._zip = zipfile.ZipFile(file)

    def array(self, name: str) -> "_Array":
        """Open an array of one dimension or none."""
        with _damages():
            try:
                info = self._zip.getinfo(f"{name}.npy")
            except KeyError:
                raise MalformedError(f"no array {name!r} in it; is it of scipy.sparse.save_npz?") from None
            if info.compress_type not in _COMPRESSIONS:
                raise MalformedError("a zip that is neither stored nor deflated", remedy=_CONVERT_IT)
            with self._zip.open(info) as member:
                head = member.read(_HEADER)
            try:
                shape, dtype, n_bytes = _header(head)
            except Exception:  # NumPy has Python parse it, which fails in many ways
                raise MalformedError(f"array {name!r} has no header of NumPy's") from None
            length = shape[0] if shape else 1
            fits = len(shape) < 2 and n_bytes + length * dtype.itemsize == info.file_size
            if not fits or dtype.hasobject or not dtype.itemsize:
                raise MalformedError(f"array {name!r} is not what its header says")
            member = self._zip.open(info)
            member.read(n_bytes)
        return _Array(name, dtype, length, member)

    def alike(self, *names: str) -> "list[_Array]":
        """Open arrays of numbers, as many in each."""
        arrays = [self.array(name) for name in names]
        if len({array.length for array in arrays}) > 1:
            raise MalformedError(f"{' and '.join(names)} are not of one length")
        for array in arrays:
            if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
                raise MalformedError(f"array {array.name!r} is not of numbers")
        return arrays


def _header(head: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return shape and dtype of an array, and how many bytes say so."""
    stream = io.BytesIO(head)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a bad header may look like to Python
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        else:
            shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    return shape, dtype, stream.tell()


class _Array:
    """An array that is read from its first number to its last."""

    def __init__(self, name: str, dtype: np.dtype[Any], length: int, member: Any) -> None:
        self.name, self.dtype, self.length = name, dtype, length
        self._member = member

    def read(self, n: int) -> Numbers:
        """Return the next `n`."""
        with _damages():
            data = self._member.read(n * self.dtype.itemsize)
        if len(data) != n * self.dtype.itemsize:
            raise MalformedError(f"array {self.name!r} ends early")
        return np.frombuffer(data, self.dtype)

    def read_few(self) -> list[int]:
        """Return all numbers of a small array."""
        if self.length > 2 or self.dtype.kind not in "iu":
            raise MalformedError(f"array {self.name!r} is not two whole numbers")
        return [int(number) for number in self.read(self.length)]

    def read_text(self) -> str:
        """Return the text of an array of a single one."""
        if self.length != 1 or self.dtype.kind not in "SU" or self.dtype.itemsize > 64:
            raise MalformedError(f"array {self.name!r} is not a word")
        word = self.read(1)[0]
        return word.decode("ascii", "replace") if isinstance(word, bytes) else str(word)


@contextmanager
def _damages() -> Iterator[None]:
    """Say in our words whatever zipfile and NumPy find wrong."""
    try:
        yield
    except OSError as error:
        raise MalformedError(f"not a whole .npz file ({in_words(error)})") from None
    except _WRONG as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise MalformedError(f"not a whole .npz file ({reason})") from None
