"""The corpus cache: counts of earlier runs, so that a file that did not change is not read again.

A folder with files of counts, each of which one run wrote and nobody changes, and an index, which is replaced
as a whole; beside them lies what collocations.py has learned. Runs may share it: the last index counts, and a
file of counts that is open stays readable when another run deletes it. What is damaged, or was counted with
other settings, is as good as not there.
"""

import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from ...disk.atomic import HIDDEN, cannot_write, check_is_no_link, delete_left_beside, discard
from ...disk.opening import open_regular
from ..inputs.files import Source
from ..inputs.fingerprint import content
from ..terms.rows import Rows
from .cache_index import Entry, Index, key_of, load_index, save_index
from .counts_file import Contents, CountsFile, CountsWriter, Documents, Run, verified

if os.name != "nt":
    import fcntl

_INDEX = "index.json.gz"
_PREFIX = "counts-"

# Files of counts; when there would be more, or half of what they hold is of no use, all goes into one.
_FILES_AT_MOST = 8


# What to do about a link in the place of the folder.
NO_LINK = "set corpus.cache to the folder that is meant"


class Known:
    """What a cache knows of the contents of files, whatever they were counted with."""

    def __init__(self, folder: Path | None) -> None:
        """Look into a folder that need not be there; None is no cache, which knows nothing."""
        self.index = None if folder is None else load_index(folder / _INDEX)
        self.now = time.time_ns()

    def entry(self, source: Source) -> Entry | None:
        """Return what is known of a file that is what it was. Where times prove nothing, its content does."""
        entry = None if self.index is None else self.index.entries.get(key_of(source))
        if entry is None or source.stamps is None or entry.size != source.size:
            return None
        if entry.is_of(source):
            return entry
        try:
            is_same = content(source) == entry.content
        except OSError:  # whoever reads it will say why
            return None
        return entry._replace(stamps=source.stamps, seen=self.now) if is_same else None


class _New(NamedTuple):
    """The file of counts of this run."""

    name: str
    file: BinaryIO
    writer: CountsWriter


