"""From the inputs of a command to the files to read, in an order that does not depend on the file system.

inputs -> sources -> readers. A folder is listed one directory at a time, so the first file is read at once.
"""

import json
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from ..config import CorpusConfig
from ..errors import CorpusError
from .formats import Format, format_of
from .globs import any_glob
from .report import Report, in_words

STDIN = "-"

_EXCLUDE_IT = "mend it, add it to corpus.exclude, or set corpus.on_error to skip"


class Source(NamedTuple):
    """A file, or standard input, that holds one document or many."""

    path: str  # "-": standard input
    name: str  # relative to the folder it was found in, with forward slashes, as the file system has it
    format: Format  # "folder": the file is a document
    number: int = 0  # its place among all that is to be read
    size: int = 0  # bytes stored, where they were counted
    stamps: tuple[int, int] | None = None  # times of modification and of change, in ns; None of a stream

    @property
    def is_stream(self) -> bool:
        """Return whether it can be read once only, or by this process only."""
        return self.stamps is None

    @property
    def shown(self) -> str:
        """Return how messages name it."""
        return "standard input" if self.path == STDIN else printable(self.path)


def find_sources(
    inputs: Sequence[str], config: CorpusConfig, report: Report, never: Collection[str] = ()
) -> Iterator[Source]:
    """Yield what is to be read, in reading order; every input is looked at before the first is yielded.

    never : files and folders that are passed over in a folder, under whatever name they are met

    Raises CorpusError for an input that is not there, a folder without a matching file, and, unless
    config.on_error is "skip", for links that lead nowhere or in a circle and folders that cannot be listed.
    """
    statuses = [None if given == STDIN else _status(given) for given in inputs]
    numbers = count()
    for given, status in zip(inputs, statuses, strict=True):
        is_folder = status is not None and stat.S_ISDIR(status.st_mode)
        kind = format_of(given, is_folder, config)
        if is_folder:
            for name, path, found in _matching_files(given, config, report, never):
                yield Source(path, name, kind, next(numbers), found.st_size, _stamps(found))
        elif status is None:
            yield Source(given, "stdin", kind, next(numbers))
        else:
            # /dev/stdin may be a regular file here, and is nothing in another process
            is_stream = not stat.S_ISREG(status.st_mode) or os.path.abspath(given).startswith("/dev/")
            stamps = None if is_stream else _stamps(status)
            yield Source(given, os.path.basename(given), kind, next(numbers), status.st_size, stamps)


def _stamps(status: os.stat_result) -> tuple[int, int]:
    return status.st_mtime_ns, status.st_ctime_ns


def formats_of(inputs: Sequence[str], config: CorpusConfig) -> list[Format]:
    """Return how each input is read; raises CorpusError for one that is not there."""
    are_folders = [given != STDIN and stat.S_ISDIR(_status(given).st_mode) for given in inputs]
    return [format_of(*given, config) for given in zip(inputs, are_folders, strict=True)]


def printable(name: str) -> str:
    r"""Return a file's name as one printable line of valid Unicode: \xNN for a stray byte, \uNNNN, \\.

    Two different names never become the same.
    """
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(map(_printable_character, name))


def _printable_character(character: str) -> str:
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as os.fsdecode gives it
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _status(given: str) -> os.stat_result:
    try:
        return os.stat(given)
    except FileNotFoundError:
        raise CorpusError(f"{printable(given)}: no such file or folder; check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise CorpusError(f"{printable(given)}: {in_words(error)}; check the path") from None


def _matching_files(
    folder: str, config: CorpusConfig, report: Report, never: Collection[str]
) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield the names, relative to `folder`, paths, and statuses of the regular files that match."""
    included = any_glob(config.include)
    n_matching = n_passed_over = 0
    for name, path, status in _files_below(folder, config, report, never):
        if not included(name):
            n_passed_over += 1
            continue
        n_matching += 1
        if isinstance(status, OSError):
            reason = f"a broken link ({in_words(status)})" if os.path.islink(path) else in_words(status)
            report.skip_or_raise(config.on_error, printable(path), reason, _EXCLUDE_IT)
        elif stat.S_ISREG(status.st_mode):
            yield name, path, status
        else:
            report.skip(printable(path), "not a regular file")

    if not n_matching:
        raise CorpusError(_nothing_matches(printable(folder), config, n_passed_over))


class _Level(NamedTuple):
    """A directory that is being walked."""

    prefix: str  # of the names in it: "" or "space/"
    entries: Iterator[os.DirEntry[str]]
    identity: tuple[int, int]


def _files_below(
    folder: str, config: CorpusConfig, report: Report, never: Collection[str]
) -> Iterator[tuple[str, str, os.stat_result | OSError]]:
    """Yield name, path and status of what is neither folder nor hidden nor excluded, depth first by name."""
    excluded = any_glob(config.exclude)
    passed_over = {_identity(os.stat(path)) for path in never if os.path.exists(path)}
    levels: list[_Level] = []  # the folder at hand and those above it; a stack, since paths may be 2,000 deep

    def enter(path: str, prefix: str, status: os.stat_result) -> None:
        identity = _identity(status)
        if any(identity == level.identity for level in levels):
            reason = "a link to a folder it lies in"
            report.skip_or_raise(config.on_error, printable(path), reason, _EXCLUDE_IT)
            return
        try:
            with os.scandir(path) as entries:
                levels.append(_Level(prefix, iter(sorted(entries, key=lambda entry: entry.name)), identity))
        except OSError as error:
            report.skip_or_raise(config.on_error, printable(path), in_words(error), _EXCLUDE_IT)

    enter(folder, "", os.stat(folder))
    while levels:
        entry = next(levels[-1].entries, None)
        if entry is None:
            levels.pop()
            continue
        name = levels[-1].prefix + entry.name
        if entry.name.startswith(".") or excluded(name):
            continue
        try:
            status = os.stat(entry.path)
        except OSError as error:
            yield name, entry.path, error
            continue
        if _identity(status) in passed_over:
            continue
        if stat.S_ISDIR(status.st_mode):
            enter(entry.path, f"{name}/", status)
        else:
            yield name, entry.path, status


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _nothing_matches(folder: str, config: CorpusConfig, n_passed_over: int) -> str:
    if not n_passed_over and not config.exclude:
        return f"{folder}: no file in this folder (hidden ones are never read); check the path"
    include, exclude = (json.dumps(globs, ensure_ascii=False) for globs in (config.include, config.exclude))
    message = f"{folder}: no file matches corpus.include {include} with corpus.exclude {exclude}"
    message += f" (files that do not match: {n_passed_over}); "
    top_only = next((glob for glob in config.include if "/" not in glob and "**" not in glob), None)
    if top_only is None:
        return message + "change them"
    here, everywhere = json.dumps(top_only), json.dumps(f"**/{top_only}")
    return message + f"{here} matches in the top folder only, {everywhere} in every folder"
