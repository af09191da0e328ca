"""Counts that are no matrix, and copies of them kept elsewhere: the training is the same, byte for byte."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.disk.spill import Spill
from lda_cli.engine import minibatches
from lda_cli.engine.counts import keep_in_memory
from lda_cli.engine.em import Training
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from tests.engine.corpora import random_counts
from tests.engine.runs import cooled
from tests.helpers.strategies import corpora, priors


class Elsewhere:
    """Counts that are bytes, and remember which documents were asked for."""

    def __init__(self, matrix):
        self.shape, self.lengths = matrix.shape, np.diff(matrix.indptr)
        self._rows = [(row.indices.tobytes(), row.data.tobytes()) for row in matrix]
        self.asked = []

    def rows(self, documents):
        self.asked.append(documents)
        indices, data = (b"".join(part) for part in zip(*(self._rows[d] for d in documents), strict=True))
        starts = np.concatenate([[0], np.cumsum(self.lengths[documents])])
        arrays = np.frombuffer(data, np.int32), np.frombuffer(indices, np.int32), starts
        return csr_matrix(arrays, (len(documents), self.shape[1]))


def result(counts, settings, parallel=map, keep=keep_in_memory):
    """All that a training finds, as bytes."""
    training = Training(counts, settings, parallel, keep)
    records = [(record.bound, record.objective) for record in training.run()]
    phi = training.phi
    gamma, bound = training.posterior(phi, 1e-3, 20)
    return phi.tobytes(), training.alpha.tobytes(), gamma.tobytes(), bound, records


@given(st.data())
@pytest.mark.costly
@examples(max_examples=20, derandomize=True)
def test_counts_from_elsewhere_and_entries_kept_on_disk_change_no_byte(data):
    counts = data.draw(corpora())
    schedule = data.draw(st.sampled_from([plain(4, True), cooled(5)]))
    settings = Settings(schedule, data.draw(priors(3)), 0.02, data.draw(st.integers(1, 4)), 0)
    with Spill(Path(tempfile.gettempdir())) as keep:
        assert result(Elsewhere(counts), settings, keep=keep) == result(counts, settings)


def test_number_of_threads_changes_no_byte_of_what_is_kept_on_disk(tmp_path, monkeypatch):
    counts = random_counts(150, 60, 0.2, np.random.default_rng(7))
    settings = Settings(cooled(5), np.full(8, 1 / 8), 0.02, 5, 0)
    expected = result(counts, settings)
    monkeypatch.setattr(minibatches, "KEPT_ENTRIES", 0)  # as in a corpus that is kept on disk
    for n_threads in (1, 2, 4):
        with ThreadPoolExecutor(n_threads) as pool, Spill(tmp_path) as keep:
            assert result(counts, settings, pool.map, keep) == expected


def test_documents_are_asked_for_once_and_in_the_order_of_the_corpus():
    matrix = random_counts(50, 10, 0.2, np.random.default_rng(1))
    counts = Elsewhere(matrix)
    Training(counts, Settings(plain(1, False), np.full(2, 0.5), 0.02, 4, 0))
    assert len(counts.asked) == 4
    assert all((np.diff(documents) > 0).all() for documents in counts.asked)
    all_asked = np.sort(np.concatenate(counts.asked))
    np.testing.assert_array_equal(all_asked, np.flatnonzero(np.diff(matrix.indptr)))
