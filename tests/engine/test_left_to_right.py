"""Left to right: against p(w) by enumeration, against more work, and the same bits whoever computes it."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.engine import _numpy_left_to_right as twin
from lda_cli.engine import estep
from lda_cli.engine.heldout import bound
from lda_cli.engine.kernel import kernel, kernel_name
from lda_cli.engine.left_to_right import ALL, left_to_right
from lda_cli.engine.threads import threads
from tests.engine import definition
from tests.engine.corpora import drawn_corpus, random_counts, random_topics, tokens
from tests.helpers.strategies import corpora, priors, topics


def keys_of(n, seed=0):
    return np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)


@functools.cache
def twelve_documents():
    """Of two to nine tokens, so that 3^9 z are the most; phi (V, K), alpha, and log p(w) by enumeration."""
    rng = np.random.default_rng(5)
    phi = random_topics(6, 3, rng)
    alpha = np.array([0.2, 0.5, 0.1], np.float32).astype(np.float64)
    exact = phi.T.astype(np.float64)
    mixtures = rng.dirichlet(alpha, 12) @ exact
    lengths = [2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9]
    rows = [rng.multinomial(n, p / p.sum()) for n, p in zip(lengths, mixtures, strict=True)]
    counts = csr_matrix(np.array(rows, np.int32))
    evidence = [definition.log_evidence(tokens(counts, doc), alpha, exact) for doc in range(12)]
    return counts, phi, alpha, np.array(evidence)


def copies(counts, n):
    """Each document n times, one after the other."""
    return counts[np.repeat(np.arange(counts.shape[0]), n)]


@pytest.mark.parametrize("n_resampled", [0, 2, ALL], ids=["none", "two", "all"])
def test_mean_of_one_particle_is_the_evidence(n_resampled):
    counts, phi, alpha, evidence = twelve_documents()
    n = 2000
    found = left_to_right(
        copies(counts, n), phi, alpha, keys_of(12 * n), seed=1, n_particles=1, n_resampled=n_resampled
    )
    p = np.exp(found.log_p).reshape(12, n)
    error = p.std(axis=1, ddof=1) / np.sqrt(n)
    assert (np.abs(p.mean(axis=1) - np.exp(evidence)) <= 3 * error).all()
    assert np.isnan(found.error).all()


def test_mean_of_many_particles_is_the_evidence():
    counts, phi, alpha, evidence = twelve_documents()
    n, n_tokens = 20, counts.sum()
    found = left_to_right(copies(counts, n), phi, alpha, keys_of(12 * n), seed=2, n_particles=100)
    log_p = found.log_p.reshape(12, n).mean(axis=1)
    assert abs(log_p.sum() - evidence.sum()) / n_tokens < 0.002
    # and the bound lies below
    below = bound(counts, phi, alpha, tolerance=1e-6, max_iterations=1000).log_p
    assert (below <= evidence + 1e-6).all()


@pytest.mark.once
def test_standard_error_is_how_far_runs_lie_apart():
    counts, phi, alpha, _ = twelve_documents()
    found = left_to_right(copies(counts, 200), phi, alpha, keys_of(2400), seed=3, n_particles=20)
    apart = found.log_p.reshape(12, 200).std(axis=1, ddof=1)
    said = np.sqrt((found.error.reshape(12, 200) ** 2).mean(axis=1))
    # orders differ too, which the particles of one run do not know
    assert (said < 1.1 * apart).all()
    assert (said > 0.6 * apart).all()


@pytest.mark.once
@pytest.mark.skipif(kernel_name() == "numpy", reason="takes the twin half a minute")
@pytest.mark.parametrize(
    ("length", "n_docs", "n_particles", "n_resampled"),
    [(20, 60, 400, ALL), (60, 30, 400, ALL), (150, 12, 400, ALL), (1000, 2, 60, 100)],
)
def test_few_particles_and_tokens_are_within_a_hundredth_of_many(length, n_docs, n_particles, n_resampled):
    rng = np.random.default_rng(length)
    exact = rng.dirichlet(np.full(500, 0.05), 10) + 1e-7
    exact /= exact.sum(axis=1, keepdims=True)
    phi, alpha = np.ascontiguousarray(exact.T, dtype=np.float32), np.full(10, 0.1)
    counts, _ = drawn_corpus(exact, alpha, n_docs, length, rng)
    keys = keys_of(n_docs)
    few = left_to_right(counts, phi, alpha, keys, seed=1)
    many = left_to_right(counts, phi, alpha, keys, seed=2, n_particles=n_particles, n_resampled=n_resampled)
    assert abs(few.log_p.sum() - many.log_p.sum()) / counts.sum() < 0.01


def some_documents():
    rng = np.random.default_rng(8)
    counts = random_counts(40, 30, 0.3, rng)
    return counts, random_topics(30, 17, rng), rng.random(17), keys_of(40)


def assert_same_bits(found, other):
    for array, same in zip(found, other, strict=True):
        np.testing.assert_array_equal(array, same)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    monkeypatch.setattr(estep, "BLOCK_WORK", 2500)
    monkeypatch.setattr("lda_cli.engine.threads.count_threads", lambda n: n)
    counts, phi, alpha, keys = some_documents()
    found = left_to_right(counts, phi, alpha, keys, seed=1, n_particles=5, n_resampled=4)
    for n_threads in (1, 2, 8):
        with threads(n_threads) as parallel:
            other = left_to_right(
                counts, phi, alpha, keys, seed=1, n_particles=5, n_resampled=4, parallel=parallel
            )
        assert_same_bits(found, other)


def test_a_document_has_the_same_bits_wherever_it_stands(monkeypatch):
    counts, phi, alpha, keys = some_documents()
    found = left_to_right(counts, phi, alpha, keys, seed=1, n_particles=3, n_resampled=4)
    order = np.random.default_rng(2).permutation(40)[:25]
    monkeypatch.setattr(twin, "BLOCK_BYTES", 3000)
    other = left_to_right(counts[order], phi, alpha, keys[order], seed=1, n_particles=3, n_resampled=4)
    assert_same_bits([array[order] for array in found], other)


def test_seed_and_key_decide():
    counts, phi, alpha, keys = some_documents()
    found = [
        left_to_right(counts, phi, alpha, own, seed=seed, n_particles=2, n_resampled=4).log_p
        for own, seed in [(keys, 1), (keys, 2), (keys + np.uint64(1), 1), (keys, 2**64 + 1)]
    ]
    assert (found[0] != found[1]).all()
    assert (found[0] != found[2]).all()
    np.testing.assert_array_equal(found[0], found[3])


def test_a_word_of_one_topic_alone_is_certain_of_its_probability():
    # one topic: p(w) is a product, and no particle can be off
    phi = np.array([[0.25], [0.75]], np.float32)
    counts = csr_matrix(np.array([[2, 1], [0, 0], [0, 4]], np.int32))
    found = left_to_right(counts, phi, np.array([0.3]), keys_of(3), seed=1, n_particles=4)
    np.testing.assert_allclose(found.log_p, [np.log(0.25**2 * 0.75), 0, 4 * np.log(0.75)], rtol=1e-6)
    np.testing.assert_allclose(found.error, 0, atol=1e-12)


def test_first_token_is_exact():
    _, phi, alpha, keys = some_documents()
    one = csr_matrix(np.eye(30, dtype=np.int32))
    found = left_to_right(one, phi, alpha, keys[:30], seed=1, n_particles=3)
    np.testing.assert_allclose(found.log_p, np.log(phi @ alpha / alpha.sum()), rtol=1e-6)


def test_a_term_without_a_topic_is_refused_with_its_document():
    counts, phi, alpha, keys = some_documents()
    phi[7] = 0
    doc = counts[:, 7].nonzero()[0][0]
    with pytest.raises(FloatingPointError, match=f"document {doc} has a probability of 0"):
        left_to_right(counts, phi, alpha, keys, seed=1, n_particles=2)


@pytest.mark.once
def test_what_does_not_fit_is_refused():
    counts, phi, alpha, keys = some_documents()
    for wrong in (phi[1:], phi.astype(np.float64), np.asfortranarray(phi)):
        with pytest.raises(ValueError, match="phi must be"):
            left_to_right(counts, wrong, alpha, keys, seed=1)
    for wrong in (keys[1:], keys.astype(np.int64)):
        with pytest.raises(ValueError, match="keys must be"):
            left_to_right(counts, phi, alpha, wrong, seed=1)
    for wrong in ({"n_particles": 0}, {"n_resampled": -1}):
        with pytest.raises(ValueError, match="at least"):
            left_to_right(counts, phi, alpha, keys, seed=1, **wrong)


@pytest.mark.once
@pytest.mark.usefixtures("each_instruction_set")
@given(st.data())
def test_kernel_and_twin_give_the_same_bits(data):
    native = kernel("native")
    counts = data.draw(corpora())
    counts.data = np.minimum(counts.data, 4)  # the twin takes a token at a time
    n_topics, n_particles = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 18))
    n_resampled = data.draw(st.integers(0, 6) | st.just(ALL))
    phi, alpha = data.draw(topics(counts.shape[1], n_topics)), data.draw(priors(n_topics))
    streams = keys_of(counts.shape[0], data.draw(st.integers(0, 99))).view(np.int64)
    starts = np.concatenate([[0], np.cumsum(counts.data)])[counts.indptr].astype(np.int64)
    words = np.repeat(counts.indices, counts.data)
    results = []
    for one in (twin, native):
        p, influence = np.zeros(len(words)), np.zeros((counts.shape[0], n_particles))
        docs = np.flatnonzero(np.diff(starts))
        prior = alpha.astype(np.float32)
        one.left_to_right(docs, starts, words, streams, phi, prior, p, influence, n_resampled)
        results.append((p, influence))
    assert_same_bits(*results)
