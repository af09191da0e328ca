"""Expected counts P that stay: the M-step by hand, the objective by its definition, and starts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.special import gammaln

from lda_cli.engine.em import Training
from lda_cli.engine.mstep import m_step
from lda_cli.engine.prior import Known, counts_behind, standing
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from tests.engine.corpora import random_counts
from tests.engine.runs import assert_objective_never_falls, cooled, go_on, stored
from tests.helpers.strategies import corpora, priors


def trained(counts, schedule, known, *, eta=0.02, n_topics=3, n_minibatches=4, parallel=map):
    alpha = np.full(n_topics, 0.3)
    training = Training(counts, Settings(schedule, alpha, eta, n_minibatches, 0, known=known), parallel)
    return training, list(training.run())


def some_prior(n_terms, n_topics, rng):
    return csr_matrix(
        np.where(rng.random((n_terms, n_topics)) < 0.4, 20 * rng.random((n_terms, n_topics)), 0)
    )


def test_phi_is_as_by_hand():
    """S has two of a word, P three of the other one, and eta is 1: (2 + 0 + 1) / 7 and (0 + 3 + 1) / 7."""
    settings = Settings(plain(1, False), np.ones(2), 1.0, 1, 0, known=Known(csr_matrix([[0, 9.0], [3.0, 0]])))
    training = Training(csr_matrix(np.array([[2, 0]], np.int32)), settings)
    training._expected.sstats += [[2, 0], [0, 0]]
    np.testing.assert_allclose(training.phi, [[3 / 7, 4 / 7], [10 / 11, 1 / 11]], rtol=1e-6)


@pytest.mark.parametrize("eta", [0.0, 0.05])
def test_objective_is_the_bound_and_the_density_of_phi(eta):
    counts, rng = random_counts(20, 10, 0.4, np.random.default_rng(2)), np.random.default_rng(3)
    prior = some_prior(10, 3, rng) + csr_matrix(np.full((10, 3), 1e-3))
    training, records = trained(counts, plain(3, True), Known(prior=prior), eta=eta)
    density = 0.0
    for topic, own in zip(training.phi.astype(np.float64), prior.toarray().T, strict=True):
        concentration = 1 + eta + own
        density += ((concentration - 1) * np.log(topic)).sum()
        density += gammaln(concentration.sum()) - gammaln(concentration).sum()
        density -= 0 if eta else gammaln(len(own))  # a flat prior counts as 0
    assert records[-1].objective - records[-1].bound == pytest.approx(density, rel=1e-4, abs=1e-3)


def test_bound_is_that_of_the_same_phi_without_a_prior():
    """The bound of a corpus depends on Phi, not on what Phi was made of."""
    counts = random_counts(30, 12, 0.4, np.random.default_rng(1))
    training, records = trained(
        counts, plain(30, False), Known(prior=some_prior(12, 3, np.random.default_rng(2)))
    )
    _, per_token = training.posterior(training.phi, 1e-7, 1000)
    assert records[-1].bound_per_token == pytest.approx(per_token, rel=1e-3)


@given(st.data())
@pytest.mark.costly
@examples(max_examples=30, derandomize=True)
def test_objective_never_falls(data):
    counts = data.draw(corpora())
    n_topics = data.draw(st.integers(2, 4))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    known = Known(
        prior=some_prior(counts.shape[1], n_topics, rng) * data.draw(st.sampled_from([0.1, 1, 100]))
    )
    settings = Settings(
        plain(data.draw(st.integers(2, 6)), data.draw(st.booleans())),
        data.draw(priors(n_topics)),
        data.draw(st.sampled_from([0.0, 0.05])),
        data.draw(st.integers(1, 4)),
        0,
        known=known,
    )
    training = Training(counts, settings)
    assert_objective_never_falls(list(training.run()), counts, training)


@pytest.mark.once
@pytest.mark.parametrize("n_visits", [0, 3, 7, 12, 20])
def test_going_on_after_any_visit_ends_with_the_same_bytes(n_visits):
    counts, rng = random_counts(30, 20, 0.3, np.random.default_rng(3)), np.random.default_rng(4)
    seeds = csr_matrix(np.eye(20, 3))
    known = Known(
        some_prior(20, 3, rng), seeds, csr_matrix(rng.random((20, 3))), np.array([True, False, False])
    )
    settings = Settings(cooled(6), np.full(3, 0.3), 0.02, 4, 0, known=known)
    whole = Training(counts, settings)
    list(whole.run())
    left = Training(counts, settings)
    for _ in zip(range(n_visits), left.steps(), strict=False):
        pass
    other = go_on(Training(counts, settings), stored(left.state()))
    list(other.run())
    assert other.phi.tobytes() == whole.phi.tobytes()
    assert other.alpha.tobytes() == whole.alpha.tobytes()


def test_another_start_has_the_same_known_counts():
    counts, prior = random_counts(30, 20, 0.3, np.random.default_rng(3)), csr_matrix(np.eye(20, 3) * 7)
    settings = Settings(cooled(6), np.full(3, 0.3), 0.02, 4, 0, known=Known(prior=prior))
    training = Training(counts, settings)
    list(training.run())
    first = training.phi
    training.begin(1, training.schedule)
    np.testing.assert_array_equal(training.sstats, prior.toarray())
    training.begin(0, training.schedule)
    list(training.run())
    assert training.phi.tobytes() == first.tobytes()


def test_nothing_known_changes_no_byte():
    counts = random_counts(30, 20, 0.3, np.random.default_rng(3))
    without, _ = trained(counts, cooled(6), Known())
    empty, _ = trained(counts, cooled(6), Known(prior=csr_matrix((20, 3)), seeds=csr_matrix((20, 3))))
    assert empty.phi.tobytes() == without.phi.tobytes()


@pytest.mark.parametrize("n_minibatches", [1, 4])
def test_topics_that_stand_do_not_move(n_minibatches):
    rng = np.random.default_rng(5)
    counts = random_counts(60, 20, 0.4, rng)
    phi = rng.dirichlet(np.full(20, 0.3), 2).astype(np.float32)
    held = np.vstack([*(standing(row, counts.sum()) for row in phi), np.zeros(20)])
    training, _ = trained(counts, cooled(12), Known(prior=csr_matrix(held.T)), n_minibatches=n_minibatches)
    np.testing.assert_allclose(training.phi[:2], phi, rtol=0, atol=1e-6)
    assert training.distance_from_unigrams() > 0
    gamma, _ = training.posterior(training.phi, 1e-5, 100)
    assert (gamma.sum(axis=0) - len(gamma) * training.alpha > 1).all()  # all topics are used


def test_counts_behind_phi_are_those_that_made_it():
    rng = np.random.default_rng(6)
    sstats = 50 * rng.random((30, 4)) * (rng.random((30, 4)) < 0.5)
    phi = m_step(sstats, 0.05).astype(np.float64)
    for topic, counts in zip(phi, sstats.T, strict=True):
        found = counts_behind(topic[::2], counts.sum() + 30 * 0.05, 0.05)
        np.testing.assert_allclose(found, counts[::2], atol=1e-4)


def test_start_has_the_known_topics_and_the_seeds_in_theirs():
    occurrences = np.array([10.0, 20.0, 30.0])
    seeds = csr_matrix([[0, 0, 1.0], [0, 0.5, 0.5], [0, 0, 0]])
    topics = csr_matrix([[4.0, 0, 0], [0, 0, 0], [6.0, 0, 0]])
    known = Known(seeds=seeds, topics=topics, is_known=np.array([True, False, False]))
    start = known.started(np.ones((3, 3), np.float32), occurrences)
    np.testing.assert_array_equal(start, [[4, 0, 10], [0, 10, 10], [6, 1, 1]])
