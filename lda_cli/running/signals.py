"""Signals that ask a process to end, held back until its work can be left."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

_ASKING_TO_END = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class HeldBack:
    """Which signal came first, if any did."""

    came: int | None = None


@contextlib.contextmanager
def held_back() -> Iterator[HeldBack]:
    """Note the first signal that asks for the end, and deliver it when the block ends; a second one at once.

    What is ignored stays ignored, as SIGHUP is under nohup. In a thread that is not the main one, where no
    handler can be set, nothing is held back.
    """
    found = HeldBack()
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        again = found.came is not None
        found.came = number
        if again:
            found.came = None
            _restore(before)
            signal.raise_signal(number)

    for number in _ASKING_TO_END:
        handler = signal.getsignal(number)
        if handler not in (signal.SIG_IGN, None):  # None: set by other than Python
            before[number] = signal.signal(number, note)
    try:
        yield found
    finally:
        _restore(before)
        if found.came is not None:
            signal.raise_signal(found.came)


def _restore(handlers: dict[int, Any]) -> None:
    while handlers:
        signal.signal(*handlers.popitem())
