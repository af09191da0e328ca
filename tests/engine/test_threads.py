"""How many threads there are, whatever a config asks for."""

import subprocess
import sys
import threading

import pytest

from lda_cli.engine import threads

pytestmark = pytest.mark.once


def test_a_config_gets_the_threads_it_asks_for_within_reason():
    n_cores = threads.count_threads("auto")
    assert threads.count_threads(1) == 1
    assert threads.count_threads(threads.THREADS_A_CORE) == threads.THREADS_A_CORE
    assert threads.count_threads(2**31 - 1) == threads.THREADS_A_CORE * n_cores


def test_work_is_done_where_not_all_threads_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
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


# Memory is full but for the stack of one thread and some kilobytes more; in these it begins, or not.
_HARDLY_ROOM = """
import mmap, resource, threading
from lda_cli.engine.threads import threads

stack = threading.stack_size(8 << 20) or (8 << 20)
resource.setrlimit(resource.RLIMIT_AS, (4 * stack + (512 << 20), -1))
for kilobytes in range(0, 128, 8):
    with threads(2) as parallel:
        room = mmap.mmap(-1, stack + (kilobytes << 10), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        filled = []
        for n_bytes in (1 << 20, 1 << 16, 1000, 400, 200, 100, 50, 10):
            try:
                while True:
                    filled.append(bytes(n_bytes))
            except MemoryError:
                pass
        room.close()
        assert parallel(abs, [-1, -2, -3]) == [1, 2, 3]
        del filled
"""


@pytest.mark.skipif(sys.platform != "linux", reason="has another way to limit memory")
def test_no_thread_is_waited_for_that_dies_before_it_begins() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _HARDLY_ROOM], capture_output=True, text=True, timeout=300, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
