"""Topics of two models: distances by their definition over all words, and matches against all assignments."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.engine import matching
from lda_cli.engine.matching import NO_MATCH, matches, one_to_one, squared_hellinger

DISTANCES = st.integers(1, 5).flatmap(
    lambda n: st.lists(
        st.lists(st.sampled_from([0, 0.1, 0.2, 0.3, 0.45, 0.5, 0.6, 1]), min_size=n, max_size=n),
        min_size=1,
        max_size=5,
    )
)


def columns(terms, others):
    common = [term for term in others if term in terms]
    return tuple(np.array([own.index(term) for term in common], np.int64) for own in (terms, others))


def some_phi(rng, n_topics, n_terms):
    phi = rng.dirichlet(np.full(n_terms, 0.3), n_topics)
    phi[rng.random(phi.shape) < 0.2] = 0
    phi[:, 0] += 1e-3
    return (phi / phi.sum(axis=1, keepdims=True)).astype(np.float32)


@given(
    st.integers(0, 999),
    st.permutations("abcdefgh"),
    st.integers(1, 8),
    st.integers(1, 8),
    st.sampled_from([1, 9, 1 << 20]),
)
def test_distance_is_that_of_all_words_with_0_for_those_a_model_lacks(seed, letters, n, m, cells):
    rng = np.random.default_rng(seed)
    terms, others = letters[:n], letters[-m:][::-1]
    one, other = some_phi(rng, 3, n), some_phi(rng, 2, m)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_CELLS_AT_A_TIME", cells)
        found = squared_hellinger(one, other, columns(terms, others))
    for p, row in zip(one, found, strict=True):
        for q, distance in zip(other, row, strict=True):
            both = [
                (
                    float(p[terms.index(w)]) if w in terms else 0,
                    float(q[others.index(w)]) if w in others else 0,
                )
                for w in letters
            ]
            expected = sum((a**0.5 - b**0.5) ** 2 for a, b in both) / 2
            assert distance == pytest.approx(expected, abs=1e-6)


def test_rests_of_unknown_words_do_not_make_topics_alike():
    phi = np.array([[1, 0], [0, 1]], np.float32)
    # both have only the second word in common, under other columns
    found = squared_hellinger(phi, phi, columns(["old", "both"], ["new", "both"]))
    assert found.tolist() == [[1, 1], [1, 0]]


def test_equal_rows_are_0_apart_and_each_topic_keeps_its_number_even_among_copies():
    phi = some_phi(np.random.default_rng(0), 6, 50)
    phi[[1, 3, 4]] = phi[2]
    every = np.arange(50)
    distances = squared_hellinger(phi, phi, (every, every))
    assert not distances.diagonal().any()
    assert matches(distances) == {t: t for t in range(6)}


@given(DISTANCES)
def test_matches_are_the_best_of_all_where_what_is_no_match_costs_the_same(rows):
    distances = np.array(rows, float)
    found = matches(distances)
    assert all(distances[pair] < NO_MATCH for pair in found.items())
    assert len(set(found.values())) == len(found)

    def saved(pairs):
        return sum(max(NO_MATCH - distances[pair], 0) for pair in pairs)

    small, large = sorted(distances.shape)
    wide = distances if distances.shape == (small, large) else distances.T
    orders = permutations(range(large), small)
    best = max(sum(max(NO_MATCH - wide[t, o], 0) for t, o in enumerate(order)) for order in orders)
    assert saved(found.items()) == pytest.approx(best)


def test_pair_that_is_no_match_does_not_take_the_partner_of_one_that_is():
    # the sum of the distances is least for 0-1 and 1-0, of which one is no match
    distances = np.array([[0.1, 0.55], [0.45, 0.99]])
    assert [some.tolist() for some in one_to_one(distances)] == [[0, 1], [1, 0]]
    assert matches(distances) == {0: 0}
