"""JSON: arrays, objects over several lines, nested keys, several fields, null; what is refused, and where."""

import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents import objects
from lda_cli.corpus.formats.fields import member
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import InBlocks, error_of, read, read_documents

ROWS = [{"id": "a", "text": "one"}, {"id": "b", "text": "two\n[}"}, {"id": 3, "text": "Köln"}]
WRITTEN = {
    "one line": json.dumps(ROWS),
    "pretty": json.dumps(ROWS, indent=2, ensure_ascii=False),
    "lines": "\n".join(map(json.dumps, ROWS)),
    "pretty objects": "\n".join(json.dumps(row, indent=4) for row in ROWS),
    "two arrays": f"{json.dumps(ROWS[:1])}\n{json.dumps(ROWS[1:])}\n\n",
    "mark": "\ufeff" + json.dumps(ROWS),
}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a"])
@pytest.mark.parametrize("form", WRITTEN)
def test_objects_are_documents_however_they_are_written(tmp_path: Path, form: str, name: str) -> None:
    (tmp_path / name).write_text(WRITTEN[form], encoding="utf-8")
    expected = [("a", "one"), ("b", "two\n[}"), ("3", "Köln")]
    assert read(tmp_path / name, id_field="id") == expected
    if form != "two arrays" or name == "a.json":
        assert read(tmp_path / name)[1].id == f"{name}:2"


def test_one_object_is_one_document() -> None:
    assert read("-", stdin=b'{"text":\n"one"}', format="json") == [("stdin:1", "one")]
    assert read("-", stdin=b"[]", format="json") == read("-", stdin=b" \n", format="json") == []


@pytest.mark.parametrize("layout", ["json", "jsonl"])
def test_fields_may_be_nested_and_several(layout: str) -> None:
    rows = [
        {"data": {"text": "one", "title": "A", "key": {"n": 1}}},
        {"data": {"text": "two", "title": None, "key": {"n": 2}}},
        {"data": {"text": None, "title": "", "key": {"n": 3}}, "data.text": "exact"},
        {"data": None, "data.key.n": 4},
    ]
    stdin = "\n".join(map(json.dumps, rows)).encode()
    fields = {"text_field": ("data.title", "data.text"), "id_field": "data.key.n"}
    found = read("-", stdin=stdin, format=layout, **fields)
    assert found == [("1", "A\n\none"), ("2", "two"), ("3", "exact"), ("4", "")]


@pytest.mark.parametrize(
    ("value", "text"), [("null", ""), ("NaN", ""), ("-Infinity", ""), ("1984", "1984"), ("1.50", "1.5")]
)
def test_null_is_an_empty_document_and_a_number_a_text(value: str, text: str) -> None:
    stdin = f'{{"text": {value}}}\n{{"text": "x"}}\n'.encode()
    for layout in ("jsonl", "json"):
        assert read("-", stdin=stdin, format=layout) == [("stdin:1", text), ("stdin:2", "x")]


