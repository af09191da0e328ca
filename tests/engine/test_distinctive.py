"""Scores of words, against numbers worked out by hand."""

import math

import numpy as np
import pytest

from lda_cli.engine.distinctive import exclusivity, frex, relevance

PHI = np.array([[0.5, 0.25, 0.25, 0.0], [0.125, 0.25, 0.125, 0.5]], np.float32)


def test_relevance_is_the_weighted_sum_of_log_probability_and_log_lift():
    p_terms = np.array([0.25, 0.25, 0.125, 0.375])
    found = relevance(PHI, p_terms, 0.6)
    assert found[0, 0] == pytest.approx(0.6 * math.log(0.5) + 0.4 * math.log(2))
    assert found[1, 2] == pytest.approx(0.6 * math.log(0.125))
    assert found[0, 3] == -math.inf
    assert np.allclose(relevance(PHI, p_terms, 1)[1], np.log(PHI[1]))


def test_frex_is_the_harmonic_mean_of_two_ranks():
    # topic 0: exclusivity .8, .5, 2/3, 0: ranks 4, 2, 3, 1; probability ranks 4, 3, 3, 1; of 4
    found = frex(PHI, 0, PHI.sum(axis=0, dtype=np.float64))
    assert found == pytest.approx([1, 1 / (0.5 / 0.5 + 0.5 / 0.75), 0.75, 0.25])
    more_exclusive = frex(PHI, 0, PHI.sum(axis=0, dtype=np.float64), weight=1)
    assert more_exclusive == pytest.approx([1, 0.5, 0.75, 0.25])


def test_exclusivity_is_the_mean_frex_of_the_first_words_with_more_weight_on_being_exclusive():
    # topic 0: phi / sum .71, .6, .17, .25, 0; topic 1: .14, .2, .67, .5, .25; ranks of these and of phi, of 5
    phi = [[0.5, 0.3, 0.1, 0.1, 0.0], [0.1, 0.1, 0.4, 0.2, 0.2], [0.1, 0.1, 0.1, 0.1, 0.6]]
    ranks = [(5, 4, 2, 3, 1), (5, 4, 3, 3, 1)], [(1, 2, 5, 4, 3), (2, 2, 5, 4, 4)]
    expected = [
        np.mean(
            [
                1 / (0.7 * 5 / exclusive + 0.3 * 5 / frequent)
                for exclusive, frequent in zip(*of_topic, strict=True)
            ]
        )
        for of_topic in ranks
    ]
    assert exclusivity(np.array(phi, np.float32))[:2] == pytest.approx(expected)


def test_exclusivity_is_one_where_each_topic_has_its_own_words():
    phi = np.repeat(np.eye(2, dtype=np.float32), 10, axis=1) / 10
    assert exclusivity(phi).tolist() == [1, 1]


def test_word_that_no_topic_has_is_exclusive_to_none():
    assert exclusivity(np.array([[1, 0], [1, 0]], np.float32)) == pytest.approx([0.75, 0.75])
