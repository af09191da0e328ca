"""Blocks of work on threads: the kernel releases the GIL, so that Python's own threads use every core."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from .estep import Map

# More threads than that for a core only cost; a config that somebody else wrote may ask for any number.
THREADS_A_CORE = 8

# What a thread takes to begin, in bytes: its stack, and as much again.
_ROOM_A_THREAD = 16 << 20


def count_threads(setting: int | str) -> int:
    """The number of threads that `auto` or a number asks for: a thread a core, or so many, within reason."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(setting, THREADS_A_CORE * n_cores) if isinstance(setting, int) else n_cores


@contextlib.contextmanager
def threads(setting: int | str) -> Iterator[Map]:
    """A `map` that works on so many threads while the block lasts; its results are in order.

    Every thread, the calling one too, takes the next item until none is left. A minibatch is a few
    milliseconds of work: an executor's own map, which wakes a thread for each item, would take a tenth of it.
    """
    n_threads = count_threads(setting)
    if n_threads == 1:
        yield map
        return

    n_helpers = n_threads - 1
    started: bool | None = None  # not before there is work for them
    with ThreadPoolExecutor(n_helpers) as pool:

        def on_threads(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
            nonlocal started
            todo = list(items)
            results: list[Any] = [None] * len(todo)
            places = iter(range(len(todo)))  # two threads never get the same from it: next() holds the GIL
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
    """Start all threads of a pool, if there is room for all.

    Whoever starts a thread waits for it, and for ever if it ends for want of memory before it has begun
    (CPython's issue 140746).
    """
    all_started = threading.Event()
    try:
        np.empty(n_threads * _ROOM_A_THREAD, dtype=np.uint8)
        for _ in range(n_threads):
            pool.submit(all_started.wait)
    except (MemoryError, RuntimeError):  # of threads, or of memory for them, there are no more
        return False
    finally:
        all_started.set()
    return True
