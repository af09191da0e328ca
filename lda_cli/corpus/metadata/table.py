"""The table of corpus.metadata: a CSV, TSV or JSON-lines file, a row for each document, in memory."""

import csv
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, count, islice
from pathlib import Path
from typing import Literal, NamedTuple

from ...config import CorpusConfig
from ...disk.opening import open_regular
from ...errors import ConfigError, CorpusError, in_words
from ..documents.transcoding import in_utf8
from ..formats.delimiters import dialect_of, separator_line
from ..formats.encodings import MARK, OTHER_ENCODINGS, Encoding, head_of, without_surrogates
from ..formats.fields import plain_name
from ..formats.metadata import metadata_value
from ..formats.recognition import format_of_name
from ..formats.records import InputError, MalformedError, Value, composed
from ..formats.table import FORMATS, HEAD_BYTES
from ..inputs.compression import read_to_the_end, streams, without_suffix
from ..inputs.files import Source, printable
from ..inputs.report import Report

# Characters of a line and of a table, at most: a small file may decompress to more than fits in memory.
LINE_CHARACTERS, TABLE_CHARACTERS = 1 << 24, 1 << 31
COLUMNS_AT_MOST = 1000  # each row of JSON may have columns of its own

_ID = "id"  # the column of the ids, if the table has one
_HEAD_LINES = 20  # to find the delimiter
_REPLACED = "\ufffd"  # in the place of bytes that were not valid

Row = dict[str, object]


class MetadataTable(NamedTuple):
    """The rows of a table; about 100 bytes of memory for a row, and 60 for each different text.

    shown : its path, for messages
    columns : names, without that of the id
    rows : values in the order of `columns` by id, in NFC; a row may be shorter
    content : SHA-256 of the stored bytes, in hexadecimal
    """

    shown: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Value, ...]]
    content: str


def read_table(config: CorpusConfig, report: Report) -> MetadataTable | None:
    """Read the table of a config; None if it names no table.

    The ids are in the column `id` or `ID`, else corpus.id_field, else in the first column.

    report : receives what was skipped or replaced

    Raises ConfigError for a file of another format, CorpusError for one that cannot be read, and for a row
    that is malformed or has the id of an earlier row, unless corpus.on_error is "skip".
    """
    if config.metadata is None:
        return None
    shown = printable(config.metadata)
    kind = format_of_name(without_suffix(os.path.basename(config.metadata)))
    if kind is None or kind not in _PARSERS:
        raise ConfigError(f"corpus.metadata: {shown}: name it .csv, .tsv or .jsonl, as what it is")
    for attempt in _with_one_encoding(config):
        about_rows = Report()
        try:
            table = _decoded(config.metadata, kind, attempt, about_rows)
        except UnicodeError:
            continue
        except InputError as error:
            raise CorpusError(f"{shown}: {error.reason}; {error.remedy}") from None
        except OSError as error:
            raise CorpusError(f"{shown}: cannot be read: {in_words(error)}; check corpus.metadata") from None
        report.add(about_rows)
        return table
    remedy = f"{OTHER_ENCODINGS}, or corpus.on_error to replace"
    raise CorpusError(f"{shown}: not valid {' or '.join(config.encodings)}; {remedy}")


def _with_one_encoding(config: CorpusConfig) -> Iterator[CorpusConfig]:
    """Yield the config with each of its encodings, and at last so that bytes are replaced, if they may be."""
    strict: Literal["fail", "skip"] = "skip" if config.on_error == "skip" else "fail"
    for name in config.encodings:
        yield replace(config, encoding=name, on_error=strict)
    if config.on_error == "replace":
        yield replace(config, encoding=config.encodings[0])


def _decoded(path: str, kind: str, config: CorpusConfig, report: Report) -> MetadataTable:
    """Read a table in the encoding of a config. Raises UnicodeError if the table has another."""
    shown, content = printable(path), hashlib.sha256()
    columns: dict[str, int] = {}
    rows: dict[str, tuple[Value, ...]] = {}
    id_column = None
    with open_regular(Path(path)) as file:
        stored, stream = streams(path, file, content)
        for number, row in _rows(stream, kind, config, shown, report):
            try:
                id_column = id_column or _id_column(row, config)
                name, values = _parsed(row, id_column, columns)
                if name in rows:
                    raise MalformedError(f"a second row for the id {name!r}")
                rows[name] = values
            except MalformedError as error:
                report.refuse(config.on_error, f"{shown}:{number}", error)
        read_to_the_end(stored)
    return MetadataTable(shown, tuple(columns), rows, content.hexdigest())


def content_of(config: CorpusConfig) -> str | None:
    """Return `MetadataTable.content` without reading the rows; None without a table. Raises CorpusError."""
    if config.metadata is None:
        return None
    try:
        with open_regular(Path(config.metadata)) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        shown = printable(config.metadata)
        raise CorpusError(f"{shown}: cannot be read: {in_words(error)}; check corpus.metadata") from None


