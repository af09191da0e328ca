"""Rows of CSV and TSV, as `infer` and `inspect` write them: quoted as in RFC 4180, lines end in \\n."""

import csv
from collections.abc import Callable, Iterable
from typing import Any, TextIO

_BYTE_ORDER_MARK = "\ufeff"  # Excel reads the file as UTF-8 only with it

# A spreadsheet runs a text that begins with one of these as a formula (OWASP, "CSV Injection").
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def csv_rows(
    stream: TextIO, delimiter: str = ",", *, spreadsheet: bool = False
) -> Callable[[Iterable[Any]], object]:
    """Return a function that writes a row of cells, texts or numbers.

    spreadsheet : begin with a byte order mark, and write ' before texts that would run as formulas
    """
    write = csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerow
    if not spreadsheet:
        return write
    stream.write(_BYTE_ORDER_MARK)
    return lambda row: write([_harmless(cell) for cell in row])


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
