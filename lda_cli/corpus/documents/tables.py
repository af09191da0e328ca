"""From the lines of a CSV or TSV file to documents, in a stream. Used where chunks are made.

A record may span lines, and where one ends is known only when all before it are parsed: one process does it.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...config import CorpusConfig
from ..inputs.files import Source, printable
from ..inputs.formats import FORMATS, Document, MalformedError, no_field
from ..inputs.report import Report
from .blocks import LONG_LINE, too_long

# Characters of a record. A quote that is never closed would make one of all that follows it. The csv module
# takes up to 8 bytes for each while it reads.
RECORD_LIMIT = 1 << 26

_BOM = "\ufeff"  # a byte order mark, decoded

# A line and its number to its text, or None if it is to be skipped.
Decode = Callable[[bytes, int], str | None]


def documents(
    blocks: Iterator[bytes | None],
    source: Source,
    config: CorpusConfig,
    report: Report,
    decode: Decode,
    encoding: str,
    chunk_size: int,
) -> Iterator[list[Document] | None]:
    """Yield the documents of a table, about `chunk_size` characters of them together.

    blocks : whole lines, LONG_LINE, and None where there is nothing more for now, which is handed on
    decode : tells the report of a line that cannot be decoded, or raises

    The first record that is not blank is the header. Documents that came before an error are yielded before
    it is raised. Raises CorpusError for a record that its format does not allow, unless config.on_error is
    "skip".
    """
    csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))
    lines = _Lines(blocks, decode, encoding)
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
                remedy = error.remedy if isinstance(error, MalformedError) else MalformedError("").remedy
                report.skip_or_raise(config.on_error, where, _in_words(error), remedy)
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
    """Where in a record the text and the id stand."""

    n_columns: int
    text: int
    id: int | None

    @classmethod
    def of(cls, header: Sequence[str], config: CorpusConfig) -> "_Columns":
        """Find the fields of the config in a header, or raise MalformedError."""
        places = {}
        for key, field in (("text_field", config.text_field), ("id_field", config.id_field)):
            if field is not None and field not in header:
                no_field(f"no column {field!r} in the header", list(header), key)
            places[key] = None if field is None else header.index(field)
        return cls(len(header), places["text_field"] or 0, places["id_field"])

    def document(self, fields: Sequence[str], name: str) -> Document:
        """Make a document of a record; `name` is its id if it has none of its own."""
        if len(fields) > self.n_columns:
            raise MalformedError(f"{len(fields)} fields, where the header has {self.n_columns}")
        if len(fields) <= max(self.text, self.id or 0):
            raise MalformedError(f"only {len(fields)} fields, where the header has {self.n_columns}")
        own = "" if self.id is None else fields[self.id]
        return Document(printable(own or name), fields[self.text])


class _WaitsError(Exception):
    """The record at hand goes on, or the next begins, in what a pipe does not hold yet."""


class _Lines(Iterable[str]):
    """The lines of a table, as csv.reader asks for them, and those of the record at hand."""

    def __init__(self, blocks: Iterator[bytes | None], decode: Decode, encoding: str) -> None:
        self._blocks, self._decode, self._encoding = blocks, decode, encoding
        self._coming: deque[bytes] = deque()
        self._repeated: deque[str] = deque()
        self._number = 0  # of the last line that was decoded
        self.is_cut = False  # by a line too long, behind which nobody knows where a record begins
        self.begin()

    def begin(self) -> None:
        """Say that a record is complete, and the next line begins another."""
        self.first = self._number + 1
        self.is_skipped = False  # whether a line of the record could not be decoded
        self._given: list[str] = []
        self._size = 0
        self._has_waited = False

    def repeat(self) -> None:
        """Give the lines of the record at hand once more, since csv.reader has let go of them."""
        self._repeated.extend(self._given)
        self._given, self._size = [], 0

    def pass_over(self) -> None:
        """Leave out what may be left of a record that is too long: up to the line with its closing quote."""
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
            raise MalformedError(
                f"a record of more than {RECORD_LIMIT} characters, perhaps for want of a closing quote"
            )
        return line

    def _next_line(self) -> str:
        while not self._coming:
            block = next(self._blocks)
            if block == LONG_LINE:
                self.is_cut = True
                raise too_long("a line", lost=", with all that follows it")
            if block is not None:
                self._coming.extend(block.splitlines(keepends=True))  # at CR, LF and both together
            elif not self._has_waited:
                self._has_waited = True
                raise _WaitsError
        raw = self._coming.popleft()
        self._number += 1
        # One line that is reported is enough of a record; the others count for their quotes.
        line = None if self.is_skipped else self._decode(raw, self._number)
        if line is None:
            self.is_skipped = True
            line = raw.decode(self._encoding, "replace")
        return line.removeprefix(_BOM) if self._number == 1 else line


def _in_words(error: csv.Error | MalformedError) -> str:
    if isinstance(error, MalformedError):
        return error.reason
    reasons = {"unexpected end of data": "a quote that is never closed"}
    reason = printable(str(error))  # which may show a tab
    return f"not a valid record ({reasons.get(reason, reason)})"
