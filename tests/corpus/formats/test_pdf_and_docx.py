"""PDF and DOCX as their text, and what damaged, encrypted and hostile ones are called."""

import io
import signal
import time
import zipfile
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.formats import docx as docx_format
from lda_cli.corpus.formats import pdf as pdf_format
from lda_cli.corpus.formats import pdf_process
from lda_cli.corpus.formats.docx import docx_file
from lda_cli.corpus.formats.pdf import pdf_file
from lda_cli.corpus.formats.records import MalformedError
from tests.corpus.reading import error_of, skipped
from tests.helpers.failing import message_of
from tests.helpers.papers import docx, pdf, pdf_of_forms

CONFIG = CorpusConfig()


@pytest.fixture(scope="module", autouse=True)
def _process_is_ended() -> Iterator[None]:
    yield
    pdf_format.stop()


def test_pdf_is_the_text_of_its_pages_with_its_information() -> None:
    record = pdf_file(pdf("judge jury", "", "boat sail", info="/Title(A title)/Author(B)"), CONFIG)
    assert record.text.split("\n\n") == ["judge jury", "", "boat sail"]
    assert record.metadata == {"title": "A title", "author": "B"}


def test_hyphen_at_the_end_of_a_line_of_a_pdf_joins_its_word() -> None:
    two_lines = "the govern-) Tj 0 -12 Td (ment of a co-operation"
    assert pdf_file(pdf(two_lines), CONFIG).text == "the government of a co-operation"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf("", ""), "has no text (scanned pages?)"),
        (pdf("judge", encrypt=True), "encrypted PDF"),
        (b"%PDF-1.7\nnothing", "damaged PDF"),
        (b"", "damaged PDF"),
        (pdf("judge")[:200], "damaged PDF"),
    ],
    ids=["no text", "encrypted", "no object", "empty", "cut"],
)
def test_pdf_without_text_is_refused_in_one_line(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    assert error_of(path) == f"{path}: {reason}; fix it, or set corpus.on_error to skip"
    assert skipped(path) == [f"{path}: {reason}"]


def test_pdf_without_pypdfium2_says_what_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(pdf_format, "find_spec", none)
    (tmp_path / "a.pdf").write_bytes(pdf("judge"))
    message = f"{tmp_path / 'a.pdf'}: is a PDF; pip install 'lda-cli[documents]' reads it"
    assert error_of(tmp_path / "a.pdf") == f"{message}; set corpus.on_error to skip to leave it out"


def test_pdf_that_takes_too_much_is_refused_and_the_next_is_read() -> None:
    began = time.monotonic()
    with pytest.raises(MalformedError, match=r"takes more than (2 GiB of memory|60 s) to read"):
        pdf_file(pdf_of_forms(depth=9, n=10), CONFIG)
    assert time.monotonic() - began < pdf_process.SECONDS * 4  # of a machine with other work
    assert pdf_file(pdf("judge"), CONFIG).text == "judge"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no signals")
def test_process_that_was_killed_is_started_again() -> None:
    pdf_file(pdf("judge"), CONFIG)
    (process,) = pdf_format._PROCESSES.values()
    process.kill()
    process.wait()
    assert pdf_file(pdf("jury"), CONFIG).text == "jury"


def test_pdf_of_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_process, "N_PAGES", 2)
    assert pdf_process.read(pdf("a", "b", "c")) == {"error": "more than 2 pages"}
    monkeypatch.setattr(pdf_process, "N_CHARACTERS", 5)
    assert pdf_process.read(pdf("judge", "jury")) == {"error": "more than 5 characters"}


