"""A training that is left between two visits, and another that goes on from its state: the same bytes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lda_cli.engine.em import Training
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from tests.engine.corpora import random_counts
from tests.engine.runs import cooled, go_on, stored
from tests.helpers.strategies import corpora, priors

pytestmark = pytest.mark.once  # the state is the same for either kernel


def finished(training):
    """All that a training finds, as bytes, and the records of the passes that it made."""
    records = [(record.number, record.bound, record.objective) for record in training.run()]
    phi = training.phi
    gamma, bound = training.posterior(phi, 1e-3, 20)
    return phi.tobytes(), training.alpha.tobytes(), gamma.tobytes(), bound, records


def left_after(counts, settings, n_visits):
    """A training after so many visits: its state as it would be stored, and the passes that it made."""
    training = Training(counts, settings)
    steps = training.steps()
    records = [record for _, record in zip(range(n_visits), steps, strict=False) if record is not None]
    return stored(training.state()), [(record.number, record.bound, record.objective) for record in records]


def going_on(counts, settings, state):
    return go_on(Training(counts, settings), state)


@given(st.data())
@pytest.mark.costly
@examples(max_examples=30, derandomize=True)
def test_going_on_after_any_visit_ends_with_the_same_bytes(data):
    counts = data.draw(corpora())
    schedule = data.draw(
        st.sampled_from([plain(4, True), plain(3, False), cooled(8), cooled(5, 0, collapsed=True)])
    )
    tolerance = data.draw(st.sampled_from([None, 1e-2]))
    settings = Settings(schedule, data.draw(priors(3)), 0.02, data.draw(st.integers(1, 4)), 0, tolerance)
    delta, n_background = data.draw(st.sampled_from([(0.0, 0), (0.0, 0), (40.0, 0), (40.0, 1)]))
    settings = replace(settings, decorrelate=delta, n_background=n_background)
    state, passes = left_after(counts, settings, data.draw(st.integers(0, 30)))
    *expected, all_passes = finished(Training(counts, settings))
    *found, other_passes = finished(going_on(counts, settings, state))
    assert found == expected
    assert passes + other_passes == all_passes


@pytest.mark.parametrize("n_visits", [10, 20])
def test_state_is_lost_to_the_posterior_unless_no_visit_comes_any_more(n_visits):
    """A training stopped by a time limit, and by a signal in its posterior, went on to other bytes."""
    counts = random_counts(30, 20, 0.3, np.random.default_rng(3))
    training = Training(counts, Settings(plain(5, False), np.full(2, 0.5), 0.02, 4, 0))
    for _ in zip(range(n_visits), training.steps(), strict=False):
        assert training.state() is not None
    training.posterior(training.phi, 1e-3, 20)
    assert (training.state() is None) == (n_visits < 20)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_passes": 9},
        {"n_passes": 1.0},
        {"n_seen": 31},
        {"visit_bounds": [0.0] * 4},
        {"visit_bounds": [None]},
        {"seconds": float("nan")},
        {"more": 1},
    ],
    ids=str,
)
def test_facts_of_another_training_are_refused(wrong):
    counts = random_counts(30, 20, 0.3, np.random.default_rng(3))
    settings = Settings(plain(5, False), np.full(2, 0.5), 0.02, 4, 0)
    (facts, arrays), _ = left_after(counts, settings, 6)
    with pytest.raises(ValueError, match=r"unexpected fields|NaN|a number is|a list is"):
        going_on(counts, settings, (json.dumps(json.loads(facts) | wrong), arrays))
