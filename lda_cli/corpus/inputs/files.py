"""From the inputs of a command to the files to read, in an order that does not depend on the file system.

inputs -> sources -> chunks. A folder is listed one directory at a time, so the first file is read at once.

Under corpus.format auto a file is what its name and its first bytes say. A large file, or one that is given
by its name, is looked at here; a small file in a folder where its bytes are read.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import BinaryIO, NamedTuple, cast

from ...config import CorpusConfig
from ...errors import ConfigError, CorpusError, in_words
from ..formats.recognition import format_of_name, recognised
from ..formats.records import MalformedError, NotReadError
from ..formats.table import FORMATS, HEAD_BYTES
from .compression import SMALL_FILE, SUFFIXES, DamagedError, streams, without_suffix
from .folders import Found, files_in, identities, identity_of, is_model
from .folders import printable as printable  # noqa: PLC0414 (the other parts import it from here)
from .globs import is_glob, matching_paths
from .inputs import STDIN, Inputs
from .report import Report

_NAME_IT = "set corpus.vocabulary to a file with one term per line"
# Names of vocabularies: beside bags of words these files are no documents.
_VOCABULARIES = re.compile(r"vocab(ulary)?\..*|dictionary\.txt|.*\.vocab(\.txt)?|.*_vocab\.txt", re.DOTALL)
_INODE_BITS = 128  # of an inode number, at most
_PLAIN = {"file": "folder", "line": "lines"}  # the format of plain text, by the unit of a document


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
    is_guess: bool = False  # the first bytes may say another format, and were not looked at
    is_found: bool = False  # in a folder under auto, not given: left out if nothing here reads it

    @property
    def is_stream(self) -> bool:
        """Whether it can be read only once, or only by this process."""
        return self.stamps is None

    def with_whole_path(self) -> "Source":
        """Return the same file for a process with another working directory."""
        if self.path == STDIN:
            return self
        vocabulary = None if self.vocabulary is None else os.path.abspath(self.vocabulary)
        return self._replace(path=os.path.abspath(self.path), vocabulary=vocabulary)

    @property
    def unit(self) -> str:
        """Return the unit of a document: a file, a line, a record or a row."""
        return FORMATS[self.format].unit

    @property
    def shown(self) -> str:
        """Return its name in messages."""
        return "standard input" if self.path == STDIN else printable(self.path)

    @property
    def stem(self) -> str:
        """Return its name without folder and compression."""
        return without_suffix(os.path.basename(self.name))


def find_sources(
    inputs: Inputs, report: Report, on_folder: Callable[[str], object] = lambda folder: None
) -> Iterator[Source]:
    """Yield the sources in reading order; every input is checked before the first is yielded.

    A file that is there under several names, of which one is a link, is read under the first.

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


def refuse(source: Source, error: NotReadError, config: CorpusConfig, report: Report) -> None:
    """Count a file that was found in a folder as left out; refuse one that was given, or stop."""
    if source.is_found:
        report.leave_out(error.kind)
    else:
        report.refuse(config.on_error, source.shown, error)


class _Given(NamedTuple):
    """An input: its path, its status (None for standard input), and what its ids begin with."""

    path: str
    status: os.stat_result | None
    prefix: str = ""


def _listed(inputs: Inputs, report: Report, on_folder: Callable[[str], object]) -> Iterator[Source]:
    numbers = count()
    names, is_auto = _Names(), inputs.corpus.format == "auto"
    for given in _with_prefixes(_expanded(inputs, on_folder), inputs):
        path, status, prefix = given
        if status is None or not stat.S_ISDIR(status.st_mode):
            if status is None or names.is_first(status, os.path.islink(path), report):
                yield _given_source(given, inputs, next(numbers))
            continue
        if is_model(path):
            if list(inputs.paths) == [path]:
                raise CorpusError(f"{printable(path)}: is a model, not a corpus; give it by -m")
            report.leave_out("model")
            continue
        is_link = os.path.islink(path)
        for found in files_in(path, inputs, report, on_folder):
            if names.is_first(found.status, found.is_link or is_link, report):
                try:
                    kind, is_guess = _format_found(found, inputs)
                except NotReadError as error:
                    report.leave_out(error.kind)
                    continue
                if kind is not None:
                    name, size, stamps = prefix + found.name, found.status.st_size, _stamps(found.status)
                    yield Source(found.path, name, kind, next(numbers), size, stamps, None, is_guess, is_auto)


