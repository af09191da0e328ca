"""The metadata of documents: of their records, of a table and of their ids, and what does not match."""

import unicodedata

import pytest

from lda_cli.config import CorpusConfig, SplitConfig, load_config
from lda_cli.corpus.metadata.rows import MetadataRows
from lda_cli.corpus.metadata.table import MetadataTable
from lda_cli.errors import ConfigError

TABLE = MetadataTable(
    "m.csv", ("place", "n"), {"a": ("Rome", "1"), "b": ("Bonn",), "köln": ("Köln", "3")}, ""
)


def test_row_has_fields_columns_and_groups():
    config = CorpusConfig(metadata_fields=("year",), metadata_pattern="^(?P<letter>[a-k])")
    rows = MetadataRows(config, TABLE)
    assert rows.names == ("year", "place", "n", "letter")
    assert rows.row("a", {"year": 1}) == {"year": 1, "place": "Rome", "n": "1", "letter": "a"}
    assert rows.row("b", {}) == {"place": "Bonn", "letter": "b"}
    assert rows.row("z", {"year": None}) == {"year": None}


def test_ids_without_a_row_rows_without_a_document_and_ids_that_do_not_match_are_counted():
    rows = MetadataRows(CorpusConfig(metadata_pattern="(?P<first>[a-k])"), TABLE)
    for name in ("a", "x", "y", "z", "x" * 99):
        rows.row(name, {})
    assert rows.notes == [
        "m.csv: 4 of 5 documents have no row, first: x, y, z",
        "m.csv: 2 of 3 rows have no document, first: b, köln",
        "corpus.metadata_pattern: 4 of 5 ids do not match, first: x, y, z",
    ]


def test_parts_have_the_row_of_their_document_which_counts_once():
    rows = MetadataRows(CorpusConfig(split=SplitConfig("lines", 1)), TABLE)
    found = [rows.row(name, {}) for name in ("a#1", "a#2", "no#5#1", "no#5#2", "b#1")]
    assert [row.get("place") for row in found] == ["Rome", "Rome", None, None, "Bonn"]
    assert rows.without_row == ["m.csv: 1 of 3 documents have no row, first: no#5"]
    whole = MetadataRows(CorpusConfig(), TABLE)
    assert whole.row("a#1", {}) == {}


def test_ids_match_in_nfc():
    rows = MetadataRows(CorpusConfig(metadata_pattern="(?P<town>kö)"), TABLE)
    assert rows.row(unicodedata.normalize("NFD", "köln"), {}) == {"place": "Köln", "n": "3", "town": "kö"}


def test_pattern_of_the_issue_finds_year_and_author():
    pattern = r"(?P<year>\d{4})/(?P<author>[^/]+)"
    rows = MetadataRows(CorpusConfig(metadata_pattern=pattern), None)
    assert rows.row("letters/1812/austen/3.txt", {}) == {"year": "1812", "author": "austen"}
    assert rows.row("1812.txt", {}) == {}


def test_two_sources_of_one_name_are_refused():
    with pytest.raises(ConfigError, match=r"the column 'n' is in corpus\.metadata_fields too; rename one"):
        MetadataRows(CorpusConfig(metadata_fields=("n",)), TABLE)
    options = {"corpus.metadata_fields": ["n"], "corpus.metadata_pattern": "(?P<n>x)"}
    with pytest.raises(
        ConfigError, match="'n' is a field of metadata_fields and a group of metadata_pattern"
    ):
        load_config(environ={}, options=options)


def test_table_may_leave_out_the_endings_of_files():
    of_table = {"a": ("1",), "b.txt": ("2",), "b": ("3",), "v1": ("4",)}
    rows = MetadataRows(CorpusConfig(), MetadataTable("m.csv", ("year",), of_table, ""))
    names = ["a.txt", "b.txt", "c.html", "a.txt.gz", "v1.2"]
    assert [rows.row(name, {}).get("year") for name in names] == ["1", "2", None, "1", None]
    assert rows.notes[1] == "m.csv: 2 of 4 rows have no document, first: b, v1"
