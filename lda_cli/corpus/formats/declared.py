"""Bytes to text, by the encoding that the text itself declares, else by corpus.encoding."""

import codecs
import re

from ...config import CorpusConfig
from .encodings import MARKS, WRONG_ENCODING, without_surrogates
from .records import MalformedError

_HEAD_BYTES = 4096  # of a file, in which it may declare its encoding
_XML = re.compile(rb"\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]+)")
_META = re.compile(rb"<meta\s[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Browsers read these as cp1252, and pages that declare them have its quotation marks.
_CP1252 = {codecs.lookup(name).name for name in ("latin-1", "ascii")}


def markup_text(data: bytes, config: CorpusConfig, is_html: bool) -> tuple[str, str | None]:
    """Return the text of an HTML or XML file, and why bytes of it were replaced, if they were.

    The encoding is that of a byte order mark, of the XML declaration, of HTML's meta, else corpus.encoding.
    Raises MalformedError as `decoded` does.
    """
    for bom, name in MARKS.items():
        if data.startswith(bom):
            return decoded(data[len(bom) :], name, config)
    head = data[:_HEAD_BYTES]
    found = _XML.match(head) or (_META.search(head) if is_html else None)
    name = known_codec(found[1].decode("ascii", "replace")) if found else ""
    if name.startswith(("utf-16", "utf-32")):  # these bytes are ASCII, or the declaration would not be seen
        name = "utf-8"
    return decoded(data, name or ("" if is_html else _xml_default(head, config)), config)


def decoded(data: bytes, codec: str, config: CorpusConfig) -> tuple[str, str | None]:
    """Return a text, and why bytes of it were replaced, if they were.

    codec : that the text declares, "" for corpus.encoding

    Raises MalformedError for bytes of another encoding, unless corpus.on_error is replace.
    """
    names = ["cp1252", codec] if codec in _CP1252 else [codec] if codec else list(config.encodings)
    for name in names:
        try:
            text = data.decode(name)
            text.encode()  # some decoders accept unpaired surrogates
            return text, None
        except UnicodeError as error:
            at = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
            tried = f"{codec}{at}, the encoding that it declares" if codec else " or ".join(names) + at
    reason = f"not valid {tried}"
    if config.on_error != "replace":
        remedy = "fix it, or set corpus.on_error to skip or replace" if codec else WRONG_ENCODING
        raise MalformedError(reason, remedy=remedy)
    return without_surrogates(data.decode(codec or names[0], "replace")), reason


def known_codec(name: str) -> str:
    """Return Python's name of an encoding of text, "" if there is none."""
    try:
        info = codecs.lookup(name)
        b"".decode(info.name)
        return info.name if isinstance(b"a".decode(info.name, "replace"), str) else ""
    except (LookupError, ValueError):  # of no text: hex, zip; or a name with a NUL
        return ""


def _xml_default(head: bytes, config: CorpusConfig) -> str:
    # XML without a mark begins with "<": its first bytes show UTF-16.
    return {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(head[:2], "")
