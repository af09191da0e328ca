"""Seed words and starts on the command line: `inspect` marks the seeds, `train --start` keeps the numbers."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, Run, assert_refused, done

SEEDS = "model.seeds={kitchen: [oven, butter, xyz], harbour: [sail, 'an*']}"


@pytest.fixture
def seeded(corpus: Path, run: Run) -> str:
    """What a training with seeds says."""
    result = run("train", corpus, *QUICK, "--set", SEEDS)
    assert result.status == 0
    return result.stderr


def test_missing_words_are_warned_of(seeded: str) -> None:
    said = "model.seeds: kitchen: 1 of 3 are not in the vocabulary: xyz (in no document)\n"
    assert f"lda-cli: {said}" in seeded


@pytest.mark.usefixtures("seeded")
def test_inspect_marks_seeds(run: Run) -> None:
    header, kitchen, harbour, free = done(run("inspect", "--top", 8)).splitlines()
    assert header.split() == ["topic", "name", "share", "alpha", "npmi", "seeds", "words"]
    assert kitchen.split()[:2] == ["0", "kitchen"]
    assert " 2/2 " in kitchen
    assert "oven* " in f"{kitchen} "
    assert "anchor* " in f"{harbour} "
    assert free.split()[-9] == "-"
    assert "*" not in free
    assert "| seeds | words |" in done(run("inspect", "--format", "markdown"))


@pytest.mark.usefixtures("seeded")
def test_seeds_are_in_csv_and_json(run: Run) -> None:
    topics = json.loads(done(run("inspect", "--format", "json")))
    assert [(topic["seeds"], topic["seeds_first"]) for topic in topics] == [(2, 2), (2, 2), (None, None)]
    marked = {word["term"] for topic in topics for word in topic["words"] if word["seed"]}
    assert marked == {"oven", "butter", "sail", "anchor"}
    rows = list(csv.DictReader(io.StringIO(done(run("inspect", "--format", "csv")))))
    assert {row["term"] for row in rows if row["seed"] == "true"} == marked
    assert {(row["topic"], row["seeds"], row["seeds_first"]) for row in rows} == {
        *(("0", "2", "2"), ("1", "2", "2"), ("2", "", ""))
    }


@pytest.mark.usefixtures("seeded")
def test_start_self_keeps_numbers_and_names(corpus: Path, tmp_path: Path, run: Run) -> None:
    before = json.loads(done(run("inspect", "--format", "json")))
    grown = Path(shutil.copytree(corpus, tmp_path / "grown"))
    (grown / "new.txt").write_text("sail oven moon sail oven moon")
    done(run("train", grown, *QUICK, "--start", "self", "--if-changed", "-q"))
    after = json.loads(done(run("inspect", "--format", "json", "--names")))
    for old, new in zip(before, after, strict=True):
        assert {word["term"] for word in old["words"]} & {word["term"] for word in new["words"]}
    assert [topic["name"] for topic in after][:2] == ["kitchen", "harbour"]


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--start", "nothing"], 4, ["nothing", "no model"]),
        (["--start", "model", "--topics", 2], 2, ["model.start: model has 3 topics"]),
        (["--set", "model.seeds={a: [xyz]}"], 2, ["model.seeds: a: none of its words is in the vocabulary"]),
        (["--set", "model.seeds=seeds.yaml"], 2, ["seeds.yaml", "cannot be read"]),
        (["--set", "model.freeze=all"], 2, ["model.freeze", "freeze needs start"]),
    ],
)
def test_what_cannot_be_is_refused(
    corpus: Path, run: Run, options: list[object], status: int, said: list[str]
) -> None:
    assert_refused(run("train", corpus, *QUICK, "--force", "-q", *options), status, *said)
