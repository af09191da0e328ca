"""`lda-cli inspect --documents` and `--by`, and the order of topics and words: tables that say the same."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

Golden = Callable[[str, str], None]


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of documents with a year and an author; read only."""
    folder = tmp_path_factory.mktemp("dated")
    texts = list(theme_documents().values())
    texts = [text.decode() if isinstance(text, bytes) else text for text in texts]
    rows = [
        {"text": text, "year": 1990 + n if n else None, "author": ["Ada", "=Bo", "C\x1b[31m"][n % 3]}
        for n, text in enumerate(texts)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in [*rows, {"text": "", "year": 1900, "author": "Nobody"}])
    write(folder, {"corpus.jsonl": lines})
    fields = "corpus.metadata_fields=[year, author]"
    done(lda("train", folder / "corpus.jsonl", "-m", folder / "model", *QUICK, "--set", fields))
    return folder / "model"


def shown(model: Path, *arguments: object) -> str:
    result = lda("inspect", "-m", model, *arguments)
    assert result.stderr == ""
    return done(result)


def as_json(model: Path, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shown(model, *arguments, "--format", "json"))
    return found


def as_csv(model: Path, *arguments: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(shown(model, *arguments, "--format", "csv"))))


@pytest.mark.parametrize("form", ["text", "markdown"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("documents", ["--documents", "--top", 2]),
        ("by", ["--by", "year:10"]),
        ("by_topic", ["--by", "author", "--topic", 1]),
    ],
)
def test_tables_are_as_they_were(
    dated: Path, golden: Golden, name: str, arguments: list[object], form: str
) -> None:
    golden(f"inspect_{name}.{form}", shown(dated, *arguments, "--format", form))


def test_best_documents_are_those_of_theta_with_their_text(dated: Path) -> None:
    theta = np.load(dated / "theta.npy")
    found = as_json(dated, "--documents", "--top", 1)
    assert [each["topic"] for each in found] == [0, 1, 2]
    for each in found:
        assert list(each) == ["topic", "name", "rank", "share", "low", "tokens", "id", "text"]
        number = int(each["id"].split(":")[1]) - 1
        assert each["share"] == round(float(theta[number, each["topic"]]), 6)
        assert 0 < each["low"] < each["share"]
        assert len(each["text"]) > 10
    rows = as_csv(dated, "--documents", "--top", 1)
    assert rows == [{name: str(value) for name, value in each.items()} for each in found]


def test_number_of_documents_is_three_a_topic_or_ten_of_one(dated: Path) -> None:
    assert [each["rank"] for each in as_json(dated, "--documents")] == [1, 2, 3] * 3
    assert [each["rank"] for each in as_json(dated, "--documents", "--topic", 2)] == list(range(1, 11))
    every = as_json(dated, "--documents", "--topic", 2, "--topic", 2, "--top", 99)
    assert len(every) == 24  # the empty one is left out


def test_means_in_json_and_long_and_wide_csv_are_the_same(dated: Path) -> None:
    groups = as_json(dated, "--by", "author")
    assert [group["value"] for group in groups] == ["=Bo", "Ada", "C\x1b[31m"]
    assert [group["documents"] for group in groups] == [8, 8, 8]
    assert sum(share["share"] for share in groups[0]["topics"]) == pytest.approx(1, abs=1e-6)
    long = as_csv(dated, "--by", "author")
    assert list(long[0]) == ["value", "documents", "tokens", "topic", "name", "share", "low", "high"]
    assert [float(row["low"]) for row in long] == [s["low"] for group in groups for s in group["topics"]]
    wide = as_csv(dated, "--by", "author", "--wide")
    assert list(wide[0]) == ["value", "documents", "tokens", "topic_0", "topic_1", "topic_2"]
    named = as_csv(dated, "--by", "author", "--wide", "--names")
    assert list(named[0])[3:] == [f"topic_{t} {long[t]['name']}" for t in range(3)]
    assert [float(row["topic_1"]) for row in wide] == [group["topics"][1]["share"] for group in groups]
    (of_topic, *_) = as_json(dated, "--by", "author", "--topic", 1, "--weights", "documents")
    theta = np.load(dated / "theta.npy")[1:24:3, 1].astype(float)
    assert [share["topic"] for share in of_topic["topics"]] == [1]
    assert of_topic["topics"][0]["share"] == pytest.approx(theta.mean())


