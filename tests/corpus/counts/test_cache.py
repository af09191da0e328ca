"""The corpus cache: what a second reading does not read, and everything that must make it read again."""

import errno
import gzip
import io
import json
import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lda_cli.config import CorpusConfig, SplitConfig, TokenizerConfig
from lda_cli.corpus.counts import cache as cache_module
from lda_cli.corpus.counts.cache import Cache, KnownFiles
from lda_cli.corpus.formats.metadata import from_text
from lda_cli.corpus.reading import fingerprint, read
from lda_cli.corpus.terms.rows import Rows
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.errors import OutputError
from tests.corpus.reading import inputs_of

Counted = list[tuple[str, dict[str, int]]]


def counted(
    folder: Path | None, *inputs: Path, key: str = "", **settings: object
) -> tuple[Counted, int, object]:
    """All documents with their counts, how many files were read for it, and the reading itself."""
    config = CorpusConfig(**settings)
    with Cache(folder, key) as cache:
        reading = read(inputs_of(*inputs, corpus=config), Tokenizer(TokenizerConfig(min_length=1)), cache)
        documents, terms = [], reading.documents.terms
        names = reading.documents.names()
        for part in reading.documents.counts():
            for begin, end in zip(part.indptr[:-1], part.indptr[1:], strict=True):
                entries = zip(part.indices[begin:end].tolist(), part.data[begin:end].tolist(), strict=True)
                documents.append((next(names), {terms[column]: count for column, count in entries}))
        assert next(names, None) is None
        return documents, reading.n_read, reading


def corpus_of(folder: Path, **texts: str) -> Path:
    """A folder of files that are too old for their times to be doubted."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
        age(folder / name)
    return folder


def age(path: Path, seconds: int = 1000) -> None:
    then = path.stat().st_mtime_ns - seconds * 10**9
    os.utime(path, ns=(then, then))


@pytest.fixture
def no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are believed, however fresh: the time of a change of status cannot be set back by a test."""
    monkeypatch.setattr("lda_cli.corpus.counts.cache._TOO_FRESH", -(10**18))


