"""The tokenizer that the terms of a model show."""

import pytest

from lda_cli.config import Config
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.importing.tokenizing import in_words, never_words, with_tokenizer_of

CASES = {
    "letters": (["moon", "of", "über"], "The moon of über-ships", ["the", "moon", "of", "über", "ships"]),
    "digits": (["moon", "mp3", "1999"], "Moon in 1999, mp3!", ["moon", "1999", "mp3"]),
    "underscores": (["moon", "new_york"], "in new_york.", ["new_york"]),
    "punctuation": (["don't", "well-known"], "Don't be well-known, (moon)", ["don't", "well-known", "moon"]),
    "mixed": (["u.s", "3.5", "it's"], "The U.S. has 3.5 of it's", ["the", "u.s", "has", "3.5", "it's"]),
    "case": (["Moon", "moon"], "Moon moon", ["Moon", "moon"]),
    "blanks": (["(moon)", "it!", "#tag"], "it! is (moon) #tag", ["it!", "(moon)", "#tag"]),
    "two letters": (["go", "moon"], "go a moon", ["go", "moon"]),
}


@pytest.mark.parametrize("case", CASES)
def test_texts_give_the_words_that_the_terms_are(case):
    terms, text, expected = CASES[case]
    config = with_tokenizer_of(terms, Config())
    tokenizer = Tokenizer(config.tokenizer)
    assert [term for _, _, term in tokenizer.spans(text)] == expected
    assert never_words(terms, tokenizer) == []
    assert config.vocabulary.stop_words == "none"


def test_few_strange_terms_do_not_change_how_texts_are_cut():
    terms = [f"{a}{b}{c}" for a in "abcde" for b in "fghij" for c in "klmnop"] + ["new york"]
    config = with_tokenizer_of(terms, Config())
    assert config.tokenizer.pattern == "auto"
    assert never_words(terms, Tokenizer(config.tokenizer)) == ["new york"]


def test_terms_in_nfd_are_matched_as_they_are():
    terms = ["cafe\u0301", "moon"]
    config = with_tokenizer_of(terms, Config())
    assert never_words(terms, Tokenizer(config.tokenizer)) == []


def test_it_is_said_in_words():
    assert in_words(Config().tokenizer) == "words of letters, in lower case, 3 characters or more"
