"""Blocks of work on threads: the kernel releases the GIL, so that Python threads use every core."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from .estep import Map

# At most: a config may ask for any number, and more than one thread a core brings no speed. Not measured.
THREADS_A_CORE = 8

# Memory to start a thread, in bytes: twice the usual 8 MiB of its stack.
_ROOM_A_THREAD = 16 << 20


def count_threads(setting: int | str) -> int:
    """The number of threads: for `auto` one a core; else the setting, at most THREADS_A_CORE a core."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(setting, THREADS_A_CORE * n_cores) if isinstance(setting, int) else n_cores


@contextlib.contextmanager
def threads(setting: int | str) -> Iterator[Map]:
    """Yield a `map` that works on that many threads; its results are in order.

    Every thread, also the calling one, takes the next item until none is left. A minibatch is a few
    milliseconds of work: the map of an executor, which wakes a thread for each item, would take a tenth of
    that.
    """
    n_threads = count_threads(setting)
    if n_threads == 1:
        yield map
        return

    n_helpers = n_threads - 1
    started: bool | None = None  # when there is work for them
    with ThreadPoolExecutor(n_helpers) as pool:

        def on_threads(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
            nonlocal started
            todo = list(items)
            results: list[Any] = [None] * len(todo)
            places = iter(range(len(todo)))  # no two threads get the same place: next() holds the GIL
            n_wanted = min(n_helpers, len(todo) - 1)
            if started is None and n_wanted > 0:
                started = _start(pool, n_helpers)

            def work() -> None:
                for place in places:
                    results[place] = function(todo[place])

            helpers = []
            try:
                for _ in range(n_wanted if started else 0):
                    helpers.append(pool.submit(work))
                work()
            finally:
                for helper in helpers:
                    helper.result()
            return results

        yield on_threads


def _start(pool: ThreadPoolExecutor, n_threads: int) -> bool:
    """Start all threads of a pool. Returns False if there is no memory for them.

    Python waits for a thread that it starts, and waits forever if the thread ends before it has begun because
    memory is missing (CPython issue 140746).
    """
    all_started = threading.Event()
    try:
        np.empty(n_threads * _ROOM_A_THREAD, dtype=np.uint8)
        for _ in range(n_threads):
            pool.submit(all_started.wait)
    except (MemoryError, RuntimeError):  # no more threads, or no memory for them
        return False
    finally:
        all_started.set()
    return True
