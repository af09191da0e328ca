"""The compiled E-step against its twin in NumPy, on every instruction set; and whole trainings on both.

The twin does each iteration from where the compiled kernel was before it: an iteration may magnify what the
one before has rounded, two of them a thousandfold, where a document's one token is among 33 topics alike.
"""

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.engine import _numpy, estep
from lda_cli.engine.mstep import q_of
from tests.engine.corpora import drawn_corpus, random_topics, total_variation
from tests.engine.kernels import cold, few_topics_each, is_normal, on, one_document, terms_on
from tests.engine.runs import cooled, train
from tests.helpers.strategies import corpora, priors, topics

native = pytest.importorskip("lda_cli.engine._native")

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("each_instruction_set")]


def assert_same(counts, term_weights, alpha, *, power=1.0, iterations=3):
    """Each iteration, and where rounding is not magnified all of them together."""
    assert_same_steps(counts, term_weights, alpha, power=power, iterations=iterations)
    found, exact = (
        on(kernel, counts, term_weights, alpha, power=power, iterations=iterations)
        for kernel in (native, _numpy)
    )
    assert_same_numbers(found, exact, rtol=1e-4)


def assert_same_steps(counts, term_weights, alpha, *, power, iterations):
    gamma = cold(counts, alpha)
    for n_done in range(iterations):
        found = on(native, counts, term_weights, alpha, power=power, iterations=n_done + 1)
        exact = on(_numpy, counts, term_weights, alpha, gamma, power=power, iterations=1)
        assert_same_numbers(found, exact, rtol=2e-5)
        gamma = found.gamma

    terms, log_theta = terms_on(native, counts, found, alpha)
    exact_terms, exact_log_theta = terms_on(_numpy, counts, found, alpha)
    # of a topic that is nearly all it is a difference of two numbers of about 15, in float64
    np.testing.assert_allclose(log_theta, exact_log_theta, rtol=1e-5, atol=1e-13 * counts.shape[0])
    # a token and a topic are each rounded, and their sum may be nought
    magnitude = np.abs(exact_terms) + np.asarray(counts.sum(axis=1)).ravel() + len(alpha)
    assert (np.abs(terms - exact_terms) <= 1e-5 * magnitude).all()


def assert_same_numbers(found, exact, rtol):
    for array in found:
        assert array.dtype == np.float32
        assert is_normal(array)
    np.testing.assert_allclose(found.gamma, exact.gamma, rtol=rtol)
    np.testing.assert_allclose(found.ratio, exact.ratio, rtol=1e-4)
    # psi(gamma) is about -1 / gamma where gamma is small: what rounds gamma shifts psi by as large a share
    log_weights = np.log(exact.weights)
    assert (np.abs(np.log(found.weights) - log_weights) <= 1e-5 * (10 - log_weights)).all()


@given(st.data())
@settings(max_examples=40, derandomize=True)
def test_e_step_of_any_corpus_is_that_of_the_twin(data):
    counts = data.draw(corpora())
    n_topics = data.draw(st.sampled_from([2, 3, 15, 16, 17, 33]))
    alpha = data.draw(priors(n_topics))
    phi = data.draw(topics(counts.shape[1], n_topics))
    power = data.draw(st.sampled_from([1.0, 0.7]))
    iterations = data.draw(st.integers(1, 3))
    assert_same_steps(counts, phi ** np.float32(power), alpha, power=power, iterations=iterations)


@pytest.mark.parametrize("n_topics", [2, 15, 16, 17, 300])
@pytest.mark.parametrize("n_terms", [1, 8, 9, 600])
@pytest.mark.parametrize(("alpha", "power"), [(1e-4, 1.0), (0.5, 0.7), (50.0, 1.0)])
def test_e_step_of_any_shape_is_that_of_the_twin(n_topics, n_terms, alpha, power):
    rng = np.random.default_rng(n_topics * n_terms)
    phi = random_topics(n_terms, n_topics, rng) ** np.float32(power)
    counts = one_document(n_terms, rng)
    # of 300 topics, those that die are dropped from the second iteration on; with a large alpha none dies
    iterations = 1 if n_topics == 300 and alpha < 1 else 3
    assert_same(counts, phi, np.full(n_topics, alpha), power=power, iterations=iterations)


