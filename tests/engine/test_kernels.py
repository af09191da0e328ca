"""The compiled kernel against its twin in NumPy, function by function, on every instruction set there is.

The twin does each iteration from where the compiled kernel was before it: an iteration may magnify what the
one before has rounded, two of them a thousandfold, where a document's one token is among 33 topics alike. It
works in float64, on the same float32 numbers: what differs is the compiled kernel's alone.
"""

import importlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.special import gammaln

from lda_cli.engine import _numpy, estep
from lda_cli.engine.estep import (
    EStep,
    cold_start,
    collapsed_fixed_points,
    document_terms,
    documents,
    fixed_points,
)
from tests.engine.corpora import drawn_corpus, random_counts, random_topics, total_variation
from tests.engine.runs import by_term, cooled, train
from tests.strategies import corpora, priors, topics

native = pytest.importorskip("lda_cli.engine._native")

pytestmark = pytest.mark.once

INSTRUCTIONS = [name for name in ("avx512", "avx2", "baseline") if native.use(name)]
native.use(native.INSTRUCTIONS)
ROUNDING = 2.0**-24


@pytest.fixture(params=INSTRUCTIONS, autouse=True, scope="module")
def _instructions(request):
    assert native.use(request.param)
    yield
    native.use(native.INSTRUCTIONS)


def cold(counts, alpha):
    return cold_start(np.asarray(counts.sum(axis=1)).ravel(), alpha, np.float32)


def on(kernel, counts, term_weights, alpha, start=None, *, power=1.0, iterations=3):
    """The E-step by one kernel, in blocks of its own; the twin's in float64."""
    dtype = np.float64 if kernel is _numpy else np.float32
    prior = alpha.astype(np.float32).astype(np.float64)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(estep, "_kernel_for", lambda _: kernel)
        return fixed_points(
            documents(counts, len(alpha), dtype),
            term_weights.astype(dtype),
            prior,
            (cold(counts, alpha) if start is None else start).astype(dtype),
            power=power,
            tolerance=0,
            max_iterations=iterations,
            parallel=map,
        )


def terms_on(kernel, counts, found, alpha):
    """document_terms by one kernel; the twin's in float64."""
    dtype = np.float64 if kernel is _numpy else np.float32
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(estep, "_kernel_for", lambda _: kernel)
        docs = documents(counts, len(alpha), dtype)
        same = EStep(*(array.astype(dtype) for array in found))
        return document_terms(docs, same, alpha.astype(np.float32).astype(np.float64))


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


def is_normal(array):
    """No NaN, nothing infinite, nothing negative, nothing so small that it slows the processor down."""
    return np.isfinite(array).all() and (array >= np.finfo(array.dtype).tiny).all()


def one_document(n_terms, rng, largest=4):
    return csr_matrix(rng.integers(1, largest + 1, (1, n_terms)).astype(np.int32))


@given(st.data())
@settings(max_examples=75, derandomize=True)
def test_e_step_of_any_corpus_is_that_of_the_twin(data):
    counts = data.draw(corpora())
    n_topics = data.draw(st.sampled_from([2, 3, 15, 16, 17, 33]))
    alpha = data.draw(priors(n_topics))
    phi = data.draw(topics(counts.shape[1], n_topics))
    power = data.draw(st.sampled_from([1.0, 0.7]))
    iterations = data.draw(st.integers(1, 3))
    assert_same_steps(counts, phi ** np.float32(power), alpha, power=power, iterations=iterations)


@pytest.mark.parametrize("n_topics", [2, 15, 16, 17, 100, 300])
@pytest.mark.parametrize("n_terms", [1, 7, 8, 9, 600])
@pytest.mark.parametrize("alpha", [1e-4, 0.5, 50.0])
@pytest.mark.parametrize("power", [1.0, 0.7])
def test_e_step_of_any_shape_is_that_of_the_twin(n_topics, n_terms, alpha, power):
    rng = np.random.default_rng(n_topics * n_terms)
    phi = random_topics(n_terms, n_topics, rng) ** np.float32(power)
    counts = one_document(n_terms, rng)
    assert_same(counts, phi, np.full(n_topics, alpha), power=power)


