"""The files of a model folder, all opened before any is read, so that a reader gets one whole model.

An open file stays readable when its folder is deleted, and all files are of one folder, even if another has
its name by now. So a reader gets the model before a replacement, or the one after it.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from ..disk.folders import set_aside
from ..disk.opening import open_regular
from ..errors import ModelError, in_words
from . import description
from .description import damaged

Result = TypeVar("Result")

_FOLDERS_CAN_BE_OPENED = os.open in os.supports_dir_fd  # not in Windows

# A folder may have no name between two renames: how often to look for it, and after how many seconds.
_ATTEMPTS = 5
_SECONDS = 0.01


@dataclass(frozen=True)
class Opened:
    """The open files of a folder, or the error of each that cannot be opened. `path` is for messages."""

    path: Path
    files: Mapping[str, BufferedReader | OSError]

    def read(self, name: str, checksum: str, parse: Callable[[BinaryIO], Any]) -> Any:
        """Return the result of `parse` for a file whose checksum is right.

        checksum : SHA-256, in hexadecimal

        Raises ModelError, also for a ValueError of `parse`.
        """
        path = self.path / name
        try:
            stream = self._stream(name)
            if hashlib.file_digest(stream, "sha256").hexdigest() != checksum:
                raise damaged(path, "its bytes do not match their checksum")
            stream.seek(0)
            return parse(stream)
        except FileNotFoundError as error:
            raise damaged(path, "it is missing") from error
        except OSError as error:
            raise _unreadable(path, error) from error
        except ValueError as error:
            raise damaged(path, str(error)) from error

    def description(self) -> dict[str, Any]:
        """Return the content of model.json. Raises ModelError."""
        path = self.path / description.NAME
        try:
            raw = self.small(description.NAME)
        except FileNotFoundError as error:
            raise ModelError(f"{self.path}: is not a model: it has no {description.NAME}") from error
        except ValueError as error:
            raise damaged(path, str(error)) from error
        return description.parsed(raw, self.path)

    def small(self, name: str) -> bytes:
        """Return the bytes of a small file.

        Raises FileNotFoundError, ValueError if it is too large, and ModelError if it cannot be read.
        """
        try:
            stream = self._stream(name)
            if self.size(name) > description.BYTES_AT_MOST:
                raise ValueError(f"it is larger than {description.BYTES_AT_MOST} bytes")
            stream.seek(0)
            return stream.read()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(self.path / name, error) from error

    def duplicate(self, name: str) -> int:
        """Return a descriptor of a file that stays open when this one is closed."""
        return os.dup(self._stream(name).fileno())

    def size(self, name: str) -> int:
        """Return the size of a file in bytes."""
        return os.fstat(self._stream(name).fileno()).st_size

    def _stream(self, name: str) -> BufferedReader:
        found = self.files[name]
        if isinstance(found, OSError):
            raise found
        return found


def read_folder(path: Path, names: Collection[str], read: Callable[[Opened], Result]) -> Result:
    """Return the result of `read` for the model in a folder; again if it was replaced while it was opened.

    Raises ModelError as `read` does, and if there is no folder.
    """
    while True:
        with contextlib.ExitStack() as stack:
            folder = _folder(path, stack)
            files = {name: _opened(name, folder, stack) for name in names}
            try:
                return read(Opened(path, files))
            except ModelError:
                if folder.is_still_there():
                    raise


@dataclass(frozen=True)
class _Folder:
    """A folder, and its open descriptor, which keeps its inode from use by another; None in Windows."""

    place: Path
    descriptor: int | None

    def is_still_there(self) -> bool:
        """Whether it still has the name under which it was found."""
        try:
            status = os.stat(self.place)
        except OSError:
            return False
        return self.descriptor is None or os.path.samestat(status, os.fstat(self.descriptor))


def _folder(path: Path, stack: contextlib.ExitStack) -> _Folder:
    """Return the folder with the name, or the one that lost it to a replacement that is not finished."""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_SECONDS)
        for place in _places(path):
            try:
                folder = _Folder(place, _descriptor(place))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise _unreadable(place, error) from error
            if folder.descriptor is not None:
                stack.callback(os.close, folder.descriptor)
            return folder
    raise ModelError(f"{path}: there is no model; train one with lda-cli train --model {path}")


def _places(path: Path) -> Iterator[Path]:
    yield path
    yield from set_aside(path)


def _descriptor(place: Path) -> int | None:
    if _FOLDERS_CAN_BE_OPENED:
        # O_PATH (Linux) opens a folder that you may not list
        return os.open(place, os.O_DIRECTORY | getattr(os, "O_PATH", os.O_RDONLY))
    if not place.is_dir():
        raise FileNotFoundError(place)
    return None


def _opened(name: str, folder: _Folder, stack: contextlib.ExitStack) -> BufferedReader | OSError:
    path = Path(name) if _FOLDERS_CAN_BE_OPENED else folder.place / name
    try:
        return stack.enter_context(open_regular(path, folder.descriptor))
    except OSError as error:
        return error


def _unreadable(path: Path, error: OSError) -> ModelError:
    return ModelError(f"{path}: cannot be read: {in_words(error)}")
