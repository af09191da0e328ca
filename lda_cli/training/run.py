"""What stands beside a model while it is trained: a hidden folder with a lock, a status and a checkpoint.

The folder is gone when the run ends, unless a checkpoint is left, for the next run to go on from.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..disk.atomic import behind_links, discard, stem
from ..disk.replacing import discard_leftover
from ..errors import in_words
from .checkpoint import Checkpoint, write_checkpoint
from .lock import Holder, hold
from .status import Status

# A checkpoint that took a second is followed by none for so many: they cost less than a fiftieth of the time.
_SECONDS_A_SECOND = 50

_LONGEST_TOLD = 200  # characters of a difference


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
            raise StaleError(in_words(error)) from error
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
                discard_leftover(folder / name)
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
