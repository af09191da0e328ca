"""UTF-16 and UTF-32: known by their marks, read a line at a time, with errors in their places."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents.transcoding import in_utf8
from lda_cli.corpus.formats.encodings import Encoding
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import InBlocks, error_of, read, read_documents, write

WIDE = ["utf-16", "utf-32", "utf-16-be", "utf-32-be"]
CONTENT = {
    "lines": "one\r\nKöln 語\n",
    "jsonl": '{"text": "one"}\r\n{"text": "Köln 語"}\n',
    "json": '[{"text": "one"},\n{"text": "Köln 語"}]',
    "csv": "text,n\r\none,1\r\nKöln 語,2\r\n",
    "tsv": "n\ttext\r\n1\tone\r\n2\tKöln 語\r\n",
    "mallet": "x en one\ny de Köln 語\n",
}


@pytest.mark.parametrize("layout", CONTENT)
@pytest.mark.parametrize("encoding", WIDE)
def test_byte_order_mark_says_the_encoding_whatever_the_config_says(layout: str, encoding: str) -> None:
    mark = "" if encoding in ("utf-16", "utf-32") else "\ufeff"
    content = (mark + CONTENT[layout]).encode(encoding)
    for configured in ("utf-8", "latin-1", encoding):
        found = read("-", stdin=content, format=layout, encoding=configured)
        assert [text for _, text in found] == ["one", "Köln 語"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037", "utf-8-sig"])
def test_every_encoding_is_read_a_line_at_a_time_and_whole(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, a="ab\n\ncd".encode(encoding))
    assert read(tmp_path, encoding=encoding) == [("a", "ab\n\ncd")]
    found = [("a:1", "ab"), ("a:2", ""), ("a:3", "cd")]
    assert read(tmp_path / "a", encoding=encoding) == found
    unmarked = "ab\n\ncd".encode(
        encoding.removesuffix("-sig") + ("-le" if encoding[-2:] in ("16", "32") else "")
    )
    write(tmp_path, a=unmarked)
    assert read(tmp_path / "a", encoding=encoding) == found


def test_marked_files_of_a_folder_are_read_each_in_its_encoding(tmp_path: Path) -> None:
    write(
        tmp_path, a="語".encode("utf-16"), b="語".encode(), c="öl".encode("utf-8-sig"), d="x".encode("utf-32")
    )
    assert [text for _, text in read(tmp_path)] == ["語", "語", "öl", "x"]
    write(tmp_path, b="ö".encode("latin-1"))
    assert [text for _, text in read(tmp_path, encoding="latin-1")] == ["語", "ö", "öl", "x"]


@pytest.mark.parametrize("layout", ["lines", "csv"])
def test_what_is_not_valid_keeps_its_line(layout: str) -> None:
    head = "text\n" if layout == "csv" else ""
    content = f"{head}one\nxx".encode("utf-16-le") + b"\x00\xd8" + "y\nthree\n".encode("utf-16-le")
    content = b"\xff\xfe" + content
    line = 3 if layout == "csv" else 2
    said = f"standard input:{line}: not valid utf-16-le at character 3 of the line; "
    assert error_of("-", stdin=content, format=layout).startswith(said)
    report = Report()
    assert [text for _, text in read("-", stdin=content, format=layout, on_error="skip", report=report)] == [
        "one",
        "three",
    ]
    assert report.skipped == [said.rstrip("; ")]
    replaced = read("-", stdin=content, format=layout, on_error="replace")
    assert [text for _, text in replaced] == ["one", "xx\ufffdy", "three"]


def test_utf_16_of_a_pipe_comes_a_line_at_a_time() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stdin, os.fdopen(write_end, "wb", buffering=0) as stream:
        documents = read_documents(["-"], CorpusConfig(), Report(), stdin=stdin)
        for text in ("\ufeffone", "two"):
            stream.write(f"{text}\n".encode("utf-16-le"))
            assert next(documents).text == text.removeprefix("\ufeff")
        stream.close()
        assert list(documents) == []


@given(
    st.text(max_size=30),
    st.sampled_from([*WIDE, "utf-8", "utf-8-sig"]),
    st.lists(st.integers(1, 5), min_size=1, max_size=5),
)
def test_text_is_the_same_in_any_encoding_in_any_blocks(text: str, encoding: str, sizes: list[int]) -> None:
    stream = io.BufferedReader(InBlocks(text.encode(encoding), sizes))
    found, known = in_utf8(stream, Encoding.of(encoding))
    if not text.startswith("\ufeff"):
        content = b"".join(iter(lambda: found.read1(100), b""))
        assert content.decode(known.codec).removeprefix("\ufeff") == text
