"""From the inputs of a command to the files to read, in an order that does not depend on the file system.

inputs -> sources -> chunks. A folder is listed one directory at a time, so the first file is read at once.
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
from ..formats.records import MalformedError
from ..formats.table import FORMATS, HEAD_BYTES, format_of_content, format_of_name
from .compression import SUFFIXES, DamagedError, streams, without_suffix
from .globs import any_glob, is_glob, matching_paths
from .inputs import STDIN, Inputs
from .report import Report

_NAME_IT = "set corpus.vocabulary to a file with one term per line"
# Names of vocabularies: in a folder of bags of words these files are no bags.
_VOCABULARIES = re.compile(r"vocab(ulary)?\..*|.*\.vocab(\.txt)?|.*_vocab\.txt", re.DOTALL)
_INODE_BITS = 128  # of an inode number, at most
_EXCLUDE_IT = "fix it, add it to corpus.exclude, or set corpus.on_error to skip"


class Stamps(NamedTuple):
    """These differ when a file was changed or replaced, so its content need not be read to see it.

    modified, changed : times of modification and of inode change, in ns
    number : inode number. The device number is left out: on some systems it changes with each mount
    """

    modified: int = 0
    changed: int = 0
    number: int = 0


class Source(NamedTuple):
    """A file, or standard input, that holds one document or many."""

    path: str  # "-": standard input
    name: str  # relative to the folder it was found in, with forward slashes
    format: str  # a name in FORMATS
    number: int = 0  # position in reading order
    size: int = 0  # stored bytes, 0 if unknown
    stamps: Stamps | None = None  # None for a stream
    vocabulary: str | None = None  # path, for a bag of words; size and stamps then cover both files

    @property
    def is_stream(self) -> bool:
        """Whether it can be read only once, or only by this process."""
        return self.stamps is None

    @property
    def unit(self) -> str:
        """Return the unit of a document: a file, a line, a record or a row."""
        return FORMATS[self.format].unit

    @property
    def shown(self) -> str:
        """Return its name in messages."""
        return "standard input" if self.path == STDIN else printable(self.path)


def find_sources(
    inputs: Inputs, report: Report, on_folder: Callable[[str], object] = lambda folder: None
) -> Iterator[Source]:
    """Yield the sources in reading order; every input is checked before the first is yielded.

    on_folder : called with each folder that is listed

    Raises CorpusError for a missing input, a folder without a matching file, and, unless corpus.on_error is
    "skip", for broken or circular links, folders that cannot be listed and bags of words without a
    vocabulary; ConfigError for bags of words through a pipe.
    """
    for source in _listed(inputs, report, on_folder):
        try:
            yield _with_vocabulary(source, inputs.corpus) if source.unit == "row" else source
        except MalformedError as error:
            report.refuse(inputs.corpus.on_error, source.shown, error)


def _listed(inputs: Inputs, report: Report, on_folder: Callable[[str], object]) -> Iterator[Source]:
    numbers = count()
    for given, status in _expanded(inputs, on_folder):
        kind = _format(given, status, inputs.corpus)
        if status is None:
            yield Source(given, "stdin", kind, next(numbers))
        elif stat.S_ISDIR(status.st_mode):
            for name, path, found in _matching_files(given, inputs, report, on_folder):
                stem = without_suffix(os.path.basename(name))
                if FORMATS[kind].unit != "row" or not _VOCABULARIES.fullmatch(stem):
                    yield Source(path, name, kind, next(numbers), found.st_size, _stamps(found))
        else:
            # /dev/stdin may be a regular file here, but not in another process
            is_stream = not stat.S_ISREG(status.st_mode) or os.path.abspath(given).startswith("/dev/")
            stamps = None if is_stream else _stamps(status)
            yield Source(given, os.path.basename(given), kind, next(numbers), status.st_size, stamps)


def _expanded(
    inputs: Inputs, on_folder: Callable[[str], object] = lambda folder: None
) -> list[tuple[str, os.stat_result | None]]:
    """Return each input, or the paths that a glob matches, with its status; None for standard input."""
    found: list[tuple[str, os.stat_result | None]] = []
    for given in inputs.paths:
        if given == STDIN or os.path.lexists(given) or not is_glob(given):
            found.append((given, None if given == STDIN else _status(given)))
            continue
        excluded = _identities(inputs.excluded)
        try:
            paths = matching_paths(given, on_folder)
        except OSError as error:
            raise CorpusError(f"{printable(error.filename)}: {in_words(error)}; check the path") from None
        statuses = [(path, _status(path)) for path in paths]
        matching = [(path, status) for path, status in statuses if _identity(status) not in excluded]
        if not matching:
            reason = "no such file or folder, and no match as a glob"
            raise CorpusError(f"{printable(given)}: {reason}; check the path")
        found += matching
    return found


def _format(given: str, status: os.stat_result | None, config: CorpusConfig) -> str:
    """Return the format of an input: from the config, or from its kind, its name and its first bytes."""
    if config.format != "auto":
        return config.format
    if status is None:
        return "lines"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    kind = format_of_name(without_suffix(os.path.basename(given)))
    if kind not in (None, "json", "jsonl") or not stat.S_ISREG(status.st_mode):
        return kind or "lines"
    try:
        with open(given, "rb", buffering=0) as file:
            found = format_of_content(streams(given, cast(BinaryIO, file), None)[1].read(HEAD_BYTES), config)
    except (OSError, DamagedError):  # the reader reports it
        return kind or "lines"
    # people give JSON lines the name of JSON, and the other way round
    return found if kind is None or found in ("json", "jsonl") else kind


def _with_vocabulary(source: Source, config: CorpusConfig) -> Source:
    """Return a bag of words with its vocabulary: from the config, or a file beside it."""
    if config.vocabulary is None and source.path == STDIN:
        raise ConfigError("standard input: a bag of words needs a vocabulary; set corpus.vocabulary")
    if config.split.by is not None:
        raise ConfigError(f"{source.shown}: a bag of words cannot be split; leave out corpus.split")
    path = config.vocabulary or _vocabulary_beside(source.path)
    try:
        status = os.stat(path)
        reason = "" if stat.S_ISREG(status.st_mode) else "not a regular file"
    except OSError as error:
        reason = in_words(error)
    if reason:
        raise MalformedError(f"vocabulary {printable(path)}: {reason}", remedy=_NAME_IT)
    stamps = source.stamps and _of_both(source.stamps, _stamps(status))
    return source._replace(vocabulary=path, size=source.size + status.st_size, stamps=stamps)


def _vocabulary_beside(path: str) -> str:
    """Return the path of the vocabulary beside a bag of words, or raise MalformedError."""
    folder, name = os.path.split(path)
    stem = without_suffix(name)
    base = stem.rpartition(".")[0] or stem
    if stem.startswith("docword."):
        own = ["vocab." + stem.removeprefix("docword.")]
    else:
        own = [f"{stem}.vocab", f"{base}.vocab", f"{base}.vocab.txt", f"{base}_vocab.txt"]
    wanted = [*own, "vocab.txt", "vocabulary.txt"]
    for candidate in (os.path.join(folder, name + suffix) for name in wanted for suffix in ("", *SUFFIXES)):
        if os.path.isfile(candidate):
            return candidate
    raise MalformedError(f"no vocabulary beside it ({', '.join(wanted)}; or compressed)", remedy=_NAME_IT)


def _stamps(status: os.stat_result) -> Stamps:
    return Stamps(status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _of_both(one: Stamps, other: Stamps) -> Stamps:
    """Return stamps that change with either: the later times, and both numbers side by side."""
    times = max(one.modified, other.modified), max(one.changed, other.changed)
    return Stamps(*times, one.number << _INODE_BITS | other.number)


def formats_of(inputs: Inputs) -> list[tuple[str, str]]:
    """Return each input, or the paths that a glob matches, with its format. Raises CorpusError."""
    return [(given, _format(given, status, inputs.corpus)) for given, status in _expanded(inputs)]


def printable(name: str) -> str:
    r"""Return a file's name as one printable line: \xNN, \uNNNN, \\. Different names stay different."""
    return safe(name.replace("\\", "\\\\"))


