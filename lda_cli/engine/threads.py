"""Blocks of work on threads: the kernel releases the GIL, so that Python's own threads use every core."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .estep import Map

# More threads than that for a core only cost; a config that somebody else wrote may ask for any number.
THREADS_A_CORE = 8


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
    with ThreadPoolExecutor(n_helpers) as pool:

        def on_threads(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
            nonlocal n_helpers
            todo = list(items)
            results: list[Any] = [None] * len(todo)
            places = iter(range(len(todo)))  # two threads never get the same from it: next() holds the GIL

            def work() -> None:
                for place in places:
                    results[place] = function(todo[place])

            helpers = []
            try:
                for _ in range(min(n_helpers, len(todo) - 1)):
                    helpers.append(pool.submit(work))
            except RuntimeError:  # of threads, or of memory for them, there are no more: these do it all
                n_helpers = len(helpers)
            try:
                work()
            finally:
                for helper in helpers:
                    helper.result()
            return results

        yield on_threads
