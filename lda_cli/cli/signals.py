"""Signals that ask for the end: an exception, which cleans up, once there is something to clean up.

Until then they end the process as the system does: an exception while a package is imported may be lost, or
be taken for a broken package.
"""

import signal
import time
from types import FrameType
from typing import NoReturn

from ..running.signals import ASKING_TO_END, SECONDS_OF_ECHO


class Terminated(BaseException):
    """A signal came that asks for the end; `args` is its number."""


def heed_signals() -> None:
    """From now on the first one raises KeyboardInterrupt or Terminated; a later one ends the process."""
    came: list[float] = []

    def end(number: int, frame: FrameType | None) -> None:
        if not came:
            came.append(time.monotonic())
            _raise(number)
        if time.monotonic() - came[0] > SECONDS_OF_ECHO:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in ASKING_TO_END:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # nohup ignores one
            signal.signal(number, end)


def ignore_signals() -> None:
    """From now on nothing of what is left to do is broken off."""
    for number in ASKING_TO_END:
        signal.signal(number, signal.SIG_IGN)


def _raise(number: int) -> NoReturn:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)
