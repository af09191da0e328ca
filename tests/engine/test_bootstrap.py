"""Intervals of means and medians over topics."""

import numpy as np
import pytest

from lda_cli.engine.bootstrap import Interval, difference, summary


def test_interval_of_a_mean_is_about_two_standard_errors_wide():
    values = np.random.default_rng(3).normal(0.1, 0.05, 200)
    mean = summary(values.tolist(), seed=1).mean
    error = values.std() / np.sqrt(len(values))
    assert mean.value == pytest.approx(values.mean())
    assert (mean.low, mean.high) == pytest.approx(
        (mean.value - 1.96 * error, mean.value + 1.96 * error), abs=0.001
    )


def test_intervals_hold_the_mean_of_the_population_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    intervals = [summary(rng.normal(size=50).tolist(), seed).mean for seed in range(60)]
    n_held = sum(interval.low <= 0 <= interval.high for interval in intervals)
    assert n_held >= 0.85 * 60


def test_topics_without_a_value_do_not_count():
    assert summary([1.0, None, 3.0], 0) == summary([1.0, 3.0], 0)
    assert summary([None], 0) is summary([], 0) is difference([1.0], [None], 0) is None


def test_one_topic_has_an_interval_of_one_number():
    one = Interval(2.0, 2.0, 2.0)
    assert summary([2.0], 0) == (one, one)


def test_same_seed_gives_the_same_numbers():
    values = [0.1, 0.5, 0.2, 0.9, 0.4]
    assert summary(values, 7) == summary(values, 7)
    assert summary(values, 7) != summary(values, 8)


def test_difference_excludes_zero_only_where_models_differ():
    rng = np.random.default_rng(5)
    low, high = rng.normal(0.1, 0.05, 50), rng.normal(0.2, 0.05, 50)
    found = difference(high.tolist(), low.tolist(), 0)
    assert found.value == pytest.approx(high.mean() - low.mean())
    assert 0 < found.low < found.value < found.high
    same = difference(low.tolist(), low.tolist(), 0)
    assert same.low < 0 == same.value < same.high