@pytest.mark.parametrize(("n_topics", "power"), [(2, 1.0), (17, 0.7), (100, 1.0)])
@pytest.mark.parametrize("alpha", [1e-4, 0.5, 50.0])
def test_e_step_of_a_long_document_is_that_of_the_twin(n_topics, power, alpha):
    rng = np.random.default_rng(n_topics)
    phi = random_topics(5000, n_topics, rng) ** np.float32(power)
    assert_same(one_document(5000, rng), phi, np.full(n_topics, alpha), power=power)


@pytest.mark.parametrize("n_topics", [2, 16, 100])
@pytest.mark.parametrize("alpha", [1e-4, 50.0])
def test_e_step_of_millions_of_tokens_is_that_of_the_twin(n_topics, alpha):
    rng = np.random.default_rng(3)
    counts = one_document(700, rng, largest=10**6)
    assert_same(counts, random_topics(700, n_topics, rng), np.full(n_topics, alpha), iterations=2)


def test_documents_of_every_length_share_a_block():
    # what a longer document left in the scratch memory is not read by a shorter one
    rng = np.random.default_rng(5)
    lengths = np.concatenate([rng.permutation(40), [600, 1, 0, 8, 513, 512, 2]])
    indices = np.concatenate([rng.permutation(600)[:length] for length in lengths])
    counts = rng.integers(1, 9, len(indices)).astype(np.int32)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    corpus = csr_matrix((counts, indices, indptr), (len(lengths), 600))
    for n_topics, alpha in [(2, 0.3), (17, 1e-3), (17, 0.3), (40, 1e-3)]:
        phi, prior = random_topics(600, n_topics, rng), np.full(n_topics, alpha)
        assert_same(corpus, phi, prior, iterations=5)
        together = on(native, corpus, phi, prior, iterations=30)
        alone = [on(native, corpus[doc], phi, prior, iterations=30) for doc in range(len(lengths))]
        np.testing.assert_array_equal(together.gamma, np.concatenate([found.gamma for found in alone]))
        np.testing.assert_array_equal(together.ratio, np.concatenate([found.ratio for found in alone]))


def few_topics_each(n_docs, n_topics, n_terms, rng):
    """Documents of one or two of many topics: the others die in them. And Phi by terms, none of it nought."""
    true = rng.dirichlet(np.full(n_terms, 0.05), n_topics) + 1e-7
    true /= true.sum(axis=1, keepdims=True)
    counts, _ = drawn_corpus(true, np.full(n_topics, 0.2 / n_topics), n_docs, 150, rng)
    return counts, np.ascontiguousarray(true.T, dtype=np.float32)


@pytest.mark.parametrize("n_topics", [33, 100, 300])
@pytest.mark.parametrize("alpha", [1e-4, 0.01])
@pytest.mark.parametrize("power", [1.0, 0.7])
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


@pytest.mark.parametrize("power", [1.0, 0.7])
def test_nothing_is_dropped_where_alpha_is_large(power):
    counts, phi = few_topics_each(30, 100, 400, np.random.default_rng(1))
    assert_same(counts, phi ** np.float32(power), np.full(100, 0.5), power=power, iterations=30)


@pytest.mark.parametrize("n_tokens", [10**3, 10**6])
@pytest.mark.parametrize("elsewhere", [0.0, 1e-12])
def test_light_topics_stay_while_a_word_lives_by_them(n_tokens, elsewhere):
    # ten light topics share the one word that the rest of the document does not know: they were dropped
    # together, its norm was nought, and the whole document lost its topics without a word
    counts = csr_matrix(np.array([[n_tokens, 1]], np.int32))
    phi = np.zeros((2, 40), np.float32)
    phi[0, 0], phi[1, 0], phi[1, 20:30] = 1, elsewhere, 0.1
    alpha = np.full(40, 0.01)
    found, twin = (on(kernel, counts, phi, alpha, iterations=50) for kernel in (native, _numpy))
    np.testing.assert_allclose(found.gamma, twin.gamma, rtol=1e-4)
    np.testing.assert_allclose(found.ratio, twin.ratio, rtol=1e-4)