@pytest.mark.parametrize("n_topics", [255, 256, 257, 263, 264, 271, 272])
@pytest.mark.parametrize("n_terms", [1, 7, 600])
def test_rows_that_are_read_in_place_are_those_of_the_terms(n_topics, n_terms):
    # in as many iterations as this all topics stay; the last term is the last row of the array
    rng = np.random.default_rng(n_topics * n_terms)
    phi = random_topics(n_terms, n_topics, rng)
    assert_same(one_document(n_terms, rng), phi, np.full(n_topics, 5.0), iterations=7)


@pytest.mark.parametrize("n_topics", [256, 257, 300])
def test_lost_topics_have_the_weight_of_lost_ones(n_topics):
    # the M-step leaves out by this which topics a document has lost
    rng = np.random.default_rng(n_topics)
    counts, phi = few_topics_each(40, n_topics, 400, rng)
    found = on(native, counts, phi, np.full(n_topics, 0.01), iterations=30)
    _, weights, _, starts, topics, listed = q_of(found)
    assert weights is None
    np.testing.assert_array_equal(
        csr_matrix((listed, topics, starts), found.weights.shape).toarray(),
        np.where(found.weights > 2e-22, found.weights, 0),
    )
    assert len(listed) < found.weights.size / 8
    assert (found.gamma[found.weights <= 2e-22] == np.float32(0.01)).all()


def test_documents_of_every_length_share_a_block():
    # what a longer document left in the scratch memory is not read by a shorter one
    rng = np.random.default_rng(5)
    lengths = np.concatenate([rng.permutation(40), [600, 1, 0, 8, 513, 512, 2]])
    indices = np.concatenate([rng.permutation(600)[:length] for length in lengths])
    counts = rng.integers(1, 9, len(indices)).astype(np.int32)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    corpus = csr_matrix((counts, indices, indptr), (len(lengths), 600))
    for n_topics, alpha in [(2, 0.3), (17, 1e-3), (17, 0.3), (40, 1e-3), (259, 5.0), (259, 1e-3)]:
        phi, prior = random_topics(600, n_topics, rng), np.full(n_topics, alpha)
        assert_same(corpus, phi, prior, iterations=5 if n_topics < 256 or alpha > 1 else 1)
        together = on(native, corpus, phi, prior, iterations=30)
        alone = [on(native, corpus[doc], phi, prior, iterations=30) for doc in range(len(lengths))]
        np.testing.assert_array_equal(together.gamma, np.concatenate([found.gamma for found in alone]))
        np.testing.assert_array_equal(together.ratio, np.concatenate([found.ratio for found in alone]))


@pytest.mark.parametrize("n_topics", [33, 100, 300])
@pytest.mark.parametrize(("alpha", "power"), [(1e-4, 0.7), (0.01, 1.0)])
def test_topics_that_are_dropped_hold_nothing_that_counts(n_topics, alpha, power):
    rng = np.random.default_rng(n_topics)
    counts, phi = few_topics_each(40, n_topics, 400, rng)
    phi, prior = phi ** np.float32(power), np.full(n_topics, alpha)
    found = on(native, counts, phi, prior, power=power, iterations=30)
    twin = on(_numpy, counts, phi, prior, power=power, iterations=30)
    terms, twin_terms = (terms_on(_numpy, counts, result, prior)[0] for result in (found, twin))
    n_tokens = np.asarray(counts.sum(axis=1)).ravel()
    assert (np.abs(found.gamma - twin.gamma).sum(axis=1) <= 1e-4 * n_tokens).all()
    np.testing.assert_allclose(found.gamma.sum(axis=1), prior.sum() + n_tokens, rtol=1e-4)
    assert (np.abs(terms - twin_terms) <= 1e-4 * (n_tokens + n_topics)).all()
    for array in found:
        assert is_normal(array)
    dropped = found.weights == np.float32(np.exp(-50.0))
    assert dropped.mean() > 0.3
    np.testing.assert_array_equal(found.gamma[dropped], np.float32(alpha))


