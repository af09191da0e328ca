"""A run that is told to stop: its status says so, nothing is left behind, a former model stands."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import COMMAND, QUICK, environment, unchanged

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


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
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    return process.returncode, stdout, stderr


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_interrupted_training_leaves_the_former_model(
    tmp_path: Path, corpus: Path, model: Path, number: int, status: int
) -> None:
    endless = ["--set", "training.passes=100000", "--threads", 2, "--verbose", "--force"]
    with unchanged(tmp_path), started("train", corpus, *QUICK, *endless, cwd=tmp_path) as process:
        assert process.stderr is not None
        assert any(line.startswith("lda-cli: pass 1:") for line in process.stderr)
        found, stdout, stderr = stop(process, number)
        assert (found, stdout) == (status, "")
        last = stderr.splitlines()[-1]
        assert last.startswith(("lda-cli: interrupted", "lda-cli: terminated"))
        assert "Traceback" not in stderr


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
