"""DOCX (Office Open XML) to its text: paragraphs and tables in their order, then foot- and endnotes."""

import io
import re

from ...config import CorpusConfig
from .records import MalformedError, Record, Value
from .xml import parse_xml

_XML_BYTES = (
    1 << 26
)  # of the parts of a file together: a small zip may decompress to more than fits in memory
_N_PARTS = 10_000
_PART_MARK = b"PK\1\2"  # of an entry of a zip's directory
_TEXTS = re.compile(r"word/(document\d*|footnotes|endnotes)\.xml")
_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad", "tc": " "}
_REPEATED = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"  # for older programs


def docx_file(data: bytes, config: CorpusConfig) -> Record:
    """Return the text, with the core properties (title, creator, created, ...) as metadata.

    Headers and footers, which repeat on every page, deleted text and comments are left out. Raises
    MalformedError for a file that is damaged, encrypted, or has more than 64 MiB of XML or 10,000 parts.
    """
    if data.count(_PART_MARK) > _N_PARTS:
        raise MalformedError(f"more than {_N_PARTS} parts")
    try:
        texts, properties = _parts(data)
    except MalformedError:
        raise
    except Exception as error:  # zipfile has no one class for what a damaged zip raises
        raise MalformedError(f"not a readable DOCX ({type(error).__name__})") from None
    body = _Body()
    for part in texts:
        parse_xml(part, body.begin, body.finish, body.add, separator=" ")
    return Record(None, "".join(body.parts).strip(), _properties(properties))


def _parts(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the XML of the texts, the document first, and that of the core properties."""
    from zipfile import ZipFile  # not for every start of the command

    left = _XML_BYTES
    with ZipFile(io.BytesIO(data)) as archive:
        names = sorted(filter(_TEXTS.fullmatch, set(archive.namelist())))
        if not names or not names[0].startswith("word/document"):
            raise MalformedError("not a DOCX: it has no word/document.xml")
        names.sort(key=lambda name: "notes" in name)
        if "docProps/core.xml" in archive.namelist():
            names.append("docProps/core.xml")
        parts = []
        for name in names:
            with archive.open(name) as file:
                parts.append(file.read(left + 1))
            left -= len(parts[-1])
            if left < 0:
                raise MalformedError(f"decompresses to more than {_XML_BYTES >> 20} MiB")
    return (parts[:-1], parts[-1]) if names[-1] == "docProps/core.xml" else (parts, b"")


class _Body:
    """Receives the events of the parser; the names of elements are "namespace name"."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._n_repeated = 0
        self._in_text = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if name == _REPEATED:
            self._n_repeated += 1
        elif space in _NAMESPACES and not self._n_repeated:
            if local == "t":
                self._in_text = True
            elif local in _CHARACTERS:
                self.parts.append(_CHARACTERS[local])

    def finish(self, name: str) -> None:
        space, _, local = name.rpartition(" ")
        self._in_text = False
        if name == _REPEATED:
            self._n_repeated -= 1
        elif local == "p" and space in _NAMESPACES and not self._n_repeated:
            self.parts.append("\n\n")

    def add(self, text: str) -> None:
        if self._in_text:
            self.parts.append(text)


def _properties(core: bytes) -> dict[str, Value]:
    found: dict[str, Value] = {}
    names: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        names.append(name.rpartition(" ")[2])

    def finish(name: str) -> None:
        names.pop()

    def add(text: str) -> None:
        if len(names) == 2 and text.strip():  # below the root
            found.setdefault(names[-1], text.strip())

    if core:
        parse_xml(core, begin, finish, add, separator=" ")
    return found