@pytest.mark.parametrize("n_topics", [40, 300])
@pytest.mark.parametrize("n_tokens", [10**3, 10**6])
@pytest.mark.parametrize("elsewhere", [0.0, 1e-12])
def test_light_topics_stay_while_a_word_lives_by_them(n_topics, n_tokens, elsewhere):
    # ten light topics share the one word that the rest of the document does not know: they were dropped
    # together, its norm was nought, and the whole document lost its topics without a word
    counts = csr_matrix(np.array([[n_tokens, 1]], np.int32))
    phi = np.zeros((2, n_topics), np.float32)
    phi[0, 0], phi[1, 0], phi[1, 20:30] = 1, elsewhere, 0.1
    alpha = np.full(n_topics, 0.01)
    found, twin = (on(kernel, counts, phi, alpha, iterations=50) for kernel in (native, _numpy))
    np.testing.assert_allclose(found.gamma, twin.gamma, rtol=1e-4)
    np.testing.assert_allclose(found.ratio, twin.ratio, rtol=1e-4)


@pytest.mark.parametrize("n_topics", [40, 300])
@pytest.mark.parametrize("iterations", [2, 3, 50])
def test_term_without_a_topic_is_an_error_however_long_it_takes(n_topics, iterations, monkeypatch):
    # after the third iteration every topic of a document that was no number was dropped, and it looked sane
    monkeypatch.setenv("LDA_CLI_KERNEL", "native")
    phi = np.full((2, n_topics), 0.1, np.float32)
    phi[1] = 0
    counts = csr_matrix(np.array([[1, 0], [3, 1]], np.int32))
    with pytest.raises(FloatingPointError, match="document 1 "):
        estep.e_step(counts, phi, np.full(n_topics, 0.01), tolerance=0, max_iterations=iterations)


@pytest.mark.parametrize("n_topics", [2, 300])
@pytest.mark.parametrize("alpha", [1e-5, 1e4])
@pytest.mark.parametrize("dense", [[[10**6, 1]], [[2**31 - 1, 2**31 - 1]], [[1, 0]]])
def test_extremes_stay_normal_numbers(n_topics, alpha, dense):
    counts = csr_matrix(np.array(dense, np.int32))
    phi = random_topics(2, n_topics, np.random.default_rng(2))
    for iterations in (1, 30):
        prior = np.full(n_topics, alpha)
        found = on(native, counts, phi, prior, iterations=iterations)
        terms, log_theta = terms_on(native, counts, found, prior)
        for array in found:
            assert is_normal(array)
        assert np.isfinite(terms).all()
        assert np.isfinite(log_theta).all()


@pytest.mark.parametrize("eta", [0.0, 0.02])
def test_both_kernels_find_the_same_topics(eta, monkeypatch):
    rng = np.random.default_rng(7)
    true = np.kron(np.eye(5), np.full(8, 1 / 8)) * 0.98 + 0.02 / 40
    counts, _ = drawn_corpus(true, np.full(5, 0.1), 200, 60, rng)
    results = []
    for name in ("native", "numpy"):
        monkeypatch.setenv("LDA_CLI_KERNEL", name)
        results.append(train(counts, cooled(12), np.full(5, 0.2), eta=eta, n_minibatches=10))
    (mine, my_records), (twin, twin_records) = results
    assert total_variation(mine.phi, twin.phi).max() <= 1e-3
    np.testing.assert_allclose(mine.alpha, twin.alpha, rtol=1e-3)
    bounds = [[record.bound for record in records] for records in (my_records, twin_records)]
    np.testing.assert_allclose(*bounds, rtol=1e-4)


def test_module_can_be_imported_again():
    assert importlib.reload(native).INSTRUCTIONS in ("avx512", "avx2", "baseline")
