"""The bound of a pass is that of the definition, and plain passes never lower the objective."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.engine.schedule import plain
from tests.engine import definition
from tests.engine.corpora import by_token, drawn_corpus, random_counts, tokens
from tests.engine.runs import (
    Exact,
    Watched,
    assert_objective_never_falls,
    assert_sane,
    cooled,
    counts_of,
    train,
)
from tests.helpers.strategies import corpora, priors


def bound_by_definition(training, phi, power=1.0):
    """Of all documents under `phi` (K, V), or under what each was visited with where that is None.

    At a fixed point q(z) of the last visit can be had from gamma and the Phi of that visit.
    """
    value = 0.0
    for visited in training._visited:
        own, visited_with = counts_of(visited), training.seen[id(visited.minibatch)].T
        under = visited_with if phi is None else phi[:, visited.minibatch.terms].astype(np.float64)
        for doc in range(own.shape[0]):
            words, gamma = tokens(own, doc), training.gammas[id(visited.minibatch)][doc]
            weights = (np.exp(definition.psi(gamma)) * visited_with[:, words].T) ** power
            q = weights / weights.sum(axis=1, keepdims=True)
            value += definition.evidence_bound(words, q, gamma, training._settings.alpha, under)
    return value


@pytest.mark.parametrize("n_minibatches", [1, 4])
@pytest.mark.parametrize("passes", [1, 6])
def test_bound_of_a_pass_is_that_of_its_q_under_its_phi(to_the_fixed_point, n_minibatches, passes):
    counts, alpha = random_counts(25, 12, 0.4, np.random.default_rng(1)), np.array([0.3, 0.5, 1.2])
    training = Watched(counts, Exact(plain(passes, False), alpha, 0, n_minibatches, 0))
    record = list(training.run())[-1]
    assert record.bound == pytest.approx(bound_by_definition(training, training.phi), rel=2e-6)
    assert record.objective == record.bound
    assert record.bound_per_token == record.bound / counts.sum()
    assert record.perplexity_bound == pytest.approx(np.exp(-record.bound / counts.sum()))


def test_bound_of_a_tempered_pass_is_that_of_its_q_under_the_phi_of_each_visit(to_the_fixed_point):
    counts, alpha = random_counts(25, 12, 0.4, np.random.default_rng(1)), np.array([0.3, 0.5, 1.2])
    training = Watched(counts, Exact(cooled(3, 0, learn_alpha=False), alpha, 0.05, 4, 0))
    for record in training.run():
        expected = bound_by_definition(training, None, record.plan.power)
        assert record.bound == pytest.approx(expected, rel=2e-6)


def test_bound_of_a_collapsed_pass_is_that_of_its_q_under_the_phi_of_each_visit(to_the_fixed_point):
    counts, alpha = random_counts(25, 12, 0.4, np.random.default_rng(1)), np.array([0.3, 0.5, 1.2])
    training = WithShares(counts, Exact(cooled(3, 0, learn_alpha=False, collapsed=True), alpha, 0.05, 4, 0))
    for record in training.run():
        value = 0.0
        for visited in training._visited:
            own, phi = counts_of(visited), training.seen[id(visited.minibatch)].T
            q = training.shares[id(visited.minibatch)] / own.data[:, None]
            for doc in range(own.shape[0]):
                gamma = training.gammas[id(visited.minibatch)][doc]
                value += definition.evidence_bound(tokens(own, doc), by_token(own, doc, q), gamma, alpha, phi)
        assert record.bound == pytest.approx(value, rel=2e-6)
        assert record.objective is None


class WithShares(Watched):
    """Remembers q(z) of each minibatch too."""

    def _begin(self, schedule, rng):
        super()._begin(schedule, rng)
        self.shares = {}
        update_sstats = self._expected.update_sstats

        def watched(batch, docs, plan, found, term_weights):
            self.shares[id(batch)] = found.shares.astype(np.float64)
            return update_sstats(batch, docs, plan, found, term_weights)

        self._expected.update_sstats = watched


def test_objective_is_the_bound_and_the_prior_of_phi():
    counts = random_counts(20, 10, 0.4, np.random.default_rng(2))
    training, records = train(counts, plain(3, True), np.full(3, 0.3), eta=0.2, n_minibatches=2)
    phi = training.phi.astype(np.float64)
    density = sum(log_density_of_topic(topic, 0.2) for topic in phi)
    assert records[-1].objective - records[-1].bound == pytest.approx(density, rel=1e-4)


def log_density_of_topic(topic, eta):
    """log Dir(topic | 1 + eta); SciPy's refuses what sums to one in float32 only."""
    n = len(topic)
    return eta * np.log(topic).sum() + definition.gammaln(n * (1 + eta)) - n * definition.gammaln(1 + eta)


@given(st.data())
@pytest.mark.costly
@settings(max_examples=40, derandomize=True)
def test_objective_never_falls(data):
    counts = data.draw(corpora())
    alpha = data.draw(priors(data.draw(st.integers(2, 5))))
    schedule = plain(data.draw(st.integers(2, 8)), data.draw(st.booleans()))
    eta = data.draw(st.sampled_from([0.0, 0.01, 0.05, 1.0]))
    n_minibatches, seed = data.draw(st.integers(1, 4)), data.draw(st.integers(0, 9))
    training, records = train(counts, schedule, alpha, eta=eta, n_minibatches=n_minibatches, seed=seed)
    assert_objective_never_falls(records, counts, training)


@pytest.mark.parametrize("eta", [0.0, 0.05])
@pytest.mark.parametrize("n_minibatches", [1, 5])
@pytest.mark.parametrize("learn_alpha", [False, True])
def test_objective_never_falls_on_random_corpora(eta, n_minibatches, learn_alpha):
    for seed in range(2):
        rng = np.random.default_rng(seed)
        counts = random_counts(
            int(rng.integers(5, 40)), int(rng.integers(3, 60)), rng.uniform(0.05, 0.5), rng
        )
        n_topics = int(rng.integers(2, 12))
        alpha = np.full(n_topics, rng.choice([0.01, 1 / n_topics, 2]))
        schedule = plain(12, learn_alpha)
        training, records = train(counts, schedule, alpha, eta=eta, n_minibatches=n_minibatches, seed=seed)
        assert_objective_never_falls(records, counts, training)
        assert records[-1].objective > records[0].objective


@pytest.mark.parametrize("eta", [0.0, 0.02])
@pytest.mark.parametrize("alpha", [1e-4, 0.02])
def test_objective_never_falls_where_topics_die_in_documents(eta, alpha):
    # with more topics than a vector holds, the compiled kernel drops those that a document has nothing of
    rng = np.random.default_rng(10)
    true = rng.dirichlet(np.full(150, 0.05), 40)
    counts, _ = drawn_corpus(true, np.full(40, 0.02), 150, 80, rng)
    training, records = train(counts, plain(8, True), np.full(40, alpha), eta=eta, n_minibatches=3)
    assert_objective_never_falls(records, counts, training)
    assert records[-1].objective > records[0].objective


@given(st.data())
@pytest.mark.costly
@settings(max_examples=20, derandomize=True)
def test_objective_never_falls_in_the_plain_passes_that_end_annealing(data):
    counts = data.draw(corpora())
    alpha = data.draw(priors(data.draw(st.integers(2, 4))))
    eta, n_minibatches = data.draw(st.sampled_from([0.0, 0.05])), data.draw(st.integers(1, 4))
    training, records = train(counts, cooled(8, plain_passes=4), alpha, eta=eta, n_minibatches=n_minibatches)
    assert_objective_never_falls(records, counts, training)
    assert_sane(training, records, counts)
