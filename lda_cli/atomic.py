"""Files and folders written whole or not at all: the one way by which anything reaches the disk."""

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import OutputError


@contextlib.contextmanager
def cannot_write(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into an OutputError that names `path`. A closed pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from error


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes the name `path` when the block ends well, and is gone when it does not.

    What already is no regular file (a pipe, /dev/stdout) is written directly. Raises OutputError.
    """
    if path.exists() and not path.is_file():
        with cannot_write(path), open(path, "wb") as stream:
            yield stream
        return
    new = _beside(path)
    with cannot_write(path):
        stream = open(new, "xb")  # noqa: SIM115 (closed below, before the rename)
    try:
        with cannot_write(path):
            yield stream
            flush_to_disk(stream)
            stream.close()
            os.replace(new, path)
            flush_folder(path.parent)
    finally:
        stream.close()
        new.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `path` when the block ends well.

    Where the system can exchange two names at once (Linux, on most file systems), `path` is at every instant
    the old folder or the new one. Elsewhere it is missing for the instant between two renames. Without
    an old folder one rename does, everywhere. The old folder is deleted. Raises OutputError.
    """
    new = _beside(path)
    try:
        with cannot_write(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            new.mkdir()
            yield new
            flush_folder(new)
            if path.exists():
                _swap(new, path)
            else:
                os.rename(new, path)
            flush_folder(path.parent)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_folder_can_be_made(path: Path) -> None:
    """Raise OutputError now if `whole_folder(path)` could not even begin: better before hours of work."""
    place = path.absolute().parent
    while not place.exists():
        place = place.parent
    probe = _beside(place / path.name)
    with cannot_write(path):
        probe.mkdir()
        probe.rmdir()


def flush_to_disk(stream: BinaryIO) -> None:
    """Return when the file's bytes are on the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def flush_folder(path: Path) -> None:
    """Return when the folder's entries are on the disk, where the system can flush a folder."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some network file systems refuse
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _beside(path: Path) -> Path:
    """An unused name in the same folder, so that a rename stays on one file system; hidden from corpora."""
    return path.parent / f".{path.name}.{secrets.token_hex(4)}.new"


def _swap(new: Path, old: Path) -> None:
    """Give each of two folders the other's name."""
    if _exchange(new, old):
        return
    aside = _beside(old)
    os.rename(old, aside)
    try:
        os.rename(new, old)
    except OSError:
        os.rename(aside, old)
        raise
    os.rename(aside, new)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step (renameat2 of Linux); False where that cannot be done."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    at_working_folder, exchange = -100, 2
    status = renameat2(at_working_folder, os.fsencode(one), at_working_folder, os.fsencode(other), exchange)
    if status == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))
