"""The processes that read a corpus: their number does not show, and none is left, whatever ends a run."""

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.command import COMMAND, QUICK, done, environment, lda, shell, untimed
from tests.helpers.files import write
from tests.helpers.processes import children, ended, lives, slow_pattern, started, ticks, until
from tests.helpers.themes import THEMES

WORDS = " ".join(THEMES.values()).split()


def lines(n_bytes: int) -> str:
    """Documents of 120 words of the themes."""
    rng = random.Random(0)
    some = [" ".join(rng.choices(WORDS, k=120)) for _ in range(200)]
    return "".join(f"{line}\n" for line in rng.choices(some, k=n_bytes // 800))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough for several chunks: a file of lines, and a folder; read only."""
    folder = tmp_path_factory.mktemp("large")
    return write(folder, {"lines.txt": lines(2_500_000), "folder/0.txt": "moon", "folder/1.txt": "sail"})


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A run whose processes are at work, and will be for long; and they."""
    arguments, _ = slow_pattern(tmp_path)
    with started(*arguments, cwd=tmp_path) as process:
        until(lambda: len(children(process.pid)) == 2)
        workers = children(process.pid)
        until(lambda: min(map(ticks, workers)) > 10)
        assert sorted(os.listdir(tmp_path)) == [".new.run", "corpus", "slow.yaml"]
        try:
            yield process, workers
        finally:
            for worker in filter(lives, workers):
                os.kill(worker, signal.SIGKILL)


def test_stopped_while_reading_leaves_nothing(
    tmp_path: Path, reading: tuple[subprocess.Popen[str], list[int]]
) -> None:
    process, workers = reading
    for each in (*workers, process.pid):  # one after the other, as systemd does
        os.kill(each, signal.SIGTERM)
    assert ended(process) == (143, "", "lda-cli: terminated\n")
    assert not any(map(lives, workers))
    assert sorted(os.listdir(tmp_path)) == ["corpus", "slow.yaml"]


def test_ctrl_c_is_one_line(tmp_path: Path, large: Path, model: Path) -> None:
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
        until(lambda: children(process.pid) or process.poll() is not None)
        os.killpg(process.pid, signal.SIGINT)
        assert ended(process) == (130, "", "lda-cli: interrupted\n")
    assert sorted(os.listdir(tmp_path)) == ["model"]
    until(lambda: not is_there(process.pid))


def is_there(group: int) -> bool:
    """Whether a process of a group is left, if only to be waited for by its parent."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_run_leaves_no_process_and_no_lock(
    tmp_path: Path, reading: tuple[subprocess.Popen[str], list[int]]
) -> None:
    process, workers = reading
    process.kill()
    ended(process)
    write(tmp_path, {"quick.txt": "moon orbit\nmoon sail\n"})
    quick = ["train", "quick.txt", "--model", "new", "--set", "vocabulary.min_df=1"]
    done(lda(*quick, "--set", "vocabulary.max_df=1.0", "--topics", 2, cwd=tmp_path))
    until(lambda: not any(map(lives, workers)))


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_what_is_said_is_the_same_for_any_number_of_processes(tmp_path: Path, on_error: str) -> None:
    files = {f"{number:04}.txt": b"moon sail oven\n" for number in range(1200)}
    for number in range(700, 1200, 50):
        files[f"{number:04}.txt"] = b"caf\xe9 moon\n"
    corpus = write(tmp_path / "corpus", files)
    for number in (1, 650, 1199):
        (corpus / f"{number:04}.link").symlink_to("nowhere")
    links = [] if on_error == "skip" else ["--set", 'corpus.exclude=["*1.link"]']
    settings = ("vocabulary.max_df=1.0", "corpus.cache=none", f"corpus.on_error={on_error}")
    options = [*QUICK, *(part for setting in settings for part in ("--set", setting)), *links]
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

        def send(text: str) -> None:
            process.stdin.write(text)
            process.stdin.flush()

        def answer() -> str:  # waits for it, or for ever if it comes only with the next line
            record: dict[str, str] = json.loads(process.stdout.readline())
            return record["id"]

        for number in range(1, 6):
            send("moon orbit\n")
            assert answer() == f"stdin:{number}"
        send("moon orbit\nsail anchor\nbutter o")
        assert [answer(), answer()] == ["stdin:6", "stdin:7"]
        send("ven\n")
        assert answer() == "stdin:8"
        send("no new line")
        process.stdin.close()
        assert answer() == "stdin:9"
        assert process.stdout.read() == ""
        assert process.wait() == 0
        process.stdin = None


def test_closed_pipe_ends_the_processes_quietly(tmp_path: Path, large: Path, model: Path) -> None:
    command = f"LDA_CLI_TRAINING_THREADS=3 $LDA infer --words {large / 'lines.txt'} {large / 'folder'}"
    statuses, stdout, stderr = shell(f"{command} | head -n 200", tmp_path)
    assert (statuses, stdout.count("\n"), stderr) == ([0, 0], 200, "")
