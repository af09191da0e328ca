"""The hidden folder beside a model while it is trained: a lock, a status and a checkpoint.

The folder is removed when the run ends, unless there is a checkpoint from which the next run can go on.
"""

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..disk.atomic import behind_links, cannot_write, delete_left_beside, discard, replacing, stem
from ..errors import in_words
from ..model import labels
from .checkpoint import Checkpoint, write_checkpoint
from .lock import Holder, hold, in_iso

# Seconds without a checkpoint after one that took a second: they cost less than a fiftieth of the time.
_SECONDS_A_SECOND = 50

_LONGEST_DIFFERENCE = 200  # characters

_SECONDS_BETWEEN = 1.0  # two writes of a status
_CENTURY = 100 * 365 * 86400.0  # seconds; a later date may be out of the range of datetime


class StaleError(Exception):
    """A checkpoint is of another training, or cannot be used; the message says why."""


class Run:
    """A training that holds the lock of its model.

    status : how far it is
    folder : hidden, beside the model; shards : a folder in it for the shards of the training (shards.py)
    has_lock : False if the file system has no locks
    is_over : whether its model is saved, so that no run goes on from it
    """

    def __init__(self, folder: Path) -> None:
        """Use `folder`, whose lock is held."""
        self.status = Status(folder / "status.json")
        self.folder, self.shards = folder, folder / "shards"
        self.has_lock = True
        self.is_over = False
        self._checkpoint = folder / "checkpoint"
        self._kept, self._cost = time.monotonic(), 0.0

    def checkpoint(self, identity: Mapping[str, Any]) -> Checkpoint | None:
        """Open the checkpoint; None if there is no checkpoint.

        identity : plain data, which must equal that of the checkpoint

        Raises StaleError if it is of another training, or damaged.
        """
        try:
            found = Checkpoint(self._checkpoint)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StaleError(in_words(error)) from error
        if (other := difference(found.identity, identity)) is not None:
            found.close()
            raise StaleError(other)
        return found

    def is_due(self, minutes: float) -> bool:
        """Whether it is time for a checkpoint, with `minutes` from one to the next; 0 is never."""
        least = max(60 * minutes, _SECONDS_A_SECOND * self._cost)
        return minutes > 0 and time.monotonic() - self._kept >= least

    def keep(
        self, identity: Mapping[str, Any], facts: Mapping[str, Any], arrays: Iterable[npt.NDArray[Any]]
    ) -> None:
        """Write a checkpoint. Raises OutputError; then the one before is still there."""
        started = time.monotonic()
        write_checkpoint(self._checkpoint, identity, facts, arrays)
        self._kept = time.monotonic()
        self._cost = self._kept - started

    def forget(self) -> None:
        """Delete the checkpoint: the model is saved."""
        self.is_over = True
        discard(self._checkpoint)


class Status:
    """status.json: one JSON object that says how far a training is, written at most once a second."""

    def __init__(self, path: Path) -> None:
        """The writer holds the lock of the model."""
        self._path = path
        self._started = time.time()
        self._next = 0.0  # of time.monotonic(): the clock may be set back
        self._state = ""
        self._facts: dict[str, object] = {}

    def write(self, state: str, left: float | None = None, **facts: object) -> None:
        """Write the status, unless the last one is younger than a second. Raises OutputError.

        state : what the training does now; a new state is always written
        left : estimated seconds to the end; None if not known
        facts : how far it is; without any, those of the last call
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
    """Return the hidden folder of the runs that train a model, beside the target if it is a link."""
    target = behind_links(model)
    return target.parent / f".{stem(target.name)}.run"


@contextlib.contextmanager
def running(
    model: Path, seconds: float = 0.0, waits: Callable[[Holder | None], object] = lambda holder: None
) -> Iterator[Run]:
    """Hold the lock of a model as `hold` does. In the end a checkpoint is left beside it, or nothing."""
    folder = run_folder(model)
    missing = [parent for parent in folder.parents if not os.path.exists(parent)]
    run = Run(folder)
    try:
        with hold(folder / "lock", str(model), seconds, waits) as run.has_lock:
            for name in ("checkpoint", "status.json", labels.NAME):
                delete_left_beside(folder / name)
            try:
                yield run
            finally:
                if not os.path.exists(folder / "checkpoint"):
                    discard(folder / "status.json")
    finally:
        for made in (folder, *missing):
            with contextlib.suppress(OSError):  # it is not empty
                made.rmdir()


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """Describe the first difference; None if there is no difference."""
    for key in (*new, *old):
        if old.get(key) != new.get(key):
            difference = f"{key} was {json.dumps(old.get(key))}, and is {json.dumps(new.get(key))}"
            return difference if len(difference) <= _LONGEST_DIFFERENCE else f"{key} changed"
    return None
