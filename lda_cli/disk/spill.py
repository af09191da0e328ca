"""Arrays in a temporary file, so that those that are used in turn need not fit in memory together."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import OutputError, in_words
from .atomic import HIDDEN, cannot_write

Array = npt.NDArray[Any]


class Spill:
    """A temporary file, which is gone when the block or the process ends.

    A call with an array writes it, and returns a function that reads it back. Both raise OutputError.
    """

    def __init__(self, folder: Path) -> None:
        """Open a file on the file system of `folder`. Raises OutputError."""
        self._name = f"a temporary file in {folder}"
        with cannot_write(self._name):
            self._file = tempfile.TemporaryFile(prefix=HIDDEN, dir=folder)  # noqa: SIM115 (closed by `__exit__`)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # on a full disk writing the buffer fails again
            self._file.close()

    def __call__(self, array: Array) -> Callable[[], Array]:
        with cannot_write(self._name):
            start = self._file.seek(0, os.SEEK_END)
            self._file.write(np.ascontiguousarray(array).data)
            self._file.flush()
        return partial(self._read, start, array.shape, array.dtype)

    def _read(self, start: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        array = np.empty(shape, dtype)
        try:
            self._file.seek(start)
            if self._file.readinto(array.data) < array.nbytes:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        except OSError as error:
            raise OutputError(f"{self._name}: cannot be read: {in_words(error)}") from error
        return array


def folder_beside(path: Path) -> Path:
    """The nearest existing folder above `path`: if `path` can be written, so can a file in this folder."""
    return next(folder for folder in Path(os.path.realpath(path)).parents if os.path.isdir(folder))
