"""The glob translator against a matcher that follows the rules one character at a time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.inputs.globs import any_glob


def matches(glob: str, path: str) -> bool:
    return bool(any_glob([glob])(path))


def naive(pattern: list[str], path: list[str]) -> bool:
    """Match segments by trying everything."""
    if not pattern:
        return not path
    head, *rest = pattern
    if head == "**":
        if not rest:
            return bool(path)
        return any(naive(rest, path[skipped:]) for skipped in range(len(path) + 1))
    return bool(path) and naive_segment(head, path[0]) and naive(rest, path[1:])


def naive_segment(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(naive_segment(pattern[1:], name[skipped:]) for skipped in range(len(name) + 1))
    if pattern.startswith("[a]"):
        return name[:1] == "a" and naive_segment(pattern[3:], name[1:])
    if pattern.startswith("[!a]"):
        return name[:1] not in ("", "a") and naive_segment(pattern[4:], name[1:])
    return bool(name) and pattern[0] in ("?", name[0]) and naive_segment(pattern[1:], name[1:])


names = st.text("ab.\n", min_size=1, max_size=6)
segments = st.one_of(
    st.just("**"),
    st.lists(st.sampled_from(["a", "b", ".", "*", "?", "[a]", "[!a]"]), min_size=1).map("".join),
).filter(lambda segment: segment == "**" or ("**" not in segment and segment != "."))


@given(st.lists(segments, min_size=1, max_size=5), st.lists(names, min_size=1, max_size=5))
def test_translated_glob_matches_what_the_naive_matcher_does(pattern: list[str], path: list[str]) -> None:
    assert matches("/".join(pattern), "/".join(path)) == naive(pattern, path)


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("**/*", "a.txt", True),
        ("**/*.txt", "a.txt", True),
        ("**/*.txt", "x/y/a.txt", True),
        ("*.txt", "x/a.txt", False),
        ("x/**", "x", False),
        ("x/**", "x/a", True),
        ("x/**/a", "x/a", True),
        ("./a/", "a", True),
        ("[a-c]", "b", True),
        ("[!a-c]", "b", False),
        ("[]]", "]", True),
        ("[!]]", "]", False),
        ("[z-a]", "m", False),
        ("[+-9]", "/", False),
        ("a[!b]c", "a/c", False),
        ("[", "[", True),
        ("ü?", "üé", True),
    ],
)
def test_glob(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected


def test_no_globs_match_nothing() -> None:
    assert not any_glob([])("")
    assert not any_glob([])("a")


def test_glob_full_of_wildcards_takes_no_exponential_time() -> None:
    began = time.process_time()
    assert not matches("*a" * 50 + "b", "a" * 255)
    assert not matches("**/a/" * 50 + "b", "a/" * 500 + "c")
    assert time.process_time() - began < 5
