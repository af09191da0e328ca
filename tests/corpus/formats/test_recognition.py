"""What a file is by its first bytes: what is never read as text, and what stays text."""

import gzip
import io
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.formats.recognition import recognised
from lda_cli.corpus.formats.records import NotReadError
from lda_cli.corpus.formats.table import FORMATS
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import error_of, ids, read

CONFIG = CorpusConfig()


def zipped(*names: str, first: Mapping[str, str] = {}) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in {**first, **dict.fromkeys(names, "<x/>")}.items():
            archive.writestr(name, text)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("moon.txt"))
    return file.getvalue()


def numpy_array() -> bytes:
    np.save(file := io.BytesIO(), np.zeros(3))
    return file.getvalue()


ODT = "application/vnd.oasis.opendocument.text"
# name: content, what is said of it
NOT_READ = {
    "a.xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook; save it as CSV"),
    "b.csv": (zipped("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook; save it as CSV"),
    "c.pptx": (zipped("[Content_Types].xml", "ppt/slides.xml"), "is a PowerPoint presentation; "),
    "d.odt": (zipped("content.xml", first={"mimetype": ODT}), "is an OpenDocument text; "),
    "e": (zipped("content.xml", first={"mimetype": "application/epub+zip"}), "is an EPUB book; "),
    "f.zip": (zipped("moon.txt"), "is a zip archive; unpack it"),
    "g.tar": (tarred(), "is a tar archive; unpack it"),
    "h.txt": (b"{\\rtf1\\ansi moon}", "is an RTF document; "),
    "i.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 90, "is an Office document of before 2007; "),
    "j.png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 9, "is an image; "),
    "k": (b"\xff\xd8\xff\xe0JFIF", "is an image; "),
    "l.svg": (b'<?xml version="1.0"?>\n<svg width="9"><text>moon</text></svg>', "is an image; "),
    "m": (b"\x7fELF\2\1", "is a compiled program; "),
    "n.db": (b"SQLite format 3\0", "is an SQLite database; export its table as CSV"),
    "o.pkl": (pickle.dumps(["moon"]), "is a Python pickle; save its texts as JSON lines"),
    "p": (b"PAR1\x15\4", "is a Parquet file; save it as CSV"),
    "q.npy": (numpy_array(), "is a NumPy array; "),
    "r": (b"moon\0", "is a binary file; add it to corpus.exclude"),
    "s.ps": (b"%!PS-Adobe-3.0\n", "is a PostScript file; "),
    "t.dat": (b"2 0:1 4:2\n1 3:1\n", "looks like lda-c's word counts; set corpus.format to ldac"),
    "u.blei": (b"2 0:1 4:2.0\n", "looks like lda-c's word counts; set corpus.format to ldac"),
    "w.csv": ("id;text\n1;größe\n".encode("utf-16-le"), "is a UTF-16 text (without a byte order mark); set "),
    "x": ("the größe\n".encode("utf-16-be"), "is a UTF-16 text (without a byte order mark); set "),
    "y.dat": (b"2 0:1 4:2\n0\n1 3:1\n", "looks like lda-c's word counts; "),  # a document without a term
    "z.txt": (b"2 qid:1 1:0.5 # moon\n1 qid:1 2:1\n", "looks like svmlight's word counts; "),
    "za": (b"1,3 2:1 7:2\n2 1:1 # tide\n", "looks like svmlight's word counts; "),
    "zb.heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "is an image; "),
    "v": (b"+1 3:0.5 9:1\n-1 2:1\n", "looks like svmlight's word counts; "),
}


