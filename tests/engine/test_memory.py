"""What a training is said to take of memory, against what it takes."""

import tracemalloc

import numpy as np
import pytest

from lda_cli.engine import memory
from lda_cli.engine.em import Training
from lda_cli.engine.kernel import kernel_name
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from lda_cli.engine.starts import Starts

from .corpora import random_counts
from .runs import cooled

PLAIN, ANNEALED, COLLAPSED = plain(3, True), cooled(6), cooled(4, 0, collapsed=True)


@pytest.mark.once
@pytest.mark.skipif(kernel_name() != "native", reason="what the twin in NumPy takes besides is not told")
@pytest.mark.parametrize(
    ("schedule", "n_starts", "n_docs", "n_terms", "density", "n_topics", "n_minibatches"),
    [
        (PLAIN, 1, 200, 20_000, 0.01, 40, 8),  # Phi is most of it
        (COLLAPSED, 1, 200, 20_000, 0.01, 40, 8),
        (ANNEALED, 1, 5000, 100, 0.1, 50, 4),  # gamma is
        (ANNEALED, 2, 5000, 100, 0.1, 50, 4),
        (PLAIN, 1, 2000, 500, 0.3, 4, 10),  # the counts are
        (COLLAPSED, 1, 1000, 500, 0.3, 4, 10),
        (ANNEALED, 1, 1000, 2000, 0.05, 50, 10),  # the contributions are
        (ANNEALED, 2, 1000, 500, 0.3, 4, 1),
    ],
)
def test_memory_is_told_within_a_third(schedule, n_starts, n_docs, n_terms, density, n_topics, n_minibatches):
    counts = random_counts(n_docs, n_terms, density, np.random.default_rng(0))
    frequencies, n_entries = np.bincount(counts.indices, minlength=n_terms), counts.nnz
    settings = Settings(schedule, np.full(n_topics, 1 / n_topics), 0.05, n_minibatches, 0)
    tracemalloc.start()
    try:
        matrix = counts.copy()
        training = Training(matrix, settings)
        del matrix
        starts = Starts(training, n_starts, False, 1e-3, 20)
        stored = 0
        for _ in starts.steps():
            state = starts.state()
            stored = max(stored, sum(array.nbytes for array in state.arrays))
        training.posterior(training.phi, 1e-3, 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    contributions = memory.contribution_bytes(frequencies, n_minibatches, n_topics)
    assert contributions == pytest.approx(training.contribution_bytes, rel=0.02)
    told = memory.peak_bytes(
        *(n_docs, n_terms, n_entries, n_topics, n_minibatches, contributions),
        averages=schedule[-1].averaged,
        in_memory=True,
        collapsed=schedule[0].collapsed,
        several_starts=n_starts > 1,
    )
    assert told == pytest.approx(peak, rel=0.33)
    assert memory.least_bytes(n_docs, n_terms, n_topics) <= min(peak, told)
    sizes = n_docs, n_terms, n_topics, contributions
    told = memory.state_bytes(*sizes, averages=schedule[-1].averaged, several_starts=n_starts > 1)
    if schedule[-1].collapsed:  # of which the state has no gamma
        stored += 4 * n_docs * n_topics
    assert told == pytest.approx(stored, rel=0.02)
