"""A training in shards, in one process: its counts are all there, its bound does not fall, and it goes on."""

import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lda_cli.engine.em import Training
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from lda_cli.engine.sharded import Sharded
from lda_cli.engine.theta_prior import Groups
from lda_cli.engine.threads import threads
from lda_cli.errors import OutputError
from lda_cli.training.shards import Here, ShardFiles, shard_folder
from tests.engine.corpora import random_counts
from tests.engine.runs import cooled, go_on, stored
from tests.helpers.strategies import corpora, priors
from tests.helpers.training import quick_config


def in_shards(folder, counts, settings, parallel=map):
    shards = ShardFiles(folder, len(settings.alpha), Here(parallel))

    def make(counts, parts, settings, prior, *_):
        return Sharded(counts, parts, settings, prior, shards)

    return Training(counts, settings, make=make)


def finished(training):
    bounds = [record.bound for record in training.run()]
    phi = training.phi
    gamma, bound = training.posterior(phi, 1e-3, 20)
    return phi.tobytes(), training.alpha.tobytes(), gamma.tobytes(), bound, bounds[-1]


@given(st.data())
@examples(max_examples=25, derandomize=True, deadline=None)
def test_bound_of_plain_em_never_falls_and_no_count_is_lost(data):
    counts, eta = data.draw(corpora()), data.draw(st.sampled_from([0.02, 0.5]))
    settings = Settings(plain(6, True), data.draw(priors(3)), eta, data.draw(st.integers(1, 3)), 0)
    with tempfile.TemporaryDirectory() as folder:
        training = in_shards(Path(folder), counts, replace(settings, n_shards=data.draw(st.integers(1, 5))))
        records = list(training.run())
    objectives = [record.objective for record in records]
    for before, after in pairwise(objectives):
        assert after >= before - 1e-6 * counts.sum()
    assert training.sstats.sum() == pytest.approx(counts.sum(), rel=1e-5)


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize("n_visits", [0, 1, 5, 11, 14])
def test_training_in_shards_goes_on_with_the_same_bytes(tmp_path, collapsed, n_visits):
    counts = random_counts(60, 30, 0.2, np.random.default_rng(5))
    groups = Groups((np.arange(60) % 2).astype(np.int32), np.array([[1.0, 0.0], [1.0, 1.0]]), np.ones((2, 3)))
    schedule = cooled(5, 1, collapsed=collapsed)
    settings = Settings(schedule, np.full(3, 0.3), 0.05, 3, 0, n_shards=3, groups=groups, decorrelate=2.0)
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    expected = finished(in_shards(folders[0], counts, settings))
    left = in_shards(folders[1], counts, settings)
    for _, _ in zip(range(n_visits), left.steps(), strict=False):
        pass
    assert finished(go_on(in_shards(folders[2], counts, settings), stored(left.state()))) == expected


def test_number_of_threads_changes_no_byte_and_a_new_start_forgets_the_last(tmp_path):
    counts = random_counts(150, 60, 0.2, np.random.default_rng(7))
    settings = Settings(cooled(5), np.full(8, 1 / 8), 0.02, 4, 0, n_shards=3)
    training = in_shards(tmp_path, counts, settings)
    expected = finished(training)
    training.begin(0, settings.schedule)
    assert finished(training) == expected
    for n_threads in (2, 4):
        (tmp_path / str(n_threads)).mkdir()
        with threads(n_threads) as parallel:
            assert finished(in_shards(tmp_path / str(n_threads), counts, settings, parallel)) == expected


def test_shards_hold_every_document_once_and_find_what_one_process_finds(tmp_path):
    counts = random_counts(200, 30, 0.3, np.random.default_rng(2))
    settings = Settings(plain(30, False), np.full(2, 0.5), 0.05, 2, 0)
    one = Training(counts, settings)
    several = in_shards(tmp_path, counts, replace(settings, n_shards=4))
    for training in (one, several):
        list(training.run())
    np.testing.assert_allclose(several.phi, one.phi, atol=5e-4)
    documents = np.concatenate([visited.rows for visited in several._visited])
    assert sorted(documents.tolist()) == list(range(200))
    entries = sum(int(docs.counts.sum()) for docs, _ in several.minibatches())
    assert entries == counts.sum()


def test_files_of_a_training_are_those_of_one_version_and_gone_in_the_end(tmp_path):
    counts = random_counts(30, 20, 0.3, np.random.default_rng(2))
    settings = Settings(cooled(4), np.full(2, 0.5), 0.05, 2, 0, n_shards=2)
    (tmp_path / "shards" / "left").mkdir(parents=True)
    with shard_folder(tmp_path / "shards") as folder:
        list(in_shards(folder, counts, settings).run())
        names = [path.name for path in folder.iterdir()]
        for ending in ("shard", "counts", "gamma"):
            assert sum(name.endswith(ending) for name in names) == 4
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert not (tmp_path / "shards").exists()


def test_truncated_shard_is_an_error_that_names_it(tmp_path):
    counts = random_counts(30, 20, 0.3, np.random.default_rng(2))
    training = in_shards(tmp_path, counts, Settings(cooled(4), np.full(2, 0.5), 0.05, 2, 0, n_shards=2))
    (tmp_path / "1-1.shard").write_bytes(b"\x93NUMPY")
    with pytest.raises(OutputError, match=r"1-1\.shard: a temporary file cannot be read"):
        list(training.run())


def test_config_says_the_number_of_shards(tmp_path):
    assert quick_config(tmp_path, tmp_path / "m", training_shards=3).training.shards == 3
