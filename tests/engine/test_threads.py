"""How many threads there are, whatever a config asks for."""

import threading

import pytest

from lda_cli.engine import threads


def test_a_config_gets_the_threads_it_asks_for_within_reason():
    n_cores = threads.count_threads("auto")
    assert threads.count_threads(1) == 1
    assert threads.count_threads(threads.THREADS_A_CORE) == threads.THREADS_A_CORE
    assert threads.count_threads(2**31 - 1) == threads.THREADS_A_CORE * n_cores


def test_work_is_done_by_the_threads_that_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Thread.start
    numbers = iter(range(10))

    def start(thread: threading.Thread) -> None:
        if next(numbers) > 0:
            raise RuntimeError("can't start new thread")
        started(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with threads.threads(4) as parallel:
        for _ in range(2):
            assert list(parallel(str, range(50))) == list(map(str, range(50)))
