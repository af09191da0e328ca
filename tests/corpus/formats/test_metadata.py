"""The values of corpus.metadata_fields in records: of JSON by key, of tables by name or number."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.documents.readers import Reader
from lda_cli.corpus.formats.metadata import from_text, metadata_value, of_object, to_text, without_surrogates
from lda_cli.corpus.formats.records import MalformedError
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError
from tests.corpus.reading import inputs_of

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=9,
)


def metadata_of(path, fields, report=None, **settings):
    config = CorpusConfig(metadata_fields=fields, **settings)
    found = []
    for chunk in filter(None, chunks(inputs_of(path, corpus=config))):
        found += Reader(config).documents(chunk, report or Report())
    return [dict(document.metadata) for document in found]


def test_fields_of_json_are_keys_or_keys_in_objects(tmp_path):
    records = [
        {"text": "moon", "year": 1999, "by": {"name": "Ann", "tags": ["x", 1]}, "a.b": 1, "a": {"b": 2}},
        {"text": "tide", "year": None, "by": "Bob", "a": {"b": 2}, "ok": False, "1": "one"},
        {"text": "rice", "year": 1e999, "by": {"name": 10**17}},
    ]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert metadata_of(tmp_path / "d.jsonl", ("year", "by.name", "by.tags", "a.b", "ok", "1")) == [
        {"year": 1999, "by.name": "Ann", "by.tags": '["x", 1]', "a.b": 1},
        {"year": None, "a.b": 2, "ok": "false", "1": "one"},
        {"year": None, "by.name": str(10**17)},
    ]


def test_fields_of_a_table_are_columns_by_name_or_number(tmp_path):
    (tmp_path / "d.csv").write_text('text,year,who\nmoon,1999,"Ann\nLee"\ntide\n')
    assert metadata_of(tmp_path / "d.csv", ("year", "who", "where")) == [
        {"year": "1999", "who": "Ann\nLee"},
        {"year": None, "who": None},
    ]
    (tmp_path / "d.csv").write_text("moon;1999\ntide;2000\n")
    numbered = {"text_field": "1", "header": False}
    assert metadata_of(tmp_path / "d.csv", ("2", "3"), **numbered) == [{"2": "1999"}, {"2": "2000"}]


def test_fields_of_an_array_of_json_are_those_of_its_objects(tmp_path):
    (tmp_path / "d.json").write_text('[{"text": "moon", "by": {"name": "Ann"}},\n{"text": "tide"}]')
    assert metadata_of(tmp_path / "d.json", ("by.name",)) == [{"by.name": "Ann"}, {}]


def test_parts_of_a_file_of_text_have_no_metadata(tmp_path):
    (tmp_path / "d.txt").write_text("moon\ntide\n")
    assert metadata_of(tmp_path / "d.txt", ("year",)) == [{}, {}]


def test_value_that_is_too_long_is_refused_by_line_or_skipped(tmp_path):
    (tmp_path / "d.csv").write_text(f"text,x\nmoon,1\ntide,{'y' * 10_001}\nrice,3\n")
    with pytest.raises(CorpusError, match=r"d\.csv:3: 'x' is longer than 10000 characters; leave it out of"):
        metadata_of(tmp_path / "d.csv", ("x",))
    report = Report()
    assert metadata_of(tmp_path / "d.csv", ("x",), report, on_error="skip") == [{"x": "1"}, {"x": "3"}]
    assert report.n_skipped == 1


@given(st.dictionaries(st.text(max_size=3), any_json))
def test_any_value_of_json_can_be_stored(record):
    fields = [without_surrogates(field) for field in record]
    try:
        found = of_object(record, fields)
    except MalformedError:
        return
    text = to_text(found)
    assert "\n" not in text
    assert from_text(text.encode().decode()) == found
    assert all(isinstance(value, str | int | float | None) for value in found.values())
    assert not any(isinstance(value, bool) for value in found.values())


def test_deep_values_are_refused():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(MalformedError, match="'x' is nested too deeply"):
        metadata_value("x", deep)
