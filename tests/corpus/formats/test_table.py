"""Text in JSON lines, CSV, TSV and MALLET's lines: what is read, what is refused, what is skipped."""

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.config.schema import FORMAT_NAMES
from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.documents import tables
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.formats.records import Record
from lda_cli.corpus.formats.table import FORMATS, Format
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError
from tests.corpus.reading import Text, error_of, ids, inputs_of, read, read_documents, write
from tests.helpers.failing import message_of

ALL = ["lines", "jsonl", "json", "csv", "tsv", "mallet"]
PACKERS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}

# What is read


@pytest.mark.parametrize("packed", PACKERS)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b'{"text": "one"}\n{"text": "two"}\n'),
        ("a.NDJSON", b'{"text": "one"}\n{"text": "two"}'),
        ("a.csv", b'text,n\none,1\n"two",2\n'),
        ("a.psv", b'text|n\none|1\n"two"|2\n'),
        ("a.tab", b"n\ttext\n1\tone\n2\ttwo"),
        ("a.tsv", b"n\ttext\n1\tone\n2\ttwo"),
        ("a.mallet", b"x en one\ny en two\n"),
        ("a.txt", b"one\ntwo\n"),
    ],
)
def test_format_of_a_file_is_chosen_by_its_name(
    tmp_path: Path, name: str, content: bytes, packed: str
) -> None:
    path = tmp_path / (name + packed)
    path.write_bytes(PACKERS[packed](content))
    assert [text for _, text in read(path)] == ["one", "two"]


def test_table_of_formats_has_those_of_the_config_and_letters_of_their_own() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES
    assert len({kind.letter for kind in FORMATS.values()}) == len(FORMATS)


def test_a_row_of_the_table_is_all_that_a_new_format_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse_line(line: str, config: CorpusConfig) -> Record:
        return Record(*line.split("=", 1))

    def parse_file(data: bytes, config: CorpusConfig) -> Record:
        return Record(None, data.decode().partition("---")[2])

    monkeypatch.setitem(FORMATS, "pairs", Format(b"P", "line", (".pairs",), parse_line))
    monkeypatch.setitem(FORMATS, "headed", Format(b"H", "file", (".headed",), parse_file=parse_file))
    write(tmp_path, a_pairs=b"x=one\ny=two\n", b_headed=b"head---body", c_headed=gzip.compress(b"---zipped"))
    assert read(tmp_path / "a.pairs") == [("x", "one"), ("y", "two")]
    assert read(tmp_path / "b.headed") == [("b.headed", "body")]
    assert read(tmp_path, format="headed", include=("*.headed",)) == [
        ("b.headed", "body"),
        ("c.headed", "zipped"),
    ]


def test_files_of_a_folder_are_what_their_names_say_unless_the_format_is_given(tmp_path: Path) -> None:
    lines = b'{"text": "one"}\n{"text": "two"}\n'
    write(tmp_path, a_jsonl=lines, b_csv=b"text\nthree\n", c_txt=b"four\nfive\n", d_mallet=b"x l six\n")
    assert read(tmp_path) == [
        *(("a.jsonl:1", "one"), ("a.jsonl:2", "two"), ("b.csv:2", "three")),
        *(("c.txt", "four\nfive\n"), ("x", "six")),
    ]
    assert read(tmp_path, format="folder", include=("*l",))[0] == ("a.jsonl", lines.decode())


def test_json_lines_have_the_text_and_the_id_that_the_config_names(tmp_path: Path) -> None:
    content = (
        b'\xef\xbb\xbf{"id": "a\\nb", "body": "x\\ny", "n": [1]}\r\n\n  \n{"body": "\\u00e9", "id": 7}\n'
    )
    documents = read("-", stdin=content, format="jsonl", text_field="body", id_field="id")
    assert documents == [("a\\x0ab", "x\ny"), ("7", "é")]
    assert ids(read("-", stdin=content, format="jsonl", text_field="body")) == ["stdin:1", "stdin:4"]


