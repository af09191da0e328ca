"""Flags: planted faults get exactly theirs, and good topics none."""

import functools
import operator
import random
from pathlib import Path

import numpy as np
import pytest

from lda_cli.evaluation.evaluate import evaluate
from lda_cli.training.train import train
from tests.helpers.files import write
from tests.helpers.models import config_of, small_model

THEMES = [[f"{theme}{letter}" for letter in "abcdefghij"] for theme in ("sea", "sky", "law", "art")]
COMMON = ["said", "went", "like", "made", "come", "good", "time", "thing", "well", "just"]
ENCODED = [f"enc{letter}" for letter in "abcdefghij"]
RARE = ["rarea", "rareb"]
NOWHERE = ["nonea", "noneb", "nonec"]
TERMS = [*functools.reduce(operator.iadd, THEMES, []), *COMMON, *ENCODED, *RARE, *NOWHERE]
TOPICS = [*THEMES, THEMES[0], COMMON, ENCODED, RARE, NOWHERE]
PLANTED = [[], [], [], [], ["duplicate"], ["background"], ["one document"], ["tiny"], ["dead"]]


@pytest.fixture
def model():
    """Topics of different words, but for the planted duplicate."""
    phi = np.array([[0.1 if term in words else 0 for term in TERMS] for words in TOPICS])
    phi /= phi.sum(axis=1, keepdims=True)
    return small_model(TERMS, phi, [0.05] * len(TOPICS))


@pytest.fixture
def corpus(tmp_path):
    rng = random.Random(0)
    texts = {}
    for number in range(120):
        words = rng.choices(THEMES[number % 4], k=30) + COMMON
        if number < 4:
            words += [*RARE, RARE[0]]
        texts[f"{number:03}.txt"] = " ".join(words)
    texts["encoded.txt"] = " ".join(rng.choices(ENCODED, k=600) + COMMON)
    return write(tmp_path / "corpus", texts)


def names(found):
    return [[flag.name for flag in flags] for flags in found.flags]


def test_planted_faults_get_exactly_their_flags(model, corpus):
    found = evaluate("m", model, config_of(training={"threads": 1}), [str(corpus)])
    assert names(found) == PLANTED
    assert found.flags[4][0].of == 0
    assert str(found.flags[4][0]) == "duplicate of 0 (0)"
    assert found.flags[5][0].value == 120 / 121  # documents with at least .02 of it
    assert found.flags[6][0].value == pytest.approx(1, abs=0.01)
    assert found.totals["unflagged"] == 4 / 9


def test_phi_alone_shows_what_needs_no_documents(model):
    found = evaluate("m", model, config_of(training={"threads": 1}))
    assert found.reference is None
    assert "names no files" in found.notes[0]
    assert [flags[0].of for flags in found.flags if "duplicate" in [flag.name for flag in flags]] == [0]
    assert set(found.measures) == {
        *("npmi", "tokens", "word_length", "uniform_dist", "corpus_dist", "eff_num_words"),
        *("mallet_exclusivity", "frex"),
    }


def test_words_that_are_never_together_are_incoherent(tmp_path):
    terms = ["moon", "orbit", "rice", "oven"]
    model = small_model(terms, [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    texts = {"a.txt": "moon", "b.txt": "orbit", "c.txt": "rice oven", "d.txt": "oven rice", "e.txt": "orbit"}
    many = {f"{n}{name}": text for n in range(4) for name, text in texts.items()}
    found = evaluate("m", model, config_of(training={"threads": 1}), [str(write(tmp_path, many))])
    assert names(found) == [["incoherent"], []]


def test_few_short_documents_do_not_make_a_topic_incoherent(tmp_path):
    terms = [*THEMES[0], *THEMES[1]]
    model = small_model(terms, [[0.1] * 10 + [0] * 10, [0] * 10 + [0.1] * 10])
    rng = random.Random(0)
    texts = {f"{n}.txt": " ".join(rng.sample(THEMES[n % 2], 3)) for n in range(24)}
    found = evaluate("m", model, config_of(training={"threads": 1}), [str(write(tmp_path, texts))])
    assert max(found.measures["npmi"].values) < 0  # most pairs never meet
    assert names(found) == [[], []]


def test_topics_of_the_sample_corpus_have_no_flags(tmp_path):
    sample = Path(__file__).parents[2] / "sample_corpus"
    config = config_of(
        corpus={"path": str(sample), "cache": "none"},
        vocabulary={"min_df": 3},
        model={"path": str(tmp_path / "model"), "topics": 8},
    )
    model = train(config)
    assert names(evaluate("m", model, config)) == [[]] * 8
