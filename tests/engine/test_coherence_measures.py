"""Measures of coherence, against their definitions written out pair by pair."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lda_cli.engine.coherence_measures import HEADLINE, MEASURES, SIZES, coherence
from lda_cli.engine.windows import WHOLE_DOCUMENTS, WindowCounter

EPS = 1e-12
NAMES = tuple(MEASURES)


def measured(documents, topics, name):
    """A measure of topics of words, over documents that are lists of words; -1 for all other words."""
    number = {word: n for n, word in enumerate(dict.fromkeys(word for topic in topics for word in topic))}
    counter = WindowCounter([np.array([number[w] for w in t], np.int64) for t in topics], SIZES)
    tokens = np.array([number.get(word, -1) for document in documents for word in document], np.int32)
    counts = counter.count(tokens, np.cumsum([0, *map(len, documents)]))
    return coherence(name, counts, SIZES, [len(topic) for topic in topics])


def by_definition(documents, words, name):
    """One topic, all of whose words are in the documents."""
    size = {"c_npmi": 10, "c_uci": 10, "c_p": 70, "c_v": 110}.get(name, 10**9)
    windows = [
        set(document[first : first + size])
        for document in documents
        for first in range(max(1, len(document) - size + 1))
        if document
    ]
    if name == "npmi":
        windows = [window for window in windows if window & set(words)]

    def p(*some):
        return sum(window >= set(some) for window in windows) / len(windows)

    def pmi(a, b):
        return math.log((p(a, b) + EPS) / (p(a) * p(b)))

    def npmi(a, b):
        return 1 if p(a, b) == 1 else pmi(a, b) / -math.log(p(a, b) + EPS)

    def no_epsilon(a, b):
        if p(a, b) in (0, 1):
            return 2 * p(a, b) - 1
        return math.log(p(a, b) / (p(a) * p(b))) / -math.log(p(a, b))

    def fitelson(before, after):
        with_it = p(before, after) / p(before)
        without = 0 if p(before) == 1 else (p(after) - p(before, after)) / (1 - p(before))
        return (with_it - without) / (with_it + without) if with_it or without else 0

    def cosine(word):
        own = np.array([npmi(word, other) for other in words])
        total = np.array([sum(npmi(one, other) for one in words) for other in words])
        norm = np.linalg.norm(own) * np.linalg.norm(total)
        return own @ total / norm if norm else 0

    pairs = list(combinations(words, 2))
    if name == "c_v":
        return sum(map(cosine, words)) / len(words)
    if name == "mimno":
        n = len(windows)
        return sum(math.log((p(a, b) * n + 1) / (p(a) * n)) for a, b in pairs)
    score = {
        "c_npmi": npmi,
        "c_uci": pmi,
        "c_p": fitelson,
        "u_mass": lambda a, b: math.log((p(a, b) + EPS) / p(a)),
        "npmi": no_epsilon,
    }[name]
    return sum(score(a, b) for a, b in pairs) / len(pairs)


texts = st.lists(st.lists(st.sampled_from("abcdxyz"), max_size=130), min_size=1, max_size=6)


@pytest.mark.parametrize("name", NAMES)
@given(texts)
@examples(max_examples=15)
def test_measure_is_its_definition(name, documents):
    words = [word for word in "dbca" if any(word in document for document in documents)]
    (found,) = measured(documents, [words], name).values
    if len(words) < 2:
        assert found is None
    else:
        assert found == pytest.approx(by_definition(documents, words, name), abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@given(texts, st.permutations(["a", "b", "c", "not", "there"]))
@examples(max_examples=15)
def test_missing_words_and_short_topics_give_none_and_never_nan(name, documents, words):
    found = measured(documents, [words, ["a"], []], name)
    n_there = sum(any(word in document for document in documents) for word in words)
    assert found.missing[0] == 5 - n_there
    assert found.values[1:] == (None, None)
    assert found.values[0] is None  # at most 3 of 10 pairs are left


@pytest.mark.parametrize("name", NAMES)
def test_missing_word_takes_its_pairs_away_and_changes_no_other_topic(name):
    documents = [list("abcxxab"), list("abdxx"), list("cdxx"), list("xaxb")]
    found = measured(documents, [list("abcd"), [*"abcd", "nowhere"]], name)
    assert found.missing == (0, 1)
    assert found.values[0] == found.values[1] == pytest.approx(by_definition(documents, list("abcd"), name))
    assert measured(documents, [[*"ab", "no", "where"]], name).values == (None,)  # 1 pair of 6


@pytest.mark.parametrize(
    ("name", "value"), [("c_npmi", 1), ("npmi", 1), ("c_v", 1), ("c_uci", 0), ("c_p", 1)]
)
def test_words_that_every_window_has_are_as_close_as_words_can_be(name, value):
    (found,) = measured([["a", "b"], ["b", "a"]], [["a", "b"]], name).values
    assert found == pytest.approx(value, abs=1e-9)


def test_no_document_leaves_every_topic_without_a_value():
    for name in NAMES:
        assert measured([], [["a", "b"]], name) == ((None,), (2,))


def test_pair_that_never_meets_has_minus_one_only_without_epsilon():
    documents = [["a"], ["b"]] + [["x"]] * 1998
    (value,) = measured(documents, [["a", "b"]], "c_npmi").values
    assert value == pytest.approx(math.log(1e-12 / 0.0005**2) / -math.log(1e-12))
    assert -0.5 < value < -0.4
    assert measured(documents, [["a", "b"]], "npmi").values == (-1,)


def test_each_measure_says_its_window_and_the_headline_is_the_first():
    assert next(iter(MEASURES)) == HEADLINE
    for measure in MEASURES.values():
        window = "documents" if measure.window == WHOLE_DOCUMENTS else f"windows of {measure.window} tokens"
        assert window in measure.definition
