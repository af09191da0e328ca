"""The model directory: written whole or not at all, and checked when it is read.

model.json has the format and the SHA-256 of every other file; its last line is the SHA-256 of the text above.
There is no pickle: matrices are .npy files, and their headers are compared with the sizes in model.json
before any memory is allocated.
"""

import dataclasses
import hashlib
import json
import math
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..config import Config, files_that_count, from_mapping
from ..corpus.formats.metadata import to_text
from ..corpus.terms.phrases import Phrases
from ..disk.atomic import cannot_write, flush_folder, flush_to_disk, replacing
from ..disk.folders import check_folder_can_be_made, places_of_former, whole_folder
from ..errors import ConfigError, ModelError, OutputError, in_words
from . import description, labels, prevalence, topics_file
from .checks import QUICK, THOROUGH, Checks, check_header, check_metadata, check_model, wrong
from .description import damaged
from .documents import FILES as DOCUMENTS_FILES
from .documents import METADATA, Documents
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
    "lengths.npy",
    "history.jsonl",
}
_REMEDY = "--force replaces it, --if-changed replaces it when needed"
_PHRASES = "phrases.txt"  # only where the config wants phrases
_OURS = _FILES | {description.NAME, _PHRASES, METADATA, labels.NAME, prevalence.NAME}


def check_can_save(path: str | os.PathLike[str], replace: bool, keep: int = 0, remedy: str = _REMEDY) -> None:
    """Raise OutputError if `save` could not write here, or would replace something other than a model.

    keep : number of former models to keep beside it
    remedy : what the message says of a model that is there
    """
    folder = Path(path)
    if is_there(folder) and not replace:
        raise OutputError(f"{folder}: there is a model already; {remedy}")
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
        raise OutputError(f"{place}: is not a model, and a former model would be kept there; {remedy}")


def is_there(folder: Path, remedy: str = "name another place with --model") -> bool:
    """Whether there is a model. Raises OutputError if there is something else, which is never replaced."""
    if not os.path.lexists(folder):
        return False
    try:
        entries = {entry.name: entry.is_file() for entry in os.scandir(folder)}
    except (FileNotFoundError, NotADirectoryError):  # FileNotFoundError: a broken link
        raise OutputError(f"{folder}: is not a folder; {remedy}") from None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be read: {in_words(error)}") from error
    strangers = sorted(name for name, is_file in entries.items() if name not in _OURS or not is_file)
    if entries and description.NAME not in entries:
        strangers = sorted(entries)
    if strangers:
        raise OutputError(f"{folder}: contains {strangers[0]!r}, which is not part of a model; {remedy}")
    return bool(entries)


