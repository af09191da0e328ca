"""Runs in processes of their own, several at a time.

Each heeds signals as the command does: it keeps a checkpoint, and ends. So a sweep that is asked to end asks
its processes to, and waits for them.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from ..engine.threads import count_threads
from ..errors import Interrupted, LdaCliError
from ..signals import Terminated, blocked, heed_signals, unblock
from .plan import RunKey

Work = Callable[[RunKey, int], None]


class _Running(NamedTuple):
    process: BaseProcess
    key: RunKey
    answers: Connection


def in_processes(
    work: Work, keys: Sequence[RunKey], n_jobs: int, begins: Callable[[RunKey], object]
) -> Iterator[RunKey]:
    """Call `work` for each key with its number of threads, `n_jobs` at a time; yield keys as they end.

    work : can be pickled

    The first error ends the others, which keep checkpoints, and is raised.
    """
    context = multiprocessing.get_context("spawn")
    n_threads = max(1, count_threads("auto") // n_jobs)
    left, running = list(keys), list[_Running]()
    try:
        while left or running:
            while left and len(running) < n_jobs:
                key = left.pop(0)
                begins(key)
                answers, end = context.Pipe(duplex=False)
                process = context.Process(target=_call, args=(work, key, n_threads, end))
                with blocked():
                    process.start()
                end.close()
                running.append(_Running(process, key, answers))
            ended = wait([each.process.sentinel for each in running])
            for each in [each for each in running if each.process.sentinel in ended]:
                running.remove(each)
                _check(each)
                yield each.key
    finally:
        for each in running:
            each.process.terminate()
        for each in running:
            each.process.join()


def _check(ended: _Running) -> None:
    """Raise the error of a process."""
    ended.process.join()
    try:
        error = ended.answers.recv()
    except EOFError:
        error = LdaCliError(f"the process of {ended.key.name} was killed; is there enough memory?")
    if error is not None:
        raise error


def _call(work: Work, key: RunKey, n_threads: int, answers: Connection) -> None:
    heed_signals()
    error: Exception | None = None
    try:
        unblock()  # a signal may be waiting
        work(key, n_threads)
    except (KeyboardInterrupt, Terminated):
        error = Interrupted("a signal came")
    except LdaCliError as found:
        error = found
    answers.send(error)
