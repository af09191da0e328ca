"""Matrices of counts as files of every format of bags of words, and reading them, for the tests."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy.io
from scipy.sparse import csr_array, save_npz

from lda_cli.corpus.documents import bag_lines
from lda_cli.corpus.documents.bag_archives import npz as npz_reader

Found = dict[int, dict[int, int]]  # number of a document to its counts
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


class RefusedError(Exception):
    pass


def blocks_of(content: bytes, size: int = 1 << 20) -> Iterator[bytes | None]:
    """Whole lines, `size` bytes of them or more."""
    block = b""
    for line in content.splitlines(keepends=True) if b"\r" not in content else [content]:
        block += line
        if len(block) >= size:
            yield block
            yield None
            block = b""
    if block:
        yield block


def parsed(
    name: str, content: bytes, n_terms: int = N_TERMS, size: int = 1 << 20, skip: list[str] | None = None
) -> Found:
    """Documents of a file; what is skipped is appended to `skip`, or raised."""

    def complain(number: int | None, reason: str) -> None:
        if skip is None:
            raise RefusedError(f"{number}: {reason}")
        skip.append(f"{number}: {reason}")

    found: Found = {}
    for bag in parser_of(name)(content, n_terms, size, complain):
        if bag is not None:
            assert bag.columns.dtype == bag.counts.dtype == np.int32
            assert bag.starts[0] == 0
            assert bag.starts[-1] == len(bag.columns) == len(bag.counts)
            assert (bag.counts > 0).all()
            for number, start, end in zip(bag.numbers.tolist(), bag.starts, bag.starts[1:], strict=False):
                assert number not in found
                assert (np.diff(bag.columns[start:end]) > 0).all()
                found[number] = dict(
                    zip(bag.columns[start:end].tolist(), bag.counts[start:end].tolist(), strict=True)
                )
    return found


def parser_of(name: str) -> Callable[..., Any]:
    if name.endswith(".npz"):
        return lambda content, n_terms, size, complain: npz_reader(io.BytesIO(content), n_terms, complain)
    by_lines = {"l": bag_lines.ldac, "t": bag_lines.uci, "m": bag_lines.matrix_market}
    parse = by_lines[name.rpartition(".")[2][:1]]
    return lambda content, n_terms, size, complain: parse(blocks_of(content, size), n_terms, complain)


def archive(compression: int = zipfile.ZIP_DEFLATED, **arrays: object) -> bytes:
    """A CSR matrix of two documents by six terms, in which `arrays`, or bytes, stand for its own; no None."""
    own = {"format": b"csr", "shape": [2, 6], "indptr": [0, 1, 2], "indices": [0, 5], "data": [1, 2]}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as members:
        for name, value in (own | arrays).items():
            if value is not None:
                content = io.BytesIO()
                np.save(content, np.asarray(value), allow_pickle=True)
                is_raw = isinstance(value, bytes) and len(value) > 3
                members.writestr(f"{name}.npy", value if is_raw else content.getvalue())
    return file.getvalue()
