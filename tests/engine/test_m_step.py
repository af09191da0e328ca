"""The M-step by hand, and batch EM against the formula of the textbook."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lda_cli.engine.em import Training
from lda_cli.engine.estep import EStep, e_step
from lda_cli.engine.mstep import ExpectedCounts, dead, initial_sstats, m_step, minibatch
from lda_cli.engine.schedule import Pass, plain
from tests.engine.corpora import by_token, random_counts, tokens
from tests.engine.runs import Exact, expected_counts, responsibilities

SSTATS = np.array([[1, 0], [2, 3], [1, 1]], np.float32)  # three words in two topics of four tokens each


@pytest.mark.once
def test_m_step_by_hand():
    np.testing.assert_array_equal(m_step(SSTATS, 0), [[1 / 4, 2 / 4, 1 / 4], [0, 3 / 4, 1 / 4]])


@pytest.mark.once
def test_m_step_with_pseudo_counts_by_hand():
    by_hand = np.array([[2 / 7, 3 / 7, 2 / 7], [1 / 7, 4 / 7, 2 / 7]], np.float32)
    np.testing.assert_array_equal(m_step(SSTATS, 1), by_hand)


@pytest.mark.once
def test_topic_that_died_gets_the_uniform_distribution():
    sstats = np.array([[1, 0], [3, 0]], np.float32)
    np.testing.assert_array_equal(dead(sstats), [False, True])
    phi = m_step(sstats, 0)
    np.testing.assert_array_equal(phi, [[1 / 4, 3 / 4], [1 / 2, 1 / 2]])


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-7), (np.float32, 1e-6)])
def test_m_step_of_two_documents_by_hand(dtype, error):
    # document one: word 0 twice with q = (1, 0), word 1 once with (1/2, 1/2);
    # document two: word 1 once and word 2 thrice, both with (1/3, 2/3)
    # topic 0 has 2, 1/2 + 1/3, 1 tokens of the three words, topic 1 has 0, 1/2 + 2/3, 2
    counts = csr_matrix(np.array([[2, 1, 0], [0, 1, 3]], np.int32))
    phi = np.array([[1 / 2, 0], [1 / 4, 1 / 4], [1 / 4, 1 / 4]], dtype)
    # n q = weights ratio Phi, and so ratio is 2 / (1/2), 1 / (1/4 + 1/4), 1 / (1/4 + 2/4), 3 / (1/4 + 2/4)
    ones, weights = np.ones((2, 2), dtype), np.array([[1, 1], [1, 2]], dtype)
    found = EStep(ones, weights, np.array([4, 2, 4 / 3, 4], dtype))
    sstats, _ = expected_counts(counts, found, phi)
    np.testing.assert_allclose(sstats, [[2, 0], [5 / 6, 7 / 6], [1, 2]], rtol=error)
    np.testing.assert_allclose(
        m_step(sstats, 0), [[12 / 23, 5 / 23, 6 / 23], [0, 7 / 19, 12 / 19]], rtol=error
    )


@pytest.mark.parametrize("eta", [0, 0.05, 1])
def test_folded_m_step_is_that_of_the_whole_matrix(eta):
    state = ExpectedCounts(np.zeros_like(SSTATS), eta, map)
    state.sstats[:], state.totals[:] = SSTATS, SSTATS.sum(axis=0)
    some = np.array([2, 0])
    batch = replace(minibatch(csr_matrix(np.array([[1, 0, 1]], np.int32)), 2), terms=some)
    expected = m_step(SSTATS, eta).T[some]
    np.testing.assert_allclose(state.minibatch_phi(batch, Pass(), 0), expected, rtol=1e-6)


@pytest.mark.once
def test_start_spreads_every_word_over_the_topics():
    start = initial_sstats(np.array([6.0, 0.0, 1.0]), 5000, np.random.default_rng(0))
    assert start.shape == (3, 5000)
    assert (start[1] == 0).all()
    np.testing.assert_allclose(start.sum(axis=1), [6, 0, 1], rtol=0.06)  # mean one, deviation 1 / sqrt(5000)


@pytest.mark.parametrize("passes", [1, 2, 5])
def test_batch_em_is_the_textbook_formula(to_the_fixed_point, passes):
    counts, alpha = random_counts(25, 12, 0.4, np.random.default_rng(1)), np.array([0.8, 1.0, 1.2])
    before = Training(counts, Exact(plain(passes - 1, False), alpha, 0, 1, 0))
    after = Training(counts, Exact(plain(passes, False), alpha, 0, 1, 0))
    for training in (before, after):
        list(training.run())
    # the sums that Phi of the first pass is taken from are drawn, those of later ones counted
    sums = before._expected._start if passes == 1 else before.sstats
    phi = np.ascontiguousarray(m_step(sums, 0).T)
    counts = counts[np.diff(counts.indptr) > 0]
    # alpha is so large that every document has one fixed point, wherever its E-step starts
    found = e_step(counts, phi, alpha, tolerance=1e-7, max_iterations=3000)
    q = responsibilities(counts, found, phi)

    numerator = np.zeros((3, 12))
    for d in range(counts.shape[0]):
        for word, row in zip(tokens(counts, d), by_token(counts, d, q), strict=True):
            for t in range(3):
                numerator[t, word] += row[t]
    for t in range(3):
        np.testing.assert_allclose(after.phi[t], numerator[t] / sum(numerator[t]), rtol=1e-4, atol=1e-6)
