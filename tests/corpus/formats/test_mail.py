"""A mail message as its subject and text."""

import base64
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.formats.mail import mail_message
from lda_cli.corpus.formats.records import MalformedError, NotReadError, Record


def mail(message: str | bytes, **settings: object) -> Record:
    return mail_message(message.encode() if isinstance(message, str) else message, CorpusConfig(**settings))


def multipart(kind: str, *parts: str, boundary: str = "=b") -> str:
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\nno\n{body}--{boundary}--\nno\n'


PLAIN = "Content-Type: text/plain\n\nplain"
HTML = "Content-Type: text/html\n\n<p>h<b>tm</b>l</p>"
ATTACHED = "Content-Disposition: attachment; filename=a.txt\n\nno"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("Subject: s\nFrom: a@b\n\n> quote\nbody\n-- \nsignature\n", "s\n\n> quote\nbody\n-- \nsignature"),
        ("Subject: s\r\n\r\nbody\r\n", "s\n\nbody"),
        ("Subject: a\n long\n\tone\n\nbody", "a long one\n\nbody"),
        ("From: a@b\n\nbody", "body"),
        ("no headers", "no headers"),
        ("Subject: s", "s"),
        ("", ""),
        ("Subject: s\n" + multipart("alternative", PLAIN, HTML), "s\n\nplain"),
        ("Subject: s\n" + multipart("alternative", HTML), "s\n\nhtml"),
        (multipart("alternative", multipart("related", HTML, boundary="i"), PLAIN), "plain"),
        (multipart("mixed", PLAIN, ATTACHED, "\nfooter"), "plain\n\nfooter"),
        (multipart("mixed", "Content-Type: image/png; name=a.png\n\nno", HTML), "html"),
        (multipart("mixed", multipart("alternative", HTML, PLAIN, boundary="=b2"), ATTACHED), "plain"),
        (
            multipart("digest", "\nSubject: one\n\ntext", "\nSubject: two\n\ntext"),
            "one\n\ntext\n\ntwo\n\ntext",
        ),
        (multipart("mixed", "Content-Type: message/rfc822\n\nSubject: f\n\n" + PLAIN), "f\n\n" + PLAIN),
        ("Content-Type: multipart/mixed\n\nno boundary", ""),
        ("Content-Type: application/pdf\n\nno", ""),
    ],
)
def test_mail_is_its_subject_and_text(message: str, text: str) -> None:
    assert mail(message).text.replace("\r", "") == text


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=latin-1\n\n"
        b"caf=E9 a=\nu lait",
        b"Content-Transfer-Encoding: BASE64\nContent-Type: text/plain; charset=utf-8\n\n"
        + base64.encodebytes("café au lait".encode()),
        b"Content-Type: text/plain; charset=cp850\n\n" + "café au lait".encode("cp850"),
        b"Content-Type: text/plain; charset=us-ascii\n\n" + "café au lait".encode(),
        b"Content-Type: text/plain; charset=no-such\n\n" + "café au lait".encode(),
        b'Content-Type: text/plain; charset="utf-16"\n\n' + "café au lait".encode(),
    ],
)
def test_text_is_decoded_by_its_charset_else_by_the_config(body: bytes) -> None:
    assert mail(body).text == "café au lait"


def test_text_in_no_known_encoding_follows_on_error() -> None:
    with pytest.raises(MalformedError, match="not valid utf-8 at byte 0"):
        mail(b"Subject: s\n\n\xe9")
    assert mail(b"Subject: s\n\n\xe9", encoding="latin-1").text == "s\n\né"
    replaced = mail(b"Subject: s\n\n\xe9", on_error="replace")
    assert (replaced.text, replaced.replaced) == ("s\n\n�", "not valid utf-8 at byte 0")


def test_headers_are_decoded_and_are_metadata() -> None:
    message = (
        b"SUBJECT: =?utf-8?Q?Caf=C3=A9?= =?bogus?Q?_x?=\nFrom: J\xc3\xb6rg <a@b>\nTo: =?utf-8?B?abcde?=\n"
        b"Message-ID: <1@b>\nList-Id: l\nDate: Thu, 1 Jan 2009 00:00:00 +0000\nX-Other: no\n\nx"
    )
    record = mail(message, id_field="Message-ID")
    assert record.id == "<1@b>"
    assert record.metadata == {
        **{"subject": "Café x", "from": "Jörg <a@b>", "to": "=?utf-8?B?abcde?=", "list-id": "l"},
        **{"message-id": "<1@b>", "date": "2009-01-01T00:00:00+00:00"},
    }
    assert mail("Subject: s\n\nx", id_field="message-id").id is None


def test_mail_in_html_without_lxml_says_what_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    assert mail(multipart("alternative", PLAIN, HTML)).text == "plain"
    with pytest.raises(NotReadError, match=r"is an HTML page; pip install 'lda-cli\[documents\]' reads it"):
        mail(HTML)


def nested(depth: int) -> str:
    text = PLAIN
    for level in range(depth):
        text = multipart("mixed", text, boundary=f"level{level}.")
    return text


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (nested(300), "parts nested more than 20 deep"),
        ("Content-Type: message/rfc822\n\n" * 100_000, "parts nested more than 20 deep"),
        (multipart("mixed", *["\nx"] * 100_000), "more than 1000 parts"),
        ("Subject: s\n" * 100_000, "headers longer than 256 KiB"),
    ],
    ids=["nested", "messages in messages", "parts", "headers"],
)
def test_hostile_mail_is_refused_soon(message: str, reason: str) -> None:
    began = time.process_time()
    with pytest.raises(MalformedError, match=reason):
        mail(message)
    assert time.process_time() - began < 10  # seconds
    assert mail(nested(15)).text == "plain"


@given(st.binary() | st.text(alphabet="Content-Type: multipart/;boundary=x\n-").map(str.encode))
def test_no_mail_is_a_crash(message: bytes) -> None:
    mail(message, on_error="replace").text.encode()
