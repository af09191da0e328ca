"""The corpus cache: counts of earlier trainings, so that an unchanged file is not read again.

A folder with files of counts, each written once by one run, an index, which is replaced as a whole, and the
pairs of collocations.py. Runs may share the folder: the last index is valid, and a file of counts that is
open stays readable when another run deletes it. Each file has a CRC-32. If a file is damaged, or the settings
differ, the corpus is counted again.
"""

import contextlib
import gzip
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ...disk.atomic import (
    HIDDEN,
    cannot_write,
    check_is_no_link,
    delete_left_beside,
    discard,
    if_abandoned,
    locked,
    whole_file,
)
from ...disk.opening import open_regular
from ..inputs.files import Source, Stamps
from ..inputs.fingerprint import content
from ..inputs.report import Report
from ..terms.rows import Rows
from .counts_file import Contents, CountsFile, CountsWriter, Segment, StoredDocuments, crc_of

_FORMAT = 5
_INDEX = "index.json.gz"
_PREFIX = "counts-"

# With more files of counts, or less than half of their documents in use, all are written to one file.
_FILES_AT_MOST = 8

# ns. A file may change again without a new time: some file systems have steps of two seconds.
_TOO_FRESH = 3_000_000_000

# What to do if the folder is a link.
NO_LINK = "set corpus.cache to the real path"


class FileEntry(NamedTuple):
    """A file of the corpus in the index.

    size, stamps : as in `Source`, `seen` ns after the epoch
    content : SHA-256 for the fingerprint; None if the file could not be read to its end
    counts : name of the file of counts with its `n_documents` documents, from `first` on; or ""
    report : of lines skipped or replaced, or None
    format : what it was read as, as in `FileEnd`
    """

    size: int
    stamps: Stamps
    seen: int
    content: bytes | None
    counts: str
    first: int
    n_documents: int
    report: Report | None
    format: str

    def is_of(self, source: Source) -> bool:
        """Whether size and stamps prove that the file did not change."""
        is_same = (self.size, self.stamps) == (source.size, source.stamps)
        return is_same and max(self.stamps.modified, self.stamps.changed) < self.seen - _TOO_FRESH


class Index(NamedTuple):
    """The index of a cache.

    key : of the settings for counting
    counts : files of counts by their names
    entries : by `_key_of` their source
    """

    key: str
    counts: dict[str, Contents]
    entries: dict[str, FileEntry]


def load_json(path: Path) -> Any:
    """Return the value that `save_json` wrote; None if the file is missing or damaged."""
    try:
        with open_regular(path) as file:
            return json.loads(gzip.decompress(file.read()))
    except Exception:  # for any reason: it will be written again
        return None


def save_json(path: Path, value: object) -> None:
    """Replace a file as a whole. gzip adds a CRC-32; bytes become hex, dataclasses objects.

    A link is replaced, not followed. Raises OutputError.
    """
    data = json.dumps(value, default=lambda other: other.hex() if isinstance(other, bytes) else asdict(other))
    if path.is_symlink() or (path.exists() and not path.is_file()):
        path.unlink()
    with whole_file(path) as stream:
        stream.write(gzip.compress(data.encode(), compresslevel=1, mtime=0))


def _load_index(path: Path) -> Index | None:
    """Read an index; None if it is missing, damaged or of another format."""
    found = load_json(path)
    try:
        if found["format"] != _FORMAT:
            return None
        counts = {name: Contents(*contents) for name, contents in found["counts"].items()}
        entries = {
            key: FileEntry(
                size,
                Stamps(*stamps),
                seen,
                bytes.fromhex(sha),
                name,
                first,
                n,
                report and Report(**report),
                kind,
            )
            for key, (size, stamps, seen, sha, name, first, n, report, kind) in found["entries"].items()
        }
        return Index(found["key"], counts, entries)
    except Exception:  # for any reason: the corpus is counted again
        return None


