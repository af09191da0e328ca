"""Bags of words that are none: what is refused, and why; what is skipped."""

import struct
import zipfile

import numpy as np
import pytest

from lda_cli.corpus.documents import bags
from lda_cli.corpus.inputs.formats import MalformedError
from tests.corpus.bag_files import HEADER, REAL, RefusedError, archive, parsed

BAD_LINES = {
    "ldac_negative": ("a.ldac", b"0\n1 0:-1\n", "2: count '-1' is negative"),
    "ldac_fraction": ("a.ldac", b"1 0:1.5\n", "1: count '1.5' is not whole"),
    "ldac_point": ("a.ldac", b"1 0:1.0\n", "1: count '1.0' is not written in digits"),
    "ldac_large": ("a.ldac", b"1 0:2147483648\n", "1: count '2147483648' is not from 0 to 2147483647"),
    "ldac_long": ("a.ldac", b"1 0:" + b"0" * 20 + b"\n", f"1: count '{'0' * 20}' is written too long"),
    "ldac_term": ("a.ldac", b"0\n0\n1 6:1", "3: term '6' is not from 0 to 5"),
    "ldac_nul": ("a.ldac", b"1 0:1\0\n", "1: a NUL byte in the count"),
    "ldac_words": ("a.ldac", b"the moon\n", "1: number of terms 'the' is no number"),
    "ldac_escape": ("a.ldac", b"\x1b[31m\xff\n", r"1: number of terms '\\x1b[31m\\\\xff' is no number"),
    "ldac_no_colon": ("a.ldac", b"1 0\n", "1: '0' is not term:count"),
    "ldac_fewer": ("a.ldac", b"2 0:1\n", "1: 2 terms are announced, 1 are there"),
    "ldac_more": ("a.ldac", b"1 0:1 1:1\n", "1: 1 terms are announced, 2 are there"),
    "ldac_spaced": ("a.ldac", b"1 0: 1\n", "1: count '' is no number"),
    "ldac_colons": ("a.ldac", b"1 0::1\n", "1: count ':1' is no number"),
    "ldac_colon": ("a.ldac", b":\n", "1: number of terms ':' is no number"),
    "ldac_underscore": ("a.ldac", b"1 0:1_0\n", "1: count '1_0' is no number"),
    "ldac_sum": ("a.ldac", b"2 0:2147483647 0:1\n", "1: a count of more than 2147483647, all in all"),
    "uci_negative": ("docword.txt", b"2\n6\n1\n\n1 1 -1\n", "5: count '-1' is negative"),
    "uci_document": ("docword.txt", b"2\n6\n1\n3 1 1\n", "4: document '3' is not from 1 to 2"),
    "uci_zero": ("docword.txt", b"2\n6\n1\n0 1 1\n", "4: document '0' is not from 1 to 2"),
    "uci_term": ("docword.txt", b"2\n6\n1\n1 7 1\n", "4: term '7' is not from 1 to 6"),
    "uci_fields": ("docword.txt", b"2\n6\n1\n1 1\n", "4: 2 fields, where an entry has 3"),
    "uci_back": ("docword.txt", b"2\n6\n2\n2 1 1\n1 1 1\n", "5: document 1 after a later one; "),
    "mtx_fraction": ("a.mtx", REAL + b"2 6 1\n1 1 0.5\n", "3: count '0.5' is not whole"),
    "mtx_nan": ("a.mtx", REAL + b"2 6 1\n1 1 nan\n", "3: count 'nan' is no number"),
    "mtx_points": ("a.mtx", REAL + b"2 6 1\n1 1 1.2.3\n", "3: count '1.2.3' is no number"),
    "mtx_real": ("a.mtx", HEADER + b"2 6 1\n1 1 1.0\n", "3: count '1.0' is not written in digits"),
    "mtx_comment": ("a.mtx", HEADER + b"2 6 1\n% 1 1\n", "3: document '%' is no number"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_LINES)
def test_bad_line_is_refused_or_skipped(case: str) -> None:
    name, content, said = BAD_LINES[case]
    with pytest.raises(RefusedError) as caught:
        parsed(name, content)
    assert str(caught.value).startswith(said)
    skipped: list[str] = []
    parsed(name, content, skip=skipped)
    assert len(skipped) == 1


BAD_FILES = {
    "uci_empty": ("docword.txt", b"", "line 0 is not the number of documents"),
    "uci_header": ("docword.txt", b"2\n-6\n", "line 2 is not the number of terms"),
    "uci_columns": ("docword.txt", b"2\n7\n0\n", "7 columns, but its vocabulary has only 6 terms"),
    "uci_cut": ("docword.txt", b"2\n6\n3\n1 1 1\n", "3 entries are announced, 1 are there; is it whole?"),
    "uci_bomb": ("docword.txt", b"2000000000\n6\n1\n1 1 1\n", "2000000000 documents, but only 1 entries"),
    "uci_gap": ("docword.txt", b"2000000000\n6\n1\n2000000000 1 1\n", "1999999999 documents, but only"),
    "uci_huge": ("docword.txt", b"20000000000\n6\n0\n", "20000000000 documents; at most 2147483647"),
    "mtx_banner": ("a.mtx", b"1 1 1\n", "line 1 is not %%MatrixMarket matrix"),
    "mtx_array": ("a.mtx", b"%%MatrixMarket matrix array real general\n", "a matrix that is 'array'"),
    "mtx_complex": ("a.mtx", b"%%MatrixMarket matrix coordinate complex general", "a matrix that is 'co"),
    "mtx_symmetric": ("a.mtx", HEADER.replace(b"general", b"hermitian"), "a matrix that is 'hermitian'"),
    "mtx_oblong": (
        "a.mtx",
        HEADER.replace(b"general", b"symmetric") + b"5 6 0\n",
        "a matrix that is symmetric, and not square",
    ),
    "mtx_sizes": ("a.mtx", HEADER + b"% x\n1 1\n", "line 3 is not the numbers of rows, columns and entries"),
    "mtx_no_sizes": ("a.mtx", HEADER, "line 1 is not the numbers of rows, columns and entries"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_file_is_refused(case: str) -> None:
    name, content, said = BAD_FILES[case]
    with pytest.raises(MalformedError) as caught:
        parsed(name, content)
    assert str(caught.value).startswith(said)


def test_large_matrix_in_no_order_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bags, "LOOKED_AT", 3)
    lines = [b"1 2 1\n", b"1 1 1\n", b"2 2 1\n", b"2 1 1\n", b"1 3 1\n"]
    content = HEADER + b"2 6 5\n" + b"".join(lines)
    with pytest.raises(MalformedError, match="document 1 after document 2"):
        parsed("a.mtx", content, size=1)
    monkeypatch.setattr(bags, "MOST_HELD", 4)
    content = HEADER + b"2 6 5\n" + b"".join(lines[::-1])
    with pytest.raises(MalformedError, match="more than 4 entries, not sorted by document"):
        parsed("a.mtx", content, size=1)


def header(shape: str, descr: str = "'<i8'") -> bytes:
    """An array of which there is no more than its header."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def misplaced() -> bytes:
    """An archive whose first array begins, it says, at the last of 2 ** 64 bytes."""
    content = archive()
    entry, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    n_name = int.from_bytes(content[entry + 28 : entry + 30], "little")
    place = struct.pack("<HHQ", 1, 8, 2**64 - 1)  # in zip64's own field, where there is 0xffffffff
    named = content[entry + 46 : entry + 46 + n_name]
    head = content[entry : entry + 30] + struct.pack("<H", len(place)) + content[entry + 32 : entry + 42]
    size = struct.pack("<L", end - entry + len(place))
    others = content[entry + 46 + n_name : end] + content[end : end + 12] + size + content[end + 16 :]
    return content[:entry] + head + b"\xff" * 4 + named + place + others


BAD_ARCHIVES = {
    "empty": (b"", "not a whole .npz file (file is not a zip file)"),
    "cut": (archive()[:-30], "not a whole .npz file (file is not a zip file)"),
    "spoiled": (archive(0, data=[77, 78]).replace(b"M\0", b"m\0"), "not a whole .npz file (bad crc"),
    "unpickling": (archive(data=[{}, {}]), "array 'data' is not what its header says"),
    "lzma": (archive(zipfile.ZIP_LZMA), "a zip that is neither stored nor deflated; save it"),
    "no_data": (archive(data=None), "no array 'data' in it; is it of scipy.sparse.save_npz?"),
    "claims": (archive(data=header("(10**15,)")), "array 'data' has no header of NumPy's"),
    "long": (archive(data=header("(1000000000000000,)")), "array 'data' is not what its header says"),
    "long_both": (archive(data=header("(99999999,)"), indices=header("(99999999,)")), "array 'indices'"),
    "wide": (archive(data=header("(2, 1)") + bytes(16)), "array 'data' is not what its header says"),
    "huge_header": (archive(data=b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 99_999), "array 'data' has"),
    "words": (archive(data=["a", "b"]), "array 'data' is not of numbers"),
    "layout": (archive(format=b"bsr"), "a matrix in 'bsr'; only csr, csc and coo are read; save it .tocsr()"),
    "no_layout": (archive(format=[1, 2]), "array 'format' is not a word"),
    "no_matrix": (archive(shape=[6]), "it is no matrix"),
    "negative": (archive(shape=[-2, 6]), "it is no matrix"),
    "shape": (archive(shape=[2, 6, 1]), "array 'shape' is not two whole numbers"),
    "columns": (archive(shape=[2, 7]), "7 columns, but its vocabulary has only 6 terms; set corpus."),
    "documents": (archive(shape=[2**40, 6]), "1099511627776 documents; at most 2147483647"),
    "empty_documents": (archive(format=b"coo", row=[0, 1], col=[0, 1], shape=[2**30, 6]), "1073741824 d"),
    "outside": (archive(indices=[0, 6]), "a column that is not a whole number from 0 to 5"),
    "before": (archive(indices=[0, -1]), "a column that is not a whole number from 0 to 5"),
    "between": (archive(indices=[0, 1.5]), "a column that is not a whole number from 0 to 5"),
    "row": (archive(format=b"coo", row=[0, 2], col=[0, 1]), "a row that is not a whole number from 0 to 1"),
    "lengths": (archive(data=[1]), "indices and data are not of one length"),
    "no_ends": (archive(indptr=[0, 1]), "indptr is not 3 whole numbers"),
    "begins": (archive(indptr=[1, 1, 2]), "indptr does not begin with 0"),
    "back": (archive(indptr=[0, 2, 1]), "indptr goes back, or beyond the entries"),
    "beyond": (archive(indptr=[0, 2, 3]), "indptr goes back, or beyond the entries"),
    "far_back": (
        archive(shape=[5, 6], indptr=[0, 2**63 - 1, -(2**63), -1, 1, 2]),
        "indptr goes back, or beyond the entries",
    ),
    "no_such_place": (misplaced(), "not a whole .npz file ("),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_ARCHIVES)
def test_bad_archive_is_refused(case: str) -> None:
    content, said = BAD_ARCHIVES[case]
    with pytest.raises(MalformedError) as caught:
        parsed("a.npz", content)
    error = caught.value
    assert f"{error}; {error.remedy}".lower().startswith(said.lower())


def test_nan_that_signals_is_a_bad_count_as_the_others_are() -> None:
    for bits, dtype in ((0x7D01, "f2"), (0x7F800001, "f4"), (0x7FF0000000000001, "f8")):
        number = bits.to_bytes(int(dtype[1]), "little")
        content = archive(data=header("(2,)", f"'<{dtype}'") + number * 2)
        with pytest.raises(RefusedError, match="1: count nan of column 0 is not whole"):
            parsed("a.npz", content)


@pytest.mark.parametrize("count", [-1, 1.5, 2.0**31, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_count_of_an_archive_that_is_none_is_refused_or_skipped(count: float, dtype: type) -> None:
    with np.errstate(over="ignore"):
        content = archive(data=np.array([1, count]).astype(dtype))
    with pytest.raises(
        RefusedError, match=r"2: count .* of column 5 is not whole, or not from 0 to 2147483647"
    ):
        parsed("a.npz", content)
    skipped: list[str] = []
    assert parsed("a.npz", content, skip=skipped) == {1: {0: 1}, 2: {}}
    assert len(skipped) == 1
