"""The model directory: written whole or not at all, and read back with every check.

model.json names the format and the SHA-256 of every file beside it, and ends with that of its own text above
that line. There is no pickle anywhere: matrices are .npy files whose header is compared with the sizes that
model.json states before anything is allocated.
"""

import hashlib
import json
import math
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..config import Config, from_mapping
from ..config.languages import LANGUAGES
from ..corpus.terms.phrases import Phrases
from ..disk.atomic import cannot_write, flush_to_disk
from ..disk.folders import check_folder_can_be_made, places_of_former, whole_folder
from ..errors import ConfigError, ModelError, OutputError, in_words
from . import description, topics_file
from .checks import QUICK, THOROUGH, Checks, check_header, check_model, wrong
from .description import damaged
from .model import Model
from .opened import Opened, read_folder

_FILES = {
    "phi.npy",
    "vocabulary.txt",
    "term_counts.npy",
    "topic_counts.npy",
    topics_file.NAME,
    "documents.txt",
    "theta.npy",
    "history.jsonl",
}
_PHRASES = "phrases.txt"  # only where the config wants phrases
_OURS = _FILES | {description.NAME, _PHRASES}


def check_can_save(path: str | os.PathLike[str], replace: bool, keep: int = 0) -> None:
    """Raise OutputError if `save` could not write here, or would replace what it must not.

    keep : how many former models are to be kept beside it
    """
    folder = Path(path)
    if is_there(folder) and not replace:
        raise OutputError(
            f"{folder}: a model is there already; --force replaces it, --if-changed does so when needed"
        )
    for place in places_of_former(folder, keep):
        _check_former(place)
    check_folder_can_be_made(folder)


def _check_former(place: Path) -> None:
    remedy = "move it, or set model.keep to 0"
    with cannot_write(place):
        try:
            is_folder = stat.S_ISDIR(os.lstat(place).st_mode)
        except FileNotFoundError:
            return
    if not is_folder or not is_there(place, remedy):
        raise OutputError(f"{place}: is no model, and a former one would be kept there; {remedy}")


def is_there(folder: Path, remedy: str = "name another place with --model") -> bool:
    """Whether a model is there; raises OutputError if something else is, which no model may replace."""
    if not os.path.lexists(folder):
        return False
    try:
        entries = {entry.name: entry.is_file() for entry in os.scandir(folder)}
    except (FileNotFoundError, NotADirectoryError):  # FileNotFoundError: a link that leads nowhere
        raise OutputError(f"{folder}: is not a folder; {remedy}") from None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be read: {in_words(error)}") from error
    strangers = sorted(name for name, is_file in entries.items() if name not in _OURS or not is_file)
    if entries and description.NAME not in entries:
        strangers = sorted(entries)
    if strangers:
        raise OutputError(f"{folder}: holds {strangers[0]!r}, which is no part of a model; {remedy}")
    return bool(entries)


def save(
    model: Model,
    path: str | os.PathLike[str],
    *,
    documents: Iterable[str],
    theta: npt.NDArray[np.float32],
    history: Iterable[Mapping[str, object]],
    replace: bool = False,
) -> None:
    """Write the model directory; whatever stood at `path` stands there until the new one is whole.

    documents, theta : ids of the training documents, and their topics, (D, K) float32
    history : a mapping a pass, and one of the result

    The model's config says how many former models are kept beside it (model.keep).

    Raises OutputError if it cannot be written, or if something is there and `replace` is false, and
    ModelError rather than replace a model by one that could not be loaded.
    """
    for name, fact in wrong(model, model.n_tokens):
        raise ModelError(f"{path}: nothing was written, the model makes no sense: in {name}, {fact}")
    keep = model.config.model.keep
    check_can_save(path, replace, keep)
    contents: dict[str, Callable[[BinaryIO], object]] = {
        "phi.npy": _array(model.phi),
        "vocabulary.txt": _lines(model.vocabulary),
        "term_counts.npy": _array(model.term_counts),
        "topic_counts.npy": _array(model.topic_counts),
        topics_file.NAME: lambda stream: stream.write(topics_file.text(model.npmi)),
        "documents.txt": _lines(documents),
        "theta.npy": _array(theta),
        "history.jsonl": _lines(json.dumps(record, allow_nan=False) for record in history),
    }
    if model.phrases is not None:
        contents[_PHRASES] = _lines(map("\t".join, model.phrases.pairs))
    with whole_folder(Path(path), keep) as folder:
        checksums = {name: _write(folder / name, write) for name, write in contents.items()}
        _write(folder / description.NAME, lambda stream: stream.write(description.text(model, checksums)))


