"""From the lines of a CSV or TSV file to documents, in a stream. Used where chunks are made.

A record may span lines, so one process parses them all in order.
"""

import csv
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import NamedTuple

from ...config import CorpusConfig
from ...config.complaints import shortened
from ..formats.delimiters import dialect_of, separator_line
from ..formats.encodings import MARK, Encoding
from ..formats.fields import MISSING, column, column_names, no_field
from ..formats.metadata import metadata_value
from ..formats.records import NO_METADATA, Document, MalformedError, joined
from ..formats.table import FORMATS, HEAD_BYTES
from ..inputs.files import Source, printable
from ..inputs.report import Report
from .blocks import LONG_LINE, too_long
from .readers import Reader

# Characters of a record, at most: after an open quote, the rest of the file would be one record.
RECORD_LIMIT = 1 << 26
_CLOSE_IT = "is a closing quote missing? Add it, or set corpus.on_error to skip"

_MISSING_LENGTH = max(map(len, MISSING))  # a long text need not be hashed

_NAME_LENGTH, _NAME_WORDS = 40, 4  # longer cells are not the names of columns


def documents(
    blocks: Iterator[bytes | None], source: Source, reader: Reader, report: Report, encoding: Encoding
) -> Iterator[Document | None]:
    """Yield the documents of a table, and None where a pipe has no more for now.

    blocks : whole lines, LONG_LINE, and None where a pipe has no more for now
    reader : decodes a line; encoding : of the lines

    With corpus.header, the first record that is not blank is the header. Raises CorpusError for a malformed
    record, unless config.on_error is "skip".
    """
    config = reader.config
    csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))
    first = yield from _first_block(blocks)
    if first is None:
        return
    head = _whole_lines(first).decode(encoding.codec, "replace").removeprefix(MARK)
    try:
        dialect = dialect_of(head, config, FORMATS[source.format].delimiter)
    except MalformedError as error:
        report.refuse(config.on_error, source.shown, error)
        return
    other = None if encoding == reader.encoding else encoding
    decode = partial(reader.decode, source=source, report=report, encoding=other)
    lines = _Lines(chain([first], blocks), decode, encoding.codec)
    if separator_line(head) is not None:
        lines.drop()
    records = dialect.records(lines)
    columns: _Columns | None = None
    while not lines.is_cut:
        try:
            fields = next(records, None)
            if fields is None:
                break
            if fields and columns is None:
                columns = _Columns.of(dialect.header(fields), config)
                if config.header:
                    lines.begin()
                    continue
            if fields and columns is not None and not lines.is_skipped:
                yield columns.document(fields, f"{source.name}:{lines.first}")
        except _WaitsError:
            yield None
            lines.repeat()
            continue
        except (csv.Error, MalformedError) as error:
            where = source.shown if columns is None else f"{source.shown}:{lines.first}"
            bad = error if isinstance(error, MalformedError) else _malformed(error)
            report.refuse(config.on_error, where, bad)
            if columns is None:
                break
            lines.pass_over()
        lines.begin()


class _Columns(NamedTuple):
    """The columns of the text, of the id and, by the names of their fields, of the metadata."""

    n_columns: int
    texts: tuple[int, ...]
    id: int | None
    last: int  # of those
    first_record: str  # what it is, for messages
    metadata: Mapping[str, int]

    @classmethod
    def of(cls, first: Sequence[str], config: CorpusConfig) -> "_Columns":
        """Find the fields of the config in the first record, or raise MalformedError."""
        names = column_names(first, config)
        texts = tuple(_column(names, field, "text_field", config) for field in config.text_fields)
        number = None if config.id_field is None else _column(names, config.id_field, "id_field", config)
        called = "header" if config.header else "first record"
        metadata = {}
        for field in config.metadata_fields:
            with suppress(KeyError):  # another file may have it
                metadata[field] = column(names, field)
        return cls(len(names), texts, number, max(*texts, number or 0), called, metadata)

    def document(self, fields: Sequence[str], name: str) -> Document:
        """Make a document of a record; `name` is its id if it has none of its own."""
        if not self.last < len(fields) <= self.n_columns:
            raise MalformedError(f"{len(fields)} fields, but the {self.first_record} has {self.n_columns}")
        own = "" if self.id is None else fields[self.id]
        if len(self.texts) == 1:
            text = _text(fields[self.texts[0]])
        else:
            text = joined([_text(fields[place]) for place in self.texts])
        metadata = {
            field: metadata_value(field, fields[place] if place < len(fields) else None)
            for field, place in self.metadata.items()
        }
        return Document(printable(own or name), text, metadata or NO_METADATA)


