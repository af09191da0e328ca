"""Matrices of counts: bytes in, documents out, or one line that says where and why not."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.documents import matrices
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError
from tests.corpus.bag_files import (
    HEADER,
    N_TERMS,
    REAL,
    TERMS,
    WRITERS,
    Rows,
    archive,
    counted,
)

rows = st.lists(
    st.dictionaries(st.integers(0, N_TERMS - 1), st.integers(1, 200), max_size=N_TERMS), max_size=12
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matrices")
    (folder / "vocab.txt").write_text("\n".join(TERMS))
    return folder


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@given(rows, st.sampled_from(list(WRITERS)), st.sampled_from([1, 5, 1 << 16]))
def test_every_format_gives_the_documents_that_were_written(
    folder: Path, rows: Rows, name: str, size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matrices, "_CHUNK_DOCUMENTS", size)
        patch.setattr(matrices, "_CHUNK_ENTRIES", size)
        found = counted(written(folder, name, WRITERS[name](rows)))
    expected = {f"{name}:{n}": {TERMS[c]: row[c] for c in sorted(row)} for n, row in enumerate(rows, 1)}
    assert found == expected
    assert list(found) == list(expected)


PATTERN, SYMMETRIC = HEADER.replace(b"integer", b"PATTERN"), HEADER.replace(b"general", b"symmetric")
BYTES = np.array([200, 99, 1], np.uint8)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.ldac", b"2 0:1 5:2\r\n\n0\n 1\t3:1.0 \n0 ", {1: {0: 1, 5: 2}, 3: {}, 4: {3: 1}, 5: {}}),
        ("a.ldac", b"3 1:2 1:3 0:0\n", {1: {1: 5}}),
        ("docword.txt", b"4\n 6 \n3\n\n3 1 1\r\n2\t1 2\n3 6 1", {1: {}, 2: {0: 2}, 3: {0: 1, 5: 1}, 4: {}}),
        ("a.mtx", PATTERN.lower() + b"%x\xff\n\n2 6 2\n1 2\n2 1\n", {1: {1: 1}, 2: {0: 1}}),
        ("a.mtx", REAL + b"2 6 3\n2 6 1E1\n1 1 2.0\n1 3 3.\n", {1: {0: 2, 2: 3}, 2: {5: 10}}),
        ("a.mtx", HEADER + b"1 6 3\n1 2 0\n1 3 2147483646\n1 3 1", {1: {2: 2147483647}}),
        ("a.mtx", HEADER + b"0 6 0\n", {}),
        ("a.mtx", SYMMETRIC + b"6 6 1\n3 1 2\n", {1: {2: 2}, 2: {}, 3: {0: 2}, 4: {}, 5: {}, 6: {}}),
        ("a.npz", archive(format=b"coo", row=[1, 1, 0], col=[5, 5, 0], data=BYTES), {1: {0: 1}, 2: {5: 299}}),
    ],
)  # fmt: skip
def test_what_a_format_allows_is_read(
    folder: Path, name: str, content: bytes, expected: dict[int, dict[int, int]]
) -> None:
    found = counted(written(folder, name, content))
    assert found == {
        f"{name}:{n}": {TERMS[column]: count for column, count in counts.items()}
        for n, counts in expected.items()
    }


NO_COUNT = " is not a whole number from 0 to 2147483647; give counts, not weights like tf-idf"
TRANSPOSED = "but its vocabulary has 6 terms; are these terms by documents? Then transpose the matrix"
BAD = {
    "ldac_negative": ("a.ldac", b"0\n1 0:-1\n", ":2: '0:-1' is not term:count"),
    "ldac_large": ("a.ldac", b"1 0:2147483648\n", ":1: count 2147483648 is not from 0 to 2147483647"),
    "ldac_term": ("a.ldac", b"0\n0\n1 6:1", ":3: term 6 is not from 0 to 5"),
    "ldac_fewer": ("a.ldac", b"2 0:1\n", ":1: line says 2 terms, but has 1"),
    "ldac_sum": ("a.ldac", b"2 0:2147483647 0:1\n", ": counts of a term in a document add up"),
    "uci_header": ("docword.txt", b"2\n-6\n", ":2: '-6' is not the number of terms"),
    "uci_fraction": ("docword.txt", b"2\n6\n1\n\n1 1 0.5\n", ":5: count 0.5 is not a whole number from 0"),
    "uci_fields": ("docword.txt", b"2\n6\n2\n1 1 1\n\n2 2 1 7\n", ":6: 4 numbers, but an entry has 3"),
    "uci_term": ("docword.txt", b"2\n6\n1\n1 7 1\n", ":4: column index out of bounds; "),
    "mtx_banner": ("a.mtx", b"1 1 1\n", ":1: not %%MatrixMarket matrix coordinate"),
    "mtx_negative": ("a.mtx", HEADER + b"% x\n2 6 2\n1 1 1\n\n1 2 -1\n", ":6: count -1 is not a whole"),
    "mtx_nan": ("a.mtx", REAL + b"2 6 1\n1 1 nan\n", ":3: '1 1 nan' is not numbers; "),
    "mtx_nul": ("a.mtx", HEADER + b"2 6 1\n1 1 1\0", r":3: '1 1 1\\x00' is not numbers; "),  # mmread crashes
    "mtx_claims": ("a.mtx", HEADER + b"2 6 9999999999999\n", ": header says 9999999999999 entries, more"),
    "tf_idf": ("a.mtx", REAL + b"1 6 1\n1 1 0.25\n", f":3: count 0.25{NO_COUNT}"),
    "npz_cut": ("a.npz", archive()[:-9], ": damaged, or not written by scipy.sparse.save_npz"),
    "npz_pickle": ("a.npz", archive(data=[{}, {}]), ": damaged, or not written by scipy.sparse.save_npz"),
    "npz_complex": ("a.npz", archive(data=[1j, 1]), ": 2-dimensional csr matrix of complex128; only csr"),
    "npz_fraction": ("a.npz", archive(indices=[0.0, 1.5]), ": indices that are not whole numbers"),
    "npz_outside": ("a.npz", archive(indices=[0, 6]), ": indices outside the matrix; "),
    "npz_back": ("a.npz", archive(shape=[3, 6], indptr=[0, 2**31 - 1, -5, 2]), ": indices outside"),
    "npz_row": ("a.npz", archive(format=b"coo", row=[0, 2], col=[0, 1]), ": damaged, or not written by sc"),
    "npz_documents": ("a.npz", archive(format=b"coo", row=[0, 1], col=[0, 1], shape=[2**30, 6]), ": 10737"),
    "npz_count": ("a.npz", archive(data=[1, np.nan]), ": document 2: count nan is not a whole number"),
    "wider": ("a.mtx", HEADER + b"1 7 1\n1 1 1\n", ": 1 rows and 7 columns, but its vocabulary has 6 term"),
    "transposed": ("docword.txt", b"6\n4\n1\n1 1 1\n", f": 6 rows and 4 columns, {TRANSPOSED}"),
    "empty": ("docword.txt", b"", ":1: '' is not the number of documents"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_matrix_is_named_or_skipped(folder: Path, case: str) -> None:
    name, content, said = BAD[case]
    path = written(folder, name, content)
    with pytest.raises(CorpusError) as caught:
        counted(path)
    assert str(caught.value).lower().startswith(f"{path}{said}".lower())
    report = Report()
    counted(path, report=report, on_error="skip")
    assert report.n_skipped == 1
    assert report.skipped[0].lower().startswith(f"{path}{said.partition(';')[0]}".lower())


def test_bad_line_of_ldac_is_skipped_alone(folder: Path) -> None:
    path = written(folder, "a.ldac", b"1 0:1\nmoon\n1 1:2\n")
    assert counted(path, on_error="skip") == {"a.ldac:1": {"term0": 1}, "a.ldac:3": {"term1": 2}}


def test_matrix_too_large_for_the_memory_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(data: bytes, n_terms: int) -> None:
        raise MemoryError

    monkeypatch.setitem(matrices._READERS, "mtx", no_memory)
    path = written(folder, "a.mtx", b"")
    with pytest.raises(CorpusError, match=r"a\.mtx: not enough memory for this matrix; divide it"):
        counted(path, on_error="skip")


# Any bytes
