"""The phrases of a model directory: there only where they are on, checked, and found as they are written."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.corpus.terms.phrases import Phrases
from lda_cli.errors import ModelError
from lda_cli.model import store
from tests.helpers.failing import names_in
from tests.helpers.models import FILES, assert_same, reseal, save, small_model

ON = {"phrases": {"max_words": 3}}
TERMS = ("moon", "new_york", "new_york_city")


def model_with(*pairs):
    model = small_model(TERMS, vocabulary=ON)
    return dataclasses.replace(model, phrases=Phrases(pairs, 3))


@pytest.fixture
def folder(tmp_path):
    return save(model_with(("new", "york"), ("york", "city")), tmp_path / "model")


def test_a_model_with_phrases_has_a_line_a_pair_and_one_without_has_no_such_file(folder, tmp_path):
    assert (folder / "phrases.txt").read_text() == "new\tyork\nyork\tcity\n"
    assert names_in(folder) == FILES | {"phrases.txt"}
    assert names_in(save(small_model(), tmp_path / "other")) == FILES
    store.check_can_save(folder, replace=True)


# a term is words with single spaces between them
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1)
terms = (
    st.lists(words, min_size=1, max_size=3).map(" ".join).filter(lambda term: term == " ".join(term.split()))
)


@settings(max_examples=30)
@given(st.lists(st.tuples(terms, terms), max_size=5, unique=True))
def test_pairs_that_are_saved_are_loaded(tmp_path_factory, pairs):
    model = model_with(*pairs)
    assert_same(store.load(save(model, tmp_path_factory.mktemp("any") / "model")), model)


@pytest.mark.parametrize("text", ["new york\n", "new\tyork\tcity\n", "new\t\n", "\n", "new\tyork\n\n"])
def test_lines_that_are_no_pairs_are_refused(folder, text):
    (folder / "phrases.txt").write_text(text)
    with pytest.raises(ModelError, match=r"phrases\.txt: .* do not match their checksum"):
        store.load(folder)
    reseal(folder)
    with pytest.raises(ModelError, match=r"phrases\.txt: the model is damaged"):
        store.load(folder)


def test_pairs_that_are_missing_are_refused(folder):
    (folder / "phrases.txt").unlink()
    with pytest.raises(ModelError, match=r"phrases\.txt: the model is damaged, it is missing"):
        store.load(folder)
    (folder / "phrases.txt").touch()
    reseal(folder, lambda data: data["files"].pop("phrases.txt"))
    with pytest.raises(
        ModelError, match=r"model\.json: the model is damaged, a field is missing or invalid: 'phrases\.txt'"
    ):
        store.load(folder)


@pytest.mark.parametrize("term", ["new_york", "New  York", "new-york"])
def test_a_phrase_is_found_however_it_is_written(folder, term):
    model = store.load(folder)
    assert model.term_topics(term) == model.term_topics("new_york") != []
    assert model.term_topics(f"{term} city") == model.term_topics("new_york_city") != []
    assert model.term_topics("new moon") == model.term_topics("york") == []


def test_infer_joins_what_the_training_joined(folder):
    text = "In New York City, New York: a new moon"
    (found,) = store.load(folder).infer([text], words=True)
    assert [(word.term, text[word.start : word.end]) for word in found.words] == [
        ("new_york_city", "New York City"),
        ("new_york", "New York"),
        ("moon", "moon"),
    ]
    assert (found.tokens, found.unknown) == (3, 1)
