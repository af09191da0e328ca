"""A checkpoint: the state of a training, in one file that is whole or not there.

A line of JSON with the identity of the training, its facts and the sizes of its arrays, then the arrays as
they are in memory, then the SHA-256 of all this, which is checked before anything is used.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy.typing as npt

from ..disk.atomic import cannot_write, replacing
from ..disk.opening import open_regular

_FORMAT = 1
_SHA256_BYTES = 32
_PART = 1 << 20  # bytes, hashed at a time
_LONGEST_HEADER = 1 << 26  # bytes


def write_checkpoint(
    path: Path, identity: Mapping[str, Any], facts: Mapping[str, Any], arrays: Iterable[npt.NDArray[Any]]
) -> None:
    """Write a checkpoint, and replace the one before. Raises OutputError.

    identity : plain data that a training must share to go on from it; facts : other plain data
    """
    header = {"format": _FORMAT, "identity": identity, "facts": facts, "bytes": [a.nbytes for a in arrays]}
    line = json.dumps(header, allow_nan=False).encode() + b"\n"
    sha256 = hashlib.sha256()
    with cannot_write(path), replacing(path) as file:
        parts: Iterable[bytes | memoryview] = chain([line], map(_bytes, arrays))
        for data in parts:
            sha256.update(data)
            file.write(data)
        file.write(sha256.digest())


class Checkpoint:
    """A whole checkpoint, open to be read.

    path : the file; identity, facts : as written
    """

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError if there is no checkpoint, ValueError or OSError if it cannot be used."""
        self.path = path
        self._file: BinaryIO = open_regular(path)
        try:
            _check_sum(self._file)
            header = json.loads(self._file.readline(_LONGEST_HEADER))
            if header["format"] != _FORMAT:
                raise ValueError("it has another format")
            self.identity: dict[str, Any] = dict(header["identity"])
            self.facts: dict[str, Any] = dict(header["facts"])
            self._bytes: list[int] = list(header["bytes"])
        except BaseException as error:
            self._file.close()
            if isinstance(error, KeyError | TypeError | RecursionError):
                raise ValueError("it is not a checkpoint") from error
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def fill(self, array: npt.NDArray[Any]) -> None:
        """Read the next array into `array`. Raises ValueError if the sizes differ."""
        if not self._bytes or self._bytes.pop(0) != array.nbytes:
            raise ValueError("its arrays have other sizes")
        if self._file.readinto(_bytes(array)) != array.nbytes:  # type: ignore[attr-defined]
            raise ValueError("it is cut short")


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    """Return the memory of an array, which must be contiguous and not empty."""
    return array.data.cast("B")


def _check_sum(file: BinaryIO) -> None:
    """Raise ValueError unless a file ends with the SHA-256 of the bytes before; go back to its start."""
    left = os.fstat(file.fileno()).st_size - _SHA256_BYTES
    sha256 = hashlib.sha256()
    while left > 0:
        data = file.read(min(left, _PART))
        if not data:
            break
        sha256.update(data)
        left -= len(data)
    if left or file.read() != sha256.digest():
        raise ValueError("it is damaged")
    file.seek(0)
