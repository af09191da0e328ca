"""Signals wait for the end of the block, the second does not, and what is ignored stays ignored."""

import os
import signal
import threading

import pytest

from lda_cli import signals as signals_module
from lda_cli.signals import held_back


class Came(BaseException):
    """What the handler of these tests raises."""


def come(number, frame):
    raise Came(number)


@pytest.fixture(autouse=True)
def handlers():
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = [signal.signal(number, come) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_comes_when_the_block_ends(number):
    done = []
    with pytest.raises(Came) as came, held_back() as signals:  # noqa: PT012 (what the block does is the test)
        os.kill(os.getpid(), number)
        done.append(signals.came)
    assert (done, came.value.args) == ([number], (number,))
    assert signal.getsignal(number) is come


def test_an_echo_of_a_signal_is_no_second_one():
    done = []
    with pytest.raises(Came), held_back():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        done.append(1)
    assert done == [1]


def test_a_second_signal_comes_at_once(monkeypatch):
    monkeypatch.setattr(signals_module, "SECONDS_OF_ECHO", 0)
    done = []
    with pytest.raises(Came), held_back():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        done.append(1)
        os.kill(os.getpid(), signal.SIGTERM)
        done.append(2)
    assert done == [1]
    assert signal.getsignal(signal.SIGTERM) is come


def test_an_error_says_more_than_the_signal_before_it():
    with pytest.raises(OSError, match="full"), held_back():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        raise OSError("the disk is full")


def test_without_a_signal_the_handlers_are_as_they_were():
    with held_back() as signals:
        assert signal.getsignal(signal.SIGTERM) is not come
    assert signals.came is None
    assert signal.getsignal(signal.SIGTERM) is come


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with held_back() as signals:
        os.kill(os.getpid(), signal.SIGHUP)
        assert signals.came is None


def test_another_thread_holds_nothing_back():
    found = []

    def run():
        with held_back() as signals:
            found.append(signals.came)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [None]