def test_one_document_and_no_value_are_null_a_dash_or_nothing(dated: Path) -> None:
    last = as_json(dated, "--by", "year")[-1]
    assert last["value"] is None
    assert last["topics"][0]["low"] is None
    assert shown(dated, "--by", "year", "--topic", 0).splitlines()[-1].split()[0] == "-"
    assert shown(dated, "--by", "year", "--topic", 0).splitlines()[-1].split()[-2:] == ["-", "-"]
    row = as_csv(dated, "--by", "year")[-1]
    assert (row["value"], row["low"], row["high"]) == ("", "", "")


def test_names_and_texts_are_safe_for_terminals_and_spreadsheets(dated: Path) -> None:
    assert "\x1b" not in shown(dated, "--by", "author") + shown(dated, "--by", "author", "--format", "json")
    assert "\n'=Bo,8" in shown(dated, "--by", "author", "--wide", "--format", "csv", "--spreadsheet")


def test_topics_are_sorted_as_asked(dated: Path) -> None:
    shares = [topic["share"] for topic in as_json(dated, "--sort", "share")]
    assert shares == sorted(shares, reverse=True)
    npmi = [topic["npmi"] for topic in as_json(dated, "--sort", "npmi")]
    assert npmi == sorted(npmi, reverse=True)
    chosen = as_json(dated, "--topic", 2, "--topic", 0, "--sort", "number")
    assert [topic["topic"] for topic in chosen] == [0, 2]


@pytest.mark.parametrize("score", ["relevance", "frex"])
def test_words_by_another_score_show_their_probability(dated: Path, score: str) -> None:
    phi, terms = np.load(dated / "phi.npy"), (dated / "vocabulary.txt").read_text().splitlines()
    for topic in as_json(dated, "--words-by", score, "--top", 5):
        for word in topic["words"]:
            assert word["p"] == pytest.approx(phi[topic["topic"], terms.index(word["term"])])
    assert as_json(dated, "--words-by", "p") == as_json(dated)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--documents", "--by", "year"], ["--documents and --by", "two tables"]),
        (["--term", "moon", "--verify"], ["--term and --verify"]),
        (["--documents", "--topic", 3], ["--topic 3", "topics 0 to 2"]),
        (["--by", "yaer"], ['did you mean "year"?', "year (number), author (text)"]),
        (["--by", "year:x"], ["year:5"]),
        (["--by", "year", "--top", 3], ["--top", "--by"]),
        (["--documents", "--sort", "npmi"], ["--sort", "leave out --documents"]),
        (["--weights", "tokens"], ["--weights: needs --by"]),
        (["--by", "year", "--wide"], ["--wide needs --format csv"]),
        (["--documents", "--wide", "--format", "csv"], ["--wide: needs --by"]),
    ],
)
def test_what_does_not_go_together_is_refused(dated: Path, arguments: list[object], words: list[str]) -> None:
    assert_refused(lda("inspect", "-m", dated, *arguments), 2, *words)


def test_documents_of_a_corpus_that_is_gone_have_no_text(dated: Path, tmp_path: Path) -> None:
    write(tmp_path, {f"texts/{name}": text for name, text in theme_documents().items()})
    done(lda("train", tmp_path / "texts", "-m", tmp_path / "model", *QUICK))
    (tmp_path / "texts").rename(tmp_path / "moved")
    found = as_json(tmp_path / "model", "--documents")
    assert {each["text"] for each in found} == {None}
    assert {row["text"] for row in as_csv(tmp_path / "model", "--documents")} == {""}


@pytest.mark.parametrize("arguments", [["inspect", "--by", ""], ["export", "by", ""]])
def test_empty_field_is_no_field_and_not_another_table(dated: Path, arguments: list[str]) -> None:
    assert_refused(lda(*arguments, "-m", dated), 2, "metadata field", "it has year (number), author (text)")
