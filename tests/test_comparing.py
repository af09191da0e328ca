"""Two models compared: topics that were planted, moved, merged and split; the limit on what has moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from lda_cli.comparing import Side, check_limit, compare
from lda_cli.errors import ConfigError, LimitError
from tests.helpers.models import small_model

SPACE, KITCHEN, HARBOUR = ("moon", "star"), ("rice", "oven"), ("sail", "rope")
TERMS = (*SPACE, *KITCHEN, *HARBOUR)
Topic = Mapping[str, float]


def evenly(*themes: Sequence[str]) -> Topic:
    return {word: 1 / (2 * len(themes)) for theme in themes for word in theme}


def side(topics: Sequence[Topic], sizes: Sequence[float] = (), terms: Sequence[str] = TERMS) -> Side:
    phi = [[topic.get(term, 0) for term in terms] for topic in topics]
    model = small_model(terms, phi, [0.1] * len(topics))
    return Side("a", replace(model, topic_counts=np.array(sizes, float)) if sizes else model)


def test_topics_that_changed_places_are_found_again() -> None:
    topics = [evenly(SPACE), evenly(KITCHEN), evenly(HARBOUR)]
    found = compare(side(topics), side([topics[2], topics[1], topics[0]]))
    assert [(change.old, change.new, change.distance) for change in found.changes] == [
        (0, 2, 0),
        (1, 1, 0),
        (2, 0, 0),
    ]
    assert (found.n_same_number, found.mean_distance, found.largest_distance) == (1, 0, 0)
    assert {change.kind for change in found.changes} == {"kept"}


def test_of_two_topics_that_merged_one_is_kept_and_the_other_has_the_same_nearest() -> None:
    mostly_space = {word: 0.3 if word in SPACE else 0.2 for word in (*SPACE, *KITCHEN)}
    found = compare(
        side([evenly(HARBOUR), evenly(KITCHEN), evenly(SPACE)]), side([mostly_space, evenly(HARBOUR)]), top=2
    )
    harbour, kitchen, space = found.changes
    assert (harbour.kind, harbour.new, space.kind, space.new) == ("kept", 1, "kept", 0)
    assert (kitchen.kind, kitchen.new, kitchen.nearest) == ("gone", None, 0)
    # H^2 = 1 - 2 sqrt(0.5 p), of p = 0.3 and 0.2
    assert space.distance == pytest.approx(1 - 2 * 0.15**0.5)
    assert kitchen.distance == pytest.approx(1 - 2 * 0.1**0.5)
    assert (kitchen.words, kitchen.came, kitchen.went, kitchen.new_share) == (KITCHEN, (), (), None)


def test_of_a_topic_that_was_split_one_part_is_kept_and_the_other_has_it_as_nearest() -> None:
    mostly_space = {word: 0.3 if word in SPACE else 0.2 for word in (*SPACE, *KITCHEN)}
    found = compare(
        side([evenly(HARBOUR), mostly_space]), side([evenly(KITCHEN), evenly(SPACE), evenly(HARBOUR)])
    )
    harbour, space, kitchen = found.changes
    assert (harbour.new, space.new) == (2, 1)
    assert (space.came, space.went) == ((), KITCHEN)
    assert (kitchen.kind, kitchen.old, kitchen.new, kitchen.nearest) == ("new", None, 0, 1)
    assert kitchen.words == KITCHEN
    assert kitchen.old_share is None


def test_words_that_came_and_went_are_among_the_first_and_have_a_probability() -> None:
    old = {"moon": 0.5, "star": 0.3, "rice": 0.2}
    new = {"star": 0.6, "sail": 0.3, "moon": 0.1}
    (change,) = compare(side([old]), side([new]), top=2).changes
    assert (change.words, change.came, change.went) == (("star", "sail"), ("sail",), ("moon",))
    (change,) = compare(side([old]), side([new]), top=6).changes
    assert (change.words, change.came, change.went) == (("star", "sail", "moon"), ("sail",), ("rice",))


def test_terms_that_the_old_model_lacks_count_as_distance_and_as_unknown_tokens() -> None:
    old = side([{"moon": 0.5, "star": 0.5}], terms=("moon", "star"))
    new = side([{"moon": 0.5, "quark": 0.5}], terms=("quark", "moon"))  # with 3 and 4 tokens
    found = compare(old, new)
    assert (found.n_common, found.unknown) == (1, pytest.approx(3 / 7))
    assert found.changes[0].distance == 0.5  # and so it is no match
    assert [change.kind for change in found.changes] == ["gone", "new"]
    assert (found.mean_distance, found.largest_distance, found.drift) == (None, None, pytest.approx(1))


def test_drift_is_the_jensen_shannon_distance_of_the_shares() -> None:
    old = side([evenly(SPACE), evenly(KITCHEN)], [30, 10])
    new = side([evenly(HARBOUR), evenly(SPACE)], [50, 50])
    found = compare(old, new)
    assert [(change.old_share, change.new_share) for change in found.changes] == [
        (0.75, 0.5),
        (0.25, None),
        (None, 0.5),
    ]
    assert found.drift == pytest.approx(jensenshannon([0.75, 0.25, 0], [0.5, 0, 0.5], 2), abs=1e-6)
    assert compare(old, old).drift == 0


def test_limit_is_on_the_old_topics_and_names_the_furthest() -> None:
    old = side([evenly(SPACE), evenly(KITCHEN)])
    moved = side([evenly(SPACE, HARBOUR), evenly(KITCHEN)])  # 1 - 2 sqrt(0.5 * 0.25) = 0.293
    found = compare(old, moved)
    check_limit(found, 0.293)
    with pytest.raises(LimitError, match=r"topic 0 is 0\.2929 from topic 0 of a; 1 of 2 are above 0\.2"):
        check_limit(found, 0.2)
    with pytest.raises(LimitError, match=r"topic 1 is gone; the nearest, topic 0 of a, is 1 away"):
        check_limit(compare(old, side([evenly(SPACE)])), 0.5)
    check_limit(compare(side([evenly(SPACE)]), old), 0)  # what is new is no change of the old topics


def test_models_without_a_common_term_are_refused() -> None:
    with pytest.raises(ConfigError, match="a and a: have no term in common"):
        compare(side([evenly(SPACE)], terms=SPACE), side([evenly(KITCHEN)], terms=KITCHEN))
