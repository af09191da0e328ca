"""Dirichlet-multinomial regression: against SciPy, against a brute maximum, and in whole trainings."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad, minimize
from scipy.sparse import csr_matrix
from scipy.special import gammaln, psi
from scipy.stats import norm

from lda_cli.engine import log_linear, prevalence
from lda_cli.engine.em import Training
from lda_cli.engine.prevalence import Regression
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from lda_cli.engine.theta_prior import Groups
from lda_cli.engine.threads import threads
from tests.engine.corpora import random_counts
from tests.engine.runs import Exact, cooled, go_on, stored

pytestmark = pytest.mark.once


def a_regression(rng, n_groups=5, n_topics=3, n_covariates=4, zeros=True):
    """A regression, coefficients, and sums of E[log theta] that could be of its documents."""
    design = np.column_stack([np.ones(n_groups), rng.normal(size=(n_groups, n_covariates - 1))])
    scale = np.ones((n_groups, n_topics))
    if zeros:
        scale[:, 1:][rng.random((n_groups, n_topics - 1)) < 0.3] = 0
    n = rng.integers(0, 30, n_groups).astype(float)
    coefficients = rng.normal(size=(n_topics, n_covariates)) * 0.5
    alpha = np.exp(design @ coefficients.T)
    drawn = [np.log(rng.dirichlet(row, int(m))).sum(axis=0) for row, m in zip(alpha, n, strict=True)]
    log_theta = np.where(scale > 0, drawn, 0)
    return Regression(csr_matrix(design), scale, n), coefficients, log_theta


def value_by_definition(regression, coefficients, log_theta):
    """The function of the docstring, group by group, without the code."""
    total = norm.logpdf(coefficients[:, 1:]).sum() + 0.5 * np.log(2 * np.pi) * coefficients[:, 1:].size
    for x, scale, n, log_shares in zip(
        regression.design.toarray(), regression.scale, regression.n_documents, log_theta, strict=True
    ):
        alpha = np.array([s * np.exp(x @ row) for s, row in zip(scale, coefficients, strict=True) if s])
        total += n * (gammaln(alpha.sum()) - gammaln(alpha).sum()) + alpha @ log_shares[scale > 0]
    return total


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, derandomize=True)
def test_objective_is_its_definition_and_the_gradient_is_its_slope(seed):
    regression, coefficients, log_theta = a_regression(np.random.default_rng(seed))
    exact = value_by_definition(regression, coefficients, log_theta)
    assert prevalence.objective(regression, coefficients, log_theta)[0] == pytest.approx(exact, rel=1e-10)
    for function in (
        lambda c: prevalence.objective(regression, c, log_theta),
        lambda c: prevalence._poisson(regression, c, np.exp(-regression.scale) * (regression.scale > 0), 1.5),
    ):

        def flat(values, function=function):
            return function(values.reshape(coefficients.shape))[0]

        def slope(values, function=function):
            return function(values.reshape(coefficients.shape))[1].ravel()

        size = 1 + np.abs(slope(coefficients.ravel())).max()
        assert check_grad(flat, slope, coefficients.ravel()) <= 1e-5 * size


def test_learned_coefficients_are_the_maximum():
    regression, coefficients, log_theta = a_regression(np.random.default_rng(3), zeros=False)
    found = prevalence.learn(regression, np.zeros_like(coefficients), log_theta)
    brute = minimize(
        lambda flat: -value_by_definition(regression, flat.reshape(coefficients.shape), log_theta),
        np.zeros(coefficients.size),
        method="Powell",
        options={"maxiter": 100_000, "maxfev": 100_000, "ftol": 1e-13, "xtol": 1e-8},
    )
    assert value_by_definition(regression, found, log_theta) >= -brute.fun - 1e-6 * abs(brute.fun)


def test_an_exponent_beyond_the_limits_does_not_overflow():
    regression, coefficients, log_theta = a_regression(np.random.default_rng(0))
    for factor in (1e3, -1e3, 1e100):
        value, gradient = prevalence.objective(regression, coefficients * factor, log_theta)
        assert not np.isnan(value)
        assert not np.isnan(gradient).any()
        assert (prevalence.alpha_rows(regression, coefficients * factor) <= 1e4 * (1 + 1e-12)).all()


def test_shares_of_groups_give_alpha_in_the_same_proportions():
    # two groups, a covariate for each: nearly saturated, so that the shares are fitted almost exactly
    design = np.array([[1.0, 1, 0], [1, 0, 1]])
    n = np.array([3000.0, 2000])
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    regression = Regression(csr_matrix(design), np.ones((2, 3)), n)
    found = prevalence.learn_from_shares(regression, np.zeros((3, 3)), shares * n[:, None], 1.5)
    np.testing.assert_allclose(prevalence.alpha_rows(regression, found), 1.5 * shares, rtol=0.01)


def test_variances_are_those_of_the_inverse_hessian_of_one_topic_pair():
    """Of data that the model expects, the information is the Hessian; with two topics by numbers."""
    regression, coefficients, _ = a_regression(np.random.default_rng(5), n_topics=2, zeros=False)
    found = prevalence.uncertainty(regression, coefficients)
    alpha = prevalence.alpha_rows(regression, coefficients)
    n = regression.n_documents[:, None]
    log_theta = n * (psi(alpha) - psi(alpha.sum(axis=1, keepdims=True)))  # expected under the model
    step = 1e-4
    for topic in range(2):
        hessian = np.empty((4, 4))
        for i in range(4):
            up, down = (coefficients.copy() for _ in range(2))
            up[topic, i] += step
            down[topic, i] -= step
            gradients = [prevalence.objective(regression, c, log_theta)[1][topic] for c in (up, down)]
            hessian[i] = -(gradients[0] - gradients[1]) / (2 * step)
        inverse = np.linalg.inv(hessian)
        np.testing.assert_allclose(found.variance[topic], np.diag(inverse), rtol=1e-4)
        np.testing.assert_allclose(found.with_intercept[topic], inverse[0], rtol=1e-4, atol=1e-8)


def test_interval_of_an_effect_holds_what_its_coefficients_say():
    """The delta method against draws of the coefficients."""
    rng = np.random.default_rng(2)
    coefficients = np.array([[0.0, 0.5], [-0.5, -0.3], [-1.0, 0.2]])
    covariance = np.array([[0.002, -0.001], [-0.001, 0.003]])
    known = log_linear.Uncertainty(np.tile(np.diag(covariance), (3, 1)), np.tile(covariance[0], (3, 1)))
    found = log_linear.effect(coefficients, known, 1)
    drawn = coefficients + rng.multivariate_normal(np.zeros(2), covariance, (20_000, 3))
    alpha = np.exp(np.stack([drawn[:, :, 0], drawn.sum(axis=2)]))
    shares = alpha / alpha.sum(axis=2, keepdims=True)
    low, high = np.quantile(shares[1] - shares[0], [0.025, 0.975], axis=0)
    np.testing.assert_allclose(found.low, low, atol=0.004)
    np.testing.assert_allclose(found.high, high, atol=0.004)
    np.testing.assert_allclose(
        found.change, found.share - np.exp(coefficients[:, 0]) / np.exp(coefficients[:, 0]).sum()
    )


def two_groups(rng, n_docs=240, length=40, topics=4):
    """A corpus whose first half has mostly topic 0 and 1, the second 2 and 3; and its groups."""
    phi = np.kron(np.eye(topics), np.full(10, 0.1)) * 0.95 + 0.05 / (10 * topics)
    group = np.repeat([0, 1], n_docs // 2).astype(np.int32)
    alpha = np.array([[1.0, 0.5, 0.05, 0.05], [0.05, 0.05, 0.5, 1.0]])
    theta = np.array([rng.dirichlet(alpha[g]) for g in group])
    counts = csr_matrix(np.array([rng.multinomial(length, p) for p in theta @ phi]).astype(np.int32))
    design = np.array([[1.0, 1, 0], [1, 0, 1]])
    return counts, Groups(group, design, np.ones((2, topics)))


def trained(counts, groups, schedule, n_topics, n_minibatches=5, kind=Settings, parallel=map, eta=0.05):
    settings = kind(schedule, np.full(n_topics, 1 / n_topics), eta, n_minibatches, 0, groups=groups)
    training = Training(counts, settings, parallel)
    return training, list(training.run())


@pytest.mark.parametrize("collapsed", [False, True])
def test_groups_get_the_topics_that_they_prefer(collapsed):
    counts, groups = two_groups(np.random.default_rng(0))
    schedule = cooled(14, plain_passes=0 if collapsed else 2, collapsed=collapsed)
    training, _ = trained(counts, groups, schedule, 4)
    shares = training.theta_prior.rows / training.theta_prior.rows.sum(axis=1, keepdims=True)
    block = training.phi.reshape(4, 4, 10).sum(axis=2).argmax(axis=1)  # the true topic of each
    assert sorted(block) == [0, 1, 2, 3]
    first = shares[:, np.isin(block, [0, 1])].sum(axis=1)
    assert first[0] > 0.8
    assert first[1] < 0.2


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 4]), st.booleans())
@settings(max_examples=8, derandomize=True)
def test_objective_of_plain_em_never_falls(seed, n_minibatches, zeros):
    rng = np.random.default_rng(seed)
    counts = random_counts(24, 30, 0.3, rng)
    if not counts.nnz:
        return
    n_groups = 4
    design = np.column_stack([np.ones(n_groups), rng.normal(size=(n_groups, 2))])
    scale = np.ones((n_groups, 3))
    if zeros:
        scale[:, 1:][rng.random((n_groups, 2)) < 0.4] = 0
    groups = Groups(rng.integers(0, n_groups, 24).astype(np.int32), design, scale)
    training, records = trained(counts, groups, plain(12, True), 3, n_minibatches, Exact)
    values = np.array([record.objective for record in records])
    assert np.isfinite(values).all()
    assert (
        np.diff(values) >= -1e-6 * (np.abs(values[1:]) + counts.sum() + 24 * training.theta_prior.rows.sum())
    ).all()


@pytest.mark.parametrize("collapsed", [False, True])
def test_training_with_zeros_keeps_documents_out_of_topics(collapsed):
    counts, groups = two_groups(np.random.default_rng(1))
    scale = np.array([[1.0, 1, 0, 1], [0, 0, 1, 1]])
    groups = Groups(groups.of_document, np.ones((2, 1)), scale)
    training, records = trained(counts, groups, cooled(8, 0 if collapsed else 2, collapsed=collapsed), 4)
    assert np.isfinite([record.bound for record in records]).all()
    gamma, bound = training.posterior(training.phi, 1e-4, 100)
    assert np.isfinite(bound)
    assert (gamma[:120, 2] == 0).all()
    assert (gamma[120:, :2] == 0).all()
    assert (gamma[:, 3] > 0).all()
    np.testing.assert_allclose(
        gamma.sum(axis=1), 40 + training.theta_prior.of_documents().sum(axis=1), rtol=1e-4
    )


def test_one_group_is_a_training_without_groups():
    counts, _ = two_groups(np.random.default_rng(4))
    groups = Groups(np.zeros(240, np.int32), np.ones((1, 1)), np.ones((1, 4)))
    (with_groups, records), (without, others) = (trained(counts, g, cooled(10), 4) for g in (groups, None))
    np.testing.assert_allclose(with_groups.alpha, without.alpha, rtol=0.02)
    assert records[-1].objective == pytest.approx(others[-1].objective, rel=1e-4)


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize("n_visits", [7, 43])
def test_training_goes_on_from_its_state_to_the_same_bytes(collapsed, n_visits):
    counts, groups = two_groups(np.random.default_rng(2))
    schedule = cooled(14, plain_passes=0 if collapsed else 2, collapsed=collapsed)
    settings = Settings(schedule, np.full(4, 0.25), 0.05, 5, 0, groups=groups)
    whole, stopped = Training(counts, settings), Training(counts, settings)
    list(whole.run())
    steps = stopped.steps()
    for _ in range(n_visits):
        next(steps)
    other = go_on(Training(counts, settings), stored(stopped.state()))
    list(other.run())
    assert other.phi.tobytes() == whole.phi.tobytes()
    assert other.theta_prior.parameters.tobytes() == whole.theta_prior.parameters.tobytes()


def test_threads_do_not_change_the_bytes():
    counts, groups = two_groups(np.random.default_rng(2))
    found = []
    for n_threads in (1, 3):
        with threads(n_threads) as parallel:
            training, records = trained(counts, groups, cooled(8), 4, parallel=parallel)
            found.append(
                (training.phi.tobytes(), training.theta_prior.rows.tobytes(), json.dumps(records[-1].bound))
            )
    assert found[0] == found[1]
