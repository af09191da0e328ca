"""`lda-cli inspect`: four formats that say the same, and what phi.npy says; golden files of the tables."""

import csv
import functools
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.command import assert_refused, done, lda
from tests.helpers.models import reseal, save, small_model
from tests.helpers.themes import THEMES

Golden = Callable[[str, str], None]


@functools.cache  # so that tests may ask for the same table
def shown(trained: Path, *arguments: object) -> str:
    result = lda("inspect", "--model", trained, *arguments)
    assert result.stderr == ""
    return done(result)


def as_json(trained: Path, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shown(trained, *arguments, "--format", "json"))
    return found


def as_csv(trained: Path, *arguments: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(shown(trained, *arguments, "--format", "csv"))))


@pytest.mark.parametrize("form", ["text", "markdown"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("topics", ["--top", 4]), ("term", ["--term", "Moon", "--term", "sail", "--top", 1])],
)
def test_tables_are_as_they_were(
    trained: Path, golden: Golden, name: str, arguments: list[object], form: str
) -> None:
    golden(f"inspect_{name}.{form}", shown(trained, *arguments, "--format", form))


def test_first_words_of_a_topic_are_those_of_its_theme(trained: Path) -> None:
    found = {" ".join(word["term"] for word in topic["words"]) for topic in as_json(trained, "--top", 4)}
    assert found == {" ".join(words.split()[:4]) for words in THEMES.values()}


def test_topic_that_has_no_npmi_shows_none(tmp_path: Path) -> None:
    folder = save(small_model(), tmp_path / "model")
    assert [topic["npmi"] for topic in as_json(folder)] == [-0.5, None]
    assert {row["npmi"] for row in as_csv(folder, "--topic", 1)} == {""}
    assert shown(folder, "--topic", 1).splitlines()[1].split()[3] == "-"


def test_csv_says_what_json_says(trained: Path) -> None:
    topics = as_json(trained, "--top", 3)
    names = ("topic", "name", "share", "alpha", "npmi")
    assert as_csv(trained, "--top", 3) == [
        {name: str(topic[name]) for name in names}
        | {"rank": str(rank), "term": word["term"], "p": str(word["p"])}
        for topic in topics
        for rank, word in enumerate(topic["words"], start=1)
    ]


def test_only_the_topics_asked_for_are_shown_in_the_order_asked(trained: Path) -> None:
    topics = as_json(trained)
    assert as_json(trained, "--topic", 2, "--topic", 0) == [topics[2], topics[0]]


def test_topics_of_a_term_are_those_of_the_model(trained: Path) -> None:
    phi, terms = np.load(trained / "phi.npy"), (trained / "vocabulary.txt").read_text().splitlines()
    joint = phi[:, terms.index("moon")] * np.load(trained / "topic_counts.npy")
    uses = as_json(trained, "--term", "MOON")
    for use in uses:
        assert list(use) == ["term", "topic", "name", "share", "p"]
        assert use["share"] == pytest.approx(joint[use["topic"]] / joint.sum(), rel=1e-5)
        assert use["p"] == pytest.approx(phi[use["topic"], terms.index("moon")], rel=1e-6)
    rows = as_csv(trained, "--term", "moon")
    assert rows == [
        {name: str(value) for name, value in use.items()} for use in as_json(trained, "--term", "moon")
    ]
    assert as_json(trained, "--term", "MOON", "--topic", 1) == [use for use in uses if use["topic"] == 1]
    assert as_json(trained, "--term", "MOON", "--top", 2) == uses[:2]


def test_verified_files_are_listed_in_every_format(trained: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in trained.iterdir()}
    listed = [line.split() for line in shown(trained, "--verify").splitlines()]
    assert listed[0] == ["file", "bytes", "check"]
    assert {name: (int(size), check) for name, size, check in listed[1:]} == {
        name: (size, "ok") for name, size in sizes.items()
    }
    size = sizes["phi.npy"]
    assert {"file": "phi.npy", "bytes": size, "check": "ok"} in as_json(trained, "--verify")
    assert {"file": "phi.npy", "bytes": str(size), "check": "ok"} in as_csv(trained, "--verify")
    assert f"| phi.npy | {size} | ok |" in shown(trained, "--verify", "--format", "markdown")
    assert_refused(lda("inspect", "-m", trained, "--verify", "--topic", 1), 2, "--verify")


def test_damage_that_no_other_command_reads_is_found(model: Path) -> None:
    # as if it had been written so: the checksums are right
    (model / "documents.txt").write_text("one\n")
    reseal(model)
    result = lda("inspect", "--verify", cwd=model.parent)
    assert_refused(result, 4, "model/documents.txt: the model is damaged", "a line for each document")
