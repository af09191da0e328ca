"""Quantiles of shares and intervals of means, against sums by hand and simulations."""

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import beta

from lda_cli.engine.posterior import (
    ABOVE_MEAN,
    GroupSums,
    lower_share,
    most_lower_share,
    near_lower_share,
)


def test_lower_share_is_the_quantile_of_the_posterior():
    alpha, counts = np.array([0.1, 0.3]), np.array([5.0, 2.0])
    gamma = alpha + counts
    theta = (gamma / gamma.sum()).astype(np.float32).astype(np.float64)
    found = lower_share(theta, alpha, np.full(2, gamma.sum()), 0.4)
    assert found == pytest.approx(beta(gamma, gamma.sum() - gamma).ppf(0.05), rel=1e-5)


def test_shares_that_float32_rounds_to_0_and_1_have_a_quantile():
    alpha = np.array([1e-6, 1e-6])
    found = lower_share(np.array([0.0, 1.0]), alpha, np.full(2, 1e8), 2e-6)
    assert found == pytest.approx([0, 1])


def test_no_quantile_is_above_what_the_search_takes_as_the_most():
    totals = np.geomspace(1, 1e7, 150)[:, None]
    tail = np.geomspace(1e-9, 0.5, 150)
    theta = np.concatenate([tail, 1 - tail])[None, :] + 0 * totals
    low = lower_share(theta, np.zeros_like(theta), totals, 0)
    assert np.all(low <= most_lower_share(near_lower_share(theta, totals), totals))
    assert np.all(low <= theta + ABOVE_MEAN)


def summed(groups, theta, weights, totals):
    sums = GroupSums(groups.max() + 1, theta.shape[1])
    for some in np.array_split(np.arange(len(groups)), 3):
        sums.add(groups[some], theta[some], weights[some], totals[some])
    return sums


def test_means_and_intervals_are_those_of_the_formula(monkeypatch):
    monkeypatch.setattr("lda_cli.engine.posterior._CELLS_AT_A_TIME", 10)
    rng = np.random.default_rng(0)
    groups, totals = rng.integers(0, 3, 40), rng.uniform(2, 50, 40)
    theta, weights = rng.dirichlet([0.3, 1, 2], 40).astype(np.float32), rng.uniform(1, 9, 40)
    sums = summed(groups, theta, weights, totals)
    low, high = sums.intervals(np.arange(3))
    for g in range(3):
        here = groups == g
        x, w, n = theta[here].astype(float), weights[here, None], here.sum()
        mean = (w * x).sum(axis=0) / w.sum()
        t = stdtrit(w.sum() ** 2 / (w**2).sum() - 1, 0.975) / 1.959964
        between = n / (n - 1) * (w**2 * (x - mean) ** 2).sum(axis=0) * t**2
        within = (w**2 * x * (1 - x) / (totals[here, None] + 1)).sum(axis=0)
        variance = (between + within) / w.sum() ** 2
        size = mean * (1 - mean) / variance - 1
        assert sums.means()[g] == pytest.approx(mean)
        assert low[g] == pytest.approx(beta(mean * size, (1 - mean) * size).ppf(0.025))
        assert high[g] == pytest.approx(beta(mean * size, (1 - mean) * size).ppf(0.975))


def test_groups_that_say_nothing_have_the_whole_range():
    theta = np.array([[1, 0], [0, 1]], np.float32)
    sums = summed(np.array([0, 0]), theta, np.ones(2), np.full(2, 1.0))
    assert [bound.tolist() for bound in sums.intervals(np.array([0]))] == [[[0, 0]], [[1, 1]]]


@pytest.mark.parametrize("weights", ["tokens", "documents"])
def test_interval_covers_the_mean_of_the_population(weights):
    rng, n_groups, n_documents, mean = np.random.default_rng(1), 400, 60, np.array([0.6, 0.3, 0.1])
    n = n_groups * n_documents
    lengths = np.maximum(1, rng.lognormal(3, 0.5, n)).astype(int)
    gamma = 0.1 + rng.multinomial(lengths, rng.dirichlet(2 * mean, n))
    theta = (gamma / gamma.sum(axis=1, keepdims=True)).astype(np.float32)
    w = lengths.astype(float) if weights == "tokens" else np.ones(n)
    groups = np.repeat(np.arange(n_groups), n_documents)
    low, high = summed(groups, theta, w, gamma.sum(axis=1)).intervals(np.arange(n_groups))
    assert 0.92 < ((low <= mean) & (mean <= high)).mean() < 0.985
