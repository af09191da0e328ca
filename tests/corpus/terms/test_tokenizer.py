import pickle
import re
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import TokenizerConfig
from lda_cli.corpus.terms.characters import auto_pattern, length
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.errors import ConfigError

DEFAULT = TokenizerConfig()
configs = st.builds(
    TokenizerConfig,
    pattern=st.sampled_from(
        ["auto", r"[^\W\d_]+", r"\S+", r"(?s).", r"[a-z]*", r"\b\w\w*", r"(?:x)?y", "#[^#]*"]
    ),
    lowercase=st.booleans(),
    min_length=st.integers(1, 4),
    max_length=st.none() | st.integers(4, 6),
    strip_accents=st.booleans(),
    stemming=st.sampled_from(["none", "english", "german"]),
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
    tokenizer = Tokenizer(
        replace(config, pattern="auto")
    )  # other patterns may cut a character from its marks
    spans = list(tokenizer.spans(text))
    cut = [text[start:end] for start, end, _ in spans]
    assert [tokenizer.normalize(tokenizer.prepared(word)) for word in cut] == [term for _, _, term in spans]
    assert spans == sorted(spans)


@given(configs, texts)
def test_term_is_one_line_and_its_word_of_a_length_that_is_allowed(
    config: TokenizerConfig, text: str
) -> None:
    tokenizer = Tokenizer(config)
    for start, end, term in tokenizer.spans(text):
        assert term.splitlines() == [term]
        assert "\t" not in term
        n_letters = length(tokenizer.folded(text[start:end]))
        assert config.min_length <= n_letters <= (config.max_length or n_letters)


@given(configs, texts)
def test_tokenizer_of_another_process_gives_the_same_terms(config: TokenizerConfig, text: str) -> None:
    tokenizer = Tokenizer(config, ["abs", "Ää"])
    sent = pickle.loads(pickle.dumps(tokenizer))
    assert list(sent.spans(text)) == list(tokenizer.spans(text))


@given(texts)
def test_short_cut_for_ascii_finds_what_the_pattern_does(text: str) -> None:
    expected = auto_pattern().findall(Tokenizer(DEFAULT).prepared(text))
    assert Tokenizer(TokenizerConfig(lowercase=False)).tokens(text) == expected
    assert [token.lower() for token in Tokenizer(DEFAULT).tokens(text)] == list(map(str.lower, expected))


def test_default_pattern_takes_letters_of_any_script() -> None:
    found = terms("Über-Maß, naïve x2y_z don't слово 東京都")
    assert found == ["über", "maß", "naïve", "don", "слово", "東京都"]


@given(st.text() | st.text("e\u0301\u0323\u0338각ﷺéãñкй\u0651"))
def test_term_without_accents_has_none_when_it_is_decomposed(raw: str) -> None:
    folded = Tokenizer(TokenizerConfig(lowercase=False, strip_accents=True)).fold(raw)
    left = unicodedata.normalize("NFKD", folded).replace("\u034f", "")  # which joins, and is no accent
    assert not re.search("[\u0300-\u036f\u064b-\u0652]", left)
    assert Tokenizer(TokenizerConfig(strip_accents=True)).fold(folded) == folded.lower()


def test_signs_that_are_no_accents_are_kept() -> None:
    written = "हिन्दी தமிழ் ไทยน้ำ ລາວຄຳ がぎ 한국어"
    assert terms(written, strip_accents=True, min_length=1) == written.split()
    pointed = "الكِتَابُ שָׁלוֹם ёлка ñ"
    assert terms(pointed, strip_accents=True, min_length=1) == ["الكتاب", "שלום", "елка", "n"]


def test_accents_are_stripped_and_ligatures_taken_apart() -> None:
    found = terms("Ångström naïve ﬁnd İSTANBUL", strip_accents=True)
    assert found == ["angstrom", "naive", "find", "istanbul"]


def test_length_is_that_of_the_term_not_of_the_token() -> None:
    assert terms("ﬁ e\u0301", strip_accents=True, min_length=2, pattern=r"\S+") == ["fi"]


def test_forms_of_a_word_become_their_stem() -> None:
    assert terms("Trains TRAINING trained", stemming="english") == ["train", "train", "train"]
    assert terms("HÄUSER", stemming="de") == ["haus"]
    assert terms("Häuser Hauses", stemming="german") == ["haus", "haus"]


def test_threads_may_share_a_tokenizer() -> None:
    tokenizer = Tokenizer(TokenizerConfig(stemming="english"))
    words = [
        f"{word}{ending}" for word in ("train", "sail", "orbit") for ending in ("", "s", "ed", "ing")
    ] * 500
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: [tokenizer.normalize(word) for word in words], range(8)))
    assert found == [[*["train"] * 4, *["sail"] * 4, *["orbit"] * 4] * 500] * 8


def test_lengths_are_those_of_the_word_and_not_of_its_stem() -> None:
    assert terms("going go", stemming="english", max_length=5) == ["go"]
    assert terms("goings", stemming="english", max_length=5) == []


def test_stop_words_are_not_stemmed() -> None:
    tokenizer = Tokenizer(TokenizerConfig(stemming="english"), ["Probably"])
    assert [tokenizer.normalize(raw) for raw in ("PROBABLY", "probability")] == ["probably", "probabl"]


@pytest.mark.parametrize(
    ("language", "meant"),
    [("englsh", 'did you mean "english"?'), ("Klingon", "give none, arabic, "), ("日本", "give none, ")],
)
def test_stemming_in_an_unknown_language_is_a_config_error(language: str, meant: str) -> None:
    with pytest.raises(ConfigError) as error:
        Tokenizer(TokenizerConfig(stemming=language))
    assert str(error.value).startswith(f"tokenizer.stemming: PyStemmer has no {language!r}; {meant}")


def test_stemming_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Stemmer", None)
    with pytest.raises(ConfigError) as error:
        Tokenizer(TokenizerConfig(stemming="german"))
    assert str(error.value) == (
        "tokenizer.stemming: stems of 'german' need the package PyStemmer; pip install \"lda-cli[stemming]\""
    )


def test_half_a_surrogate_pair_has_no_stem() -> None:
    assert terms("\udcff running", stemming="english", pattern=r"\S+", min_length=1) == ["\udcff", "run"]


def test_line_breaks_inside_a_term_become_one_space() -> None:
    assert terms("<New\r\n\tYork>", pattern=r"<[^>]*>") == ["<new york>"]
