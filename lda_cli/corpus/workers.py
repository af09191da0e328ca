"""Work on chunks of the inputs in other processes, with results in the order of the chunks.

Python lets one thread of a process tokenise at a time: other cores want processes. Each is started once, is
told then what stays the same, and is sent chunks. What is less than a chunk, all in all, is worked on here.
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

# Chunks that are worked on or wait to be taken: no process waits for work, and memory is bounded.
CHUNKS_A_PROCESS = 3
# So many are work for processes, however few bytes they hold.
_MANY_CHUNKS = 8

# A copy of this process is there at once; where copying is not safe, another starts from nothing.
_START = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"

# What the two threads of a pool may take of addresses, in bytes: stacks, and the C library's own areas.
_ROOM_FOR_A_POOL = 288 << 20

_SECONDS_BETWEEN_LOOKS = 1.0  # at whether the processes live
_SECONDS_FOR_A_SIGNAL = 0.3  # to reach this process too, when it is sent to one after the other
_SIGNAL_AT_DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG


def in_order(
    make_work: Callable[[], Callable[[Chunk], T]], chunks: Iterable[Chunk | None], n_processes: int
) -> Generator[T, None, None]:
    """Yield what the work makes of each chunk, in the order of the chunks, as soon as it can be had.

    make_work : makes the function that works on a chunk, once in each process; to be copied or pickled
    chunks : None among them means that the next may be long in coming: what came before is waited for

    Raises what the work or the chunks raise, whichever comes first in their order, and CorpusError if a
    process dies. Once the generator has ended or is closed, no process is left.
    """
    steps = _with_a_pause_before_errors(chunks)
    work: Callable[[Chunk], T] | None = None
    held: list[Chunk] = []
    for chunk in steps:
        if chunk is not None:
            held.append(chunk)
        if n_processes > 1 and _is_much(held):
            yield from _in_processes(make_work, chain(held, steps), n_processes)
            return
        if chunk is None or n_processes == 1:
            work = work or make_work()
            yield from map(work, held)
            held = []
    yield from map(work or make_work(), held)


def _with_a_pause_before_errors(chunks: Iterable[Chunk | None]) -> Iterator[Chunk | None]:
    """Let what came before an error be waited for: it may hold an error that comes first."""
    try:
        yield from chunks
    except Exception:
        yield None
        raise


def _is_much(held: list[Chunk]) -> bool:
    """Whether chunks are worth a start of processes: a file of a few lines should not wait for it."""
    n_bytes = sum(
        sum(source.size for source in chunk.sources) if chunk.data is None else len(chunk.data)
        for chunk in held
    )
    return len(held) > 1 and (n_bytes >= dividing.CHUNK_BYTES or len(held) >= _MANY_CHUNKS)


def _in_processes(
    make_work: Callable[[], Callable[[Chunk], T]], steps: Iterator[Chunk | None], n_processes: int
) -> Iterator[T]:
    first = next(steps)
    assert first is not None
    started = None
    try:
        with blocked():  # a copy would run this process's handlers, and then its clean-up
            started = _started(make_work, first, n_processes)
        if started is None:
            work = make_work()
            yield from (work(chunk) for chunk in chain([first], steps) if chunk is not None)
        else:
            yield from _results(*started, steps, CHUNKS_A_PROCESS * n_processes)
    except BrokenProcessPool:
        time.sleep(_SECONDS_FOR_A_SIGNAL)  # that ended the process, and is about to end this one
        raise CorpusError("a process that read the corpus was killed; is there memory enough?") from None
    except BaseException:
        if started is not None:
            _kill(started[0])  # nobody wants its results any more, and they may be long in coming
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
    """Start processes with a first chunk; None where there can be none, as under a limit of their number.

    Nor of memory: a pool waits for ever for a thread of its own that ends before it has begun (CPython's
    issue 140746).
    """
    pool = None
    with warnings.catch_warnings():
        # Python 3.12 warns of locks that other threads may hold at a copy: what copies do here takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
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
    """Wait for a result, and not for ever: the pool itself waits for the rest of one that a process was
    sending when it was killed.
    """
    while not wait([future], _SECONDS_BETWEEN_LOOKS).done:
        if connection.wait([process.sentinel for process in _processes(pool)], timeout=0):
            _kill(pool)
    return future.result()


def _kill(pool: Any) -> list[Any]:
    """End the processes, whatever they are doing; the pool finds out by itself, and is broken then.

    With its own end of the pipe of results closed it knows that the rest of one will not come.
    """
    processes = _processes(pool)
    for process in processes:
        process.kill()
    pool._result_queue._writer.close()
    return processes


def _processes(pool: Any) -> list[Any]:
    return list(pool._processes.values())  # Python 3.14 has a method to kill them, none to look at them


_work: Callable[[Chunk], Any]


def _begin(make_work: Callable[[], Callable[[Chunk], Any]]) -> None:
    """Make a process ready: it leaves Ctrl-C to the one that started it, and ends when that one is gone."""
    global _work  # noqa: PLW0603 - the process has nothing else
    be_a_worker()
    _die_with_the_parent()
    _work = make_work()


def _die_with_the_parent() -> None:
    """Let the system end this process with its parent where it can (prctl of Linux), and a thread elsewhere.

    A thread could not while a pattern of exponential time is matched, which lets no other thread run. Such an
    orphan would hold the locks of its parent, too.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None
    if prctl is None or prctl(_SIGNAL_AT_DEATH_OF_PARENT, signal.SIGKILL, 0, 0, 0) != 0:
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
        return
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid != os.getppid():  # it was gone before that
        os._exit(1)


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_on(chunk: Chunk) -> Any:
    return _work(chunk)