def test_csv_records_may_span_lines_and_line_ends_may_be_mixed() -> None:
    content = b'\xef\xbb\xbfid,text\r\na,"x\n""y"", z"\n\nb,w\rc,\r\na,last'
    found = read("-", stdin=content, format="csv", id_field="id")
    assert found == [("a", 'x\n"y", z'), ("b", "w"), ("c", ""), ("a", "last")]
    assert ids(read("-", stdin=content, format="csv")) == ["stdin:2", "stdin:5", "stdin:6", "stdin:7"]


def test_tsv_is_divided_at_tabs() -> None:
    content = b'text\tid\nx, y\t1\n"a\tb"\t2\n'
    found = read("-", stdin=content, format="tsv", id_field="id")
    assert found == [("1", "x, y"), ("2", "a\tb")]


@pytest.mark.parametrize(
    ("layout", "content"),
    [
        ("jsonl", b'{"id": "a", "text": "x"}\n{"id": "", "text": "y"}\n'),
        ("tsv", b"id\ttext\na\tx\n\ty\n"),
        ("mallet", b"a l x\n l y\n"),
    ],
)
def test_document_with_an_empty_id_is_called_after_its_place(layout: str, content: bytes) -> None:
    id_field = None if layout == "mallet" else "id"
    found = ids(read("-", stdin=content, format=layout, id_field=id_field))
    assert found == ["a", "stdin:3" if layout == "tsv" else "stdin:2"]


def test_mallet_lines_are_name_label_and_text() -> None:
    content = b"a en  one two\nb,\ten,three\n\n lone label\nc\n"
    assert read("-", stdin=content, format="mallet") == [
        ("a", "one two"),
        ("b,", ""),  # en,three is the label
        ("stdin:4", "label"),
        ("c", ""),
    ]


@pytest.mark.parametrize("layout", ["csv", "jsonl"])
def test_record_of_a_pipe_is_given_before_the_next_is_written(layout: str) -> None:
    records = {
        "csv": [b'text\n"o\n', b'ne"\n', b"two\n"],
        "jsonl": [b"", b'{"text": "o\\nne"}\n', b'{"text": "two"}\n'],
    }
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stdin, os.fdopen(write_end, "wb", buffering=0) as stream:
        documents = read_documents(["-"], CorpusConfig(format=layout), Report(), stdin=stdin)
        stream.write(records[layout][0])
        stream.write(records[layout][1])
        assert next(documents).text == "o\nne"
        stream.write(records[layout][2])
        assert next(documents).text == "two"
        stream.close()
        assert list(documents) == []