@pytest.mark.parametrize("iterations", [2, 3, 50])
def test_term_without_a_topic_is_an_error_however_long_it_takes(iterations, monkeypatch):
    # after the third iteration every topic of a document that was no number was dropped, and it looked sane
    monkeypatch.setenv("LDA_CLI_KERNEL", "native")
    phi = np.full((2, 40), 0.1, np.float32)
    phi[1] = 0
    counts = csr_matrix(np.array([[1, 0], [3, 1]], np.int32))
    with pytest.raises(FloatingPointError, match="document 1 "):
        estep.e_step(counts, phi, np.full(40, 0.01), tolerance=0, max_iterations=iterations)


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


def collapsed_on(kernel, counts, term_weights, alpha, start=None, *, power=1.0, iterations=3):
    """The E-step with theta integrated out by one kernel, in blocks of its own; the twin's in float64."""
    dtype = np.float64 if kernel is _numpy else np.float32
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(estep, "_kernel_for", lambda _: kernel)
        return collapsed_fixed_points(
            documents(counts, len(alpha), dtype),
            term_weights.astype(dtype),
            alpha.astype(np.float32).astype(np.float64),
            power=power,
            tolerance=0,
            max_iterations=iterations,
            parallel=map,
            start=start,
        )


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


@pytest.mark.parametrize("n_topics", [2, 15, 16, 17, 33, 100])
@pytest.mark.parametrize("n_terms", [1, 2, 7, 8, 9, 60])
@pytest.mark.parametrize("alpha", [1e-4, 0.5, 50.0])
@pytest.mark.parametrize("power", [1.0, 0.7])
def test_collapsed_step_of_any_shape_is_that_of_the_twin(n_topics, n_terms, alpha, power):
    rng = np.random.default_rng(n_topics * n_terms)
    phi = random_topics(n_terms, n_topics, rng) ** np.float32(power)
    for largest in (1, 4):
        counts = one_document(n_terms, rng, largest)
        assert_same_collapsed_steps(counts, phi, np.full(n_topics, alpha), power=power)


@given(st.data())
@settings(max_examples=75, derandomize=True)
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


def minibatch_state(n_topics, rng, n_terms=23, vocabulary=31):
    """Arrays as training has them: some sums a little below nought, some nought, some of a million."""
    terms = np.sort(rng.permutation(vocabulary)[:n_terms])
    sstats = rng.gamma(0.3, 10, (vocabulary, n_topics)) * rng.choice(
        [0, 1e-6, 1, 1e6], (vocabulary, n_topics)
    )
    own = np.where(rng.random((n_terms, n_topics)) < 0.5, sstats[terms] * rng.random(n_topics), 0)
    sstats[rng.random(sstats.shape) < 0.05] = -1e-10
    return terms, sstats, own.astype(np.float32)


@pytest.mark.parametrize("n_topics", [2, 15, 16, 17, 100])
@pytest.mark.parametrize("mode", ["start", "leave_out", "neither"])
@pytest.mark.parametrize("eta", [0.0, 1e-6, 0.05])
@pytest.mark.parametrize("power", [1.0, 0.8])
def test_phi_is_that_of_the_twin(n_topics, mode, eta, power):
    rng = np.random.default_rng(n_topics)
    terms, sstats, own = minibatch_state(n_topics, rng)
    start = rng.exponential(5, sstats.shape).astype(np.float32) if mode == "start" else None
    scale = (1 / (np.maximum(sstats, 0).sum(axis=0) + 31 * eta + 1)).astype(np.float32)
    scale[0] = 0  # a topic that died
    results = []
    for kernel in (_numpy, native):
        out = np.full_like(own, 7)
        kernel.phi_for(2, 20, terms, sstats, own, start, 0.3, mode == "leave_out", eta, scale, power, out)
        results.append(out)
    exact, mine = results
    assert (mine[[0, 1, 20, 21, 22]] == 7).all()  # the rows of other ranges
    log_phi = np.abs(np.log(np.maximum(exact, 1e-37))) if power != 1 else 0
    assert (np.abs(mine - exact) <= 4 * ROUNDING * (1 + 2 * log_phi) * exact).all()
    assert is_normal(mine[mine != 0])
    assert power == 1 or (mine > 0).all()


