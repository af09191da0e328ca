"""Topics of two runs, matched."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.engine.rbo import rbo
from lda_cli.sweep.agreement import Agreement, Agreements, matched

TOPICS = st.lists(st.lists(st.integers(0, 9), unique=True, max_size=6), min_size=3, max_size=3)


def arrays(topics: list[list[int]]) -> list[np.ndarray]:
    return [np.array(words, np.int64) for words in topics]


@given(TOPICS, TOPICS)
def test_match_is_the_best_of_all(one: list[list[int]], other: list[list[int]]) -> None:
    best = max(sum(rbo(a, b) for a, b in zip(one, order, strict=True)) for order in permutations(other))
    assert matched(arrays(one), arrays(other)).sum() == pytest.approx(best, abs=1e-9)


def test_order_of_topics_does_not_matter_and_equal_runs_agree_wholly() -> None:
    topics = arrays([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert matched(topics, topics[::-1]).tolist() == pytest.approx([1, 1, 1])
    assert matched(topics[:2], arrays([[10, 11, 12], [4, 5, 6]])).tolist() == pytest.approx([0, 1])


def test_medoid_is_the_run_most_like_the_others() -> None:
    found = Agreement({(0, 1): 0.5, (0, 2): 0.4, (1, 2): 0.9}, again=0.5)
    assert (found.medoid, found.of(1), found.mean) == (1, pytest.approx(0.7), pytest.approx(0.6))
    assert Agreement({(0, 1): 0.5}, again=1.0).medoid == 0


def test_share_of_topics_that_come_again() -> None:
    one, other = arrays([[1, 2], [3, 4]]), arrays([[1, 2], [5, 6]])
    found = Agreements().of(2, {0: one, 1: other})
    assert found is not None
    assert (found.pairs, found.again) == ({(0, 1): pytest.approx(0.5)}, 0.5)
    assert Agreements().of(2, {0: one}) is None
