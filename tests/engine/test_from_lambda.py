"""Phi of a posterior: its rows sum to one, and its E-step is that of exp(E[log Phi])."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import psi

from lda_cli.engine.from_lambda import phi_of


def exp_elog(posterior):
    return np.exp(psi(posterior) - psi(posterior.sum(axis=1))[:, None])


@given(
    st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(6, 40), st.floats(0.01, 1), st.floats(1, 1e4)
)
def test_phi_is_exp_elog_times_a_factor_for_each_term(seed, n_topics, n_terms, eta, size):
    rng = np.random.default_rng(seed)
    posterior = rng.dirichlet(np.full(n_terms, 0.2), n_topics) * size + eta
    phi, is_exact = phi_of(posterior)
    assert phi.sum(axis=1) == pytest.approx(1)
    assert (phi >= 0).all()
    if is_exact:
        share = exp_elog(posterior)
        assert phi / phi.sum(axis=0) == pytest.approx(share / share.sum(axis=0), rel=1e-6)


def test_factors_are_found_for_a_model_of_reasonable_counts():
    posterior = np.random.default_rng(0).dirichlet(np.full(500, 0.1), 10) * 5000 + 0.1
    phi, is_exact = phi_of(posterior)
    assert is_exact
    mean = posterior / posterior.sum(axis=1, keepdims=True)
    assert np.abs(phi - mean).sum(axis=1).max() / 2 < 0.05


def test_expected_occurrences_of_a_term_hardly_change():
    posterior = np.random.default_rng(1).dirichlet(np.full(500, 0.1), 10) * 50_000 + 0.1
    sizes = posterior.sum(axis=1)
    phi, _ = phi_of(posterior)
    common = posterior.sum(axis=0) > 100
    expected = posterior.sum(axis=0)[common]
    assert (sizes @ phi)[common] == pytest.approx(expected, rel=0.02)


def test_topics_alike_of_different_sizes_have_no_factors_and_are_divided_by_their_sums():
    # the rows of exp(E[log Phi]) are multiples of one another, and cannot all sum to one
    one = np.array([5.0, 3.0, 2.0])
    phi, is_exact = phi_of(np.stack([one, np.array([5.0, 3.0, 2.0]) * 1e4]))
    assert phi.sum(axis=1) == pytest.approx(1)
    if not is_exact:
        posterior = np.stack([one, one * 1e4])
        plain = exp_elog(posterior)
        assert phi == pytest.approx(plain / plain.sum(axis=1, keepdims=True))


def test_small_priors_do_not_underflow():
    posterior = np.full((2, 4), 1e-4)
    posterior[0, :2] += 20
    posterior[1, 2:] += 30
    phi, _ = phi_of(posterior)
    assert np.isfinite(phi).all()
    assert phi.max(axis=0).min() > 0.1