class _Names:
    """The files of a corpus by their identities, about 100 bytes for each."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()
        self._linked: set[tuple[int, int]] = set()  # of them, those whose name was a link

    def is_first(self, status: os.stat_result, is_link: bool, report: Report) -> bool:
        """Whether this is the first name of a file. Two names that are no links, as hard links, both are."""
        identity = identity_of(status)
        if identity in self._seen and (is_link or identity in self._linked):
            report.leave_out("symbolic link (to a file that is read)")
            return False
        self._seen.add(identity)
        if is_link:
            self._linked.add(identity)
        return True


def _given_source(given: _Given, inputs: Inputs, number: int) -> Source:
    path, status, prefix = given
    kind, is_guess = _format_given(path, status, inputs)
    if status is None:
        return Source(path, "stdin", kind, number, is_guess=is_guess)
    # /dev/stdin may be a regular file here, but not in another process
    is_stream = not stat.S_ISREG(status.st_mode) or os.path.abspath(path).startswith("/dev/")
    stamps = None if is_stream else _stamps(status)
    name = prefix or os.path.basename(path)
    return Source(path, name, kind, number, status.st_size, stamps, is_guess=is_guess)


def _expanded(inputs: Inputs, on_folder: Callable[[str], object] = lambda folder: None) -> list[_Given]:
    """Return each input, or the paths that a glob matches; of several, those that may be documents."""
    found: list[_Given] = []
    excluded = identities(inputs.excluded)
    for given in inputs.paths:
        is_literal = given.isascii() and not is_glob(given)  # other names have two forms, NFC and NFD
        if given == STDIN or os.path.lexists(given) or is_literal:
            found.append(_Given(given, None if given == STDIN else _status(given)))
            continue
        try:
            paths = matching_paths(given, on_folder)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            name = getattr(error, "filename", None) or given
            raise CorpusError(f"{printable(name)}: {in_words(error)}; check the path") from None
        statuses = [_Given(path, _status(path)) for path in paths]
        matching = [each for each in statuses if each.status and identity_of(each.status) not in excluded]
        if not matching:
            reason = "no such file or folder" + (", and no match as a glob" if is_glob(given) else "")
            raise CorpusError(f"{printable(given)}: {reason}; check the path")
        found += matching
    return _without_other_files(found, excluded, inputs.corpus) or found


def _without_other_files(
    found: list[_Given], excluded: set[tuple[int, int]], config: CorpusConfig
) -> list[_Given]:
    """Return the inputs without those that are no documents in a folder, as `*` of a shell gives them."""
    beside: dict[str, list[str]] = {}
    for path, _, _ in found:
        folder, name = os.path.split(path)
        beside.setdefault(folder, []).append(name)

    def is_other(given: _Given) -> bool:
        folder, name = os.path.split(given.path)
        if given.status is None or len(found) == 1:
            return False
        is_vocabulary = _is_vocabulary(without_suffix(name), beside[folder], config)
        return is_vocabulary or identity_of(given.status) in excluded

    return [given for given in found if not is_other(given)]


def _with_prefixes(given: list[_Given], inputs: Inputs) -> list[_Given]:
    """Return the inputs with their paths below a common folder, if ids of two inputs would be the same."""
    files = [each for each in given if each.status is not None]
    paths = {os.path.abspath(each.path) for each in files}
    if len(paths) < 2 or not _repeat_names(files, inputs):
        return given
    try:
        common = os.path.commonpath([os.path.dirname(path) for path in paths])
    except ValueError:  # on several drives
        return given
    return [each if each.status is None else each._replace(prefix=_below(each, common)) for each in given]


def _below(given: _Given, common: str) -> str:
    assert given.status is not None
    name = os.path.relpath(os.path.abspath(given.path), common).replace(os.sep, "/")
    return f"{name}/" if stat.S_ISDIR(given.status.st_mode) else name


def _repeat_names(given: list[_Given], inputs: Inputs) -> bool:
    """Whether two files of different inputs have the same name; folders are listed for it only if needed."""
    seen: dict[str, str] = {}  # names and paths: a file that is given twice keeps its name
    of_folders = (each for each in given if each.status and stat.S_ISDIR(each.status.st_mode))
    of_files = (each for each in given if each.status and not stat.S_ISDIR(each.status.st_mode))
    for each in of_files:
        path = os.path.abspath(each.path)
        if seen.setdefault(os.path.basename(path), path) != path:
            return True
    for each in of_folders:
        quiet = inputs.with_corpus(on_error="skip")
        try:
            own = {found.name: os.path.abspath(found.path) for found in files_in(each.path, quiet, Report())}
        except CorpusError:  # without a matching file: said where it is read
            continue
        if any(seen.get(name, path) != path for name, path in own.items()):
            return True
        seen |= own
    return False


def _format_given(path: str, status: os.stat_result | None, inputs: Inputs) -> tuple[str, bool]:
    """Return the format of an input that is no folder, and whether it is a guess."""
    config = inputs.corpus
    if config.format != "auto":
        return config.format, False
    if status is None:
        return "lines", True
    stem = without_suffix(os.path.basename(path))
    kind = format_of_name(stem)
    if kind is not None or not stat.S_ISREG(status.st_mode):
        return kind or "lines", kind is None
    is_alone = tuple(inputs.paths) == (path,)
    plain = _PLAIN[inputs.unit or ("line" if is_alone else "file")]
    try:
        return _looked_at(path, stem, config, may_be_table=True) or plain, False
    except NotReadError:
        return plain, True  # the reader recognises it again, and says it


def _format_found(found: Found, inputs: Inputs) -> tuple[str | None, bool]:
    """Return the format of a file in a folder, None for a vocabulary, and whether it is a guess.

    Raises NotReadError.
    """
    config, stem = inputs.corpus, without_suffix(found.name.rpartition("/")[2])
    kind = format_of_name(stem) if config.format == "auto" else config.format
    if _is_vocabulary(stem, found.beside, config):
        return None, False
    if kind is not None:
        return kind, False
    plain = _PLAIN[inputs.unit or "file"]
    if found.status.st_size <= SMALL_FILE and plain == "folder":
        return plain, True
    return _looked_at(found.path, stem, config) or plain, False


def _is_vocabulary(stem: str, beside: Sequence[str], config: CorpusConfig) -> bool:
    """Whether a file with this name, without compression, is the vocabulary of bags of words beside it."""
    if not ("vocab" in stem or stem == "dictionary.txt") or not _VOCABULARIES.fullmatch(stem):
        return False
    if config.format != "auto":
        return FORMATS[config.format].unit == "row" or any(map(_is_of_bags, beside))
    return format_of_name(stem) != "uci" and any(map(_is_of_bags, beside))


def _is_of_bags(name: str) -> bool:
    kind = format_of_name(without_suffix(name))
    return kind is not None and FORMATS[kind].unit == "row"


def _looked_at(path: str, stem: str, config: CorpusConfig, may_be_table: bool = False) -> str | None:
    """Return the format that the first bytes of a file say; raises NotReadError."""
    try:
        with open(path, "rb", buffering=0) as file:
            head = streams(path, cast(BinaryIO, file), None)[1].read(HEAD_BYTES)
    except (OSError, DamagedError):  # the reader reports it
        return None
    return recognised(head, stem, config, may_be_table)


def formats_of(inputs: Inputs) -> list[tuple[str, str]]:
    """Return each input, or the paths that a glob matches, with its format. Raises CorpusError.

    A folder whose files are what their names and first bytes say has the format folder.
    """
    found = []
    for path, status, _ in _expanded(inputs):
        is_folder = status is not None and stat.S_ISDIR(status.st_mode)
        by_files = "folder" if inputs.corpus.format == "auto" else inputs.corpus.format
        found.append((path, by_files if is_folder else _format_given(path, status, inputs)[0]))
    return found


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
    wanted = [*own, "vocab.txt", "vocabulary.txt", "dictionary.txt"]
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


def _status(given: str) -> os.stat_result:
    try:
        return os.stat(given)
    except FileNotFoundError:
        raise CorpusError(f"{printable(given)}: no such file or folder; check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise CorpusError(f"{printable(given)}: {in_words(error)}; check the path") from None
