"""Topics that are alike: groups of rows of Phi made by hand, and of any rows against all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.engine import alike
from lda_cli.engine.alike import ALIKE, groups_alike


def squared_hellinger(one, other):
    return ((np.sqrt(one.astype(float)) - np.sqrt(other.astype(float))) ** 2).sum() / 2


def test_equal_rows_are_a_group_and_rows_without_a_common_word_are_not():
    a, b, c = np.eye(3, dtype=np.float32)
    assert groups_alike(np.stack([a, b, a, c, b, a])) == [[0, 2, 5], [1, 4]]
    assert groups_alike(np.stack([a, b, c])) == []


@pytest.mark.parametrize(("p", "are_alike"), [(0.27, True), (0.28, False)])
def test_rows_are_alike_below_the_limit(p, are_alike):
    # H^2 = 1 - (sqrt(0.7 (0.7 - p)) + sqrt(0.3 (0.3 + p))), 0.0379 and 0.0407 here
    phi = np.array([[0.7, 0.3], [0.7 - p, 0.3 + p]], np.float32)
    assert groups_alike(phi, 0.039) == ([[0, 1]] if are_alike else [])


def test_a_topic_is_alike_to_the_first_of_its_group_and_not_only_to_the_last():
    phi = np.array([[0.7, 0.3], [0.43, 0.57], [0.16, 0.84]], np.float32)
    assert squared_hellinger(phi[1], phi[2]) < 0.06 < squared_hellinger(phi[0], phi[2])
    assert groups_alike(phi, 0.06) == [[0, 1]]


@given(st.integers(0, 999), st.integers(1, 12), st.sampled_from([1, 5, 40]), st.sampled_from([1, 4, 16]))
def test_bins_of_words_hide_no_pair_and_make_none(seed, n_topics, n_terms, n_bins):
    rng = np.random.default_rng(seed)
    phi = rng.dirichlet(np.full(n_terms, 0.3), 3)[rng.integers(0, 3, n_topics)]
    phi = 0.9 * phi + 0.1 * rng.dirichlet(np.ones(n_terms), n_topics)
    phi = (phi / phi.sum(axis=1, keepdims=True)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "BINS", n_bins)
        groups = groups_alike(phi)
    firsts = []
    expected = {}
    for topic in range(n_topics):
        near = [first for first in firsts if squared_hellinger(phi[first], phi[topic]) < ALIKE]
        if near:
            expected[near[0]].append(topic)
        else:
            firsts.append(topic)
            expected[topic] = [topic]
    assert groups == [group for group in expected.values() if len(group) > 1]
