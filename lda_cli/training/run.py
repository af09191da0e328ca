"""What stands beside a model while it is trained: a hidden folder with a lock, a status and a checkpoint.

The folder is gone when the run ends, unless a checkpoint is left, for the next run to go on from.
"""

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..disk.atomic import behind_links, cannot_write, delete_left_beside, discard, replacing, stem
from .checkpoint import Checkpoint, write_checkpoint
from .lock import Holder, hold, in_iso

# A checkpoint that took a second is followed by none for so many: they cost less than a fiftieth of the time.
_SECONDS_A_SECOND = 50

_LONGEST_TOLD = 200  # characters of a difference

_SECONDS_BETWEEN = 1.0
_CENTURY = 100 * 365 * 86400.0  # seconds; a date may be beyond all calendars


class StaleError(Exception):
    """A checkpoint is not of this training, or cannot be used; the message says why."""


class Run:
    """A training that holds the lock of its model.

    status : for whoever asks
    has_lock : False where the file system has no locks
    is_over : whether nobody is to go on from it
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self.status = Status(folder / "status.json")
        self.has_lock = True
        self.is_over = False
        self._checkpoint = folder / "checkpoint"
        self._kept, self._cost = time.monotonic(), 0.0

    def checkpoint(self, identity: Mapping[str, Any]) -> Checkpoint | None:
        """Open the checkpoint, if there is one.

        identity : plain data that a training which may go on from it has the same

        Raises StaleError if it is another's, or damaged.
        """
        try:
            found = Checkpoint(self._checkpoint)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StaleError((getattr(error, "strerror", None) or str(error)).lower()) from error
        difference = _difference(found.identity, identity)
        if difference is not None:
            found.close()
            raise StaleError(difference)
        return found

    def is_due(self, minutes: float) -> bool:
        """Whether it is time for a checkpoint, if one is wanted in so many minutes; 0 is never."""
        least = max(60 * minutes, _SECONDS_A_SECOND * self._cost)
        return minutes > 0 and time.monotonic() - self._kept >= least

    def keep(
        self, identity: Mapping[str, Any], facts: Mapping[str, Any], arrays: Sequence[npt.NDArray[Any]]
    ) -> None:
        """Write a checkpoint. Raises OutputError; the one before is still there then."""
        started = time.monotonic()
        write_checkpoint(self._checkpoint, identity, facts, arrays)
        self._kept = time.monotonic()
        self._cost = self._kept - started

    def forget(self) -> None:
        """Delete the checkpoint: nobody is to go on from it."""
        self.is_over = True
        discard(self._checkpoint)


class Status:
    """A file of one JSON object, replaced as a whole, at most once a second."""

    def __init__(self, path: Path) -> None:
        """Whoever writes holds the model's lock."""
        self._path = path
        self._started = time.time()
        self._next = 0.0  # of time.monotonic(): the clock may be set back
        self._state = ""
        self._facts: dict[str, object] = {}

    def tell(self, state: str, left: float | None = None, **facts: object) -> None:
        """Say how it goes, unless it was said a moment ago. Raises OutputError.

        state : what is done now; a new one is always said
        left : in how many seconds it may be done
        facts : how far it is; without any, those of the last time are told again
        """
        self._facts = facts or self._facts
        if time.monotonic() < self._next and state == self._state:
            return
        self._next, self._state = time.monotonic() + _SECONDS_BETWEEN, state
        now = time.time()
        status = {
            "state": state,
            "process": os.getpid(),
            "host": socket.gethostname(),
            "started": in_iso(self._started),
            "updated": in_iso(now),
            "estimated_end": in_iso(now + left) if left is not None and left < _CENTURY else None,
            **self._facts,
        }
        with cannot_write(self._path), replacing(self._path, flush=False) as file:
            file.write(json.dumps(status, indent=2, allow_nan=False).encode() + b"\n")


def run_folder(model: Path) -> Path:
    """Return the hidden folder of the runs that train a model, whichever link leads to it."""
    target = behind_links(model)
    return target.parent / f".{stem(target.name)}.run"


@contextlib.contextmanager
def running(
    model: Path, seconds: float = 0.0, waits: Callable[[Holder | None], object] = lambda holder: None
) -> Iterator[Run]:
    """Hold the lock of a model as `hold` does. The block leaves beside it a checkpoint, or nothing."""
    folder = run_folder(model)
    missing = [parent for parent in folder.parents if not os.path.exists(parent)]
    run = Run(folder)
    try:
        with hold(folder / "lock", str(model), seconds, waits) as run.has_lock:
            for name in ("checkpoint", "status.json"):
                delete_left_beside(folder / name)
            try:
                yield run
            finally:
                if not os.path.exists(folder / "checkpoint"):
                    discard(folder / "status.json")
    finally:
        for made in (folder, *missing):
            with contextlib.suppress(OSError):  # there is something in it
                made.rmdir()


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """Say what is not the same."""
    for key in (*new, *old):
        if old.get(key) != new.get(key):
            told = f"{key} was {json.dumps(old.get(key))}, and is {json.dumps(new.get(key))}"
            return told if len(told) <= _LONGEST_TOLD else f"{key} is not what it was"
    return None
