"""The evidence bound against a sum over every z, against quadrature, and against its definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.stats import dirichlet

from lda_cli.engine import bound
from lda_cli.engine.estep import document_terms, documents, e_step
from tests.engine import definition
from tests.engine.corpora import by_token, random_topics, tokens
from tests.engine.runs import expected_counts, responsibilities
from tests.helpers.strategies import count_matrices, priors, topics

SMALL = csr_matrix(np.array([[2, 0, 1, 0], [1, 1, 1, 3], [0, 4, 0, 0], [0, 0, 0, 1]], np.int32))


def _small_case(n_topics, seed=1):
    phi = random_topics(4, n_topics, np.random.default_rng(seed), np.float64)
    return phi, np.array([0.3, 1.2, 0.7])[:n_topics]


def _bounds(counts, phi, alpha, power, max_iterations):
    """What the engine says of each document, F = terms + (1 - power) cross + prior, and q(z) and gamma."""
    found = e_step(counts, phi**power, alpha, tolerance=1e-12, max_iterations=max_iterations, power=power)
    q = responsibilities(counts, found, phi**power)
    docs = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    cross = np.zeros(counts.shape[0])
    np.add.at(cross, docs, counts.data * (q * np.log(phi[counts.indices])).sum(axis=1))
    terms, _ = document_terms(documents(counts, len(alpha), phi.dtype), found, alpha)
    return terms + (1 - power) * cross + bound.prior_terms(alpha), q, found.gamma


@pytest.mark.once
@pytest.mark.parametrize("max_iterations", [1, 2, 1000])
@pytest.mark.parametrize("power", [1.0, 0.6])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gap_to_the_evidence_is_the_divergence_from_the_posterior(max_iterations, power, seed):
    # log p(w) - F(q) = KL(q || p(theta, z | w)) for any q, at its fixed point or not, tempered or not
    phi, alpha = _small_case(2, seed)
    values, q, gamma = _bounds(SMALL, phi, alpha, power, max_iterations)
    for doc, value in enumerate(values):
        words = tokens(SMALL, doc)
        gap = definition.log_evidence(words, alpha, phi.T) - value
        own = by_token(SMALL, doc, q)
        assert gap > 0
        assert gap == pytest.approx(
            definition.kl_to_posterior(words, own, gamma[doc], alpha, phi.T), rel=1e-6, abs=1e-8
        )


@pytest.mark.once
def test_bound_is_the_evidence_where_only_one_z_is_possible():
    # every word has one topic: q(z) is a point, q(theta) the exact posterior, and the gap closes
    phi = np.array([[0.5, 0], [0.5, 0], [0, 0.25], [0, 0.75]])
    alpha = np.array([0.3, 1.2])
    found = e_step(SMALL, phi, alpha, tolerance=1e-12, max_iterations=1000)
    values = bound.evidence_bound(SMALL, found, alpha)
    exact = [definition.log_evidence(tokens(SMALL, doc), alpha, phi.T) for doc in range(4)]
    np.testing.assert_allclose(values, exact, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bound_of_a_document_without_words_is_nought(dtype):
    counts = csr_matrix((2, 4), dtype=np.int32)
    phi, alpha = _small_case(3)
    phi = phi.astype(dtype)
    found = e_step(counts, phi, alpha, tolerance=1e-3, max_iterations=5)
    np.testing.assert_allclose(bound.evidence_bound(counts, found, alpha), 0, atol=1e-12)


@pytest.mark.once
@pytest.mark.parametrize("max_iterations", [1, 3, 200])
@pytest.mark.parametrize("power", [1.0, 0.7])
def test_bound_is_equation_15_line_by_line(max_iterations, power):
    phi, alpha = _small_case(3)
    values, q, gamma = _bounds(SMALL, phi, alpha, power, max_iterations)
    for doc, value in enumerate(values):
        own = by_token(SMALL, doc, q)
        direct = definition.evidence_bound(tokens(SMALL, doc), own, gamma[doc], alpha, phi.T)
        assert value == pytest.approx(direct, rel=1e-9)


@given(st.data())
@settings(max_examples=60, derandomize=True)
def test_bound_in_float32_is_that_of_its_q_in_float64(data):
    counts = data.draw(count_matrices())
    n_topics = data.draw(st.integers(2, 4))
    alpha, phi = data.draw(priors(n_topics)), data.draw(topics(counts.shape[1], n_topics))
    found = e_step(counts, phi, alpha, tolerance=1e-3, max_iterations=50)
    values = bound.evidence_bound(counts, found, alpha)
    q = responsibilities(counts, found, phi).astype(np.float64)
    for doc, value in enumerate(values):
        row = slice(counts.indptr[doc], counts.indptr[doc + 1])
        n, gamma = counts.data[row], found.gamma[doc]
        direct = _bound_of_counts(counts.indices[row], n, q[row], gamma.astype(np.float64), alpha, phi)
        # some eight roundings of 2^-24 of each number that is summed: a token's log of its norm, whose last
        # digit may be two off, and a topic's share of the tokens times the log of its weight. E[log theta]
        # is about -1 / alpha where alpha is small, so that what rounds gamma costs one for each topic
        log_norms, log_weights = np.log(n / found.ratio[row]), np.log(found.weights[doc])
        magnitude = n @ (1 + abs(log_norms)) + gamma @ (1 + abs(log_weights)) + n_topics
        assert value == pytest.approx(direct, abs=8 * 2**-24 * magnitude, rel=0)


def _bound_of_counts(words, n, q, gamma, alpha, phi):
    """As definition.evidence_bound, of a million tokens: those of a word are alike, and one stands for n."""
    empty = np.zeros(0, int)
    value = definition.evidence_bound(empty, q[:0], gamma, alpha, phi.T)
    for word, times, own in zip(words, n, q, strict=True):
        # what one more token adds does not depend on the others
        one = definition.evidence_bound(np.array([word]), own[None], gamma, alpha, phi.T)
        value += times * (one - definition.evidence_bound(empty, q[:0], gamma, alpha, phi.T))
    return value


@pytest.mark.once
@pytest.mark.parametrize("eta", [0.02, 1.0, 3.5])
def test_prior_of_phi_is_a_dirichlet_density_of_each_topic(eta):
    sstats = np.array([[3.0, 0.5], [0.25, 2.0], [1.0, 4.0]])
    phi = (sstats + eta) / (sstats + eta).sum(axis=0)
    exact = sum(dirichlet.logpdf(topic, np.full(3, 1 + eta)) for topic in phi.T)
    assert bound.log_prior_of_phi(sstats, eta) == pytest.approx(exact, rel=1e-12)
    assert bound.log_prior_of_phi(sstats, 0) == 0


@pytest.mark.once
def test_m_step_maximises_what_the_bound_and_the_prior_say_of_phi():
    # moving a little probability between any two words of a topic lowers  sum S log Phi + log p(Phi)
    sstats, eta = np.array([[3.0, 0.5], [0.25, 2.0], [1.0, 4.0]]), 0.4

    def value(phi):
        return (sstats * np.log(phi)).sum() + eta * np.log(phi).sum()

    phi = (sstats + eta) / (sstats + eta).sum(axis=0)
    best = bound.word_terms(sstats, eta) + bound.log_prior_of_phi(sstats, eta)
    normaliser = best - value(phi)  # of the Dirichlet, which no Phi changes
    for topic in range(2):
        for source, target in [(0, 1), (1, 2), (2, 0), (1, 0)]:
            moved = phi.copy()
            moved[source, topic] -= 1e-3
            moved[target, topic] += 1e-3
            assert value(moved) + normaliser < best


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("power", [1.0, 0.7])
def test_expected_counts_give_the_cross_term(dtype, error, power):
    phi, alpha = _small_case(3)
    term_weights = (phi**power).astype(dtype)
    found = e_step(SMALL, term_weights, alpha, tolerance=1e-12, max_iterations=50, power=power)
    q = responsibilities(SMALL, found, term_weights)
    expected = sum(
        n * share * np.log(phi[word, t])
        for word, n, row in zip(SMALL.indices, SMALL.data, q, strict=True)
        for t, share in enumerate(row)
    )
    _, cross = expected_counts(SMALL, found, term_weights, power)
    assert cross == pytest.approx(expected, rel=error)


@pytest.mark.once
def test_word_a_topic_never_uses_adds_nothing():
    assert bound.word_terms(np.array([[3.0, 0.0]]), 0) == 0
    assert bound.word_terms(np.array([[3.0, 0.0], [0.0, 2.0]]), 0) == 0


def test_word_of_no_weight_adds_nothing_to_the_cross_term():
    counts, term_weights = csr_matrix(np.array([[3]], np.int32)), np.array([[1.0, 0.0]], np.float32)
    found = e_step(counts, term_weights, np.ones(2), tolerance=0, max_iterations=2)
    sstats, cross = expected_counts(counts, found, term_weights)
    np.testing.assert_array_equal(sstats, [[3, 0]])
    assert cross == 0
