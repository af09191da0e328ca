"""From the inputs of a command to the files to read, in an order that does not depend on the file system.

inputs -> sources -> readers. A folder is listed one directory at a time, so the first file is read at once.
"""

import contextlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import BinaryIO, NamedTuple, cast

from ...config import CorpusConfig
from ...errors import ConfigError, CorpusError, in_words, safe
from .compression import PACKED, DamagedError, streams, without_suffix
from .formats import FORMATS, HEAD_BYTES, MalformedError, format_of_content, format_of_name
from .globs import any_glob, is_glob, matching_paths
from .inputs import STDIN, Inputs
from .report import Report

_NAME_IT = "set corpus.vocabulary to a file with a term a line"
# How vocabularies are called: in a folder of bags they are none of them.
_VOCABULARIES = re.compile(r"vocab(ulary)?\..*|.*\.vocab(\.txt)?|.*_vocab\.txt", re.DOTALL)
_INODE_BITS = 128  # of the number of an inode, at most
_EXCLUDE_IT = "mend it, add it to corpus.exclude, or set corpus.on_error to skip"


class Stamps(NamedTuple):
    """What tells that a file was changed, or that another has its name, without a look at its content.

    modified, changed : times of modification and of change, in ns
    number : of the inode: a link may lead to another file of the same size and times. Without that of the
        device, which some systems give anew whenever they mount: all files would be read again for nothing
    """

    modified: int = 0
    changed: int = 0
    number: int = 0


class Source(NamedTuple):
    """A file, or standard input, that holds one document or many."""

    path: str  # "-": standard input
    name: str  # relative to the folder it was found in, with forward slashes, as the file system has it
    format: str  # a name in FORMATS
    number: int = 0  # its place among all that is to be read
    size: int = 0  # bytes stored, where they were counted
    stamps: Stamps | None = None  # None of a stream
    vocabulary: str | None = None  # path of the terms of a bag of words: size and stamps are of both files

    @property
    def is_stream(self) -> bool:
        """Return whether it can be read once only, or by this process only."""
        return self.stamps is None

    @property
    def unit(self) -> str:
        """Return what of it is a document: a file, a line, a record or a row."""
        return FORMATS[self.format].unit

    @property
    def shown(self) -> str:
        """Return how messages name it."""
        return "standard input" if self.path == STDIN else printable(self.path)


def find_sources(
    inputs: Inputs, report: Report, entered: Callable[[str], object] = lambda folder: None
) -> Iterator[Source]:
    """Yield what is to be read, in reading order; every input is looked at before the first is yielded.

    entered : is called with each folder that is listed, for an input that is one and for a glob

    Raises CorpusError for an input that is not there, a folder without a matching file, and, unless
    corpus.on_error is "skip", for links that lead nowhere or in a circle, folders that cannot be listed and
    bags of words without a vocabulary; ConfigError for those that come through a pipe.
    """
    for source in _listed(inputs, report, entered):
        try:
            yield _with_vocabulary(source, inputs.corpus) if source.unit == "row" else source
        except MalformedError as error:
            report.skip_or_raise(inputs.corpus.on_error, source.shown, error.reason, error.remedy)


def _listed(inputs: Inputs, report: Report, entered: Callable[[str], object]) -> Iterator[Source]:
    numbers = count()
    for given, status in _expanded(inputs, entered):
        kind = _format(given, status, inputs.corpus)
        if status is None:
            yield Source(given, "stdin", kind, next(numbers))
        elif stat.S_ISDIR(status.st_mode):
            for name, path, found in _matching_files(given, inputs, report, entered):
                if FORMATS[kind].unit != "row" or not _is_vocabulary(name):
                    yield Source(path, name, kind, next(numbers), found.st_size, _stamps(found))
        else:
            # /dev/stdin may be a regular file here, and is nothing in another process
            is_stream = not stat.S_ISREG(status.st_mode) or os.path.abspath(given).startswith("/dev/")
            stamps = None if is_stream else _stamps(status)
            yield Source(given, os.path.basename(given), kind, next(numbers), status.st_size, stamps)