def save(
    model: Model,
    path: str | os.PathLike[str],
    *,
    documents: Iterable[str],
    theta: npt.NDArray[np.float32],
    lengths: npt.NDArray[np.int32],
    history: Iterable[Mapping[str, object]],
    metadata: Iterable[str] = (),
    before: Documents | None = None,
    replace: bool = False,
) -> None:
    """Write the model directory. The old one stays at `path` until the new one is whole.

    documents : (n,) ids of the training documents, the last n of D
    theta : (n, K) float32, rows sum to one
    lengths : (n,) int32, tokens of each of them
    history : a mapping for each pass, and one for the result
    metadata : a JSON object for each of them, if the model's config wants metadata
    before : the first D - n documents, which another model has; None if n is D

    model.keep of the model's config is the number of former models to keep beside it.

    Raises OutputError if it cannot be written, or if there is a model and `replace` is false, and ModelError
    if `load` would refuse this model.
    """
    for name, fact in wrong(model, model.n_tokens):
        raise ModelError(f"{path}: not saved: {name} is invalid: {fact}")
    keep = model.config.model.keep
    check_can_save(path, replace, keep)
    ids: Iterable[str] = documents
    thetas: Iterable[npt.NDArray[np.float32]] = [theta]
    rows: Iterable[str] = metadata
    if before is not None:
        ids = chain(before.ids(), documents)
        thetas = chain((block for _, block in before.blocks()), thetas)
        rows = chain(map(to_text, before.metadata()), metadata)
        lengths = np.concatenate([before.lengths, lengths])
    contents: dict[str, Callable[[BinaryIO], object]] = {
        "phi.npy": _array(model.phi),
        "vocabulary.txt": _lines(model.vocabulary),
        "term_counts.npy": _array(model.term_counts),
        "topic_counts.npy": _array(model.topic_counts),
        topics_file.NAME: lambda stream: stream.write(topics_file.text(model.npmi)),
        "documents.txt": _lines(ids),
        "theta.npy": _stacked(thetas, (model.n_documents, model.n_topics)),
        "lengths.npy": _array(lengths),
        "history.jsonl": _lines(json.dumps(record, allow_nan=False) for record in history),
    }
    if model.phrases is not None:
        contents[_PHRASES] = _lines(map("\t".join, model.phrases.pairs))
    if model.prevalence is not None:
        of_metadata = prevalence.text(model.prevalence)
        contents[prevalence.NAME] = lambda stream: stream.write(of_metadata)
    if model.config.corpus.has_metadata or model.metadata_types:
        contents[METADATA] = _lines(rows)
    with whole_folder(Path(path), keep) as folder:
        checksums = {name: _write(folder / name, write) for name, write in contents.items()}
        if model.labels:
            named = labels.text(model.labels, checksums["phi.npy"])
            _write(folder / labels.NAME, lambda stream: stream.write(named))
        _write(folder / description.NAME, lambda stream: stream.write(description.text(model, checksums)))


