"""HTML and XML as their text: what belongs to it, in which encoding, and what a hostile file cannot do."""

import codecs
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.formats.html import html_file
from lda_cli.corpus.formats.records import MalformedError, Record
from lda_cli.corpus.formats.xml import xml_file
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import error_of, inputs_of, read, skipped
from tests.helpers.failing import message_of


def html(page: str | bytes, **settings: object) -> Record:
    return html_file(page.encode() if isinstance(page, str) else page, CorpusConfig(**settings))


def xml(text: str | bytes, **settings: object) -> Record:
    return xml_file(text.encode() if isinstance(text, str) else text, CorpusConfig(**settings))


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<html><head><title>t</title><style>p {}</style></head><body class='c'>a<!-- b --></body>", "a"),
        ("<p>end</p><p>start</p>", "end\n\nstart"),
        ("<p><b>w</b>ord and <a href='u'>topic</a>s", "word and topics"),
        ("caf&eacute; &amp; &#8217;&nbsp;x &bogus;", "café & \u2019\u00a0x &bogus;"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("a<br>b\n\nc", "a\nb c"),
        ("<pre>a\n\nb</pre>", "a\n\nb"),
        ("a<script>if (x < 1) {'</p>'}</script>b<template><p>c</template>", "a\n\nb"),
        ("a<noscript>b</noscript><iframe>c</iframe>", "a"),
        ("<div><p>never <i>closed", "never closed"),
        ("</p></div>a<p/><<b>", "a\n\n<"),
        ("no markup", "no markup"),
        ("a\0b", "ab"),
        ("", ""),
        ("<html></html>", ""),
    ],
)
def test_html_is_its_text(page: str, text: str) -> None:
    assert html(page).text == text


def test_html_metadata_are_title_language_and_metas() -> None:
    page = "<html lang='de'><title>A\n&amp; B</title><meta name='Author' content='C  D'><title>no</title>x"
    assert html(page).metadata == {"lang": "de", "title": "A & B", "author": "C D"}


@pytest.mark.parametrize(
    "page",
    [
        codecs.BOM_UTF16_LE + "<meta charset=utf-8><p>Überfluß".encode("utf-16-le"),
        codecs.BOM_UTF8 + "<meta charset=latin-1><p>Überfluß".encode(),
        "<META Charset='ISO-8859-1'><p>Überfluß".encode("latin-1"),
        "<meta http-equiv=content-type content='text/html; charset=cp850'><p>Überfluß".encode("cp850"),
        '<?xml version="1.0" encoding="iso-8859-15"?><html><p>Überfluß'.encode("iso-8859-15"),
        "<meta charset=no-such><p>Überfluß".encode("cp437"),
        "<meta charset=hex><p>Überfluß".encode("cp437"),
        "<p>Überfluß".encode("cp437"),
    ],
)
def test_html_is_decoded_as_it_declares_else_as_the_config_says(page: bytes) -> None:
    assert html(page, encoding="cp437").text == "Überfluß"


def test_quotation_marks_of_windows_are_read_where_latin_1_is_declared() -> None:
    assert html(b"<meta charset=iso-8859-1>\x93a\x94").text == "“a”"


def test_html_that_is_not_in_its_encoding_follows_on_error(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"<meta charset=utf-8>a \xff")
    assert error_of(path) == (
        f"{path}: not valid utf-8 at byte 22, the encoding that it declares; "
        "fix it, or set corpus.on_error to skip or replace"
    )
    assert len(skipped(path)) == 1
    report = Report()
    assert read(path, report=report, on_error="replace") == [("a.html", "a �")]
    assert report.replaced == [f"{path}: not valid utf-8 at byte 22, the encoding that it declares"]


