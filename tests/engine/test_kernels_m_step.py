"""Phi and the M-step of the compiled kernel against its twin in NumPy, on every instruction set."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lda_cli.engine import _numpy
from tests.engine.corpora import random_topics
from tests.engine.kernels import ROUNDING, collapsed_on, is_normal, on
from tests.engine.runs import by_term

native = pytest.importorskip("lda_cli.engine._native")

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("each_instruction_set")]


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
@pytest.mark.parametrize(("eta", "power"), [(0.0, 1.0), (1e-6, 0.8), (0.05, 1.0)])
@pytest.mark.parametrize("decorrelates", [False, True])
def test_phi_is_that_of_the_twin(n_topics, mode, eta, power, decorrelates):
    rng = np.random.default_rng(n_topics)
    terms, sstats, own = minibatch_state(n_topics, rng)
    start = rng.exponential(5, sstats.shape).astype(np.float32) if mode == "start" else None
    scale = (1 / (np.maximum(sstats, 0).sum(axis=0) + 31 * eta + 1)).astype(np.float32)
    scale[0] = 0  # a topic that died
    normaliser = strength = None
    if decorrelates:
        normaliser, strength = scale, np.full(n_topics, 900, np.float32)
        strength[-1] = 0  # a background topic
    results = []
    for kernel in (_numpy, native):
        out = np.full_like(own, 7)
        kernel.minibatch_phi(
            2,
            20,
            terms,
            sstats,
            own,
            start,
            0.3,
            mode == "leave_out",
            eta,
            scale,
            normaliser,
            strength,
            power,
            out,
        )
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
    native.minibatch_phi(
        0, 1, one, sstats, own, None, 0.0, False, 0.0, np.ones(6, np.float32), None, None, power, out
    )
    least = 0 if power == 1 else 1e-37**power
    np.testing.assert_allclose(out, [[1, 1e-36**power, least, least, least, least]], rtol=1e-5)


def factors_of(counts, term_weights, alpha, power):
    """q(z) as the mean field leaves it to the M-step."""
    found = on(native, counts, term_weights, alpha, power=power)
    return found.ratio, found.weights, *[None] * 4


def live_of(counts, term_weights, alpha, power):
    """The same with the weights listed: two in five, as if the documents had lost the other topics."""
    ratio, weights, *_ = factors_of(counts, term_weights, alpha, power)
    weights[np.random.default_rng(1).random(weights.shape) < 0.6] = 0
    weights[3] = 0
    live = csr_matrix(weights)
    return ratio, None, None, live.indptr.astype(np.int64), live.indices, live.data


def shares_of(counts, term_weights, alpha, power):
    """q(z) as the E-step with theta integrated out leaves it to the M-step."""
    return None, None, collapsed_on(native, counts, term_weights, alpha, power=power).shares, *[None] * 3


@pytest.mark.parametrize("n_topics", [2, 15, 16, 17, 100])
@pytest.mark.parametrize(("relaxation", "power"), [(1.0, 1.0), (1.8, 0.8)])
@pytest.mark.parametrize("q_of", [factors_of, live_of, shares_of])
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
        cross = kernel.update_sstats(2, 20, *by_term(counts), terms, *q, *settings, *arrays)
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
