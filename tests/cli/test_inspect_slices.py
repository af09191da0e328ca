"""`lda-cli inspect --by FIELD --words`: tables that say the same, and what is refused, on one line."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import unchanged, write
from tests.helpers.themes import theme_documents

Golden = Callable[[str, str], None]
BY_AGE = ("--by", "age", "--words")


def rows() -> str:
    """The documents of the themes; those of an age have a word of their own."""
    found = []
    for number, text in enumerate(theme_documents().values()):
        age = [None, "new\x1b[31m", "=old"][number % 3]
        of_age = "" if age is None else " " + 12 * ("steam " if age == "=old" else "laser ")
        found.append({"text": text + of_age, "age": age})
    return "".join(json.dumps(row) + "\n" for row in found)


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus of documents with an age, and its model; read only."""
    folder = write(tmp_path_factory.mktemp("aged"), {"corpus.jsonl": rows()})
    done(lda("train", "corpus.jsonl", *QUICK, "--set", "corpus.metadata_fields=[age]", cwd=folder))
    return folder


def shown(folder: Path, *arguments: object) -> str:
    result = lda("inspect", *BY_AGE, *arguments, cwd=folder)
    assert result.stderr == ""
    return done(result)


def as_json(folder: Path, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shown(folder, *arguments, "--format", "json"))
    return found


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_table_is_as_it_was(aged: Path, golden: Golden, form: str) -> None:
    golden(f"inspect_slices.{form}", shown(aged, "--top", 4, "--format", form))


def test_json_and_csv_say_the_same(aged: Path) -> None:
    found = as_json(aged, "--top", 3)
    assert [(one["topic"], one["value"]) for one in found] == [
        (topic, value) for topic in range(3) for value in ("=old", "new\x1b[31m", None)
    ]
    assert all(len(one["words"]) == 3 and len(one["more"]) <= 3 for one in found)
    assert sum(len(one["more"]) for one in found) > 0
    long = list(csv.DictReader(io.StringIO(shown(aged, "--top", 3, "--format", "csv"))))
    assert list(long[0]) == ["topic", "name", "value", "tokens", "list", "rank", "term", "p", "ratio"]
    assert [(row["list"], row["term"], float(row["p"]), float(row["ratio"])) for row in long] == [
        (name, *word.values()) for one in found for name in ("words", "more") for word in one[name]
    ]
    assert {row["value"] for row in long} == {"=old", "new\\x1b[31m", ""}


def test_words_of_an_age_are_more_in_its_documents(aged: Path) -> None:
    found = as_json(aged)
    assert {one["more"][0]["term"] for one in found if one["value"] == "=old" and one["more"]} == {"steam"}
    assert not any(word["term"] == "laser" for one in found if one["value"] == "=old" for word in one["more"])


def test_topics_are_those_asked_for_and_ten_words_are_shown(aged: Path) -> None:
    found = as_json(aged, "--topic", 2, "--topic", 0)
    assert [one["topic"] for one in found] == [2] * 3 + [0] * 3
    assert {len(one["words"]) for one in found} == {10}


def test_values_are_safe_for_terminals_and_spreadsheets(aged: Path) -> None:
    assert "\x1b" not in shown(aged) + shown(aged, "--format", "csv") + shown(aged, "--format", "json")
    assert ",'=old," in shown(aged, "--format", "csv", "--spreadsheet")


def test_corpus_that_was_moved_or_piped_is_given(aged: Path, tmp_path: Path) -> None:
    write(tmp_path, {"moved.jsonl": rows()})
    of_fields = ("--set", "corpus.metadata_fields=[age]")
    piped = ("--set", "corpus.format=jsonl", *of_fields)
    done(lda("train", "-", *QUICK, *piped, cwd=tmp_path, stdin=rows().encode()))
    with unchanged(tmp_path):
        again = lda("inspect", *BY_AGE, "-", cwd=tmp_path, stdin=rows().encode())
        refused = lda("inspect", *BY_AGE, cwd=tmp_path)
        assert_refused(refused, 3, "the corpus of the training: the model names no files", "give CORPUS")
        other = lda("inspect", *BY_AGE, "moved.jsonl", cwd=tmp_path)
        assert_refused(other, 3, "stdin:1: not in the corpus, or changed since the training")
    assert done(again) == shown(aged)


def test_corpus_is_read_as_the_model_says_not_as_a_config_in_the_folder(aged: Path, tmp_path: Path) -> None:
    write(tmp_path, {"lda.yaml": "corpus: {text_field: body}\ntokenizer: {min_length: 9}\n"})
    assert done(lda("inspect", "-m", aged / "model", *BY_AGE, cwd=tmp_path)) == shown(aged)


def test_files_that_are_skipped_are_told_of_unless_quiet(tmp_path: Path) -> None:
    write(tmp_path, {f"texts/{name}": text for name, text in theme_documents().items()})
    pattern = ("--set", "corpus.metadata_pattern=(?P<theme>[a-z]+)/", "--set", "corpus.on_error=skip")
    done(lda("train", "texts", *QUICK, *pattern, cwd=tmp_path))
    write(tmp_path, {"texts/bad.txt": b"\xff\xfe\xfd"})
    by_theme = ("inspect", "--by", "theme", "--words")
    assert "1 skipped, first: " in lda(*by_theme, cwd=tmp_path).stderr
    assert lda(*by_theme, "-q", cwd=tmp_path).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--words"], ["--words: needs --by"]),
        (["--words", "--documents"], ["--words: needs --by"]),
        ([*BY_AGE, "--documents"], ["--documents and --by", "two tables"]),
        ([*BY_AGE, "--weights", "tokens"], ["--weights: leave out --words"]),
        ([*BY_AGE, "--wide", "--format", "csv"], ["--wide: leave out --words"]),
        ([*BY_AGE, "--sort", "npmi"], ["--sort: leave out --by"]),
        ([*BY_AGE, "--words-by", "frex"], ["--words-by: leave out --by"]),
        ([*BY_AGE, "--topic", 3], ["--topic 3", "topics 0 to 2"]),
        (["--by", "aeg", "--words"], ["metadata field aeg", 'did you mean "age"?']),
    ],
)
def test_what_does_not_go_together_is_refused(aged: Path, arguments: list[object], words: list[str]) -> None:
    assert_refused(lda("inspect", *arguments, cwd=aged), 2, *words)


def test_path_without_words_is_refused(aged: Path) -> None:
    assert_refused(lda("inspect", "model", cwd=aged), 2, "unexpected argument model", "by -m")
