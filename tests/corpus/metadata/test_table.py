"""The table of corpus.metadata: its formats, its ids, and what is refused in it."""

import gzip
import json
import unicodedata

import pytest

from lda_cli.config import CorpusConfig
from lda_cli.corpus.inputs.report import Report
from lda_cli.corpus.metadata import table as table_module
from lda_cli.corpus.metadata.table import content_of, read_table
from lda_cli.errors import ConfigError, CorpusError


@pytest.fixture
def read(tmp_path):
    """A function that reads a table with such a name and content: (columns, rows)."""

    def read(name, content, report=None, **settings):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        config = CorpusConfig(metadata=str(tmp_path / name), **settings)
        found = read_table(config, report or Report())
        assert found.content == content_of(config)
        return found.columns, dict(found.rows)

    return read


CSV = "id,year,author\na.txt,1999,Ann\nb.txt,,Bob\n"
EXPECTED = (("year", "author"), {"a.txt": ("1999", "Ann"), "b.txt": ("", "Bob")})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.csv", CSV),
        ("m.CSV", CSV.replace("\n", "\r\n")),
        ("m.csv", "\ufeff" + CSV),
        ("m.csv", CSV.encode("utf-16")),
        ("m.csv.gz", gzip.compress(CSV.encode(), mtime=0)),
        ("m.tsv", CSV.replace(",", "\t")),
        ("m.csv", CSV.replace(",", ";")),
        ("m.csv", "sep=;\r\n" + CSV.replace(",", ";")),
        ("m.csv", CSV.replace(",", "\t").encode("utf-16-le").join([b"\xff\xfe", b""])),
        ("m.csv", "year,id,author\n1999,a.txt,Ann\n,b.txt,Bob\n"),
        ("m.csv", ',id,year,author\n0,a.txt,1999,"Ann"\n1,b.txt,,Bob\n\n,,,\n'),  # as pandas writes an index
    ],
)
def test_tables_of_all_kinds_say_the_same(read, name, content):
    assert read(name, content) == EXPECTED


def test_lines_of_json_have_columns_as_they_come(read):
    rows = [{"id": 7, "year": 1999}, {"tags": ["x", "y"], "id": "b"}, {"id": "c", "year": None, "ok": True}]
    columns, found = read("m.jsonl", "\n\n".join(map(json.dumps, rows)))
    assert columns == ("year", "tags", "ok")
    assert found == {"7": (1999,), "b": (None, '["x", "y"]'), "c": (None, None, "true")}


def test_ids_are_in_the_named_column_else_in_the_first(read):
    assert read("m.csv", "file,year,key\na,1,x\n")[1] == {"a": ("1", "x")}
    assert read("m.csv", "file,year,key\na,1,x\n", id_field="key")[1] == {"x": ("a", "1")}
    assert read("m.csv", "file,id,key\na,1,x\n", id_field="key")[1] == {"1": ("a", "x")}
    assert read("m.csv", "file,ID\na,1\n")[1] == {"1": ("a",)}


