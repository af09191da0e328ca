"""Bags of words: bytes in, counts of documents out, or a reason."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents import bag_archives, bag_readers, bags
from lda_cli.corpus.documents.vocabulary_file import read_terms
from lda_cli.corpus.inputs.formats import Document, MalformedError
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError, OutputError
from tests.corpus.bag_files import (
    HEADER,
    N_TERMS,
    REAL,
    TERMS,
    WRITERS,
    Found,
    RefusedError,
    Rows,
    archive,
    ldac,
    mtx,
    npz,
    parsed,
    uci,
)
from tests.corpus.reading import read
from tests.failing import failing_call, message_of

rows = st.lists(
    st.dictionaries(st.integers(0, N_TERMS - 1), st.integers(1, 200), max_size=N_TERMS), max_size=12
)


@given(
    rows, st.sampled_from(list(WRITERS)), st.sampled_from([1, 7, 1 << 20]), st.sampled_from([1, 3, 1 << 20])
)
def test_every_format_gives_the_documents_that_were_written(
    rows: Rows, name: str, size: int, looked_at: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bag_archives, "_PART", size)
        patch.setattr(bags, "_DOCUMENTS", looked_at)
        patch.setattr(bags, "LOOKED_AT", looked_at if name[0] == "a" else 1 << 20)
        assert parsed(name, WRITERS[name](rows), size=size) == dict(enumerate(rows, 1))


# What is read


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.ldac", b"2 0:1 5:2\r\n\n0\n 1\t3:1 \n0 ", {1: {0: 1, 5: 2}, 3: {}, 4: {3: 1}, 5: {}}),
        ("a.ldac", b"3 1:2 1:3 0:0\n", {1: {1: 5}}),
        ("docword.txt", b"4\n 6 \n3\n\n2 1 1\r\n2\t1 2\n3 6 1", {1: {}, 2: {0: 3}, 3: {5: 1}, 4: {}}),
        (
            "a.mtx",
            b"%%matrixmarket MATRIX Coordinate PATTERN General\n%x\n\n2 2 2\n1 2\n2 1\n",
            {1: {1: 1}, 2: {0: 1}},
        ),
        (
            "a.mtx",
            REAL + b"2 6 3\n2 6 1E1\n1 1 2.0\n1 3 +3.\n",
            {1: {0: 2, 2: 3}, 2: {5: 10}},
        ),
        ("a.mtx", HEADER + b"1 6 2\n1 2 0\n1 3 2147483647\n", {1: {2: 2147483647}}),
        ("a.mtx", HEADER + b"0 0 0\n", {}),
        (
            "a.mtx",
            HEADER.replace(b"general", b"symmetric") + b"3 3 3\n1 1 5\n3 1 2\n3 2 1\n",
            {1: {0: 5, 2: 2}, 2: {2: 1}, 3: {0: 2, 1: 1}},
        ),
    ],
)
def test_liberties_of_a_format_are_taken(name: str, content: bytes, expected: Found) -> None:
    assert parsed(name, content) == expected
    assert parsed(name, content, size=1) == expected


def test_document_of_repeated_terms_takes_no_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bags, "LOOKED_AT", 100)
    content = b"1\n6\n60000\n" + b"1 1 1\n1 2 1\n" * 30_000
    sizes = []
    joined = bags.joined
    monkeypatch.setattr(
        bags, "joined", lambda parts: sizes.append(sum(len(p.keys) for p in parts)) or joined(parts)
    )
    assert parsed("docword.txt", content, size=600) == {1: {0: 30_000, 1: 30_000}}
    assert max(sizes) < 400


def test_archives_of_other_types_and_with_entries_to_spare_are_read() -> None:
    expected = {1: {0: 1}, 2: {5: 2}}
    for kind in ("<f2", ">f8", ">i2", "u1", "u8"):
        assert parsed("a.npz", archive(data=np.array([1, 2], kind))) == expected
    assert parsed("a.npz", archive(data=[True, True], indices=np.array([0, 5], ">u2"))) == {
        1: {0: 1},
        2: {5: 1},
    }
    assert parsed("a.npz", archive(data=[1, 2, 9], indices=[0, 5, 9])) == expected
    assert parsed("a.npz", archive(indptr=[0, 0, 2])) == {1: {}, 2: {0: 1, 5: 2}}


# Any bytes


def mutated(content: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, new in changes:
        at = place % (len(content) + 1)
        content = content[:at] + new + content[at + length :]
    return content


some_bytes = st.one_of(
    st.binary(max_size=4),
    st.sampled_from([b"0", b"-", b"1.5", b" ", b"\n", b"\0", b":", b"99999999999", b"1e9", b"nan", b"%"]),
)
changes = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 5), some_bytes), min_size=1, max_size=4)
from_nothing = st.one_of(
    st.binary(max_size=80), st.text(st.sampled_from("0123 \n:.-e%"), max_size=80).map(str.encode)
)


@given(rows, st.sampled_from(list(WRITERS)), changes, st.one_of(st.none(), from_nothing), st.booleans())
def test_any_bytes_give_documents_or_a_reason(
    rows: Rows, name: str, changes: list[tuple[int, int, bytes]], new: bytes | None, skips: bool
) -> None:
    content = mutated(WRITERS[name](rows), changes) if new is None else new
    try:
        found = parsed(name, content, size=8, skip=[] if skips else None)
    except (RefusedError, MalformedError) as refused:
        reason = str(refused)
        assert reason.isprintable()
    else:
        assert all(0 <= column < N_TERMS for counts in found.values() for column in counts)


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("terms") / "vocab.txt"
    path.write_text("\n".join(TERMS))
    return str(path)


@given(
    content=st.one_of(rows.map(ldac), rows.map(uci), rows.map(mtx), rows.map(npz), from_nothing),
    changes=st.one_of(st.just([]), changes),
    packed=st.sampled_from([bytes, partial(gzip.compress, mtime=0), bz2.compress, lzma.compress]),
    changes_of_packed=st.one_of(st.just([]), changes),
    layout=st.sampled_from(["ldac", "uci", "mtx", "npz"]),
    on_error=st.sampled_from(["fail", "skip", "replace"]),
)
def test_any_bytes_packed_or_not_give_documents_or_an_error_of_one_line(
    vocabulary: str,
    content: bytes,
    changes: list[tuple[int, int, bytes]],
    packed: Callable[[bytes], bytes],
    changes_of_packed: list[tuple[int, int, bytes]],
    layout: str,
    on_error: str,
) -> None:
    given_bytes = mutated(packed(mutated(content, changes)), changes_of_packed)
    found: list[Document] = []
    with message_of(CorpusError) as messages:
        found = read("-", stdin=given_bytes, format=layout, vocabulary=vocabulary, on_error=on_error)
    assert all(message.isprintable() for message in messages)
    assert messages == [] or on_error != "skip"
    assert all(document.id.startswith("stdin:") and document.text == "" for document in found)


@given(
    st.one_of(
        st.binary(max_size=40), st.text(st.sampled_from("ab\n\r\0\ufeffé"), max_size=20).map(str.encode)
    )
)
def test_any_vocabulary_gives_terms_or_an_error_of_one_line(vocabulary: str, content: bytes) -> None:
    path = Path(vocabulary).with_name("any.txt")
    path.write_bytes(content)
    terms: list[str] | None = None
    with message_of(CorpusError) as messages:
        terms = read_terms(str(path), CorpusConfig(), Report())
    assert all(message.isprintable() for message in messages)
    assert (terms is None) == bool(messages)
    assert terms is None or (len(set(terms)) == len(terms) and "" not in terms)


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_no_room_for_the_copy_of_a_packed_archive_is_no_fault_of_the_archive(
    tmp_path: Path, on_error: str
) -> None:
    # it was, and under on_error: skip a full disk left out documents
    (tmp_path / "a.npz.gz").write_bytes(gzip.compress(npz([{0: 1}])))
    (tmp_path / "vocab.txt").write_text("\n".join(TERMS))
    with failing_call(bag_readers, "TemporaryFile", 1), pytest.raises(OutputError) as caught:
        read(tmp_path / "a.npz.gz", on_error=on_error)
    assert "a temporary file in " in str(caught.value)
