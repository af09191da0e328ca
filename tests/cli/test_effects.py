"""`lda-cli inspect --effects`, and what `train` refuses of model.prevalence and model.labels."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

FIELDS = ("--set", "corpus.metadata_fields=[half, year]")
MOVED = (*FIELDS, "--set", "model.alpha=auto", "--set", "model.prevalence=[half, year]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Letters with a field that tells the two halves of the corpus apart, and a year."""
    lines = [
        json.dumps({"text": text, "half": f"a\x1b{n % 2}", "year": 1800 + n})
        for n, text in enumerate(theme_documents().values())
    ]
    write(tmp_path, {"letters.jsonl": "\n".join(lines) + "\n"})
    return tmp_path


def test_effects_are_the_same_in_every_format(folder: Path) -> None:
    done(lda("train", "letters.jsonl", "-m", "model", *QUICK, *MOVED, cwd=folder))
    records = json.loads(done(lda("inspect", "--effects", "--format", "json", cwd=folder)))
    n_topics = len(json.loads(done(lda("inspect", "--format", "json", cwd=folder))))
    assert len(records) == 3 * n_topics
    assert list(records[0]) == ["field", "value", "topic", "name", "share", "difference", "low", "high"]
    assert {(record["field"], record["value"][0]) for record in records} == {("half", "a"), ("year", "+")}
    for record in records:
        assert record["low"] <= record["difference"] <= record["high"]
    header, *rows = csv.reader(io.StringIO(done(lda("inspect", "--effects", "--format", "csv", cwd=folder))))
    assert header == list(records[0])
    assert [float(row[5]) for row in rows] == [record["difference"] for record in records]
    text = done(lda("inspect", "--effects", "--top", 1, cwd=folder))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 1 + 3
    strongest = max(records[:n_topics], key=lambda record: abs(record["difference"]))
    assert text.splitlines()[1].split()[2] == str(strongest["topic"])
    one = done(lda("inspect", "--effects", "--topic", 1, "--format", "markdown", cwd=folder))
    assert len(one.splitlines()) == 2 + 3


def test_a_model_without_prevalence_has_no_effects(folder: Path) -> None:
    done(lda("train", "letters.jsonl", "-m", "model", *QUICK, *FIELDS, cwd=folder))
    result = lda("inspect", "--effects", cwd=folder)
    assert_refused(result, 2)
    assert "model.prevalence" in result.stderr
    both = lda("inspect", "--effects", "--by", "year", cwd=folder)
    assert_refused(both, 2)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("model.alpha=auto", "model.prevalence=[author]"), "corpus.metadata_fields"),
        (("model.labels=author",), "corpus.metadata_fields"),
        (("model.labels=year", "model.topics=3"), "has 24 labels"),
        (("model.alpha=auto", "model.prevalence=[year:month]"), "is a number"),
        (("model.prevalence=[year]", "model.alpha=0.1"), "alpha must be auto"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    folder: Path, settings: tuple[str, ...], words: str
) -> None:
    given = [part for setting in settings for part in ("--set", setting)]
    result = lda("train", "letters.jsonl", "-m", "model", *QUICK, *FIELDS, *given, cwd=folder)
    assert_refused(result, 2)
    assert words in result.stderr
    assert not (folder / "model").exists()
