"""Work in other processes: order, errors and memory as with one process, and no process left behind."""

import functools
import itertools
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from lda_cli.config import CorpusConfig, TokenizerConfig, VocabularyConfig
from lda_cli.corpus import workers
from lda_cli.corpus.counts.counters import ChunkCounter, Counted, KnownTerms
from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.documents.readers import Chunk, Reader
from lda_cli.corpus.inputs.report import Report
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.corpus.workers import CHUNKS_A_PROCESS, in_order
from lda_cli.errors import CorpusError, LdaCliError
from lda_cli.inference import _counter
from tests.corpus.reading import build_of, inputs_of

N = 40


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    n_threads = threading.active_count()
    yield
    assert multiprocessing.active_children() == []
    assert threading.active_count() == n_threads


def numbered(n: int = N) -> Iterator[Chunk]:
    """Chunks that are their number, so many that processes are started for them."""
    return (Chunk((), Report(), first=number) for number in range(n))


def sleeping() -> Callable[[Chunk], int]:
    """Takes less than 5 ms, and more for some chunks than for those that follow."""

    def work(chunk: Chunk) -> int:
        time.sleep(random.Random(chunk.first).uniform(0, 0.005))
        return chunk.first

    return work


def process_id() -> Callable[[Chunk], int]:
    return lambda chunk: os.getpid()


def fails_at(*numbers: int, seconds: float = 0) -> Callable[[Chunk], int]:
    def work(chunk: Chunk) -> int:
        if chunk.first in numbers:
            time.sleep(seconds)
            raise CorpusError(f"chunk {chunk.first} is bad; mend it")
        return chunk.first

    return work


def killed_at(number: int) -> Callable[[Chunk], int]:
    def work(chunk: Chunk) -> int:
        if chunk.first == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk.first

    return work


def killed_while_it_sends() -> Callable[[Chunk], bytes]:
    """The fourth result is so large that it is still on its way."""

    def work(chunk: Chunk) -> bytes:
        if chunk.first != 3:
            return b""
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return bytes(1 << 25)

    return work


def busy() -> Callable[[Chunk], int]:
    """All but the first chunk take for ever."""

    def work(chunk: Chunk) -> int:
        time.sleep(600 if chunk.first else 0)
        return chunk.first

    return work


@pytest.mark.parametrize("n_processes", [1, 2, 5])
def test_results_come_in_the_order_of_the_chunks(n_processes: int) -> None:
    assert list(in_order(sleeping, numbered(), n_processes)) == list(range(N))


@pytest.mark.parametrize("pause_after", [0, 1, 20])
def test_nothing_is_asked_for_behind_a_pause_before_what_came_is_answered(pause_after: int) -> None:
    answered: list[int] = []

    def steps() -> Iterator[Chunk | None]:
        for chunk in numbered():
            yield chunk
            if chunk.first >= pause_after:
                yield None
                assert answered[-1] == chunk.first

    for number in in_order(sleeping, steps(), 2):
        answered.append(number)
    assert answered == list(range(N))


def test_work_is_done_in_as_many_processes_as_asked_for_and_not_in_this_one() -> None:
    used = set(in_order(process_id, numbered(400), 2))
    assert os.getpid() not in used
    assert 1 <= len(used) <= 2


@pytest.mark.parametrize("n_chunks", [0, 1, 3])
def test_little_work_is_done_here(n_chunks: int) -> None:
    assert set(in_order(process_id, numbered(n_chunks), 2)) <= {os.getpid()}


@pytest.mark.parametrize("n_processes", [1, 2, 5])
@pytest.mark.parametrize("error", [LdaCliError("listing"), OSError(5, "listing")])
def test_error_of_a_chunk_comes_before_a_later_one_of_the_listing(n_processes: int, error: Exception) -> None:
    def listing() -> Iterator[Chunk]:
        yield from numbered(12)
        raise error

    late = functools.partial(fails_at, 10, seconds=0.2)
    results = in_order(late, listing(), n_processes)
    assert list(itertools.islice(results, 10)) == list(range(10))
    with pytest.raises(CorpusError, match=r"^chunk 10 is bad; mend it$"):
        next(results)

    results = in_order(sleeping, listing(), n_processes)
    assert list(itertools.islice(results, 12)) == list(range(12))
    with pytest.raises(type(error), match="listing"):
        next(results)


@pytest.mark.parametrize("n_processes", [1, 2, 5])
def test_first_bad_chunk_is_the_one_that_is_told(n_processes: int) -> None:
    def work() -> Callable[[Chunk], int]:
        slow, quick = fails_at(11, seconds=0.2), fails_at(12, 13)
        return lambda chunk: slow(chunk) + 0 * quick(chunk)

    results = in_order(work, numbered(), n_processes)
    with pytest.raises(CorpusError, match="chunk 11 is bad"):
        list(results)