def stamp(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Return (inode, mtime_ns) of model.json, which change with each replacement; None without a model."""
    try:
        status = os.stat(os.path.join(path, description.NAME))
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def digest(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of model.json, which has those of the other files. Raises ModelError."""
    file = os.path.join(path, description.NAME)
    try:
        with open(file, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{file}: {in_words(error)}") from error


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model directory. While it is replaced, this is the old model or the new one.

    Raises ModelError if it is missing or damaged, and NewerModelError.
    """
    return read_folder(Path(path), _OURS, _load)


def verify(path: str | os.PathLike[str]) -> dict[str, int]:
    """Check a model as `load` does, and the content of the files that `load` does not read.

    Rows of theta sum to one, there is an id for each document, and a line of history for each pass and for
    the result.

    Returns the size of each file in bytes, by name. Raises ModelError, which names the first invalid file.
    """
    return read_folder(Path(path), _OURS, _verified)


def _verified(folder: Opened) -> dict[str, int]:
    has_labels = bool(_load(folder, THOROUGH).labels)
    names = (description.NAME, *folder.description()["files"], *[labels.NAME] * has_labels)
    return {name: folder.size(name) for name in names}


def put_labels(path: str | os.PathLike[str], given: labels.Labels, near: Path) -> None:
    """Replace the labels of a model by these; without any, it has no file of labels.

    near : the new file has a hidden name beside this one until it is whole, and not one in the folder, which
        is no model with a strange file in it

    Raises ModelError if there is no model, and OutputError. The caller holds the lock of the model.
    """
    place = Path(path) / labels.NAME
    data = read_folder(Path(path), {description.NAME}, Opened.description)
    with cannot_write(place):
        if given:
            with replacing(place, near=near) as file:
                file.write(labels.text(given, data["files"]["phi.npy"]))
        else:
            place.unlink(missing_ok=True)
            flush_folder(place.parent)


def raw_labels(path: str | os.PathLike[str]) -> bytes | None:
    """Return the bytes of the file of labels, whatever they are; None if it cannot be read."""
    try:
        return read_folder(Path(path), {labels.NAME}, lambda folder: folder.small(labels.NAME))
    except (OSError, ValueError, ModelError):
        return None


class _HashingWriter:
    """A binary stream that computes the SHA-256 of the bytes written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        return self._stream.write(data)


def _write(path: Path, write: Callable[[BinaryIO], object]) -> str:
    """Write one file to the disk, and return the SHA-256 of its bytes, in hexadecimal."""
    with open(path, "xb") as stream:
        hashing = _HashingWriter(stream)
        write(hashing)  # type: ignore[arg-type]  # only `write` is called
        flush_to_disk(stream)
    return hashing.sha256.hexdigest()


def _array(array: npt.NDArray[Any]) -> Callable[[BinaryIO], object]:
    return lambda stream: np.lib.format.write_array(
        stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False
    )


def _stacked(
    blocks: Iterable[npt.NDArray[np.float32]], shape: tuple[int, int]
) -> Callable[[BinaryIO], object]:
    """Write blocks of rows as one array of float32."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False}

    def write(stream: BinaryIO) -> None:
        np.lib.format.write_array_header_1_0(stream, header | {"shape": shape})
        for block in blocks:
            stream.write(np.ascontiguousarray(block, np.float32).data)

    return write


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
        stored = from_mapping(data["config"], str(folder.path / description.NAME))
        metadata_types = description.metadata_types(data)
        config, wants_metadata = _without_files(stored), stored.corpus.has_metadata or bool(metadata_types)
        named = _FILES | ({_PHRASES} if config.vocabulary.phrases.are_on else set())
        named |= {METADATA} if wants_metadata else set()
        named |= {prevalence.NAME} & set(data["files"])
        if not named >= set(data["files"]):
            raise ValueError("'files', which has unknown names")
        checksums = {name: str(data["files"][name]) for name in named}
        alpha = np.asarray(data["alpha"], dtype=np.float64)
        eta, fingerprint = float(data["eta"]), str(data["corpus_fingerprint"])
        pruning, is_complete = description.pruning(data), bool(data["complete"])
        unit, sources = description.unit(data), description.sources(data)
        imported, origin = description.imported(data), description.origin(data)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged(folder.path / description.NAME, f"a field is missing or invalid: {error}") from error
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
        metadata_types=metadata_types,
        unit=unit,
        sources=sources,
        imported=imported,
        **origin,
        labels=_labels(folder, checksums["phi.npy"], n_topics),
        prevalence=read(prevalence.NAME, partial(prevalence.parsed, n_topics, metadata_types))
        if prevalence.NAME in checksums
        else None,
    )
    for name, check in checks.items():
        read(name, partial(check, n_documents, n_topics))
    if wants_metadata:
        check = partial(check_metadata, n_documents, metadata_types)
        read(METADATA, check if checks is THOROUGH else lambda stream: None)
    check_model(folder.path, model, sizes["tokens"])
    files = {name: folder.duplicate(name) for name in DOCUMENTS_FILES if name in checksums}
    return dataclasses.replace(model, documents=Documents(files, (n_documents, n_topics)))


def _labels(folder: Opened, phi: str, n_topics: int) -> labels.Labels:
    """Return the labels of the topics; none if there is no file.

    phi : SHA-256 of phi.npy, in hexadecimal
    """
    try:
        return labels.parsed(folder.small(labels.NAME), phi, n_topics)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        remedy = "delete the file, and name the topics again with lda-cli label"
        raise ModelError(f"{folder.path / labels.NAME}: is damaged, {error}; {remedy}") from error


def _without_files(config: Config) -> Config:
    """Return the config of a model, so that no file is read because a model names it.

    A vocabulary file is what the corpus was read with, and metadata are in the model. Raises ValueError for
    files of stop words: `train` stores the words.
    """
    corpus = dataclasses.replace(config.corpus, vocabulary=None, metadata=None)
    config = dataclasses.replace(config, corpus=corpus)
    for key, path in files_that_count(config).items():
        raise ValueError(f"{key}: {path!r} is a path, and must be words")
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
            raise ValueError("each line must be two words with a tab between them")
        pairs.append((words[0], words[1]))
    return tuple(pairs)
