"""How the records of a table are written: what is between the fields and around them, from the first ones."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ...config import CorpusConfig
from .encodings import head_of
from .fields import column, column_names
from .records import MalformedError

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = ",;\t|"
_RECORDS = 20  # of the head, at most
_LEAST_RECORDS = 3  # of what can only be a table, with its header
_SEPARATOR = re.compile(r'"?sep=([^"\r\n])"?(?:\r\n|\r|\n)')  # Excel's first line
_SHOWN = {"\t": "tab"}
_QUOTED_HEADER = re.compile(r'"[^"\n]*"(?: "[^"\n]*")+\r?\n"')  # and the first field below, as R writes them


class Dialect(NamedTuple):
    r"""How the records of a table are written.

    escape : the backslash, where a quotation mark in a text is \" as MySQL, Spark and R write it; else None
    has_row_names : whether records begin with a field that the header does not have, as R writes them
    """

    delimiter: str
    escape: str | None = None
    has_row_names: bool = False

    def records(self, lines: Iterable[str]) -> "Reader":
        """Parse records. Iterating raises csv.Error for a malformed one."""
        return csv.reader(lines, delimiter=self.delimiter, escapechar=self.escape, strict=True)

    def header(self, fields: Sequence[str]) -> Sequence[str]:
        """Return the header with a column for the names of rows."""
        return ["", *fields] if self.has_row_names else fields


def dialect_of(head: str, config: CorpusConfig, usual: str) -> Dialect:
    """Return how a table is written that begins with `head`, as `delimiter_of` takes it, and raises."""
    plain = Dialect(delimiter_of(head, config, usual))
    escaped = plain._replace(escape="\\")
    found = escaped if '\\"' in head and not _parses(head, plain) and _parses(head, escaped) else plain
    if not config.header or separator_line(head) is not None:
        return found
    return found._replace(has_row_names=_has_row_names(_records(head, found), head, found.delimiter))


def _parses(head: str, dialect: Dialect) -> bool:
    try:
        for _ in dialect.records(io.StringIO(head, "")):
            pass
    except csv.Error as error:
        return str(error) == "unexpected end of data"  # of the head
    return True


def _has_row_names(records: Sequence[list[str]], head: str, delimiter: str) -> bool:
    """Whether these are records as R writes them with the names of rows: the header is a field shorter.

    Texts with a delimiter that is not quoted look alike, and are refused. So it takes quotes, or tabs.
    """
    if len(records) < _LEAST_RECORDS:
        return False
    header, *below = records
    is_quoted = all(line.startswith('"') for line in head.split("\n", 2)[:2])
    names = {fields[0] for fields in below}
    return (
        (is_quoted or delimiter == "\t")
        and all(len(fields) == len(header) + 1 for fields in below)
        and len(names) == len(below)
        and any(fields[-1] for fields in below)  # or each record ends in a delimiter
    )


def separator_line(head: str) -> str | None:
    """Return the delimiter that a first line as Excel writes it says (`sep=;`), or None."""
    found = _SEPARATOR.match(head)
    return None if found is None else found[1]


def delimiter_of(head: str, config: CorpusConfig, usual: str) -> str:
    """Return the delimiter of a table that begins with `head`, whole lines without a byte order mark.

    The config's wins, then that of a line `sep=;`, then one that gives the columns of the config, then one
    that gives records of equal length; `usual` if none gives more than a column. Raises MalformedError for a
    table without a header where several fit.
    """
    if config.delimiter != "auto":
        return config.delimiter
    separator = separator_line(head)
    if separator is not None:
        return separator
    layouts = [layout for layout in _layouts(head, usual) if layout.width > 1]
    if config.header:
        for layout in layouts:
            if layout.has_columns(config):
                return layout.delimiter
    best = max((layout.score for layout in layouts), default=0.0)
    fitting = [layout for layout in layouts if layout.score == best]
    if not config.header and len(fitting) > 1 and fitting[0].delimiter != "\t":
        names = " or ".join(_SHOWN.get(layout.delimiter, layout.delimiter) for layout in fitting)
        raise MalformedError(f"the delimiter may be {names}", remedy="set corpus.delimiter to it")
    return max(fitting, key=lambda layout: layout.width).delimiter if fitting else usual


def table_delimiter(head: bytes, config: CorpusConfig) -> str | None:
    """Return the delimiter if a file with these first bytes can only be a table; otherwise None.

    It has a header with the columns of the config among others, and two records or more, all as long.
    """
    text = head_of(head, config.encodings[0])
    separator = separator_line(text)
    if separator is not None:
        return separator
    is_cut = not text.endswith(("\n", "\r"))  # perhaps in a record
    for layout in _layouts(text, ","):
        records = layout.records[:-1] if is_cut and len(layout.records) > _LEAST_RECORDS else layout.records
        whole = layout._replace(records=records)
        is_table = len(records) >= _LEAST_RECORDS and whole.width > 1 and whole.score == 1
        is_table = is_table or _has_row_names(records, text, layout.delimiter)
        if config.header and is_table and whole.has_columns(config):
            return layout.delimiter
    return None


class _Layout(NamedTuple):
    """The first records under a delimiter."""

    delimiter: str
    records: Sequence[list[str]]

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return len(self.records[0]) if self.records else 0

    @property
    def score(self) -> float:
        """Return the share of records as long as the first; less if a space follows most delimiters."""
        share = sum(len(fields) == self.width for fields in self.records) / len(self.records)
        later = [field for fields in self.records for field in fields[1:]]
        is_prose = sum(field.startswith(" ") for field in later) > len(later) / 2
        return share / 2 if is_prose else share

    def has_columns(self, config: CorpusConfig) -> bool:
        """Whether the first record is a header with the columns of the config."""
        names = column_names(self.records[0], config)
        try:
            for field in (*config.text_fields, *filter(None, [config.id_field])):
                column(names, field)
        except KeyError:
            return False
        return True


def _layouts(head: str, usual: str) -> list[_Layout]:
    """Return the records of the head under each delimiter, the usual one first.

    A space is one only where R has written it, with every name of the header in quotes.
    """
    possible = _DELIMITERS + " " * bool(_QUOTED_HEADER.match(head))
    others = [delimiter for delimiter in possible if delimiter != usual]
    found = [_Layout(delimiter, _records(head, Dialect(delimiter))) for delimiter in (usual, *others)]
    return [layout for layout in found if layout.records]


def _records(head: str, dialect: Dialect) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for fields in islice(dialect.records(io.StringIO(head, "")), _RECORDS):
            if fields:
                found.append(fields)
    except csv.Error:  # the head ends in a record, or the delimiter is another
        pass
    return found
