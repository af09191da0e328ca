"""Learning alpha, against SciPy's optimisers on the same likelihood written down anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import psi
from scipy.stats import dirichlet

from lda_cli.engine.alpha import learn_alpha
from lda_cli.engine.limits import LARGEST_ALPHA, SMALLEST_ALPHA

pytestmark = pytest.mark.once


def _value(alpha, mean_log_theta):
    """mean_d log p(theta_d | alpha) but for a constant; the normaliser is that of SciPy's density."""
    somewhere = np.full(len(alpha), 1 / len(alpha))
    normaliser = dirichlet.logpdf(somewhere, alpha) - ((alpha - 1) * np.log(somewhere)).sum()
    return normaliser + (alpha * mean_log_theta).sum()


def _best_by_scipy(mean_log_theta):
    """L-BFGS-B in log alpha, between the same limits, from several starts."""

    def loss(log_alpha):
        alpha = np.exp(log_alpha)
        slope = alpha * (psi(alpha) - psi(alpha.sum()) - mean_log_theta)
        return -_value(alpha, mean_log_theta), slope

    limits = [(np.log(SMALLEST_ALPHA), np.log(LARGEST_ALPHA))] * len(mean_log_theta)
    runs = [
        minimize(
            loss,
            np.full(len(mean_log_theta), np.log(start)),
            jac=True,
            bounds=limits,
            method="L-BFGS-B",
            options={"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10},
        )
        for start in (0.01, 0.3, 3.0)
    ]
    return np.exp(min(runs, key=lambda run: run.fun).x)


def _statistics(alpha, n_docs, seed):
    """mean_d log theta_d of draws from Dir(alpha), drawn as logarithms: with tiny alpha theta underflows."""
    rng = np.random.default_rng(seed)
    # log Gamma(a) = log Gamma(a + 1) + log(U) / a
    shape = (n_docs, len(alpha))
    log_draws = np.log(rng.gamma(alpha + 1, size=shape)) + np.log(rng.random(shape)) / alpha
    return (log_draws - np.logaddexp.reduce(log_draws, axis=1, keepdims=True)).mean(axis=0)


CASES = [
    ([0.5, 0.5], 50),
    ([0.02, 0.1, 1.5], 400),
    ([5.0, 0.01, 0.3, 40.0], 200),
    (np.full(20, 0.05), 300),
    (np.linspace(0.01, 2, 50), 1000),
    (np.full(300, 0.003), 500),
    ([700.0, 90.0, 20.0], 30),
    ([0.1, 0.2, 0.3, 0.4], 3),
]


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("start", [1e-4, None, 50.0])
def test_maximum_is_that_of_scipy(case, start):
    true, n_docs = np.array(CASES[case][0]), CASES[case][1]
    statistics = _statistics(true, n_docs, seed=case)
    found = learn_alpha(np.full(len(true), start or 1 / len(true)), statistics)
    best = _best_by_scipy(statistics)
    np.testing.assert_allclose(found, best, rtol=1e-3)
    assert _value(found, statistics) >= _value(best, statistics) - 1e-9 * abs(_value(best, statistics))


def test_prior_that_made_many_documents_is_found_again():
    true = np.array([0.05, 0.2, 1.0, 0.4])
    found = learn_alpha(np.full(4, 0.25), _statistics(true, 100_000, seed=1))
    np.testing.assert_allclose(found, true, rtol=0.03)


def test_permuted_topics_give_a_permuted_prior():
    statistics = _statistics(np.array([0.05, 0.2, 1.0, 7.0]), 200, seed=2)
    order = np.array([2, 0, 3, 1])
    straight = learn_alpha(np.full(4, 0.25), statistics)
    np.testing.assert_allclose(learn_alpha(np.full(4, 0.25), statistics[order]), straight[order], rtol=1e-7)


EXTREMES = {
    "a topic never used": [-1e6, -0.8, -0.6],
    "two topics never used": [-1e6, -1e5, -0.8, -0.6],
    "only one topic used": [-1e5, -1e5, -1e5, -1e-6],
    "all documents alike": list(np.log([0.2, 0.3, 0.5])),
    "all documents alike and even": [np.log(0.25)] * 4,
    "documents nearly alike": list(np.log([0.2, 0.3, 0.5]) - 1e-9),
    "a rare topic in documents alike": list(np.log([1e-7, 0.5, 0.5 - 1e-7])),
    "one topic a document": [-1e3 * 2 / 3] * 3,
}


@pytest.mark.parametrize("statistics", EXTREMES.values(), ids=EXTREMES.keys())
@pytest.mark.parametrize("start", [1e-4, 0.3, 50.0])
def test_maximum_within_the_limits_is_reached(statistics, start):
    # at an upper or lower limit alpha may want to go further, elsewhere its slope in log alpha is nought
    statistics = np.array(statistics)
    found = learn_alpha(np.full(len(statistics), start), statistics)
    best = _best_by_scipy(statistics)
    assert _value(found, statistics) >= _value(best, statistics) - 1e-6 * (1 + abs(_value(best, statistics)))


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=8),
    st.floats(1e-5, 1e4),
    st.integers(1, 50),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=80, derandomize=True)
def test_likelihood_never_falls(true, start, n_docs, seed):
    statistics = _statistics(np.array(true), n_docs, seed)
    before = np.full(len(true), start)
    found = learn_alpha(before, statistics)
    assert ((found >= SMALLEST_ALPHA) & (found <= LARGEST_ALPHA)).all()
    assert _value(found, statistics) >= _value(before, statistics) - 1e-9 * abs(_value(before, statistics))
