"""The map of topics: against SciPy's distances, numerical slopes, and scikit-learn's trustworthiness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from sklearn.manifold import trustworthiness as reference

from lda_cli.engine.layout import _gradient, _neighbours, classical, layout, seriated, trustworthiness


def clusters(n_clusters: int, size: int, seed: int = 0) -> np.ndarray:
    """Distances of points of a space of ten dimensions that stand in clusters."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(n_clusters, 10)) * 6
    points = np.repeat(middles, size, axis=0) + rng.normal(size=(n_clusters * size, 10))
    return squareform(pdist(points))


def test_points_of_a_plane_keep_their_distances() -> None:
    points = np.random.default_rng(1).normal(size=(12, 2))
    distances = squareform(pdist(points))
    np.testing.assert_allclose(squareform(pdist(classical(distances))), distances, atol=1e-9)


@pytest.mark.parametrize("n_topics", [1, 2, 3, 4])
def test_few_topics_are_a_line(n_topics: int) -> None:
    places = np.arange(n_topics, dtype=float)
    found = layout(np.abs(places[:, None] - places))
    assert np.all(found[:, 1] == 0)
    steps = np.diff(found[:, 0])
    np.testing.assert_allclose(steps, np.full(n_topics - 1, steps[0] if n_topics > 1 else 0), atol=1e-9)
    assert np.abs(found).max(initial=0) <= 1


def test_neighbours_have_the_perplexity_that_is_asked_for() -> None:
    p = _neighbours(clusters(4, 10) ** 2, 7.0)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(-(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)), 7, rtol=1e-6)


def test_gradient_is_that_of_the_divergence() -> None:
    rng = np.random.default_rng(2)
    p = rng.random((6, 6))
    p = (p + p.T) * (1 - np.eye(6))
    p /= p.sum()
    y = rng.normal(size=(6, 2))

    def divergence(points: np.ndarray) -> float:
        near = 1 / (1 + squareform(pdist(points, "sqeuclidean")))
        np.fill_diagonal(near, 0)
        q = near / near.sum()
        some = p > 0
        return float((p[some] * np.log(p[some] / q[some])).sum())

    step = 1e-6
    for place in np.ndindex(6, 2):
        ahead, behind = y.copy(), y.copy()
        ahead[place] += step
        behind[place] -= step
        slope = (divergence(ahead) - divergence(behind)) / (2 * step)
        assert _gradient(p, y)[place] == pytest.approx(slope, abs=1e-6)


def test_clusters_stay_together() -> None:
    distances = clusters(6, 8)
    points = layout(distances)
    apart = squareform(pdist(points))
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) // 8 == np.arange(48) // 8).all()
    value = trustworthiness(distances, points)
    assert value is not None
    assert value > max(0.84, trustworthiness(distances, classical(distances)) or 0)


def test_map_is_the_same_each_time() -> None:
    distances = clusters(5, 5)
    assert layout(distances).tobytes() == layout(distances).tobytes()


@given(st.integers(12, 30), st.integers(1, 5), st.integers(0, 99))
def test_trustworthiness_is_that_of_scikit_learn(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    distances, points = squareform(pdist(rng.normal(size=(n, 5)))), rng.normal(size=(n, 2))
    expected = reference(distances, points, n_neighbors=k, metric="precomputed")
    assert trustworthiness(distances, points, k) == pytest.approx(expected)


def test_trustworthiness_needs_topics_enough() -> None:
    assert trustworthiness(np.zeros((11, 11)), np.zeros((11, 2))) is None


@given(st.integers(0, 12), st.integers(0, 99))
def test_order_is_one_of_all_topics_and_puts_like_ones_together(n: int, seed: int) -> None:
    distances = (
        squareform(pdist(np.random.default_rng(seed).normal(size=(n, 3)))) if n > 1 else np.zeros((n, n))
    )
    assert sorted(seriated(distances)) == list(range(n))
    order = seriated(clusters(3, 4, seed))
    assert len({place // 4 for place in order[:4]}) == 1


def test_equal_topics_are_no_trouble() -> None:
    assert np.isfinite(layout(np.zeros((7, 7)))).all()
    assert np.isfinite(layout(1 - np.eye(40))).all()