def test_process_that_is_killed_is_an_error() -> None:
    started = time.monotonic()
    with pytest.raises(CorpusError, match="a process that read the corpus was killed"):
        list(in_order(functools.partial(killed_at, 20), numbered(), 2))
    assert time.monotonic() - started < 10


def test_process_that_is_killed_while_it_sends_a_result_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    # the pool's own thread waits for the rest of the result, and waited for ever
    monkeypatch.setattr(workers, "_SECONDS_BETWEEN_LOOKS", 0.1)
    monkeypatch.setattr(workers.ProcessPoolExecutor, "submit", submit_to_a_slow_reader)
    with pytest.raises(CorpusError, match="a process that read the corpus was killed"):
        list(in_order(killed_while_it_sends, numbered(), 2))


_submit = workers.ProcessPoolExecutor.submit


def submit_to_a_slow_reader(pool: workers.ProcessPoolExecutor, *work: object) -> object:
    """What the pool reads of its results comes a little at a time."""
    if not hasattr(pool._result_queue._reader, "slow"):
        reader = pool._result_queue._reader
        read = reader._recv

        def slowly(size: int, read: Callable[..., object] = read) -> object:
            if size > 1 << 20:
                time.sleep(0.6)
            return read(size)

        reader._recv = slowly
        reader.slow = True
    return _submit(pool, *work)


def test_closing_waits_for_no_work() -> None:
    # Ctrl-C while a process reads a huge file, or a pattern takes for ever
    started = time.monotonic()
    results = in_order(busy, numbered(), 2)
    assert next(results) == 0
    results.close()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("n_processes", [2, 5])
def test_chunks_are_read_only_as_far_as_their_results_are_taken(n_processes: int) -> None:
    n_read = 0

    def counted() -> Iterator[Chunk]:
        nonlocal n_read
        for chunk in numbered(10_000):
            n_read += 1
            yield chunk

    results = in_order(sleeping, counted(), n_processes)
    ahead = max(CHUNKS_A_PROCESS * n_processes, workers._MANY_CHUNKS)
    for n_taken in range(1, 60):
        next(results)
        assert n_read <= n_taken + ahead
        time.sleep(0.001)
    results.close()


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (os, "fork", BlockingIOError(11, "Resource temporarily unavailable")),
        (workers, "ProcessPoolExecutor", NotImplementedError("no semaphores")),
        (threading.Thread, "start", RuntimeError("can't start new thread")),
    ],
)
@pytest.mark.parametrize("nth", [0, 1])
def test_where_no_process_can_be_started_the_work_is_done_here(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, error: Exception, nth: int
) -> None:
    original, calls = getattr(owner, name), itertools.count()

    def limited(*arguments: object, **options: object) -> object:
        if next(calls) >= nth or name != "fork":
            raise error
        return original(*arguments, **options)

    monkeypatch.setattr(owner, name, limited)
    assert set(in_order(process_id, numbered(), 3)) == {os.getpid()}


def test_signal_handlers_and_mask_are_as_before() -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    results = in_order(sleeping, numbered(), 2)
    next(results)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    results.close()


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_all_that_is_sent_may_be_sent_to_a_process_that_starts_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.setattr(workers, "_START", start)
    monkeypatch.setattr(dividing, "CHUNK_FILES", 1)
    for number in range(12):
        (tmp_path / f"{number}.txt").write_bytes(b"moon orbit\nsail \xff\n")
    config = CorpusConfig(on_error="replace", path=str(tmp_path))
    tokenizer = Tokenizer(TokenizerConfig(pattern=r"\w+", stemming="english"), ["and"])
    known = KnownTerms(tokenizer, ["moon", "sail"], ["and"])
    inputs = [str(tmp_path), str(tmp_path / "1.txt")]
    for make_work, told in (
        (functools.partial(ChunkCounter, Reader(config), tokenizer), all_built),
        (functools.partial(_counter, known, tokenizer, Reader(config), True), list),
    ):
        here, there = (
            told(in_order(make_work, chunks(inputs_of(*inputs, corpus=config)), n)) for n in (1, 2)
        )
        assert repr(here) == repr(there)


def all_built(counted: Iterable[Counted]) -> list[object]:
    """What chunks tell and hold; which process has numbered a term does not matter."""
    kept = list(counted)
    rules = VocabularyConfig(stop_words="none", min_df=1, max_df=1.0)
    corpus = build_of(kept, Tokenizer(TokenizerConfig()), rules, [])
    told = [(chunk.ids, chunk.report, chunk.files) for chunk in kept]
    return [told, corpus.terms, corpus.counts.toarray().tolist()]
