"""The shards of a training as files, so that any process that sees the folder can visit them.

    M-N.shard             the documents of shard N of minibatch M, written once
    M-N-VERSION.counts    its contribution after a visit
    M-N-VERSION.gamma     gamma of its documents, after a plain visit or for the result

A visit reads one version and writes the next: a visit that was lost is done again, with the same bytes. What
needs no other process is `ShardFiles`; a cluster (cluster.py) runs the same functions elsewhere.
"""

import contextlib
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from ..disk.atomic import HIDDEN, cannot_write, discard, replacing
from ..engine.arrays import Float32, Float64
from ..engine.estep import Map
from ..engine.minibatches import posterior
from ..engine.mstep import KEPT_ENTRIES, Sent
from ..engine.shards import Change, Ready, Shard, summed, visit_shard
from ..engine.visits import Step
from ..errors import OutputError, in_words

T = TypeVar("T")

_TRIES_TO_DELETE, _SECONDS_BETWEEN_TRIES = 20, 0.1

# NumPy parses the header of a file with ast, which CPython 3.11 does not survive in several threads at once:
# a worker with four threads stopped one of five trainings.
_parsing = threading.Lock()

# The shards of one training that this process visited, ready for the next visit, if they have few entries.
_ready: dict[Path, Ready] = {}


