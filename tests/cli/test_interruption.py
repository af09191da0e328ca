"""A run that is told to stop: its status says so, nothing is left behind, a former model stands."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.failing import names_in
from tests.models import reseal

from .conftest import COMMAND, QUICK, assert_refused, done, environment, lda, unchanged, untimed, write

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
LONG = ["--set", "training.passes=3000", "--threads", 2, "--verbose"]
SHORTER = ["--set", "training.passes=1000", *LONG[2:]]


@contextmanager
def started(*arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A running lda-cli that heeds SIGINT, though the shell that runs the tests may ignore it."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 (no threads)
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stop(process: subprocess.Popen[str], number: int) -> tuple[int, str, str]:
    """Send a signal as timeout does, to the process, and then to its group: twice lost the checkpoint."""
    process.send_signal(number)
    time.sleep(0.003)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    return process.returncode, stdout, stderr


def stopped_in_training(process: subprocess.Popen[str], number: int) -> tuple[int, list[str]]:
    """Stop a verbose training after its first pass: its status, and what it said then."""
    assert process.stderr is not None
    assert any("pass 1:" in line for line in process.stderr)
    found, stdout, stderr = stop(process, number)
    assert stdout == ""
    assert "Traceback" not in stderr
    return found, stderr.splitlines()


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_interrupted_training_leaves_the_former_model_and_goes_on_to_the_same_bytes(
    tmp_path: Path, corpus: Path, model: Path, number: int, status: int
) -> None:
    with unchanged(model), started("train", corpus, *QUICK, *SHORTER, "--force", cwd=tmp_path) as process:
        found, lines = stopped_in_training(process, number)
    assert found == status
    assert "the same command goes on from there" in lines[-2]
    assert lines[-1].endswith(("interrupted", "terminated"))
    assert names_in(tmp_path) == {"model", ".model.cache", ".model.run"}
    assert names_in(tmp_path / ".model.run") == {"checkpoint", "status.json"}
    assert json.loads((tmp_path / ".model.run/status.json").read_text())["state"] == "stopped"

    went_on = lda("train", corpus, *QUICK, *SHORTER, "--force", cwd=tmp_path)
    assert (went_on.status, "an earlier training was stopped; this one goes on" in went_on.stderr) == (
        0,
        True,
    )
    assert names_in(tmp_path) == {"model", ".model.cache"}
    phi = (model / "phi.npy").read_bytes()
    *passes, result = map(json.loads, (model / "history.jsonl").read_text().splitlines())
    assert [line["pass"] for line in passes] == list(range(1, 1001))
    assert result["result"] is True
    if number == signal.SIGTERM:
        done(lda("train", corpus, *QUICK, *SHORTER, "--force", cwd=tmp_path))
        assert (model / "phi.npy").read_bytes() == phi


def test_checkpoint_of_another_training_is_not_used_and_it_is_said_why(tmp_path: Path, corpus: Path) -> None:
    with started("train", corpus, *QUICK, *LONG, cwd=tmp_path) as process:
        stopped_in_training(process, signal.SIGTERM)
    other = lda("train", corpus, *QUICK, "--seed", 5, cwd=tmp_path)
    assert (other.status, names_in(tmp_path)) == (0, {"model", ".model.cache"})
    assert "the checkpoint of an earlier run is not used: training.passes was 3000, and is 4" in other.stderr


def test_second_training_of_a_model_is_turned_away_or_waits(tmp_path: Path, corpus: Path) -> None:
    with started("train", corpus, *QUICK, *LONG, cwd=tmp_path) as process:
        assert process.stderr is not None
        assert any("pass 1:" in line for line in process.stderr)
        second = lda("train", corpus, *QUICK, cwd=tmp_path)
        assert_refused(second, 6, f"model: process {process.pid} on ", "--wait SECONDS")
        with started("train", corpus, *QUICK, "--wait", 60, "--if-changed", cwd=tmp_path) as waiting:
            assert waiting.stderr is not None
            assert f"waiting for process {process.pid}" in waiting.stderr.readline()
            stop(process, signal.SIGKILL)
            assert waiting.wait(60) == 0
    assert names_in(tmp_path) == {"model", ".model.cache"}


def test_time_limit_ends_with_a_model_and_the_next_run_goes_on(tmp_path: Path, corpus: Path) -> None:
    limited = ["--set", "training.passes=400", "--set", "training.max_minutes=1e-6"]
    cut_short = lda("train", corpus, *QUICK, *limited, cwd=tmp_path)
    assert cut_short.status == 7
    assert "the time is up" in cut_short.stderr
    assert names_in(tmp_path) == {"model", ".model.cache", ".model.run"}
    done(lda("inspect", cwd=tmp_path))
    quiet = lda("train", corpus, *QUICK, *limited[:2], "--if-changed", "--quiet", cwd=tmp_path)
    assert (quiet.status, quiet.stderr) == (0, "")
    assert names_in(tmp_path) == {"model", ".model.cache"}
    phi = (tmp_path / "model/phi.npy").read_bytes()
    assert "up to date" in lda("train", corpus, *QUICK, *limited, "--if-changed", cwd=tmp_path).stderr
    done(lda("train", corpus, *QUICK, *limited[:2], "--force", "--no-resume", cwd=tmp_path))
    assert (tmp_path / "model/phi.npy").read_bytes() == phi


def test_slow_pattern_can_be_interrupted(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"a.txt": "moon orbit " + "a" * 60})
    reseal(model, lambda data: data["config"]["tokenizer"].update(pattern="(?:a+)+b|[a-z]+"))
    with unchanged(tmp_path), started("infer", "a.txt", "-o", "out", cwd=tmp_path) as process:
        while not any(tmp_path.glob(".out.*")):
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0.5)
        assert process.poll() is None
        found, stdout, stderr = stop(process, signal.SIGINT)
        assert (found, stdout, stderr) == (130, "", "lda-cli: interrupted\n")


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_interrupted_inference_leaves_the_former_output(
    tmp_path: Path, model: Path, number: int, status: int
) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("former\n")
    with unchanged(tmp_path), started("infer", "-", "-o", output, cwd=tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write("moon orbit\n")
        process.stdin.flush()
        until = time.monotonic() + 30
        while not list(tmp_path.glob(".out.jsonl.*")):
            assert time.monotonic() < until
            time.sleep(0.02)
        found, stdout, stderr = stop(process, number)
        assert (found, stdout) == (status, "")
        assert stderr.count("\n") == 1


def wait_for_first_line(process: subprocess.Popen[str]) -> None:
    """Python catches SIGINT from its start on, and lda-cli, in its first line, no more."""
    for is_caught in (True, False):
        until = time.monotonic() + 30
        while is_caught != bool(signals_caught(process.pid) >> (signal.SIGINT - 1) & 1):
            assert time.monotonic() < until
            time.sleep(0.001)


def signals_caught(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:"))


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc to see which signals are caught"
)
def test_interrupt_at_any_moment_shows_no_traceback_and_leaves_the_former_model(
    tmp_path: Path, corpus: Path, model: Path
) -> None:
    found = set()
    for moment in range(8):
        with started("train", corpus, *QUICK, *LONG, "--force", cwd=tmp_path) as process, unchanged(model):
            wait_for_first_line(process)
            time.sleep(0.06 * moment)
            status, stdout, stderr = stop(process, signal.SIGINT)
        found.add(status)
        assert (status in (130, -signal.SIGINT), stdout) == (True, "")
        assert all(line.startswith("lda-cli: ") for line in untimed(stderr)), stderr
    assert -signal.SIGINT in found