def test_key_with_dots_wins_over_nesting_at_every_level() -> None:
    assert member({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert member({"a": {"b.c": 3, "b": {"c": 4}}}, "a.b.c") == 3
    assert member({"Ko\u0308ln ": 5}, "Köln") == 5
    assert member({"a": None}, "a.b") is member({"a": {"b": None}}, "a.b.c") is None
    for value, field in (({"a": 1}, "a.b"), ({"a": {"b": 1}}, "a.c"), ({}, "")):
        with pytest.raises(KeyError):
            member(value, field)


BAD = {
    "no key": (
        '[{"text": "x"},\n {"Text": "y"}]',
        "2:2: no key 'text' (it has 'Text'); ",
    ),
    "a list": ('[{"text": "x"}, {"text": ["y"]}]', "1:17: 'text' is not a text but a list; "),
    "no object": ('[{"text": "x"}, "y"]', "1:17: not a JSON object but a text; "),
    "number": ('{"text": "x"} 12', "1:15: not a JSON object but a number; "),
    "syntax": (
        '[{"text": "x"},\n {"text": }, {"text": "z"}]' + " " * 50,
        "2:11: not valid JSON (Expecting value); ",
    ),
    "comma": ('[{"text": "x"} {"text": "y"}]', "1:16: not valid JSON (Expecting ',' delimiter); "),
    "cut": ('[{"text": "x"},\n{"text": "y', "2:10: not valid JSON (Unterminated string starting at); "),
    "no end": ('[{"text": "x"},\n', "2:1: not valid JSON (the array does not end); "),
    "deep": ('[{"text": "x"}, ' + "[" * 200_000, "1:17: JSON nested too deeply; "),
    "long number": ('[{"text": "x"}, {"n": ' + "9" * 5000 + "}]", "1:17: JSON number too long; "),
    "half": ('[{"text": "x"}, {"text": "\\ud800"}]', "1:17: unpaired surrogate in the text; "),
    "bytes": ('[{"text": "x"}, {"text": "\udcff"}]', "1:17: not valid utf-8; "),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_json_is_an_error_with_line_and_column_or_skipped(case: str) -> None:
    content, said = BAD[case]
    stdin = content.encode("utf-8", "surrogateescape")
    assert error_of("-", stdin=stdin, format="json").startswith(f"standard input:{said}")
    report = Report()
    found = read("-", stdin=stdin, format="json", on_error="skip", report=report)
    assert found == [("stdin:1", "x")]
    assert report.n_skipped == 1
    assert report.skipped[0] == f"standard input:{said.partition('; ')[0]}"


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (
            {"data": {"text": "x", "n": 1}},
            "(it has 'data.text', 'data.n'); set corpus.text_field to 'data.text', or",
        ),
        ({"Text": "x"}, "(it has 'Text'); set corpus.text_field to 'Text', or "),
        ({"body": "x"}, "(it has 'body'); set corpus.text_field to one of them, or "),
    ],
)
def test_error_names_the_key_that_was_meant(value: object, advice: str) -> None:
    message = error_of("-", stdin=json.dumps(value).encode(), format="jsonl")
    assert message.startswith(f"standard input:1: no key 'text' {advice}")
    assert message.endswith("corpus.on_error to skip to leave out the objects without it")


def test_bytes_that_are_not_valid_are_replaced_and_counted() -> None:
    report = Report()
    stdin = b'[{"text": "a\xffb"}, {"text": "c"}]'
    assert read("-", stdin=stdin, format="json", on_error="replace", report=report) == [
        ("stdin:1", "a\ufffdb"),
        ("stdin:2", "c"),
    ]
    assert report.replaced == ["standard input:1:2: not valid utf-8"]


def test_object_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "DOCUMENT_BYTES", 1000)
    monkeypatch.setattr(objects, "_BLOCK", 100)
    stdin = b'[{"text": "x"}, {"text": "' + b"y" * 5000 + b'"}]'
    assert error_of("-", stdin=stdin, format="json").startswith("standard input:1:17: JSON object longer")
    assert read("-", stdin=stdin, format="json", on_error="skip") == [("stdin:1", "x")]


def test_object_of_a_pipe_is_given_before_the_next_is_written() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stdin, os.fdopen(write_end, "wb", buffering=0) as stream:
        documents = read_documents(["-"], CorpusConfig(format="json"), Report(), stdin=stdin)
        for text in ("one", "two"):
            stream.write(b"[" if text == "one" else b",")
            stream.write(f'{{"text":\n "{text}"}}\n'.encode())
            assert next(documents).text == text
        stream.write(b"]")
        stream.close()
        assert list(documents) == []


some_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.fixed_dictionaries({"text": st.text(max_size=40), "more": some_json}), max_size=6),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.lists(st.integers(1, 30), min_size=1, max_size=5),
)
def test_array_is_read_the_same_in_any_blocks(
    rows, indent: int | None, is_ascii: bool, sizes: list[int]
) -> None:
    content = json.dumps(rows, indent=indent, ensure_ascii=is_ascii).encode()
    stream = io.BufferedReader(InBlocks(content, sizes))
    found = read_documents(["-"], CorpusConfig(format="json"), Report(), stdin=stream)
    assert [text for _, text in found] == [row["text"] for row in rows]