def _expanded(
    inputs: Inputs, entered: Callable[[str], object] = lambda folder: None
) -> list[tuple[str, os.stat_result | None]]:
    """Return each input with its status, and for a glob what it matches; standard input has none."""
    found: list[tuple[str, os.stat_result | None]] = []
    for given in inputs.paths:
        if given == STDIN or os.path.lexists(given) or not is_glob(given):
            found.append((given, None if given == STDIN else _status(given)))
            continue
        excluded = _identities(inputs.excluded)
        try:
            paths = matching_paths(given, entered)
        except OSError as error:
            raise CorpusError(f"{printable(error.filename)}: {in_words(error)}; check the path") from None
        statuses = [(path, _status(path)) for path in paths]
        matching = [(path, status) for path, status in statuses if _identity(status) not in excluded]
        if not matching:
            reason = "no such file or folder, and as a glob it matches none"
            raise CorpusError(f"{printable(given)}: {reason}; check the path")
        found += matching
    return found


def _format(given: str, status: os.stat_result | None, config: CorpusConfig) -> str:
    """Return how an input is read: as the config says, or by what it is, its name and its first bytes."""
    if config.format != "auto":
        return config.format
    if status is None:
        return "lines"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    kind = format_of_name(given)
    if kind is not None or not stat.S_ISREG(status.st_mode):
        return kind or "lines"
    try:
        with open(given, "rb", buffering=0) as file:
            return format_of_content(streams(given, cast(BinaryIO, file), None)[1].read(HEAD_BYTES))
    except (OSError, DamagedError):  # which the reader will tell
        return "lines"


def _with_vocabulary(source: Source, config: CorpusConfig) -> Source:
    """Return a bag of words with its vocabulary, the config's or the one beside it."""
    if config.vocabulary is None and source.path == STDIN:
        raise ConfigError("standard input: a bag of words needs a vocabulary; set corpus.vocabulary")
    if config.split.by is not None:
        raise ConfigError(f"{source.shown}: a bag of words cannot be divided; leave out corpus.split")
    path = config.vocabulary or _vocabulary_beside(source.path)
    try:
        status = os.stat(path)
        reason = "" if stat.S_ISREG(status.st_mode) else "not a regular file"
    except OSError as error:
        reason = in_words(error)
    if reason:
        raise MalformedError(f"its vocabulary {printable(path)}: {reason}", remedy=_NAME_IT)
    stamps = source.stamps
    if stamps is not None:
        stamps = _of_both(stamps, _stamps(status))
    return source._replace(vocabulary=path, size=source.size + status.st_size, stamps=stamps)


def _is_vocabulary(name: str) -> bool:
    return _VOCABULARIES.fullmatch(without_suffix(os.path.basename(name))) is not None


def _vocabulary_beside(path: str) -> str:
    """Return the path of the vocabulary that lies beside a bag of words.

    Raises MalformedError, which names what was looked for, if there is none.
    """
    folder, name = os.path.split(path)
    stem = without_suffix(name)
    base = stem.rpartition(".")[0] or stem
    if stem.startswith("docword."):
        own = ["vocab." + stem.removeprefix("docword.")]
    else:
        own = [f"{stem}.vocab", f"{base}.vocab", f"{base}.vocab.txt", f"{base}_vocab.txt"]
    wanted = [*own, "vocab.txt", "vocabulary.txt"]
    for candidate in (os.path.join(folder, name + suffix) for name in wanted for suffix in ("", *PACKED)):
        if os.path.isfile(candidate):
            return candidate
    reason = f"no vocabulary beside it ({', '.join(wanted)}; or packed)"
    raise MalformedError(reason, remedy=_NAME_IT)