def test_table_comes_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 100)
    write(tmp_path, a_csv=b"text\n" + b'"word\nword"\n' * 100)
    found = [chunk for chunk in chunks(inputs_of(tmp_path / "a.csv")) if chunk and chunk.records]
    assert len(found) > 5
    assert ids(read(tmp_path / "a.csv")) == [f"a.csv:{line}" for line in range(2, 202, 2)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bomb_is_read_in_chunks(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a").write_bytes(pack(b"word \n" * 2_000_000))
    sizes = [len(chunk.data or b"") for chunk in chunks(inputs_of(tmp_path / "a")) if chunk]
    assert sum(sizes) == 12_000_000
    assert max(sizes) < 3 * dividing.CHUNK_BYTES


# What is refused or skipped

BAD = {
    "cut_json": ("jsonl", b'{"text": "x"}\n{"text": }\n', "2:10: not valid JSON (Expecting value)"),
    "no_object": ("jsonl", b"[1]\n", "1: not a JSON object but a list"),
    "no_key": ("jsonl", b'{"body": "x"}\n', "1: no key 'text' (it has 'body')"),
    "no_text": ("jsonl", b'{"text": [1]}\n', "1: 'text' is not a text but a list"),
    "deep": ("jsonl", b"[" * 200_000 + b"\n", "1: JSON nested too deeply"),
    "long_number": ("jsonl", b"9" * 5000 + b"\n", "1: JSON number too long"),
    "half": ("jsonl", b'{"text": "\\ud800"}\n', "1: unpaired surrogate in the text"),
    "no_column": ("csv", b"id,body\n1,x\n", "-: no column 'text' (it has 'id', 'body')"),
    "too_many": ("csv", b"text\nx,y\n", "2: 2 fields, but the header has 1"),
    "too_few": ("csv", b"id,text\nx\n", "2: 1 fields, but the header has 2"),
    "open_quote": ("csv", b'text\nx\n"y\nz\n', "3: not a valid record (a closing quote is missing)"),
    "after_quote": ("tsv", b'text\n"y" z\n', "2: not a valid record ('\\x09' expected"),
    "bytes": ("csv", b'text\n"y\n\xff\n\xff"\n', "4: not valid utf-8 at byte 0 of the line"),
    "binary": ("csv", b"text\nx\0y\n", "-: is a binary file"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_record_is_an_error_with_its_place_or_skipped_and_counted(case: str) -> None:
    layout, content, said = BAD[case]
    said = f"standard input:{said}".replace(":-:", ":")
    expected = said.replace("input:4", "input:3") if case == "bytes" else said
    assert error_of("-", stdin=content, format=layout).startswith(expected)
    report = Report()
    assert all(
        text == "x" for _, text in read("-", stdin=content, format=layout, report=report, on_error="skip")
    )
    assert report.n_skipped == 1
    assert report.skipped[0].startswith(expected)


def test_id_that_is_no_text_is_refused() -> None:
    for value, called in (("null", "null"), ("true", "true or false"), ("1.5", "a number")):
        content = f'{{"text": "x", "id": {value}}}'.encode()
        message = error_of("-", stdin=content, format="jsonl", id_field="id")
        assert f"'id' is not a text or a whole number but {called}; " in message


def test_what_came_before_a_bad_record_is_given() -> None:
    for layout, content in (("csv", b"text\none\nx,y\n"), ("jsonl", b'{"text": "one"}\nx\n')):
        config = CorpusConfig(format=layout)
        documents = read_documents(["-"], config, Report(), stdin=io.BytesIO(content))
        assert next(documents).text == "one"
        with pytest.raises(CorpusError):
            next(documents)


def test_record_that_is_too_long_is_passed_over_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "RECORD_LIMIT", 100)
    content = b'text\none\n"' + b"word\n" * 50 + b'word"\ntwo\n' + b"x" * 200 + b"\nthree\n"
    assert error_of("-", stdin=content, format="csv").startswith(
        "standard input:3: record longer than 100 characters; is a closing quote missing? "
    )
    report = Report()
    found = read("-", stdin=content, format="csv", on_error="skip", report=report)
    assert found == [("stdin:2", "one"), ("stdin:54", "two"), ("stdin:56", "three")]
    assert report.n_skipped == 2


@pytest.mark.parametrize(("suffix", "called"), [(".gz", "gzip"), (".bz2", "bzip2"), (".xz", "xz")])
@pytest.mark.parametrize("layout", ["folder", "lines", "csv"])
def test_cut_file_is_an_error_or_skipped(tmp_path: Path, suffix: str, called: str, layout: str) -> None:
    whole = PACKERS[suffix](b"text\n" * 1000)
    for n, content in enumerate([whole[:-9], whole[: len(whole) // 2], b"plain"]):
        path = tmp_path / f"{n}{suffix}"
        path.write_bytes(content)
        assert error_of(path, format=layout).startswith(f"{path}: damaged {called} file (")
        report = Report()
        read(path, format=layout, on_error="skip", report=report)
        assert report.n_skipped == 1


some_text = st.text(st.sampled_from('ab,"\t\r\n {}[]:\\\ufeff\0é'), max_size=60)


@given(
    st.one_of(
        st.binary(max_size=100),
        some_text.map(str.encode),
        some_text.map(lambda text: b"text\n" + text.encode()),
        some_text.map(lambda text: b'{"text": "' + text.encode()),
    ),
    st.sampled_from(list(PACKERS)),
    st.sampled_from(ALL),
    st.sampled_from(["fail", "skip", "replace"]),
)
def test_any_bytes_in_any_format_give_documents_or_an_error_of_one_line(
    content: bytes, packed: str, layout: str, on_error: str
) -> None:
    packed_content = PACKERS[packed](content)
    documents: list[Text] = []
    with message_of(CorpusError) as messages:
        documents = read("-", stdin=packed_content, format=layout, on_error=on_error)
    assert all(message.isprintable() for message in messages)
    for document in documents:
        assert isinstance(document, Text)
        assert document.id.isprintable()
        document.text.encode()
