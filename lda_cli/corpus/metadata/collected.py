"""The metadata of a training corpus: joined and typed in one pass, then in a file until it is saved.

stored documents + table -> rows -> types; rows and types -> lines of metadata.jsonl
"""

import contextlib
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Self

from ...config.complaints import shortened
from ...disk.atomic import HIDDEN, cannot_write
from ...errors import CorpusError
from ..counts.counts_file import StoredDocuments
from ..formats.metadata import from_text, to_text
from ..formats.records import Metadata
from ..inputs.files import find_sources
from ..inputs.inputs import Inputs
from ..inputs.report import Report
from .rows import MetadataRows
from .table import MetadataTable, field_names
from .types import Type, Types, Typing, is_of, typed

_FILES_TRIED, _FIELDS_NAMED = 100, 20  # to find the fields that there are


class Collected:
    """The metadata of D documents; a context that holds a temporary file. Memory does not grow with D.

    types : of each field, in order; empty if the config wants no metadata
    is_there : whether the documents have metadata
    n_lost : values that are not of the given types, and null, so far
    """

    def __init__(
        self,
        inputs: Inputs,
        documents: StoredDocuments,
        table: MetadataTable | None,
        folder: Path,
        report: Report,
        types: Types | None = None,
    ) -> None:
        """Join the metadata of the documents.

        folder : of the temporary file; report : receives warnings
        types : of the fields of a model, which need not be there; None to find them

        Raises ConfigError as `MetadataRows` does, CorpusError if no document has a field of the config, and
        OutputError if the temporary file cannot be written.
        """
        self.types: dict[str, Type] = dict(types or {})
        self.is_there, self.n_lost, self._is_given = False, 0, types is not None
        self._name = f"a temporary file in {folder}"
        self._file: BinaryIO = io.BytesIO()
        if not inputs.corpus.has_metadata:
            return
        rows = MetadataRows(inputs.corpus, table)
        with cannot_write(self._name):
            self._file = TemporaryFile(prefix=HIDDEN, dir=folder)  # noqa: SIM115 (closed by `__exit__`)
        try:
            self._join(inputs, documents, rows, report)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # on a full disk writing the buffer fails again
            self._file.close()

    def _join(self, inputs: Inputs, documents: StoredDocuments, rows: MetadataRows, report: Report) -> None:
        wanted = set(inputs.corpus.metadata_fields)
        typing = Typing(rows.names)
        with cannot_write(self._name):
            for name, text in zip(documents.names(), documents.metadata(), strict=True):
                own = from_text(text)
                wanted.difference_update(own)
                row = rows.row(name, own)
                typing.add(row)
                self._file.write(to_text(row).encode() + b"\n")
        self.is_there = True
        report.notes += rows.notes
        if self._is_given:
            return
        if wanted and len(documents):
            raise CorpusError(_no_record_has(sorted(wanted), inputs))
        self.types = typing.types()

    def lines(self) -> Iterator[str]:
        """Yield the lines of metadata.jsonl: an object with every field, and null for a missing value."""
        return map(to_text, self.rows())

    def rows(self) -> Iterator[Metadata]:
        """Yield the metadata of each document: every field with a value of its type, or None."""
        if not self.types:
            return
        with cannot_write(self._name):
            self._file.seek(0)
        for line in self._file:
            row = from_text(line.decode().rstrip("\n"))
            values = {field: typed(row.get(field), kind) for field, kind in self.types.items()}
            if self._is_given:
                wrong = [field for field, kind in self.types.items() if not is_of(values[field], kind)]
                values.update(dict.fromkeys(wrong))
                self.n_lost += len(wrong)
            yield values


def _no_record_has(missing: list[str], inputs: Inputs) -> str:
    """Return the message of an error that names the fields of the first record."""
    reason = f"corpus.metadata_fields: no record has {', '.join(map(_shown, missing))}"
    for source in islice(find_sources(inputs, Report()), _FILES_TRIED):
        found = field_names(source, inputs.corpus)
        if found:
            more = ", ..." if len(found) > _FIELDS_NAMED else ""
            there = ", ".join(map(_shown, found[:_FIELDS_NAMED])) + more
            return f"{reason}; the first of {source.shown} has {there}"
    return f"{reason}; name columns of a table or keys of JSON, or remove them"


def _shown(field: str) -> str:
    return shortened(repr(field))
