"""Lines and documents that are too long for any memory: refused or passed over, whatever they come in."""

import gzip
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.documents import blocks
from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.documents.blocks import LONG_LINE, whole_lines
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import InBlocks, error_of, read, write

LIMIT = 9
SAID = "longer than 0 MiB"


@pytest.fixture(autouse=True)
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "DOCUMENT_BYTES", LIMIT)


def found(content: bytes, sizes: list[int], chunk_bytes: int, more: list[bool]) -> Iterator[bytes]:
    answers = itertools.cycle(more)
    stream = io.BufferedReader(InBlocks(content, sizes), 16)
    for lines in whole_lines(stream, lambda: next(answers), chunk_bytes):
        if lines is not None:
            assert lines == LONG_LINE or max(map(len, lines.splitlines(keepends=True))) <= LIMIT
            yield lines or b"..."


@given(
    st.lists(st.sampled_from([b"a", b"bcd", b"\n", b"12345678", b"\n\n"])).map(b"".join),
    st.lists(st.integers(1, LIMIT), min_size=1, max_size=5),
    st.integers(1, LIMIT),
    st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_long_lines_are_passed_over_whatever_blocks_they_come_in(
    content: bytes, sizes: list[int], chunk_bytes: int, more: list[bool]
) -> None:
    lines = content.splitlines(keepends=True)
    expected = b"".join(b"..." if len(line) > LIMIT else line for line in lines)
    assert b"".join(found(content, sizes, chunk_bytes, more)) == expected


@pytest.mark.parametrize("chunk_bytes", [4, LIMIT])
def test_long_line_is_an_error_or_skipped_and_the_others_keep_their_numbers(
    monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    monkeypatch.setattr(dividing, "CHUNK_BYTES", chunk_bytes)
    content = b"one\ntwo\n" + b"x" * 50 + b"\nfour\n" + b"y" * 50
    message = error_of("-", stdin=content)
    assert message == (f"standard input:3: line {SAID}; split it, or set corpus.on_error to skip")
    report = Report()
    documents = read("-", stdin=content, on_error="skip", report=report)
    assert documents == [("stdin:1", "one"), ("stdin:2", "two"), ("stdin:4", "four")]
    assert report.skipped == [f"standard input:{number}: line {SAID}" for number in (3, 5)]


def test_long_line_of_a_table_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 4)
    content = b"text\none\n" + b"x" * 50 + b"\nfour\n"
    said = f"standard input:3: line {SAID}, and the lines after it"
    assert error_of("-", stdin=content, format="csv").startswith(said)
    report = Report()
    assert read("-", stdin=content, format="csv", on_error="skip", report=report) == [("stdin:2", "one")]
    assert report.skipped == [said]
    header = Report()
    assert read("-", stdin=b"x" * 50 + b"\none\n", format="csv", on_error="skip", report=header) == []
    assert header.n_skipped == 1


@pytest.mark.parametrize("name", ["b", "b.gz"])
def test_large_document_is_an_error_or_skipped(tmp_path: Path, name: str) -> None:
    write(tmp_path, a=b"x" * LIMIT, c=b"C")
    content = b"x" * (LIMIT + 1)
    (tmp_path / name).write_bytes(gzip.compress(content) if name == "b.gz" else content)
    said = f"{tmp_path}/{name}: document {SAID}"
    assert error_of(tmp_path) == f"{said}; split it, or set corpus.on_error to skip"
    report = Report()
    assert read(tmp_path, on_error="skip", report=report) == [("a", "x" * LIMIT), ("c", "C")]
    assert report.skipped == [said]
