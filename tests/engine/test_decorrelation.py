"""Decorrelated topics and background topics: the M-step by hand, and what a training makes of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.stats import dirichlet

from lda_cli.engine.decorrelation import Decorrelation, begin_background, decorrelation
from lda_cli.engine.em import Training
from lda_cli.engine.mstep import ExpectedCounts, m_step, minibatch
from lda_cli.engine.schedule import Pass, plain
from lda_cli.engine.settings import Settings
from lda_cli.engine.starts import MELTED
from tests.engine.corpora import drawn_corpus, random_counts
from tests.engine.runs import cooled
from tests.helpers.strategies import corpora

# three words in two topics of eight tokens, and in a background topic
SSTATS = np.array([[6.0, 2, 9], [2, 2, 1], [0, 4, 0]])


def trained(counts, n_topics, schedule=None, *, delta=40.0, n_background=0, seed=0, parallel=map):
    prior = np.full(n_topics, 1 / n_topics)
    settings = Settings(schedule or cooled(), prior, 0.02, 8, seed)
    settings = replace(settings, decorrelate=delta, n_background=n_background)
    training = Training(counts, settings, parallel)
    return training, list(training.run())


def overlap(phi):
    return sum(float(one @ other) for one, other in combinations(phi.astype(float), 2))


@pytest.mark.once
def test_corrected_m_step_by_hand():
    # Phi before is 6/8, 2/8, 0 and 2/8, 2/8, 4/8: 16 times the products are 3, 1, 0
    found = m_step(SSTATS[:, :2], 0, Decorrelation(np.array([16.0, 16])))
    np.testing.assert_allclose(found, [[3 / 4, 1 / 4, 0], [0, 1 / 5, 4 / 5]], rtol=1e-7)


@pytest.mark.once
def test_words_of_a_background_topic_are_taken_from_the_others_by_hand():
    # Phi before is 3/4, 1/4, 0 and 1/4, 1/4, 1/2 and 9/10, 1/10, 0: the first topic loses of its first word
    # 4 * 3/4 * (1/4 + 9/10), of its second word 4 * 1/4 * (1/4 + 1/10)
    first, second = np.array([6 - 3.45, 2 - 0.35, 0]), np.array([2 - 1.65, 2 - 0.35, 4])
    found = m_step(SSTATS, 0, Decorrelation(np.array([4.0, 4, 0])))
    by_hand = [first / first.sum(), second / second.sum(), [9 / 10, 1 / 10, 0]]
    np.testing.assert_allclose(found, by_hand, rtol=1e-6)


@pytest.mark.once
def test_corrected_m_step_with_pseudo_counts_by_hand():
    # Phi before is 7/11, 3/11, 1/11 and 3/11, 3/11, 5/11: 16 times the products, in 121ths, are 336, 144, 80;
    # the last word of the first topic has no tokens to give
    first = np.array([6 - 336 / 121, 2 - 144 / 121, 0]) + 1
    second = np.array([0, 2 - 144 / 121, 4 - 80 / 121]) + 1
    found = m_step(SSTATS[:, :2], 1, Decorrelation(np.array([16.0, 16])))
    np.testing.assert_allclose(found, [first / first.sum(), second / second.sum()], rtol=1e-6)


@pytest.mark.once
def test_strength_does_not_depend_on_the_size_of_the_corpus():
    few, many = (decorrelation(40, 10, 2, n_tokens) for n_tokens in (50, 5000))
    assert few.strength.tolist() == [20] * 8 + [0] * 2  # delta N / K^2
    assert many.strength.tolist() == [2000] * 8 + [0] * 2
    sstats = np.random.default_rng(0).gamma(1, 1, (30, 10))
    np.testing.assert_allclose(m_step(sstats, 0, few), m_step(sstats * 100, 0, many), rtol=1e-6)
    assert decorrelation(0, 10, 2, 5000) is None


@pytest.mark.parametrize("leave_out", [False, True])
def test_folded_m_step_is_that_of_the_whole_matrix(leave_out):
    rng = np.random.default_rng(0)
    sstats, n_topics, eta = rng.gamma(0.5, 20, (40, 5)), 5, 0.1
    correction = Decorrelation(np.array([200.0] * 4 + [0]))
    batch = minibatch(random_counts(6, 40, 0.3, rng), n_topics)
    batch.contribution[:] = rng.random(batch.contribution.shape) * sstats[batch.terms] * leave_out
    batch.totals[:] = batch.contribution.sum(axis=0)
    rest = sstats.copy()
    rest[batch.terms] -= batch.contribution
    state = ExpectedCounts(np.zeros(sstats.shape, np.float32), eta, map, decorrelation=correction)
    state.sstats[:], state.totals[:] = sstats, sstats.sum(axis=0)
    state.end_pass()
    found = state.minibatch_phi(batch, Pass(leave_out=leave_out), 0)
    expected = m_step(rest, eta, correction).T[batch.terms]
    if (
        leave_out
    ):  # the share that a topic keeps is that of the whole of S: all its words have the same factor
        found, expected = found / found.sum(axis=0), expected / expected.sum(axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.once
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 0.02, 1.0]), st.sampled_from([1.0, 40.0, 1e6]))
@examples(derandomize=True)
def test_correction_takes_away_and_never_more_than_there_is(seed, eta, delta):
    rng = np.random.default_rng(seed)
    sstats = rng.gamma(0.3, 10, (30, 4))
    correction = decorrelation(delta, 4, 1, float(sstats.sum()))
    after = np.concatenate([rows for _, rows in correction.corrected(sstats, eta)])
    assert (after >= 0).all()
    assert (after <= sstats).all()
    np.testing.assert_array_equal(after[:, 3], sstats[:, 3])
    kept = correction.kept(sstats, eta)
    np.testing.assert_allclose(kept, after.sum(axis=0) / sstats.sum(axis=0), rtol=1e-12)
    phi = m_step(sstats, eta, correction)
    np.testing.assert_allclose(phi.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.once
def test_objective_has_bound_prior_and_penalty_of_the_corrected_phi():
    rng = np.random.default_rng(1)
    sstats, eta = rng.gamma(0.5, 20, (50, 4)), 0.1
    correction = Decorrelation(np.array([100.0, 100, 0, 0]))
    words, log_prior, penalty = correction.terms(sstats, eta)
    phi = m_step(sstats, eta, correction).astype(float)
    assert words == pytest.approx((sstats.T * np.log(phi)).sum(), rel=1e-6)
    assert penalty == pytest.approx(100 * (overlap(phi) - phi[2] @ phi[3]), rel=1e-5)
    normalised = phi / phi.sum(axis=1, keepdims=True)
    density = sum(dirichlet.logpdf(row, np.full(50, 1 + eta)) for row in normalised)
    constant = 4 * dirichlet.logpdf(np.full(50, 1 / 50), np.full(50, 1 + eta)) - 200 * eta * np.log(1 / 50)
    assert log_prior == pytest.approx(density - constant, rel=1e-5)


@pytest.mark.once
@given(corpora(), st.sampled_from([40.0, 1e6]), st.integers(0, 2))
@pytest.mark.costly
@examples(max_examples=30, derandomize=True)
def test_topics_of_any_corpus_stay_distributions(counts, delta, n_background):
    # a word of all documents is taken from all topics: eta alone keeps it possible
    for schedule in (cooled(5), cooled(4, 0, collapsed=True), plain(4, True)):
        training, _ = trained(counts, 3, schedule, delta=delta, n_background=n_background)
        np.testing.assert_allclose(training.phi.sum(axis=1), 1, rtol=1e-4)
        gamma, _ = training.posterior(training.phi, 1e-3, 20)
        assert np.isfinite(gamma).all()


@pytest.mark.once
def test_decorrelated_topics_share_fewer_words():
    rng = np.random.default_rng(2)
    common = rng.dirichlet(np.full(200, 0.2))
    true = 0.4 * common + 0.6 * rng.dirichlet(np.full(200, 0.05), 6)
    counts, _ = drawn_corpus(true, np.full(6, 0.2), 300, 60, rng)
    overlaps = [overlap(trained(counts, 6, delta=delta)[0].phi) for delta in (0, 10, 40)]
    assert overlaps == sorted(overlaps, reverse=True)
    assert overlaps[2] < 0.6 * overlaps[0]


@pytest.mark.once
@pytest.mark.parametrize("schedule", [cooled(24), plain(60, True)], ids=["annealed", "incremental"])
def test_topics_with_words_of_their_own_are_found_as_without(schedule):
    # 10, as a strength of 40 is for words of less than K / 40 of each topic
    true = np.kron(np.eye(5), np.full(8, 1 / 8))
    counts, _ = drawn_corpus(true, np.full(5, 0.1), 300, 60, np.random.default_rng(1))
    found = [
        trained(counts, 5, schedule, delta=10, seed=seed)[0].phi.reshape(5, 5, 8).sum(axis=2)
        for seed in range(4)
    ]
    mass = max(found, key=lambda mass: mass.max(axis=1).min())
    assert sorted(mass.argmax(axis=1)) == [0, 1, 2, 3, 4]
    assert (mass.max(axis=1) > 0.99).all()


@pytest.mark.once
def test_background_topic_collects_the_words_of_all_documents():
    # a third of the tokens of every topic are the first twenty words, as those of a language are
    rng = np.random.default_rng(3)
    stop, own = np.zeros(420), np.zeros((5, 420))
    stop[:20] = rng.dirichlet(np.full(20, 2))
    own[:, 20:] = rng.dirichlet(np.full(400, 0.1), 5)
    counts, _ = drawn_corpus(0.35 * stop + 0.65 * own, np.full(5, 0.2), 400, 80, rng)
    without, _ = trained(counts, 6, delta=0)
    assert without.phi[:, :20].sum(axis=1).min() > 0.2
    for seed in range(3):
        with_one, _ = trained(counts, 6, n_background=1, seed=seed)
        assert with_one.phi[-1, :20].sum() > 0.7
        assert with_one.phi[:5, :20].sum(axis=1).max() < 0.05


@pytest.mark.once
def test_background_topics_begin_as_the_unigrams_and_differ():
    occurrences, rng = np.arange(1.0, 101), np.random.default_rng(0)
    start = rng.exponential(1, (100, 4)).astype(np.float32) * (occurrences / 4).astype(np.float32)[:, None]
    others = start[:, :2].copy()
    begin_background(start, occurrences, 2)
    np.testing.assert_array_equal(start[:, :2], others)
    ratio = start[:, 2:] / (occurrences / 4)[:, None]
    assert ratio.min() >= 0.9
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    assert np.abs(ratio[:, 0] - ratio[:, 1]).max() > 0.1


@pytest.mark.once
def test_any_number_of_threads_gives_the_same_bytes():
    counts = random_counts(200, 300, 0.1, np.random.default_rng(4))
    expected = trained(counts, 4, n_background=1)[0].phi.tobytes()
    for n_threads in (2, 3):
        with ThreadPoolExecutor(n_threads) as pool:
            assert trained(counts, 4, n_background=1, parallel=pool.map)[0].phi.tobytes() == expected


@pytest.mark.once
@pytest.mark.parametrize("n_minibatches", [1, 4], ids=["batch", "incremental"])
def test_plain_em_converges_by_the_objective_with_its_penalty(n_minibatches):
    rng = np.random.default_rng(5)
    counts, _ = drawn_corpus(rng.dirichlet(np.full(60, 0.3), 3), np.full(3, 0.2), 200, 50, rng)
    settings = Settings(plain(200, True), np.full(3, 1 / 3), 0.02, n_minibatches, 0, 1e-5, decorrelate=40.0)
    records = list(Training(counts, settings).run())
    assert len(records) < 200


@pytest.mark.once
def test_topics_that_melted_beside_a_background_topic_are_still_seen():
    # topics 0 and 1 equal each other, not the unigrams: the background topic has the common word
    counts = csr_matrix(np.array([[4, 1, 1], [4, 2, 2]], np.int32))
    training = Training(counts, Settings(cooled(4), np.full(3, 1 / 3), 0.02, 1, 0, n_background=1))
    training._expected.sstats[:] = [[0.5, 0.5, 7], [1.5, 1.5, 0], [1.5, 1.5, 0]]
    assert training.distance_from_unigrams() < MELTED
