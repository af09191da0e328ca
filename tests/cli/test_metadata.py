"""Metadata on the command line: what `train` warns of, and what `infer` writes."""

import csv
import io
import json
import unicodedata
from pathlib import Path

from lda_cli.table_text import metadata_columns
from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

FIELDS = ("--set", "corpus.id_field=name", "--set", "corpus.metadata_fields=[year, topic]")


def letters(folder: Path) -> list[dict[str, str]]:
    """A CSV of 24 letters with their years and a field that has the name of a column of `infer`."""
    rows = [
        {"name": name, "text": text, "year": str(1800 + n) if n else "", "topic": f"é\x1b{n}"}
        for n, (name, text) in enumerate(theme_documents().items())
    ]
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    write(folder, {"letters.csv": text.getvalue()})
    return rows


def test_fields_of_records_are_in_what_infer_writes(tmp_path: Path) -> None:
    rows = letters(tmp_path)
    done(lda("train", "letters.csv", "-m", "model", *QUICK, *FIELDS, cwd=tmp_path))
    found = done(lda("infer", "letters.csv", "--top", 1, cwd=tmp_path)).splitlines()
    assert [json.loads(line)["metadata"] for line in found] == [
        {"year": int(row["year"]) if row["year"] else None, "topic": row["topic"]} for row in rows
    ]
    assert list(json.loads(found[0])) == ["id", "metadata", "tokens", "unknown", "topics"]
    text = done(lda("infer", "letters.csv", "--top", 1, "--format", "csv", cwd=tmp_path))
    header, *table = list(csv.reader(io.StringIO(text)))
    assert header == ["id", "tokens", "unknown", "topic", "share", "year", "metadata.topic"]
    assert [row[5:] for row in table] == [
        [row["year"], row["topic"].replace("\x1b", r"\x1b")] for row in rows
    ]
    words = done(lda("infer", "letters.csv", "--words", "--format", "tsv", cwd=tmp_path)).splitlines()
    assert words[0] == "id\tstart\tend\tterm\ttopic\tp\tyear\tmetadata.topic"
    assert words[-1].endswith(f"\t1823\t{table[-1][-1]}")


def test_join_says_what_does_not_match_and_a_changed_table_trains_again(tmp_path: Path) -> None:
    texts = theme_documents()
    first, *others = sorted(texts)
    write(tmp_path / "texts", {**texts, unicodedata.normalize("NFD", "köln.txt"): texts[first]})
    ids = [*others, "gone.txt", "köln.txt"]
    write(tmp_path, {"m.csv": "id,year\n" + "".join(f"{name},{n}\n" for n, name in enumerate(ids))})
    command = ("train", "texts", "-m", "model", *QUICK, "--set", "corpus.metadata=m.csv", "--if-changed")
    result = lda(*command, cwd=tmp_path)
    assert result.status == 0
    assert result.stderr.splitlines()[1:3] == [
        f"lda-cli: m.csv: 1 of {len(texts) + 1} documents have no row, first: {first}",
        f"lda-cli: m.csv: 1 of {len(ids)} rows have no document, first: gone.txt",
    ]
    assert "is up to date" in lda(*command, cwd=tmp_path).stderr
    write(tmp_path, {"m.csv": f"id,year\n{first},2000\n"})
    assert "saved in model" in lda(*command, cwd=tmp_path).stderr
    found = (tmp_path / "model/metadata.jsonl").read_text().splitlines()
    assert found.count('{"year": 2000}') == 1
    done(lda("inspect", "--verify", cwd=tmp_path))


def test_bad_pattern_is_refused_with_the_reason(tmp_path: Path) -> None:
    for pattern, reason in (
        ("(?P<year>[0-9]{4}", "regular expression that compiles (missing ), unterminated subpattern"),
        ("[0-9]+", "a regular expression with a named group, such as (?P<year>[0-9]+), not '[0-9]+'"),
    ):
        result = lda("train", "x", "--set", f"corpus.metadata_pattern='{pattern}'", cwd=tmp_path)
        assert_refused(result, 2, "--set corpus.metadata_pattern", reason)


def test_columns_of_metadata_all_differ() -> None:
    fields = ["topic", "metadata.topic", "year"]
    assert metadata_columns(fields, ["id", "topic"]) == ["metadata.topic", "metadata.metadata.topic", "year"]
