"""A checkpoint: how far a training has come, in one file that is whole or not there.

A line of JSON with the identity of the training, its facts and the sizes of its arrays, then the arrays as
they are in memory, then the SHA-256 of all that. Nothing of it is believed before that is right.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
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
    path: Path, identity: Mapping[str, Any], facts: Mapping[str, Any], arrays: Sequence[npt.NDArray[Any]]
) -> None:
    """Write a checkpoint in the place of the one before, if there is one; raises OutputError.

    identity : what the training must share with one that goes on; facts : other plain data
    """
    header = {"format": _FORMAT, "identity": identity, "facts": facts, "bytes": [a.nbytes for a in arrays]}
    line = json.dumps(header, allow_nan=False).encode() + b"\n"
    sha256 = hashlib.sha256()
    parts: list[bytes | memoryview] = [line, *map(_bytes, arrays)]
    with cannot_write(path), replacing(path) as file:
        for data in parts:
            sha256.update(data)
            file.write(data)
        file.write(sha256.digest())


class Checkpoint:
    """A checkpoint that is whole, open to be read.

    path : of the file; identity, facts : as they were written
    """

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError if there is none, and ValueError or OSError if it cannot be used."""
        self.path = path
        self._file: BinaryIO = open_regular(path)
        try:
            _check_sum(self._file)
            header = json.loads(self._file.readline(_LONGEST_HEADER))
            if header["format"] != _FORMAT:
                raise ValueError("it is of another format")
            self.identity: dict[str, Any] = dict(header["identity"])
            self.facts: dict[str, Any] = dict(header["facts"])
            self._bytes: list[int] = list(header["bytes"])
        except BaseException as error:
            self._file.close()
            if isinstance(error, KeyError | TypeError | RecursionError):
                raise ValueError("it is no checkpoint") from error
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def fill(self, array: npt.NDArray[Any]) -> None:
        """Read the next array into one that must be as large; raises ValueError if it is not."""
        if not self._bytes or self._bytes.pop(0) != array.nbytes:
            raise ValueError("its arrays have other sizes")
        if self._file.readinto(_bytes(array)) != array.nbytes:  # type: ignore[attr-defined]
            raise ValueError("it was cut")


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    """Return the memory of an array, which must be contiguous and hold something."""
    return array.data.cast("B")


def _check_sum(file: BinaryIO) -> None:
    """Raise ValueError unless a file ends with the SHA-256 of what comes before; go back to its begin."""
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
