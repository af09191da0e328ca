"""The training loop: a bound that never falls, and the same bits whoever does the work."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, vstack

from lda_cli.engine import _numpy, bound, estep, visits
from lda_cli.engine.em import Settings, Training
from lda_cli.engine.estep import e_step
from lda_cli.engine.mstep import initial_sstats, m_step
from lda_cli.engine.schedule import plain
from tests.engine import definition
from tests.engine.corpora import by_token, drawn_corpus, random_counts, tokens
from tests.engine.runs import Exact, Watched, cooled, counts_of, expected_counts, train
from tests.strategies import corpora, priors


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


def test_start_stands_in_for_documents_not_yet_seen():
    counts = csr_matrix(np.arange(1, 13, dtype=np.int32).reshape(4, 3))
    training = Watched(counts, Settings(plain(1, False), np.full(2, 0.5), 0.05, 4, 0))
    start = initial_sstats(counts.toarray().sum(axis=0, dtype=float), 2, _after_the_permutation(4))
    seen = np.zeros((3, 2))
    for n_visited, visited in enumerate(training._visited):
        training._visit(visited, plain(1, False)[0])
        phi = training.seen[id(visited.minibatch)]
        np.testing.assert_allclose(phi.T, m_step(seen + (1 - n_visited / 4) * start, 0.05), rtol=1e-5)
        seen[visited.minibatch.terms] += visited.minibatch.contribution


def _after_the_permutation(n_docs, seed=0):
    rng = np.random.default_rng(seed)
    rng.permutation(n_docs)
    return rng


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


def assert_objective_never_falls(records, counts, training):
    """Of the plain passes, each against the one before it.

    What is rounded to float32, by 2^-24: an entry of q, S and Phi a token, times logarithms below some
    thirty; and gamma, whose sum over topics is alpha's and the tokens', a document. So the scale of the
    error is not the bound alone, which for a single term is nought.
    """
    documents = np.count_nonzero(np.diff(counts.indptr))
    for before, now in pairwise(records):
        if before.plan.is_plain and now.plan.is_plain:
            scale = abs(now.bound) + now.n_tokens + documents * (training.alpha.sum() + len(training.alpha))
            assert now.objective >= before.objective - 1e-6 * scale


@given(st.data())
@pytest.mark.costly
@settings(max_examples=80, deadline=None, derandomize=True)
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
    for seed in range(5):
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
    training, records = train(counts, plain(15, True), np.full(40, alpha), eta=eta, n_minibatches=3)
    assert_objective_never_falls(records, counts, training)
    assert records[-1].objective > records[0].objective


@given(st.data())
@pytest.mark.costly
@settings(max_examples=50, deadline=None, derandomize=True)
def test_objective_never_falls_in_the_plain_passes_that_end_annealing(data):
    counts = data.draw(corpora())
    alpha = data.draw(priors(data.draw(st.integers(2, 4))))
    eta, n_minibatches = data.draw(st.sampled_from([0.0, 0.05])), data.draw(st.integers(1, 4))
    training, records = train(counts, cooled(8, plain_passes=4), alpha, eta=eta, n_minibatches=n_minibatches)
    assert_objective_never_falls(records, counts, training)
    assert_sane(training, records, counts)


def assert_sane(training, records, counts):
    phi = training.phi
    assert phi.dtype == np.float32
    assert (phi >= 0).all()
    np.testing.assert_allclose(phi.sum(axis=1, dtype=np.float64), 1, rtol=1e-5)
    assert np.isfinite([record.bound for record in records]).all()
    assert np.isfinite([record.objective for record in records if record.plan.is_plain]).all()
    assert all(record.objective is None for record in records if not record.plan.is_plain)
    assert np.isfinite(training.alpha).all()
    assert (training.alpha > 0).all()
    n_tokens = counts.sum()
    for visited in training._visited:
        of_documents = np.asarray(counts_of(visited).sum(axis=1)).ravel()
        gamma = training._gamma[visited.rows]
        assert (visited.minibatch.contribution >= 0).all()
        if records[-1].plan.is_plain:  # other visits leave no gamma
            assert (gamma > 0).all()
            # alpha may have been learned since; before that, gamma held the document's tokens and alpha
            assert (gamma.sum(axis=1) >= of_documents * (1 - 1e-5)).all()
    assert records[-1].n_tokens == n_tokens
    if not any(record.plan.averaged for record in records[:-1]):
        assert training.sstats.sum(dtype=np.float64) == pytest.approx(n_tokens, rel=1e-5)


@pytest.mark.parametrize(
    "schedule",
    [plain(5, True), cooled(8), cooled(8, collapsed=True), cooled(8, 0, collapsed=True)],
    ids=["plain", "annealed", "collapsed", "collapsed to the end"],
)
@pytest.mark.parametrize(("eta", "alpha"), [(0.0, 1e-4), (0.02, 50.0)])
@pytest.mark.parametrize(
    ("dense", "n_topics", "n_minibatches"),
    [
        ([[10**6, 1, 0], [0, 10**6, 10**6], [1, 0, 0]], 2, 3),
        (np.full((1, 1000), 1000), 4, 5),  # one document of a million tokens
        (np.ones((3, 4)), 1000, 40),  # topics and minibatches without documents
        (np.ones((30, 1)), 3, 4),  # one term
        (np.tile([3, 0, 1, 7], (100, 1)), 5, 10),  # a hundred documents alike
        ([[0, 0], [1, 0], [0, 0], [0, 1]], 2, 2),  # documents of no word and of one
    ],
    ids=["million", "long", "few", "one term", "alike", "short"],
)
def test_extremes_train_without_a_warning(schedule, eta, alpha, dense, n_topics, n_minibatches):
    counts = csr_matrix(np.array(dense, np.int32))
    prior = np.full(n_topics, alpha)
    training, records = train(counts, schedule, prior, eta=eta, n_minibatches=n_minibatches)
    assert len(records) == len(schedule)
    assert_sane(training, records, counts)
    assert_objective_never_falls(records, counts, training)


def test_a_vocabulary_of_a_million_terms_trains():
    rng = np.random.default_rng(0)
    starts = np.arange(0, 5001, 100, dtype=np.int32)
    counts = csr_matrix((np.ones(5000, np.int32), rng.integers(10**6, size=5000), starts), (50, 10**6))
    counts.sum_duplicates()
    counts.indices = counts.indices.astype(np.int32)
    training, records = train(counts, cooled(4), np.full(2, 0.5), eta=0.02, n_minibatches=4)
    assert_sane(training, records, counts)


def test_taking_a_contribution_out_of_the_sums_leaves_no_negative_phi():
    # S of a word in a topic ended a little below nought, and the logarithm of its q was not a number
    counts = csr_matrix(np.array([[11, 0], [56, 0], [3, 77], [68, 1]], np.int32))
    training, records = train(counts, plain(8, True), np.full(5, 1e-4), n_minibatches=4, seed=329)
    assert_sane(training, records, counts)
    assert_objective_never_falls(records, counts, training)


def test_phi_of_a_visit_lies_between_nought_and_one():
    # after a million tokens have come and gone, what is left of S and of its totals is rounding
    for seed in range(15):
        rng = np.random.default_rng(seed)
        shape = (int(rng.integers(2, 8)), int(rng.integers(1, 8)))
        large = rng.integers(1, 10 ** int(rng.integers(1, 7)), shape)
        dense = np.where(rng.random(shape) < 0.4, large, rng.integers(1, 4, shape))
        dense[:, 0] += 1
        counts, alpha = csr_matrix(dense.astype(np.int32)), np.full(4, 0.1)
        for schedule in (plain(6, False), cooled(8, plain_passes=2)):
            training = Watched(counts, Settings(schedule, alpha, 0.0, 3, seed))
            for _ in training.run():
                for phi in training.seen.values():
                    assert (phi >= 0).all()
                    assert (phi <= 1 + 1e-5).all()


def test_averaged_phi_is_the_mean_of_the_last_passes():
    counts = random_counts(40, 30, 0.3, np.random.default_rng(3))
    schedule, alpha, eta = cooled(12), np.full(4, 0.25), 0.05
    training = Training(counts, Settings(schedule, alpha, eta, 5, 0))
    states = []
    for _ in training.run():
        state = np.zeros((30, 4))
        for visited in training._visited:
            state[visited.minibatch.terms] += visited.minibatch.contribution
        states.append(state)
    mean = (states[9] + states[10] + states[11]) / 3
    expected = ((mean + eta) / (mean + eta).sum(axis=0)).T
    np.testing.assert_allclose(training.phi, expected, rtol=1e-5)
    assert np.abs(training.phi - m_step(states[11], eta)).max() > 1e-3  # the average is not the last pass


def test_sums_of_the_corpus_are_those_of_the_minibatches_after_every_pass():
    counts = random_counts(60, 30, 0.3, np.random.default_rng(4))
    training = Training(counts, Settings(cooled(10, average=0.0), np.full(4, 0.25), 0.05, 7, 0))
    for record in training.run():
        total = np.zeros((30, 4))
        for visited in training._visited:
            total[visited.minibatch.terms] += visited.minibatch.contribution
        np.testing.assert_allclose(training.sstats, total, rtol=1e-5, atol=1e-5)
        if record.plan.is_plain:  # what every plain visit stored is that visit's expected counts, and no more
            occurrences = np.asarray(counts.sum(axis=0)).ravel()
            np.testing.assert_allclose(total.sum(axis=1), occurrences, rtol=1e-5)


def test_minibatch_is_given_phi_without_its_own_last_contribution():
    counts = random_counts(30, 10, 0.5, np.random.default_rng(5))
    training = Training(counts, Settings(cooled(6, plain_passes=0), np.full(3, 0.3), 0.05, 3, 0))
    records = training.run()
    next(records)
    next(records)
    first, *others = (visited.minibatch for visited in training._visited)
    rest = np.zeros((10, 3))
    for minibatch in others:
        rest[minibatch.terms] += minibatch.contribution
    plan = training._settings.schedule[2]
    without = training._expected.phi_for(first, plan, 0) ** (1 / plan.power)
    expected = m_step(rest, 0.05).T[first.terms]
    np.testing.assert_allclose(without, expected, rtol=1e-4)
    everything = training._expected.phi_for(first, plain(1, False)[0], 0)
    np.testing.assert_allclose(everything, m_step(training.sstats, 0.05).T[first.terms], rtol=1e-4)


def test_stored_contribution_overshoots_by_omega():
    counts = random_counts(30, 10, 0.5, np.random.default_rng(5))
    training = Training(counts, Settings(cooled(6, plain_passes=0), np.full(3, 0.3), 0.05, 3, 0))
    next(training.run())
    visited, plan = training._visited[0], training._settings.schedule[1]
    old = visited.minibatch.contribution.copy()
    term_weights = training._expected.phi_for(visited.minibatch, plan, 0)
    found = e_step(
        counts_of(visited),
        term_weights,
        training.alpha,
        tolerance=training._settings.inner_tolerance,
        max_iterations=visits.INNER_ITERATIONS,
        power=plan.power,
    )
    new, _ = expected_counts(counts_of(visited), found, term_weights, plan.power)
    training._visit(visited, plan)
    np.testing.assert_allclose(
        visited.minibatch.contribution, np.maximum(0, old + 1.8 * (new - old)), rtol=1e-3, atol=1e-4
    )


def test_alpha_is_left_alone_until_a_pass_learns_it():
    counts = random_counts(30, 10, 0.5, np.random.default_rng(5))
    training = Training(counts, Settings(cooled(10), np.full(3, 0.3), 0.05, 3, 0))
    for record in training.run():
        assert (training.alpha == 0.3).all() == (record.number <= 4)


@pytest.mark.parametrize("learn_alpha", [False, True])
def test_training_ends_when_the_objective_stands_still(learn_alpha):
    counts = random_counts(30, 10, 0.5, np.random.default_rng(6))
    alpha = np.full(3, 0.3)
    training = Training(counts, Settings(plain(100, learn_alpha), alpha, 0.05, 1, 0, tolerance=1e-3))
    objectives = [record.objective for record in training.run()]
    changes = np.abs(np.diff(objectives))
    assert 2 < len(objectives) < 100
    assert changes[-1] <= 1.1e-3 * abs(objectives[-1])
    assert (changes[:-1] > 0.9e-3 * np.abs(objectives[1:-1])).all()


@pytest.mark.parametrize(
    "schedule",
    [plain(4, True), cooled(8), cooled(6, 0, collapsed=True)],
    ids=["plain", "annealed", "collapsed"],
)
@pytest.mark.parametrize("n_minibatches", [1, 6])
def test_same_bytes_for_any_number_of_threads(monkeypatch, schedule, n_minibatches):
    monkeypatch.setattr(_numpy, "BLOCK_BYTES", 1 << 13)
    monkeypatch.setattr(estep, "BLOCK_WORK", 1 << 10)
    counts = random_counts(100, 60, 0.2, np.random.default_rng(7))

    def result(parallel, seed=1):
        alpha = np.full(8, 1 / 8)
        training, records = train(
            counts, schedule, alpha, eta=0.02, n_minibatches=n_minibatches, seed=seed, parallel=parallel
        )
        return training.phi.tobytes(), training.alpha.tobytes(), [record.objective for record in records]

    expected = result(map)
    assert result(map) == expected
    assert result(map, seed=2) != expected
    for n_threads in (2, 8):
        with ThreadPoolExecutor(n_threads) as pool:
            assert result(pool.map) == expected


def test_documents_without_words_change_nothing():
    counts = random_counts(30, 10, 0.5, np.random.default_rng(8))
    counts = counts[np.diff(counts.indptr) > 0]
    # the permutation of documents goes by their rank among those with words
    padded = csr_matrix(
        (counts.data, counts.indices, np.append(counts.indptr, [counts.nnz] * 5)), (counts.shape[0] + 5, 10)
    )
    straight, _ = train(counts, plain(3, True), np.full(3, 0.3), n_minibatches=3)
    with_empty, records = train(padded, plain(3, True), np.full(3, 0.3), n_minibatches=3)
    assert straight.phi.tobytes() == with_empty.phi.tobytes()
    assert records[-1].n_documents == counts.shape[0]


@pytest.mark.once
def test_documents_each_belong_to_one_minibatch():
    counts = random_counts(31, 10, 0.5, np.random.default_rng(9))
    training = Training(counts, Settings(plain(1, False), np.full(3, 0.3), 0, 4, 0))
    total = np.zeros(10, int)
    for visited in training._visited:
        np.add.at(total, visited.minibatch.terms, np.asarray(counts_of(visited).sum(axis=0)).ravel())
    np.testing.assert_array_equal(total, np.asarray(counts.sum(axis=0)).ravel())
    n_documents = sum(visited.minibatch.documents().n_documents for visited in training._visited)
    assert n_documents == np.count_nonzero(np.diff(counts.indptr))


def test_posterior_is_that_of_each_document_in_the_order_given():
    counts = random_counts(40, 10, 0.3, np.random.default_rng(11))
    counts = vstack([counts, csr_matrix((1, 10), dtype=np.int32), counts[:7]]).tocsr()
    training, _ = train(counts, plain(3, True), np.full(3, 0.3), eta=0.05, n_minibatches=4)
    weights = np.ascontiguousarray(training.phi.T)
    expected = e_step(counts, weights, training.alpha, tolerance=1e-3, max_iterations=80)
    gamma, bound_per_token = training.posterior(training.phi, 1e-3, 80)
    np.testing.assert_allclose(gamma, expected.gamma, rtol=1e-5)
    value = bound.evidence_bound(counts, expected, training.alpha).sum()
    assert bound_per_token == pytest.approx(value / counts.sum(), rel=1e-6)


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
        put_back = self._expected.put_back

        def watched(batch, docs, plan, found, term_weights):
            self.shares[id(batch)] = found.shares.astype(np.float64)
            return put_back(batch, docs, plan, found, term_weights)

        self._expected.put_back = watched


def test_collapsed_passes_learn_proportions_of_alpha_and_its_sum_by_steps():
    counts = random_counts(60, 20, 0.2, np.random.default_rng(12))
    schedule = cooled(10, 0, collapsed=True)
    training = Training(counts, Settings(schedule, np.full(3, 0.3), 0.05, 3, 0))
    sums = [0.9]
    for record in training.run():
        assert (training.alpha == 0.3).all() == (not record.plan.learn_alpha)
        sums.append(training.alpha.sum())
        if record.plan.learn_alpha:
            totals = training._expected.totals
            np.testing.assert_allclose(training.alpha / sums[-1], totals / totals.sum(), rtol=1e-9)
    # the sum's logarithm moves by half of that of two, at most
    assert (np.abs(np.diff(np.log(sums))) <= np.log(2) / 2 + 1e-9).all()
    assert len(set(sums)) > 3
