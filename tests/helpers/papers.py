"""PDF and DOCX files as bytes, made by hand: small, whole, or hostile."""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FONT = b"/Resources<</Font<</F 3 0 R>>%s>>"


def pdf(*pages: str, info: str = "", encrypt: bool = False) -> bytes:
    """A PDF with a line of text on each page; a page without text has a drawing.

    info : of the document, such as "/Title(a)"
    """
    kids = b" ".join(b"%d 0 R" % (5 + 2 * n) for n in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<<%s>>" % info.encode(),
    ]
    for number, text in enumerate(pages):
        content = b"BT /F 9 Tf 9 99 Td (%s) Tj ET" % text.encode() if text else b"0 0 m 9 9 l S"
        objects.append(_page(6 + 2 * number))
        objects.append(_stream(zlib.compress(content), b"/Filter/FlateDecode"))
    trailer = b"/Info 4 0 R"
    if encrypt:
        key = b"<%s>" % (b"00" * 32)
        objects.append(b"<</Filter/Standard/V 1/R 2/P -4/O %s/U %s>>" % (key, key))
        trailer += b"/Encrypt %d 0 R/ID[<00><00>]" % len(objects)
    return _file(objects, trailer)


def pdf_of_forms(depth: int, n: int) -> bytes:
    """A PDF whose page draws n ** depth copies of a word: forms in forms."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        _page(5, b"/XObject<</X 6 0 R>>"),
        _stream(b"/X Do"),
    ]
    for number in range(depth):
        draws = b"/X Do " * n if number < depth - 1 else b"BT /F 9 Tf 9 9 Td (word) Tj ET"
        resources = _FONT % (b"/XObject<</X %d 0 R>>" % (7 + number) if number < depth - 1 else b"")
        objects.append(_stream(draws, b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]" + resources))
    return _file(objects)


def docx(body: str, parts: Mapping[str, str] = {}) -> bytes:
    """A DOCX with this XML in w:body, and other parts, the XML of each inside of one element."""
    packed = io.BytesIO()
    texts = {"word/document.xml": f"<w:body>{body}</w:body>", **parts}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, f'<w:root xmlns:w="{_W}">{text}</w:root>')
    return packed.getvalue()


def _page(content: int, more: bytes = b"") -> bytes:
    parts = b"/Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents %d 0 R" % content
    return b"<<%s%s>>" % (parts, _FONT % more)


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def _file(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    written, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s" % (size, table, end)
