"""Folders written whole or not at all, which replace another, and the former folders that are kept.

There are two kinds of hidden folders beside it: `.NAME.xxxxxxxx.new` is being written or deleted,
`.NAME.xxxxxxxx.old` is whole and between two names, since names are given one at a time. A killed run leaves
one or the other; the next run that writes there deletes the first and gives the second a name.
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
    """A new folder to fill, which replaces `path` when the block ends well.

    Where the system can exchange two names at once (Linux, on most file systems), `path` is at every instant
    the old folder or the new one. Elsewhere it is missing for the instant between two renames; if the run or
    the machine stops there, `set_aside` finds the old folder for readers, and the next run that writes here,
    or calls `restore`, gives it its name back. If there is no old folder, or an empty one, one rename is
    enough everywhere. The new folder, its names and those of its parent are on the disk before the rename;
    the block must flush the files themselves.

    The old folder is deleted, or kept as NAME.1 if `keep` is more than 0: those kept before move up by one,
    and the last one, NAME.`keep`, is deleted. The new folder has the permissions of the old one. If `path` is
    a symbolic link, its target is replaced, and former folders are kept beside the target.

    Runs that write the same folder at the same time do no harm: the last one stays. What killed runs left is
    deleted only where the file system has locks. Raises OutputError.
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
    """Raise OutputError if `whole_folder(path)` could not begin: better before hours of work than after."""
    target = behind_links(path)
    if os.path.ismount(target):
        raise OutputError(f"{path}: is a mount point, which cannot be replaced; name a folder inside it")
    with cannot_write(path):
        with contextlib.suppress(FileNotFoundError):
            os.lstat(target)  # fails if the name is too long: the hidden one may be shorter
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(FileNotFoundError):  # another run has just removed a parent
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
            with contextlib.suppress(OSError):  # it was never made, or another run uses it
                folder.rmdir()


def restore(path: Path) -> None:
    """Give the folder that lost the name `path` in a killed run its name back. Raises nothing."""
    target = behind_links(path)
    for folder in set_aside(path):
        if not os.path.lexists(target):
            with contextlib.suppress(OSError):
                os.rename(folder, target)


def set_aside(path: Path) -> list[Path]:
    """Whole folders that lost the name `path`, or were about to get it, the newest first."""
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
    path.mkdir()  # Windows cannot open a folder
    return contextlib.nullcontext()


def _tidy(target: Path, keep: int) -> None:
    """Name or delete the folders that killed runs left."""
    restore(target)
    for leftover in left_beside(target, BEING_WRITTEN):
        if_abandoned(leftover, shutil.rmtree)
    for folder in reversed(set_aside(target)):  # the newest comes last, and becomes NAME.1
        if_abandoned(folder, lambda folder: _settle(folder, target, keep))


def _take_place(new: Path, target: Path, keep: int) -> None:
    """Give the new folder the name; keep or delete the old one."""
    if not os.path.lexists(target) or not os.listdir(target):
        os.rename(new, target)
        flush_folder(target.parent)
        return
    own = os.lstat(new)
    aside, former = beside(target, _SET_ASIDE), beside(target, _SET_ASIDE)
    try:
        # the name of a whole folder first: after the exchange the old folder has it, and must be found
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
        except OSError as error:  # another run found the name free, and restored the former folder
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _settle(folder: Path, target: Path, keep: int, own: os.stat_result | None = None) -> None:
    """Give a folder that was set aside the name if it is free; else keep it with a number, or delete it.

    own : of the new folder, which is deleted, not kept, if it could not get the name
    """
    with contextlib.suppress(FileNotFoundError):  # it is not there, or another run was faster
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
    """Rename a whole folder to one that is being written, so that no reader finds half of it; delete it."""
    leftover = beside(target, BEING_WRITTEN)
    try:
        os.rename(folder, leftover)
    except OSError:  # no reason to fail, since the new folder is in its place
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
    # If this fails, for any reason, two renames follow, and raise the error if there is one.
    status: int = renameat2(
        at_working_folder, os.fsencode(one), at_working_folder, os.fsencode(other), exchange
    )
    return status == 0
