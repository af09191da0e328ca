"""Files written whole or not at all, and what folders.py needs to do the same: names, locks, flushes.

What is not whole yet has a hidden name beside its place, and is locked by whoever writes it: it is a leftover
once nobody has its lock. Nothing else is written, but for the files of counts of the corpus cache, which are
nothing without its index.
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

BEING_WRITTEN = "new"  # how the name of what is not whole ends
HIDDEN = ".lda-cli-"  # how that of a temporary file begins, where it must have one for a moment
_STANDARD_STREAMS = (1, 2)  # descriptors of standard output and standard error
_NAME_LENGTH = 60  # characters, at most 240 bytes: with what is added no longer than a name may be


@contextlib.contextmanager
def cannot_write(path: Path | str) -> Iterator[None]:
    """Turn an OSError of the block into an OutputError that names `path`. A closed pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {in_words(error)}") from error


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes the name `path` when the block ends well, and is gone when it does not.

    As when a shell writes to `path`: a symbolic link stays, its target is written; a file that is there keeps
    its permissions; what is no regular file (a pipe, /dev/null) is written directly, and so is the file
    that standard output goes to (/dev/stdout). What a run that was killed left beside `path` is deleted,
    where the file system has locks. Raises OutputError.
    """
    if is_written_directly(path):
        with cannot_write(path), open(path, "ab") as file:
            yield file
        return
    target = behind_links(path)
    new = beside(target, BEING_WRITTEN)
    try:
        with cannot_write(path), contextlib.ExitStack() as opened:
            delete_left_beside(target)
            stream = opened.enter_context(_new_stream(new))
            yield stream
            keep_permissions(target, new)
            flush_to_disk(stream)
            if os.name == "nt":
                opened.close()  # there a file that is open cannot be renamed
            os.replace(new, target)
            flush_folder(target.parent)
    finally:
        discard(new)


@contextlib.contextmanager
def _new_stream(path: Path) -> Iterator[BinaryIO]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with locked(path, lambda: os.open(path, flags, 0o666)) as descriptor:
        # of a stream that owned its descriptor Python would warn, if a signal came right behind this call
        stream = open(descriptor, "wb", closefd=False)  # noqa: SIM115 (closed below, quietly)
        try:
            yield stream
        finally:
            with contextlib.suppress(OSError):  # on a full disk what is still in the buffer fails once more
                stream.close()


@contextlib.contextmanager
def locked(path: Path, make: Callable[[], int]) -> Iterator[int]:
    """A descriptor of the new file or folder that `make` makes at `path`, locked while the block lasts.

    Where there are no locks it is not locked, and no other run will call it abandoned.
    """
    while True:
        descriptor = make()
        try:
            if os.name != "nt":
                with contextlib.suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_still(descriptor, path):  # and was not taken for a leftover before it was locked
                yield descriptor
                return
        finally:
            os.close(descriptor)


def if_abandoned(path: Path, do: Callable[[Path], object]) -> None:
    """Call `do` of a leftover, unless the run that made it is alive, or none can know. Raises nothing."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            # to share it needs no right to write, and those who share it only do twice what is to be done
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if is_still(descriptor, path):
                do(path)
        finally:
            os.close(descriptor)


def is_still(descriptor: int, path: Path) -> bool:
    """Whether what is open still has its name: who had its lock before may have deleted it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def beside(path: Path, ending: str) -> Path:
    """An unused name in the same folder, so that a rename stays on one file system; hidden from corpora."""
    return path.parent / f".{stem(path.name)}.{secrets.token_hex(4)}.{ending}"


def delete_left_beside(path: Path) -> None:
    """Delete what `whole_file` left beside `path` in a run that was killed. Raises nothing."""
    for leftover in left_beside(path, BEING_WRITTEN):
        if_abandoned(leftover, os.unlink)


def left_beside(path: Path, ending: str) -> list[Path]:
    """What bears a name that `beside` has made for `path`, the newest first."""
    pattern = re.compile(re.escape(f".{stem(path.name)}.") + rf"[0-9a-f]{{8}}\.{ending}")
    try:
        with os.scandir(path.parent) as entries:
            found = [
                (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name)
                for entry in entries
                if pattern.fullmatch(entry.name)
            ]
    except OSError:  # one may write in a folder that one may not list; or another run has just cleaned up
        return []
    return [path.parent / name for _, name in sorted(found, reverse=True)]


def stem(name: str) -> str:
    """The name, or, of one that is too long to be added to, what no other name has."""
    if len(name) <= _NAME_LENGTH:
        return name
    return f"{name[: _NAME_LENGTH - 9]}~{zlib.crc32(os.fsencode(name)):08x}"


def behind_links(path: Path) -> Path:
    """The place that a path leads to, whether anything is there or not."""
    return Path(os.path.realpath(path))


def keep_permissions(old: Path, new: Path) -> None:
    """Make the new file or folder as private, or as public, as the one it replaces."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copymode(old, new)


def discard(path: Path) -> None:
    """Delete a file, if it is there and that can be done: where it cannot, an error is on its way already."""
    with contextlib.suppress(OSError):
        path.unlink()


def check_file_can_be_made(path: Path) -> None:
    """Raise OutputError now if `whole_file(path)` could not even begin."""
    with cannot_write(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not is_written_directly(path):
            # without a name, where that can be: what watches the folder's time stamp sees nothing of it
            tempfile.TemporaryFile(prefix=HIDDEN, dir=behind_links(path).parent).close()


def is_written_directly(path: Path) -> bool:
    """Whether `whole_file` would add to what is there, and replace nothing: a pipe, standard output."""
    try:
        status = os.stat(path)
    except OSError:  # not there, or whoever opens it will find out
        return False
    return not stat.S_ISREG(status.st_mode) or any(map(partial(_leads_to, status), _STANDARD_STREAMS))


def check_is_no_link(folder: Path, remedy: str) -> None:
    """Raise OutputError if a link has the name of a folder of ours: what we delete there may be anybody's."""
    if os.path.islink(folder):
        raise OutputError(f"{folder}: is a link, and may lead to what is not ours; {remedy}")


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


def _leads_to(status: os.stat_result, descriptor: int) -> bool:
    try:
        return os.path.samestat(status, os.fstat(descriptor))
    except OSError:  # closed
        return False
