"""The model directory: written whole or not at all, and read back with every check.

model.json names the format and the SHA-256 of every file beside it, and ends with that of its own text above
that line. There is no pickle anywhere: matrices are .npy files whose header is compared with the sizes that
model.json states before anything is allocated.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from .. import __version__
from ..atomic import check_folder_can_be_made, flush_to_disk, whole_folder
from ..config import Config, from_mapping, to_mapping
from ..config.languages import LANGUAGES
from ..corpus.phrases import Phrases
from ..corpus.vocabulary import Amount, PruningReport
from ..errors import ConfigError, ModelError, NewerModelError, OutputError
from ..opening import open_regular
from .model import Model

FORMAT = 1
ATTEMPTS = 5  # to read a model that is being replaced
DESCRIPTION_BYTES = 1 << 26  # of model.json, at most: a million topics, and stop words as long as they may be

_SEAL = '  "sha256_of_the_above": '
_FILES = {
    "phi.npy",
    "vocabulary.txt",
    "term_counts.npy",
    "topic_counts.npy",
    "documents.txt",
    "theta.npy",
    "history.jsonl",
}
_PHRASES = "phrases.txt"  # only where the config wants phrases
_OURS = _FILES | {"model.json", _PHRASES}


def check_can_save(path: str | os.PathLike[str], replace: bool) -> None:
    """Raise OutputError if `save` could not write here, or would replace what it must not."""
    folder = Path(path)
    if is_there(folder) and not replace:
        raise OutputError(
            f"{folder}: a model is there already; --force replaces it, --if-changed does so when needed"
        )
    check_folder_can_be_made(folder)


def is_there(folder: Path) -> bool:
    """Whether a model is there; raises OutputError if something else is, which no model may replace."""
    if not os.path.lexists(folder):
        return False
    if not folder.is_dir():
        raise OutputError(f"{folder}: is not a folder; name another place with --model")
    try:
        entries = {entry.name: entry.is_file() for entry in os.scandir(folder)}
    except OSError as error:
        raise OutputError(f"{folder}: cannot be read: {(error.strerror or '').lower()}") from error
    strangers = sorted(name for name, is_file in entries.items() if name not in _OURS or not is_file)
    if entries and "model.json" not in entries:
        strangers = sorted(entries)
    if strangers:
        raise OutputError(
            f"{folder}: holds {strangers[0]!r}, which is no part of a model; name another place with --model"
        )
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
    history : a mapping a pass

    Raises OutputError if it cannot be written, or if something is there and `replace` is false.
    """
    check_can_save(path, replace)
    contents: dict[str, Callable[[BinaryIO], object]] = {
        "phi.npy": _array(model.phi),
        "vocabulary.txt": _lines(model.vocabulary),
        "term_counts.npy": _array(model.term_counts),
        "topic_counts.npy": _array(model.topic_counts),
        "documents.txt": _lines(documents),
        "theta.npy": _array(theta),
        "history.jsonl": _lines(json.dumps(record) for record in history),
    }
    if model.phrases is not None:
        contents[_PHRASES] = _lines(map("\t".join, model.phrases.pairs))
    with whole_folder(Path(path)) as folder:
        checksums = {name: _write(folder / name, write) for name, write in contents.items()}
        _write(folder / "model.json", lambda stream: stream.write(_description(model, checksums)))


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model directory; raises ModelError if it is missing, damaged or of a newer format."""
    folder = Path(path)
    for attempt in range(1, ATTEMPTS + 1):
        before = _identity(folder)
        try:
            return _load(folder)
        except ModelError:
            # Replaced while it was read: some files were the old model's, some the new one's.
            if attempt == ATTEMPTS or _identity(folder) == before:
                raise
    raise AssertionError("unreachable")


def _identity(folder: Path) -> tuple[int, ...] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    # the number of a folder that was deleted is given to the next one made: the times tell them apart
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


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


def _description(model: Model, checksums: Mapping[str, str]) -> bytes:
    """The text of model.json."""
    data = {
        "format": FORMAT,
        "lda_cli": __version__,
        "sizes": {
            "topics": model.n_topics,
            "terms": len(model.vocabulary),
            "documents": model.n_documents,
            "tokens": model.n_tokens,
        },
        "complete": model.is_complete,
        **_pruning_told(model.pruning),
        "alpha": model.alpha.tolist(),
        "eta": model.eta,
        "corpus_fingerprint": model.fingerprint,
        "config": to_mapping(model.config),
        "files": dict(checksums),
    }
    text = json.dumps(data, indent=2, ensure_ascii=True).removesuffix("\n}") + ",\n"
    return (text + _seal(text)).encode()


def _pruning_told(pruning: PruningReport | None) -> dict[str, object]:
    if pruning is None:
        return {}
    removed = asdict(pruning)
    return {"vocabulary": {"found": removed.pop("found"), "removed": removed}}


def _pruning_read(data: Mapping[str, Any]) -> PruningReport | None:
    """What a description tells of the vocabulary; those of earlier models tell nothing."""
    if "vocabulary" not in data:
        return None
    told = {"found": data["vocabulary"]["found"], **data["vocabulary"]["removed"]}
    amounts = [told[rule.name] for rule in fields(PruningReport)]
    return PruningReport(*(Amount(int(amount["terms"]), int(amount["tokens"])) for amount in amounts))


def _seal(text: str) -> str:
    return f'{_SEAL}"{hashlib.sha256(text.encode()).hexdigest()}"\n}}\n'


def _load(folder: Path) -> Model:
    data = _read_description(folder)
    try:
        sizes = {name: int(data["sizes"][name]) for name in ("topics", "terms", "documents", "tokens")}
        n_topics, n_terms, n_documents = sizes["topics"], sizes["terms"], sizes["documents"]
        config = _without_paths(from_mapping(data["config"], str(folder / "model.json")))
        named = _FILES | {_PHRASES} if config.vocabulary.phrases.are_on else _FILES
        checksums = {name: str(data["files"][name]) for name in named}
        alpha = np.asarray(data["alpha"], dtype=np.float64)
        eta, fingerprint = float(data["eta"]), str(data["corpus_fingerprint"])
        pruning = _pruning_read(data)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _damaged(folder / "model.json", f"it lacks or spoils {error}") from error
    except ConfigError as error:
        raise ModelError(f"{error}; train the model again") from error

    def array(name: str, shape: tuple[int, ...], kind: npt.DTypeLike) -> npt.NDArray[Any]:
        dtype = np.dtype(kind)
        found: npt.NDArray[Any] = _read(
            folder, name, checksums[name], lambda stream: _read_array(stream, shape, dtype)
        )
        return found

    vocabulary = _read(folder, "vocabulary.txt", checksums["vocabulary.txt"], _read_lines)
    phrases = None
    if _PHRASES in checksums:
        pairs = _read(folder, _PHRASES, checksums[_PHRASES], _read_pairs)
        phrases = Phrases(pairs, config.vocabulary.phrases.max_words)
    model = Model(
        phi=array("phi.npy", (n_topics, n_terms), np.float32),
        vocabulary=vocabulary,
        alpha=alpha,
        eta=eta,
        term_counts=array("term_counts.npy", (n_terms, 2), np.int64),
        topic_counts=array("topic_counts.npy", (n_topics,), np.float64),
        n_documents=n_documents,
        fingerprint=fingerprint,
        config=config,
        pruning=pruning,
        phrases=phrases,
        is_complete=bool(data.get("complete", True)),
    )
    theta = (n_documents, n_topics), np.dtype(np.float32)
    _read(folder, "theta.npy", checksums["theta.npy"], lambda stream: _check_header(stream, *theta))
    for name in ("documents.txt", "history.jsonl"):
        _read(folder, name, checksums[name], lambda stream: None)
    _check(folder, model, sizes["tokens"])
    return model


def _without_paths(config: Config) -> Config:
    """The config, unless its stop words would be read from a file: `train` stores words. Else ValueError."""
    for setting in (config.vocabulary.stop_words, config.vocabulary.extra_stop_words):
        if isinstance(setting, str) and setting != "none" and setting not in LANGUAGES:
            raise ValueError(f"the stop words: a model holds words, and {setting!r} is a path")
    return config


def _read_description(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    try:
        with open_regular(path) as stream:
            if os.fstat(stream.fileno()).st_size > DESCRIPTION_BYTES:
                raise _damaged(path, f"it is larger than {DESCRIPTION_BYTES} bytes")
            raw = stream.read()
    except (FileNotFoundError, NotADirectoryError) as error:
        if os.path.isdir(folder):
            raise ModelError(f"{folder}: is not a model, it has no model.json") from error
        raise ModelError(
            f"{folder}: there is no model; train one with lda-cli train --model {folder}"
        ) from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {(error.strerror or '').lower()}") from error
    try:
        data = json.loads(raw)
        made_by_format = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, "it is not the description of a model") from error
    if isinstance(made_by_format, int) and made_by_format > FORMAT:
        raise NewerModelError(
            f"{folder}: is of format {made_by_format}, and this lda-cli {__version__} reads {FORMAT}; "
            "use a newer lda-cli"
        )
    text, seal, _ = raw.decode("utf-8", "replace").rpartition(_SEAL)
    if made_by_format != FORMAT or not seal or raw != (text + _seal(text)).encode():
        raise _damaged(path, "its text does not match its checksum")
    return dict(data)


def _read(folder: Path, name: str, checksum: str, parse: Callable[[BinaryIO], Any]) -> Any:
    """What `parse` makes of a file, once the file's bytes are known to be the ones that were written."""
    path = folder / name
    try:
        with open_regular(path) as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != checksum:
                raise _damaged(path, "its bytes do not match their checksum")
            stream.seek(0)
            return parse(stream)
    except FileNotFoundError as error:
        raise _damaged(path, "it is missing") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {(error.strerror or '').lower()}") from error
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _read_array(stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    _check_header(stream, shape, dtype)
    return np.fromfile(stream, dtype, math.prod(shape)).reshape(shape)


def _check_header(stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise ValueError unless an .npy file holds just such an array; leave the stream where it begins."""
    try:
        is_version_1 = np.lib.format.read_magic(stream) == (1, 0)
        header = np.lib.format.read_array_header_1_0(stream)
    except Exception as error:  # whatever Python's parser raises of a text that is no header
        raise ValueError("it is no .npy file") from error
    n_bytes = os.fstat(stream.fileno()).st_size - stream.tell()
    expected = is_version_1 and header == (shape, False, dtype)
    if not expected or n_bytes != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"it does not hold {shape} numbers of type {dtype}")


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


def _check(folder: Path, model: Model, n_tokens: int) -> None:
    """What must hold of any model, however its files came about."""
    phi, alpha, terms = model.phi, model.alpha, model.vocabulary
    facts = [
        (
            "model.json",
            "alpha must be positive numbers, one a topic",
            alpha.shape == (len(phi),) and _all_at_least(alpha, 0) and np.all(alpha > 0),
        ),
        ("model.json", "there must be two topics or more", len(phi) >= 2),
        ("model.json", "eta must be a number of at least 0", math.isfinite(model.eta) and model.eta >= 0),
        (
            "vocabulary.txt",
            "it must have a different term for each column of Phi",
            len(set(terms)) == len(terms) == phi.shape[1] > 0,
        ),
        (
            "phi.npy",
            "its rows must be probabilities that sum to one",
            _all_at_least(phi, 0) and np.allclose(phi.sum(axis=1, dtype=np.float64), 1, atol=1e-4),
        ),
        ("phi.npy", "every term must be possible in some topic", np.all(phi.max(axis=0, initial=0) > 0)),
        ("topic_counts.npy", "its numbers must be at least 0", _all_at_least(model.topic_counts, 0)),
        ("topic_counts.npy", "some topic must have tokens", model.topic_counts.sum() > 0),
        ("term_counts.npy", "its numbers must be at least 1", np.all(model.term_counts > 0)),
        ("term_counts.npy", "the tokens must add up", model.n_tokens == n_tokens),
    ]
    for name, fact, holds in facts:
        if not holds:
            raise _damaged(folder / name, fact)


def _all_at_least(numbers: npt.NDArray[Any], minimum: float) -> bool:
    return bool(np.all(np.isfinite(numbers) & (numbers >= minimum)))


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"{path}: the model is damaged, {why}; train it again, or restore it from a copy")
