"""Arrays of an .npz file, each checked by its header before memory is allocated; and what is no .npz.

Of a zip archive only members are read that are arrays of numbers or of text. Nothing is unpickled.
"""

import hashlib
import math
import os
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..disk.opening import open_regular
from ..engine import memory
from .found import Files, complaints, shown, wrong

Arrays = Mapping[str, npt.NDArray[Any]]

_ZIP = b"PK\x03\x04"
_NPY = b"\x93NUMPY"
# The protocols of pickle begin so; a compressed one of joblib begins as zlib does.
_PICKLES = (*(b"\x80%c" % protocol for protocol in range(2, 6)), b"x\x01", b"x\x9c", b"x\xda", b"x^")
_PICKLE_NAMES = (".pkl", ".pickle", ".joblib")
_PARTS_OF_GENSIM = (".state", ".id2word", ".expElogbeta.npy")  # beside what LdaModel.save wrote


def read_arrays(
    path: str, needed: Collection[str], optional: Collection[str], recipe: str, files: Files
) -> Arrays:
    """Return the arrays of an .npz file by name; those of `optional` that it has.

    recipe : of the file, in Python, for messages

    Raises CorpusError for any other file, above all for a pickle.
    """
    remedy = f"write an .npz file by: {recipe}"
    with complaints(path):
        if Path(path).is_dir():
            raise wrong("is a folder, and an .npz file is wanted", remedy=remedy)
        with open_regular(Path(path)) as file:
            _check_beginning(path, file, remedy)
            files.digest.update(hashlib.file_digest(file, "sha256").digest())
            file.seek(0)
            return _members(file, needed, optional, remedy)


def _check_beginning(path: str, file: BinaryIO, remedy: str) -> None:
    head = file.read(8)
    file.seek(0)
    if head.startswith(_ZIP):
        return
    is_of_gensim = any(Path(path + ending).exists() for ending in _PARTS_OF_GENSIM)
    if head.startswith(_PICKLES) or path.lower().endswith(_PICKLE_NAMES) or is_of_gensim:
        raise wrong("is a pickle, which is never read, since reading one runs what is in it", remedy=remedy)
    kind = "one array, .npy" if head.startswith(_NPY) else "no .npz file"
    raise wrong(f"is {kind}", remedy=remedy)


def _members(file: BinaryIO, needed: Collection[str], optional: Collection[str], remedy: str) -> Arrays:
    try:
        with zipfile.ZipFile(file) as archive:
            there = set(archive.namelist())
            for name in needed:
                if f"{name}.npy" not in there:
                    raise wrong(f"has no array {name}", remedy=remedy)
            wanted = [name for name in (*needed, *optional) if f"{name}.npy" in there]
            found = {}
            for name in wanted:
                with archive.open(f"{name}.npy") as stream:
                    n_bytes = archive.getinfo(f"{name}.npy").file_size
                    found[name] = _array(stream, n_bytes, name, remedy)
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        reason = str(error) or type(error).__name__
        raise wrong(f"damaged .npz file ({reason[:100]})", remedy="write it again") from None


def read_array(path: str, recipe: str, files: Files) -> npt.NDArray[Any]:
    """Return the array of an .npy file. Raises CorpusError."""
    with complaints(path), open_regular(Path(path)) as file:
        files.digest.update(hashlib.file_digest(file, "sha256").digest())
        n_bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        return _array(file, n_bytes, "this file", f"write it by: {recipe}")


def _array(stream: Any, n_total: int, name: str, remedy: str) -> npt.NDArray[Any]:
    """Return one array, of a stream of so many bytes.

    Raises InputError for one of objects, or that is larger than memory.
    """
    try:
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = read(stream)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise
    except Exception:  # NumPy parses a header as Python, which may raise anything
        raise wrong(f"{name}: is not an array", remedy=remedy) from None
    if dtype.hasobject:
        raise wrong(f"{name}: holds Python objects, a pickle, which is never read", remedy=remedy)
    if dtype.kind not in "biufUS":
        raise wrong(f"{name}: holds {shown(str(dtype))}, neither numbers nor text", remedy=remedy)
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes > memory.of_machine():
        raise wrong(f"{name}: needs {n_bytes / 1e9:,.0f} GB of memory", remedy="use a larger machine")
    if n_bytes != n_total - stream.tell():
        raise wrong(f"{name}: does not have the numbers that its header says")
    data = stream.read()
    try:
        return np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")
    except (ValueError, TypeError):  # sizes below 0, too many of them, or a type of no bytes
        raise wrong(f"{name}: is not an array", remedy=remedy) from None
