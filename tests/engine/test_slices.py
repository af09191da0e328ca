"""The words of a topic by slice, against dense responsibilities token by token, and numbers by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr
from scipy.stats import chi2, poisson

from lda_cli.engine.estep import e_step
from lda_cli.engine.slices import departure, expected_counts, is_more, slice_phi
from tests.engine.corpora import random_counts, random_topics, tokens
from tests.engine.definition import fixed_point
from tests.helpers.strategies import count_matrices, priors, topics

ALPHA = np.array([0.1, 0.5, 0.2])


def dense(counts, phi_t, alpha, chosen=slice(None), **limits):
    """The expected counts of all terms: (V, topics)."""
    found = e_step(counts, phi_t, alpha, **limits)
    of_topics = found._replace(weights=found.weights[:, chosen])
    terms, part = expected_counts(counts.indptr, counts.indices, of_topics, phi_t[:, chosen])
    sstats = np.zeros((counts.shape[1], part.shape[1]))
    sstats[terms] = part
    return sstats


def test_expected_counts_are_the_sum_of_the_responsibilities_of_all_tokens():
    rng = np.random.default_rng(0)
    counts, phi_t = random_counts(12, 9, 0.4, rng), random_topics(9, 3, rng)
    wanted = np.zeros((9, 3))
    for doc in range(12):
        words = tokens(counts, doc)
        _, q = fixed_point(words, ALPHA, phi_t.T.astype(float), power=1.0, tolerance=1e-9, iterations=2000)
        np.add.at(wanted, words, q)
    found = dense(counts, phi_t, ALPHA, tolerance=1e-6, max_iterations=2000)
    np.testing.assert_allclose(found, wanted, rtol=2e-3, atol=2e-3)
    some = dense(counts, phi_t, ALPHA, [2, 0], tolerance=1e-6, max_iterations=2000)
    np.testing.assert_allclose(some, found[:, [2, 0]], rtol=1e-6)


@given(st.data())
def test_expected_counts_of_slices_add_up_to_those_of_the_corpus_and_to_its_tokens(data):
    counts = data.draw(count_matrices())
    phi_t, alpha = data.draw(topics(counts.shape[1], 3)), data.draw(priors(3))
    slice_of = np.array(
        data.draw(st.lists(st.integers(0, 2), min_size=counts.shape[0], max_size=counts.shape[0]))
    )
    limits = {"tolerance": 1e-3, "max_iterations": 30}
    whole = dense(counts, phi_t, alpha, **limits)
    parts = [dense(counts[slice_of == one], phi_t, alpha, **limits) for one in range(3)]
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-4, atol=1e-4)
    of_terms = np.asarray(counts.sum(axis=0)).ravel()
    np.testing.assert_allclose(whole.sum(axis=1), of_terms, rtol=1e-4, atol=1e-4)


@pytest.mark.once
def test_words_of_a_slice_are_those_worked_out_by_hand():
    phi, sstats = np.array([0.5, 0.3, 0.2], np.float32), np.array([10.0, 0.0, 30.0])
    # (10 + 60 x .5) / 100, (0 + 60 x .3) / 100, (30 + 60 x .2) / 100
    assert slice_phi(sstats, phi, 40.0, kappa=60) == pytest.approx([0.40, 0.18, 0.42])
    assert slice_phi(sstats, phi, 40.0).sum() == pytest.approx(1)


@pytest.mark.once
def test_words_go_from_the_own_of_the_slice_to_those_of_the_corpus_as_kappa_grows():
    phi, sstats = np.array([0.5, 0.3, 0.2], np.float32), np.array([10.0, 0.0, 30.0])
    assert slice_phi(sstats, phi, 40.0, kappa=0) == pytest.approx([0.25, 0, 0.75])
    assert slice_phi(sstats, phi, 40.0, kappa=1e12) == pytest.approx(phi)
    for kappa in (0, 1000):
        assert slice_phi(np.zeros(3), phi, 0.0, kappa) == pytest.approx(phi)


@pytest.mark.once
def test_departures_add_up_to_the_divergence_from_phi():
    phi, of_slice = np.array([0.5, 0.3, 0.2, 0], np.float32), np.array([0.25, 0.0, 0.75, 0.0])
    found = departure(of_slice, phi)
    assert found[1] == found[3] == 0
    assert found.sum() == pytest.approx(rel_entr(of_slice, phi.astype(float)).sum())


@pytest.mark.once
def test_a_word_is_more_if_chance_gives_it_once_in_a_hundred_and_it_has_five_tokens():
    phi = np.full(4, 0.01, np.float32)  # 10 expected of 1000
    # 2 (S log(S / 10) - S + 10) is 5.79 for 19 and 7.73 for 20: chi squared is 6.63
    sstats = np.array([19.0, 20.0, 10.0, 2.0])
    assert chi2.ppf(0.99, 1) == pytest.approx(6.63, abs=0.01)
    assert is_more(sstats, phi, 1000.0).tolist() == [False, True, False, False]
    few = np.array([4.0, 5.0], np.float64)
    assert is_more(few, np.full(2, 1e-6, np.float32), 1000.0).tolist() == [False, True]
    assert not is_more(np.zeros(2), np.zeros(2, np.float32), 0.0).any()


@pytest.mark.once
def test_words_drawn_from_phi_are_seldom_more():
    phi = np.random.default_rng(1).dirichlet(np.full(2000, 0.3)).astype(np.float32)
    drawn = poisson.rvs(20_000 * phi.astype(float), random_state=2).astype(float)
    assert is_more(drawn, phi, 20_000.0).mean() < 0.01