class Cache:
    """Counted documents, kept in a folder; without one, in a file that is gone when the cache is closed."""

    def __init__(self, folder: Path | None, key: str, temporary: Path | None = None) -> None:
        """Open what was counted with the settings that `key` stands for.

        temporary : a folder for the file that stands for none; else where the system has such files

        Raises OutputError for a link in the place of the folder.
        """
        if folder is not None:
            check_is_no_link(folder, NO_LINK)
        self.known = Known(folder)
        self._folder, self._key, self._temporary = folder, key, temporary
        self._open = contextlib.ExitStack()
        self._files: dict[str, CountsFile] = {}
        self._new_name = _PREFIX + secrets.token_hex(8)
        self._new: _New | None = None
        self._is_kept = False
        index = self.known.index
        if folder is not None and index is not None and index.key == key:
            try:
                for name, contents in index.counts.items():
                    file = self._open.enter_context(open_regular(folder / Path(name).name))
                    self._files[name] = verified(file, contents)
            except (OSError, ValueError):
                self._files = {}

    def __enter__(self) -> "Cache":
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None and not self._is_kept:
            discard(self._folder / self._new_name)  # it may be there though `_new` is not yet
            with contextlib.suppress(OSError):  # there is more in it
                self._folder.rmdir()
        with contextlib.suppress(OSError):  # on a full disk what is still in the buffer fails once more
            self._open.close()

    def entry(self, source: Source) -> Entry | None:
        """Return what is known of a file that did not change, and whose documents are here."""
        return self.known.entry(source) if self._files else None

    def documents(self, entries: Iterable[Entry]) -> Documents:
        """Return the documents of some files, in their order; those of this run can be read after `keep`."""
        runs: list[Run] = []
        counts, first, n_documents = "", 0, 0
        for entry in entries:
            if entry.counts == counts and entry.first == first + n_documents:
                n_documents += entry.n_documents
            elif entry.n_documents:
                if n_documents:
                    runs.append(Run(self._files[counts], first, n_documents))
                counts, first, n_documents = entry.counts, entry.first, entry.n_documents
        if n_documents:
            runs.append(Run(self._files[counts], first, n_documents))
        return Documents(runs)

    def add(
        self, names: Sequence[str], terms: Sequence[str], rows: Rows, counter: bytes = b""
    ) -> tuple[str, int]:
        """Store documents; says in which file of counts, and from which on.

        terms, counter : what the columns stand for, as `Numbers.renumbered` has them

        Raises OutputError.
        """
        with self._cannot_write():
            new = self._begun()
            first = new.writer.n_documents
            columns = new.writer.numbers.renumbered(rows.indices, terms, counter)
            new.writer.add(names, rows._replace(indices=columns))
        return new.name, first

    def keep(self, files: Iterable[tuple[Source, Entry]]) -> None:
        """Make the files of this run what the cache knows. Raises OutputError."""
        with self._cannot_write():
            if self._folder is None:
                self._finish()
                return
            entries = {
                key_of(source): entry
                for source, entry in files
                if source.stamps is not None and entry.content is not None
            }
            if self._is_scattered(entries):
                entries = self._moved(entries)
            written = self._finish() | ({} if self.known.index is None else self.known.index.counts)
            names = dict.fromkeys(entry.counts for entry in entries.values() if entry.counts)
            used = {name: written[name] for name in names}
            index = Index(self._key, used, entries)
            if not used:
                return
            if index != self.known.index:
                save_index(index, self._folder / _INDEX)
                self._is_kept = self._new is not None and self._new.name in used
            self._clean(index)

    def _finish(self) -> dict[str, Contents]:
        """Write the rest of the file of this run, if there is one, and open it to be read."""
        if self._new is None:
            return {}
        name, file, writer = self._new
        contents = writer.finish()
        self._files[name] = CountsFile(file, contents)
        return {name: contents}

    def _cannot_write(self) -> contextlib.AbstractContextManager[None]:
        return cannot_write(self._folder or f"a temporary file in {self._temporary or tempfile.gettempdir()}")

    def _begun(self) -> _New:
        if self._new is None:
            name = self._new_name
            if self._folder is None:
                nameless = tempfile.TemporaryFile(prefix=HIDDEN, dir=self._temporary)  # noqa: SIM115 (the stack)
                file: BinaryIO = self._open.enter_context(nameless)
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
                file = open(self._folder / name, "x+b")  # noqa: SIM115 (closed by the stack)
                self._open.enter_context(file)
                with contextlib.suppress(OSError):  # without locks nobody deletes what may be a left-over
                    _lock(file)  # it is in no index yet
            self._new = _New(name, file, CountsWriter(file))
        return self._new

    def _is_scattered(self, entries: Mapping[str, Entry]) -> bool:
        old = {entry.counts for entry in entries.values()} & self._files.keys()
        n_stored = sum(len(self._files[name]) for name in old)
        n_used = sum(entry.n_documents for entry in entries.values() if entry.counts in old)
        return len(old) >= _FILES_AT_MOST or n_stored > 2 * n_used

    def _moved(self, entries: Mapping[str, Entry]) -> dict[str, Entry]:
        """Write all documents to the file of this run, without the terms of those that are gone."""
        moved = dict(entries)
        old = {key: entry for key, entry in entries.items() if entry.counts in self._files}
        documents = self.documents(old.values())
        is_used = np.zeros(len(documents.terms), bool)
        for rows in documents.counts():
            is_used[rows.indices] = True
        name, _, writer = self._begun()
        terms = [documents.terms[place] for place in np.flatnonzero(is_used).tolist()]
        columns = np.zeros(len(documents.terms), np.int32)
        columns[is_used] = writer.numbers.columns(terms)
        first = writer.n_documents
        names = documents.names()
        for rows in documents.counts():
            writer.add(islice(names, rows.n_documents), rows.renumbered(columns))
        for key, entry in old.items():
            moved[key] = entry._replace(counts=name, first=first)
            first += entry.n_documents
        return moved

    def _clean(self, index: Index) -> None:
        """Delete what killed runs left and what no index names, unless another run is writing it."""
        assert self._folder is not None
        place = self._folder / _INDEX
        delete_left_beside(place)
        unnamed = [path for path in self._folder.glob(f"{_PREFIX}*") if path.name not in index.counts]
        if unnamed and index == self.known.index:  # which another run may have replaced since it was read
            index = load_index(place) or index
        for path in unnamed:
            if path.name not in index.counts:
                with contextlib.suppress(OSError), open_regular(path) as file:
                    _lock(file)
                    discard(path)


def _lock(file: BinaryIO) -> None:
    """Take the lock of a file for as long as it is open; raises OSError if another has it, or none can."""
    if os.name != "nt":  # where a file that is open cannot be deleted anyway
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