class Runner(Protocol):
    """Where the visits of shards run."""

    def tree(self, visit: Callable[..., Change], rows: Float32, calls: Sequence[tuple[Any, ...]]) -> Change:
        """Return the sum of visit(rows, *call, parallel), as `summed` adds it."""

    def each(self, do: Callable[..., T], rows: Float32, calls: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        """Yield do(rows, *call, parallel), in the order of the calls."""


class Here:
    """Visits in this process, one after the other."""

    def __init__(self, parallel: Map) -> None:
        self._parallel = parallel

    def tree(self, visit: Callable[..., Change], rows: Float32, calls: Sequence[tuple[Any, ...]]) -> Change:
        return summed(self.each(visit, rows, calls))

    def each(self, do: Callable[..., T], rows: Float32, calls: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        return (do(rows, *call, self._parallel) for call in calls)


class ShardFiles:
    """The shards of a training in files; `Shards` of engine/sharded.py."""

    def __init__(self, folder: Path, n_topics: int, runner: Runner) -> None:
        self._folder, self._n_topics, self._runner = folder, n_topics, runner
        self._sizes: dict[tuple[int, int], tuple[int, int]] = {}  # terms and documents of each
        self._version: dict[int, int | None] = {}  # of each minibatch; None before its first visit
        self._next = 1

    def put(self, minibatch: int, number: int, shard: Shard) -> None:
        path = self._path(minibatch, number)
        none = np.zeros(0, np.int32)
        arrays = (none if array is None else array for array in shard)
        save(path, *arrays)
        self._sizes[minibatch, number] = len(shard.places), len(shard.rows)
        self._version[minibatch] = None

    def visit(self, minibatch: int, n_shards: int, rows: Float32, sent: Sent, step: Step) -> Change:
        last = self._version[minibatch]
        calls = [
            (self._path(minibatch, number), last, self._next, sent, step._replace(learns_sum=learns))
            for number in range(n_shards)
            for learns in [step.learns_sum and number == 0]  # a part of the documents is enough
        ]
        change = self._runner.tree(visit, rows, calls)
        self._version[minibatch], self._next = self._next, self._next + 1
        self._discard(minibatch, n_shards, last)
        return change

    def posterior(
        self,
        minibatch: int,
        n_shards: int,
        rows: Float32,
        alpha: Float64,
        tolerance: float,
        max_iterations: int,
    ) -> Iterator[tuple[Float32, float]]:
        paths = [self._path(minibatch, number) for number in range(n_shards)]
        calls = [(path, self._next, alpha, tolerance, max_iterations) for path in paths]
        for path, terms in zip(paths, self._runner.each(_posterior, rows, calls), strict=True):
            yield load(_gamma(path, self._next), 1)[0], terms
            discard(_gamma(path, self._next))

    def read(self, minibatch: int, number: int) -> Shard:
        return read(self._path(minibatch, number))

    def contribution(self, minibatch: int, number: int) -> Float32:
        return self._mapped(_counts, minibatch, number, 0)

    def gamma(self, minibatch: int, number: int) -> Float32:
        return self._mapped(_gamma, minibatch, number, 1)

    def forget(self, minibatch: int, n_shards: int) -> None:
        self._discard(minibatch, n_shards, self._version[minibatch])
        self._version[minibatch] = None

    def room(self, shape: tuple[int, int]) -> Float32:
        with (
            cannot_write(f"a temporary file in {self._folder}"),
            tempfile.TemporaryFile(prefix=HIDDEN, dir=self._folder) as file,  # the map holds it open
        ):
            return np.asarray(np.memmap(file, np.float32, "w+", shape=shape))

    def _mapped(
        self, path_of: Callable[[Path, int], Path], minibatch: int, number: int, axis: int
    ) -> Float32:
        """Map an array of a version; before the first visit, make it of zeros, as version 0."""
        version = self._version[minibatch] = self._version[minibatch] or 0
        path = path_of(self._path(minibatch, number), version)
        with cannot_write(path):
            if version == 0 and not path.exists():
                shape = self._sizes[minibatch, number][axis], self._n_topics
                np.lib.format.open_memmap(path, "w+", np.float32, shape)
            with _parsing:
                return np.asarray(np.load(path, mmap_mode="r+"))

    def _discard(self, minibatch: int, n_shards: int, version: int | None) -> None:
        if version is not None:
            for number in range(n_shards):
                for path_of in (_counts, _gamma):
                    discard(path_of(self._path(minibatch, number), version))

    def _path(self, minibatch: int, number: int) -> Path:
        return self._folder / f"{minibatch}-{number}.shard"


def visit(
    rows: Float32,
    path: Path,
    last: int | None,
    version: int,
    sent: Sent,
    step: Step,
    parallel: Map,
) -> Change:
    """Visit a shard, and write `version` of its contribution.

    rows : (U, K), of the minibatch; last : version to begin with, None for zeros
    """
    began = time.perf_counter()
    ready = _ready_at(path, rows.shape[1])
    own = rows[ready.shard.places]
    contribution = np.zeros_like(own) if last is None else load(_counts(path, last), 1)[0]
    gamma = load(_gamma(path, last), 1)[0] if step.goes_on and last is not None else None
    change, gamma = visit_shard(ready, contribution, own, sent, step, gamma, parallel)
    save(_counts(path, version), contribution)
    if step.plan.is_plain:
        save(_gamma(path, version), gamma)
    return change._replace(seconds=time.perf_counter() - began)


def _posterior(
    rows: Float32,
    path: Path,
    version: int,
    alpha: Float64,
    tolerance: float,
    max_iterations: int,
    parallel: Map,
) -> float:
    """Write gamma of a shard's documents under Phi; return the sum of their `document_terms`."""
    ready = _ready_at(path, rows.shape[1])
    own = rows[ready.shard.places]
    gamma, terms = posterior(ready.documents, own, alpha, tolerance, max_iterations, parallel)
    save(_gamma(path, version), gamma)
    return terms


def read(path: Path) -> Shard:
    """Read a shard. Raises OutputError."""
    indptr, indices, counts, places, rows, alpha_rows = load(path, len(Shard._fields))
    return Shard(indptr, indices, counts, places, rows, alpha_rows if len(alpha_rows) else None)


def _ready_at(path: Path, n_topics: int) -> Ready:
    found = _ready.get(path)
    if found is None:
        if any(other.parent != path.parent for other in list(_ready)):
            _ready.clear()  # of another training
        found = Ready.of(read(path), n_topics)
        n_entries = sum(len(ready.shard.indices) for ready in list(_ready.values()))
        if n_entries + len(found.shard.indices) <= KEPT_ENTRIES:
            _ready[path] = found
    return found


def _counts(path: Path, version: int) -> Path:
    return path.with_name(f"{path.stem}-{version}.counts")


def _gamma(path: Path, version: int) -> Path:
    return path.with_name(f"{path.stem}-{version}.gamma")


def load(path: Path, n_arrays: int) -> list[npt.NDArray[Any]]:
    """Read the arrays of a file. Raises OutputError."""
    with _readable(path), open(path, "rb") as file, _parsing:
        return [np.load(file) for _ in range(n_arrays)]


def mapped(path: Path) -> npt.NDArray[Any]:
    """Map the array of a file, read-only. Raises OutputError."""
    with _readable(path), _parsing:
        found: npt.NDArray[Any] = np.load(path, mmap_mode="r")
        return found


def save(path: Path, *arrays: npt.NDArray[Any]) -> None:
    """Write arrays to a file, which is whole or not there. Raises OutputError."""
    with cannot_write(path), replacing(path, flush=False) as file:
        for array in arrays:
            np.save(file, array)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, EOFError) as error:
        why = in_words(error) if isinstance(error, OSError | ValueError) else "truncated"
        raise OutputError(f"{path}: a temporary file cannot be read: {why}") from error


@contextlib.contextmanager
def shard_folder(folder: Path) -> Iterator[Path]:
    """A new folder in `folder`, which is deleted in the end; so is what a killed run left there.

    Its name is like no other: a worker may remember the shards of an earlier training.
    """
    shutil.rmtree(folder, ignore_errors=True)
    new = folder / secrets.token_hex(8)
    with cannot_write(new):
        new.mkdir(parents=True)
    try:
        yield new
    finally:
        for _ in range(_TRIES_TO_DELETE):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(_SECONDS_BETWEEN_TRIES)  # a worker may be writing still
        _ready.clear()
