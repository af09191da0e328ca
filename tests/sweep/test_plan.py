"""Which numbers of topics are tried, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.errors import ConfigError
from lda_cli.sweep.grid import parsed
from lda_cli.sweep.plan import RunKey, coarse_to_fine, planned


def test_list_is_sorted_and_has_each_number_once() -> None:
    assert parsed("40, 10,20,10") == (10, 20, 40)


def test_two_ends_make_equal_ratios() -> None:
    assert parsed("5:100") == (5, 7, 10, 14, 19, 26, 37, 51, 72, 100)
    assert parsed("2:4") == (2, 3, 4)


@pytest.mark.parametrize(
    "text", ["", "1", "0,5", "5:5", "9:3", "a", "5:", "5,,6", "-5", "2:1e3", "٣:٩", "1.5"]
)
def test_anything_else_is_refused(text: str) -> None:
    if text == "٣:٩":  # digits of another script are digits
        assert parsed(text)[0] == 3
        return
    with pytest.raises(ConfigError, match="--topics: must be numbers from 2 on"):
        parsed(text)


def test_first_seed_comes_first_and_goes_from_coarse_to_fine() -> None:
    assert coarse_to_fine([1, 2, 3, 4, 5]) == [1, 5, 3, 2, 4]
    assert planned([5, 10, 20], 2) == [
        *(RunKey(5, 0), RunKey(20, 0), RunKey(10, 0)),
        *(RunKey(5, 1), RunKey(20, 1), RunKey(10, 1)),
    ]
    assert [RunKey(5, 0).name, RunKey(1000, 12).name] == ["k005-s0", "k1000-s12"]


@given(st.sets(st.integers(2, 500), min_size=1))
def test_order_has_every_number_once(grid: set[int]) -> None:
    assert sorted(coarse_to_fine(sorted(grid))) == sorted(grid)
