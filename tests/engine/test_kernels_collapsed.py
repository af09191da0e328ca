"""The compiled E-step with theta integrated out against its twin in NumPy, on every instruction set."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from lda_cli.engine import _numpy
from tests.engine.corpora import random_counts, random_topics
from tests.engine.kernels import collapsed_on, one_document
from tests.helpers.strategies import corpora, priors, topics

native = pytest.importorskip("lda_cli.engine._native")

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("each_instruction_set")]


def assert_same_collapsed_steps(counts, term_weights, alpha, *, power, iterations=3):
    """Each iteration from the same shares, and `terms` of the shares that the last one found."""
    docs = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    shares = np.repeat((counts.data / len(alpha)).astype(np.float32)[:, None], len(alpha), axis=1)
    n_tokens = np.asarray(counts.sum(axis=1)).ravel()
    for n_done in range(iterations):
        found = collapsed_on(native, counts, term_weights, alpha, power=power, iterations=n_done + 1)
        exact = collapsed_on(_numpy, counts, term_weights, alpha, shares, power=power, iterations=1)
        for array in (found.gamma, found.shares):
            assert array.dtype == np.float32
            assert np.isfinite(array).all()
            assert (array >= 0).all()
        error = 2e-5 * (n_tokens + alpha.sum())
        assert (np.abs(found.gamma - exact.gamma) <= error[:, None]).all()
        assert (np.abs(found.shares - exact.shares) <= error[docs, None]).all()
        np.testing.assert_allclose(found.shares.sum(axis=1), counts.data, rtol=1e-5)
        shares = found.shares
    exact = collapsed_on(_numpy, counts, term_weights, alpha, shares, power=power, iterations=0)
    np.testing.assert_allclose(found.gamma, exact.gamma, rtol=1e-5)
    # a token and a topic are each rounded; of a small gamma the logarithm is large
    magnitude = n_tokens * (1 + np.log(n_tokens + 1)) + (1 + np.abs(gammaln(exact.gamma))).sum(axis=1)
    assert (np.abs(found.terms - exact.terms) <= 1e-5 * magnitude).all()


@pytest.mark.parametrize("n_topics", [2, 15, 16, 17, 100])
@pytest.mark.parametrize("n_terms", [1, 8, 9, 60])
@pytest.mark.parametrize(("alpha", "power"), [(1e-4, 1.0), (0.5, 0.7), (50.0, 1.0)])
def test_collapsed_step_of_any_shape_is_that_of_the_twin(n_topics, n_terms, alpha, power):
    rng = np.random.default_rng(n_topics * n_terms)
    phi = random_topics(n_terms, n_topics, rng) ** np.float32(power)
    for largest in (1, 4):
        counts = one_document(n_terms, rng, largest)
        assert_same_collapsed_steps(counts, phi, np.full(n_topics, alpha), power=power)


@given(st.data())
@settings(max_examples=40, derandomize=True)
def test_collapsed_step_of_any_corpus_is_that_of_the_twin(data):
    counts = data.draw(corpora())
    n_topics = data.draw(st.sampled_from([2, 3, 15, 16, 17, 33]))
    # of a topic that only the token has, gamma - q is alpha and what gamma was rounded by
    alpha = np.maximum(data.draw(priors(n_topics)), 0.01)
    phi = data.draw(topics(counts.shape[1], n_topics))
    power = data.draw(st.sampled_from([1.0, 0.7]))
    assert_same_collapsed_steps(counts, phi ** np.float32(power), alpha, power=power)


def test_collapsed_step_of_a_document_is_the_same_in_any_block():
    rng = np.random.default_rng(5)
    counts = random_counts(50, 40, 0.3, rng)
    counts = counts[np.diff(counts.indptr) > 0]
    for n_topics in (2, 17, 40):
        phi, prior = random_topics(40, n_topics, rng), np.full(n_topics, 0.05)
        together = collapsed_on(native, counts, phi, prior, iterations=30)
        alone = [
            collapsed_on(native, counts[doc], phi, prior, iterations=30) for doc in range(counts.shape[0])
        ]
        for i, array in enumerate(together):
            np.testing.assert_array_equal(array, np.concatenate([found[i] for found in alone]))