def test_second_reading_reads_nothing_and_finds_the_same(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon moon tide", b="", c="tide rice")
    first, n_first, one = counted(tmp_path / "cache", corpus)
    second, n_second, two = counted(tmp_path / "cache", corpus)
    assert first == second == [("a", {"moon": 2, "tide": 1}), ("b", {}), ("c", {"tide": 1, "rice": 1})]
    assert (n_first, n_second) == (3, 0)
    assert one.fingerprint == two.fingerprint
    assert two.n_files == 3


def test_known_files_are_not_even_opened(
    tmp_path: Path, no_doubt: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon", b="tide")
    expected, _, reading = counted(tmp_path / "cache", corpus)
    monkeypatch.setattr("lda_cli.corpus.counts.cache.content", None)
    assert counted(tmp_path / "cache", corpus)[:2] == (expected, 0)
    known = KnownFiles(tmp_path / "cache")
    monkeypatch.setattr("lda_cli.corpus.reading.content", None)
    assert fingerprint(inputs_of(corpus), known) == reading.fingerprint


def test_only_what_changed_is_read_and_order_stays(tmp_path: Path) -> None:
    texts = {f"{number:02}": f"word{number % 7} moon" for number in range(40)}
    corpus = corpus_of(tmp_path / "corpus", **texts)
    counted(tmp_path / "cache", corpus)
    corpus_of(corpus, **{"07": "rice rice", "055": "tide", "zz": "oil"})
    (corpus / "12").unlink()
    found, n_read, reading = counted(tmp_path / "cache", corpus)
    assert n_read == 3
    anew, _, without = counted(None, corpus)
    assert found == anew
    assert reading.fingerprint == without.fingerprint


def test_change_that_leaves_size_and_time_is_found(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon")
    counted(tmp_path / "cache", corpus)
    before = (corpus / "a").stat()
    (corpus / "a").write_text("tide")
    os.utime(corpus / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert counted(tmp_path / "cache", corpus)[0] == [("a", {"tide": 1})]


def test_file_that_was_only_touched_is_not_read(tmp_path: Path, no_doubt: None) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon", b="tide")
    counted(tmp_path / "cache", corpus)
    age(corpus / "a")
    assert counted(tmp_path / "cache", corpus)[1] == 0
    assert KnownFiles(tmp_path / "cache").index.entries.keys() == {
        f"folder:1:{corpus / name}" for name in ("a", "b")
    }


def test_other_settings_read_all_anew_and_replace_what_was_kept(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon", b="tide")
    folder = tmp_path / "cache"
    counted(folder, corpus, key="one")
    assert counted(folder, corpus, key="two")[1] == 2
    assert counted(folder, corpus, key="two")[1] == 0
    assert len(list(folder.iterdir())) == 2


def test_what_was_skipped_or_replaced_is_told_again(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon")
    (corpus / "bad").write_bytes(b"\xff rice")
    (corpus / "binary").write_bytes(b"\0")
    for on_error in ("skip", "replace"):
        first = counted(tmp_path / on_error, corpus, on_error="skip")[2].report
        again = counted(tmp_path / on_error, corpus, on_error="skip")[2].report
        assert first == again
        assert (again.n_skipped, again.left_out) == (1, {"binary file": 1})


def test_lines_of_a_large_file_and_a_folder_come_back_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lda_cli.corpus.documents.chunks.CHUNK_BYTES", 100)
    monkeypatch.setattr("lda_cli.corpus.counts.counts_file.BLOCK_SIZE", 50)
    corpus = corpus_of(tmp_path / "corpus", **{f"f{n}": f"moon rice{n}" for n in range(30)})
    lines = tmp_path / "lines.mallet"
    lines.write_text("".join(f"{n} en tide oil{n % 13} {'ja ' * n}\n" for n in range(400)))
    inputs = corpus, lines
    first, _, _ = counted(tmp_path / "cache", *inputs)
    (corpus / "f4").write_text("new")
    second, n_read, _ = counted(tmp_path / "cache", *inputs)
    assert n_read == 1
    assert [name for name, _ in second] == [name for name, _ in first]
    assert len(second) == 430
    assert second == counted(None, *inputs)[0]


@pytest.mark.parametrize("how", ["cut", "flip", "delete"])
@pytest.mark.parametrize("place", [0.3, 0.99])
@pytest.mark.parametrize("which", ["index.json.gz", "counts-*"])
def test_damaged_cache_is_rebuilt_and_never_trusted(
    tmp_path: Path, how: str, place: float, which: str
) -> None:
    corpus, folder = corpus_of(tmp_path / "corpus", a="moon tide", b="tide"), tmp_path / "cache"
    expected = counted(folder, corpus)[0]
    path = next(folder.glob(which))
    content = bytearray(path.read_bytes())
    at = int(place * len(content))
    content[at] ^= 0x10
    path.write_bytes(content[:at] if how == "cut" else content)
    if how == "delete":
        path.unlink()
    found, n_read, _ = counted(folder, corpus)
    assert found == expected
    # the header of gzip holds bytes that mean nothing
    assert n_read == 2 or (which, how) == ("index.json.gz", "flip")
    assert counted(folder, corpus)[:2] == (expected, 0)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("text", ['{"format": 4}', "[]", ""])
def test_index_of_another_version_is_counted_anew(tmp_path: Path, text: str) -> None:
    corpus, folder = corpus_of(tmp_path / "corpus", a="moon"), tmp_path / "cache"
    counted(folder, corpus)
    (folder / "index.json.gz").write_bytes(gzip.compress(text.encode("latin-1")))
    assert counted(folder, corpus)[1] == 1
    assert counted(folder, corpus)[1] == 0


def test_files_of_counts_stay_few_and_hold_no_terms_that_are_gone(tmp_path: Path) -> None:
    rng = random.Random(0)
    folder, corpus = tmp_path / "cache", corpus_of(tmp_path / "corpus")
    for number in range(30):
        corpus_of(corpus, **{f"f{rng.randrange(20)}": f"moon only{number}" for _ in range(3)})
        found, n_read, _ = counted(folder, corpus)
        assert n_read <= 3
        assert found == counted(None, corpus)[0]
        assert len(list(folder.glob("counts-*"))) <= cache_module._FILES_AT_MOST
    terms = Counter(term for _, counts in found for term in counts)
    with Cache(folder, "") as cache:
        stored = {term for file in cache._files.values() for term in file.terms}
    assert terms.keys() <= stored
    assert len(stored) < 60


def test_metadata_stay_with_their_documents_however_often_files_change(
    tmp_path: Path, no_doubt: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lda_cli.corpus.counts.counts_file.BLOCK_SIZE", 20)
    monkeypatch.setattr(cache_module, "_FILES_AT_MOST", 3)
    rng = random.Random(0)
    paths = [tmp_path / f"{n}.jsonl" for n in range(6)]
    for path in paths:
        path.write_text("")
    wanted: dict[Path, list[dict[str, int]]] = {path: [] for path in paths}
    for _ in range(12):
        changed = rng.choice(paths)
        wanted[changed] = [{"n": rng.randrange(3)} if rng.random() < 0.8 else {} for _ in range(9)]
        lines = [json.dumps({"text": f"one two\nthree {rng.random()}"} | each) for each in wanted[changed]]
        changed.write_text("\n".join(lines))
        split = SplitConfig("lines", 1)
        config = CorpusConfig(metadata_fields=("n",), split=split)
        with Cache(tmp_path / "cache", "") as cache:
            reading = read(inputs_of(*paths, corpus=config), Tokenizer(TokenizerConfig(min_length=1)), cache)
            found = [dict(from_text(text)) for text in reading.documents.metadata()]
            assert len(found) == len(list(reading.documents.names()))
        assert found == [each for path in paths for each in wanted[path] for _ in range(2)]


def test_cache_that_another_run_replaces_stays_readable(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon", b="tide")
    folder = tmp_path / "cache"
    expected = counted(folder, corpus)[0]
    tokenizer = Tokenizer(TokenizerConfig(min_length=1))
    with Cache(folder, "") as ours:
        counted(folder, corpus, key="others")
        reading = read(inputs_of(corpus), tokenizer, ours)
        assert reading.n_read == 0
        assert list(reading.documents.names()) == [name for name, _ in expected]
        assert sum(int(part.data.sum()) for part in reading.documents.counts()) == 2


def test_file_that_another_run_is_writing_is_not_taken_for_a_left_over(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon")
    folder = tmp_path / "cache"
    starts = np.array([0, 1])
    one = np.ones(1, np.int32)
    with Cache(folder, "other") as writing:
        name, _ = writing.add(["x"], ["term"], Rows(starts, 0 * one, one))
        counted(folder, corpus)
        assert (folder / name).exists()
    assert not (folder / name).exists()
    (folder / "counts-left-by-a-killed-run").write_bytes(b"x")
    counted(folder, corpus, key="again")
    assert len(list(folder.iterdir())) == 2


def test_what_killed_runs_left_is_deleted_though_nothing_has_changed(tmp_path: Path, no_doubt: None) -> None:
    corpus, folder = corpus_of(tmp_path / "corpus", a="moon"), tmp_path / "cache"
    counted(folder, corpus)
    kept = sorted(folder.iterdir())
    for name in ("counts-left", ".index.json.gz.0123abcd.new"):
        (folder / name).write_bytes(b"x")
    counted(folder, corpus)
    assert sorted(folder.iterdir()) == kept


def test_run_that_finds_nothing_new_keeps_what_another_one_wrote_meanwhile(
    tmp_path: Path, no_doubt: None
) -> None:
    corpus, folder = corpus_of(tmp_path / "corpus", a="moon"), tmp_path / "cache"
    counted(folder, corpus)
    with Cache(folder, "") as ours:
        counted(folder, corpus, key="others")
        read(inputs_of(corpus), Tokenizer(TokenizerConfig(min_length=1)), ours)
    assert counted(folder, corpus, key="others")[1] == 0


def test_run_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", a="moon", b="tide")
    folder = tmp_path / "cache"
    counted(folder, corpus)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with Cache(folder, "") as cache:
        cache.add(["x"], [], Rows(np.zeros(2, np.int64), *[np.zeros(0, np.int32)] * 2))
        assert len(list(folder.iterdir())) == 3
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_standard_input_is_counted_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    with Cache(tmp_path / "cache", "") as cache:
        tokenizer = Tokenizer(TokenizerConfig())
        reading = read(inputs_of("-", stdin=io.BytesIO(b"moon tide\nmoon\n")), tokenizer, cache)
        assert list(reading.documents.names()) == ["stdin:1", "stdin:2"]
    assert list(tmp_path.iterdir()) == []


def test_link_in_the_place_of_a_cache_is_refused(tmp_path: Path) -> None:
    # the files of counts of another cache, and its index, would be taken for left-overs
    corpus = corpus_of(tmp_path / "corpus", a="moon")
    (tmp_path / "victim").mkdir()
    (tmp_path / "cache").symlink_to("victim")
    with pytest.raises(OutputError, match=r"cache: is a symbolic link, .*corpus\.cache to the real path"):
        counted(tmp_path / "cache", corpus)
    assert list((tmp_path / "victim").iterdir()) == []


def test_file_system_without_locks_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    corpus = corpus_of(tmp_path / "corpus", a="moon")
    folder = tmp_path / "cache"
    assert counted(folder, corpus)[1] == 1
    (folder / "counts-of-another-run").write_bytes(b"x")
    corpus_of(corpus, b="tide")
    assert counted(folder, corpus)[1] == 1
    assert (folder / "counts-of-another-run").exists()
