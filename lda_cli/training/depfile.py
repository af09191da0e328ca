r"""`train --depfile` writes the inputs of a model as a rule for GNU Make, like `gcc -MD -MP`.

    letters/model.json: \
     lda.yaml \
     mail \
     mail/1.txt

    lda.yaml:
    ...

Folders are inputs, since their times change when a file is added or removed. With the empty rules Make does
not fail when an input was removed: it trains.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..config import SELF, Config, CorpusConfig, files_that_count
from ..corpus.inputs.files import find_sources, printable
from ..corpus.inputs.globs import any_glob
from ..corpus.inputs.inputs import STDIN, Inputs
from ..corpus.inputs.report import Report
from ..disk.atomic import behind_links, cannot_write, check_file_can_be_made, is_written_directly, whole_file
from ..errors import ConfigError, OutputError

_FIRST_LINE = b"# Written by lda-cli train --depfile.\n"
# A function of Make hides = & and ; until the line is divided into targets and prerequisites.
_ESCAPED = str.maketrans(
    {"$": "$$", "=": "$(or =)", "&": "$(or &)", ";": r"\$(or ;)", **{sign: f"\\{sign}" for sign in " #:*?["}}
)
# A last ")" would end a member of an archive, a first "~" begins a home folder.
_UNWRITABLE = re.compile(r"[\t-\r\\|]|\A~|[ )]\Z")


def check_depfile(path: str, config: Config, corpus: Sequence[str] = ()) -> None:
    """Raise ConfigError or OutputError if a depfile could not be written after the training.

    corpus : as for `train`
    """
    place = behind_links(Path(path))
    inputs = Inputs.of(config, corpus).paths
    for given in inputs:
        is_pipe = os.path.exists(given) and not os.path.isfile(given) and not os.path.isdir(given)
        if given == STDIN or is_pipe:
            raise ConfigError(f"--depfile: Make cannot know when {printable(given)} changes; give files")
    if _UNWRITABLE.search(_target(config)):
        target = printable(_target(config))
        raise ConfigError(f"--depfile: {target}: this path cannot be written in a Makefile; rename it")
    if place.is_relative_to(behind_links(Path(config.model.path))):
        raise ConfigError(f"--depfile: {printable(path)} is in the model directory; choose another place")
    for given in inputs:
        if _is_document(place, given, config.corpus):
            role = f"a document of {printable(given)}"
            raise ConfigError(f"--depfile: {printable(path)} would be {role}; choose another place")
    if os.path.isfile(path) and not is_written_directly(Path(path)):
        with cannot_write(path), open(path, "rb") as file:
            if file.read(len(_FIRST_LINE)) not in (b"", _FIRST_LINE):
                raise OutputError(
                    f"{printable(path)}: is not a depfile; name another file, or remove this one"
                )
    check_file_can_be_made(Path(path))


def _is_document(place: Path, given: str, config: CorpusConfig) -> bool:
    """Return whether an input that is a file or a folder holds a file of this path as a document."""
    folder = behind_links(Path(given))
    if place == folder or not place.is_relative_to(folder):
        return place == folder
    name = place.relative_to(folder).as_posix()
    is_hidden = any(part.startswith(".") for part in name.split("/"))
    is_excluded = bool(config.exclude) and bool(any_glob(config.exclude)(name))
    return not is_hidden and not is_excluded and bool(any_glob(config.include)(name))


def mark_out_of_date(path: str, config: Config) -> None:
    """Mark the model as out of date for Make until `write_depfile`: the training may be killed.

    Raises OutputError.
    """
    _write(path, _target(config), [], is_out_of_date=True)


def write_depfile(
    path: str, config: Config, corpus: Sequence[str], others: Iterable[str], began: int | None
) -> list[str]:
    """Write the files and folders that the model at config.model.path depends on.

    corpus : as for `train`
    others : further files, for example the config
    began : start of the training, in ns since the epoch; None if it did not finish. Inputs that changed since
        then are older than the model, but not in it: the model is marked as out of date

    Returns the inputs that are left out: names that Make cannot read, and folders that a training changes.
    Raises OutputError, and CorpusError if an input was removed.
    """
    inputs = Inputs.of(config, corpus)
    found = {*files_that_count(config).values(), *others}
    if config.model.start not in (None, SELF):
        found.add(os.path.join(config.model.start, "model.json"))
    folders: set[str] = set()
    for source in find_sources(inputs, Report(), folders.add):
        found.update(name for name in (source.path, source.vocabulary) if name is not None)
    written_in = {
        str(behind_links(Path(own)).parent) for own in (path, config.model.path, inputs.cache_folder) if own
    }
    unwatched = {folder for folder in folders if os.path.realpath(folder) in written_in}
    found.update(folder.rstrip("/") or "/" for folder in folders - unwatched)
    left_out = {*unwatched, *filter(_UNWRITABLE.search, found)}
    is_out_of_date = began is None or any(_has_changed(each, began) for each in found)
    _write(path, _target(config), sorted(found - left_out), is_out_of_date)
    return sorted(left_out)


def _write(path: str, target: str, prerequisites: Sequence[str], is_out_of_date: bool) -> None:
    marks = [f"{target}.is-out-of-date"] * is_out_of_date  # no file and no recipe: newer than every target
    names = [*prerequisites, *marks]
    rule = f"{_as_target(target)}:" + "".join(f" \\\n {name.translate(_ESCAPED)}" for name in names) + "\n"
    empty = "".join(f"\n{_as_target(name)}:\n" for name in names)
    with whole_file(Path(path)) as stream, cannot_write(path):
        stream.write(_FIRST_LINE + os.fsencode(rule + empty))


def _as_target(name: str) -> str:
    return name.translate(_ESCAPED).replace("%", r"\%")  # in a prerequisite % means nothing


def _target(config: Config) -> str:
    return os.path.join(config.model.path, "model.json")


def _has_changed(path: str, since: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns > since
    except OSError:
        return True