@pytest.mark.parametrize("power", [1.0, 0.8])
def test_phi_that_would_be_denormal_is_nought_or_the_smallest(power):
    # plain EM with eta 0 halves what a topic hardly uses, pass after pass, down to there
    sstats, one = np.array([[1.0, 1e-36, 1e-39, 1e-44, 1e-300, 0.0]]), np.zeros(1, np.int64)
    out, own = np.empty((1, 6), np.float32), np.zeros((1, 6), np.float32)
    native.phi_for(0, 1, one, sstats, own, None, 0.0, False, 0.0, np.ones(6, np.float32), power, out)
    least = 0 if power == 1 else 1e-37**power
    np.testing.assert_allclose(out, [[1, 1e-36**power, least, least, least, least]], rtol=1e-5)


def factors_of(counts, term_weights, alpha, power):
    """q(z) as the mean field leaves it to the M-step."""
    found = on(native, counts, term_weights, alpha, power=power)
    return found.ratio, found.weights, None


def shares_of(counts, term_weights, alpha, power):
    """q(z) as the E-step with theta integrated out leaves it to the M-step."""
    return None, None, collapsed_on(native, counts, term_weights, alpha, power=power).shares


@pytest.mark.parametrize("n_topics", [2, 15, 16, 17, 100])
@pytest.mark.parametrize("relaxation", [1.0, 1.8])
@pytest.mark.parametrize("power", [1.0, 0.8])
@pytest.mark.parametrize("q_of", [factors_of, shares_of])
def test_m_step_is_that_of_the_twin(n_topics, relaxation, power, q_of):
    rng = np.random.default_rng(n_topics)
    terms, sstats, own = minibatch_state(n_topics, rng)
    dense = rng.integers(1, 9, (50, 23)) * (rng.random((50, 23)) < 0.3)
    dense[0, :] += 1
    counts = csr_matrix(dense.astype(np.int32))
    term_weights = random_topics(23, n_topics, rng) ** np.float32(power)
    term_weights[3, 0] = 0
    q = q_of(counts, term_weights, np.full(n_topics, 0.1), power)
    results = []
    for kernel in (_numpy, native):
        arrays = [own.copy(), sstats.copy(), np.full(n_topics, 0.5)]
        settings = (term_weights, power, relaxation)
        cross = kernel.put_back(2, 20, *by_term(counts), terms, *q, *settings, *arrays)
        results.append((cross, *arrays))
    assert_same_m_step(terms, sstats, own, *results)


def assert_same_m_step(terms, sstats, own, by_twin, by_native):
    cross, contribution, _, change = by_twin
    my_cross, my_contribution, my_sums, my_change = by_native
    # a count is a sum over at most fifty documents; the step from the old one cancels
    expected = np.maximum(contribution, own) + 50.0
    error = 8 * ROUNDING * expected
    assert (np.abs(my_contribution - contribution) <= error).all()
    assert (my_contribution >= 0).all()
    assert my_cross == pytest.approx(cross, rel=1e-5)
    np.testing.assert_allclose(my_change, change, rtol=0, atol=error.sum(axis=0).max())
    np.testing.assert_array_equal(my_contribution[[0, 1, 20, 21, 22]], own[[0, 1, 20, 21, 22]])
    # and what it says of itself is exact: sums and change moved by what the contribution did
    moved = my_contribution.astype(np.float64) - own
    np.testing.assert_allclose(my_sums[terms] - sstats[terms], moved, rtol=1e-12, atol=1e-8)
    np.testing.assert_allclose(my_change - 0.5, moved.sum(axis=0), rtol=1e-12, atol=1e-8)
    others = np.setdiff1d(np.arange(31), terms)
    np.testing.assert_array_equal(my_sums[others], sstats[others])


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


def test_same_bits_for_any_number_of_threads(monkeypatch):
    monkeypatch.setenv("LDA_CLI_KERNEL", "native")
    monkeypatch.setattr(estep, "BLOCK_WORK", 1 << 11)
    counts, _ = few_topics_each(200, 40, 100, np.random.default_rng(8))

    def result(parallel):
        training, records = train(
            counts, cooled(6), np.full(40, 1 / 40), eta=0.02, n_minibatches=4, parallel=parallel
        )
        return training.phi.tobytes(), training.alpha.tobytes(), [record.bound for record in records]

    expected = result(map)
    for n_threads in (1, 2, 3, 8):
        with ThreadPoolExecutor(n_threads) as pool:
            assert result(pool.map) == expected


def test_module_can_be_imported_again():
    assert importlib.reload(native).INSTRUCTIONS in INSTRUCTIONS
