"""A cluster of processes, on this machine or on others: Dask's scheduler and workers run the functions.

A task is a function of lda_cli and plain arguments; what is large stands in files that all workers see. So a
task that is lost with its worker is done again elsewhere, which is Dask's work, and gives the same bytes.
"""

import contextlib
import logging
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .engine.kernel import kernel, kernel_name
from .engine.threads import count_threads
from .errors import ClusterError, ConfigError, Interrupted, LdaCliError, in_words
from .signals import blocked, is_held_back
from .version import __version__

T = TypeVar("T")

LOCAL = "local"  # the start of an address: workers of this machine

# Tasks that wait, for each thread of the workers: none waits for work, and memory is bounded.
TASKS_A_THREAD = 3

_LOSSES_OF_A_TASK = 10  # with its worker, before it is taken to be the cause
_SECONDS_FOR_WORKERS = 60.0  # to wait for the first one
_SECONDS_WITHOUT_WORKERS = 600.0  # to wait for another one, when all have gone
_SECONDS_BETWEEN_LOOKS = 5.0  # at the workers, while a task takes long


class Program(NamedTuple):
    """What must be the same on all workers for the same bytes."""

    lda_cli: str
    numpy: str
    kernel: str

    def __str__(self) -> str:
        return f"lda-cli {self.lda_cli}, NumPy {self.numpy}, kernel {self.kernel}"


def program() -> Program:
    """What runs in this process; the kernel with its instruction set."""
    instructions = getattr(kernel(), "INSTRUCTIONS", None)
    name = kernel_name() if instructions is None else f"{kernel_name()} ({instructions})"
    return Program(__version__, np.__version__, name)


