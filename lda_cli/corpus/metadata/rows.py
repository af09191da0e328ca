"""The metadata of a document: values of its record, of its row in the table, and of the groups in its id."""

import re
from collections.abc import Iterable
from itertools import islice

from ...config import CorpusConfig
from ...config.complaints import shortened
from ...errors import ConfigError
from ..formats.records import Metadata, Value, composed
from ..formats.table import FORMATS
from ..inputs.compression import without_suffix
from .table import MetadataTable

_NAMED = 3  # ids in a warning
_ENDINGS = (".txt", ".text", ".md", *(end for kind in FORMATS.values() for end in kind.suffixes))


class MetadataRows:
    """Makes the row of each document, and counts ids without a row and rows without a document.

    names : of the fields, in order: those of corpus.metadata_fields, the table and the pattern

    A part of a split document has the row of the document.
    """

    def __init__(self, config: CorpusConfig, table: MetadataTable | None) -> None:
        """Raise ConfigError if two sources have a field of the same name."""
        self._is_split = config.split.by is not None
        self._pattern = None if config.metadata_pattern is None else re.compile(config.metadata_pattern)
        self._table = table
        groups = () if self._pattern is None else tuple(self._pattern.groupindex)
        fields = config.metadata_fields
        columns = () if table is None else table.columns
        for name in sorted({*fields, *groups}.intersection(columns)):
            where = "metadata_pattern" if name in groups else "metadata_fields"
            raise ConfigError(f"corpus.metadata: the column {name!r} is in corpus.{where} too; rename one")
        self.names = (*fields, *columns, *groups)
        self._last = ""
        self._n_documents = 0
        self._used: set[str] = set()  # ids of the table
        self._n_without_row = self._n_unmatched = 0
        self._without_row: list[str] = []  # the first ids
        self._unmatched: list[str] = []

    def row(self, id: str, own: Metadata) -> dict[str, Value]:
        """Return the values of a document, all but those that are missing.

        own : the metadata of its record
        """
        name = composed(id.rpartition("#")[0] if self._is_split else id)
        is_first = not self._n_documents or name != self._last  # of the parts of a document
        self._last = name
        self._n_documents += is_first
        row = dict(own)
        if self._table is not None:
            of_table = name if name in self._table.rows else _without_ending(name)
            values = self._table.rows.get(of_table)
            if values is not None:
                self._used.add(of_table)
                row.update(zip(self._table.columns, values, strict=False))
            elif is_first:
                self._n_without_row += 1
                self._without_row += [name] * (len(self._without_row) < _NAMED)
        if self._pattern is not None:
            found = self._pattern.search(name)
            if found is not None:
                row |= found.groupdict()
            elif is_first:
                self._n_unmatched += 1
                self._unmatched += [name] * (len(self._unmatched) < _NAMED)
        return row

    @property
    def without_row(self) -> list[str]:
        """Return a warning in a list if documents have no row in the table."""
        if self._table is None or not self._without_row:
            return []
        counted = f"{self._n_without_row} of {self._n_documents} documents have no row"
        return [f"{self._table.shown}: {counted}, first: {_named(self._without_row)}"]

    @property
    def notes(self) -> list[str]:
        """Return warnings on ids without a row, rows without a document, and ids that do not match."""
        found = self.without_row
        if self._table is not None and (n_unused := len(self._table.rows) - len(self._used)):
            unused = (name for name in self._table.rows if name not in self._used)
            counted = f"{n_unused} of {len(self._table.rows)} rows have no document"
            found.append(f"{self._table.shown}: {counted}, first: {_named(islice(unused, _NAMED))}")
        if self._unmatched:
            counted = f"{self._n_unmatched} of {self._n_documents} ids do not match"
            found.append(f"corpus.metadata_pattern: {counted}, first: {_named(self._unmatched)}")
        return found


def _without_ending(name: str) -> str:
    """Return the name of a file without .txt, .html or the like, which tables often leave out."""
    plain = without_suffix(name)
    return next((plain.removesuffix(ending) for ending in _ENDINGS if plain.endswith(ending)), plain)


def _named(ids: Iterable[str]) -> str:
    return ", ".join(map(shortened, ids))
