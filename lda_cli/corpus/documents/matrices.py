"""Counts of documents by terms, from files of other programs. Used where chunks are made.

Matrix Market (.mtx), UCI (docword.*) and SciPy (.npz) are read by SciPy, and the whole matrix is in memory.
lda-c (.ldac) has a document a line, `N term:count ...` with terms from 0, and is read as a stream.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...config import CorpusConfig
from ...errors import CorpusError, in_words
from ..formats.records import FIX_IT, Document, MalformedError
from ..inputs.files import Source, printable
from ..inputs.report import Report
from ..terms.rows import IntArray, Rows
from .blocks import LONG_LINE, too_long

Csr = Any  # scipy.sparse.csr_matrix: SciPy is imported where a matrix is read

LARGEST = 2**31 - 1  # of counts, and of numbers of documents

# A header may have this many documents, and more per entry: without entries they need memory, but no bytes.
_EMPTY, _EMPTY_PER_ENTRY = 1_000_000, 10
_CHUNK_DOCUMENTS, _CHUNK_ENTRIES = 1 << 16, 1 << 18  # at most; one document may have more entries

_OTHER_VOCABULARY = "set corpus.vocabulary to the one it was made with, or corpus.on_error to skip"
_TRANSPOSE_IT = "are these terms by documents? Then transpose the matrix"
_GIVE_COUNTS = f"give counts, not weights like tf-idf; {FIX_IT}"

_PAIR = re.compile(rb"\d+:\d+(?:\.0*)?")
_LDAC_LINE = re.compile(rb"\s*\d+(?:\s+%b)*\s*" % _PAIR.pattern)
_MTX_HEAD = re.compile(  # the banner; then comments and blank lines
    rb"%%MatrixMarket\s+matrix\s+coordinate\s+(integer|real|pattern)\s+(general|symmetric)\s*\n"
    rb"(?:%[^\n]*\n|[ \t\r]*\n)*",
    re.IGNORECASE,
)
_LINE = re.compile(r"Line (\d+): ")  # as SciPy names it
_PLACES = ("indices", "indptr", "row", "col")  # arrays of an .npz
_OF_NUMBERS = b"0123456789+-.eE \t\r\n"  # bytes


class Bag(NamedTuple):
    """The counts of D documents.

    terms : T distinct terms
    rows : (D, T), sorted
    """

    terms: list[str]
    rows: Rows


def bags(
    source: Source,
    stream: BinaryIO,
    lines: Iterator[bytes | None],
    terms: list[str],
    config: CorpusConfig,
    report: Report,
) -> Iterator[tuple[list[Document], Bag] | None]:
    """Yield the documents of a matrix, whose text is empty, with their counts, a chunk at a time.

    stream, lines : the decompressed file, and blocks of whole lines from it; only one of them is read. None
        among the blocks is passed on

    If config.on_error is "skip", a bad line of lda-c is skipped, and a bad file of the other formats;
    otherwise raises CorpusError, and always for a matrix that does not fit in memory.
    """

    def refuse(error: MalformedError) -> None:
        report.refuse(config.on_error, source.shown, error)

    try:
        if source.format == "ldac":
            found = _ldac(lines, len(terms), refuse)
        else:
            found = _slices(_READERS[source.format](stream.read(), len(terms)))
        for part in found:
            yield part and _named(printable(source.name), terms, *part)
    except MalformedError as error:
        refuse(error)
    except MemoryError:
        reason = "not enough memory for this matrix; divide it into several files"
        raise CorpusError(f"{source.shown}: {reason}") from None


def _slices(matrix: Csr) -> Iterator[tuple[IntArray, Csr]]:
    """Yield some documents at a time, with their numbers from 1."""
    first, starts = 0, matrix.indptr
    while first < matrix.shape[0]:
        fits = int(np.searchsorted(starts, starts[first] + _CHUNK_ENTRIES, side="right")) - 1
        end = min(max(fits, first + 1), first + _CHUNK_DOCUMENTS)
        part = matrix[first:end]
        yield np.arange(first, first + part.shape[0]) + 1, part
        first = end


def _named(name: str, terms: list[str], numbers: IntArray, matrix: Csr) -> tuple[list[Document], Bag]:
    documents = [Document(f"{name}:{number}", "") for number in numbers.tolist()]
    is_used = np.zeros(len(terms), bool)
    is_used[matrix.indices] = True
    used = [terms[column] for column in np.flatnonzero(is_used).tolist()]
    rows = Rows(matrix.indptr.astype(np.int64), matrix.indices, matrix.data.astype(np.int32))
    rows = rows.renumbered(np.cumsum(is_used, dtype=np.int32) - np.int32(1))
    return documents, Bag(used, rows)


def _ldac(
    lines: Iterator[bytes | None], n_terms: int, refuse: Callable[[MalformedError], None]
) -> Iterator[tuple[IntArray, Csr] | None]:
    """Yield the documents of a block of lines, with their line numbers; blank lines are no documents."""
    from scipy.sparse import csr_matrix

    n_lines = 0
    for block in lines:
        if block is None:
            yield None
            continue
        numbers, found = [], []
        for number, line in enumerate(block.removesuffix(b"\n").split(b"\n"), start=n_lines + 1):
            try:
                if block == LONG_LINE:
                    raise MalformedError(too_long("line").reason, number)
                if line.strip():
                    found.append(_ldac_line(line, number, n_terms))
                    numbers.append(number)
            except MalformedError as error:
                refuse(error)
        n_lines = number
        if found:
            starts = np.cumsum([0, *map(len, found)])
            columns, counts = np.concatenate(found).T
            matrix = csr_matrix((counts, columns.astype(np.int32), starts), shape=(len(found), n_terms))
            yield np.array(numbers), _summed(matrix)


def _ldac_line(line: bytes, number: int, n_terms: int) -> NDArray[Any]:
    """Return term and count of each entry of a document: (N, 2)."""
    if not _LDAC_LINE.fullmatch(line):
        announced, *pairs = line.split()
        if not announced.isdigit():
            raise MalformedError(f"{_shown(announced)} is not a number of terms", number)
        wrong = next(pair for pair in pairs if not _PAIR.fullmatch(pair))
        remedy = _GIVE_COUNTS if b"." in wrong else FIX_IT
        raise MalformedError(f"{_shown(wrong)} is not term:count in whole numbers from 0", number, remedy)
    numbers = np.fromstring(line.replace(b":", b" "), np.float64 if b"." in line else np.int64, sep=" ")
    entries = numbers[1:].reshape(-1, 2)
    for place, name, largest in ((0, "term", n_terms - 1), (1, "count", LARGEST)):
        if entries[:, place].max(initial=0) > largest:
            at = int(np.argmax(entries[:, place] > largest))
            value = line.split()[at + 1].split(b":")[place][:30].decode()
            raise MalformedError(f"{name} {value} is not from 0 to {largest}", number)
    if numbers[0] != len(entries):
        raise MalformedError(f"line says {numbers[0]:.0f} terms, but has {len(entries)}", number)
    return entries


def _mtx(data: bytes, n_terms: int) -> Csr:
    """Return the counts of a Matrix Market file, documents by terms."""
    head = _MTX_HEAD.match(data)
    if head is None:
        reason = "not %%MatrixMarket matrix coordinate integer (or real, or pattern) general (or symmetric)"
        raise MalformedError(reason, 1)
    kind, symmetry, end = head[1].lower(), head[2].lower(), head.end()
    return _coordinates(kind, symmetry, data.count(b"\n", 0, end), data[end:], n_terms)


def _uci(data: bytes, n_terms: int) -> Csr:
    """Return the counts of a UCI docword file: like Matrix Market, but with a line for each size."""
    *sizes, entries = [*data.split(b"\n", 3), b"", b"", b""][:4]
    for number, name in enumerate(("documents", "terms", "entries"), start=1):
        if not sizes[number - 1].strip().isdigit():
            raise MalformedError(f"{_shown(sizes[number - 1])} is not the number of {name}", number)
    body = b" ".join(map(bytes.strip, sizes)) + b"\n" + entries
    return _coordinates(b"integer", b"general", 2, body, n_terms)


def _coordinates(kind: bytes, symmetry: bytes, n_before: int, body: bytes, n_terms: int) -> Csr:
    """Return the counts of a line of sizes and lines of entries.

    n_before : number of the file's lines above them
    """
    from scipy.io import mminfo, mmread

    # mmread (SciPy 1.17) crashes on a NUL, and on a last line without its end, and reads an integer 0.5 as 0
    if body.translate(None, _OF_NUMBERS):
        lines = enumerate(body.split(b"\n"), start=n_before + 1)
        number, line = next(line for line in lines if line[1].translate(None, _OF_NUMBERS))
        raise MalformedError(f"{_shown(line.strip())} is not numbers", number)
    kind = kind.replace(b"integer", b"real")
    banner = b"%%MatrixMarket matrix coordinate " + kind + b" " + symmetry
    file = io.BytesIO(banner + b"\n" * n_before + body + b"\n")
    try:
        n_documents, n_columns, n_entries, *_ = mminfo(file)
        if n_entries > len(body):
            reason = f"header says {n_entries} entries, more than the file has bytes"
            raise MalformedError(reason, remedy="is it truncated? Replace it, or set corpus.on_error to skip")
        _check_sizes(n_documents, n_columns, n_entries, n_terms)
        file.seek(0)
        matrix = mmread(file)
    except (ValueError, OverflowError) as error:
        named = _LINE.match(str(error))
        reason = in_words(ValueError(str(error)[named.end() :] if named else str(error)))
        raise MalformedError(_one_line(reason), int(named[1]) if named else None) from None
    bad, n_fields = _first_bad(matrix.data), 2 if kind == b"pattern" else 3
    is_wrong = _n_numbers(body) != 3 + n_fields * n_entries  # SciPy passes over what follows an entry
    if bad is not None or is_wrong:
        _, *entries = [each for each in enumerate(body.split(b"\n"), n_before + 1) if each[1].strip()]
        if bad is not None:
            raise MalformedError(_why_bad(matrix.data[bad]), entries[bad][0], _GIVE_COUNTS)
        number, line = next(each for each in entries if len(each[1].split()) != n_fields)
        raise MalformedError(f"{len(line.split())} numbers, but an entry has {n_fields}", number)
    return _summed(matrix)


def _n_numbers(body: bytes) -> int:
    """Return how many numbers stand between blanks and ends of lines."""
    is_blank = np.frombuffer(b" " + body, np.uint8) <= ord(" ")
    return int(np.count_nonzero(is_blank[:-1] & ~is_blank[1:]))


def _npz(data: bytes, n_terms: int) -> Csr:
    """Return the counts of a file of scipy.sparse.save_npz, in CSR, CSC or COO. Nothing is unpickled."""
    from scipy.sparse import load_npz

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy parses a bad header as Python, which may warn
            matrix = load_npz(io.BytesIO(data))
            with np.load(io.BytesIO(data)) as arrays:  # SciPy has cut off what follows a point
                places = [arrays[name].dtype.kind for name in _PLACES if name in arrays]
    except MemoryError:
        raise
    except Exception:  # zipfile, NumPy and SciPy raise a dozen kinds for damaged files
        raise MalformedError("damaged, or not written by scipy.sparse.save_npz") from None
    if matrix.format not in ("csr", "csc", "coo") or matrix.ndim != 2 or matrix.dtype.kind not in "biuf":
        kind = f"{matrix.ndim}-dimensional {matrix.format} matrix of {matrix.dtype}"
        raise MalformedError(f"{kind}; only csr, csc and coo of numbers are read")
    if not {"i", "u"}.issuperset(places):
        raise MalformedError("indices that are not whole numbers")
    _check_sizes(matrix.shape[0], matrix.shape[1], matrix.nnz, n_terms)
    if matrix.format != "coo":  # whose indices SciPy has checked
        size = matrix.shape[matrix.format == "csr"]
        goes_back = (matrix.indptr[1:] < matrix.indptr[:-1]).any()
        if goes_back or (matrix.indices < 0).any() or (matrix.indices >= size).any():
            raise MalformedError("indices outside the matrix")
    with np.errstate(invalid="ignore"):  # a NaN may signal
        matrix.data = matrix.data.astype(np.float64 if matrix.dtype.kind == "f" else np.int64)
    bad = _first_bad(matrix.data)
    if bad is not None:
        where = f"document {matrix.tocoo().row[bad] + 1}"
        raise MalformedError(f"{where}: {_why_bad(matrix.data[bad])}", remedy=_GIVE_COUNTS)
    return _summed(matrix)


_READERS: dict[str, Callable[[bytes, int], Csr]] = {"mtx": _mtx, "uci": _uci, "npz": _npz}


def _check_sizes(n_documents: int, n_columns: int, n_entries: int, n_terms: int) -> None:
    if n_columns != n_terms:
        remedy = _TRANSPOSE_IT if n_documents == n_terms else _OTHER_VOCABULARY
        sizes = f"{n_documents} rows and {n_columns} columns"
        raise MalformedError(f"{sizes}, but its vocabulary has {n_terms} terms", remedy=remedy)
    if n_documents > min(LARGEST, _EMPTY + _EMPTY_PER_ENTRY * n_entries):
        raise MalformedError(f"{n_documents} documents, but only {n_entries} entries")


def _first_bad(counts: NDArray[Any]) -> int | None:
    """Return the place of the first count that is not a whole number from 0 to LARGEST."""
    is_bad = ~((counts >= 0) & (counts <= LARGEST) & (counts == np.floor(counts)))
    return int(is_bad.argmax()) if is_bad.any() else None


def _why_bad(count: Any) -> str:
    return f"count {count:g} is not a whole number from 0 to {LARGEST}"


def _summed(matrix: Any) -> Csr:
    """Return a sparse matrix as CSR of int64, with duplicate entries added up and zeros left out."""
    matrix.data = matrix.data.astype(np.int64)
    matrix = matrix.tocsr()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    if matrix.data.max(initial=0) > LARGEST:
        raise MalformedError(f"counts of a term in a document add up to more than {LARGEST}")
    return matrix


def _one_line(text: str) -> str:
    return printable(" ".join(text.split())[:100].rstrip("."))


def _shown(written: bytes) -> str:
    return repr(_one_line(written[:30].decode("utf-8", "backslashreplace")))
