"""The tables: what stands in them, that it is documented, and that every format says the same."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.export import COLUMNS, EXPORTS, Choice, run
from lda_cli.export.digits import ShareDigits
from lda_cli.export.documents import largest_shares
from lda_cli.model.model import Model
from tests.helpers.exported import file_of, rows_of, text_of

TABLES = [name for name, export in EXPORTS.items() if export.kind == "table"]


def choice_of(title: str) -> tuple[str, dict[str, object]]:
    """The table and the options that a title of COLUMNS means."""
    what, *option = title.split(" --")
    return what, dict.fromkeys(option, True) | ({"field": "year"} if what == "by" else {})


def test_every_export_has_its_function() -> None:
    kinds = {name: export.kind for name, export in EXPORTS.items()}
    assert set(run.TABLES) == {name for name, kind in kinds.items() if kind == "table"}
    assert set(run.FILES) == {name for name, kind in kinds.items() if kind in ("text", "arrays")}
    assert set(run.FOLDERS) == {name for name, kind in kinds.items() if kind == "folder"}
    assert {title.split(" ")[0] for title in COLUMNS} == set(TABLES)


@pytest.mark.parametrize("title", COLUMNS)
@pytest.mark.parametrize("names", [False, True])
def test_columns_are_those_that_are_documented(model: Model, title: str, names: bool) -> None:
    what, choice = choice_of(title)
    written = run.TABLES[what](model, Choice(names=names, **choice)).header
    documented = []
    for name, meaning in COLUMNS[title].items():
        if name == "topic_0 ...":
            documented += [f"topic_{topic}" for topic in range(3)]
        elif name == "(fields)":
            documented += ["year", "author", "metadata.topic" if choice.get("long") else "topic"]
        elif names or not meaning.startswith("with --names"):
            documented.append(name)
    assert [name.partition(" ")[0] for name in written] == documented
    assert all(("topic_0 ~" in name) == names for name in written if name.startswith("topic_0"))


def test_shares_have_six_decimals_of_theta(saved: Path, model: Model) -> None:
    theta = np.load(saved / "theta.npy")
    for row, shares in zip(rows_of(model, "documents"), theta, strict=True):
        assert [row[f"topic_{t}"] for t in range(3)] == [repr(round(share, 6)) for share in shares.tolist()]


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=40))
def test_digits_are_those_of_round(shares: list[float]) -> None:
    rows = ShareDigits([","] * len(shares)).rows(np.array([shares, shares[::-1]], np.float32))
    expected = [repr(round(share, 6)) for share in shares]
    assert rows == ["".join(f",{text}" for text in expected), "".join(f",{text}" for text in expected[::-1])]


def test_digits_of_halves_and_ends_are_those_of_round() -> None:
    # 2^-7 is 0.0078125, whose seventh decimal is a five that nothing follows
    shares = np.array([[0, 1, 2**-7, 3 * 2**-7, 5e-7, 4.9e-7, 1e-6, 1e-4, 0.1, 2**-149]], np.float32)
    (row,) = ShareDigits([","] * shares.size).rows(shares)
    assert row.split(",")[1:] == [repr(round(share, 6)) for share in shares[0].tolist()]


@pytest.mark.parametrize("title", COLUMNS)
def test_jsonl_and_tsv_say_what_csv_says(model: Model, title: str) -> None:
    what, choice = choice_of(title)
    rows = rows_of(model, what, **choice)
    objects = [json.loads(line) for line in text_of(model, what, "jsonl", **choice).splitlines()]
    assert [list(record) for record in objects] == [list(row) for row in rows]
    for record, row in zip(objects, rows, strict=True):
        for name, value in record.items():
            shown = "" if value is None else str(value)
            assert row[name] == shown.replace("\n", r"\x0a").replace("\x1b", r"\x1b")
    tsv = io.StringIO(text_of(model, what, "tsv", **choice), newline="")
    assert list(csv.DictReader(tsv, delimiter="\t")) == rows


@pytest.mark.parametrize("title", COLUMNS)
def test_parquet_says_what_csv_says(model: Model, title: str) -> None:
    what, choice = choice_of(title)
    table = pq.read_table(file_of(model, what, **choice))
    rows = rows_of(model, what, **choice)
    assert table.column_names == list(rows[0])
    for found, row in zip(table.to_pylist(), rows, strict=True):
        for name, value in found.items():
            if isinstance(value, float):
                assert float(row[name]) == pytest.approx(value, abs=1e-6)
            else:
                shown = "" if value is None else str(value)
                assert row[name] == shown.replace("\n", r"\x0a").replace("\x1b", r"\x1b")


def test_csv_is_read_by_the_rules_of_r(model: Model) -> None:
    """read.csv of R: quotes are doubled, no escapes, every row has as many fields as the header."""
    text = text_of(model, "documents")
    reader = csv.reader(
        io.StringIO(text, newline=""), quotechar='"', doublequote=True, escapechar=None, strict=True
    )
    header, *rows = list(reader)
    assert {len(row) for row in rows} == {len(header)}
    assert rows[0][0].startswith('letter 0, "')
    assert {row[header.index("author")] for row in rows} >= {"Ann, Mary", 'the "Old" one', ""}
    assert "\r" not in text


def test_spreadsheet_gets_a_mark_and_no_formula(model: Model) -> None:
    text = text_of(model, "documents", spreadsheet=True)
    assert text.startswith("\ufeffid,")
    assert text.count("\ufeff") == 1
    assert "'=1+1" in text


def test_long_has_the_largest_shares_first(model: Model) -> None:
    theta = model.documents.theta
    rows, topics = largest_shares(theta, 2, 0.1)
    for number, shares in enumerate(theta):
        expected = [topic for topic in np.argsort(-shares, kind="stable")[:2] if float(shares[topic]) >= 0.1]
        assert topics[rows == number].tolist() == expected
    assert {row["topic"] for row in rows_of(model, "documents", long=True, top=1)} == {"0", "1", "2"}


def test_topics_and_terms_are_those_of_the_model(model: Model) -> None:
    topics = rows_of(model, "topics", top=3)
    assert [row["words"] for row in topics] == [
        " ".join(w for w, _ in topic.words) for topic in model.topics(3)
    ]
    assert sum(int(row["documents"]) for row in topics) == model.n_documents
    terms = rows_of(model, "terms", top=None)
    assert len(terms) == 3 * len(model.vocabulary)
    first = [row for row in terms if row["rank"] == "1"]
    assert [(row["term"], float(row["p"])) for row in first] == [topic.words[0] for topic in model.topics(1)]
    use = {use.topic: use.share for use in model.term_topics(first[0]["term"])}
    assert float(first[0]["p_topic"]) == pytest.approx(use[0])
    wide = rows_of(model, "terms", wide=True)
    assert [row["term"] for row in wide] == list(model.vocabulary)
    assert sum(float(row["topic_1"]) for row in wide) == pytest.approx(1, abs=1e-5)


def test_similar_topics_are_all_pairs_the_most_similar_first(model: Model) -> None:
    rows = rows_of(model, "similar-topics")
    assert {(row["a"], row["b"]) for row in rows} == {("0", "1"), ("0", "2"), ("1", "2")}
    assert [row["distance"] for row in rows] == sorted(row["distance"] for row in rows)
    both = [
        (shares >= 0.05) & (shares * n >= 3)
        for shares, n in zip(model.documents.theta, model.documents.lengths, strict=True)
    ]
    for row in rows:
        a, b = int(row["a"]), int(row["b"])
        n_a, n_b, n_ab = (sum(has) for has in zip(*((h[a], h[b], h[a] & h[b]) for h in both), strict=True))
        expected = np.log(n_ab * len(both) / (n_a * n_b)) if n_ab else None
        assert (float(row["pmi"]) if row["pmi"] else None) == pytest.approx(expected)
