"""Distances and overlaps of topics, compared with their definitions and with values from elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from lda_cli.engine.similarity import jensen_shannon_distances, rank_biased_overlap


@given(st.integers(0, 1000), st.integers(2, 5), st.integers(1, 1200))
def test_distance_is_that_of_scipy(seed: int, n_topics: int, n_terms: int) -> None:
    rng = np.random.default_rng(seed)
    phi = rng.dirichlet(np.full(n_terms, 0.3), n_topics).astype(np.float32)
    phi[rng.random(phi.shape) < 0.3] = 0
    phi[:, 0] += 1e-3
    phi /= phi.sum(axis=1, keepdims=True)
    found = jensen_shannon_distances(phi)
    expected = [
        [jensenshannon(p, q, 2) if i != j else 0 for j, q in enumerate(phi)] for i, p in enumerate(phi)
    ]
    np.testing.assert_allclose(found, np.nan_to_num(expected), atol=2e-3)


def test_distance_of_equal_topics_is_0_and_of_disjoint_ones_1() -> None:
    phi = np.array([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0.25, 0.75]], np.float32)
    assert jensen_shannon_distances(phi) == pytest.approx(np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0]]))


def overlap(one: str, other: str, p: float = 0.9) -> float:
    words = np.array([[ord(c) - ord("a") for c in text] for text in (one, other)])
    return float(rank_biased_overlap(words, 26, p)[0, 1])


def test_overlap_has_the_known_values() -> None:
    assert overlap("abcdefg", "abcdefg") == pytest.approx(1)
    assert overlap("abcdefg", "hijklmn") == 0
    assert overlap("abcdefg", "bacdefg") == pytest.approx(0.9)  # the doctest of OCTIS' rbo


@given(
    st.permutations("abcdefghijkl"), st.permutations("abcdefghijkl"), st.integers(1, 9), st.floats(0.1, 0.99)
)
def test_overlap_is_that_of_its_definition(one: list[str], other: list[str], n: int, p: float) -> None:
    common = [len(set(one[:d]) & set(other[:d])) for d in range(1, n + 1)]
    expected = (1 - p) / p * sum(p**d * x / d for d, x in enumerate(common, 1)) + p**n * common[-1] / n
    assert overlap("".join(one[:n]), "".join(other[:n]), p) == pytest.approx(expected)
