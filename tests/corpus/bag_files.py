"""Matrices of counts as files of every format, and reading them, for the tests."""

import io
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import scipy.io
from scipy.sparse import csr_array, save_npz

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.inputs.report import Report
from tests.corpus.reading import inputs_of

Found = dict[str, dict[str, int]]  # id of a document to its counts
Rows = list[dict[int, int]]  # of each document, column to count

HEADER = b"%%MatrixMarket matrix coordinate integer general\n"
REAL = HEADER.replace(b"integer", b"real")
N_TERMS = 6
TERMS = [f"term{column}" for column in range(N_TERMS)]


def ldac(rows: Rows, n_terms: int = N_TERMS) -> bytes:
    return b"".join(_ldac_line(row) for row in rows)


def _ldac_line(row: dict[int, int]) -> bytes:
    return " ".join([str(len(row)), *(f"{column}:{count}" for column, count in row.items())]).encode() + b"\n"


def uci(rows: Rows, n_terms: int = N_TERMS) -> bytes:
    entries = [(d, w, n) for d, row in enumerate(rows, 1) for w, n in row.items()]
    header = f"{len(rows)}\n{n_terms}\n{len(entries)}\n"
    return (header + "".join(f"{d} {w + 1} {n}\n" for d, w, n in entries)).encode()


def matrix(rows: Rows, n_terms: int, dtype: type) -> csr_array:
    dense = np.zeros((len(rows), n_terms), dtype)
    for d, row in enumerate(rows):
        for column, count in row.items():
            dense[d, column] = count
    return csr_array(dense)


def mtx(rows: Rows, n_terms: int = N_TERMS, layout: str = "csr", dtype: type = np.int64) -> bytes:
    return _saved(lambda file: scipy.io.mmwrite(file, matrix(rows, n_terms, dtype).asformat(layout)))


def npz(
    rows: Rows,
    n_terms: int = N_TERMS,
    layout: str = "csr",
    dtype: type = np.int64,
    compressed: bool = True,
) -> bytes:
    return _saved(lambda file: save_npz(file, matrix(rows, n_terms, dtype).asformat(layout), compressed))


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


# name of a file: what makes it of rows and a number of terms
WRITERS: dict[str, Callable[..., bytes]] = {
    "a.ldac": ldac,
    "docword.a.txt": uci,
    "a.mtx": mtx,
    "b.mtx": partial(mtx, layout="csc", dtype=np.float64),
    "a.npz": npz,
    "b.npz": partial(npz, layout="csc", dtype=np.float32, compressed=False),
    "c.npz": partial(npz, layout="coo", dtype=np.uint8),
}


def rows_of(texts: Iterable[Iterable[str]], terms: list[str]) -> Rows:
    """Count the words of texts; all are `terms`."""
    rows: Rows = []
    for words in texts:
        rows.append({})
        for word in words:
            column = terms.index(word)
            rows[-1][column] = rows[-1].get(column, 0) + 1
    return rows


def counted(path: object, stdin: bytes = b"", report: Report | None = None, **settings: Any) -> Found:
    """Return the counts of each document of a file, by its id."""
    config = CorpusConfig(**settings)
    found: Found = {}
    for chunk in chunks(inputs_of(path, corpus=config, stdin=io.BytesIO(stdin))):
        if chunk is None:
            continue
        if report is not None:
            report.add(chunk.report)
        if chunk.bag is None:
            continue
        terms, (starts, columns, counts, _) = chunk.bag
        assert columns.dtype == counts.dtype == np.int32
        for document, start, end in zip(chunk.records, starts, starts[1:], strict=False):
            assert document.id not in found
            assert (np.diff(columns[start:end]) > 0).all()
            of_terms = map(terms.__getitem__, columns[start:end].tolist())
            found[document.id] = dict(zip(of_terms, counts[start:end].tolist(), strict=True))
    return found


def archive(compression: int = zipfile.ZIP_DEFLATED, **arrays: object) -> bytes:
    """A CSR matrix of two documents by six terms, with `arrays` instead of its own; without those of None."""
    own = {"format": b"csr", "shape": [2, 6], "indptr": [0, 1, 2], "indices": [0, 5], "data": [1, 2]}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as members:
        for name, value in (own | arrays).items():
            if value is not None:
                content = io.BytesIO()
                np.save(content, np.asarray(value), allow_pickle=True)
                members.writestr(f"{name}.npy", content.getvalue())
    return file.getvalue()
