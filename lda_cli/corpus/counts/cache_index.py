"""The index of the corpus cache: what every file of a corpus was like, and where its documents are counted.

It is one JSON object, packed by gzip, whose check sum tells a damaged one; tables are lists of columns. It
may be forged, and is taken only if all that it says is of the right kind.
"""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from ..inputs.files import Source, Stamps
from ..inputs.report import Report
from .counts_file import Block, Contents
from .packed_json import load_json, save_json

_FORMAT = 2
_WITHOUT_NUMBERS = 1  # the format before, which did not have those of inodes
_COLUMNS = (
    *("key", "size", "modified", "changed", "number", "seen"),
    *("content", "counts", "first", "n_documents"),
)
_WHOLE_NUMBERS = ("size", "modified", "changed", "number", "seen", "first", "n_documents")

# Times within so many ns of the moment of looking may hide a change that came after it: some file systems
# count in steps of two seconds.
_TOO_FRESH = 3_000_000_000


class Entry(NamedTuple):
    """What is known of a file of the corpus.

    size, stamps : as `Source` had them, `seen` ns after the epoch
    content : of the file, as the fingerprint has it; None of one that could not be read to its end
    counts : the file of counts with its documents, `n_documents` of them from `first`; "" if it has none
    report : what was skipped or replaced, or None for nothing
    """

    size: int
    stamps: Stamps
    seen: int
    content: bytes | None
    counts: str
    first: int
    n_documents: int
    report: Report | None

    def is_of(self, source: Source) -> bool:
        """Whether size and stamps prove that the file is what it was."""
        is_same = (self.size, self.stamps) == (source.size, source.stamps)
        return is_same and max(self.stamps.modified, self.stamps.changed) < self.seen - _TOO_FRESH


@dataclass(frozen=True)
class Index:
    """All that a cache knows.

    key : of the settings that the documents were counted with
    counts : files of counts by their names
    entries : by `key_of` their source
    """

    key: str
    counts: dict[str, Contents]
    entries: dict[str, Entry]


def key_of(source: Source) -> str:
    """Return what tells a file from others: format, path, how much of that is its name in the corpus.

    Bags of words of another vocabulary are another file.
    """
    paths = [source.path] if source.vocabulary is None else [source.path, source.vocabulary]
    return f"{source.format}:{len(source.name)}:{':'.join(map(_from_root, paths))}"


def _from_root(path: str) -> str:
    """Return a path that means the same from any folder, by the cheapest way: it need not be the only one."""
    return path if path.startswith(os.sep) else f"{os.getcwd()}{os.sep}{path}"


def load_index(path: Path) -> Index | None:
    """Read an index; None if there is none, or it is damaged, of another format, or not one that we write."""
    found = load_json(path)
    try:
        if found["format"] == _WITHOUT_NUMBERS:
            found["files"]["number"] = [0] * len(found["files"]["key"])  # no file's: contents are compared
        elif found["format"] != _FORMAT:
            return None
        return _parsed(found)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _parsed(found: Any) -> Index:
    counts = {
        name: Contents([Block(*block) for block in blocks], n_bytes, crc)
        for name, (blocks, n_bytes, crc) in found["counts"].items()
    }
    _check_all_are(int, *((*chain(*contents.blocks), *contents[1:]) for contents in counts.values()))
    n_documents = {name: contents.n_documents for name, contents in counts.items()}
    columns = {name: found["files"][name] for name in _COLUMNS}
    _check_all_are(int, *(columns[name] for name in _WHOLE_NUMBERS))
    _check_all_are(str, columns["key"], columns["counts"])
    entries = {
        key: Entry(size, Stamps(*stamps), seen, bytes.fromhex(content), name, first, n, None)
        for key, size, *stamps, seen, content, name, first, n in zip(*columns.values(), strict=True)
    }
    for key, report in found["reports"].items():
        entries[key] = entries[key]._replace(report=Report.checked(report))
    for entry in entries.values():
        last = entry.first + entry.n_documents
        if entry.n_documents and not 0 <= entry.first < last <= n_documents[entry.counts]:
            raise ValueError("documents that are not there")
    return Index(str(found["key"]), counts, entries)


def _check_all_are(kind: type, *lists: Iterable[object]) -> None:
    if not set(map(type, chain(*lists))) <= {kind}:
        raise TypeError("a word for a number, or a number for a word")


def save_index(index: Index, path: Path) -> None:
    """Write an index."""
    rows: Iterable[tuple[object, ...]] = (
        (key, size, *stamps, seen, content and content.hex(), *where)
        for key, (size, stamps, seen, content, *where, _) in index.entries.items()
    )
    columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    reports = {key: entry.report for key, entry in index.entries.items() if entry.report is not None}
    found = {
        "format": _FORMAT,
        "key": index.key,
        "counts": index.counts,
        "files": dict(zip(_COLUMNS, columns, strict=True)),
        "reports": {key: asdict(report) for key, report in reports.items()},
    }
    save_json(path, found)
