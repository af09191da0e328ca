"""Arrays in a temporary file: they come back as they were, nothing is left, a full disk is said in a line."""

import itertools
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lda_cli.corpus import training_corpus
from lda_cli.disk.spill import Spill, folder_beside
from lda_cli.errors import OutputError
from lda_cli.training.train import train
from tests.helpers.failing import names_in
from tests.helpers.models import config_of

any_arrays = st.sampled_from([np.int32, np.int64, np.float32]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=1, max_dims=2, min_side=0))
)


@given(st.lists(any_arrays, max_size=6), st.randoms())
@settings(deadline=None)
def test_arrays_come_back_as_they_were_in_any_order_and_as_often_as_asked(given_arrays, random):
    with Spill(Path(tempfile.gettempdir())) as keep:
        kept = [(array, keep(array.copy())) for array in given_arrays] * 2
        random.shuffle(kept)
        for array, again in kept:
            found = again()
            assert (found.dtype, found.shape) == (array.dtype, array.shape)
            assert found.tobytes() == array.tobytes()


def test_file_has_no_name_and_its_room_is_free_when_the_block_ends(tmp_path):
    with Spill(tmp_path) as keep:
        again = keep(np.arange(10**5))
        assert names_in(tmp_path) == set()
        assert again()[-1] == 10**5 - 1
    with pytest.raises(ValueError, match="closed"):
        again()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no disk that is always full")
@pytest.mark.parametrize("n", [10, 10**6])  # within the buffer, and beyond
def test_full_disk_is_an_error_that_names_the_folder(tmp_path, monkeypatch, n):
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir, prefix: open("/dev/full", "r+b"))  # noqa: SIM115
    with pytest.raises(OutputError) as failure, Spill(tmp_path) as keep:
        keep(np.arange(n))
    assert str(failure.value) == f"a temporary file in {tmp_path}: cannot be written: no space left on device"


def test_nearest_folder_that_is_there_has_the_file(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "model")
    (tmp_path / "elsewhere").mkdir()
    assert folder_beside(tmp_path / "model") == tmp_path
    assert folder_beside(tmp_path / "a" / "b" / "model") == tmp_path
    assert folder_beside(tmp_path / "link") == tmp_path / "elsewhere"
    assert folder_beside(Path("model")) == Path.cwd()


@pytest.fixture
def lines(tmp_path):
    """A file of 300 documents, some without a word."""
    words = ["moon", "orbit", "planet", "rice", "oven", "flour", "pepper", "sail", "anchor"]
    rng = np.random.default_rng(0)
    texts = (" ".join(rng.choice(words, rng.integers(30))) for _ in range(300))
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(texts))
    return path


def config(tmp_path, threads=1):
    """Of a quick training, with room for a model in a folder of its own."""
    return config_of(
        model={"path": str(tmp_path / "new" / f"model{threads}"), "topics": 3},
        training={"threads": threads, "passes": 5, "minibatches": 4},
        vocabulary={"max_df": 1.0},
    )


def test_training_gives_the_same_bytes_from_disk_for_any_number_of_threads(tmp_path, lines, monkeypatch):
    found = set()
    for entries, threads in itertools.product((training_corpus.ENTRIES_IN_MEMORY, 0), (1, 3)):
        monkeypatch.setattr(training_corpus, "ENTRIES_IN_MEMORY", entries)
        train(config(tmp_path, threads), [str(lines)], replace=True)
        model = tmp_path / "new" / f"model{threads}"
        found.add(tuple((model / name).read_bytes() for name in ("phi.npy", "theta.npy")))
    assert len(found) == 1
    assert names_in(tmp_path / "new") == {".model1.cache", ".model3.cache", "model1", "model3"}


def test_counts_that_a_file_has_lost_are_an_error_and_no_numbers(tmp_path):
    with open(tmp_path / "counts", "w+b") as file:
        file.write(np.array([[0, 2], [1, 3]], np.int32).tobytes())
        counts = training_corpus.StoredCounts(file, np.array([0, 1, 2]), 2)
        assert counts.rows(np.array([0, 1])).toarray().tolist() == [[2, 0], [0, 3]]
        file.truncate(12)
        with pytest.raises(OutputError, match="truncated"):
            counts.rows(np.array([1]))
