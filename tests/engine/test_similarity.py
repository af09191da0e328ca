"""Distances of topics, compared with their definition and with SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from lda_cli.engine.similarity import jensen_shannon_distances


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
