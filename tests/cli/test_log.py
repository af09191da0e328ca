"""What is said on standard error: with a time under --verbose, as JSON if asked, nothing under --quiet."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lda_cli.model import store
from tests.helpers.command import QUICK, Run, done, lda, untimed
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

JSON = ("--log-format", "json")


def records(stderr: str) -> list[dict[str, Any]]:
    """Each line is an object that says when, how grave, what of, and the same in words."""
    found = [json.loads(line) for line in stderr.splitlines()]
    for record in found:
        said = datetime.fromisoformat(record["time"])
        assert abs(datetime.now().astimezone() - said) < timedelta(minutes=2)
        assert record["level"] in ("info", "warning", "error")
        assert re.fullmatch("[a-z_]+", record["event"])
        assert record["message"]
        assert not record["message"].startswith("lda-cli")
    return found


def test_json_tells_each_step_and_its_numbers(tmp_path: Path) -> None:
    write(tmp_path / "corpus", theme_documents() | {"bad.txt": b"moon \xff"})
    options = [*QUICK, "--set", "corpus.on_error=skip", "--depfile", "corpus/.m.d", "--verbose", *JSON]
    result = lda("train", "corpus", *options, cwd=tmp_path)
    assert done(result) == ""
    steps = records(result.stderr)
    assert [step["event"] for step in steps] == [
        *("input", "formats", "skipped", "corpus", "vocabulary", "started"),
        *("pass", "pass", "pass", "pass", "saved", "next", "depfile"),
    ]
    assert [step["level"] for step in steps if step["level"] != "info"] == ["warning", "warning"]
    by_event = {step["event"]: step for step in steps}
    facts = {
        "input": {"input": "corpus", "format": "folder"},
        "formats": {
            "documents": 24,
            "formats": {"folder": {"n_files": 24, "n_documents": 24}},
            "left_out": {},
        },
        "skipped": {"count": 1},
        "corpus": {"documents": 24, "terms": 21},
        "started": {"topics": 3, "passes": 4},
        "saved": {"model": "model", "is_complete": True, "topics": 3, "documents": 24, "terms": 21},
        "depfile": {"count": 1, "example": "corpus"},
    }
    assert {name: by_event[name] | told for name, told in facts.items()} == {
        name: by_event[name] for name in facts
    }
    assert by_event["vocabulary"]["min_df"]["terms"] == 3
    history = (tmp_path / "model/history.jsonl").read_text().splitlines()
    *passes, result = map(json.loads, history)
    for line, step in zip(passes, steps[6:10], strict=True):
        assert step | line == step
    assert by_event["saved"] | result == by_event["saved"] | {"result": True}
    assert by_event["next"]["command"] == "lda-cli inspect -m model"


def test_json_alone_says_what_is_said_without_it(run: Run, corpus: Path) -> None:
    status, stdout, stderr = run("train", corpus, *QUICK, *JSON)
    assert (status, stdout) == (0, "")
    read, saved, _ = records(stderr)
    assert read["event"] == "formats"
    status, stdout, stderr = run("train", corpus, *QUICK, "--if-changed")
    assert (status, stdout, stderr) == (0, "", "lda-cli: model is up to date, nothing to do\n")
    _, _, stderr = run("train", corpus, *QUICK, "--if-changed", *JSON)
    (unchanged,) = records(stderr)
    assert (saved["event"], unchanged["event"], unchanged["model"]) == ("saved", "unchanged", "model")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["train", "--log-format=json", "--topics", "many"], 2, "'many' is not a valid integer"),
        (["train", "--topics", "1", *JSON], 2, "topics must be"),
        (["train", "no-such\x1b", *JSON, "--quiet"], 3, "no-such\\x1b: no such file"),
        (["inspect", *JSON, "-m", "none"], 4, "none"),
    ],
)
def test_errors_are_json_with_their_status(run: Run, arguments: list[str], status: int, said: str) -> None:
    found, stdout, stderr = run(*arguments)
    assert (found, stdout) == (status, "")
    (error,) = records(stderr)
    assert (error["level"], error["event"], error["status"]) == ("error", "error", status)
    assert said in error["message"]


@pytest.mark.parametrize("has_traceback", [True, False])
def test_bug_is_one_object_with_its_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, has_traceback: bool
) -> None:
    monkeypatch.setattr(store, "load", lambda path: 1 / 0)
    status, _, stderr = run("inspect", *JSON, *(["--debug"] if has_traceback else []))
    (error,) = records(stderr)
    assert (status, error["status"]) == (1, 1)
    assert "ZeroDivisionError" in error["message"]
    assert ("ZeroDivisionError" in error.get("traceback", "")) == has_traceback


def test_interruption_is_an_object_with_its_status(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "load", interrupted)
    status, _, stderr = run("inspect", *JSON)
    (last,) = records(stderr)
    assert (status, last["event"], last["status"]) == (130, "interrupted", 130)


def test_times_are_of_verbose_runs_only(run: Run, corpus: Path) -> None:
    _, _, stderr = run("train", corpus, *QUICK, "--verbose")
    assert all(line.startswith("lda-cli: ") for line in untimed(stderr))
    _, _, stderr = run("train", "no-such", "--verbose", "--force")
    error = "lda-cli: error: no-such: no such file or folder; check the path"
    assert untimed(stderr) == [error]
    assert run("train", "no-such", "--force") == (3, "", f"{error}\n")


@pytest.mark.parametrize("form", [(), JSON])
def test_quiet_success_says_nothing_whatever_there_is_to_say(
    run: Run, tmp_path: Path, form: tuple[str]
) -> None:
    corpus = write(tmp_path / "corpus", theme_documents() | {"bad.txt": b"moon \xff"})
    quiet = ["--quiet", *form]
    odd = [
        *("--set", "corpus.on_error=skip", "--set", "model.eta=0"),
        "--topics",
        9,
        "--depfile",
        "corpus/.m.d",
    ]
    for how in ([], ["--force"], ["--if-changed"]):
        assert run("train", corpus, *QUICK, *odd, *how, *quiet) == (0, "", "")
    new = {"new.txt": b"zzz\nmoon\n", "new/new.txt": b"moon\n", "bad/bad.txt": b"\xff", "bad/good": b"oven"}
    write(tmp_path, new)
    status, stdout, stderr = run("infer", "new.txt", "new/new.txt", "bad", *quiet)
    assert (status, stdout.count("\n"), stderr) == (0, 3, "")
