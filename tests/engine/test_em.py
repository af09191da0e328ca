"""The training loop: what a pass does to S, Phi and alpha; extreme corpora; the same bits on any threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_matrix, vstack

from lda_cli.engine import _numpy, bound, estep, mstep, visits
from lda_cli.engine.em import Training
from lda_cli.engine.estep import e_step
from lda_cli.engine.mstep import initial_sstats, m_step
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from tests.engine.corpora import random_counts
from tests.engine.runs import (
    Watched,
    assert_objective_never_falls,
    assert_sane,
    cooled,
    counts_of,
    expected_counts,
    train,
)


def test_start_stands_in_for_documents_not_yet_seen():
    counts = csr_matrix(np.arange(1, 13, dtype=np.int32).reshape(4, 3))
    training = Watched(counts, Settings(plain(1, False), np.full(2, 0.5), 0.05, 4, 0))
    start = initial_sstats(counts.toarray().sum(axis=0, dtype=float), 2, _after_the_permutation(4))
    seen = np.zeros((3, 2))
    for n_visited, visited in enumerate(training._visited):
        training._visit(n_visited, plain(1, False)[0])
        phi = training.seen[id(visited.minibatch)]
        np.testing.assert_allclose(phi.T, m_step(seen + (1 - n_visited / 4) * start, 0.05), rtol=1e-5)
        seen[visited.minibatch.terms] += visited.minibatch.contribution


def _after_the_permutation(n_docs, seed=0):
    rng = np.random.default_rng(seed)
    rng.permutation(n_docs)
    return rng


@pytest.mark.parametrize(
    ("schedule", "eta", "alpha"),
    [
        (plain(5, True), 0.0, 1e-4),
        (cooled(8), 0.02, 50.0),
        (cooled(8), 0.0, 1e-4),
        (cooled(5, collapsed=True), 0.02, 50.0),
        (cooled(5, 0, collapsed=True), 0.0, 1e-4),
    ],
    ids=["plain", "annealed", "annealed without eta", "collapsed", "collapsed to the end"],
)
@pytest.mark.parametrize(
    ("dense", "n_topics", "n_minibatches"),
    [
        ([[10**6, 1, 0], [0, 10**6, 10**6], [1, 0, 0]], 2, 3),
        (np.full((1, 200), 5000), 4, 5),  # one document of a million tokens
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


@pytest.mark.once
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
    for seed in range(6):
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
    without = training._expected.minibatch_phi(first, plan, 0) ** (1 / plan.power)
    expected = m_step(rest, 0.05).T[first.terms]
    np.testing.assert_allclose(without, expected, rtol=1e-4)
    everything = training._expected.minibatch_phi(first, plain(1, False)[0], 0)
    np.testing.assert_allclose(everything, m_step(training.sstats, 0.05).T[first.terms], rtol=1e-4)


def test_stored_contribution_overshoots_by_omega():
    counts = random_counts(30, 10, 0.5, np.random.default_rng(5))
    training = Training(counts, Settings(cooled(6, plain_passes=0), np.full(3, 0.3), 0.05, 3, 0))
    next(training.run())
    visited, plan = training._visited[0], training._settings.schedule[1]
    old = visited.minibatch.contribution.copy()
    term_weights = training._expected.minibatch_phi(visited.minibatch, plan, 0)
    found = e_step(
        counts_of(visited),
        term_weights,
        training.alpha,
        tolerance=training._settings.inner_tolerance,
        max_iterations=visits.INNER_ITERATIONS,
        power=plan.power,
    )
    new, _ = expected_counts(counts_of(visited), found, term_weights, plan.power)
    training._visit(0, plan)
    np.testing.assert_allclose(
        visited.minibatch.contribution, np.maximum(0, old + 1.8 * (new - old)), rtol=1e-3, atol=1e-4
    )


def test_alpha_is_left_alone_until_a_pass_learns_it():
    counts = random_counts(30, 10, 0.5, np.random.default_rng(5))
    training = Training(counts, Settings(cooled(10), np.full(3, 0.3), 0.05, 3, 0))
    for record in training.run():
        assert (training.alpha == 0.3).all() == (record.number <= 4)


@pytest.mark.parametrize(
    "schedule",
    [plain(3, True), cooled(6), cooled(3, 0, collapsed=True)],
    ids=["plain", "annealed", "collapsed"],
)
@pytest.mark.parametrize(("n_topics", "n_minibatches"), [(8, 1), (8, 6), (260, 6)])
def test_same_bytes_for_any_number_of_threads(monkeypatch, schedule, n_topics, n_minibatches):
    monkeypatch.setattr(_numpy, "BLOCK_BYTES", 1 << 13)
    monkeypatch.setattr(estep, "BLOCK_WORK", 1 << 10)
    counts = random_counts(50, 60, 0.2, np.random.default_rng(7))

    def result(parallel, seed=1):
        alpha = np.full(n_topics, 1 / n_topics)
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


def test_lists_of_live_weights_change_no_topic(monkeypatch):
    counts = random_counts(50, 60, 0.2, np.random.default_rng(7))
    alpha, n_listed = np.full(260, 1 / 260), []

    def phi(at_least):
        monkeypatch.setattr(mstep, "MANY_TOPICS", at_least)
        return train(counts, cooled(6), alpha, eta=0.005, n_minibatches=5)[0].phi

    def q_of(found, of=mstep.q_of):
        n_listed.append(of(found)[-1] is not None)
        return of(found)

    monkeypatch.setattr(mstep, "q_of", q_of)
    np.testing.assert_allclose(phi(256), phi(1000), rtol=1e-4)
    assert any(n_listed[:30])
    assert not any(n_listed[30:])


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