def test_ids_are_compared_in_nfc(read):
    name = unicodedata.normalize("NFD", "köln/é.txt")
    assert list(read("m.csv", f"id,x\n{name},1\n")[1]) == ["köln/é.txt"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.csv", "id,x\na,1\na,2\n", "m.csv:3: a second row for the id 'a'; fix it, or set corpus.on_error"),
        ("m.csv", "id,x\na,1,2\n", "m.csv:2: 3 fields, but the header has 2; "),
        ("m.csv", "id,x\n,1\n", "m.csv:2: 'id' must be a text or a whole number, and not empty"),
        ("m.csv", 'id,x\na,"1\n', "m.csv:2: not a valid record (unexpected end of data)"),
        ("m.csv", "id,x,x\na,1,2\n", "m.csv: two columns have the same name; rename one of them"),
        ("m.csv", b"id,x\na,\xff\n", "m.csv: not valid utf-8; set corpus.encoding"),
        ("m.csv.gz", gzip.compress(CSV.encode(), mtime=0)[:-9], "m.csv.gz: "),
        ("m.jsonl", '{"id": "a"}\n[1]\n', "m.jsonl:2: not a JSON object with keys"),
        ("m.jsonl", "{" * 100_000, "m.jsonl:1: not a JSON object with keys"),
        ("m.jsonl", '{"id": "a"}\n{"x": 1}\n', "m.jsonl:2: no key 'id'; fix it"),
        ("m.jsonl", '{"id": "a", "x": "' + "x" * 10_001 + '"}', "m.jsonl:1: 'x' is longer than 10000"),
        ("m.jsonl", json.dumps({str(n): n for n in range(1002)}), "m.jsonl:1: more than 1000 columns"),
    ],
)
def test_bad_tables_are_refused_by_line(read, name, content, message):
    with pytest.raises(CorpusError) as error:
        read(name, content)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_bad_rows_are_skipped_and_named_when_the_config_allows_it(read):
    report = Report()
    content = 'id,x\na,1\na,2\nb,1,2\n,3\nc,4\nd,"x" y"\ne,5\n'
    assert read("m.csv", content, report, on_error="skip")[1] == {"a": ("1",), "c": ("4",), "e": ("5",)}
    assert report.n_skipped == 4
    assert [line.split(": ")[0].rpartition(":")[2] for line in report.skipped] == ["3", "4", "5", "7"]


def test_bad_bytes_are_replaced_and_named_when_the_config_allows_it(read):
    report = Report()
    assert read("m.csv", b"id,x\na,\xff\n", report, on_error="replace")[1] == {"a": ("\ufffd",)}
    assert (report.n_replaced, report.replaced[0].endswith("m.csv:2: not valid utf-8")) == (1, True)


def test_encodings_are_tried_in_turn_for_the_whole_table(read):
    several = {"encoding": ("utf-8", "cp1252")}
    content = "id,x\na,“Köln”\na,2\nb,é\n"
    for on_error in ("skip", "replace"):
        report = Report()
        rows = content.replace("a,2\n", "") if on_error == "replace" else content
        for encoding in ("utf-8", "cp1252"):
            found = read("m.csv", rows.encode(encoding), report, on_error=on_error, **several)
            assert found == (("x",), {"a": ("“Köln”",), "b": ("é",)})
        assert (report.n_skipped, report.n_replaced) == (2 * (on_error == "skip"), 0)
    with pytest.raises(
        CorpusError, match=r"m\.csv: not valid utf-8 or cp1252; .*, or corpus\.on_error to rep"
    ):
        read("m.csv", b"id,x\na,\x81\n", **several)
    assert read("m.csv", b"id,x\na,\x81\n", on_error="replace", **several)[1] == {"a": ("\ufffd",)}


def test_unpaired_surrogates_are_replaced(read):
    columns, rows = read("m.jsonl", r'{"id": "a", "x\ud800": "y\udfff"}')
    assert (columns, rows) == (("x\ufffd",), {"a": ("y\ufffd",)})


def test_table_of_another_kind_or_of_no_file_is_refused(read, tmp_path):
    with pytest.raises(ConfigError, match=r"m\.xlsx: name it \.csv, \.tsv or \.jsonl"):
        read("m.xlsx", "PK")
    for path in ("none.csv", "folder.csv"):
        (tmp_path / "folder.csv").mkdir(exist_ok=True)
        with pytest.raises(CorpusError, match=rf"{path}: cannot be read: .*; check corpus\.metadata"):
            read_table(CorpusConfig(metadata=str(tmp_path / path)), Report())
        with pytest.raises(CorpusError, match="cannot be read"):
            content_of(CorpusConfig(metadata=str(tmp_path / path)))


def test_small_file_that_expands_without_end_is_refused(read, monkeypatch):
    monkeypatch.setattr(table_module, "TABLE_CHARACTERS", 10_000)
    with pytest.raises(CorpusError, match=r"too long for a table of metadata; keep only the columns"):
        read("m.csv.gz", gzip.compress(b"id,x\n" + b"a" * 100_000, mtime=0))