def _key_of(source: Source) -> str:
    """Return the key of a file: its format, the length of its name in the corpus, and its paths."""
    paths = [source.path] if source.vocabulary is None else [source.path, source.vocabulary]
    # os.path.abspath would be slower, and a file may have several keys
    return f"{source.format}:{len(source.name)}:{':'.join(os.path.join(os.getcwd(), path) for path in paths)}"


class KnownFiles:
    """The files in the index of a cache, counted with any settings."""

    def __init__(self, folder: Path | None) -> None:
        """Read the index of a folder, which may be missing; None for no cache."""
        self.index = None if folder is None else _load_index(folder / _INDEX)
        self.now = time.time_ns()

    def entry(self, source: Source) -> FileEntry | None:
        """Return the entry of a file that did not change, by its stamps or else by its content."""
        entry = None if self.index is None else self.index.entries.get(_key_of(source))
        if entry is None or source.stamps is None or entry.size != source.size:
            return None
        if entry.is_of(source):
            return entry
        try:
            is_same = content(source) == entry.content
        except OSError:  # the reader reports it
            return None
        return entry._replace(stamps=source.stamps, seen=self.now) if is_same else None


class Cache:
    """Counted documents, kept in a folder, or without a folder in a temporary file."""

    def __init__(self, folder: Path | None, key: str, temporary: Path | None = None) -> None:
        """Open the counts of an earlier run, if `key`, for the settings, is the same.

        temporary : folder of the temporary file (default: the system's temporary folder)

        Raises OutputError if the folder is a link.
        """
        if folder is not None:
            check_is_no_link(folder, NO_LINK)
        self.known = KnownFiles(folder)
        self._folder, self._key, self._temporary = folder, key, temporary
        self._open = contextlib.ExitStack()
        self._files: dict[str, CountsFile] = {}
        self._new_name = _PREFIX + secrets.token_hex(8)  # the file of counts of this run
        self._new: CountsWriter | None = None
        self._is_kept = False
        index = self.known.index
        if folder is not None and index is not None and index.key == key:
            try:
                for name, contents in index.counts.items():
                    file = self._open.enter_context(open_regular(folder / name))
                    if crc_of(file) != contents.crc:
                        raise ValueError(f"{name}: damaged")
                    self._files[name] = CountsFile(file, contents)
            except Exception:  # for any reason: the corpus is counted again
                self._files = {}

    def __enter__(self) -> "Cache":
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None and not self._is_kept:
            discard(self._folder / self._new_name)  # it may exist before `_new` is set
            with contextlib.suppress(OSError):  # not empty
                self._folder.rmdir()
        with contextlib.suppress(OSError):  # on a full disk, flushing the buffer fails again
            self._open.close()

    def entry(self, source: Source) -> FileEntry | None:
        """Return the entry of a file that did not change, if its documents are here."""
        return self.known.entry(source) if self._files else None

    def documents(self, entries: Iterable[FileEntry]) -> StoredDocuments:
        """Return the documents of some files, in their order; those of this run only after `keep`."""
        segments: list[Segment] = []
        for entry in entries:
            if entry.n_documents:
                file, first, n_documents = self._files[entry.counts], entry.first, entry.n_documents
                if segments and (file, first) == (segments[-1].file, sum(segments[-1][1:])):
                    _, first, n_before = segments.pop()
                    n_documents += n_before
                segments.append(Segment(file, first, n_documents))
        return StoredDocuments(segments)

    def add(
        self,
        names: Sequence[str],
        terms: Sequence[str],
        rows: Rows,
        counter: bytes = b"",
        metadata: Sequence[str] = (),
    ) -> tuple[str, int]:
        """Store documents; returns the name of the file of counts, and the number of the first document.

        terms, counter, metadata : as for `CountsWriter.add_counted`

        Raises OutputError.
        """
        with self._cannot_write():
            writer = self._begun()
            first = writer.n_documents
            writer.add_counted(names, terms, rows, counter, metadata)
        return self._new_name, first

    def keep(self, files: Iterable[tuple[Source, FileEntry]]) -> None:
        """Make the files of this run the index of the cache. Raises OutputError."""
        with self._cannot_write():
            if self._folder is None:
                self._finish()
                return
            entries = {
                _key_of(source): entry
                for source, entry in files
                if source.stamps is not None and entry.content is not None
            }
            if self._is_scattered(entries.values()):
                entries = self._moved(entries)
            written = self._finish() | ({} if self.known.index is None else self.known.index.counts)
            used = {entry.counts: written[entry.counts] for entry in entries.values() if entry.counts}
            if not used:
                return
            index = Index(self._key, used, entries)
            if index != self.known.index:
                save_json(self._folder / _INDEX, {"format": _FORMAT} | index._asdict())
                self._is_kept = self._new_name in used
            self._clean(index)

    def _finish(self) -> dict[str, Contents]:
        """Write the rest of the file of this run, if there is one, and open it for reading."""
        if self._new is None:
            return {}
        contents = self._new.finish()
        self._files[self._new_name] = CountsFile(self._new.file, contents)
        return {self._new_name: contents}

    def _cannot_write(self) -> contextlib.AbstractContextManager[None]:
        return cannot_write(self._folder or f"a temporary file in {self._temporary or tempfile.gettempdir()}")

    def _begun(self) -> CountsWriter:
        if self._new is None:
            if self._folder is None:
                file: BinaryIO = tempfile.TemporaryFile(prefix=HIDDEN, dir=self._temporary)  # noqa: SIM115
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
                path, flags = self._folder / self._new_name, os.O_RDWR | os.O_CREAT | os.O_EXCL
                flags |= getattr(os, "O_BINARY", 0)
                # locked until the cache is closed, so that other runs do not delete it
                descriptor = self._open.enter_context(locked(path, lambda: os.open(path, flags, 0o666)))
                file = open(descriptor, "r+b", closefd=False)  # noqa: SIM115
            self._new = CountsWriter(self._open.enter_context(file))
        return self._new

    def _is_scattered(self, entries: Iterable[FileEntry]) -> bool:
        old = [entry for entry in entries if entry.counts in self._files]
        names = {entry.counts for entry in old}
        n_stored = sum(len(self._files[name]) for name in names)
        return len(names) >= _FILES_AT_MOST or n_stored > 2 * sum(entry.n_documents for entry in old)

    def _moved(self, entries: Mapping[str, FileEntry]) -> dict[str, FileEntry]:
        """Write all documents to the file of this run, without unused terms."""
        moved = dict(entries)
        old = {key: entry for key, entry in entries.items() if entry.counts in self._files}
        documents, writer = self.documents(old.values()), self._begun()
        first = writer.n_documents
        names, metadata = documents.names(), documents.metadata()
        columns = np.zeros(len(documents.terms), np.int32)
        for rows in documents.counts():
            used = np.unique(rows.indices)
            columns[used] = writer.numbers.columns([documents.terms[place] for place in used.tolist()])
            n_documents = rows.n_documents
            own = islice(metadata, n_documents)
            writer.add(islice(names, n_documents), rows.renumbered(columns), own)
        for key, entry in old.items():
            moved[key] = entry._replace(counts=self._new_name, first=first)
            first += entry.n_documents
        return moved

    def _clean(self, index: Index) -> None:
        """Delete files that the index does not name, unless another run is writing them."""
        assert self._folder is not None
        place = self._folder / _INDEX
        delete_left_beside(place)
        unnamed = [path for path in self._folder.glob(f"{_PREFIX}*") if path.name not in index.counts]
        if unnamed and index == self.known.index:  # another run may have replaced it since
            index = _load_index(place) or index
        for path in unnamed:
            if path.name not in index.counts:
                if_abandoned(path, discard)