def _status(given: str) -> os.stat_result:
    try:
        return os.stat(given)
    except FileNotFoundError:
        raise CorpusError(f"{printable(given)}: no such file or folder; check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise CorpusError(f"{printable(given)}: {in_words(error)}; check the path") from None


def _matching_files(
    folder: str, inputs: Inputs, report: Report, on_folder: Callable[[str], object]
) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield the names, relative to `folder`, paths, and statuses of the regular files that match."""
    config = inputs.corpus
    included = any_glob(config.include)
    n_matching = n_others = 0
    for name, path, status in _files_below(folder, inputs, report, on_folder):
        if not included(name):
            n_others += 1
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
        raise CorpusError(_nothing_matches(printable(folder), config, n_others))


class _Level(NamedTuple):
    """A directory that is being walked."""

    prefix: str  # of the names in it: "" or "space/"
    entries: Iterator[os.DirEntry[str]]
    identity: tuple[int, int]
    is_linked: bool  # it, or a folder that contains it, is a link


def _files_below(
    folder: str, inputs: Inputs, report: Report, on_folder: Callable[[str], object]
) -> Iterator[tuple[str, str, os.stat_result | OSError]]:
    """Yield name, path and status of the files that are not hidden or excluded, depth first by name.

    A folder is read under its own name, and once more through the first link to it. Reading it through each
    link would take exponential time if links lead to folders of links.
    """
    config = inputs.corpus
    excluded = any_glob(config.exclude) if config.exclude else None
    no_documents = _identities(inputs.excluded)
    levels: list[_Level] = []  # this folder and those above it: no recursion, since paths may be 2,000 deep
    behind_links: set[tuple[int, int]] = set()

    def enter(path: str, prefix: str, status: os.stat_result, is_linked: bool) -> None:
        identity = _identity(status)
        if any(identity == level.identity for level in levels):
            reason = "a link to a folder that contains it"
            report.skip_or_raise(config.on_error, printable(path), reason, _EXCLUDE_IT)
            return
        if is_linked:
            if identity in behind_links:
                report.skip(printable(path), "already read through another symbolic link")
                return
            behind_links.add(identity)
        try:
            with os.scandir(path) as found:
                entries = iter(sorted(found, key=lambda entry: entry.name))
            levels.append(_Level(prefix, entries, identity, is_linked))
            on_folder(path)
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
        with contextlib.suppress(OSError, ValueError):  # a missing file needs no exclusion
            found.add(_identity(os.stat(path)))
    return found


def _nothing_matches(folder: str, config: CorpusConfig, n_others: int) -> str:
    if not n_others and not config.exclude:
        return f"{folder}: no file in this folder (hidden files are not read); check the path"
    include, exclude = (json.dumps(globs, ensure_ascii=False) for globs in (config.include, config.exclude))
    message = f"{folder}: no file matches corpus.include {include} with corpus.exclude {exclude}"
    message += f" (files that do not match: {n_others}); "
    top_only = next((glob for glob in config.include if "/" not in glob and "**" not in glob), None)
    if top_only is None:
        return message + "change them"
    here, everywhere = json.dumps(top_only), json.dumps(f"**/{top_only}")
    return message + f"{here} matches in the top folder only, {everywhere} in every folder"