def stamp(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """What changes when a model takes the place of another; None if none is there."""
    try:
        status = os.stat(os.path.join(path, description.NAME))
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model directory; raises ModelError if it is missing, damaged or of a newer format.

    While it is replaced this is the model before, or the one after.
    """
    return read_folder(Path(path), _OURS, _load)


def verify(path: str | os.PathLike[str]) -> dict[str, int]:
    """Check all that `load` does, and all that it leaves unread; the bytes of each file by its name.

    Rows of theta sum to one, there is an id for each document, and a line of history for each pass and for
    the result.

    Raises ModelError, which names the first file that is not as it must be.
    """
    return read_folder(Path(path), _OURS, _verified)


def _verified(folder: Opened) -> dict[str, int]:
    _load(folder, THOROUGH)
    return {name: folder.size(name) for name in (description.NAME, *folder.description()["files"])}


class _HashingWriter:
    """A binary stream that knows the SHA-256 of what went through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        return self._stream.write(data)


def _write(path: Path, write: Callable[[BinaryIO], object]) -> str:
    """Write one file to the disk; the SHA-256 of its bytes, in hexadecimal."""
    with open(path, "xb") as stream:
        hashing = _HashingWriter(stream)
        write(hashing)  # type: ignore[arg-type]  # `write` is all that is called
        flush_to_disk(stream)
    return hashing.sha256.hexdigest()


def _array(array: npt.NDArray[Any]) -> Callable[[BinaryIO], object]:
    return lambda stream: np.lib.format.write_array(
        stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False
    )


def _lines(lines: Iterable[str]) -> Callable[[BinaryIO], object]:
    def write(stream: BinaryIO) -> None:
        for line in lines:
            stream.write(line.encode() + b"\n")

    return write


def _load(folder: Opened, checks: Checks = QUICK) -> Model:
    data = folder.description()
    try:
        sizes = {name: int(data["sizes"][name]) for name in ("topics", "terms", "documents", "tokens")}
        n_topics, n_terms, n_documents = sizes["topics"], sizes["terms"], sizes["documents"]
        config = _without_paths(from_mapping(data["config"], str(folder.path / description.NAME)))
        named = _FILES | {_PHRASES} if config.vocabulary.phrases.are_on else _FILES
        if not named >= set(data["files"]):
            raise ValueError("the names of its files, of which such a model has fewer")
        checksums = {name: str(data["files"][name]) for name in named}
        alpha = np.asarray(data["alpha"], dtype=np.float64)
        eta, fingerprint = float(data["eta"]), str(data["corpus_fingerprint"])
        pruning, is_complete = description.pruning(data), bool(data["complete"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged(folder.path / description.NAME, f"it lacks or spoils {error}") from error
    except ConfigError as error:
        raise ModelError(f"{error}; train the model again") from error

    def read(name: str, parse: Callable[[BinaryIO], Any]) -> Any:
        return folder.read(name, checksums[name], parse)

    def array(name: str, shape: tuple[int, ...], kind: npt.DTypeLike) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = read(name, lambda stream: _read_array(stream, shape, np.dtype(kind)))
        return found

    vocabulary = read("vocabulary.txt", _read_lines)
    phrases = None
    if _PHRASES in checksums:
        phrases = Phrases(read(_PHRASES, _read_pairs), config.vocabulary.phrases.max_words)
    model = Model(
        phi=array("phi.npy", (n_topics, n_terms), np.float32),
        vocabulary=vocabulary,
        alpha=alpha,
        eta=eta,
        term_counts=array("term_counts.npy", (n_terms, 2), np.int64),
        topic_counts=array("topic_counts.npy", (n_topics,), np.float64),
        npmi=read(topics_file.NAME, topics_file.parsed),
        n_documents=n_documents,
        fingerprint=fingerprint,
        config=config,
        pruning=pruning,
        phrases=phrases,
        is_complete=is_complete,
    )
    for name, check in checks.items():
        read(name, partial(check, n_documents, n_topics))
    check_model(folder.path, model, sizes["tokens"])
    return model


def _without_paths(config: Config) -> Config:
    """The config, unless its stop words would be read from a file: `train` stores words. Else ValueError."""
    for setting in (config.vocabulary.stop_words, config.vocabulary.extra_stop_words):
        if isinstance(setting, str) and setting != "none" and setting not in LANGUAGES:
            raise ValueError(f"the stop words: a model holds words, and {setting!r} is a path")
    return config


def _read_array(stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    check_header(stream, shape, dtype)
    return np.fromfile(stream, dtype, math.prod(shape)).reshape(shape)


def _read_lines(stream: BinaryIO) -> tuple[str, ...]:
    return tuple(stream.read().decode().split("\n")[:-1])


def _read_pairs(stream: BinaryIO) -> tuple[tuple[str, str], ...]:
    pairs = []
    for line in _read_lines(stream):
        words = line.split("\t")
        if len(words) != 2 or not all(words):
            raise ValueError("each of its lines must be two words with a tab between them")
        pairs.append((words[0], words[1]))
    return tuple(pairs)
