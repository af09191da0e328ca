"""A table as CSV, TSV or lines of JSON, block by block."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TextIO, cast

from ..errors import safe
from ..table_text import DECIMALS, csv_rows, json_line
from .digits import ShareDigits
from .table import Block, Column, Table

DELIMITERS = {"csv": ",", "tsv": "\t"}

_Row = Sequence[object]


def write_delimited(stream: TextIO, table: Table, form: str, *, spreadsheet: bool = False) -> None:
    """Write a header and a row a line, as CSV or TSV.

    spreadsheet : as for `csv_rows`
    """
    delimiter = DELIMITERS[form]
    write = csv_rows(stream, delimiter, spreadsheet=spreadsheet)
    write(map(safe, table.header))
    returned = cast(
        Callable[[Any], str], csv_rows(cast(TextIO, _Returned()), delimiter, spreadsheet=spreadsheet)
    )
    digits: ShareDigits | None = None
    for block in table.blocks:
        left, right = _rows(table, block, safe)
        if block.shares is None:
            for row in left:
                write(row)
            continue
        digits = digits or ShareDigits([delimiter] * block.shares.shape[1])
        # an empty cell first, so that the text of the last cells begins with a delimiter
        ends = (returned(("", *row)) if row else "\n" for row in right)
        texts = zip(left, digits.rows(block.shares), ends, strict=True)
        stream.writelines(returned(row)[:-1] + shares + end for row, shares, end in texts)


def write_jsonl(stream: TextIO, table: Table) -> None:
    """Write a JSON object a row, whose keys are the columns."""
    header = table.header
    digits: ShareDigits | None = None
    for block in table.blocks:
        left, right = _rows(table, block, str)
        if block.shares is None:
            stream.writelines(json_line(dict(zip(header, row, strict=True))) + "\n" for row in left)
            continue
        first, end = len(block.left), len(block.left) + block.shares.shape[1]
        digits = digits or ShareDigits([f", {_key(name)}: " for name in header[first:end]])
        texts = zip(left, digits.rows(block.shares), right, strict=True)
        for before, shares, after in texts:
            begin = json_line(dict(zip(header[:first], before, strict=True)))[:-1]
            rest = json_line(dict(zip(header[end:], after, strict=True)))[1:]
            stream.write(f"{begin}{shares}{', ' if after else ''}{rest}\n")


class _Returned:
    """A stream whose `write` returns the text, and so does csv.writer for each row."""

    def write(self, text: str) -> str:
        return text


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=not name.isprintable())


def _rows(table: Table, block: Block, text: Callable[[str], str]) -> tuple[Iterator[_Row], Iterator[_Row]]:
    """Return the rows of the left and of the right part of a block; texts as `text` makes them."""
    right = table.columns[len(table.columns) - len(block.right) :]
    n_rows = len(block.shares) if block.shares is not None else 0
    return (
        zip(*_cells(table.columns, block.left, text), strict=True),
        zip(*_cells(right, block.right, text), strict=True) if block.right else iter([()] * n_rows),
    )


def _cells(
    columns: Sequence[Column], values: Sequence[Sequence[object]], text: Callable[[str], str]
) -> Iterator[Iterable[object]]:
    for column, own in zip(columns, values, strict=False):
        if column.kind == "share":
            yield [round(cast(float, value), DECIMALS) for value in own]
        elif column.kind == "text":
            yield [text(value) if isinstance(value, str) else value for value in own]
        else:
            yield own
