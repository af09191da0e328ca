"""What a reader finds in the files of another tool, and how it opens them and complains."""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Self

import numpy as np

from ..corpus.formats.records import InputError
from ..corpus.inputs.compression import DamagedError, streams
from ..corpus.inputs.files import printable
from ..disk.atomic import cannot_write
from ..disk.opening import open_regular
from ..engine import memory
from ..engine.arrays import Float32, Float64, Int32, Int64
from ..errors import CorpusError, in_words

_WRITE_IT_ANEW = "write it again"


@dataclass(frozen=True)
class TrainedDocuments:
    """The training documents of the other tool, at least one.

    ids, lengths : of D documents, their tokens, (D,) int32
    theta : (D, K) float32, rows sum to one
    """

    ids: Iterable[str]
    theta: Float32
    lengths: Int32


@dataclass(frozen=True)
class Found:
    """A model of another tool.

    source : what was read, for people
    phi : (K, V) float32, rows sum to one
    terms : V different ones
    alpha : (K,) float64, or None if the files do not say
    alpha_sum : of the tool's default, the same for each topic
    eta : the prior of phi
    occurrences : (V,) int64, of each term in the training corpus, at least 1, perhaps estimated
    topic_counts : (K,) float64, tokens of each topic
    term_documents : (V,) int64, the documents that have each term, all 0 without documents
    npmi : of each topic, None if unknown
    fingerprint : SHA-256 of all files that were read
    warnings : a line each
    """

    source: str
    phi: Float32
    terms: tuple[str, ...]
    alpha: Float64 | None
    alpha_sum: float
    eta: float
    occurrences: Int64
    topic_counts: Float64
    fingerprint: str
    term_documents: Int64 | None = None
    npmi: tuple[float | None, ...] | None = None
    documents: TrainedDocuments | None = None
    warnings: Sequence[str] = ()


class Files:
    """The files of one import, opened in turn; `digest` is of all their stored bytes.

    Temporary files are gone when the block ends.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder of temporary files."""
        self.digest = hashlib.sha256()
        self._folder, self._stack = folder, contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def temporary(self) -> IO[bytes]:
        """Return a new file without a name. Raises OutputError."""
        with cannot_write(self.temporary_name):
            return self._stack.enter_context(tempfile.TemporaryFile(dir=self._folder))

    @property
    def temporary_name(self) -> str:
        """What errors call temporary files."""
        return f"a temporary file in {self._folder}"

    @contextlib.contextmanager
    def opened(self, path: str, *, again: bool = False) -> Iterator[BinaryIO]:
        """Open a file, decompressed, for a block that reads it to its end.

        again : it was read before, and is not part of the digest twice

        Raises CorpusError, also for an InputError of the block: with the file, the line, and what to do.
        """
        with complaints(path), open_regular(Path(path)) as file:
            yield streams(path, file, None if again else self.digest)[1]


@contextlib.contextmanager
def complaints(path: str) -> Iterator[None]:
    """Turn an InputError or an OSError of the block into a CorpusError that names the file."""
    try:
        yield
    except InputError as error:
        place = "" if error.place is None else f":{error.place}"
        remedy = _WRITE_IT_ANEW if isinstance(error, DamagedError) else error.remedy
        raise CorpusError(f"{printable(path)}{place}: {error.reason}; {remedy}") from None
    except MemoryError:
        raise CorpusError(f"{printable(path)}: not enough memory for this model") from None
    except OSError as error:
        raise CorpusError(f"{printable(path)}: {in_words(error)}; check the path") from None


def wrong(reason: str, line: int | None = None, remedy: str = _WRITE_IT_ANEW) -> InputError:
    """Return the error for a file that cannot be used; `complaints` adds its name."""
    return InputError(reason, line, remedy)


def check_room(n_topics: int, n_terms: int, bytes_a_cell: int) -> None:
    """Raise InputError if an array of K x V cells certainly needs more memory than there is."""
    needed, there = n_topics * n_terms * bytes_a_cell, memory.of_machine()
    if needed > there:
        sizes = f"{n_topics} topics of {n_terms} terms need {needed / 1e9:,.0f} GB of memory"
        raise wrong(f"{sizes}, and this machine has {there / 1e9:,.0f} GB", remedy="use a larger machine")


def checked_terms(terms: Sequence[str]) -> tuple[str, ...]:
    """Return the terms, if they can be those of a model. Raises InputError."""
    if not terms:
        raise wrong("has no terms")
    for term in terms:
        if not term or "".join(term.splitlines()) != term or "\0" in term:
            raise wrong(f"term {shown(term)} is empty, or has a line break", remedy="leave it out")
    if len(set(terms)) < len(terms):
        seen: set[str] = set()
        twice = next(term for term in terms if term in seen or seen.add(term))  # type: ignore[func-returns-value]
        raise wrong(f"term {shown(twice)} is there twice", remedy="give each term once")
    return tuple(terms)


def occurrences_of(expected: Float64) -> Int64:
    """Return the occurrences of each term, (V,), at least 1, from expected ones. Raises InputError."""
    if not expected.sum() <= _TOKENS_AT_MOST:
        raise wrong(f"its counts add up to more than {_TOKENS_AT_MOST:.0e} tokens, as no corpus has")
    return np.rint(expected).clip(1).astype(np.int64)


def checked_alpha(alpha: Any, n_topics: int) -> Float64:
    """Return alpha as (K,) float64; one number serves for all topics. Raises InputError."""
    found = np.asarray(alpha).ravel()
    if found.dtype.kind not in "fiu":
        raise wrong(f"alpha must be numbers, not {found.dtype}")
    found = found.astype(np.float64)
    if found.size not in (1, n_topics):
        raise wrong(f"{found.size} numbers of alpha for {n_topics} topics", remedy="give one for each topic")
    if not np.all((found >= 0) & (found <= LARGEST_PRIOR)):
        raise wrong(f"alpha must be numbers from 0 to {LARGEST_PRIOR:.0e}")
    # a tool may print 0 for a small one
    return np.broadcast_to(np.maximum(found, SMALLEST_PRIOR), n_topics).copy()


SMALLEST_PRIOR, LARGEST_PRIOR = 1e-6, 1e6  # as in a config
_TOKENS_AT_MOST = 2**53  # whole numbers of a float


def at_least_two(n_topics: int) -> None:
    """Raise InputError for fewer than two topics."""
    if n_topics < 2:
        raise wrong(f"{n_topics} topic; a model has two or more", remedy="give all topics")


def shown(text: str | bytes) -> str:
    """Return a part of a file for a message, short and printable."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= 40 else text[:40] + "...")
