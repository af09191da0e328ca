"""Sentences, which no phrase crosses: where a text is cut, and that nothing of it is lost."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import TokenizerConfig
from lda_cli.corpus.counts.counters import KnownTerms
from lda_cli.corpus.terms.phrases import Phrases
from lda_cli.corpus.terms.sentences import sentences
from lda_cli.corpus.terms.tokenizer import Tokenizer


@pytest.mark.parametrize(
    "text",
    [
        "left Boston.| Chicago",
        "Boston!| Chicago?| No;| yes:| so",
        '"in Boston."| Chicago',
        "(in Boston)| Chicago",
        '(in Boston.)"| Chicago',
        '"in Boston";| "in Boston:"| Chicago',
        'in| "(Boston)"| Chicago',
        "in| [Boston]| Chicago",
        "a title\n\n|the text",
        "a title\r\n  \t\n|the text",
        "\u6771\u4eac\u3002|\u4eac\u90fd",
        "\u0915\u0964| \u0916",
        "\u1230\u120b\u121d\u1362|\u12d3\u1208\u121d",  # Ethiopic
        "\u0562\u0561\u0580\u0565\u0582\u0589| \u0561\u0575\u0578",  # Armenian
        "\u1019\u104b| \u1019",  # Burmese
        "\u6771\u4eac\uff08|\u4eac\u90fd\uff09|\u300c|\u5927\u962a\u300d|",
        "Boston\u2047| Chicago\u2029|Denver",
    ],
)
def test_text_is_cut_at(text: str) -> None:
    # the white space belongs to the sentence before it
    found = [part.strip() for part in sentences(text.replace("|", ""))]
    assert found == [part.strip() for part in text.split("|")]


@pytest.mark.parametrize("text", ["a line\nand the next", "3.5 percent", "one, two - three", "e.g:it", ""])
def test_text_is_not_cut_in(text: str) -> None:
    assert sentences(text) == [text]


@given(st.one_of(st.text(), st.text("ab .!)(\n\t'\"", max_size=60)))
def test_parts_joined_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@pytest.mark.parametrize("unit", [" ", "\n", ".", ")", "( ", ". ", " \n", '."', "\u3002"])
def test_time_is_linear_in_the_text(unit: str) -> None:
    start = time.process_time()
    sentences(unit * 1_000_000)
    assert time.process_time() - start < 10


@given(st.lists(st.sampled_from(["boston", "chicago", "left", ".", "!", "(", ")", "\n\n", ","]), max_size=20))
def test_phrases_stay_in_sentences_in_counts_and_in_spans(words: list[str]) -> None:
    text = " ".join(words)
    terms = ["boston", "boston_chicago", "chicago", "left"]
    phrases = Phrases((("boston", "chicago"),), 2)
    known = KnownTerms(Tokenizer(TokenizerConfig()), terms, (), phrases)
    counted = known.count([text], spans=True)
    assert counted.spans is not None
    ((starts, ends, columns),) = counted.spans
    found = [terms[column] for column in columns]
    assert sorted(found) == sorted(
        terms[term] for term, n in zip(counted.rows.indices, counted.rows.data, strict=True) for _ in range(n)
    )
    for start, end, term in zip(starts, ends, found, strict=True):
        inside = text[start:end]
        assert "_".join(inside.replace(",", " ").split()) == term  # only a comma may be between
    assert found.count("boston_chicago") == sum(
        1
        for sentence in _by_hand(words)
        for one, next_one in pairwise(sentence)
        if (one, next_one) == ("boston", "chicago")
    )


def _by_hand(words: list[str]) -> list[list[str]]:
    """The words of each sentence: marks end one, a comma does not."""
    found: list[list[str]] = [[]]
    for word in words:
        if word in (".", "!", "(", ")", "\n\n"):
            found.append([])
        elif word != ",":
            found[-1].append(word)
    return found