class Cluster:
    """The workers of a scheduler.

    address : as in the config
    """

    def __init__(self, client: Any, address: str, n_threads: int) -> None:
        """n_threads : of a task; 0 if it depends on the number of tasks."""
        self.address, self.n_threads = address, n_threads
        self._client = client
        self._program: Program | None = None

    def close(self) -> None:
        """Leave the scheduler; its workers go on with nothing."""
        self._client.close()

    @property
    def workers(self) -> dict[str, int]:
        """The threads of each worker, by its address."""
        try:
            return dict(self._client.nthreads())
        except OSError:
            raise ClusterError(f"{self.address}: the scheduler is gone; start it again") from None

    @property
    def n_at_once(self) -> int:
        """The number of tasks that run at once."""
        return max(1, sum(self.workers.values()))

    def check(self, file: Path) -> None:
        """Wait for a worker, and see that all run the same program and see a file.

        Raises ClusterError that names a worker.
        """
        from distributed import TimeoutError as NoWorkers

        try:
            self._client.wait_for_workers(1, timeout=_SECONDS_FOR_WORKERS)
        except NoWorkers:
            raise ClusterError(
                f"{self.address}: no worker came in {_SECONDS_FOR_WORKERS:.0f} s; "
                f"start one with: dask worker {self.address}"
            ) from None
        own, found = program(), self._of_workers(program)
        first = min(found, default="")
        for worker, theirs in sorted(found.items()):
            if theirs[:2] != own[:2]:
                raise ClusterError(f"worker {worker} has {theirs}, and this process {own}; install the same")
            if theirs != found[first]:
                raise ClusterError(
                    f"worker {worker} has {theirs}, and worker {first} {found[first]}: the bytes would "
                    "differ; use machines with the same instruction set, or set LDA_CLI_KERNEL=numpy on all"
                )
        self._program = found.get(first, own)
        for worker, sees in sorted(self._of_workers(os.path.isfile, str(file)).items()):
            if not sees:
                raise ClusterError(
                    f"worker {worker} does not see {file.parent}; model.path must be in a folder that all "
                    "workers share"
                )

    def _of_workers(self, ask: Callable[..., T], *arguments: Any) -> dict[str, T]:
        """Ask each worker, but those that die meanwhile."""
        found = self._client.run(ask, *arguments, on_error="return")
        for worker, answer in found.items():
            if isinstance(answer, Exception) and not isinstance(answer, OSError):  # of a closed connection
                raise ClusterError(f"worker {worker}: {answer}; install the same lda-cli there")
        return {worker: answer for worker, answer in found.items() if not isinstance(answer, Exception)}

    def each(self, do: Callable[..., T], calls: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        """Yield do(*call) for each call, in order."""
        with self._cancelled_after_an_error(self._map(do, calls) if calls else []) as futures:
            yield from map(self._result, futures)

    def tree(
        self, do: Callable[..., T], calls: Sequence[tuple[Any, ...]], add: Callable[[T, T], T], n_left: int
    ) -> list[T]:
        """Do the calls, and add pairs of neighbours until `n_left` are left, which are returned."""
        with self._cancelled_after_an_error(self._map(do, calls)) as nodes:
            while len(nodes) > n_left:
                pairs = list(zip(nodes[::2], nodes[1::2], strict=False))
                nodes[:] = [*self._map(add, pairs), *nodes[2 * len(pairs) :]]
            return [self._result(node) for node in nodes]

    @contextlib.contextmanager
    def _cancelled_after_an_error(self, futures: list[Any]) -> Iterator[list[Any]]:
        try:
            yield futures
        except BaseException:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                self._client.cancel(futures)
            raise

    def in_order(
        self, make_work: Callable[[], Callable[[Any], T]], items: Iterable[Any]
    ) -> Generator[T, None, None]:
        """Yield make_work()(item) for each item, in order; None among them waits for all earlier ones."""
        pending: deque[Any] = deque()
        n_ahead = TASKS_A_THREAD * self.n_at_once
        for item in items:
            if item is not None:
                pending += self._map(_work, [(make_work, item)])
            while pending and (item is None or len(pending) > n_ahead or pending[0].done()):
                yield self._result(pending.popleft())
        while pending:
            yield self._result(pending.popleft())

    def _map(self, do: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        columns = zip(*calls, strict=True)
        n = len(calls)
        found: list[Any] = self._client.map(_task, [do] * n, [self._program] * n, *columns, pure=False)
        return found

    def _result(self, future: Any) -> Any:
        """Wait for a result. Raises ClusterError if it cannot come."""
        from distributed import CancelledError, KilledWorker
        from distributed import TimeoutError as NotYet

        last_seen = time.monotonic()
        while True:
            try:
                return future.result(timeout=_SECONDS_BETWEEN_LOOKS)
            except NotYet:
                if future.status == "error":  # it is the task's own
                    raise ClusterError(f"{self.address}: a worker waited too long for a file") from None
                if self._client.status != "running":
                    raise ClusterError(f"{self.address}: the scheduler is gone; start it again") from None
                if self.workers:
                    last_seen = time.monotonic()
                elif is_held_back():
                    raise Interrupted("a signal came") from None
                elif time.monotonic() - last_seen > _SECONDS_WITHOUT_WORKERS:
                    raise ClusterError(
                        f"{self.address}: no worker is left, and none came in "
                        f"{_SECONDS_WITHOUT_WORKERS:.0f} s; start one, and run again"
                    ) from None
            except KilledWorker as error:
                raise ClusterError(
                    f"worker {error.last_worker.address} died, as others did before at the same task; is "
                    "there enough memory?"
                ) from None
            except CancelledError:
                raise ClusterError(f"{self.address}: the scheduler is gone; start it again") from None


def _work(make_work: Callable[[], Callable[[Any], T]], item: Any) -> T:
    return make_work()(item)


def _task(do: Callable[..., T], wanted: Program | None, *arguments: Any) -> T:
    """Run a task on a worker; an error names it."""
    from distributed import get_worker

    if wanted is not None and program() != wanted:
        raise ClusterError(
            f"worker {get_worker().address} has {program()}, and the others {wanted}: the bytes would differ"
        )
    try:
        return do(*arguments)
    except LdaCliError as error:
        raise type(error)(f"worker {get_worker().address}: {error}") from None
    except OSError as error:
        raise ClusterError(
            f"worker {get_worker().address}: {error.filename}: {in_words(error)}; all workers must see the "
            "folder of the model, and the corpus"
        ) from None
    except MemoryError:
        raise ClusterError(f"worker {get_worker().address}: out of memory; use more shards") from None


def size_of(address: str, threads: int | str) -> tuple[int, int]:
    """The number of workers, and of their threads, without starting any. Raises as `connected`."""
    if address.startswith(LOCAL):
        return _local(address, threads)
    with connected(address, threads) as cluster:
        assert cluster is not None
        workers = cluster.workers
        return len(workers), sum(workers.values())


def _local(address: str, threads: int | str) -> tuple[int, int]:
    """The number of workers of this machine, and of their threads."""
    n_threads = count_threads(threads)
    n_workers = int(address.partition(":")[2] or n_threads)
    return n_workers, max(n_workers, n_threads)


@contextlib.contextmanager
def connected(address: str | None, threads: int | str) -> Iterator[Cluster | None]:
    """Connect to a cluster, or start one on this machine, which ends with the block.

    address : training.cluster of a config; threads : training.threads

    Raises ConfigError if Dask is not installed, ClusterError if there is no scheduler.
    """
    if address is None:
        yield None
        return
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise ConfigError(
            'training.cluster needs Dask, which is not installed; pip install "lda-cli[dask]"'
        ) from None
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":  # what matters becomes an error here
            logging.getLogger(name).setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        if address.startswith(LOCAL):
            n_workers, n_threads = _local(address, threads)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=".lda-cli-"))
            dask_config = {
                "temporary-directory": folder,
                "distributed.scheduler.allowed-failures": _LOSSES_OF_A_TASK,
            }
            stack.enter_context(dask.config.set(dask_config))
            scheduler = _on_this_machine(LocalCluster, n_workers, address)
            stack.callback(scheduler.close)
            cluster = Cluster(_client(Client, scheduler, address), address, n_threads // n_workers)
        else:
            cluster = Cluster(_client(Client, address, address), address, 0)
        stack.callback(cluster.close)
        yield cluster


def _on_this_machine(make: Callable[..., Any], n_workers: int, address: str) -> Any:
    """Start workers that listen on this machine only."""
    try:
        with blocked():  # Ctrl-C is for this process
            return make(
                n_workers=n_workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # 8787 may be in use
                silence_logs=logging.CRITICAL,
                memory_limit=0,
            )
    except (OSError, RuntimeError) as error:
        why = "use fewer, or allow more processes and open files"
        raise ClusterError(f"{address}: the workers did not start ({error}); {why}") from error


def _client(make: Callable[[Any], Any], scheduler: Any, address: str) -> Any:
    try:
        return make(scheduler)
    except TypeError:  # TLS without certificates
        why = "set ca-file, and cert and key of client, in distributed.comm.tls of Dask's own config"
        raise ClusterError(f"{address}: {why}") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise ClusterError(f"{address}: no scheduler answers; start one with: dask scheduler") from error
