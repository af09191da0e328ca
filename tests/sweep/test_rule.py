"""Which number of topics is suggested, from curves that were made up."""

from collections.abc import Mapping

import numpy as np
import pytest

from lda_cli.sweep.rule import Curves, choose, held_out, least, stable

GRID = (5, 10, 15, 20, 30)


def curves(*agreement: float, **others: object) -> Curves:
    empty: dict[str, Mapping[int, float]] = {"spectral": {}, "aic": {}, "held_out": {}}
    given = dict(zip(GRID, agreement, strict=False))
    return Curves(GRID, given, **(empty | others))  # type: ignore[arg-type]


def test_largest_number_near_the_best_is_suggested() -> None:
    assert stable(dict(zip(GRID, (0.9, 0.95, 0.94, 0.92, 0.8), strict=True))) == 15
    assert choose(curves(0.9, 0.95, 0.94, 0.92, 0.8)).topics == 15


@pytest.mark.parametrize(
    ("agreement", "said"),
    [((0.9, 0.8, 0.7, 0.6, 0.5), "widen --topics below 5"), ((0.5, 0.6, 0.7, 0.8, 0.9), "above 30")],
)
def test_edge_of_the_grid_is_no_suggestion(agreement: tuple[float, ...], said: str) -> None:
    choice = choose(curves(*agreement))
    assert choice.topics is None
    assert choice.picks[0].at_edge
    assert said in choice.words


def test_one_seed_is_no_suggestion() -> None:
    choice = choose(curves(spectral={5: 3.0, 10: 1.0, 15: 2.0}))
    assert choice.topics is None
    assert choice.words == (
        "no number of topics is suggested: stable needs two seeds (--seeds); beside it: spectral 10"
    )


def test_two_numbers_are_too_few() -> None:
    choice = choose(Curves((5, 10), {5: 0.9, 10: 0.5}, {}, {}, {}))
    assert choice.topics is None
    assert "give at least 3 of them (--topics)" in choice.words


def test_words_name_the_reason_and_the_other_rules() -> None:
    aic = dict(zip(GRID, (3.0, 2.0, 1.0, 0.5, 0.6), strict=True))
    spectral = dict(zip(GRID, (0.1, 0.2, 0.3, 0.4, 0.5), strict=True))
    choice = choose(curves(0.9, 0.95, 0.94, 0.92, 0.8, aic=aic, spectral=spectral))
    assert choice.words == (
        "between 15 and 20 by 2 of 3 rules: 15 topics suggested (stable: agreement of seeds 0.94, within "
        "0.02 of the best, 0.95 with 10); beside it: spectral 5 (edge of the grid), supported 20"
    )
    assert "optimal" not in choice.words


def test_smaller_of_two_equal_values_is_picked() -> None:
    assert least({20: 1.0, 10: 1.0, 30: 2.0}) == 10
    assert least({}) is None


def test_held_out_takes_the_smallest_within_a_paired_error() -> None:
    rng = np.random.default_rng(0)
    n_tokens = rng.integers(20, 60, 200)
    difficulty = rng.normal(-7, 1, 200)  # of documents, the same for all: it is no error of a difference
    scores = {
        topics: n_tokens * (difficulty + gain) + rng.normal(0, 0.5, 200)
        for topics, gain in ((5, -0.2), (10, -0.0005), (20, 0.0))
    }
    assert held_out(scores, n_tokens) == 10
    assert held_out({5: scores[5], 20: scores[20]}, n_tokens) == 20
    assert held_out({}, n_tokens) is None
