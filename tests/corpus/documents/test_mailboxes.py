"""A file of mail divided into its messages, in a stream."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.documents import blocks
from lda_cli.corpus.documents.mailboxes import messages
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import error_of, ids, read

FROM = b"From a@b Thu Jan  1 00:00:00 2009\n"
MBOX = (
    FROM + b"Subject: one\n\njudge\n\n>From here\n>>From there\n\nFrom now on\nthe court\n\n"
    + FROM + b"Subject: two\n\nsail\nFrom x\n\n"
    + FROM + b"Subject: three\n\n\n"
)  # fmt: skip


def test_mbox_is_divided_at_from_lines_that_begin_a_message(tmp_path: Path) -> None:
    path = tmp_path / "list.mbox"
    path.write_bytes(MBOX)
    assert read(path) == [
        ("list.mbox:1", "one\n\njudge\n\nFrom here\n>From there\n\nFrom now on\nthe court"),
        ("list.mbox:12", "two\n\nsail\nFrom x"),
        ("list.mbox:18", "three"),
    ]
    assert [text for _, text in read("-", stdin=MBOX.replace(b"\n", b"\r\n"), format="mail")] == [
        text.replace("\n", "\r\n").replace("\r\n\r\n", "\n\n", 1) for _, text in read(path)
    ]


def test_a_message_without_a_from_line_is_not_divided(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(b"Subject: one\n\n>From a\n\n" + FROM + b"Subject: two\n\nx")
    assert [text.split("\n")[2] for _, text in read(path)] == [">From a"]


def test_id_of_a_message_is_the_header_that_id_field_names(tmp_path: Path) -> None:
    path = tmp_path / "list.mbox"
    path.write_bytes(FROM + b"Message-ID: <1@b>\n\nx\n\n" + FROM + b"Subject: s\n\ny\n")
    assert ids(read(path, id_field="message-id")) == ["<1@b>", "list.mbox:6"]


def test_a_message_that_cannot_be_read_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "list.mbox"
    path.write_bytes(FROM + b"Subject: s\n\nx\n\n" + FROM + b"Subject: s\n\n\xff\n\n" + FROM + b"A: b\n\ny\n")
    assert error_of(path).startswith(f"{path}:6: not valid utf-8 at byte 0; ")
    report = Report()
    assert ids(read(path, report=report, on_error="skip")) == ["list.mbox:1", "list.mbox:11"]
    assert report.skipped == [f"{path}:6: not valid utf-8 at byte 0"]


def lines_in_blocks(content: bytes, sizes: list[int]) -> Iterator[bytes | None]:
    lines = content.splitlines(keepends=True)
    for size in sizes:
        yield b"".join(lines[:size]) or None
        lines = lines[size:]
    if lines:
        yield b"".join(lines)


@given(st.lists(st.integers(min_value=0, max_value=9)))
def test_blocks_do_not_change_the_messages(sizes: list[int]) -> None:
    found = [message for message in messages(lines_in_blocks(MBOX, sizes)) if message is not None]
    assert found == list(messages(iter([MBOX])))
    assert b"".join(data or b"" for _, data in filter(None, found)) == MBOX
    assert [line for line, _ in filter(None, found)] == [1, 12, 18]


def test_a_message_that_is_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "DOCUMENT_BYTES", 1000)
    long = FROM + b"Subject: long\n\n" + b"x\n" * 2000 + b"\n"
    parts = [MBOX, *long.splitlines(keepends=True), MBOX]
    lines = [message[0] for message in messages(iter(parts)) if message and message[1] is not None]
    found = [message for message in messages(iter(parts)) if message and message[1] is None]
    assert found == [(22, None)]
    assert lines == [1, 12, 18, 2026, 2037, 2043]  # the long one has 2,004 lines
