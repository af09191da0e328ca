"""How a command, a training and its workers handle the signals that ask a process to end.

A command turns the first signal into an exception, so that it can clean up. During imports a signal ends the
process at once, since an exception may be lost there or look like a broken package. A training holds a signal
back until it can stop.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any, NoReturn

ASKING_TO_END = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

# A closing terminal, its shell and `timeout` may each send a signal: within this time they count as one.
SECONDS_OF_ECHO = 1.0


class Terminated(BaseException):
    """A signal other than Ctrl-C asked the process to end; `args` is its number."""


def heed_signals() -> None:
    """From now on, the first signal raises KeyboardInterrupt or Terminated; a later one ends the process."""
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


def _raise(number: int) -> NoReturn:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)


def ignore_signals() -> None:
    """From now on, no signal interrupts the process."""
    for number in ASKING_TO_END:
        signal.signal(number, signal.SIG_IGN)


class HeldBack:
    """`came` is the number of the first signal, None before it."""

    came: int | None = None


_held: HeldBack | None = None


def is_held_back() -> bool:
    """Whether a signal came that `held_back` will deliver: what waits for long should end."""
    return _held is not None and _held.came is not None


@contextlib.contextmanager
def held_back() -> Iterator[HeldBack]:
    """Hold back the first signal until the block ends, then deliver it; deliver a later one at once.

    If an error ends the block, the signal is dropped. Ignored signals stay ignored, as SIGHUP under nohup.
    Outside the main thread, where no handler can be set, nothing is held back.
    """
    global _held  # noqa: PLW0603 - as the handlers, of which a process has one set
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
            if handler not in (signal.SIG_IGN, None):  # None: not set by Python
                before[number] = handler
                signal.signal(number, note)
        _held, outer = found, _held
        try:
            yield found
        finally:
            _held = outer
    finally:
        _restore(before)
    if found.came is not None:
        signal.raise_signal(found.came)


def _restore(handlers: dict[int, Any]) -> None:
    while handlers:
        signal.signal(*handlers.popitem())


@contextlib.contextmanager
def blocked() -> Iterator[None]:
    """Block the signals until the block ends, if the system can: a new process has no handlers at first."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ASKING_TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def be_a_worker() -> None:
    """Leave Ctrl-C to the parent process, and end at any other signal that is not ignored."""
    for number in ASKING_TO_END:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores one
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    unblock()


def unblock() -> None:
    """Let the signals come that `blocked` kept from a new process until it had handlers."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING_TO_END)
