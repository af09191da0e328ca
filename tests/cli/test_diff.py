"""`lda-cli diff`: formats that say the same, golden files, a limit after the output, refusals in one line."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lda_cli.model.labels import Label
from tests.helpers.command import Run, assert_refused, done
from tests.helpers.files import unchanged
from tests.helpers.models import save, small_model

TERMS = ("moon", "orbit", "rice", "oven", "sail", "rope")
# 1 becomes 0, and 2 becomes 1, which has half of 0 too; a new 2 comes, of a word that is unknown before
OLD = ((0.5, 0.5, 0, 0, 0, 0), (0, 0, 0.6, 0.4, 0, 0), (0.1, 0, 0, 0, 0.5, 0.4))
NEW = ((0, 0, 0.5, 0.5, 0, 0), (0.3, 0.3, 0, 0, 0.2, 0.2), (0, 0.9, 0, 0, 0, 0.1))
NEW_TERMS = (*TERMS[:1], "quark", *TERMS[2:])


@pytest.fixture
def models(tmp_path: Path) -> None:
    save(small_model(TERMS, OLD, [0.1] * 3), tmp_path / "old")
    save(small_model(NEW_TERMS, NEW, [0.1] * 3), tmp_path / "new")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_tables_are_as_they_were(run: Run, golden: Callable[[str, str], None], form: str) -> None:
    golden(f"diff.{form}", done(run("diff", "old", "new", "--top", 4, "--format", form)))


@pytest.mark.usefixtures("models")
def test_json_says_which_topic_is_which_and_csv_says_the_same(run: Run) -> None:
    found = json.loads(done(run("diff", "old", "new", "--format", "json")))
    assert found["old"] == {"model": "old", "topics": 3, "terms": 6}
    assert [(each["change"], each["old"], each["new"], each["nearest"]) for each in found["changes"]] == [
        ("gone", 0, None, 1),
        ("kept", 1, 0, None),
        ("kept", 2, 1, None),
        ("new", None, 2, 2),
    ]
    totals = found["totals"]
    assert (totals["kept"], totals["same_number"], totals["gone"], totals["new"]) == (2, 0, 1, 1)
    assert totals["common_terms"] == 5
    # small_model has 3, 4, 5, ... tokens of the terms; the second is unknown
    assert totals["unknown"] == pytest.approx(4 / 33)
    kept = [each["distance"] for each in found["changes"] if each["change"] == "kept"]
    expected = [1 - 0.3**0.5 - 0.2**0.5, 1 - 0.03**0.5 - 0.1**0.5 - 0.08**0.5]
    assert kept == pytest.approx(expected, abs=1e-6)
    assert totals["mean_distance"] == pytest.approx(np.mean(kept))
    assert totals["largest_distance"] == max(kept)
    as_csv = rows(done(run("diff", "old", "new", "--format", "csv")))
    for row, each in zip(as_csv, found["changes"], strict=True):
        lists = {name: " ".join(each[name]) for name in ("words", "came", "went")}
        assert row == {name: "" if value is None else str(value) for name, value in {**each, **lists}.items()}


def test_model_and_its_copy_are_the_same(run: Run, tmp_path: Path, model: Path) -> None:
    shutil.copytree(model, tmp_path / "copy")
    done(run("diff", "model", "copy", "--fail-above", 0))
    found = json.loads(done(run("diff", "model", "copy", "--format", "json")))
    assert found["totals"] == {
        **{"kept": 3, "same_number": 3, "gone": 0, "new": 0, "mean_distance": 0, "largest_distance": 0},
        **{"drift": 0, "common_terms": 21, "unknown": 0},
    }
    assert not any(each["came"] or each["went"] for each in found["changes"])


@pytest.mark.usefixtures("models")
def test_limit_that_is_not_kept_ends_with_status_8_after_the_output(run: Run, tmp_path: Path) -> None:
    ended = run("diff", "old", "new", "--fail-above", 0.1, "-o", "out.json")
    assert_refused(ended, 8, "old: topic 0 is gone", "topic 1 of new, is 0.6", "2 of 3 are above 0.1")
    assert len(json.loads((tmp_path / "out.json").read_text())["changes"]) == 4
    done(run("diff", "old", "new", "--fail-above", 0.7))
    ended = run("diff", "old", "new", "--fail-above", 0.1)
    assert (ended.status, ended.stdout.startswith("old ")) == (8, True)


@pytest.mark.usefixtures("models")
def test_name_of_the_output_decides_the_format(run: Run, tmp_path: Path) -> None:
    for name, form in (("a.json", "json"), ("a.csv", "csv"), ("a.md", "markdown"), ("a.xml", "text")):
        assert done(run("diff", "old", "new", "-o", name)) == ""
        assert (tmp_path / name).read_text() == done(run("diff", "old", "new", "--format", form))


def test_names_are_shown_where_they_were_given_and_always_to_programs(run: Run, tmp_path: Path) -> None:
    named = replace(small_model(TERMS, OLD, [0.1] * 3), labels={1: Label("Cook|ing")})
    save(named, tmp_path / "old")
    save(small_model(TERMS, NEW, [0.1] * 3), tmp_path / "new")
    header, *lines = done(run("diff", "old", "new", "--format", "markdown")).partition("\n\n")[2].splitlines()
    assert "old_name" in header
    assert "new_name" not in header
    assert "Cook\\|ing" in lines[2]
    found = {row["old"]: row for row in rows(done(run("diff", "old", "new", "--format", "csv")))}
    assert found["1"]["old_name"] == "Cook|ing"
    assert found["1"]["new_name"].startswith("~")


def test_words_cannot_steer_a_terminal(run: Run, tmp_path: Path) -> None:
    terms = ("\x1b[2J", "moon", "rice")
    save(small_model(terms), tmp_path / "old")
    save(small_model((*terms[:2], "\u202eevil")), tmp_path / "new")
    for form in ("text", "json", "csv", "markdown"):
        shown = done(run("diff", "old", "new", "--format", form))
        assert all(line.isprintable() for line in shown.splitlines())
        assert "u202eevil" in shown


@pytest.mark.usefixtures("models")
def test_what_cannot_be_compared_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    save(small_model(("lune", "orbite", "riz")), tmp_path / "french")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/model.json").write_text("{")
    refused: list[tuple[list[object], int, str]] = [
        (["old", "gone"], 4, "gone: there is no model"),
        (["damaged", "new"], 4, "damaged/model.json"),
        (["old", "french"], 2, "old and french: have no term in common"),
        (["old"], 2, "NEW"),
        (["old", "new", "old"], 2, "old"),
        (["old", "new", "--fail-above", "nan"], 2, "not a number"),
        (["old", "new", "--fail-above", 2], 2, "--fail-above"),
        (["old", "new", "--top", 0], 2, "--top"),
        (["old", "new", "-o", "a.json.gz"], 2, "not compressed"),
        (["old", "new", "-o", "new/a.json"], 5, "new/a.json"),
    ]
    with unchanged(tmp_path):
        for arguments, status, said in refused:
            assert_refused(run("diff", *arguments), status, said)
