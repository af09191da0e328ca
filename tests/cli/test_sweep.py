"""`lda-cli sweep`: what it prints, its exit statuses, and how it ends when it is asked to."""

import json
import signal
from pathlib import Path

import pytest

from tests.helpers.command import assert_refused, done, lda
from tests.helpers.processes import LONG, ended, started, until

QUICK = ("--set", "vocabulary.min_df=2", "--set", "training.passes=4", "--set", "training.restarts=1")
SMALL = ("-o", "sw", "--topics", "2,3,4", "--seeds", "2", *QUICK)


def test_table_and_suggestion_go_to_standard_output(tmp_path: Path, corpus: Path) -> None:
    result = lda("sweep", corpus, *SMALL, cwd=tmp_path)
    shown = done(result)
    header, *rows, words = shown.splitlines()
    assert header.split()[:3] == ["topics", "seeds", "agreement"]
    assert [row.split()[:2] for row in rows] == [["2", "2"], ["3", "2"], ["4", "2"]]
    assert words == json.loads((tmp_path / "sw" / "choice.json").read_text())["words"]
    assert "optimal" not in shown
    assert "6 trainings" in result.stderr
    assert "sw/sweep.svg" in result.stderr
    names = {path.name for path in (tmp_path / "sw").iterdir()} - {"best", ".cache"}
    assert names == {"sweep.json", "results.tsv", "by_topics.tsv", "choice.json", "sweep.svg", "runs"}
    done(lda("inspect", "-m", "sw/runs/k003-s1", cwd=tmp_path))

    again = lda("sweep", corpus, *SMALL, "--quiet", cwd=tmp_path)
    assert (again.stdout, again.stderr) == (shown, "")


def test_dry_run_writes_nothing(tmp_path: Path, corpus: Path) -> None:
    shown = done(lda("sweep", corpus, *SMALL, "--dry-run", cwd=tmp_path))
    assert shown.startswith("trainings: 6 of 6")
    assert "time: about " in shown
    assert not list(tmp_path.iterdir())
    done(lda("sweep", corpus, *SMALL, "--seeds", "1", cwd=tmp_path))
    assert done(lda("sweep", corpus, *SMALL, "--dry-run", cwd=tmp_path)).startswith("trainings: 3 of 6")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["c", "-o", "sw"], "--topics"),
        (["c", "--topics", "2,3"], "--output"),
        (["c", "-o", "sw", "--topics", "1:3"], "--topics: must be numbers from 2 on"),
        (["c", "-o", "sw", "--topics", "2,3", "--seeds", "0"], "--seeds"),
        (["c", "-o", "sw", "--topics", "2,3", "--held-out", "1.5"], "--held-out"),
        (["-", "-o", "sw", "--topics", "2,3"], "standard input"),
        (["c", "-m", "x", "-o", "sw", "--topics", "2,3"], "leave out --model"),
    ],
)
def test_wrong_usage_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    assert_refused(lda("sweep", *arguments, cwd=tmp_path), 2, said)
    assert not (tmp_path / "sw").exists()


def test_other_errors_have_their_statuses(tmp_path: Path, corpus: Path) -> None:
    assert_refused(lda("sweep", "missing", *SMALL, cwd=tmp_path), 3, "missing")
    assert not (tmp_path / "sw").exists()
    (tmp_path / "file").touch()
    assert_refused(lda("sweep", corpus, *SMALL, "-o", "file", cwd=tmp_path), 5, "file")
    done(lda("sweep", corpus, *SMALL, "--seeds", "1", cwd=tmp_path))
    said = "sweep.json: is of another sweep: model.eta was"
    assert_refused(lda("sweep", corpus, *SMALL, "--set", "model.eta=0.3", cwd=tmp_path), 2, said)


def test_time_limit_has_status_7(tmp_path: Path, corpus: Path) -> None:
    result = lda("sweep", corpus, *SMALL, "--set", "training.max_minutes=0.000001", cwd=tmp_path)
    assert result.status == 7
    assert "run the same command again" in result.stderr
    done(lda("sweep", corpus, *SMALL, cwd=tmp_path))


@pytest.mark.parametrize("jobs", [1, 2])
def test_signal_keeps_a_checkpoint(tmp_path: Path, corpus: Path, jobs: int) -> None:
    command = ("sweep", corpus, *SMALL, *LONG[:2], "--verbose", "--jobs", jobs)
    with started(*command, cwd=tmp_path) as process:
        until(lambda: list(tmp_path.glob("sw/runs/.k*.run/status.json")))
        until(
            lambda: any(
                '"training"' in path.read_text() for path in tmp_path.glob("sw/runs/.k*.run/status.json")
            )
        )
        other = lda("sweep", corpus, *SMALL, *LONG[:2], cwd=tmp_path)
        assert_refused(other, 6, "sw: process")
        process.send_signal(signal.SIGTERM)
        result = ended(process)
    assert result.status == 143, result
    assert "Traceback" not in result.stderr
    assert list(tmp_path.glob("sw/runs/.k*.run/checkpoint"))
