"""status.json: how a training goes, for whoever asks while it runs, and after it was stopped."""

import json
import os
import socket
import time
from pathlib import Path

from ..disk.replacing import replacing
from .clock import in_iso

_SECONDS_BETWEEN = 1.0
_CENTURY = 100 * 365 * 86400.0  # seconds; a date may be beyond all calendars


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
        with replacing(self._path) as file:
            file.write(json.dumps(status, indent=2, allow_nan=False).encode() + b"\n")
