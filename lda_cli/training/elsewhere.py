"""Visits of shards by the workers of a cluster.

What is sent stands in a folder of the visit, which all workers see: the rows of S, written once and read by
each worker where it needs them, and the changes. Carried by Dask, they would be lost with a worker; and 10 MB
take 10 ms on one machine, by files 4.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..cluster import Cluster
from ..disk.atomic import cannot_write
from ..engine.arrays import Float32, Float64
from ..engine.cost import MOST_NODES
from ..engine.shards import Change, added, summed
from ..engine.threads import threads
from ..engine.visits import Visit
from ..errors import ClusterError
from .shards import load, mapped, save

T = TypeVar("T")

ROWS = "rows"  # the file of a visit with the rows of S


class Done(NamedTuple):
    """A change in a file, and what is small of it; moved : bytes that were written or read, and will be."""

    path: Path
    totals: Float64
    visit: Visit
    seconds: float
    moved: int


@dataclass
class Usage:
    """What a cluster did in a pass.

    workers : at its end; moved : bytes that were written to the shared folder or read from it
    computing : seconds of all workers; elapsed : of the pass
    """

    workers: int = 0
    moved: int = 0
    computing: float = 0.0
    elapsed: float = 0.0

    @property
    def waiting(self) -> float:
        """The share of the workers' time that is not computing."""
        return max(0.0, 1 - self.computing / (self.elapsed * max(1, self.workers)))


class Elsewhere:
    """Visits by the workers of a cluster; a `Runner` of shards.py."""

    def __init__(self, cluster: Cluster, folder: Path, n_shards: int) -> None:
        self._cluster, self._folder = cluster, folder
        self._n_threads = cluster.n_threads or max(1, cluster.n_at_once // n_shards)
        self._n_visits = 0
        self._usage, self._began = Usage(), time.perf_counter()

    def tree(self, visit: Callable[..., Change], rows: Float32, calls: Sequence[tuple[Any, ...]]) -> Change:
        with _holding(self._next_folder(), rows) as folder:
            each = [
                (visit, folder / ROWS, folder / str(number), call, self._n_threads)
                for number, call in enumerate(calls)
            ]
            nodes = self._cluster.tree(_visit, each, _add, MOST_NODES)
            total = summed(map(_change, nodes))
        self._usage.computing += total.seconds
        self._usage.moved += rows.nbytes + sum(node.moved for node in nodes)
        return total

    def each(self, do: Callable[..., T], rows: Float32, calls: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        with _holding(self._next_folder(), rows) as folder:
            tasks = [(do, folder / ROWS, call, self._n_threads) for call in calls]
            yield from self._cluster.each(_do, tasks)

    def _next_folder(self) -> Path:
        self._n_visits += 1
        return self._folder / f"visit-{self._n_visits}"

    def usage(self) -> Usage:
        """What was done since the last call."""
        found, now = self._usage, time.perf_counter()
        with suppress(ClusterError):  # the next visit raises it; the pass is done
            found.workers = len(self._cluster.workers)
        found.elapsed = now - self._began
        self._usage, self._began = Usage(), now
        return found


@contextmanager
def _holding(folder: Path, rows: Float32) -> Iterator[Path]:
    """A folder of a visit, with these rows in a file; it is deleted in the end."""
    try:
        with cannot_write(folder):
            folder.mkdir()
        save(folder / ROWS, rows)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _visit(
    visit: Callable[..., Change], rows: Path, path: Path, call: tuple[Any, ...], n_threads: int
) -> Done:
    """Visit a shard on a worker, and write the change to `path`."""
    with threads(n_threads) as parallel:
        change = visit(mapped(rows), *call, parallel)
    # its rows, its contribution before and after, and the change, which is written here and read again
    return _written(change, path, 5 * change.counts.nbytes)


def _written(change: Change, path: Path, moved: int) -> Done:
    save(path, change.places, change.counts)
    return Done(path, change.totals, change.visit, change.seconds, moved)


def _change(done: Done) -> Change:
    places, counts = load(done.path, 2)
    return Change(places, counts, done.totals, done.visit, done.seconds)


def _add(a: Done, b: Done) -> Done:
    """Add two changes on a worker."""
    change = added(_change(a), _change(b))
    moved = a.moved + b.moved + 2 * change.counts.nbytes
    return _written(change, a.path.with_name(a.path.name + "+"), moved)


def _do(do: Callable[..., T], rows: Path, call: tuple[Any, ...], n_threads: int) -> T:
    with threads(n_threads) as parallel:
        return do(mapped(rows), *call, parallel)
