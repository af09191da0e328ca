"""Signals that ask a process to end, held back until its work can be left."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

ASKING_TO_END = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

# A terminal that is closed, its shell and `timeout` may each send the same: so soon it is no other wish.
SECONDS_OF_ECHO = 1.0


class HeldBack:
    """Which signal came first, if any did."""

    came: int | None = None


@contextlib.contextmanager
def held_back() -> Iterator[HeldBack]:
    """Note the first signal that asks for the end, and deliver it when the block ends; a later one at once.

    An error that ends the block says more than the signal, which is dropped then.
    What is ignored stays ignored, as SIGHUP is under nohup. In a thread that is not the main one, where no
    handler can be set, nothing is held back.
    """
    found = HeldBack()
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before: dict[int, Any] = {}
    echo_until = 0.0  # of time.monotonic()

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal echo_until
        if found.came is None:
            found.came, echo_until = number, time.monotonic() + SECONDS_OF_ECHO
        elif time.monotonic() >= echo_until:
            found.came = None
            _restore(before)
            signal.raise_signal(number)

    try:
        for number in ASKING_TO_END:
            handler = signal.getsignal(number)
            if handler not in (signal.SIG_IGN, None):  # None: set by other than Python
                before[number] = handler
                signal.signal(number, note)
        yield found
    finally:
        _restore(before)
    if found.came is not None:
        signal.raise_signal(found.came)


def _restore(handlers: dict[int, Any]) -> None:
    while handlers:
        signal.signal(*handlers.popitem())
