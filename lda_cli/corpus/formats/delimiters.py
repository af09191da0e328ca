"""Which character is between the fields of a table, from its first records."""

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from ...config import CorpusConfig
from .encodings import head_of
from .fields import column, column_names
from .records import MalformedError

_DELIMITERS = ",;\t|"
_RECORDS = 20  # of the head, at most
_LEAST_RECORDS = 3  # of what can only be a table, with its header
_SEPARATOR = re.compile(r'"?sep=([^"\r\n])"?(?:\r\n|\r|\n)')  # Excel's first line
_SHOWN = {"\t": "tab"}


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
        is_regular = len(records) >= _LEAST_RECORDS and whole.width > 1 and whole.score == 1
        if config.header and is_regular and whole.has_columns(config):
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
    """Return the records of the head under each delimiter, the usual one first."""
    others = [delimiter for delimiter in _DELIMITERS if delimiter != usual]
    found = [_Layout(delimiter, _records(head, delimiter)) for delimiter in (usual, *others)]
    return [layout for layout in found if layout.records]


def _records(head: str, delimiter: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for fields in islice(csv.reader(io.StringIO(head, ""), delimiter=delimiter, strict=True), _RECORDS):
            if fields:
                found.append(fields)
    except csv.Error:  # the head ends in a record, or the delimiter is another
        pass
    return found