@pytest.mark.parametrize("name", NOT_READ)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_is_not_read_is_named_for_what_it_is(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    content, said = NOT_READ[name]
    path = tmp_path / name
    path.write_bytes(pack(content))
    for encoding in ("utf-8", "latin-1", ("utf-8", "latin-1")):
        for on_error in ("fail", "replace"):
            assert error_of(path, encoding=encoding, on_error=on_error).startswith(f"{path}: {said}")
    report = Report()
    assert read(path, on_error="skip", report=report) == []
    assert (report.n_skipped, report.left_out) == (1, {})
    assert said.startswith(report.skipped[0].removeprefix(f"{path}: "))


def test_what_is_not_read_is_left_out_of_a_folder_and_counted(tmp_path: Path) -> None:
    (tmp_path / "moon.txt").write_text("moon")
    for name, (content, _) in NOT_READ.items():
        if not name.startswith("b."):
            (tmp_path / name).write_bytes(content)
    (tmp_path / "large.mp4").write_bytes(b"\0\0\0\x18ftyp" + b"\0" * 100_000)
    report = Report()
    assert ids(read(tmp_path, report=report)) == ["moon.txt"]
    assert sum(report.left_out.values()) == len(NOT_READ)
    assert (report.left_out["image"], report.left_out["video"], report.n_skipped) == (4, 1, 0)
    assert report.left_out_in_words.startswith(
        "6 word count files, 4 images, 2 UTF-16 texts (without a byte "
    )
    # a format that the config names is that of every file
    assert "is an Excel workbook" in error_of(tmp_path, format="lines", include=("*.xlsx",))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<b>moon</b> and tide",
        b"<p>an html fragment",
        b"{moon} and tide",
        b"{'text': 'moon'}",
        b'{"moon": is a placeholder}',
        b"[1] a reference",
        b'[{"moon" is quoted}]',
        b"From the moon to the tide Mon 1999\nwe saw",
        b"From: me\nSubject: the moon\n\nmoon",
        b"Received: a letter\nand no header follows",
        b"From: me\nMIME-Version: 1.0\nMessage-ID: a letter\nand no header follows",
        b"From: me\nMIME-Version: 1.0\n\nMessage-ID: 1",
        b"From: me\nNewsgroups: sci.space\nMessage-ID: <1@a>\nMIME-Version: 1.0\n\nmoon",
        b"3 men in a boat: 2:1",
        b"12:30 the moon rose",
        b"3 12:30\n4 the moon\n",
        b"Message-ID: of the moon\nand no header follows",
        b"%moon",
        b"PKmoon",
        b"BMW and MM",
        b"\xef\xbb\xbfmoon",
        b"# moon\n<h1 align=center>",
    ],
)
def test_text_stays_text(text: bytes) -> None:
    assert recognised(text, "a", CONFIG, may_be_table=True) is None


@pytest.mark.parametrize(
    "headers",
    [
        "DKIM-Signature: v=1;\n a=b\nFrom: me",
        "X-Mozilla-Status: 0001\nFrom: me",
        "Message-ID: <1@a>\nDate: Mon, 14 May 2001\nMime-Version: 1.0\nX-To: me",
        "From: me\nMessage-Id: <1@a>\nReceived: from a\n\tby b",
        "Date: Mon, 14 May 2001\nMIME-Version: 1.0\nmessage-id: <1@a>",
        "Return-Path: <me@a>\nNewsgroups: sci.space",
    ],
)
def test_message_is_mail_by_its_headers(headers: str) -> None:
    for end in ("\n", "\r\n"):
        message = f"{headers}\n\nmoon\n".replace("\n", end).encode()
        assert recognised(message, "1.", CONFIG) == "mail"


def test_message_of_a_maildir_is_mail_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "cur").mkdir()
    for name in ("1382.host:2,", "1383.host:2,RS", "17!2,s"):
        (tmp_path / "cur" / name).write_bytes(b"From: me\nSubject: the moon\n\ntide\n")
    for name in ("12,", "2,", "a:2, moon", "a:3,S"):
        (tmp_path / "cur" / name).write_bytes(b"sail")
    found = read(tmp_path)
    assert [text for _, text in found] == ["sail", *["the moon\n\ntide"] * 3, "sail", "sail", "sail"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_mark_up_is_known_in_any_marked_encoding(encoding: str) -> None:
    pages = {"html": "<!DOCTYPE html><p>moon", "xml": '<?xml version="1.0"?><a>moon</a>', None: "<p>moon"}
    for kind, page in pages.items():
        assert recognised(page.encode(encoding), "a", CONFIG) == kind


def test_mark_up_is_text_where_the_name_says_text() -> None:
    page = b"<!-- of 1999 -->\n<!DOCTYPE html>\n<html><p>moon"
    for name in ("a.txt", "a.MD", "a.rst"):
        assert recognised(page, name, CONFIG) is None


@given(st.binary(max_size=300), st.sampled_from(["a", "a.txt", "a.dat", "a.xlsx"]))
def test_any_bytes_are_text_or_a_format_or_named(head: bytes, name: str) -> None:
    with suppress(NotReadError):
        assert recognised(head, name, CONFIG, may_be_table=True) in (None, *FORMATS)


@pytest.mark.parametrize(
    "unit",
    [b'{"a": "' + b"\\" * 9, b"<!--", b"<!-- -->", b"<svg", b"A: b\n", b"A: b\nMessage-ID:", b"1:1 ", b"\n{"],
)
def test_recognition_takes_linear_time(unit: bytes) -> None:
    for before in (b"", b"<!-- -->", b'{"', b"Received: x\n", b"From: x\nMessage-ID: 1\n", b"1 "):
        with suppress(NotReadError):
            recognised((before + unit * 70_000)[: 1 << 16], "a", CONFIG, may_be_table=True)
