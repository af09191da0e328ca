"""A run that is stopped: its status says so, nothing is left behind, a former model stands.

Each signal, a time limit and the bytes of a training that goes on are rows of tests/trust.
"""

import json
import signal
import subprocess
import time
from pathlib import Path

from tests.helpers.command import QUICK, Result, done, lda, untimed
from tests.helpers.failing import names_in
from tests.helpers.files import unchanged, write
from tests.helpers.models import reseal
from tests.helpers.processes import LONG, ended, started, ticks, until

SHORTER = ["--set", "training.passes=400", *LONG[2:]]


def stop(process: subprocess.Popen[str], number: int) -> Result:
    """Send a signal as timeout does, to the process, and then to its group: twice lost the checkpoint."""
    process.send_signal(number)
    time.sleep(0.003)
    process.send_signal(number)
    return ended(process)


def wait_for_a_pass(process: subprocess.Popen[str]) -> None:
    """Return when a verbose training has done its first pass."""
    assert process.stderr is not None
    assert any("pass 1:" in line for line in process.stderr)


def test_interrupted_training_leaves_the_former_model_and_goes_on(
    tmp_path: Path, corpus: Path, model: Path
) -> None:
    command = ["train", corpus, *QUICK, *SHORTER, "--force"]
    with unchanged(model), started(*command, cwd=tmp_path) as process:
        wait_for_a_pass(process)
        status, stdout, stderr = stop(process, signal.SIGTERM)
    assert (status, stdout, "Traceback" in stderr) == (143, "", False)
    *_, goes_on, last = stderr.splitlines()
    assert "run the same command again to continue" in goes_on
    assert last.endswith("terminated")
    assert names_in(tmp_path) == {"model", ".model.cache", ".model.run"}
    assert names_in(tmp_path / ".model.run") == {"checkpoint", "status.json"}
    assert json.loads((tmp_path / ".model.run/status.json").read_text())["state"] == "stopped"

    went_on = lda(*command, cwd=tmp_path)
    done(went_on)
    assert "continuing a stopped training after" in went_on.stderr
    assert names_in(tmp_path) == {"model", ".model.cache"}
    *passes, result = map(json.loads, (model / "history.jsonl").read_text().splitlines())
    assert [line["pass"] for line in passes] == list(range(1, 401))
    assert result["result"] is True


def test_second_training_of_a_model_waits(tmp_path: Path, corpus: Path) -> None:
    with started("train", corpus, *QUICK, *LONG, cwd=tmp_path) as process:
        wait_for_a_pass(process)
        with started("train", corpus, *QUICK, "--wait", 300, "--if-changed", cwd=tmp_path) as waiting:
            assert waiting.stderr is not None
            assert f"waiting for process {process.pid}" in waiting.stderr.readline()
            stop(process, signal.SIGKILL)
            assert ended(waiting)[0] == 0
    assert names_in(tmp_path) == {"model", ".model.cache"}


def test_slow_pattern_can_be_interrupted(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"a.txt": "moon orbit " + "a" * 60})
    reseal(model, lambda data: data["config"]["tokenizer"].update(pattern="(?:a+)+b|[a-z]+"))
    with unchanged(tmp_path), started("infer", "a.txt", cwd=tmp_path) as process:
        until(lambda: signal.SIGTERM in signals_caught(process.pid))
        begun = ticks(process.pid)
        until(lambda: ticks(process.pid) > begun + 60)  # it searches
        status, stdout, stderr = stop(process, signal.SIGINT)
    assert (status, stdout, stderr.splitlines()[-1:]) == (130, "", ["lda-cli: interrupted"])


def test_interrupted_inference_leaves_the_former_output(tmp_path: Path, model: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("former\n")
    with unchanged(tmp_path), started("infer", "-", "-o", output, cwd=tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write("moon orbit\n")
        process.stdin.flush()
        until(lambda: list(tmp_path.glob(".out.jsonl.*")))
        status, stdout, stderr = stop(process, signal.SIGHUP)
        assert (status, stdout) == (129, "")
        assert stderr.count("\n") == 1


def wait_for_first_line(process: subprocess.Popen[str]) -> None:
    """Return when Python has caught SIGINT, and lda-cli, in its first line, does so no more."""
    was_caught = []

    def is_over() -> bool:
        caught = signals_caught(process.pid)
        was_caught.extend(caught & {signal.SIGINT})
        return signal.SIGTERM in caught or (signal.SIGINT not in caught and bool(was_caught))

    until(is_over, poll=0.001)


def signals_caught(process: int) -> set[int]:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:"))
    return {number for number in (signal.SIGINT, signal.SIGTERM) if mask >> (number - 1) & 1}


def test_interrupt_at_any_moment_shows_no_traceback_and_leaves_the_former_model(
    tmp_path: Path, corpus: Path, model: Path
) -> None:
    found = set()
    for seconds in (0, 0.08, 0.25):
        with started("train", corpus, *QUICK, *LONG, "--force", cwd=tmp_path) as process, unchanged(model):
            wait_for_first_line(process)
            time.sleep(seconds)
            status, stdout, stderr = stop(process, signal.SIGINT)
        found.add(status)
        assert (status in (130, -signal.SIGINT), stdout) == (True, "")
        assert all(line.startswith("lda-cli: ") for line in untimed(stderr)), stderr
    assert -signal.SIGINT in found
