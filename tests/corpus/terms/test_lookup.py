"""Words that a person gives, and the terms that they are."""

import pytest

from lda_cli.config import TokenizerConfig
from lda_cli.corpus.terms.lookup import column_of, columns_of
from lda_cli.corpus.terms.phrases import Phrases
from lda_cli.corpus.terms.tokenizer import Tokenizer

TERMS = ["goal", "goalie", "goals", "hockey", "new_york", "straße", "éclair", "[net]", "IBM"]
COLUMNS = {term: column for column, term in enumerate(TERMS)}
PHRASES = Phrases((("new", "york"),), 2)


def found(word, phrases=PHRASES, **options):
    return column_of(word, COLUMNS, Tokenizer(TokenizerConfig(**options)), phrases)


@pytest.mark.parametrize(
    ("word", "term"),
    [
        ("HOCKEY", "hockey"),
        ("e\u0301clair", "éclair"),
        ("new york", "new_york"),
        ("New York", "new_york"),
        ("new_york", "new_york"),
        ("IBM", "IBM"),
        ("puck", None),
        ("hockey goal", None),
    ],
)
def test_a_word_is_looked_up_as_those_of_a_text(word, term):
    assert found(word) == COLUMNS.get(term)


def test_a_word_has_its_stem_where_terms_are_stems():
    pytest.importorskip("Stemmer")
    assert found("goaling", stemming="english") == COLUMNS["goal"]


def test_a_phrase_needs_phrases():
    assert found("new york", phrases=None) is None


@pytest.mark.parametrize(
    ("words", "terms", "unknown"),
    [
        (["goal*"], ["goal", "goalie", "goals"], []),
        (["GOAL?"], ["goals"], []),
        (["*"], TERMS, []),
        (["goal", "goal*", "puck", "x*"], ["goal", "goalie", "goals"], ["puck", "x*"]),
        (["[net]*"], ["[net]"], []),
        (["goa[l]*"], [], ["goa[l]*"]),
        (["e\u0301*"], ["éclair"], []),
        ([], [], []),
    ],
)
def test_globs_match_whole_terms(words, terms, unknown):
    columns, missing = columns_of(words, COLUMNS, Tokenizer(TokenizerConfig()), PHRASES)
    assert ([TERMS[column] for column in columns], missing) == (terms, unknown)