def field_names(source: Source, config: CorpusConfig) -> list[str]:
    """Return the fields of the first record of a file; an empty list if it has none, or cannot be read."""
    if source.is_stream:
        return []
    try:
        with open(source.path, "rb", buffering=0) as file:
            _, stream = streams(source.path, file, None)
            if source.format == "json":
                head = head_of(stream.peek(HEAD_BYTES), config.encodings[0])
                first, _ = json.JSONDecoder().raw_decode(head.lstrip("[ \t\r\n"))
                return list(first) if isinstance(first, dict) else []
            if source.format not in _PARSERS:
                return []
            rows = _rows(stream, source.format, config, source.shown, Report())
            return [name for _, row in islice(rows, 1) for name in row]
    except (OSError, ValueError, RecursionError, InputError, CorpusError):
        return []


def _id_column(row: Row, config: CorpusConfig) -> str:
    names = {plain_name(key): key for key in reversed(row)}
    named = names.get(plain_name(config.id_field or ""))
    return names.get(_ID) or names.get(_ID.upper()) or named or next(iter(row))


def _parsed(row: Row, id_column: str, columns: dict[str, int]) -> tuple[str, tuple[Value, ...]]:
    """Return the id and the values of a row; new columns get a number in `columns`."""
    if id_column not in row:
        raise MalformedError(f"no key {id_column!r}")
    own = row[id_column]
    if not isinstance(own, str | int) or isinstance(own, bool) or own == "":
        raise MalformedError(f"{id_column!r} must be a text or a whole number, and not empty")
    values: list[Value] = [None] * len(columns)
    for field, value in row.items():
        if field == id_column or not field:  # pandas writes an index without a name
            continue
        if field not in columns:
            if len(columns) == COLUMNS_AT_MOST:
                raise MalformedError(f"more than {COLUMNS_AT_MOST} columns", remedy="remove some of them")
            columns[without_surrogates(field)] = len(columns)
        place = columns[without_surrogates(field)]
        if place >= len(values):
            values += [None] * (place + 1 - len(values))
        found = metadata_value(field, value)
        values[place] = sys.intern(found) if isinstance(found, str) else found
    return composed(printable(str(own))), tuple(values)


def _rows(
    stream: io.BufferedReader, kind: str, config: CorpusConfig, shown: str, report: Report
) -> Iterator[tuple[int, Row]]:
    stream, encoding = in_utf8(stream, Encoding.of(config.encodings[0]))
    errors = "replace" if config.on_error == "replace" else "strict"
    text = io.TextIOWrapper(stream, encoding.codec, errors, newline="" if kind != "jsonl" else "\n")
    try:
        yield from _PARSERS[kind](_lines(text, encoding.name, shown, report), config, shown, report)
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper, encoding: str, shown: str, report: Report) -> Iterator[str]:
    n_characters = 0
    for number in count(1):
        line = text.readline(LINE_CHARACTERS + 1)
        if not line:
            return
        n_characters += len(line)
        if text.errors == "replace" and _REPLACED in line:
            report.replace(f"{shown}:{number}", f"not valid {encoding}")
        if len(line) > LINE_CHARACTERS or n_characters > TABLE_CHARACTERS:
            raise MalformedError("too long for a table of metadata", remedy="keep only the columns you need")
        yield line if number > 1 else line.removeprefix(MARK)


def _json_rows(
    lines: Iterable[str], config: CorpusConfig, shown: str, report: Report
) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict) and row:
            yield number, row
        else:
            malformed = MalformedError("not a JSON object with keys")
            report.refuse(config.on_error, f"{shown}:{number}", malformed)


def _table_rows(
    usual: str, lines: Iterator[str], config: CorpusConfig, shown: str, report: Report
) -> Iterator[tuple[int, Row]]:
    csv.field_size_limit(max(csv.field_size_limit(), LINE_CHARACTERS))
    head = list(islice(lines, _HEAD_LINES))
    by_id = replace(config, text_field=config.id_field or _ID, id_field=None, delimiter="auto", header=True)
    dialect = dialect_of("".join(head), by_id, usual)
    n_dropped = int(separator_line("".join(head[:1])) is not None)
    records = dialect.records(chain(head[n_dropped:], lines))
    header = list(map(plain_name, dialect.header(next(filter(None, records), []))))
    if len(set(filter(None, header))) < sum(map(bool, header)):
        raise MalformedError("two columns have the same name", remedy="rename one of them")
    while True:
        try:
            fields = next(records, None)
            if fields is None:
                return
            if len(fields) > len(header):
                raise MalformedError(f"{len(fields)} fields, but the header has {len(header)}")
            if any(fields):
                empty = [""] * (len(header) - len(fields))
                yield records.line_num + n_dropped, dict(zip(header, chain(fields, empty), strict=True))
        except (csv.Error, MalformedError) as error:
            bad = error if isinstance(error, MalformedError) else _malformed(error)
            report.refuse(config.on_error, f"{shown}:{records.line_num + n_dropped}", bad)


def _malformed(error: csv.Error) -> MalformedError:
    return MalformedError(f"not a valid record ({printable(str(error))})")


_PARSERS: dict[str, Callable[..., Iterator[tuple[int, Row]]]] = {
    "jsonl": _json_rows,
    "csv": partial(_table_rows, FORMATS["csv"].delimiter),
    "tsv": partial(_table_rows, FORMATS["tsv"].delimiter),
}
