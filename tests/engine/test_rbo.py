"""RBO of two lists, against known values and against equation 32 of Webber and others, term by term."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.engine.diversity import inverted_rbo, topic_diversity
from lda_cli.engine.rbo import rbo, rbos

lists = st.lists(st.integers(0, 8), unique=True, max_size=8)


def by_definition(first, second, p):
    short, long = sorted([first, second], key=len)
    s, l = len(short), len(long)  # noqa: E741 - as in the paper
    if s == 0:
        return 0

    def x(d):
        return len(set(short[:d]) & set(long[:d]))

    agreed = sum(p**d * x(d) / d for d in range(1, l + 1))
    beyond = sum(p**d * x(s) * (d - s) / (s * d) for d in range(s + 1, l + 1))
    return (1 - p) / p * (agreed + beyond) + p**l * ((x(l) - x(s)) / l + x(s) / s)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("abcdefg", "abcdefg", 1),
        ("abcdefg", "hijklmn", 0),
        ("abcdefg", "bacdefg", 0.9),  # they agree but at the first place: 1 - (1 - p)
        ("a", "ab", 1),  # nothing is known of the second place of the first
        ("", "ab", 0),
    ],
)
def test_rbo_has_its_known_values(first, second, expected):
    assert rbo(first, second) == pytest.approx(expected)
    assert rbo(second, first) == pytest.approx(expected)


@given(lists, lists, st.sampled_from([0.1, 0.5, 0.9, 0.98]))
def test_rbo_is_its_definition(first, second, p):
    found = rbo(first, second, p)
    assert found == pytest.approx(by_definition(first, second, p))
    assert 0 <= found <= 1 + 1e-12


@given(st.lists(lists, max_size=5))
def test_many_lists_give_what_pairs_do(many):
    found = rbos([np.array(some, np.int64) for some in many])
    assert found.shape == (len(many), len(many))
    for i, first in enumerate(many):
        for j, second in enumerate(many):
            assert found[i, j] == pytest.approx(rbo(first, second))


def test_topics_without_a_common_word_are_as_different_as_can_be():
    topics = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
    assert topic_diversity(topics) == inverted_rbo(topics) == 1
    alike = [np.array([0, 1]), np.array([0, 1])]
    assert topic_diversity(alike) == 0.5
    assert inverted_rbo(alike) == pytest.approx(0)


def test_topics_without_words_do_not_count():
    nothing = np.zeros(0, np.int64)
    assert topic_diversity([nothing]) is inverted_rbo([nothing, np.array([1])]) is None
    assert inverted_rbo([nothing, np.array([1]), np.array([2])]) == 1


def test_words_of_a_large_vocabulary_are_only_those_that_are_there():
    rng = np.random.default_rng(0)
    lists = [rng.choice(50_000, 10, replace=False) for _ in range(200)]
    found = rbos(lists)
    assert found.shape == (200, 200)
    assert found[3, 7] == pytest.approx(rbo(lists[3].tolist(), lists[7].tolist()))
    assert found.diagonal() == pytest.approx(1)
