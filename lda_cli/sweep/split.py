"""The documents that no run learns from: a share of the corpus, chosen by a hash of ids, or other files.

A document is held out or not whatever other documents there are, and in whatever order: more documents change
nothing for those that were there.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, vstack

from ..config import Config
from ..corpus.counts.cache import KnownFiles
from ..corpus.counts.counts_file import StoredDocuments
from ..corpus.inputs.inputs import STDIN, Inputs
from ..corpus.reading import fingerprint
from ..corpus.terms.counting import UNKNOWN
from ..engine.arrays import UInt64
from ..errors import ConfigError
from ..inference import counted
from ..model.model import Model

_HASHES = 1 << 64
_PART = re.compile(r"#[0-9]+\Z")  # the end of an id that corpus.split made


@dataclass(frozen=True)
class HeldOut:
    """What is held out: a share of the corpus, the documents of a path, or nothing."""

    share: float = 0.0
    path: str | None = None

    @classmethod
    def parsed(cls, text: str) -> "HeldOut":
        """Read the value of --held-out: a share, a path, or none. Raises ConfigError."""
        if text == "none":
            return cls()
        try:
            share = float(text)
        except ValueError:
            if text == STDIN:
                raise ConfigError("--held-out: standard input can be read only once; give files") from None
            return cls(path=text)
        if not 0 < share < 1:
            raise ConfigError(f"--held-out: must be a share between 0 and 1, a path, or none, not {text!r}")
        return cls(share)

    def part(self, config: Config) -> "TrainingPart | None":
        """Return the part of the corpus that is trained on; None for all of it."""
        return TrainingPart(self.share, config.corpus.split.by is not None) if self.share else None

    def identity(self, config: Config) -> str:
        """Say what is held out, so that other documents are said otherwise. Raises as `fingerprint` does."""
        if self.path is None:
            return f"{self.share:g} of the documents" if self.share else "none"
        return f"documents {fingerprint(Inputs.of(config, [self.path]), KnownFiles(None))}"


@dataclass(frozen=True)
class TrainingPart:
    """Says of a document's id whether it is trained on, not held out.

    share : of the documents that are held out, about
    has_parts : whether documents are parts of others; all parts of one stay together
    """

    share: float
    has_parts: bool = False

    def __call__(self, name: str) -> bool:
        """Whether the document is trained on."""
        return key_of(_PART.sub("", name) if self.has_parts else name) >= self.share * _HASHES


def key_of(name: str) -> int:
    """Return the first 64 bits of the SHA-256 of an id."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big")


class HeldOutCounts(NamedTuple):
    """The terms of D documents that no run learned from.

    counts : (D, V) CSR of int32, columns of the vocabulary, sorted in each row
    keys : (D,) uint64, of the ids
    """

    counts: csr_matrix
    keys: UInt64


def counts_of(documents: StoredDocuments, model: Model) -> HeldOutCounts | None:
    """Return the counts of stored documents in the vocabulary of a model; None if there are none."""
    return _held_out(documents.names(), list(in_vocabulary(documents, model)))


def counts_of_path(path: str, config: Config, model: Model) -> HeldOutCounts | None:
    """Read documents and count the terms of a model. Raises the errors of `inference.counted`."""
    names: list[str] = []
    rows = []
    for found, texts in counted(model, Inputs.of(config, [path])):
        names += [document.id for document in found]
        part = texts.rows
        rows.append(csr_matrix((part.data, part.indices, part.indptr), part.shape))
    return _held_out(names, rows)


def in_vocabulary(documents: StoredDocuments, model: Model) -> Iterable[csr_matrix]:
    """Yield the counts of some documents at a time, in order: (n, V) CSR of int32, sorted in each row."""
    columns = {term: column for column, term in enumerate(model.vocabulary)}
    column_of = np.array([columns.get(term, UNKNOWN) for term in documents.terms], np.int32)
    for part in documents.counts():
        known = part.renumbered(column_of, len(columns)).sorted()
        yield csr_matrix((known.data, known.indices, known.indptr), known.shape)


def _held_out(names: Iterable[str], rows: list[csr_matrix]) -> HeldOutCounts | None:
    keys = np.fromiter(map(key_of, names), np.uint64)
    return HeldOutCounts(vstack(rows, "csr"), keys) if len(keys) else None


def check_inputs(corpus: Iterable[str], config: Config) -> None:
    """Raise ConfigError for standard input, which can be read only once."""
    if STDIN in (tuple(corpus) or (config.corpus.path,)):
        raise ConfigError("sweep: standard input can be read only once; give files")


def folder_of_cache(folder: Path, config: Config) -> str:
    """Return where all runs keep the counts of the corpus."""
    return str(folder / ".cache") if config.corpus.cache == "auto" else config.corpus.cache
