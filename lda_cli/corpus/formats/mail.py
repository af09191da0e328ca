"""A mail message to its subject and text. documents/mailboxes.py divides a file of many messages."""

import binascii
import quopri
import re
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

from ...config import CorpusConfig
from .declared import decoded, known_codec
from .html import parsed_html
from .records import MalformedError, Record, Value

HEADERS = ("subject", "from", "to", "date", "list-id", "message-id")  # metadata
_DEPTH = 20  # of parts in parts
_N_PARTS = 1000
_HEAD_BYTES = 1 << 18  # of the headers of a part
_HEADER_CHARACTERS = 10_000
_HEADER = re.compile(rb"[!-9;-~]+:")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


def mail_message(data: bytes, config: CorpusConfig) -> Record:
    """Return the subject and the text of a message, with its HEADERS as metadata.

    The text is that of text/plain parts, and of text/html where there is no plain alternative. Attachments
    are left out. With id_field, the header of that name is the id. Raises MalformedError for a text that
    cannot be decoded, for parts nested too deeply or too many, and for HTML if lxml is not installed.
    """
    message, body = _divided(data)
    reader = _Reader(config)
    text = reader.text(message, body, 0)
    metadata: dict[str, Value] = {name: value for name in HEADERS if (value := _header(message, name))}
    if "date" in metadata:
        metadata["date"] = _iso_date(str(metadata["date"]))
    name = None if config.id_field is None else _header(message, config.id_field) or None
    subject = _header(message, "subject")
    return Record(name, f"{subject}\n\n{text}".strip(), metadata, reader.replaced)


class _Reader:
    """Reads the parts of one message.

    replaced : why the text has U+FFFD for some bytes, or None
    """

    def __init__(self, config: CorpusConfig) -> None:
        self._config = config
        self._n_parts = 0
        self.replaced: str | None = None

    def text(self, part: Message, body: bytes, depth: int) -> str:
        """Return the text of a part and of those in it."""
        self._n_parts += 1
        if depth > _DEPTH:
            raise MalformedError(f"parts nested more than {_DEPTH} deep")
        if self._n_parts > _N_PARTS:
            raise MalformedError(f"more than {_N_PARTS} parts")
        kind = _kind(part)
        if depth and (part.get_content_disposition() == "attachment" or part.get_filename()):
            return ""
        if kind == "message/rfc822":
            inner, inner_body = _divided(_plain_bytes(part, body))
            return f"{_header(inner, 'subject')}\n\n{self.text(inner, inner_body, depth + 1)}"
        if kind.startswith("multipart/"):
            return self._multipart(part, body, kind, depth)
        if kind not in ("text/plain", "text/html"):
            return ""
        text = self._decoded(part, _plain_bytes(part, body))
        return parsed_html(text).text.text() if kind == "text/html" else text

    def _multipart(self, part: Message, body: bytes, kind: str, depth: int) -> str:
        parts = [_divided(inner) for inner in _parts(part, body)]
        if kind == "multipart/digest":
            for inner, _ in parts:
                inner.set_default_type("message/rfc822")
        if kind == "multipart/alternative":  # the best comes last, the plainest first
            plain = [pair for pair in parts if _kind(pair[0]) == "text/plain"]
            for pair in [*plain, *reversed(parts)]:
                if text := self.text(*pair, depth + 1).strip():
                    return text
            return ""
        texts = (self.text(*pair, depth + 1).strip() for pair in parts)
        return "\n\n".join(filter(None, texts))

    def _decoded(self, part: Message, data: bytes) -> str:
        """Decode a text: by its charset, or, if that is missing or wrong, by corpus.encoding."""
        try:
            codec = known_codec(part.get_content_charset() or "")
        except (LookupError, ValueError, MessageError):
            codec = ""
        if codec not in ("", "ascii"):
            try:
                text = data.decode(codec)
                text.encode()
                return text
            except UnicodeError:  # many programs declare an encoding that is not the text's
                pass
        text, replaced = decoded(data, "", self._config)
        self.replaced = self.replaced or replaced
        return text


def _iso_date(header: str) -> str:
    """Return the date of a header as ISO 8601, or the header if it is no date."""
    try:
        return parsedate_to_datetime(header).isoformat()
    except (ValueError, OverflowError):
        return header


def _divided(data: bytes) -> tuple[Message, bytes]:
    """Return the headers and the body of a message or a part."""
    if not _HEADER.match(data):
        return Message(), data.lstrip(b"\r\n")
    end = _HEAD_END.search(data)
    head, body = (data, b"") if end is None else (data[: end.start()], data[end.end() :])
    if len(head) > _HEAD_BYTES:
        raise MalformedError(f"headers longer than {_HEAD_BYTES >> 10} KiB")
    return BytesHeaderParser().parsebytes(head + b"\n\n"), body


def _parts(part: Message, body: bytes) -> list[bytes]:
    """Return the parts of a multipart body; none if it has no boundary."""
    boundary = part.get_boundary()
    if not boundary:
        return []
    mark = re.escape(boundary.encode("utf-8", "surrogateescape"))
    # what comes before the first mark and after the last is no part
    pieces = re.split(rb"(?:\A|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|\Z)", body, maxsplit=_N_PARTS + 2)
    found = []
    for is_last, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if is_last:
            break
        found.append(piece.removeprefix(b"\r").removeprefix(b"\n"))
    return found


def _plain_bytes(part: Message, body: bytes) -> bytes:
    """Undo the transfer encoding of a body; one that is damaged stays as it is."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(body)
        except binascii.Error:  # the end is missing
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            return binascii.a2b_base64(letters[: len(letters) // 4 * 4])
    return body


def _kind(part: Message) -> str:
    """Return the content type, such as "text/plain"."""
    return part.get_content_type()


def _header(message: Message, name: str) -> str:
    """Return a header as text on one line, "" if there is none."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    raw = " ".join(str(raw)[:_HEADER_CHARACTERS].split())
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        pieces = [(raw, None)]
    return "".join(map(_piece, pieces))


def _piece(piece: tuple[bytes | str, str | None]) -> str:
    """Decode a part of a header: by its charset, else as UTF-8 or Latin-1."""
    data, charset = piece
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    for codec in (known_codec(charset or ""), "utf-8"):
        try:
            if codec:
                text = data.decode(codec)
                text.encode()
                return text
        except UnicodeError:
            continue
    return data.decode("latin-1")
