"""One training of a model at a time: a file that is locked until its process ends.

The lock is one of the system (flock), which frees it whenever the process ends. The file names the holder.
Some network file systems have no locks; then `hold` yields False.
"""

import contextlib
import errno
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..disk.atomic import cannot_write, check_is_no_link, discard, is_still
from ..disk.opening import open_regular, regular
from ..errors import BusyError

if os.name != "nt":
    import fcntl

_SECONDS_BETWEEN_TRIES = 0.2
# Workers of a dead process share its lock until they notice that it is dead.
_SECONDS_OF_ORPHANS = 5.0
_ATTEMPTS = 100  # to make a folder that other runs remove
_LARGEST = 1000  # bytes of a lock file that are read


class Holder(NamedTuple):
    """The process that holds a lock, as its file says.

    process : its number; host : its machine
    since : when it got the lock, ISO 8601 with offset
    """

    process: int
    host: str
    since: str

    def is_dead(self) -> bool:
        """Whether it was a process of this machine, and has ended."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
            return False
        return False


@contextlib.contextmanager
def hold(
    path: Path,
    what: str,
    seconds: float = 0.0,
    waits: Callable[[Holder | None], object] = lambda holder: None,
) -> Iterator[bool]:
    """Hold the lock of a file. The file and its folder are made if needed; the file is deleted in the end.

    what : name of what is locked, for the error
    seconds : longest wait for another process
    waits : called once with the other process, if it is known, when the wait begins

    Yields whether there is a lock: False if the file system has no locks. Raises BusyError if another process
    still holds it, and OutputError if the file cannot be written.
    """
    began = time.monotonic()
    has_called = False
    while (found := _try(path)) is None:
        holder = _holder(path)
        grace = _SECONDS_OF_ORPHANS if holder is not None and holder.is_dead() else 0.0
        waited = time.monotonic() - began
        left = seconds + grace - waited
        if left <= 0:
            raise BusyError(f"{what}: {_named(holder)}; wait for it to finish, or pass --wait SECONDS")
        if not has_called and waited >= grace:
            has_called = True
            waits(holder)
        time.sleep(min(_SECONDS_BETWEEN_TRIES, left))
    file, is_locked = found
    try:
        with cannot_write(path):
            file.truncate(0)
            file.write(_here())
            file.flush()
        yield is_locked
    finally:
        discard(path)  # before it is unlocked, so that a waiting process finds that it is deleted
        with contextlib.suppress(OSError):  # on a full disk writing the buffer fails again
            file.close()


def in_iso(seconds: float) -> str:
    """Return a time, in seconds since the epoch, as ISO 8601 in local time with its offset."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _try(path: Path) -> tuple[BinaryIO, bool] | None:
    """Open and lock the file; None if another process has it."""
    while True:
        with cannot_write(path):
            file = _opened(path)
        try:
            is_locked = _lock(file)
        except BlockingIOError:
            file.close()
            return None
        if is_still(file.fileno(), path):
            return file, is_locked
        file.close()


def _opened(path: Path) -> BinaryIO:
    """Open the file in its folder, which another run may be removing."""
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(FileNotFoundError):
            path.parent.mkdir(parents=True, exist_ok=True)
            check_is_no_link(path.parent, "remove it")
            return open(path, "a+b", opener=_no_link)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _no_link(path: str, flags: int) -> int:
    """Open a file as `open` does, but no symbolic link: in a shared folder its target may be any file."""
    return regular(os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666), path)


def _lock(file: BinaryIO) -> bool:
    """Lock a file; False if there are no locks. Raises BlockingIOError if another process holds it."""
    if os.name == "nt":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def _here() -> bytes:
    return json.dumps(Holder(os.getpid(), socket.gethostname(), in_iso(time.time()))._asdict()).encode()


def _holder(path: Path) -> Holder | None:
    try:
        with open_regular(path) as file:
            found = json.loads(file.read(_LARGEST))
        return Holder(int(found["process"]), str(found["host"]), str(found["since"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _named(holder: Holder | None) -> str:
    if holder is None:
        return "another process is training it"
    return f"process {holder.process} on {holder.host} has been training it since {holder.since}"
