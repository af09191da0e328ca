"""Automatic names: of words that tell topics apart, all different, whatever the topics are."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.model.labels import Label, folded
from lda_cli.model.naming import automatic_names
from tests.helpers.models import small_model

SIZES = np.array([1000.0, 1000.0])


def names(phi, vocabulary, *, counts=None, sizes=None, given=()):
    phi = np.array(phi, np.float32)
    counts = np.full(phi.shape[1], 100) if counts is None else np.array(counts)
    sizes = np.full(len(phi), 1000.0) if sizes is None else np.array(sizes)
    return automatic_names(phi / phi.sum(axis=1, keepdims=True), vocabulary, counts, sizes, given)


def test_words_of_every_topic_name_none() -> None:
    # "people" is the first word of both topics
    phi = [[9, 5, 4, 3, 1, 0, 0, 0, 0], [9, 0, 0, 0, 0, 5, 4, 3, 1]]
    vocabulary = ["people", "moon", "orbit", "comet", "star", "rice", "onion", "oven", "broth"]
    found = [set(name.split()) for name in names(phi, vocabulary)]
    assert found == [{"moon", "orbit", "comet"}, {"rice", "onion", "oven"}]


def test_words_at_home_elsewhere_and_rare_words_come_last() -> None:
    # topic 1 is a hundred times as large, and so has most of "moon"; "glitch" occurs twice
    phi = [[5, 4, 4, 3, 3, 1], [5, 0, 0, 0, 0, 9]]
    vocabulary = ["moon", "glitch", "orbit", "comet", "star", "rice"]
    found = names(phi, vocabulary, counts=[1000, 2, 50, 40, 40, 5000], sizes=[100, 10000])
    assert set(found[0].split()) == {"orbit", "comet", "star"}


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("car", "cars", True),
        ("christ", "christian", True),
        ("study", "studies", True),
        ("new_york", "yorkers", True),
        ("moon", "mood", False),
        ("win", "windows", False),
        ("orbit", "comet", False),
    ],
)
def test_words_of_one_stem_are_named_once(one: str, other: str, are_alike: bool) -> None:
    found = names([[5, 4, 0], [0, 0, 5]], [one, other, "rice"])
    assert len(found[0].split()) == (1 if are_alike else 2)


def test_a_small_corpus_has_names_too() -> None:
    assert names([[5, 3, 0], [0, 0, 5]], ["Moon", "orbit", "rice"], counts=[3, 2, 1]) == [
        "moon orbit",
        "rice",
    ]


def test_alike_topics_have_more_words_or_their_number() -> None:
    vocabulary = ["moon", "orbit", "comet", "star", "rice"]
    phi = [[5, 4, 3, 2, 0], [5, 4, 3, 0, 2], [5, 4, 3, 0, 2]]
    found = names(phi, vocabulary)
    assert len(set(found)) == 3
    assert found[1].endswith(" 1")
    assert found[2].endswith(" 2")


def test_an_empty_topic_is_named_by_its_number() -> None:
    found = names([[5, 3, 0], [1, 1, 1]], ["moon", "orbit", "rice"], sizes=[100, 0])
    assert found[1] == "topic 1"


def test_words_without_a_letter_name_nothing() -> None:
    assert names([[5, 3, 0], [0, 0, 5]], ["1984", "moon", "--"]) == ["moon", "topic 1"]


def test_a_given_name_is_not_made_again() -> None:
    vocabulary = ["moon", "orbit", "comet", "star", "rice"]
    (before, other) = names([[5, 4, 3, 2, 0], [0, 0, 0, 0, 1]], vocabulary)
    after = names([[5, 4, 3, 2, 0], [0, 0, 0, 0, 1]], vocabulary, given=[before.title()])
    assert after[0].startswith(before + " ")
    assert after[1] == other


words = st.text(st.sampled_from("aAé1 _-\x1b漢\u200d"), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(st.lists(words, min_size=1, max_size=8, unique=True), st.data())
def test_names_are_different_and_the_same_each_time(vocabulary: list[str], data: st.DataObject) -> None:
    n_topics = data.draw(st.integers(2, 6))
    cells = st.lists(st.integers(0, 2), min_size=len(vocabulary), max_size=len(vocabulary))
    phi = np.array([data.draw(cells) for _ in range(n_topics)], np.float32) + np.float32(1e-6)
    counts = data.draw(st.lists(st.integers(1, 20), min_size=len(vocabulary), max_size=len(vocabulary)))
    sizes = [1.0, *data.draw(st.lists(st.floats(0, 1e6), min_size=n_topics - 1, max_size=n_topics - 1))]
    taken = data.draw(st.lists(words, max_size=3))
    found = names(phi, vocabulary, counts=counts, sizes=sizes, given=taken)
    assert len(found) == n_topics
    assert len({folded(name) for name in found} | {folded(name) for name in taken}) == n_topics + len(
        {folded(name) for name in taken}
    )
    assert found == names(phi, vocabulary, counts=counts, sizes=sizes, given=taken)


def test_a_model_has_given_names_as_given_and_marks_the_others() -> None:
    model = small_model()
    assert model.names == ["~moon orbit", "~rice orbit"]
    labelled = dataclasses.replace(model, labels={1: Label("Food & Drink"), 0: Label(hide=True)})
    assert labelled.names == ["~moon orbit", "Food & Drink"]
    assert labelled.hidden == (0,)
