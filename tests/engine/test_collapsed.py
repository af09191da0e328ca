"""The E-step with theta integrated out: by hand, by its equation, its bound against a sum over every z."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.engine import bound
from lda_cli.engine.estep import collapsed_fixed_points, documents
from tests.engine import definition
from tests.engine.corpora import by_token, random_counts, random_topics, tokens
from tests.helpers.strategies import corpora, priors, topics

SMALL = csr_matrix(np.array([[2, 0, 1, 0], [1, 1, 1, 3], [0, 4, 0, 0], [0, 0, 0, 1]], np.int32))


def collapsed(counts, phi, alpha, *, power=1.0, tolerance=0.0, iterations=1, start=None, parallel=map):
    """The E-step on Phi by terms, (V, K), whose power it takes first; in the type of Phi."""
    alpha = np.asarray(alpha, np.float64)
    return collapsed_fixed_points(
        documents(counts, len(alpha), phi.dtype),
        np.ascontiguousarray(phi ** phi.dtype.type(power)),
        alpha,
        power=power,
        tolerance=tolerance,
        max_iterations=iterations,
        parallel=parallel,
        start=start,
    )


def entries_of(counts):
    """The document of each entry, in CSR order."""
    return np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-12), (np.float32, 1e-6)])
@pytest.mark.parametrize("power", [1.0, 0.7])
def test_one_iteration_over_two_terms_by_hand(dtype, error, power):
    # word 0 twice, word 1 once; alpha = (1/2, 1); every token starts with q = (1/2, 1/2)
    phi = np.array([[0.8, 0.3], [0.2, 0.7]], dtype)
    # gamma = (1/2 + 3/2, 1 + 3/2) = (2, 5/2); of word 0 the others are (3/2, 2)
    score = (1.5 * 0.8) ** power, (2.0 * 0.3) ** power
    q0 = score[0] / (score[0] + score[1])
    # both its tokens move: gamma = (1/2 + 2 q0 + 1/2, 1 + 2 (1 - q0) + 1/2); of word 1 the others are
    others = 0.5 + 2 * q0, 1 + 2 * (1 - q0)
    score = (others[0] * 0.2) ** power, (others[1] * 0.7) ** power
    q1 = score[0] / (score[0] + score[1])
    counts = csr_matrix(np.array([[2, 1]], np.int32))
    found = collapsed(counts, phi, [0.5, 1.0], power=power)
    np.testing.assert_allclose(found.shares, [[2 * q0, 2 * (1 - q0)], [q1, 1 - q1]], rtol=error)
    np.testing.assert_allclose(found.gamma, [[0.5 + 2 * q0 + q1, 1 + 2 * (1 - q0) + 1 - q1]], rtol=error)


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_two_iterations_over_three_terms_by_hand(dtype, error):
    phi = np.array([[0.8, 0.3], [0.1, 0.6], [0.1, 0.1]])
    alpha, q = (0.2, 0.4), [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
    for _ in range(2):
        for word in range(3):
            score = []
            for topic in range(2):
                others = sum(q[other][topic] for other in range(3) if other != word)
                score.append((alpha[topic] + others) * float(phi[word, topic]))
            q[word] = [score[0] / sum(score), score[1] / sum(score)]
    counts = csr_matrix(np.ones((1, 3), np.int32))
    found = collapsed(counts, phi.astype(dtype), alpha, iterations=2)
    np.testing.assert_allclose(found.shares, q, rtol=error)


@pytest.mark.parametrize("power", [1.0, 0.7])
def test_a_lone_token_has_the_posterior_of_its_word(power):
    # without other tokens gamma - q is alpha: one iteration is the fixed point, and at power one it is exact
    phi, alpha = random_topics(4, 3, np.random.default_rng(1), np.float64), np.array([0.3, 1.2, 0.7])
    found = collapsed(SMALL[3], phi, alpha, power=power)
    score = (alpha * phi[3]) ** power
    np.testing.assert_allclose(found.shares, [score / score.sum()], rtol=1e-12)


@pytest.mark.parametrize("power", [1.0, 0.7])
@pytest.mark.parametrize("n_topics", [2, 3, 17])
@pytest.mark.parametrize("alpha", [0.05, 0.5, 5.0])
def test_every_q_satisfies_its_equation_at_the_fixed_point(power, n_topics, alpha):
    rng = np.random.default_rng(n_topics)
    counts, phi = random_counts(8, 30, 0.3, rng), random_topics(30, n_topics, rng, np.float64)
    prior = np.full(n_topics, alpha)
    exact = collapsed(counts, phi, prior, power=power, tolerance=1e-11, iterations=5000)
    assert_equation(counts, phi, exact, power, 1e-8)
    # and in float32 that is where it stays
    found = collapsed(counts, phi.astype(np.float32), prior, power=power, iterations=5, start=exact.shares)
    assert_equation(counts, phi, found, power, 2e-5)
    np.testing.assert_allclose(found.shares, exact.shares, rtol=0, atol=1e-4)


def assert_equation(counts, phi, found, power, error):
    """Every q is proportional to ((gamma - q) Phi)^power."""
    q = found.shares.astype(np.float64) / counts.data[:, None]
    others = found.gamma.astype(np.float64)[entries_of(counts)] - q
    score = (others * phi[counts.indices]) ** power
    np.testing.assert_allclose(q, score / score.sum(axis=1, keepdims=True), rtol=0, atol=error)


@given(st.data())
@examples(max_examples=40, derandomize=True)
def test_shares_of_an_entry_sum_to_its_count_and_gamma_to_alpha_and_the_tokens(data):
    counts = data.draw(corpora())
    n_topics = data.draw(st.integers(2, 20))
    alpha, phi = data.draw(priors(n_topics)), data.draw(topics(counts.shape[1], n_topics))
    power, iterations = data.draw(st.sampled_from([1.0, 0.7])), data.draw(st.integers(0, 30))
    found = collapsed(counts, phi, alpha, power=power, iterations=iterations)
    assert (found.shares >= 0).all()
    assert np.isfinite(found.terms).all()
    np.testing.assert_allclose(found.shares.sum(axis=1, dtype=np.float64), counts.data, rtol=1e-5)
    expected = np.tile(alpha, (counts.shape[0], 1))
    np.add.at(expected, entries_of(counts), found.shares.astype(np.float64))
    np.testing.assert_allclose(found.gamma, expected, rtol=1e-5)


@pytest.mark.once  # in float64, which the twin alone has
@pytest.mark.parametrize("n_topics", [2, 3])
@pytest.mark.parametrize("power", [1.0, 0.6])
@pytest.mark.parametrize("iterations", [0, 2, 1000])
def test_bound_is_that_of_the_definition_and_lies_below_the_evidence(n_topics, power, iterations):
    for seed in range(2):
        phi = random_topics(4, n_topics, np.random.default_rng(seed), np.float64)
        alpha = np.array([0.3, 1.2, 0.7])[:n_topics]
        found = collapsed(SMALL, phi, alpha, power=power, iterations=iterations)
        cross = np.zeros(4)
        np.add.at(cross, entries_of(SMALL), (found.shares * np.log(phi[SMALL.indices])).sum(axis=1))
        values = cross + found.terms + bound.prior_terms(alpha)
        for doc, value in enumerate(values):
            words, q = tokens(SMALL, doc), by_token(SMALL, doc, found.shares / SMALL.data[:, None])
            by_definition = definition.evidence_bound(words, q, found.gamma[doc], alpha, phi.T)
            assert value == pytest.approx(by_definition, rel=1e-9)
            evidence = definition.log_evidence(words, alpha, phi.T)
            assert value < evidence
            if n_topics == 2 and iterations == 2:
                gap = definition.kl_to_posterior(words, q, found.gamma[doc], alpha, phi.T)
                assert evidence - value == pytest.approx(gap, rel=1e-6, abs=1e-8)


def test_documents_without_words_get_the_prior():
    counts = csr_matrix(np.array([[0, 0], [1, 2], [0, 0]], np.int32))
    alpha = np.array([0.3, 1.2])
    found = collapsed(counts, random_topics(2, 2, np.random.default_rng(5)), alpha, iterations=5)
    np.testing.assert_array_equal(found.gamma[[0, 2]], np.tile(alpha.astype(np.float32), (2, 1)))
    np.testing.assert_array_equal(found.terms[[0, 2]], 0)


def test_document_stops_where_an_iteration_moves_less_than_the_tolerance():
    rng = np.random.default_rng(6)
    counts, phi = random_counts(1, 40, 0.4, rng), random_topics(40, 3, rng)
    alpha = np.full(3, 0.2)
    steps = [collapsed(counts, phi, alpha, iterations=i).shares for i in range(50)]
    moved = [np.abs(now - before).sum() for before, now in pairwise(steps)]
    for tolerance in (0.1, 0.01, 1e-4):
        n_done = 1 + next(i for i, change in enumerate(moved) if change <= tolerance * counts.sum())
        assert n_done > 1
        found = collapsed(counts, phi, alpha, tolerance=tolerance, iterations=200)
        np.testing.assert_array_equal(found.shares, steps[n_done])