@given(st.binary(max_size=200), st.integers(min_value=0, max_value=600))
def test_no_damaged_pdf_is_a_crash(noise: bytes, place: int) -> None:
    data = pdf("judge jury", "boat sail")
    with message_of(MalformedError):
        pdf_file(data[:place] + noise + data[place + len(noise) :], CONFIG).text.encode()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:p><w:r><w:t>end</w:t></w:r></w:p><w:p><w:r><w:t>start</w:t></w:r></w:p>", "end\n\nstart"),
        ("<w:p><w:r><w:t>w</w:t></w:r><w:r><w:t>ord</w:t><w:tab/><w:t>a</w:t></w:r></w:p>", "word\ta"),
        (
            "<w:p><w:t>a</w:t></w:p><w:tbl><w:tr><w:tc><w:p><w:t>b</w:t></w:p></w:tc></w:tr></w:tbl>"
            "<w:p><w:t>c</w:t></w:p>",
            "a\n\n b\n\nc",
        ),
        ("<w:p><w:del><w:delText>no</w:delText></w:del><w:instrText>no</w:instrText>no</w:p>", ""),
        ("<w:p><w:t>a</w:t><w:br/><w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t></w:p>", "a\nb-c"),
        (
            '<mc:a xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>'
            "<w:p><w:t>a</w:t></w:p></mc:Choice><mc:Fallback><w:p><w:t>a</w:t></w:p></mc:Fallback></mc:a>",
            "a",
        ),
    ],
    ids=["paragraphs", "runs", "table", "deleted", "characters", "fallback"],
)
def test_docx_is_its_text(body: str, text: str) -> None:
    assert docx_file(docx(body), CONFIG).text == text


def test_docx_has_notes_last_without_headers_and_its_properties_as_metadata() -> None:
    word = "<w:p><w:t>{}</w:t></w:p>".format
    parts = {name: word(name) for name in ("footnotes", "endnotes", "header1", "footer1", "comments")}
    packed = {f"word/{name}.xml": text for name, text in parts.items()}
    packed["docProps/core.xml"] = "<w:title>A &amp; B</w:title><w:creator>C</w:creator><w:subject/>"
    record = docx_file(docx(word("body"), packed), CONFIG)
    assert record.text == "body\n\nendnotes\n\nfootnotes"
    assert record.metadata == {"title": "A & B", "creator": "C"}


def zipped(**parts: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return packed.getvalue()


BOMB = zipped(**{"word/document.xml": b"<w:t>" + b" " * (1 << 27)})
LAUGHS = b"<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><a>&b;</a>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a readable DOCX (BadZipFile)"),
        (docx("<w:p/>")[:-30], "not a readable DOCX (BadZipFile)"),
        (zipped(other=b"x"), "not a DOCX: it has no word/document.xml"),
        (BOMB, "decompresses to more than 64 MiB"),
        (zipped(**{f"{n}": b"" for n in range(10_001)}), "more than 10000 parts"),
        (zipped(**{"word/document.xml": b"<a>"}), "not well-formed XML (no element found at column 4)"),
        (zipped(**{"word/document.xml": LAUGHS}), "not well-formed XML (it declares entities)"),
    ],
    ids=["empty", "cut", "another zip", "bomb", "parts", "malformed", "entities"],
)
def test_docx_that_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedError) as caught:
        docx_file(data, CONFIG)
    assert caught.value.reason == reason


@given(st.binary(max_size=50), st.integers(min_value=0, max_value=400))
def test_no_damaged_docx_is_a_crash(noise: bytes, place: int) -> None:
    data = docx("<w:p><w:t>judge</w:t></w:p>")
    with message_of(MalformedError):
        docx_file(data[:place] + noise + data[place + len(noise) :], CONFIG).text.encode()


def test_limit_of_xml_is_of_all_parts_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_format, "_XML_BYTES", 400)
    notes = {"word/footnotes.xml": "<w:p><w:t>x</w:t></w:p>" * 10}
    assert docx_file(docx("<w:p/>"), CONFIG).text == ""
    with pytest.raises(MalformedError, match="decompresses to more"):
        docx_file(docx("<w:p/>", notes), CONFIG)
