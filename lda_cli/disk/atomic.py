"""Files written whole or not at all, and what folders.py needs to do the same: names, locks, flushes.

What is not whole yet has a hidden name beside its place, and is locked by the run that writes it. Once the
lock is free, it is a leftover of a killed run.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ..errors import OutputError, in_words

if os.name != "nt":
    import fcntl

BEING_WRITTEN = "new"  # end of the name of a file or folder that is not whole
HIDDEN = ".lda-cli-"  # start of the name of a temporary file, where it needs a name for a moment
_STANDARD_STREAMS = (1, 2)  # descriptors of standard output and standard error
_NAME_LENGTH = 60  # characters, at most 240 bytes, so that a hidden name is no longer than a name may be


@contextlib.contextmanager
def cannot_write(path: Path | str) -> Iterator[None]:
    """Turn an OSError of the block into an OutputError that names `path`, but for BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {in_words(error)}") from error


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes the name `path` when the block ends well, and is deleted when it does not.

    As when a shell writes to `path`: a symbolic link stays, its target is written; an existing file keeps its
    permissions; a pipe or a device is written directly, and so is the file that standard output goes to
    (/dev/stdout). What a killed run left beside `path` is deleted, where the file system has locks. Raises
    OutputError.
    """
    if is_written_directly(path):
        with cannot_write(path), open(path, "ab") as file:
            yield file
        return
    with cannot_write(path), replacing(behind_links(path)) as stream:
        yield stream


@contextlib.contextmanager
def replacing(path: Path, flush: bool = True, near: Path | None = None) -> Iterator[BinaryIO]:
    """A new binary file that takes the name `path` when the block ends well, and is deleted when it does not.

    Unlike `whole_file` it replaces a link or a pipe.

    flush : whether the file must be on the disk first, so that a power failure leaves the old one or this one
    near : the hidden name is beside this path, on the same file system; by default beside `path`

    Raises OSError.
    """
    near = near or path
    new = beside(near, BEING_WRITTEN)
    try:
        with contextlib.ExitStack() as opened:
            delete_left_beside(near)
            stream = opened.enter_context(_new_stream(new))
            yield stream
            keep_permissions(path, new)
            stream.flush()
            if flush:
                flush_to_disk(stream)
            if os.name == "nt":
                opened.close()  # there a file that is open cannot be renamed
            os.replace(new, path)
            if flush:
                flush_folder(path.parent)
    finally:
        discard(new)


@contextlib.contextmanager
def _new_stream(path: Path) -> Iterator[BinaryIO]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with locked(path, lambda: os.open(path, flags, 0o666)) as descriptor:
        # if it owned its descriptor, Python would warn when a signal comes right after this call
        stream = open(descriptor, "wb", closefd=False)  # noqa: SIM115 (closed below)
        try:
            yield stream
        finally:
            with contextlib.suppress(OSError):  # on a full disk writing the buffer fails again
                stream.close()


@contextlib.contextmanager
def locked(path: Path, make: Callable[[], int]) -> Iterator[int]:
    """A descriptor of the new file or folder that `make` makes at `path`, locked until the block ends.

    Without locks in the file system it is not locked, and no other run takes it for abandoned.
    """
    while True:
        descriptor = make()
        try:
            if os.name != "nt":
                with contextlib.suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_still(descriptor, path):  # else another run deleted it before it was locked
                yield descriptor
                return
        finally:
            os.close(descriptor)


def if_abandoned(path: Path, do: Callable[[Path], object]) -> None:
    """Call `do` with a leftover, unless its run is alive or there are no locks. Raises nothing."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            # a shared lock needs no right to write; two runs that share it delete the same leftover
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if is_still(descriptor, path):
                do(path)
        finally:
            os.close(descriptor)


def is_still(descriptor: int, path: Path) -> bool:
    """Whether an open file still has its name: the last holder of its lock may have deleted it."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def beside(path: Path, ending: str) -> Path:
    """An unused name in the same folder, so that a rename stays on one file system; hidden from corpora."""
    return path.parent / f".{stem(path.name)}.{secrets.token_hex(4)}.{ending}"


def delete_left_beside(path: Path) -> None:
    """Delete what a killed run of `whole_file` or `replacing` left beside `path`. Raises nothing."""
    for leftover in left_beside(path, BEING_WRITTEN):
        if_abandoned(leftover, os.unlink)


def left_beside(path: Path, ending: str) -> list[Path]:
    """Files and folders with a name that `beside` made for `path`, the newest first."""
    pattern = re.compile(re.escape(f".{stem(path.name)}.") + rf"[0-9a-f]{{8}}\.{ending}")
    try:
        with os.scandir(path.parent) as entries:
            found = [
                (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name)
                for entry in entries
                if pattern.fullmatch(entry.name)
            ]
    except OSError:  # no right to list the folder, or another run has just cleaned up
        return []
    return [path.parent / name for _, name in sorted(found, reverse=True)]


def stem(name: str) -> str:
    """The name, or its start and a checksum if it is too long for an ending."""
    if len(name) <= _NAME_LENGTH:
        return name
    return f"{name[: _NAME_LENGTH - 9]}~{zlib.crc32(os.fsencode(name)):08x}"


def behind_links(path: Path) -> Path:
    """The place that a path leads to through links, whether a file is there or not."""
    return Path(os.path.realpath(path))


def keep_permissions(old: Path, new: Path) -> None:
    """Give the new file or folder the permissions of the one that it replaces."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copymode(old, new)


def discard(path: Path) -> None:
    """Delete a file, if that is possible. Raises nothing."""
    with contextlib.suppress(OSError):
        path.unlink()


def check_file_can_be_made(path: Path) -> None:
    """Raise OutputError if `whole_file(path)` could not begin."""
    with cannot_write(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not is_written_directly(path):
            # on Linux it has no name, so that the time stamp of the folder stays
            tempfile.TemporaryFile(prefix=HIDDEN, dir=behind_links(path).parent).close()


def is_written_directly(path: Path) -> bool:
    """Whether `whole_file` would write into a pipe, a device or standard output, and replace nothing."""
    try:
        status = os.stat(path)
    except OSError:  # not there; any other error comes back when it is opened
        return False
    return not stat.S_ISREG(status.st_mode) or any(map(partial(_leads_to, status), _STANDARD_STREAMS))


def check_is_no_link(folder: Path, remedy: str) -> None:
    """Raise OutputError if `folder`, in which lda-cli deletes files, is a symbolic link."""
    if os.path.islink(folder):
        raise OutputError(f"{folder}: is a symbolic link, and lda-cli deletes files in this folder; {remedy}")


def flush_to_disk(stream: BinaryIO) -> None:
    """Return when the file's bytes are on the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def flush_folder(path: Path) -> None:
    """Return when the names in a folder are on the disk, where the system can flush a folder."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # you may be allowed to write in a folder that you may not list
        return
    try:
        os.fsync(descriptor)
    except OSError as error:  # some network file systems refuse
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _leads_to(status: os.stat_result, descriptor: int) -> bool:
    try:
        return os.path.samestat(status, os.fstat(descriptor))
    except OSError:  # closed
        return False
