"""A cache that somebody forged: whatever is wrong with it, the corpus is counted anew, and that is all."""

import gzip
import json
import os
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.corpus.collocations import _keep, _load
from lda_cli.corpus.counts import packed_json
from lda_cli.corpus.counts.cache import Known
from tests.corpus.caching import corpus_of, counted
from tests.forging import altered, put_anywhere

EXPECTED = [("a", {"moon": 2, "tide": 1}), ("b", {}), ("c", {"tide": 1})]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus_of(tmp_path_factory.mktemp("forged") / "corpus", a="moon moon tide", b="", c="tide")


@pytest.fixture(scope="module")
def cache(corpus: Path) -> dict[str, bytes]:
    """What a cache of it holds, by the names of the files."""
    folder = corpus.parent / "cache"
    assert counted(folder, corpus)[0] == EXPECTED
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(cache: dict[str, bytes], tmp_path: Path) -> Path:
    """A copy of the cache, to be forged."""
    return written_anew(tmp_path / "cache", cache)


def written_anew(folder: Path, contents: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def index(folder: Path) -> Any:
    return json.loads(gzip.decompress((folder / "index.json.gz").read_bytes()))


def forge(folder: Path, found: object) -> None:
    (folder / "index.json.gz").write_bytes(gzip.compress(json.dumps(found).encode()))


def assert_counted_anew(folder: Path, corpus: Path) -> None:
    assert counted(folder, corpus)[:2] == (EXPECTED, 3)
    assert counted(folder, corpus)[:2] == (EXPECTED, 0)


def column(name: str, value: object) -> Callable[[Any], object]:
    return lambda found: found["files"][name].__setitem__(0, value)


def report(**found: object) -> Callable[[Any], object]:
    return lambda index: index.update(reports={index["files"]["key"][0]: found})


FORGED = {
    "another format": lambda found: found.update(format=3),
    "no files of counts": lambda found: found.update(counts={}),
    "a block too short": lambda found: found.update(counts={"counts-x": [[[0, 1, 2]], 3, 4]}),
    "a block of words": lambda found: found.update(counts={"counts-x": [[["0", 1, 2, 1, 2]], 3, 4]}),
    "no columns": lambda found: found.update(files={}),
    "null for columns": lambda found: found.update(files=None),
    "columns of unequal length": lambda found: found["files"]["size"].pop(),
    "a report of nobody": lambda found: found.update(reports={"nobody": {}}),
    "a report that is a list": lambda found: found.update(reports={found["files"]["key"][0]: []}),
    "a report of words": report(n_skipped="2"),
    "a report of something else": report(n_lost=2),
    "a report without names": report(n_skipped=2),
    "names that are numbers": report(n_skipped=1, skipped=[1]),
    "names that are a word": report(n_skipped=1, skipped="x"),
    "less than no report": report(n_skipped=-1),
    "an infinite report": report(n_skipped=float("inf")),
    "a report of a number too long to tell": report(n_skipped=int("9" * 4300), skipped=20 * ["x"]),
    "a name too long to tell": report(n_skipped=1, skipped=["x" * 10**6]),
    "an infinite size": column("size", float("inf")),
    "a size of words": column("size", "many"),
    "a time that is null": column("modified", None),
    "a fraction of a document": column("first", 0.5),
    "a document before the first": column("first", -1),
    "a document behind the last": column("first", 3),
    "less than no document": column("n_documents", -1),
    "true documents": column("n_documents", True),
    "documents nowhere": column("counts", "counts-x"),
    "documents in a number": column("counts", 7),
    "a key that is a list": column("key", []),
    "content that is no number": column("content", "x"),
    "content that is null": column("content", None),
}


@pytest.mark.parametrize("what", FORGED)
def test_index_that_makes_no_sense_is_as_good_as_none(folder: Path, corpus: Path, what: str) -> None:
    found = index(folder)
    FORGED[what](found)
    forge(folder, found)
    assert_counted_anew(folder, corpus)


@pytest.mark.parametrize("text", ["[" * 10**5, '{"a":' * 10**5, "9" * 5000, "null", "\xff", ""])
def test_index_that_is_no_json_of_ours_is_as_good_as_none(folder: Path, corpus: Path, text: str) -> None:
    (folder / "index.json.gz").write_bytes(gzip.compress(text.encode("latin-1")))
    assert_counted_anew(folder, corpus)


@pytest.mark.parametrize("name", ["index.json.gz", "phrases.json.gz"])
def test_bomb_is_not_unpacked(folder: Path, name: str) -> None:
    megabyte = gzip.compress(b"[" + b"0," * (1 << 19), compresslevel=9)
    (folder / name).write_bytes(megabyte * 100)
    tracemalloc.start()
    try:
        known = Known(folder).index
        assert _load(folder, "", "") is None
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert (known is None) == (name == "index.json.gz")


def test_index_that_gzip_packs_too_well_is_stored_so_that_it_can_be_read(tmp_path: Path) -> None:
    value = ["a" * 1000] * 5000
    packed_json.save_json(tmp_path / "a.gz", value)
    assert packed_json.load_json(tmp_path / "a.gz") == value


def replaced(path: Path, how: str) -> None:
    path.unlink()
    if how == "pipe":
        os.mkfifo(path)
    elif how == "link":
        path.symlink_to(path.parent.parent / "victim")
    elif how == "circle":
        path.symlink_to(path)
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders")
@pytest.mark.parametrize("how", ["pipe", "link", "circle", "device"])
@pytest.mark.parametrize("which", ["index.json.gz", "counts-*"])
def test_what_is_no_file_is_not_waited_for_nor_written_through(
    folder: Path, corpus: Path, which: str, how: str
) -> None:
    (folder.parent / "victim").write_text("precious")
    replaced(next(folder.glob(which)), how)
    assert_counted_anew(folder, corpus)
    assert (folder.parent / "victim").read_text() == "precious"


def parts(content: bytes, contents: Any) -> Iterator[tuple[int, int]]:
    """Where lengths, columns, counts and names of the only block begin and end, and the terms."""
    (offset, n_documents, n_entries, count_bytes, name_bytes), *_ = contents[0]
    at = offset
    for size in (4 * n_documents, 4 * n_entries, count_bytes * n_entries, name_bytes):
        yield at, at + size
        at += size
    yield at, len(content)


LENGTHS, COLUMNS, COUNTS, NAMES, TERMS = range(5)
FORGED_COUNTS = {
    "a column that no term has": (COLUMNS, np.array([0, 2, 1], np.int32)),
    "a negative column": (COLUMNS, np.array([0, -1, 1], np.int32)),
    "the largest column": (COLUMNS, np.array([0, 2**31 - 1, 1], np.int32)),
    "a count of nothing": (COUNTS, np.array([2, 0, 1], np.uint8)),
    "lengths of more entries": (LENGTHS, np.array([2, 0, 2], np.uint32)),
    "lengths of fewer entries": (LENGTHS, np.array([1, 0, 1], np.uint32)),
    "a huge length": (LENGTHS, np.array([2**32 - 1, 0, 2], np.uint32)),
    "too few names": (NAMES, np.frombuffer(b"a\nbcd", np.uint8)),
    "names that are no text": (NAMES, np.array([255, 10, 255, 10, 255], np.uint8)),
    "a term twice": (TERMS, np.frombuffer(b"moon\nmoon", np.uint8)),
    "terms that are no text": (TERMS, np.array([255] * 9, np.uint8)),
    "one term": (TERMS, np.frombuffer(b"moontides", np.uint8)),
}


def forge_counts(folder: Path, content: bytes, edit: Callable[[Any], object] = lambda contents: None) -> None:
    """Put other counts in the place of those that are there, with the right check sum."""
    found = index(folder)
    (name, contents) = next(iter(found["counts"].items()))
    contents[1:] = len(content), zlib.crc32(content)
    edit(contents)
    (folder / name).write_bytes(content)
    forge(folder, found)


@pytest.mark.parametrize("what", FORGED_COUNTS)
def test_counts_out_of_range_are_counted_anew(folder: Path, corpus: Path, what: str) -> None:
    part, values = FORGED_COUNTS[what]
    (name, contents) = next(iter(index(folder)["counts"].items()))
    content = bytearray((folder / name).read_bytes())
    begin, end = list(parts(content, contents))[part]
    assert end - begin == values.nbytes
    content[begin:end] = values.tobytes()
    forge_counts(folder, bytes(content))
    assert_counted_anew(folder, corpus)


@pytest.mark.parametrize(
    "block",
    [
        *([-8, 3, 3, 1, 5], [4, 3, 3, 1, 5], [0, -3, 3, 1, 5], [0, 3, -3, 1, 5], [0, 3, 3, -1, 5]),
        *([0, 3, 3, 3, 5], [0, 3, 3, 1, -5], [0, 3, 3, 8, 5], [0, 2**40, 3, 1, 5], [0, 3, 2**62, 1, 5]),
        *([0, 3, 3, 1, 2**63], [0, 0, 0, 1, 5], [0, 0, 5, 1, 0], [10**30, 3, 3, 1, 5]),
    ],
)
def test_blocks_that_lie_elsewhere_are_counted_anew(folder: Path, corpus: Path, block: list[int]) -> None:
    content = next(folder.glob("counts-*")).read_bytes()
    forge_counts(folder, content, lambda contents: contents.__setitem__(0, [block]))
    assert_counted_anew(folder, corpus)


def test_file_without_blocks_or_of_another_length_is_counted_anew(folder: Path, corpus: Path) -> None:
    content = next(folder.glob("counts-*")).read_bytes()
    forge_counts(folder, content, lambda contents: contents.__setitem__(0, []))
    assert_counted_anew(folder, corpus)
    content = next(folder.glob("counts-*")).read_bytes()
    forge_counts(folder, content, lambda contents: contents.__setitem__(1, 2**62))
    assert_counted_anew(folder, corpus)


@settings(max_examples=30)
@given(data=st.data())
def test_counts_of_any_bytes_are_counted_anew_or_in_range(
    cache: dict[str, bytes], corpus: Path, data: st.DataObject
) -> None:
    folder = written_anew(corpus.parent / "fuzzed", cache)
    name = next(name for name in cache if name.startswith("counts-"))
    content = altered(cache[name], data.draw)
    block = [max(0, n + data.draw(st.integers(-1, 1))) for n in (0, 3, 3, 1, 5)]
    forge_counts(folder, content, lambda contents: contents.__setitem__(0, [block]))
    found, n_read, _ = counted(folder, corpus)
    assert n_read in (0, 3)
    assert len(found) == 3
    assert n_read == 0 or found == EXPECTED


@settings(max_examples=30)
@given(data=st.data())
def test_index_with_anything_in_any_place_is_counted_anew_or_does_no_harm(
    cache: dict[str, bytes], corpus: Path, data: st.DataObject
) -> None:
    folder = written_anew(corpus.parent / "fuzzed", cache)
    found = index(folder)
    for _ in range(data.draw(st.integers(1, 2))):
        put_anywhere(found, data.draw)
    forge(folder, found)
    found, n_read, _ = counted(folder, corpus)
    assert n_read <= 3
    assert [name for name, _ in found] == ["a", "b", "c"] or n_read < 3


@pytest.mark.parametrize(
    "pairs", [7, [["new"]], [["new", "york", "city"]], [["new", 7]], [["new", ""]], [["new", "yo\trk"]],
              [["new", "yo\nrk"]], [["new", "\ud800"]], {"new": "york"}, None, [7], [[["new"], "york"]]],
)  # fmt: skip
def test_pairs_that_are_no_words_are_learned_anew(tmp_path: Path, pairs: object) -> None:
    _keep(tmp_path, "key", "fingerprint", (("new", "york"),))
    assert _load(tmp_path, "key", "fingerprint") == (("new", "york"),)
    packed_json.save_json(
        tmp_path / "phrases.json.gz", {"key": "key", "fingerprint": "fingerprint", "pairs": pairs}
    )
    assert _load(tmp_path, "key", "fingerprint") is None
