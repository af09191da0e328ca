"""Folders written whole or not at all, which take the place of another, and what is kept of that one.

A folder beside its place, hidden, is one of two: `.NAME.xxxxxxxx.new` is being written, or deleted;
`.NAME.xxxxxxxx.old` is whole and between two names, since names are given one at a time. A run that is killed
leaves one or the other; the next one that writes there deletes the first, and gives the second a name.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from ..errors import OutputError
from .atomic import (
    BEING_WRITTEN,
    behind_links,
    beside,
    cannot_write,
    flush_folder,
    if_abandoned,
    keep_permissions,
    left_beside,
    locked,
)

_SET_ASIDE = "old"
_ATTEMPTS = 5


@contextlib.contextmanager
def whole_folder(path: Path, keep: int = 0) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `path` when the block ends well.

    Where the system can exchange two names at once (Linux, on most file systems), `path` is at every instant
    the old folder or the new one. Elsewhere it is missing for the instant between two renames; if the run is
    killed in it, or the machine, the old folder is one of `set_aside`, where readers find it, and the next
    run that writes here, or calls `restore`, gives it its name back. Without an old folder, or with an empty
    one, one rename does, everywhere. The new folder, its entries and those of the folder it lies in are on
    the disk before it takes the place; what the files in it hold is for the block to flush.

    The old folder is deleted, or kept as NAME.1 if `keep` is more than 0: those kept before move up by one,
    and the one that was NAME.`keep` is deleted. The new folder has the old one's permissions. If `path` is a
    symbolic link, the folder it leads to is replaced, and kept beside that place.

    Runs that write the same folder at once do no harm: the last one stays. What killed runs left is deleted
    only where the file system has locks, and else stays. Raises OutputError.
    """
    target = behind_links(path)
    new = beside(target, BEING_WRITTEN)
    try:
        with cannot_write(path):
            _make_folders(target.parent)
            _tidy(target, keep)
            with _new_folder(new):
                yield new
                keep_permissions(target, new)
                flush_folder(new)
                flush_folder(target.parent)
                _take_place(new, target, keep)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_folder_can_be_made(path: Path) -> None:
    """Raise OutputError now if `whole_folder(path)` could not even begin: better before hours of work."""
    target = behind_links(path)
    if os.path.ismount(target):
        raise OutputError(f"{path}: is a mount point, which cannot be replaced; name a folder inside it")
    with cannot_write(path):
        with contextlib.suppress(FileNotFoundError):
            os.lstat(target)  # its own name is longer than the hidden one
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(FileNotFoundError):  # another run that tried has just cleaned up
                _make_and_remove(beside(target, BEING_WRITTEN))
                return
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _make_and_remove(path: Path) -> None:
    missing = [path]
    while not os.path.exists(missing[-1].parent):
        missing.append(missing[-1].parent)
    try:
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):  # it was never made, or another run has made use of it
                folder.rmdir()


def restore(path: Path) -> None:
    """Give `path` back the folder that lost the name to a run that was killed. Raises nothing."""
    target = behind_links(path)
    for folder in set_aside(path):
        if not os.path.lexists(target):
            with contextlib.suppress(OSError):
                os.rename(folder, target)


def set_aside(path: Path) -> list[Path]:
    """Whole folders that had the name `path`, or were to have it, and have none now, the newest first."""
    return left_beside(behind_links(path), _SET_ASIDE)


def places_of_former(path: Path, keep: int) -> list[Path]:
    """Where former folders are kept: NAME.1, the newest, to NAME.`keep`."""
    target = behind_links(path)
    return [target.with_name(f"{target.name}.{number}") for number in range(1, keep + 1)]


def _make_folders(path: Path) -> None:
    if not path.is_dir():
        _make_folders(path.parent)
        path.mkdir(exist_ok=True)
        flush_folder(path.parent)


def _new_folder(path: Path) -> contextlib.AbstractContextManager[object]:
    def make() -> int:
        path.mkdir()
        return os.open(path, os.O_RDONLY)

    if os.name != "nt":
        return locked(path, make)
    path.mkdir()  # which cannot be opened there
    return contextlib.nullcontext()


def _tidy(target: Path, keep: int) -> None:
    """Deal with what killed runs left."""
    restore(target)
    for leftover in left_beside(target, BEING_WRITTEN):
        if_abandoned(leftover, shutil.rmtree)
    for folder in reversed(set_aside(target)):  # the newest becomes NAME.1 last, and so stays it
        if_abandoned(folder, lambda folder: _settle(folder, target, keep))


def _take_place(new: Path, target: Path, keep: int) -> None:
    """Give the new folder the name, and the one that had it what is due to it."""
    if not os.path.lexists(target) or not os.listdir(target):
        os.rename(new, target)
        flush_folder(target.parent)
        return
    own = os.lstat(new)
    aside, former = beside(target, _SET_ASIDE), beside(target, _SET_ASIDE)
    try:
        # a name that says it is whole first: under it the other one must be found, once they are exchanged
        os.rename(new, aside)
        if not _exchange(aside, target):
            os.rename(aside, new)
            _rename_both(new, target, former)
        flush_folder(target.parent)
    finally:
        for folder in (former, aside):
            _settle(folder, target, keep, own)


def _rename_both(new: Path, target: Path, former: Path) -> None:
    for _ in range(_ATTEMPTS):
        os.rename(target, former)
        try:
            os.rename(new, target)
            return
        except OSError as error:  # another run has found the name free, and has restored the former folder
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _settle(folder: Path, target: Path, keep: int, own: os.stat_result | None = None) -> None:
    """Give a folder that was set aside its due: the name if nothing has it, a number, or an end.

    own : of a new folder, which is not kept as a former one if it could not take the place
    """
    with contextlib.suppress(FileNotFoundError):  # there is none, or another run was faster
        status = os.lstat(folder)
        if not os.path.lexists(target):
            os.rename(folder, target)
        elif keep and (own is None or not os.path.samestat(status, own)):
            _keep(folder, target, keep)
        else:
            _delete(folder, target)


def _keep(former: Path, target: Path, keep: int) -> None:
    places = places_of_former(target, keep)
    free = next((number for number, place in enumerate(places) if not os.path.lexists(place)), keep)
    if free == keep:
        free -= 1
        _delete(places[free], target)
    for number in range(free, 0, -1):
        os.rename(places[number - 1], places[number])
    os.rename(former, places[0])
    flush_folder(target.parent)


def _delete(folder: Path, target: Path) -> None:
    """Delete a whole folder: by a name that says it is not whole, so that no half of it is taken for one."""
    leftover = beside(target, BEING_WRITTEN)
    try:
        os.rename(folder, leftover)
    except OSError:  # the new one is in its place: this is no reason to fail, nor to leave the old one
        leftover = folder
    shutil.rmtree(leftover, ignore_errors=True)


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
