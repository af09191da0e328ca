"""The E-step against numbers worked out by hand, against scikit-learn, and against its definition."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.special import psi
from sklearn.decomposition import LatentDirichletAllocation
from threadpoolctl import threadpool_limits

from lda_cli.engine import _numpy, _numpy_weights, estep
from lda_cli.engine.estep import cold_start, e_step
from tests.engine import definition
from tests.engine.corpora import random_counts, random_topics, tokens
from tests.engine.runs import expected_counts, responsibilities
from tests.helpers.strategies import count_matrices, priors, topics

TIGHT = {"tolerance": 1e-12, "max_iterations": 2000}


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-8), (np.float32, 1e-6)])
def test_one_update_by_hand(dtype, error):
    # from gamma = (1, 2), exp(psi) is proportional to (1, e), since psi(x + 1) = psi(x) + 1/x:
    # word 0: 1/2 * 1 against 1/4 * e, word 1: 1/4 * 1 against 1/2 * e
    counts = csr_matrix(np.array([[3, 1, 0]], np.int32))
    phi = np.array([[1 / 2, 1 / 4], [1 / 4, 1 / 2], [1 / 4, 1 / 4]], dtype)
    first, second = 2 / (2 + np.e), 1 / (1 + 2 * np.e)
    found = e_step(
        counts, phi, np.array([0.5, 0.25]), tolerance=0, max_iterations=1, start=np.array([[1.0, 2.0]])
    )
    np.testing.assert_allclose(
        found.gamma, [[0.5 + 3 * first + second, 0.25 + 3 * (1 - first) + (1 - second)]], rtol=error
    )
    q = [[first, 1 - first], [second, 1 - second]]
    np.testing.assert_allclose(responsibilities(counts, found, phi), q, rtol=error)
    sstats = [[3 * first, 3 * (1 - first)], [second, 1 - second], [0, 0]]
    np.testing.assert_allclose(expected_counts(counts, found, phi)[0], sstats, rtol=error)


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-8), (np.float32, 1e-6)])
def test_one_tempered_update_by_hand(dtype, error):
    # the same with power 1/2: both exp(psi) and Phi under a square root
    counts = csr_matrix(np.array([[3, 1]], np.int32))
    phi = np.array([[1 / 2, 1 / 4], [1 / 4, 1 / 2]])
    first, second = 1 / (1 + np.sqrt(np.e / 2)), 1 / (1 + np.sqrt(2 * np.e))
    found = e_step(
        counts,
        np.sqrt(phi).astype(dtype),
        np.array([0.5, 0.25]),
        tolerance=0,
        max_iterations=1,
        power=0.5,
        start=np.array([[1.0, 2.0]]),
    )
    np.testing.assert_allclose(found.gamma[0, 0], 0.5 + 3 * first + second, rtol=error)
    np.testing.assert_allclose(found.gamma[0, 1], 0.25 + 3 * (1 - first) + (1 - second), rtol=error)


@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-6), (np.float32, 1e-4)])
@pytest.mark.parametrize("alpha", [0.05, 5.0])
def test_theta_is_that_of_scikit_learn(dtype, error, alpha):
    # in float32 the roundings of gamma hide its last movements, and a slow document ends that much too early
    rng = np.random.default_rng(3)
    counts, phi = random_counts(80, 60, 0.3, rng), random_topics(60, 6, rng)
    peer = LatentDirichletAllocation(
        6, doc_topic_prior=alpha, max_doc_update_iter=3000, mean_change_tol=1e-10
    )
    peer.components_ = peer.exp_dirichlet_component_ = phi.T.astype(np.float64)
    peer.doc_topic_prior_, peer.n_features_in_ = alpha, 60
    expected = peer.transform(counts)

    found = e_step(
        counts,
        phi.astype(dtype),
        np.full(6, alpha),
        tolerance=1e-10 if dtype == np.float64 else 1e-7,
        max_iterations=3000,
        start=np.ones((80, 6)),
    )
    theta = found.gamma / found.gamma.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=error)


@pytest.mark.once
@pytest.mark.parametrize("power", [1.0, 0.7])
@pytest.mark.parametrize("tolerance", [1e-2, 1e-4])
def test_every_document_stops_where_its_own_iteration_would(power, tolerance):
    # documents of one to thirty tokens reach their fixed points at different times, and leave the block
    rng = np.random.default_rng(5)
    counts, phi = random_counts(150, 30, 0.4, rng), random_topics(30, 5, rng, np.float64)
    counts = csr_matrix(counts.multiply(rng.random((150, 1)) < 0.9), dtype=np.int32)
    counts.eliminate_zeros()
    alpha = np.array([0.05, 0.1, 0.5, 1.0, 3.0])
    found = e_step(counts, phi**power, alpha, tolerance=tolerance, max_iterations=60, power=power)
    q = responsibilities(counts, found, phi**power)
    for doc in range(150):
        words = tokens(counts, doc)
        if len(words):
            gamma, expected_q = definition.fixed_point(
                words, alpha, phi.T, power=power, tolerance=tolerance, iterations=60
            )
            np.testing.assert_allclose(found.gamma[doc], gamma, rtol=1e-6)
            row = slice(counts.indptr[doc], counts.indptr[doc + 1])
            own = np.repeat(q[row], counts.data[row], axis=0)
            np.testing.assert_allclose(own, expected_q, rtol=1e-5, atol=1e-12)


@pytest.mark.once
@pytest.mark.parametrize("n_topics", [2, 300, 1000])
def test_document_longer_than_a_piece_of_blas_is_summed_whole(n_topics):
    n_terms = 2 * _numpy._piece(n_topics) + 3 if n_topics > 2 else 5000
    rng = np.random.default_rng(7)
    counts = csr_matrix(rng.integers(1, 3, (2, n_terms)).astype(np.int32))
    phi = random_topics(n_terms, n_topics, rng, np.float64)
    alpha = np.full(n_topics, 0.3)
    found = e_step(counts, phi, alpha, tolerance=0, max_iterations=3)
    for doc in range(2):
        words = tokens(counts, doc)
        gamma, _ = definition.fixed_point(words, alpha, phi.T, power=1, tolerance=0, iterations=3)
        np.testing.assert_allclose(found.gamma[doc], gamma, rtol=1e-6)


def test_expected_counts_are_the_sum_of_responsibilities():
    rng = np.random.default_rng(11)
    counts, phi = random_counts(20, 15, 0.4, rng), random_topics(15, 4, rng)
    found = e_step(counts, phi, np.full(4, 0.2), tolerance=1e-3, max_iterations=50)
    expected = np.zeros((15, 4))
    q = responsibilities(counts, found, phi)
    for entry, (word, n) in enumerate(zip(counts.indices, counts.data, strict=True)):
        expected[word] += n * q[entry]
    np.testing.assert_allclose(expected_counts(counts, found, phi)[0], expected, rtol=1e-5, atol=1e-6)


@given(st.data())
@settings(max_examples=40, derandomize=True)
def test_every_token_gets_one_distribution_over_topics(data):
    counts = data.draw(count_matrices())
    n_topics = data.draw(st.integers(2, 6))
    alpha = data.draw(priors(n_topics))
    phi = data.draw(topics(counts.shape[1], n_topics))
    power = data.draw(st.sampled_from([1.0, 0.7]))
    found = e_step(counts, phi ** np.float32(power), alpha, tolerance=1e-3, max_iterations=50, power=power)
    n_tokens = np.asarray(counts.sum(axis=1)).ravel()
    np.testing.assert_allclose(found.gamma.sum(axis=1), alpha.sum() + n_tokens, rtol=1e-5)
    assert (found.gamma >= alpha.astype(np.float32)).all()
    q = responsibilities(counts, found, phi ** np.float32(power))
    assert (q >= 0).all()
    np.testing.assert_allclose(q.sum(axis=1), 1, rtol=1e-5)
    sstats, _ = expected_counts(counts, found, phi ** np.float32(power), power)
    np.testing.assert_allclose(sstats.sum(axis=1), np.asarray(counts.sum(axis=0)).ravel(), rtol=1e-5)


def test_word_of_a_topic_the_rest_of_the_document_has_not_keeps_that_topic():
    # exp(psi(alpha)) of the second topic underflows by far; the one word that only it knows is still its own
    counts = csr_matrix(np.array([[10**6, 1]], np.int32))
    phi = np.array([[1, 0], [0, 1e-6]], np.float32)
    found = e_step(counts, phi, np.full(2, 1e-4), tolerance=1e-3, max_iterations=50)
    np.testing.assert_allclose(found.gamma, [[10**6, 1.0001]], rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_document_without_words_gets_the_prior(dtype):
    counts = csr_matrix(np.array([[0, 0], [1, 2], [0, 0]], np.int32))
    alpha = np.array([0.1, 0.2, 0.7])
    phi = random_topics(2, 3, np.random.default_rng(0), dtype)
    found = e_step(counts, phi, alpha, tolerance=1e-3, max_iterations=50)
    np.testing.assert_array_equal(found.gamma[[0, 2]], np.tile(alpha.astype(dtype), (2, 1)))
    started = e_step(counts, phi, alpha, tolerance=1e-3, max_iterations=50, start=np.full((3, 3), 7.0))
    np.testing.assert_array_equal(started.gamma[[0, 2]], found.gamma[[0, 2]])
    empty = e_step(csr_matrix((2, 2), dtype=np.int32), phi, alpha, tolerance=1e-3, max_iterations=50)
    np.testing.assert_array_equal(empty.gamma, np.tile(alpha.astype(dtype), (2, 1)))


@pytest.mark.once
def test_permuted_topics_give_permuted_results():
    rng = np.random.default_rng(13)
    counts, phi = random_counts(30, 20, 0.3, rng), random_topics(20, 5, rng, np.float64)
    alpha, order = np.array([0.1, 0.2, 0.4, 0.8, 1.6]), np.array([3, 0, 4, 1, 2])
    straight = e_step(counts, phi, alpha, **TIGHT).gamma
    permuted = e_step(counts, np.ascontiguousarray(phi[:, order]), alpha[order], **TIGHT).gamma
    np.testing.assert_allclose(permuted, straight[:, order], rtol=1e-6)


@pytest.mark.once
def test_cold_start_shares_the_tokens_evenly():
    start = cold_start(np.array([4, 0]), np.array([0.5, 0.25]), np.float64)
    np.testing.assert_array_equal(start, [[2.5, 2.25], [0.5, 0.25]])


def test_result_does_not_depend_on_threads_or_order(monkeypatch):
    monkeypatch.setattr(_numpy, "BLOCK_BYTES", 1 << 13)  # some forty blocks
    monkeypatch.setattr(estep, "BLOCK_WORK", 1 << 10)
    rng = np.random.default_rng(19)
    counts, phi = random_counts(400, 50, 0.2, rng), random_topics(50, 12, rng)

    def run(parallel):
        found = e_step(counts, phi, np.full(12, 0.1), tolerance=1e-3, max_iterations=50, parallel=parallel)
        return [array.tobytes() for array in (*found, expected_counts(counts, found, phi)[0])]

    expected = run(map)
    assert run(lambda function, blocks: [function(block) for block in reversed(list(blocks))]) == expected
    for n_threads in (2, 3, 8):
        with ThreadPoolExecutor(n_threads) as pool:
            assert run(pool.map) == expected


@pytest.mark.once
def test_result_does_not_depend_on_the_threads_of_blas(monkeypatch):
    monkeypatch.setenv("LDA_CLI_KERNEL", "numpy")
    # a million entries of Phi a document: multiplied at once, OpenBLAS would share out the sums
    rng = np.random.default_rng(29)
    counts = csr_matrix(rng.integers(1, 5, (2, 5000)).astype(np.int32))
    phi, alpha = random_topics(5000, 200, rng), np.full(200, 0.3)

    def run(n_threads):
        with threadpool_limits(n_threads, user_api="blas"):
            found = e_step(counts, phi, alpha, tolerance=0, max_iterations=3)
        return [array.tobytes() for array in found]

    assert run(1) == run(2) == run(4)


@pytest.mark.once
def test_blocks_hold_every_document_with_terms_once_and_fit_in_the_cache():
    lengths = np.random.default_rng(23).integers(0, 900, 500)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    found = _numpy.blocks(indptr, 50, 4)
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.flatnonzero(lengths))
    assert len(found) > 1
    assert all(len(block) * lengths[block].max() * 50 * 4 <= _numpy.BLOCK_BYTES for block in found)


def _change(**changes):
    good = {
        "counts": csr_matrix(np.array([[1, 2], [0, 1]], np.int32)),
        "term_weights": np.full((2, 3), 0.5, np.float32),
        "alpha": np.ones(3),
        "start": np.ones((2, 3)),
    }
    return good | changes


@pytest.mark.parametrize(
    "wrong",
    [
        {"term_weights": np.full((3, 3), 0.5, np.float32)},  # a term too many
        {"term_weights": np.full((3, 2), 0.5, np.float32).T},  # not in C order
        {"alpha": np.ones(2)},
        {"start": np.ones((1, 3))},
    ],
)
def test_arrays_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        e_step(**_change(**wrong), tolerance=1e-3, max_iterations=5)


@pytest.mark.parametrize("column", [2, -1])
def test_column_outside_the_matrix_is_refused(column):
    counts = csr_matrix(np.array([[1, 2], [0, 1]], np.int32))
    counts.indices[0] = column
    with pytest.raises(ValueError, match="column index"):
        e_step(**_change(counts=counts), tolerance=1e-3, max_iterations=5)


@pytest.mark.parametrize(("row", "pointer"), [(0, 1), (1, 10**7)])
def test_row_pointer_outside_the_entries_is_refused(row, pointer):
    counts = csr_matrix(np.array([[1, 2], [0, 1]], np.int32))
    counts.indptr[row] = pointer
    with pytest.raises(ValueError, match="row pointers"):
        e_step(**_change(counts=counts), tolerance=1e-3, max_iterations=5)


@pytest.mark.once
def test_log_exp_psi_is_digamma():
    x = np.logspace(-4, 6, 20001)
    # an error of the logarithm is the relative error of exp(psi), of which the docstring promises 5e-9
    np.testing.assert_allclose(_numpy_weights.log_exp_psi(x), psi(x), rtol=0, atol=5e-9)
    exact = psi(x.astype(np.float32).astype(np.float64))
    # sums and differences of six terms, at worst as large as psi itself or 1: a few roundings of 2^-24
    error = np.abs(_numpy_weights.log_exp_psi(x.astype(np.float32)) - exact)
    assert (error <= 8 * 2**-24 * (1 + np.abs(exact))).all()


@pytest.mark.once
@pytest.mark.parametrize("power", [1.0, 0.5])
def test_topic_weights_are_exp_psi_over_the_largest(power):
    gamma = np.array([[1e-4, 2.0, 3.0], [0.5, 0.5, 1e6]])
    weights = _numpy_weights.topic_weights(gamma, power)
    exact = np.exp(power * (psi(gamma) - psi(gamma).max(axis=1, keepdims=True)))
    np.testing.assert_allclose(weights, np.maximum(exact, np.exp(-50)), rtol=2e-8)
