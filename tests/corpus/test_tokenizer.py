import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import TokenizerConfig
from lda_cli.corpus.tokenizer import Tokenizer
from lda_cli.errors import ConfigError

DEFAULT = TokenizerConfig()
configs = st.builds(
    TokenizerConfig,
    pattern=st.sampled_from(
        [DEFAULT.pattern, r"\S+", r"(?s).", r"[a-z]*", r"\b(\w)\w*", r"(x)?y", "#([^#]*)"]
    ),
    lowercase=st.booleans(),
    min_length=st.integers(1, 4),
    strip_accents=st.booleans(),
)
texts = st.one_of(st.text(), st.text("abXYéİßﬁ \n\t#_1'"), st.text(st.characters(max_codepoint=127)))


def terms(text: str, **settings: object) -> list[str]:
    return [term for _, _, term in Tokenizer(TokenizerConfig(**settings)).spans(text)]


@given(configs, texts)
def test_spans_and_tokens_give_the_same_terms(config: TokenizerConfig, text: str) -> None:
    tokenizer = Tokenizer(config)
    normalised = [tokenizer.normalize(raw) for raw in tokenizer.tokens(text)]
    assert [term for _, _, term in tokenizer.spans(text)] == [term for term in normalised if term]


@given(configs, texts)
def test_span_cuts_its_term_out_of_the_text(config: TokenizerConfig, text: str) -> None:
    tokenizer = Tokenizer(config)
    spans = list(tokenizer.spans(text))
    assert all(tokenizer.normalize(text[start:end]) == term for start, end, term in spans)
    assert spans == sorted(spans)


@given(configs, texts)
def test_term_is_one_line_of_at_least_min_length(config: TokenizerConfig, text: str) -> None:
    for _, _, term in Tokenizer(config).spans(text):
        assert term.splitlines() == [term]
        assert "\t" not in term
        assert len(term) >= config.min_length


@given(texts)
def test_short_cut_for_ascii_finds_what_the_pattern_does(text: str) -> None:
    expected = re.findall(DEFAULT.pattern, text)
    assert Tokenizer(TokenizerConfig(lowercase=False)).tokens(text) == expected
    assert [token.lower() for token in Tokenizer(DEFAULT).tokens(text)] == list(map(str.lower, expected))


def test_default_pattern_takes_letters_of_any_script() -> None:
    assert terms("Über-Maß, naïve x2y_z don't слово 東京都") == [
        "über",
        "maß",
        "naïve",
        "don",
        "слово",
        "東京都",
    ]


def test_accents_are_stripped_and_ligatures_taken_apart() -> None:
    assert terms("Ångström naïve ﬁnd İSTANBUL", strip_accents=True) == [
        "angstrom",
        "naive",
        "find",
        "istanbul",
    ]


def test_length_is_that_of_the_term_not_of_the_token() -> None:
    assert terms("ﬁ e\u0301", strip_accents=True, min_length=2, pattern=r"\S+") == ["fi"]


def test_line_breaks_inside_a_term_become_one_space() -> None:
    assert terms("<New\r\n\tYork>", pattern=r"<([^>]*)>") == ["new york"]


@pytest.mark.parametrize("pattern", ["(", "(a)(b)", "[z-a]"])
def test_pattern_that_cannot_be_used_is_a_config_error_of_one_line(pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"^tokenizer\.pattern: .+$"):
        Tokenizer(TokenizerConfig(pattern=pattern))