def _column(names: Sequence[str], field: str, key: str, config: CorpusConfig) -> int:
    try:
        return column(names, field)
    except KeyError:
        pass
    if not config.header:
        reason = f"no column {field!r}: without a header, columns are numbers"
        raise MalformedError(reason, remedy=f"set corpus.{key} to a number from 1 to {len(names)}")
    if len(names) == 1 and config.delimiter != "auto":
        reason = f"no column {field!r} (it has only {names[0]!r})"
        raise MalformedError(reason, remedy="set corpus.delimiter to auto or to the one of the file")
    if _is_data(names):
        reason = f"no column {field!r}, and the first line looks like data ({_shown(names)})"
        raise MalformedError(reason, remedy=f"set corpus.header to false and corpus.{key} to a column number")
    no_field("column", field, names, key)


def _is_data(names: Sequence[str]) -> bool:
    """Whether a cell of a first record is a number or too long for a name.

    Columns that are only numbered are a header, as pandas writes it.
    """
    numbers = [name for name in names if name.isdecimal()]
    if numbers and numbers == [str(n) for n in range(len(numbers))] and len(numbers) >= len(names) - 1:
        return False
    return any(
        len(name) > _NAME_LENGTH or len(name.split()) > _NAME_WORDS or name.replace(".", "").isdecimal()
        for name in names
    )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(shortened(repr(name)) for name in names[:5])


def _text(cell: str) -> str:
    return "" if len(cell) <= _MISSING_LENGTH and cell in MISSING else cell


def _first_block(blocks: Iterator[bytes | None]) -> Generator[None, None, bytes | None]:
    """Return the first block, None of an empty file."""
    for block in blocks:
        if block is not None:
            return block
        yield None
    return None


def _whole_lines(block: bytes) -> bytes:
    """Return the first lines of a block, HEAD_BYTES of them or a little more."""
    return block[: block.find(b"\n", HEAD_BYTES) + 1] or block


class _WaitsError(Exception):
    """The rest of the current record is not in the pipe yet."""


class _Lines(Iterable[str]):
    """The lines of a table, for csv.reader, and the lines of the current record."""

    def __init__(self, blocks: Iterator[bytes | None], decode: Callable[..., str | None], codec: str) -> None:
        self._blocks, self._decode, self._codec = blocks, decode, codec
        self._coming: deque[bytes] = deque()
        self._repeated: deque[str] = deque()
        self._number = 0  # of the last line that was decoded
        self.is_cut = False  # by a line too long: the beginning of the next record is unknown
        self.begin()

    def drop(self) -> None:
        """Leave out the first line."""
        self._next_line()
        self.begin()

    def begin(self) -> None:
        """Begin a new record with the next line."""
        self.first = self._number + 1
        self.is_skipped = False  # whether a line of the record could not be decoded
        self._given: list[str] = []
        self._size = 0
        self._has_waited = False

    def repeat(self) -> None:
        """Return the lines of the current record again, since csv.reader has dropped them."""
        self._repeated.extend(self._given)
        self._given, self._size = [], 0

    def pass_over(self) -> None:
        """Skip the rest of a record that is too long, up to the line with its closing quote."""
        if self.is_cut or self._size <= RECORD_LIMIT:
            return
        is_open = sum(line.count('"') for line in self._given) % 2 == 1
        self._given, self._has_waited, self.is_skipped = [], True, True
        while is_open:
            try:
                is_open = self._next_line().count('"') % 2 == 0
            except (StopIteration, MalformedError):
                return

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._repeated.popleft() if self._repeated else self._next_line()
        self._given.append(line)
        self._size += len(line)
        if self._size > RECORD_LIMIT:
            reason = f"record longer than {RECORD_LIMIT} characters"
            raise MalformedError(reason, remedy=_CLOSE_IT)
        return line

    def _next_line(self) -> str:
        while not self._coming:
            block = next(self._blocks)
            if block == LONG_LINE:
                self.is_cut = True
                raise too_long("line", more=", and the lines after it")
            if block is not None:
                self._coming.extend(block.splitlines(keepends=True))  # at CR, LF and both together
            elif not self._has_waited:
                self._has_waited = True
                raise _WaitsError
        raw = self._coming.popleft()
        self._number += 1
        # One bad line of a record is reported; the others are decoded only for their quotes.
        line = None if self.is_skipped else self._decode(raw, line=self._number)
        if line is None:
            self.is_skipped = True
            line = raw.decode(self._codec, "replace")
        return line.removeprefix(MARK) if self._number == 1 else line


def _malformed(error: csv.Error) -> MalformedError:
    reason = printable(str(error)).replace("unexpected end of data", "a closing quote is missing")
    return MalformedError(f"not a valid record ({reason})")
