"""The files in a folder that match, in an order that does not depend on the file system. Used by files.py."""

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...config import CorpusConfig
from ...errors import CorpusError, in_words, safe
from .globs import any_glob
from .inputs import Inputs
from .report import Report

_EXCLUDE_IT = "fix it, add it to corpus.exclude, or set corpus.on_error to skip"


class Found(NamedTuple):
    """A regular file in a folder.

    name : relative to the folder, with forward slashes
    is_link : whether it, or a folder that contains it, is a symbolic link
    beside : the names of all files and folders in its folder
    """

    name: str
    path: str
    status: os.stat_result
    is_link: bool
    beside: Sequence[str]


def printable(name: str) -> str:
    r"""Return a file's name as one printable line: \xNN, \uNNNN, \\. Different names stay different."""
    return safe(name.replace("\\", "\\\\"))


def files_in(
    folder: str, inputs: Inputs, report: Report, on_folder: Callable[[str], object] = lambda folder: None
) -> Iterator[Found]:
    """Yield the regular files that match corpus.include and corpus.exclude.

    on_folder : called with each folder that is listed

    Raises CorpusError if there is none, and, unless corpus.on_error is "skip", for broken or circular links
    and folders that cannot be listed.
    """
    config = inputs.corpus
    included = any_glob(config.include)
    n_matching = n_others = 0
    for name, entry, status, level in _files_below(folder, inputs, report, on_folder):
        if not included(name):
            n_others += 1
            continue
        n_matching += 1
        if isinstance(status, OSError):
            reason = f"a broken link ({in_words(status)})" if entry.is_symlink() else in_words(status)
            report.skip_or_raise(config.on_error, printable(entry.path), reason, _EXCLUDE_IT)
        elif stat.S_ISREG(status.st_mode):
            is_link = level.is_linked or entry.is_symlink()
            yield Found(name, entry.path, status, is_link, level.names)
        else:
            report.skip(printable(entry.path), "not a regular file")

    if not n_matching:
        raise CorpusError(_nothing_matches(printable(folder), config, n_others))


class _Level(NamedTuple):
    """A directory that is being walked."""

    prefix: str  # of the names in it: "" or "space/"
    names: list[str]
    entries: Iterator[os.DirEntry[str]]
    identity: tuple[int, int]
    is_linked: bool  # it, or a folder that contains it, is a link


def _files_below(
    folder: str, inputs: Inputs, report: Report, on_folder: Callable[[str], object]
) -> Iterator[tuple[str, os.DirEntry[str], os.stat_result | OSError, _Level]]:
    """Yield name, entry, status and folder of the files that are not hidden or excluded, depth first by name.

    A folder is read under its own name, and once more through the first link to it. Reading it through each
    link would take exponential time if links lead to folders of links.
    """
    config = inputs.corpus
    excluded = any_glob(config.exclude) if config.exclude else None
    no_documents = identities(inputs.excluded)
    levels: list[_Level] = []  # this folder and those above it: no recursion, since paths may be 2,000 deep
    behind_links: set[tuple[int, int]] = set()

    def enter(path: str, prefix: str, status: os.stat_result, is_linked: bool) -> None:
        identity = identity_of(status)
        if prefix and is_model(path):
            report.leave_out("model")
            return
        if any(identity == level.identity for level in levels):
            reason = "a link to a folder that contains it"
            report.skip_or_raise(config.on_error, printable(path), reason, _EXCLUDE_IT)
            return
        if is_linked:
            if identity in behind_links:
                report.leave_out("symbolic link (to a folder that is read)")
                return
            behind_links.add(identity)
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
            names = [entry.name for entry in entries]
            levels.append(_Level(prefix, names, iter(entries), identity, is_linked))
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
            yield name, entry, error, levels[-1]
            continue
        if no_documents and identity_of(status) in no_documents:
            continue
        if stat.S_ISDIR(status.st_mode):
            enter(entry.path, f"{name}/", status, levels[-1].is_linked or entry.is_symlink())
        else:
            yield name, entry, status, levels[-1]


def is_model(folder: str) -> bool:
    """Whether a folder is a model, whose files are never documents."""
    return all(os.path.isfile(os.path.join(folder, name)) for name in ("model.json", "phi.npy"))


def identity_of(status: os.stat_result) -> tuple[int, int]:
    """Return the numbers of the device and of the file on it."""
    return status.st_dev, status.st_ino


def identities(paths: Iterable[str]) -> set[tuple[int, int]]:
    """Return the identities of the paths that exist."""
    found: set[tuple[int, int]] = set()
    for path in paths:
        with contextlib.suppress(OSError, ValueError):  # a missing file needs no exclusion
            found.add(identity_of(os.stat(path)))
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
