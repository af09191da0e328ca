"""Work on pieces of the inputs in other processes, with results in the order of the pieces.

Python lets one thread of a process tokenise at a time: other cores want processes. Each is started once, is
told then what stays the same, and is sent pieces. A piece that comes alone is worked on here.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, TypeVar

from ..errors import CorpusError, LdaCliError
from .readers import Piece

T = TypeVar("T")

# Pieces that are worked on or wait to be taken: no process waits for work, and memory is bounded.
PIECES_A_PROCESS = 3

# A copy of this process is there at once; where copying is not safe, another starts from nothing.
_START = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


def in_order(
    make_work: Callable[[], Callable[[Piece], T]], pieces: Iterable[Piece | None], n_processes: int
) -> Iterator[T]:
    """Yield what the work makes of each piece, in the order of the pieces, as soon as it can be had.

    make_work : makes the function that works on a piece, once in each process; to be copied or pickled
    pieces : None among them means that the next may be long in coming: what came before is waited for

    Raises what the work or the pieces raise, whichever comes first in their order, and CorpusError if a
    process dies.
    """
    steps = _with_a_pause_before_errors(pieces)
    beginning = list(islice(steps, 2)) if n_processes > 1 else []
    steps = chain(beginning, steps)
    if len(beginning) < 2:
        work = make_work()
        yield from (work(piece) for piece in steps if piece is not None)
        return
    pool = ProcessPoolExecutor(
        n_processes, multiprocessing.get_context(_START), initializer=_begin, initargs=(make_work,)
    )
    pending: deque[Future[T]] = deque()
    try:
        for piece in steps:
            if piece is not None:
                pending.append(pool.submit(_work_on, piece))
            most = 0 if piece is None else PIECES_A_PROCESS * n_processes
            while pending and (len(pending) > most or pending[0].done()):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool:
        raise CorpusError("a process that read the corpus was killed; is there memory enough?") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _with_a_pause_before_errors(pieces: Iterable[Piece | None]) -> Iterator[Piece | None]:
    """Let what came before an error be waited for: it may hold an error that comes first."""
    try:
        yield from pieces
    except LdaCliError:
        yield None
        raise


_work: Callable[[Piece], Any]


def _begin(make_work: Callable[[], Callable[[Piece], Any]]) -> None:
    """Make a process ready: it leaves Ctrl-C to the one that started it, and ends when that one is gone."""
    global _work  # noqa: PLW0603 - the process has nothing else
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _work = make_work()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_on(piece: Piece) -> Any:
    return _work(piece)