def _stamps(status: os.stat_result) -> Stamps:
    return Stamps(status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _of_both(one: Stamps, other: Stamps) -> Stamps:
    """Return stamps that change with those of either: the later times, and both numbers side by side."""
    times = max(one.modified, other.modified), max(one.changed, other.changed)
    return Stamps(*times, one.number << _INODE_BITS | other.number)


def formats_of(inputs: Inputs) -> list[tuple[str, str]]:
    """Return each input, or for a glob what it matches, and how it is read; raises CorpusError as above."""
    return [(given, _format(given, status, inputs.corpus)) for given, status in _expanded(inputs)]


def printable(name: str) -> str:
    r"""Return a file's name as one printable line of valid Unicode: \xNN for a stray byte, \uNNNN, \\.

    Two different names never become the same.
    """
    return safe(name.replace("\\", "\\\\"))


def _status(given: str) -> os.stat_result:
    try:
        return os.stat(given)
    except FileNotFoundError:
        raise CorpusError(f"{printable(given)}: no such file or folder; check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise CorpusError(f"{printable(given)}: {in_words(error)}; check the path") from None


def _matching_files(
    folder: str, inputs: Inputs, report: Report, entered: Callable[[str], object]
) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield the names, relative to `folder`, paths, and statuses of the regular files that match."""
    config = inputs.corpus
    included = any_glob(config.include)
    n_matching = n_passed_over = 0
    for name, path, status in _files_below(folder, inputs, report, entered):
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
    is_linked: bool  # it, or a folder that it lies in, is a link


def _files_below(
    folder: str, inputs: Inputs, report: Report, entered: Callable[[str], object]
) -> Iterator[tuple[str, str, os.stat_result | OSError]]:
    """Yield name, path and status of what is neither folder nor hidden nor excluded, depth first by name.

    A folder is read under its own name, and once more, under the first of them, if links lead to it. Where
    links lead to folders full of links, there are else more ways than anyone can walk.
    """
    config = inputs.corpus
    excluded = any_glob(config.exclude) if config.exclude else None
    no_documents = _identities(inputs.excluded)
    levels: list[_Level] = []  # the folder at hand and those above it; a stack, since paths may be 2,000 deep
    behind_links: set[tuple[int, int]] = set()

    def enter(path: str, prefix: str, status: os.stat_result, is_linked: bool) -> None:
        identity = _identity(status)
        if any(identity == level.identity for level in levels):
            reason = "a link to a folder it lies in"
            report.skip_or_raise(config.on_error, printable(path), reason, _EXCLUDE_IT)
            return
        if is_linked:
            if identity in behind_links:
                report.skip(printable(path), "a folder that was seen through another link")
                return
            behind_links.add(identity)
        try:
            with os.scandir(path) as found:
                entries = iter(sorted(found, key=lambda entry: entry.name))
            levels.append(_Level(prefix, entries, identity, is_linked))
            entered(path)
        except OSError as error:
            report.skip_or_raise(config.on_error, printable(path), in_words(error), _EXCLUDE_IT)

    enter(folder, "", os.stat(folder), is_linked=False)
    while levels:
        entry = next(levels[-1].entries, None)
        if entry is None:
            levels.pop()
            continue
        name = levels[-1].prefix + entry.name
        if entry.name.startswith(".") or (excluded and excluded(name)):
            continue
        try:
            status = os.stat(entry.path)
        except OSError as error:
            yield name, entry.path, error
            continue
        if no_documents and _identity(status) in no_documents:
            continue
        if stat.S_ISDIR(status.st_mode):
            enter(entry.path, f"{name}/", status, levels[-1].is_linked or entry.is_symlink())
        else:
            yield name, entry.path, status


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _identities(paths: Iterable[str]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for path in paths:
        with contextlib.suppress(OSError, ValueError):  # what is not there is met nowhere
            found.add(_identity(os.stat(path)))
    return found


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
