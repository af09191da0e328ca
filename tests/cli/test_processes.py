"""The processes that read a corpus: their number does not show, and none is left, whatever ends a run."""

import gzip
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import COMMAND, QUICK, THEMES, done, environment, lda, untimed, write
from .test_bad_output import shell
from .test_interruption import SIGNALS, started

WORDS = " ".join(THEMES.values()).split()


def lines(n_bytes: int, seed: int = 0) -> str:
    """Documents of 120 words of the themes."""
    rng = random.Random(seed)
    some = [" ".join(rng.choices(WORDS, k=120)) for _ in range(200)]
    return "".join(f"{line}\n" for line in rng.choices(some, k=n_bytes // 800))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough for several pieces: a file of lines, and a folder; read only."""
    folder = tmp_path_factory.mktemp("large")
    texts = {f"{number}.txt": lines(400_000, number) for number in range(6)}
    return write(folder, {"lines.txt": lines(2_500_000), **{f"folder/{name}": texts[name] for name in texts}})


def children(process: int) -> list[int]:
    """The processes that a process has started and that live, by /proc."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it is gone
            continue
        if int(parent) == process and state != "Z":
            found.append(int(status.parent.name))
    return found


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def slow_pattern(folder: Path) -> tuple[list[object], Path]:
    """A corpus whose second half takes minutes: a pattern tries every division of a run of letters."""
    good = {f"{number:02}.txt": "moon orbit\n" for number in range(3)}
    bad = {f"z{number}.txt": "moon orbit " * 50_000 + "a" * 40 + "!\n" for number in range(4)}
    corpus = write(folder / "corpus", good | bad)
    config = "tokenizer: {pattern: '(?:(?:[a-z]+)+(?= |$))'}\ntraining: {threads: 2}\n"
    write(folder, {"slow.yaml": config})
    return ["train", corpus, "-c", "slow.yaml", "--model", "new"], corpus


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A run whose processes are at work, and will be for long; and they."""
    arguments, _ = slow_pattern(tmp_path)
    with started(*arguments, cwd=tmp_path) as process:
        until(lambda: len(children(process.pid)) == 2)
        workers = children(process.pid)
        time.sleep(0.3)
        assert sorted(os.listdir(tmp_path)) == [".new.run", "corpus", "slow.yaml"]
        try:
            yield process, workers
        finally:
            for worker in filter(lives, workers):
                os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize(("number", "status"), SIGNALS)
@pytest.mark.parametrize("to", ["process", "group"])
def test_stopped_while_reading_leaves_nothing(
    tmp_path: Path, reading: tuple[subprocess.Popen[str], list[int]], number: int, status: int, to: str
) -> None:
    process, workers = reading
    if to == "group":  # some send a signal to one process after the other, as systemd does
        for worker in workers:
            os.kill(worker, number)
        time.sleep(0.05)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout) == (status, "")
    assert stderr == f"lda-cli: {'interrupted' if status == 130 else 'terminated'}\n"
    assert not any(map(lives, workers))
    assert sorted(os.listdir(tmp_path)) == ["corpus", "slow.yaml"]


@pytest.mark.parametrize("after", [0.0, 0.03, 0.1])
def test_ctrl_c_at_any_time_is_one_line(tmp_path: Path, large: Path, model: Path, after: float) -> None:
    # a copy of the process that was not yet told to leave it to the first one wrote a traceback
    with subprocess.Popen(
        [*COMMAND, "infer", "--words", large / "lines.txt", "-o", "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment({"LDA_CLI_TRAINING_THREADS": "4"}),
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        until(lambda: list(tmp_path.glob(".out.*")) or process.poll() is not None)
        time.sleep(after)
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout, stderr) == (130, "", "lda-cli: interrupted\n")
    assert sorted(os.listdir(tmp_path)) == ["model"]
    until(lambda: not is_there(process.pid))


def is_there(group: int) -> bool:
    """Whether a process of a group is left, if only to be waited for by whoever has that to do."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_run_leaves_no_process(tmp_path: Path, large: Path, model: Path) -> None:
    write(tmp_path, {"two.yaml": "training: {threads: 2}\n"})
    with started("infer", "--words", large / "lines.txt", "--config", "two.yaml", cwd=tmp_path) as process:
        until(lambda: len(children(process.pid)) == 2)  # nobody reads its output: it stays here
        workers = children(process.pid)
        process.kill()
        process.wait()
        until(lambda: not any(map(lives, workers)), seconds=5)


def test_killed_worker_is_one_line(reading: tuple[subprocess.Popen[str], list[int]]) -> None:
    process, workers = reading
    os.kill(workers[0], signal.SIGKILL)
    stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout) == (3, "")
    last = "lda-cli: error: a process that read the corpus was killed; is there memory enough?"
    assert stderr == f"{last}\n"
    assert not any(map(lives, workers))


def test_killed_run_leaves_no_process_and_no_lock_though_a_pattern_takes_for_ever(
    tmp_path: Path, reading: tuple[subprocess.Popen[str], list[int]]
) -> None:
    process, workers = reading
    process.kill()
    process.communicate(timeout=10)
    write(tmp_path, {"quick.txt": "moon orbit\nmoon sail\n"})
    quick = ["train", "quick.txt", "--model", "new", "--set", "vocabulary.min_df=1"]
    done(lda(*quick, "--set", "vocabulary.max_df=1.0", "--topics", 2, cwd=tmp_path))
    assert not any(map(lives, workers))


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_what_is_said_is_the_same_for_any_number_of_processes(tmp_path: Path, on_error: str) -> None:
    files = {f"{number:04}.txt": b"moon sail oven\n" for number in range(3000)}
    for number in range(700, 3000, 100):
        files[f"{number:04}.txt"] = b"caf\xe9 moon\n"
    corpus = write(tmp_path / "corpus", files)
    for number in (1, 1650, 2999):
        (corpus / f"{number:04}.link").symlink_to("nowhere")
    links = [] if on_error == "skip" else ["--set", 'corpus.exclude=["*1.link"]']
    options = [*QUICK, "--set", "vocabulary.max_df=1.0", "--set", f"corpus.on_error={on_error}", *links]
    told = []
    for threads in (1, 3):
        result = lda("train", "corpus", *options, "--threads", threads, "--verbose", cwd=tmp_path)
        shutil.rmtree(tmp_path / "model", ignore_errors=True)
        said = [line for line in untimed(result.stderr) if " s" not in line or "skipped" in line]
        told.append((result.status, said[:21]))
    assert told[0] == told[1]
    assert told[0][0] == (0 if on_error == "skip" else 3)


def test_lines_of_an_open_pipe_are_answered_at_once(tmp_path: Path, model: Path) -> None:
    with started("infer", "--min-share", 0, "-", cwd=tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def send(text: str) -> float:
            process.stdin.write(text)
            process.stdin.flush()
            return time.monotonic()

        def answer() -> str:
            record: dict[str, str] = json.loads(process.stdout.readline())
            return record["id"]

        send("moon orbit\n")
        assert answer() == "stdin:1"  # whenever Python is there
        for number in range(2, 6):
            sent = send("moon orbit\n")
            assert answer() == f"stdin:{number}"
            assert time.monotonic() - sent < 1
        sent = send("moon orbit\nsail anchor\nbutter o")
        assert [answer(), answer()] == ["stdin:6", "stdin:7"]
        assert time.monotonic() - sent < 1
        time.sleep(0.2)
        sent = send("ven\n")
        assert answer() == "stdin:8"
        assert time.monotonic() - sent < 1
        send("no new line")
        process.stdin.close()
        assert answer() == "stdin:9"
        assert process.stdout.read() == ""
        assert process.wait(timeout=10) == 0
        process.stdin = None


def test_gz_on_standard_input_is_unpacked(tmp_path: Path, model: Path) -> None:
    packed = gzip.compress(b"moon orbit\n" * 9, mtime=0)
    result = lda("infer", "-", cwd=tmp_path, stdin=packed)
    assert (result.status, result.stderr) == (0, "")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [
        f"stdin:{n}" for n in range(1, 10)
    ]


@pytest.mark.parametrize("n_lines", [0, 700])
def test_closed_pipe_ends_the_processes_quietly(
    tmp_path: Path, large: Path, model: Path, n_lines: int
) -> None:
    command = f"LDA_CLI_TRAINING_THREADS=3 $LDA infer --words {large / 'lines.txt'} {large / 'folder'}"
    statuses, stdout, stderr = shell(f"{command} | head -n {n_lines}", tmp_path)
    assert (statuses, stderr) == ([0, 0], "")
    assert stdout.count("\n") == n_lines


@pytest.mark.parametrize(("limit", "threads"), [(64, 2), (24, 12)])
def test_few_open_files_are_enough(
    tmp_path: Path, large: Path, model: Path, limit: int, threads: int
) -> None:
    write(tmp_path, {"some.txt": lines(2_200_000)})
    env = {"LDA_CLI_TRAINING_THREADS": str(threads)}
    few = lda(
        *("infer", "some.txt"),
        cwd=tmp_path,
        env=env,
        before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
    )
    assert done(few).count("\n") == (tmp_path / "some.txt").read_bytes().count(b"\n")
    assert few.stderr == ""
