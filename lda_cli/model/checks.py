"""The checks of the files of a model: quick ones for every load, thorough ones for `verify`."""

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..corpus.metadata.types import Types, is_of
from .description import damaged
from .model import Model

# Checks of the files that a model does not hold in memory, by name. Called with the numbers of documents and
# topics and the file, they raise ValueError.
Checks = Mapping[str, Callable[[int, int, BinaryIO], object]]

_TOLERANCE = 1e-4  # of sums of float32
_MOST_NPMI = 1 + 1e-9
_MOST_TOKENS = 1e19  # of a topic: more than int64 counts add up to
_ORDER = "it must have a line for each pass, in order, and then a line for the result"
_NUMBERS_AT_A_TIME = 1 << 20
_BYTES_AT_A_TIME = 1 << 20


def check_model(folder: Path, model: Model, n_tokens: int) -> None:
    """Raise ModelError, which names the file, unless all facts hold for a model.

    n_tokens : as model.json has it
    """
    for name, fact in wrong(model, n_tokens):
        raise damaged(folder / name, fact)


def wrong(model: Model, n_tokens: int) -> Iterator[tuple[str, str]]:
    """Yield the invalid files of a model, each with the fact that does not hold."""
    for name, fact, holds in _facts(model, n_tokens):
        if not holds:
            yield name, fact


def _facts(model: Model, n_tokens: int) -> Iterator[tuple[str, str, object]]:
    """Yield file, fact, and whether it holds. A fact may rely on those before it."""
    phi, alpha, terms = model.phi, model.alpha, model.vocabulary
    yield (
        "model.json",
        "alpha must be a number from 1e-6 to 1e6 for each topic",
        alpha.shape == (len(phi),) and np.all((alpha >= 1e-6) & (alpha <= 1e6)),  # as in a config
    )
    yield "model.json", "there must be two topics or more", len(phi) >= 2
    yield "model.json", "eta must be a number, at least 0", math.isfinite(model.eta) and model.eta >= 0
    yield (
        "vocabulary.txt",
        "it must have a different term for each column of Phi",
        len(set(terms)) == len(terms) == phi.shape[1] > 0,
    )
    yield "phi.npy", "its rows must be probabilities that sum to one", _are_distributions(phi)
    yield (
        "phi.npy",
        "every term must be possible in some topic",
        np.all(phi.max(axis=0, initial=0) > 0),
    )
    yield (
        "topic_counts.npy",
        f"its numbers must be from 0 to {_MOST_TOKENS:.0e}",
        np.all((model.topic_counts >= 0) & (model.topic_counts <= _MOST_TOKENS)),
    )
    yield (
        "topics.json",
        "it must have a number from -1 to 1 for each topic, or null",
        len(model.npmi) == len(phi)
        and all(value is None or abs(value) <= _MOST_NPMI for value in model.npmi),
    )
    occurrences, documents = model.term_counts.T
    yield "term_counts.npy", "each term must occur once or more", np.all(occurrences > 0)
    yield (
        "term_counts.npy",
        "each term must be in a document, or in none if there are no documents",
        np.all(documents > 0) if model.n_documents else not documents.any(),
    )
    yield "term_counts.npy", "the tokens must add up to the number in model.json", model.n_tokens == n_tokens


def check_header(stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise ValueError unless an .npy file holds exactly an array of this shape and type, in C order.

    The stream is left at the first number.
    """
    try:
        is_version_1 = np.lib.format.read_magic(stream) == (1, 0)
        header = np.lib.format.read_array_header_1_0(stream)
    except Exception as error:  # Python's parser may raise anything
        raise ValueError("it is not an .npy file") from error
    n_bytes = os.fstat(stream.fileno()).st_size - stream.tell()
    expected = is_version_1 and header == (shape, False, dtype)
    if not expected or n_bytes != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"it does not hold {shape} numbers of type {dtype}")


def _theta_size(n_documents: int, n_topics: int, stream: BinaryIO) -> None:
    check_header(stream, (n_documents, n_topics), np.dtype(np.float32))


def _theta(n_documents: int, n_topics: int, stream: BinaryIO) -> None:
    _theta_size(n_documents, n_topics, stream)
    rows = max(1, _NUMBERS_AT_A_TIME // n_topics)
    for first in range(0, n_documents, rows):
        shape = min(rows, n_documents - first), n_topics
        if not _are_distributions(np.fromfile(stream, np.float32, math.prod(shape)).reshape(shape)):
            raise ValueError("its rows must be probabilities that sum to one")


def _lengths_size(n_documents: int, n_topics: int, stream: BinaryIO) -> None:
    check_header(stream, (n_documents,), np.dtype(np.int32))


def _lengths(n_documents: int, n_topics: int, stream: BinaryIO) -> None:
    _lengths_size(n_documents, n_topics, stream)
    if np.any(np.fromfile(stream, np.int32) < 0):
        raise ValueError("its numbers must be 0 or more")


def _documents(n_documents: int, n_topics: int, stream: BinaryIO) -> None:
    n_lines, last = 0, b"\n"
    while data := stream.read(_BYTES_AT_A_TIME):
        n_lines += data.count(b"\n")
        last = data[-1:]
    if n_lines != n_documents or last != b"\n":
        raise ValueError("it must have a line for each document")


def _history(n_documents: int, n_topics: int, stream: BinaryIO) -> None:
    n_passes, is_over = 0, False
    for record in _records(stream):
        is_pass = record.get("pass") in ((n_passes + 1, 1) if n_passes else (1,))  # 1: another start
        if is_over or not (is_pass or record.get("result") is True):
            raise ValueError(_ORDER)
        n_passes, is_over = record.get("pass", 0), not is_pass
    if not is_over:
        raise ValueError(_ORDER)


def _records(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    for line in stream:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise ValueError("each of its lines must be a JSON object")
        yield record


def check_metadata(n_documents: int, types: Types, stream: BinaryIO) -> None:
    """Raise ValueError unless metadata.jsonl has a row for each document, with values of the types."""
    n_rows = 0
    for row in _records(stream):
        n_rows += 1
        if list(row) != list(types) or not all(is_of(row[field], kind) for field, kind in types.items()):
            raise ValueError(
                "each of its lines must have the fields of model.json, with values of their types"
            )
    if n_rows != n_documents:
        raise ValueError("it must have a line for each document")


def _nothing(n_documents: int, n_topics: int, stream: BinaryIO) -> None:
    """Check nothing more than the checksum."""


QUICK: Checks = {
    "theta.npy": _theta_size,
    "lengths.npy": _lengths_size,
    "documents.txt": _nothing,
    "history.jsonl": _nothing,
}
THOROUGH: Checks = {
    "theta.npy": _theta,
    "lengths.npy": _lengths,
    "documents.txt": _documents,
    "history.jsonl": _history,
}


def _are_distributions(rows: npt.NDArray[np.float32]) -> bool:
    if not np.all(np.isfinite(rows) & (rows >= 0)):  # before the sum: NumPy warns about inf - inf
        return False
    return bool(np.allclose(rows.sum(axis=1, dtype=np.float64), 1, atol=_TOLERANCE))
