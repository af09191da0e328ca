"""From the lines of a CSV or TSV file to documents, in a stream. Used where chunks are made.

A record may span lines, so one process parses them all in order.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ...config import CorpusConfig
from ..formats.metadata import metadata_value
from ..formats.records import NO_METADATA, Document, MalformedError, no_field
from ..formats.table import FORMATS
from ..inputs.files import Source, printable
from ..inputs.report import Report
from .blocks import LONG_LINE, too_long
from .readers import Reader

# Characters of a record, at most: after an open quote, the rest of the file would be one record.
RECORD_LIMIT = 1 << 26
_CLOSE_IT = "is a closing quote missing? Add it, or set corpus.on_error to skip"

_BOM = "\ufeff"  # a byte order mark, decoded


def documents(
    blocks: Iterator[bytes | None], source: Source, reader: Reader, report: Report, chunk_size: int
) -> Iterator[list[Document] | None]:
    """Yield the documents of a table, about `chunk_size` characters of them together.

    blocks : whole lines, LONG_LINE, and None where a pipe has no more for now; None is passed on
    reader : decodes a line

    The first record that is not blank is the header. Documents before an error are yielded before it is
    raised. Raises CorpusError for a malformed record, unless config.on_error is "skip".
    """
    config = reader.config
    csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))
    lines = _Lines(blocks, partial(reader.decode, source=source, report=report), reader.encoding)
    records = csv.reader(lines, delimiter=FORMATS[source.format].delimiter, strict=True)
    columns: _Columns | None = None
    found: list[Document] = []
    size = 0
    try:
        while not lines.is_cut:
            try:
                fields = next(records, None)
                if fields is None:
                    break
                if fields and columns is None:
                    columns = _Columns.of(fields, config)
                elif fields and columns is not None and not lines.is_skipped:
                    found.append(columns.document(fields, f"{source.name}:{lines.first}"))
                    size += len(found[-1].text)
            except _WaitsError:
                if found:
                    yield found
                    found, size = [], 0
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
            if size >= chunk_size:
                yield found
                found, size = [], 0
            lines.begin()
    except Exception:
        if found:
            yield found
        raise
    if found:
        yield found


class _Columns(NamedTuple):
    """The columns of the text, of the id and, by the names of their fields, of the metadata."""

    n_columns: int
    text: int
    id: int | None
    metadata: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, header: Sequence[str], config: CorpusConfig) -> "_Columns":
        """Find the fields of the config in a header, or raise MalformedError."""
        for key, field in (("text_field", config.text_field), ("id_field", config.id_field)):
            if field is not None and field not in header:
                no_field(f"no column {field!r} in the header", list(header), key)
        number = None if config.id_field is None else header.index(config.id_field)
        metadata = [(str(field), _place(field, header)) for field in config.metadata_fields]
        known = tuple((field, place) for field, place in metadata if 0 <= place < len(header))
        return cls(len(header), header.index(config.text_field), number, known)

    def document(self, fields: Sequence[str], name: str) -> Document:
        """Make a document of a record; `name` is its id if it has none of its own."""
        if not max(self.text, self.id or 0) < len(fields) <= self.n_columns:
            raise MalformedError(f"{len(fields)} fields, but the header has {self.n_columns}")
        own = "" if self.id is None else fields[self.id]
        metadata = {
            field: metadata_value(field, fields[place] if place < len(fields) else None)
            for field, place in self.metadata
        }
        return Document(printable(own or name), fields[self.text], metadata or NO_METADATA)


def _place(field: str | int, header: Sequence[str]) -> int:
    """Return the index of a column; -1 if there is no column with this name or number (from 1)."""
    if isinstance(field, int):
        return field - 1
    return header.index(field) if field in header else -1


class _WaitsError(Exception):
    """The rest of the current record is not in the pipe yet."""


class _Lines(Iterable[str]):
    """The lines of a table, for csv.reader, and the lines of the current record."""

    def __init__(
        self, blocks: Iterator[bytes | None], decode: Callable[..., str | None], encoding: str
    ) -> None:
        self._blocks, self._decode, self._encoding = blocks, decode, encoding
        self._coming: deque[bytes] = deque()
        self._repeated: deque[str] = deque()
        self._number = 0  # of the last line that was decoded
        self.is_cut = False  # by a line too long: the beginning of the next record is unknown
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
            line = raw.decode(self._encoding, "replace")
        return line.removeprefix(_BOM) if self._number == 1 else line


def _malformed(error: csv.Error) -> MalformedError:
    reason = printable(str(error)).replace("unexpected end of data", "a closing quote is missing")
    return MalformedError(f"not a valid record ({reason})")
