"""Files and folders written whole or not at all: the one way by which anything reaches the disk."""

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from .errors import OutputError

_STANDARD_STREAMS = (1, 2)  # descriptors of standard output and standard error


@contextlib.contextmanager
def cannot_write(path: Path | str) -> Iterator[None]:
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

    As when a shell writes to `path`: a symbolic link stays, its target is written; a file that is there keeps
    its permissions; what is no regular file (a pipe, /dev/null) is written directly, and so is the file
    that standard output goes to (/dev/stdout). Raises OutputError.
    """
    if _is_written_directly(path):
        with cannot_write(path), open(path, "ab") as stream:
            yield stream
        return
    target = _behind_links(path)
    new = _beside(target)
    with cannot_write(path):
        stream = open(new, "xb")  # noqa: SIM115 (closed below, before the rename)
    try:
        with cannot_write(path):
            yield stream
            _keep_permissions(target, new)
            flush_to_disk(stream)
            stream.close()
            os.replace(new, target)
            flush_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):  # on a full disk what is still in the buffer fails once more
            stream.close()
        new.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `path` when the block ends well.

    Where the system can exchange two names at once (Linux, on most file systems), `path` is at every instant
    the old folder or the new one. Elsewhere it is missing for the instant between two renames. Without
    an old folder one rename does, everywhere. The old folder is deleted, the new one has its permissions. If
    `path` is a symbolic link, the folder it leads to is replaced. Raises OutputError.
    """
    target = _behind_links(path)
    new = _beside(target)
    try:
        with cannot_write(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            new.mkdir()
            yield new
            _keep_permissions(target, new)
            flush_folder(new)
            if os.path.exists(target):
                _swap(new, target)
            else:
                os.rename(new, target)
            flush_folder(target.parent)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_folder_can_be_made(path: Path) -> None:
    """Raise OutputError now if `whole_folder(path)` could not even begin: better before hours of work."""
    target = _behind_links(path)
    if os.path.ismount(target):
        raise OutputError(f"{path}: is a mount point, which cannot be replaced; name a folder inside it")
    missing = [_beside(target)]
    while not os.path.exists(missing[-1].parent):
        missing.append(missing[-1].parent)
    made: list[Path] = []
    try:
        with cannot_write(path):
            for folder in reversed(missing):
                folder.mkdir()
                made.append(folder)
    finally:
        for folder in reversed(made):
            folder.rmdir()


def discard(path: Path) -> None:
    """Delete a file, if it is there and that can be done: where it cannot, an error is on its way already."""
    with contextlib.suppress(OSError):
        path.unlink()


def check_file_can_be_made(path: Path) -> None:
    """Raise OutputError now if `whole_file(path)` could not even begin."""
    with cannot_write(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_written_directly(path):
            new = _beside(_behind_links(path))
            new.touch(exist_ok=False)
            new.unlink()


def flush_to_disk(stream: BinaryIO) -> None:
    """Return when the file's bytes are on the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def flush_folder(path: Path) -> None:
    """Return when the folder's entries are on the disk, where the system can flush a folder."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # one may write in a folder that one may not list
        return
    try:
        os.fsync(descriptor)
    except OSError as error:  # some network file systems refuse
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _is_written_directly(path: Path) -> bool:
    try:
        status = os.stat(path)
    except OSError:  # not there, or whoever opens it will find out
        return False
    return not stat.S_ISREG(status.st_mode) or any(map(partial(_leads_to, status), _STANDARD_STREAMS))


def _leads_to(status: os.stat_result, descriptor: int) -> bool:
    try:
        return os.path.samestat(status, os.fstat(descriptor))
    except OSError:  # closed
        return False


def _behind_links(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _keep_permissions(old: Path, new: Path) -> None:
    """Make the new file or folder as private, or as public, as the one it replaces."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copymode(old, new)


def _beside(path: Path) -> Path:
    """An unused name in the same folder, so that a rename stays on one file system; hidden from corpora."""
    # 60 characters are at most 240 bytes: with the rest no longer than a name may be
    return path.parent / f".{path.name[:60]}.{secrets.token_hex(4)}.new"


def _swap(new: Path, old: Path) -> None:
    """Give a folder the name of another, which loses it: to the new one, or to nothing."""
    if _exchange(new, old):
        return
    aside = _beside(old)
    os.rename(old, aside)
    try:
        os.rename(new, old)
    except BaseException:
        os.rename(aside, old)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step (renameat2 of Linux); False where that cannot be done."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    at_working_folder, exchange = -100, 2
    # Whatever the reason (no such call, a file system without it), two renames can do it, or say why not.
    status: int = renameat2(
        at_working_folder, os.fsencode(one), at_working_folder, os.fsencode(other), exchange
    )
    return status == 0
