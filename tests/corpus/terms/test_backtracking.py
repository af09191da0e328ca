"""Patterns that may take exponential time are known from those that never do, before any text is read."""

import re
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import Config
from lda_cli.corpus.terms.backtracking import may_take_for_ever

# pattern: what it takes for ever on, but for its length
EXPONENTIAL = {
    r"(?:a+)+b": "a",
    r"(?:a*)*b": "a",
    r"(?:a+?)+?b": "a",
    r"(?:\w+\s?)+$": "a",
    r"(?:a|aa)+b": "a",
    r"(?:.*a)+b": "a",
    r"(?:\w|[^b]x?)+b": "x",
    r"(?:[a-z]+'?)+!": "a",
    r"(?:a+|b)*c": "a",
    r"(?:a{1,30}){1,30}b": "a",
    r"(?:(?:a+)+b)++c": "a",
    r"(?>(?:a+)+b)": "a",
    r"(?=(?:a+)+b)\w+": "a",
    r"(?:[一-龥]+)+b": "中",
    r"(?:[\u4e00-\u4e05]+)+b": "一",
    r"(?i:(?:A+)+)b": "a",
    r"\b(?:\w+\.?)+@\w+": "a",
}
HARMLESS = [
    Config().tokenizer.pattern,
    *(r"\w+", r"\S+", r".+", r"", r"a|b|", r"\b\w\w+\b", r"[a-z]{3,}", r"(?i)[a-z]+", r"#?\w+"),
    *(r"[^\W\d_]+(?:['-][^\W\d_]+)*", r"\w+(?:'\w+)?", r"(?:[A-Za-z]\.)+", r"https?://\S+|\w+"),
    *(r"(?:\w+-)+\w+", r"(?:\d{1,3}\.){3}\d{1,3}", r"(?:\w+ )*\w+", r"(?:a|b|c)+d", r"(?<!\w)\w+(?!\w)"),
    *(r"[a-z]+(?:-[a-z]+)*(?:\b|$)", r"(?:a|a)+b", r"(?:[a-z]+'?)+", r"(?:a+)+"),
    *(r"(?:a++)+b", r"(?>a+)+b", r"(?:a+)++b", "|".join(f"word{n}" for n in range(200))),
]


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_exponential_pattern_is_known(pattern: str) -> None:
    assert may_take_for_ever(pattern)
    took = []
    for length in range(8, 60):  # until so long that chance cannot have been the reason
        began = time.process_time()
        re.findall(pattern, EXPONENTIAL[pattern] * length + "-")
        took.append(time.process_time() - began)
        if took[-1] > 0.1:
            break
    assert took[-1] > 0.1


@pytest.mark.parametrize("pattern", HARMLESS)
def test_harmless_pattern_is_known(pattern: str) -> None:
    assert not may_take_for_ever(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["(?:" * 90 + "a" + ")+" * 90 + "b", "(?:" + "a?" * 150 + ")+b", "(?:a|" * 80 + "b" + ")+" * 80 + "c"],
)
def test_huge_pattern_is_known_soon(pattern: str) -> None:
    began = time.process_time()
    assert may_take_for_ever(pattern)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "pattern",
    [
        "(?>" * 40 + "a" + ")" * 40,  # took for ever: each group was looked at twice for the one around it
        "a?" * 2000,  # took memory and time that grew with the square
        "(?:" + "|".join(f"{n}w" for n in range(1000, 2500)) + ")+",
        "a?" * 500_000,
    ],
)
def test_pattern_made_to_be_looked_at_for_ever_is_soon_left_alone(pattern: str) -> None:
    began = time.process_time()
    tracemalloc.start()
    try:
        assert not may_take_for_ever(pattern)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 10


def test_part_is_looked_at_whatever_is_beside_it() -> None:
    words = "|".join(f"word{n}" for n in range(900))
    assert may_take_for_ever(f"{words}|(?>(?:a+)+b)")
    assert may_take_for_ever(f"(?=(?:a+)+b)(?:{words})+")


pieces = st.sampled_from([*"ab.^$|?*+", r"\w", "[ab]", "(?:", "(?=", "(?>", ")", "{2}", "{3,}", "++", "*?"])


@given(st.lists(pieces, max_size=12).map("".join))
def test_any_pattern_that_compiles_is_judged(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error:
        return
    assert may_take_for_ever(pattern) in (True, False)