def test_page_that_declares_no_encoding_is_refused_as_plain_text_is(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<p>caf\xe9")
    (tmp_path / "a.txt").write_bytes(b"<p>caf\xe9")
    page, text = error_of(tmp_path / "a.html"), error_of(tmp_path / "a.txt", format="folder")
    assert page == text.replace("a.txt", "a.html")
    assert "to several, such as [utf-8, latin-1]" in page


def test_html_without_lxml_says_what_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.html").write_bytes(b"<p>a")
    monkeypatch.setitem(sys.modules, "lxml", None)
    message = f"{tmp_path / 'a.html'}: is an HTML page; pip install 'lda-cli[documents]' reads it"
    assert error_of(tmp_path / "a.html") == f"{message}; set corpus.on_error to skip to leave it out"
    assert skipped(tmp_path / "a.html") == [message]


def test_cache_knows_which_packages_were_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lxml = inputs_of().counted_with()
    monkeypatch.setitem(sys.modules, "lxml", None)
    assert inputs_of().counted_with() != with_lxml


HOSTILE = {
    "deep": "<div>" * 200_000 + "x",
    "deep in a word": "<b>" * 50_000 + "x",
    "misnested": "<b><p>" * 20_000 + "x",
    "attributes": "<a " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x",
    "comments": "<!--" * 100_000,
    "tags that are not closed": "<a " * 100_000,
    "white space": " " * 1_000_000 + "x",
    "paragraphs": "<p>" * 200_000 + "x",
    "one word": "x" * 20_000_000,
    "a meta without end": "<meta " * 700,
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_hostile_html_takes_linear_time(page: str) -> None:
    began = time.process_time()
    html(page)
    assert time.process_time() - began < 10  # seconds; a quadratic parser takes far more


@given(st.text(alphabet="<>/!-ab &;#\"'=\n\0é") | st.text())
def test_no_html_fails(page: str) -> None:
    found = html(page).text
    found.encode()
    assert found == found.strip()


@given(st.binary())
def test_no_bytes_are_a_crash(data: bytes) -> None:
    for read_bytes in (html, xml):
        with message_of(MalformedError) as messages:
            read_bytes(data, on_error="replace").text.encode()
        assert all(message.splitlines() == [message] for message in messages)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a><b2>end</b2><b2>start</b2></a>", "end\n\nstart"),
        ("<doc><name>Anna</name><date>2001</date></doc>", "Anna\n\n2001"),
        ("<p><hi>w</hi>ord</p>", "word"),
        ("<tei:p xmlns:tei='u'><tei:hi>w</tei:hi>ord</tei:p>", "word"),
        ("<TEI><teiHeader><title>no</title></teiHeader><text><head>yes</head></text></TEI>", "yes"),
        ("<a b='no'>x<?no no?><!-- no --><![CDATA[<y>]]></a>", "x<y>"),
        ("<!DOCTYPE a [<!ENTITY e 'w'>]><a>&e;ord &lt; &#233;</a>", "word < é"),
        ("<!DOCTYPE a SYSTEM 'http://192.0.2.1/a.dtd'><a>&eacute;t&eacute; &none;</a>", "été &none;"),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>x &e;</a>", "x"),
        ("<!DOCTYPE a [<!ENTITY % e SYSTEM 'file:///etc/passwd'> %e;]><a>x</a>", "x"),
        ('<?xml version="1.0" encoding="cp437"?><a>é</a>'.encode("cp437"), "é"),
        ('<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16"), "é"),
        ("<a>é</a>".encode("utf-16-be"), "é"),
    ],
)
def test_xml_is_its_text(text: str | bytes, expected: str) -> None:
    assert xml(text).text == expected


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("<a>\n<b></a>", 2, "not well-formed XML (mismatched tag at column 6)"),
        ("", 1, "not well-formed XML (no element found at column 1)"),
        ("<a>&none;</a>", 1, "not well-formed XML (undefined entity at column 4)"),
        ("<a/>\n\nx", 3, "not well-formed XML (junk after document element at column 1)"),
    ],
)
def test_malformed_xml_is_refused_with_its_line_and_column(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    assert error_of(path) == f"{path}:{line}: {reason}; fix it, or set corpus.on_error to skip"
    assert skipped(path) == [f"{path}:{line}: {reason}"]


def laughs(first: str) -> str:
    entities = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(9))
    return f"<!DOCTYPE a [<!ENTITY l0 '{first}'>{entities}]><a>&l9;</a>"


@pytest.mark.parametrize(
    "text",
    [
        laughs("lol"),
        laughs(""),
        f"<!DOCTYPE a [<!ENTITY q '{'q' * 100_000}'>]><a>{'&q;' * 10_000}</a>",
        "<a>" * 500_000,
        "<!DOCTYPE a [<!ENTITY a '&b;'><!ENTITY b '&a;'>]><a>&a;</a>",
    ],
    ids=["laughs", "silent laughs", "a long entity", "depth", "a circle"],
)
def test_hostile_xml_is_refused_soon(text: str) -> None:
    began = time.process_time()
    with pytest.raises(MalformedError):
        xml(text)
    assert time.process_time() - began < 10  # seconds
