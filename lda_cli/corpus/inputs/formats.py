"""The formats of a corpus: how to recognise each, and how to parse its lines. Between files and documents.

lines, jsonl and mallet have a record a line, parsed where a chunk is read. Records of csv and tsv may span
lines: tables.py parses them. Bags of words have no text: matrices.py reads them.
"""

import codecs
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, NamedTuple, NoReturn

from ...config import CorpusConfig
from ...config.complaints import shortened
from .compression import without_suffix
from .report import MalformedError

HEAD_BYTES = 1 << 16  # of a file, to recognise its format

# The line of MALLET's import-file, where white space is ASCII's: name, label, text.
_MALLET_LINE = re.compile(r"(\S*)[\s,]*(\S*)[\s,]*(.*)", re.ASCII | re.DOTALL)
_JSON_NAMES = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}


class Document(NamedTuple):
    """The unit that gets a topic mixture."""

    id: str  # one printable line: "space/moon.txt", "notes.txt:17", "stdin:17", or the value of id_field
    text: str


class Record(NamedTuple):
    """A parsed line or record; without an id, or with an empty one, its place is its id."""

    id: str | None
    text: str


def format_of_name(path: str) -> str | None:
    """Return the format that belongs to a file's name, or None."""
    stem = without_suffix(os.path.basename(path)).lower()
    if stem.startswith("docword."):
        return "uci"
    return next((name for name, kind in FORMATS.items() if stem.endswith(kind.suffixes)), None)


def format_of_content(head: bytes) -> str:
    """Return the format of a file with these first bytes: lines, unless it can only be another format."""
    if head[:14].lower() == b"%%matrixmarket":
        return "mtx"
    name_length = int.from_bytes(head[26:28], "little")
    if head.startswith(b"PK\3\4") and head[30 : 30 + name_length].endswith(b".npy"):
        return "npz"
    line, end, _ = head.removeprefix(codecs.BOM_UTF8).partition(b"\n")
    if line.startswith(b"{") and (end or len(head) < HEAD_BYTES):
        with suppress(ValueError, RecursionError):
            if isinstance(json.loads(line), dict):
                return "jsonl"
    return "lines"


def _plain_line(line: str, config: CorpusConfig) -> Record:
    return Record(None, line)


def _json_line(line: str, config: CorpusConfig) -> Record | None:
    if not line or line.isspace():
        return None
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise MalformedError(f"not valid JSON ({error.msg})", error.colno) from None
    except RecursionError:
        raise MalformedError("JSON nested too deeply") from None
    except ValueError:  # Python reads no integer of thousands of digits
        raise MalformedError("JSON number too long") from None
    if not isinstance(value, dict):
        raise MalformedError(f"not a JSON object but {_called(value)}")
    text = _member(value, "text_field", config.text_field)
    if not isinstance(text, str):
        raise MalformedError(f"{config.text_field!r} is not a text but {_called(text)}")
    if config.id_field is None:
        return Record(None, text)
    name = _member(value, "id_field", config.id_field)
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise MalformedError(f"{config.id_field!r} is not a text or a whole number but {_called(name)}")
    return Record(str(name), text)


def _mallet_line(line: str, config: CorpusConfig) -> Record | None:
    if not line or line.isspace():
        return None
    found = _MALLET_LINE.fullmatch(line)
    assert found is not None  # the pattern takes any line
    return Record(found[1], found[3])


class Format(NamedTuple):
    """How to read a format.

    letter : for the fingerprint: the same bytes in another format are another corpus
    unit : of a document: a file, a line, a record of a table, or a row of a matrix of counts
    suffixes : of files that have it under corpus.format auto, if they are inputs by themselves; in a folder
        each file is a document of plain text
    parse_line : for a format of lines: returns the record of a decoded line, without its end, or None for
        a blank line. Raises MalformedError
    parse_text : for a format of whole files: returns the text without its markup; None for plain text.
        Raises MalformedError. A corpus cache does not notice that it changed: clear it while you write one
    delimiter : between the fields of a table
    """

    letter: bytes
    unit: Literal["file", "line", "record", "row"]
    suffixes: tuple[str, ...] = ()
    parse_line: Callable[[str, CorpusConfig], Record | None] = _plain_line
    parse_text: Callable[[str, CorpusConfig], str] | None = None
    delimiter: str = ","


# Every format. A new one is a row here, a name in config/schema.py, and a line in README.md.
FORMATS = {
    "folder": Format(b"W", "file"),
    "lines": Format(b"L", "line"),
    "jsonl": Format(b"J", "line", (".jsonl", ".ndjson"), _json_line),
    "csv": Format(b"C", "record", (".csv",)),
    "tsv": Format(b"T", "record", (".tsv",), delimiter="\t"),
    "mallet": Format(b"M", "line", (".mallet",), _mallet_line),
    "ldac": Format(b"D", "row", (".ldac",)),
    "uci": Format(b"U", "row"),
    "mtx": Format(b"X", "row", (".mtx",)),
    "npz": Format(b"Z", "row", (".npz",)),
}


def _member(value: dict[str, Any], key: str, field: str) -> object:
    if field not in value:
        no_field(f"no key {field!r}", list(value), key)
    return value[field]


def no_field(reason: str, fields: list[str], key: str) -> NoReturn:
    """Raise a MalformedError that names the first few fields there are."""
    some = ", ".join(shortened(repr(field)) for field in fields[:5]) + (", ..." if len(fields) > 5 else "")
    remedy = f"set corpus.{key} to an existing one, or corpus.on_error to skip"
    raise MalformedError(f"{reason} (it has {some})" if fields else reason, remedy=remedy)


def _called(value: object) -> str:
    return "null" if value is None else _JSON_NAMES.get(type(value), "a text")
