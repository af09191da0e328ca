"""Work on chunks of the inputs in other processes, with results in the order of the chunks.

Threads cannot tokenise in parallel in Python. Each process gets the work function once, and then chunks. If
the inputs are small, the work is done in this process.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from multiprocessing import connection
from typing import Any, TypeVar

import numpy as np

from ..errors import CorpusError
from ..signals import be_a_worker, blocked
from .documents import chunks as dividing
from .documents.readers import Chunk

T = TypeVar("T")

# Processes that work on chunks: their number; or a function that works on them elsewhere, with the other
# arguments of `in_order`.
Workers = int | Callable[[Callable[[], Callable[[Chunk], Any]], Iterable[Chunk | None]], Iterator[Any]]

# Chunks being worked on or waiting, per process: no process waits for work, and memory is bounded.
CHUNKS_A_PROCESS = 3
# This many chunks are worth starting processes for, however small they are.
_MANY_CHUNKS = 8

# A fork starts at once; Windows has none.
_START = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"

# Bytes of address space for the two threads of a pool: stacks, and arenas of the C library.
_ROOM_FOR_A_POOL = 288 << 20

_SECONDS_BETWEEN_LOOKS = 1.0  # for processes that died
_SECONDS_FOR_A_SIGNAL = 0.3  # until it has reached all processes
_PR_SET_PDEATHSIG = 1


def in_order(
    make_work: Callable[[], Callable[[Chunk], T]], chunks: Iterable[Chunk | None], workers: Workers
) -> Generator[T, None, None]:
    """Yield the result for each chunk, in the order of the chunks, as soon as it is ready.

    make_work : called once in each process, or for each chunk elsewhere; returns the function that works on a
        chunk; may be pickled
    chunks : None among them means a pause: all earlier results are yielded first

    Raises the first error, in the order of the chunks, of the work or of `chunks`, and CorpusError if a
    process dies. After the generator has ended or was closed, no process is left.
    """
    steps = _with_a_pause_before_errors(chunks)
    work: Callable[[Chunk], T] | None = None
    held: list[Chunk] = []
    for chunk in steps:
        if chunk is not None:
            held.append(chunk)
        if workers != 1 and _is_much(held):
            every = chain(held, steps)
            yield from (
                _in_processes(make_work, every, workers)
                if isinstance(workers, int)
                else workers(make_work, map(_with_whole_paths, every))
            )
            return
        if chunk is None or workers == 1:
            work = work or make_work()
            yield from map(work, held)
            held = []
    yield from map(work or make_work(), held)


def _with_a_pause_before_errors(chunks: Iterable[Chunk | None]) -> Iterator[Chunk | None]:
    """Wait for earlier results before an error is raised: they may raise an earlier one."""
    try:
        yield from chunks
    except Exception:
        yield None
        raise


def _with_whole_paths(chunk: Chunk | None) -> Chunk | None:
    """Return a chunk as a process with another working directory can read it."""
    if chunk is None:
        return None
    return chunk._replace(sources=tuple(source.with_whole_path() for source in chunk.sources))


def _is_much(held: list[Chunk]) -> bool:
    """Whether chunks are worth starting processes for."""
    n_bytes = sum(sum(s.size for s in c.sources) if c.data is None else len(c.data) for c in held)
    return len(held) > 1 and (n_bytes >= dividing.CHUNK_BYTES or len(held) >= _MANY_CHUNKS)


def _in_processes(
    make_work: Callable[[], Callable[[Chunk], T]], steps: Iterator[Chunk | None], n_processes: int
) -> Iterator[T]:
    first = next(steps)
    assert first is not None
    started = None
    try:
        with blocked():  # a fork would run this process's handlers, and then its clean-up
            started = _started(make_work, first, n_processes)
        if started is None:
            work = make_work()
            yield from (work(chunk) for chunk in chain([first], steps) if chunk is not None)
        else:
            yield from _results(*started, steps, CHUNKS_A_PROCESS * n_processes)
    except BrokenProcessPool:
        time.sleep(_SECONDS_FOR_A_SIGNAL)  # the signal may be about to end this process too
        raise CorpusError("a process that read the corpus was killed; is there enough memory?") from None
    except BaseException:
        if started is not None:
            _kill(started[0])  # do not wait for results
        raise
    finally:
        if started is not None:
            started[0].shutdown(cancel_futures=True)


def _results(
    pool: ProcessPoolExecutor, first: Future[T], steps: Iterator[Chunk | None], n_ahead: int
) -> Iterator[T]:
    pending = deque([first])
    for chunk in steps:
        if chunk is not None:
            pending.append(pool.submit(_work_on, chunk))
        most = 0 if chunk is None else n_ahead
        while pending and (len(pending) > most or pending[0].done()):
            yield _result(pool, pending.popleft())
    while pending:
        yield _result(pool, pending.popleft())


def _started(
    make_work: Callable[[], Callable[[Chunk], T]], first: Chunk, n_processes: int
) -> tuple[ProcessPoolExecutor, Future[T]] | None:
    """Start processes with a first chunk; None if that fails, for example under a limit of processes."""
    pool = None
    with warnings.catch_warnings():
        # Python 3.12 warns about a fork with threads, which may hold locks; the workers take none.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            # without memory for its threads a pool would hang (CPython's issue 140746)
            np.empty(_ROOM_FOR_A_POOL, dtype=np.uint8)
            context = multiprocessing.get_context(_START)
            pool = ProcessPoolExecutor(n_processes, context, initializer=_begin, initargs=(make_work,))
            return pool, pool.submit(_work_on, first)
        except (MemoryError, OSError, NotImplementedError, RuntimeError):
            # files, semaphores and threads are limited too
            if pool is not None:
                for process in _kill(pool):
                    process.join()
            return None


def _result(pool: ProcessPoolExecutor, future: Future[T]) -> T:
    """Wait for a result. The pool alone would hang if a process is killed while it sends one."""
    while not wait([future], _SECONDS_BETWEEN_LOOKS).done:
        _kill(pool, only_if_one_died=True)
    return future.result()


def _kill(pool: Any, only_if_one_died: bool = False) -> list[Any]:
    """Kill the processes, and close the queue of results, so that the pool does not wait for them.

    Uses two private attributes of ProcessPoolExecutor, tried with CPython 3.11.
    """
    processes = list(pool._processes.values())
    if only_if_one_died and not connection.wait([process.sentinel for process in processes], timeout=0):
        return []
    for process in processes:
        process.kill()
    pool._result_queue._writer.close()
    return processes


_work: Callable[[Chunk], Any]


def _begin(make_work: Callable[[], Callable[[Chunk], Any]]) -> None:
    """Prepare a worker: it ignores Ctrl-C, which the parent handles, and ends with the parent."""
    global _work  # noqa: PLW0603 - the process has no other work
    be_a_worker()
    _die_with_the_parent()
    _work = make_work()


def _die_with_the_parent() -> None:
    """End this process with its parent, by prctl on Linux and by a thread elsewhere.

    The thread cannot run while a slow pattern is matched, and the orphan holds its parent's locks until then.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None
    if prctl is None or prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
        return
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid != os.getppid():  # it ended before prctl was called
        os._exit(1)


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_on(chunk: Chunk) -> Any:
    return _work(chunk)
