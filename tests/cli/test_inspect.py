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
from click.testing import CliRunner

from lda_cli.cli import cli
from lda_cli.errors import ConfigError
from tests.helpers.command import assert_refused, done, lda
from tests.helpers.files import unchanged
from tests.helpers.themes import THEMES
from tests.models import reseal, save, small_model

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


def test_words_are_the_most_probable_of_phi(trained: Path) -> None:
    phi, terms = np.load(trained / "phi.npy"), (trained / "vocabulary.txt").read_text().splitlines()
    for topic in as_json(trained, "--top", 5):
        row = phi[topic["topic"]]
        assert [word["p"] for word in topic["words"]] == sorted(row.tolist(), reverse=True)[:5]
        assert all(row[terms.index(word["term"])] == np.float32(word["p"]) for word in topic["words"])


def test_first_words_of_a_topic_are_those_of_its_theme(trained: Path) -> None:
    found = {" ".join(word["term"] for word in topic["words"]) for topic in as_json(trained, "--top", 4)}
    assert found == {" ".join(words.split()[:4]) for words in THEMES.values()}


def test_shares_are_those_of_the_tokens_and_alpha_that_of_the_model(trained: Path) -> None:
    counts = np.load(trained / "topic_counts.npy")
    topics = as_json(trained)
    np.testing.assert_allclose([topic["share"] for topic in topics], counts / counts.sum())
    alpha = json.loads((trained / "model.json").read_text())["alpha"]
    assert [topic["alpha"] for topic in topics] == alpha


def test_npmi_is_that_of_the_model_whatever_is_shown_of_it(trained: Path) -> None:
    told = json.loads((trained / "topics.json").read_text())["topics"]
    assert [topic["npmi"] for topic in as_json(trained, "--top", 1)] == [topic["npmi"] for topic in told]


def test_topic_that_has_no_npmi_shows_none(tmp_path: Path) -> None:
    folder = save(small_model(), tmp_path / "model")
    assert [topic["npmi"] for topic in as_json(folder)] == [-0.5, None]
    assert {row["npmi"] for row in as_csv(folder, "--topic", 1)} == {""}
    assert shown(folder, "--topic", 1).splitlines()[1].split()[3] == "-"


def test_csv_and_text_say_what_json_says(trained: Path) -> None:
    topics = as_json(trained, "--top", 3)
    assert as_csv(trained, "--top", 3) == [
        {
            "topic": str(topic["topic"]),
            "share": str(topic["share"]),
            "alpha": str(topic["alpha"]),
            "npmi": str(topic["npmi"]),
            "rank": str(rank),
            "term": word["term"],
            "p": str(word["p"]),
        }
        for topic in topics
        for rank, word in enumerate(topic["words"], start=1)
    ]
    rows = [line.split(maxsplit=4) for line in shown(trained, "--top", 3).splitlines()]
    assert rows == [["topic", "share", "alpha", "npmi", "words"]] + [
        [
            str(topic["topic"]),
            f"{topic['share']:.1%}",
            f"{topic['alpha']:.4f}",
            f"{topic['npmi']:.3f}",
            " ".join(word["term"] for word in topic["words"]),
        ]
        for topic in topics
    ]


def test_only_the_topics_asked_for_are_shown_in_the_order_asked(trained: Path) -> None:
    topics = as_json(trained)
    assert as_json(trained, "--topic", 2, "--topic", 0) == [topics[2], topics[0]]


def test_topics_of_a_term_are_p_of_topic_given_term(trained: Path) -> None:
    phi, terms = np.load(trained / "phi.npy"), (trained / "vocabulary.txt").read_text().splitlines()
    joint = phi[:, terms.index("moon")] * np.load(trained / "topic_counts.npy")
    uses = as_json(trained, "--term", "MOON")
    assert all(list(use) == ["term", "topic", "share", "p"] for use in uses)
    assert sum(use["share"] for use in uses) == pytest.approx(1)
    for use in uses:
        assert use["share"] == pytest.approx(joint[use["topic"]] / joint.sum(), rel=1e-5)
        assert use["p"] == pytest.approx(phi[use["topic"], terms.index("moon")], rel=1e-6)
    assert [{**use, "topic": int(use["topic"])} for use in as_csv(trained, "--term", "moon")] == [
        {"term": "moon", "topic": use["topic"], "share": str(use["share"]), "p": str(use["p"])}
        for use in as_json(trained, "--term", "moon")
    ]


def test_term_and_topic_together_narrow(trained: Path) -> None:
    (use,) = as_json(trained, "--term", "moon", "--topic", 1)
    assert use["topic"] == 1
    assert len(as_json(trained, "--term", "moon", "--top", 2)) == 2


def test_files_of_a_whole_model_are_listed(trained: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in trained.iterdir()}
    listed = [line.split() for line in shown(trained, "--verify").splitlines()]
    assert listed[0] == ["file", "bytes", "check"]
    assert {name: (int(size), check) for name, size, check in listed[1:]} == {
        name: (size, "ok") for name, size in sizes.items()
    }


def test_damage_that_no_other_command_reads_is_found(model: Path) -> None:
    # as if it had been written so: the checksums are right
    (model / "documents.txt").write_text("one\n")
    reseal(model)
    result = lda("inspect", "--verify", cwd=model.parent)
    assert_refused(result, 4, "model/documents.txt: the model is damaged", "a line for each document")


def test_verified_files_are_told_in_every_format(trained: Path) -> None:
    runner = CliRunner()
    command = ["inspect", "--model", str(trained), "--verify", "--format"]
    phi = {"file": "phi.npy", "bytes": (trained / "phi.npy").stat().st_size, "check": "ok"}
    assert phi in json.loads(runner.invoke(cli, [*command, "json"]).stdout)
    told = f"{phi['bytes']},ok\n"
    assert f"phi.npy,{told}" in runner.invoke(cli, [*command, "csv"]).stdout
    assert f"| phi.npy | {phi['bytes']} | ok |" in runner.invoke(cli, [*command, "markdown"]).stdout
    refused = runner.invoke(cli, [*command, "csv", "--topic", "1"]).exception
    assert isinstance(refused, ConfigError)
    assert "--verify" in str(refused)


def test_inspect_alters_nothing(trained: Path) -> None:
    with unchanged(trained.parent):
        shown(trained)
