"""What `train --depfile` writes: the inputs of a model as a rule of GNU Make, as compilers write theirs.

    letters/model.json: \\
     lda.yaml \\
     mail \\
     mail/1.txt

    lda.yaml:
    ...

A folder is an input, since its time stamp tells of files that came and went. The empty rules let Make go on,
and train anew, when an input is gone.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..config import Config
from ..corpus.inputs.expansion import divided, is_glob
from ..corpus.inputs.files import find_sources, printable
from ..corpus.inputs.globs import any_glob
from ..corpus.inputs.inputs import STDIN, Inputs
from ..corpus.inputs.report import Report, in_words
from ..corpus.terms.stop_words import stop_word_files
from ..disk.atomic import behind_links, cannot_write, check_file_can_be_made, is_written_directly, whole_file
from ..errors import ConfigError, OutputError

# What stands for a character. A function of Make keeps = and ; from being seen before the line is divided.
_AS_PREREQUISITE = str.maketrans(
    {
        "$": "$$",
        "=": "$(or =)",
        ";": r"\$(or ;)",
        **{special: f"\\{special}" for special in " #:*?[|"},
    }
)
_AS_TARGET = _AS_PREREQUISITE | str.maketrans({"|": "|", "%": r"\%", "&": "$(or &)"})
_SIGNS = frozenset(" $=;#:*?[|%&~")
_AS_PATTERN = str.maketrans({wildcard: f"\\{wildcard}" for wildcard in "*?["})
# How the first line of a depfile may end, and its bytes at most: each of the longest path's may become eight.
_ENDS_OF_TARGET = (b"model.json:\n", b"model.json: \\\n")
_LONGEST_LINE = 1 << 16


class Written(NamedTuple):
    """What a depfile cannot tell Make of.

    unwritable : inputs whose names cannot be written in a Makefile
    unwatched : folders that the training changes itself, so that their time stamps tell nothing
    """

    unwritable: list[str]
    unwatched: list[str]


def check_depfile(path: str, config: Config, corpus: Sequence[str] = ()) -> None:
    """Raise ConfigError or OutputError now for what would keep a depfile from being written in the end.

    corpus : as `train` has it
    """
    inputs = list(corpus) or [config.corpus.path]
    for given in inputs:
        if given == STDIN or _is_pipe(given):
            raise ConfigError(f"--depfile: Make cannot know when {printable(given)} changes; give files")
    if _is_unwritable(_target(config)):
        raise ConfigError(f"--depfile: Make knows no way to write {printable(_target(config))}; rename it")
    role = None
    if any(_would_be_read(path, given, config) for given in inputs):
        role = "a document of the corpus"
    elif behind_links(Path(path)).is_relative_to(behind_links(Path(config.model.path))):
        role = "a part of the model"
    if role is not None:
        raise ConfigError(f"--depfile: {printable(path)} would be {role}; write it elsewhere")
    _check_is_no_other_file(path)
    check_file_can_be_made(Path(path))


def write_depfile(
    path: str, config: Config, corpus: Sequence[str], others: Iterable[str], began: int | None
) -> Written:
    """Write which files and folders the model at config.model.path is made from, unless it stands there.

    corpus : as `train` has it
    others : more files that it is made from, such as the config
    began : when the training began, in ns since the epoch; None if it did not come to its end. Make cannot
        see by time stamps that the model lacks what changed since then, so it is told to train once more

    Raises OutputError, and CorpusError for what can no longer be found.
    """
    files, folders = _read(Inputs.of(config, corpus))
    own = _changed_by_training(config, path)
    unwatched = sorted(folder for folder in folders if os.path.realpath(folder) in own)
    paths = {*files, *(folders - set(unwatched)), *stop_word_files(config.vocabulary), *others}
    unwritable = sorted(filter(_is_unwritable, paths))
    written = sorted(paths - set(unwritable))
    outdated = began is None or any(_has_changed(each, began) for each in paths)
    _write(path, _rule(_target(config), written, outdated))
    return Written(unwritable, unwatched)


def mark_out_of_date(path: str, config: Config) -> None:
    """Tell Make to train, whatever the time stamps say: a training begins, and who knows how it ends.

    `write_depfile` says afterwards what is so. Raises OutputError.
    """
    _write(path, _rule(_target(config), [], outdated=True))


def _write(path: str, rule: Iterable[str]) -> None:
    """Write a depfile, unless it stands there."""
    content = os.fsencode("".join(rule))
    if not _holds(path, content):
        with whole_file(Path(path)) as stream, cannot_write(path):
            stream.write(content)


def _check_is_no_other_file(path: str) -> None:
    """Raise OutputError if a file is there that is no depfile: a document, the config, anybody's.

    An empty one is nobody's loss.
    """
    if not os.path.isfile(path) or is_written_directly(Path(path)):
        return
    try:
        with open(path, "rb") as file:
            first = file.readline(_LONGEST_LINE)
    except OSError as error:
        raise OutputError(f"{printable(path)}: cannot be read: {in_words(error)}") from error
    if first and not first.endswith(_ENDS_OF_TARGET):
        raise OutputError(f"{printable(path)}: is there, and is no depfile; name another file, or remove it")


def _rule(target: str, prerequisites: Sequence[str], outdated: bool) -> Iterable[str]:
    yield f"{target.translate(_AS_TARGET)}:"
    for path in prerequisites:
        yield f" \\\n {path.translate(_AS_PREREQUISITE)}"
    yield "\n"
    for path in prerequisites:
        yield f"\n{path.translate(_AS_TARGET)}:\n"
    if outdated:  # a target without a file and a recipe is always newer than what depends on it
        name = f"{target}.is-out-of-date"
        yield "\n# Inputs changed after they were read, or a training did not come to its end.\n"
        yield f"{target.translate(_AS_TARGET)}: {name.translate(_AS_PREREQUISITE)}\n"
        yield f"{name.translate(_AS_TARGET)}:\n"


def _read(inputs: Inputs) -> tuple[set[str], set[str]]:
    """Return the files of the corpus, and the folders they were looked for in."""
    folders: set[str] = set()
    files: set[str] = set()
    for source in find_sources(inputs, Report(), folders.add):
        files.add(source.path)
        if source.vocabulary is not None:
            files.add(source.vocabulary)
    return files, {folder.rstrip("/") or "/" for folder in folders}


def _target(config: Config) -> str:
    return os.path.join(config.model.path, "model.json")


def _changed_by_training(config: Config, depfile: str) -> set[str]:
    """Return the folders in which a training makes files, as real paths."""
    cache = Inputs.of(config).cache_folder
    own = [config.model.path, depfile, *([] if cache is None else [str(cache)])]
    return {place for path in own for place in (_folder_of(os.path.realpath(path)), _folder_of(path))}


def _folder_of(path: str) -> str:
    return os.path.realpath(os.path.dirname(os.path.abspath(path)))


def _is_pipe(given: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(given).st_mode)
    except (OSError, ValueError):  # whoever reads it will say why
        return False


def _is_unwritable(name: str) -> bool:
    """Whether no Makefile can hold a name.

    There is no way to write white space that is no blank, what ends in a blank, a backslash or a parenthesis
    (which is an archive's end), what begins like a home, and a backslash beside what Make takes for a sign.
    What matches no file Make takes for a name as it stands, backslashes too, and such a file may be there.
    """
    has_white_space = any("\t" <= character <= "\r" for character in name)
    is_odd = name.startswith("~") or name.endswith((" ", "\\", ")"))
    pattern = name.translate(_AS_PATTERN)
    is_of_two = pattern != name and os.path.lexists(pattern)
    return has_white_space or is_odd or is_of_two or ("\\" in name and not _SIGNS.isdisjoint(name))


def _would_be_read(path: str, given: str, config: Config) -> bool:
    """Whether a file of this path would be met in an input: a folder, a file, or a glob."""
    if os.path.isdir(given):
        return _is_met(path, given, config.corpus.include, config.corpus.exclude)
    if os.path.lexists(given) or not is_glob(given):
        return os.path.realpath(path) == os.path.realpath(given)
    folder, glob = divided(given)
    is_met = partial(_is_met, folder=folder or os.curdir, include=[glob])
    above = map(str, Path(os.path.abspath(path)).parents)
    return is_met(path) or any(_would_be_read(path, each, config) for each in above if is_met(each))


def _is_met(path: str, folder: str, include: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    if any(part.startswith(".") for part in name.split(os.sep)):  # it is hidden, or outside
        return False
    return bool(any_glob(include)(name)) and not any_glob(exclude)(name)


def _has_changed(path: str, since: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns > since
    except OSError:
        return True


def _holds(path: str, content: bytes) -> bool:
    try:
        return os.path.isfile(path) and Path(path).read_bytes() == content
    except OSError:
        return False
