"""The processes that read a corpus: their number does not show, and none is left, whatever ends a run."""

import json
import os
import random
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
        env=environment({"LDA_CLI_TRAINING_THREADS": "4", "LDA_CLI_CORPUS_FORMAT": "lines"}),
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


def test_closed_pipe_ends_the_processes_quietly(tmp_path: Path, large: Path, model: Path) -> None:
    inputs = f"{large / 'lines.txt'} {large / 'folder'}"
    command = f"LDA_CLI_CORPUS_FORMAT=lines LDA_CLI_TRAINING_THREADS=3 $LDA infer --words {inputs}"
    statuses, stdout, stderr = shell(f"{command} | head -n 200", tmp_path)
    assert (statuses, stdout.count("\n"), stderr) == ([0, 0], 200, "")


def test_what_is_skipped_is_the_same_for_any_number_of_processes(tmp_path: Path) -> None:
    files = {f"{n:04}.txt": b"moon sail\n" if n % 50 else b"caf\xe9 moon\n" for n in range(1200)}
    corpus = write(tmp_path / "corpus", files)
    for number in (1, 650, 1199):
        (corpus / f"{number:04}.link").symlink_to("nowhere")
    settings = ("vocabulary.max_df=1.0", "corpus.cache=none", "corpus.on_error=skip")
    options = [*QUICK, *(part for setting in settings for part in ("--set", setting)), "--force"]
    said = []
    for threads in (1, 3):
        result = lda("train", "corpus", *options, "--threads", threads, "--verbose", cwd=tmp_path)
        assert done(result) == ""
        said.append([line for line in untimed(result.stderr) if "skipped" in line])
    assert said[0] == said[1]
    assert said[0][0].startswith("lda-cli: 27 skipped, first: corpus/")


def test_lines_of_an_open_pipe_are_answered_at_once(tmp_path: Path, model: Path) -> None:
    with started("infer", "-", cwd=tmp_path) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None
        for text, numbers in (("moon\n", [1]), ("oven\n", [2]), ("sail\nmoon\nbut", [3, 4]), ("ter\n", [5])):
            stdin.write(text)
            stdin.flush()
            for number in numbers:  # an answer that came only with the next line would never come
                assert json.loads(stdout.readline())["id"] == f"stdin:{number}"
        stdin.write("no new line")
        status, last, _ = ended(process)
        assert (status, json.loads(last)["id"]) == (0, "stdin:6")
