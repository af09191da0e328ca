"""Medians of repeated runs, with what is compared taken in turn, so that a slow moment meets all alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix

from lda_cli.engine.em import Training
from lda_cli.engine.estep import Map
from lda_cli.engine.schedule import Pass
from lda_cli.engine.settings import Settings

REPEATS = 5
PASSES = 4  # of a training, of which the last is timed


def seconds_of(run: Callable[[], object]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def last_pass(counts: csr_matrix, n_topics: int, plan: Pass, n_minibatches: int, parallel: Map) -> float:
    """Seconds of the last of PASSES passes of a training."""
    settings = Settings((plan,) * PASSES, np.full(n_topics, 1 / n_topics), 0.02, n_minibatches, 0)
    *_, record = Training(counts, settings, parallel).run()
    return record.seconds


def medians(measures: Mapping[str, Callable[[], float]], repeats: int = REPEATS) -> dict[str, float]:
    """The median of what each of `measures` returns, after one round to warm up."""
    rounds = [{name: measure() for name, measure in measures.items()} for _ in range(repeats + 1)]
    return {name: statistics.median(found[name] for found in rounds[1:]) for name in measures}


def median_seconds(runs: Mapping[str, Callable[[], object]], repeats: int = REPEATS) -> dict[str, float]:
    """The median time of each of `runs`."""
    return medians({name: partial(seconds_of, run) for name, run in runs.items()}, repeats)
