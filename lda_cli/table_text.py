"""Rows as text, for all that writes them: CSV and TSV as in RFC 4180, lines of JSON, names of columns."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from .errors import safe

DECIMALS = 6  # of shares and probabilities

_BYTE_ORDER_MARK = "\ufeff"  # Excel reads the file as UTF-8 only with it

# A spreadsheet runs a text that begins with one of these as a formula (OWASP, "CSV Injection").
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

# json.dumps would make a new encoder for each record
_IN_ANY_SCRIPT = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def csv_rows(
    stream: TextIO, delimiter: str = ",", *, spreadsheet: bool = False
) -> Callable[[Iterable[Any]], object]:
    """Return a function that writes a row of cells, texts or numbers; lines end in \\n.

    spreadsheet : begin with a byte order mark, and write ' before texts that would run as formulas

    It returns what `stream.write` returns.
    """
    write = csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerow
    if not spreadsheet:
        return write
    stream.write(_BYTE_ORDER_MARK)
    return lambda row: write([_harmless(cell) for cell in row])


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def json_line(record: object) -> str:
    """The record as one line of JSON, in ASCII if it has unprintable characters."""
    line = _IN_ANY_SCRIPT(record)
    return line if line.isprintable() else json.dumps(record)


def json_text(record: object) -> str:
    """The record as indented JSON with a line end, in ASCII if it has unprintable characters."""
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    is_plain = all(map(str.isprintable, text.split("\n")))
    return (text if is_plain else json.dumps(record, indent=1, allow_nan=False)) + "\n"


def metadata_columns(fields: Iterable[str], header: Sequence[str]) -> list[str]:
    """Return the names of the columns of metadata, which follow those of `header`; all differ."""
    columns = [*header]
    for field in fields:
        name = safe(field)
        while name in columns:
            name = f"metadata.{name}"
        columns.append(name)
    return columns[len(header) :]
