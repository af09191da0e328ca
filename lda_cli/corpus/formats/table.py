"""The table of formats: which function parses each. How to recognise them: recognition.py.

Records that may span lines are parsed as a stream: csv and tsv by documents/tables.py, json by
documents/objects.py, mail by documents/mailboxes.py. Bags of words have no text: documents/matrices.py reads
them.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Literal, NamedTuple

from ...config import CorpusConfig
from .docx import docx_file
from .html import html_file
from .lines import json_line, mallet_line, plain_line
from .pdf import pdf_file
from .records import Record
from .xml import xml_file

HEAD_BYTES = 1 << 16  # of a file, to recognise its format


def installed() -> tuple[str, ...]:
    """Return the packages of the extra `documents` that are installed: without them files are not read."""
    return tuple(name for name in ("lxml", "pypdfium2") if find_spec(name) is not None)


class Format(NamedTuple):
    """How to read a format.

    letter : for the fingerprint: the same bytes in another format are another corpus
    unit : of a document: a file, a line, a record of a table, or a row of a matrix of counts
    suffixes : of the files that have it under corpus.format auto
    parse_line : for a format of lines: returns the record of a decoded line, without its end, or None for
        a blank line. Raises MalformedError
    parse_file : for a format of whole files: returns the record of a file's bytes; None for plain text.
        Raises MalformedError. A corpus cache does not notice that it changed: clear it while you write one
    delimiter : between the fields of a table where nothing else is known
    """

    letter: bytes
    unit: Literal["file", "line", "record", "row"]
    suffixes: tuple[str, ...] = ()
    parse_line: Callable[[str, CorpusConfig], Record | None] = plain_line
    parse_file: Callable[[bytes, CorpusConfig], Record] | None = None
    delimiter: str = ","


# Every format. A new one is a row here, a name in config/schema.py, and a line in README.md.
FORMATS = {
    "folder": Format(b"W", "file"),
    "lines": Format(b"L", "line"),
    "jsonl": Format(b"J", "line", (".jsonl", ".ndjson"), json_line),
    "json": Format(b"A", "record", (".json",)),
    "csv": Format(b"C", "record", (".csv", ".psv")),
    "tsv": Format(b"T", "record", (".tsv", ".tab"), delimiter="\t"),
    "html": Format(b"H", "file", (".html", ".htm", ".xhtml"), parse_file=html_file),
    "xml": Format(b"S", "file", (".xml", ".tei", ".rss", ".atom"), parse_file=xml_file),
    "mail": Format(b"E", "record", (".eml", ".mbox", ".mbx")),
    "pdf": Format(b"P", "file", (".pdf",), parse_file=pdf_file),
    "docx": Format(b"F", "file", (".docx",), parse_file=docx_file),
    "mallet": Format(b"M", "line", (".mallet",), mallet_line),
    "ldac": Format(b"D", "row", (".ldac",)),
    "uci": Format(b"U", "row"),
    "mtx": Format(b"X", "row", (".mtx",)),
    "npz": Format(b"Z", "row", (".npz",)),
}
