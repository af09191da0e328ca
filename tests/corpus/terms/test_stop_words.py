"""Stop words of a language, of a file and given, and what a model keeps of them."""

import os
import sys
import unicodedata
from pathlib import Path

import pytest
import stopwordsiso

from lda_cli.config import TokenizerConfig, VocabularyConfig
from lda_cli.config.languages import LANGUAGES
from lda_cli.corpus.terms.stop_words import load_stop_words, spelled_out
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.errors import ConfigError


def words_of(
    stop_words: str | tuple[str, ...], extra_stop_words: str | tuple[str, ...] = ()
) -> frozenset[str]:
    return load_stop_words(VocabularyConfig(stop_words=stop_words, extra_stop_words=extra_stop_words))


@pytest.fixture
def without_stopwordsiso(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stopwordsiso", None)


def test_english_stop_words_are_function_words_and_pieces_of_contractions() -> None:
    words = words_of("english")
    assert {"the", "whom", "although", "beneath", "doesn", "don", "ve", "ll", "don't"} <= words
    assert not {"moon", "time", "people", "government"} & words
    assert 300 <= len(words) <= 500
    pieces = {piece for word in words for piece in word.split("'")}
    assert pieces - words == {"won"}  # of won't; it is a word of its own


def test_english_list_is_sorted_lower_case_and_without_repetition() -> None:
    path = Path(__file__).parents[3] / "lda_cli/corpus/terms/stop_words_english.txt"
    comment, *words = path.read_text("utf-8").splitlines()
    assert comment.startswith("#")
    assert words == sorted({word.lower() for word in words})


# Most of what is left are digits and marks of punctuation; of Korean, 84 entries, of Chinese 40.
LEAST_LIVE = {"ko": 0.85, "zh": 0.94, "en": 0.997}


@pytest.mark.parametrize("name", sorted({code: name for name, code in LANGUAGES.items()}.values()))
def test_stop_words_of_every_language_are_found_in_a_text(name: str) -> None:
    tokenizer = Tokenizer(TokenizerConfig(min_length=1))
    words = words_of(name)
    terms = tokenizer.stop_terms(words)
    found = ({tokenizer.fold(token) for token in tokenizer.tokens(word)} for word in words)
    n_live = sum(bool(tokens) and tokens <= terms for tokens in found)
    assert n_live >= LEAST_LIVE.get(LANGUAGES[name], 0.97) * len(words)


def test_there_are_58_languages() -> None:
    assert len(set(LANGUAGES.values())) == 58


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("judge jury court", {"judge", "jury", "court"}),  # as MALLET writes them
        ("judge, jury,court # all\n", {"judge", "jury", "court"}),
        ("don't Don\u2019t", {"don't", "don", "t"}),
        ("don't", {"don't", "don", "t"}),
        ("won\u2019t won't", {"won't", "t"}),  # won is a word of its own
        ("du\ndes | of the\n | Snowball's comments\nla|le", {"du", "des", "la"}),
        (unicodedata.normalize("NFD", "K\u00f6ln"), {"k\u00f6ln"}),
        ("co\u00adoperation l'eau", {"cooperation", "l'eau", "l", "eau"}),
    ],
)
def test_own_stop_words_are_divided_and_tokenised_as_text(
    tmp_path: Path, content: str, expected: set[str]
) -> None:
    (tmp_path / "stop.txt").write_text(content, "utf-8")
    tokenizer = Tokenizer(TokenizerConfig())
    assert tokenizer.stop_terms(words_of("none", str(tmp_path / "stop.txt"))) == expected
    if "#" not in content and "|" not in content:
        assert tokenizer.stop_terms(words_of("none", (content,))) == expected


def test_no_text_loses_the_word_won_to_a_contraction() -> None:
    terms = Tokenizer(TokenizerConfig()).stop_terms(words_of("english"))
    assert "won" not in terms
    assert {"won't", "don", "doesn"} <= terms


def test_stop_words_none_and_a_list() -> None:
    assert words_of("none") == frozenset()
    assert words_of(("a", "b")) == {"a", "b"}


def test_extra_stop_words_are_on_top() -> None:
    assert words_of("english", ("moon",)) == words_of("english") | {"moon"}
    assert words_of(("a",), ("a", "b")) == {"a", "b"}
    assert words_of("german", "french") == words_of("de") | words_of("fr")


def test_stop_words_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "stop.txt"
    path.write_bytes("\ufeff# ours\r\nder\r\n\r\n  die # article\r\nfür".encode())
    assert words_of(str(path)) == words_of("none", str(path)) == {"der", "die", "für"}
    path.write_bytes("der\r\ndie\r\nfür".encode("utf-16"))  # as Excel writes it
    assert words_of(str(path)) == {"der", "die", "für"}
    for content in ("für".encode("latin-1"), b"\xff\xfea"):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"not valid utf-\S+ at byte \d; save it as UTF-8"):
            words_of(str(path))


def test_a_language_goes_by_its_name_or_its_code() -> None:
    assert words_of("german") == words_of("de") == {word.strip(",") for word in stopwordsiso.stopwords("de")}
    assert {"nicht", "über"} <= words_of("german")


def test_every_language_named_has_a_list() -> None:
    assert set(LANGUAGES.values()) <= stopwordsiso.langs()
    assert all(words_of(name) for name in LANGUAGES)


def test_a_file_with_the_name_of_a_language_is_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("german").write_text("moon\n")
    assert words_of("./german") == {"moon"}
    assert words_of("german") == words_of("de")


@pytest.mark.usefixtures("without_stopwordsiso")
def test_only_other_languages_want_the_package() -> None:
    assert words_of("english") == words_of("en") > {"the"}
    with pytest.raises(ConfigError) as error:
        words_of("english", "german")
    assert str(error.value) == (
        "vocabulary.extra_stop_words: stop words for 'german' need the package stopwordsiso; "
        'pip install "lda-cli[languages]"'
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("englsh", 'did you mean "english"?'),
        ("klingon", "give none, a language such as english, a path or a list"),
        ("German", 'did you mean "german"?'),
        ("no", 'did you mean "none"?'),  # not Norwegian
        ("folder", "give none, a language such as english, a path or a list"),
    ],
)
def test_stop_words_that_cannot_be_read_are_a_config_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(ConfigError) as error:
        words_of(name)
    assert str(error.value).startswith(f"vocabulary.stop_words: {name!r}: ")
    assert str(error.value).endswith(f"; {meant}")


def test_spelled_out_holds_the_words_of_files_and_packages(tmp_path: Path) -> None:
    path = tmp_path / "stop.txt"
    path.write_text("sun\nmoon\n")
    found = spelled_out(VocabularyConfig(stop_words="de", extra_stop_words=str(path)))
    assert found.stop_words == tuple(sorted(words_of("de")))
    assert found.extra_stop_words == ("moon", "sun")


@pytest.mark.parametrize("setting", ["english", "en", "none", ("sun", "moon")])
def test_spelled_out_leaves_what_every_lda_cli_knows(setting: str | tuple[str, ...]) -> None:
    config = VocabularyConfig(stop_words=setting)
    assert spelled_out(config) == config


def test_file_too_large_for_a_list_of_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(ConfigError, match=r"words': more than 4194304 bytes; is it a list of words\?"):
        load_stop_words(VocabularyConfig(stop_words=str(path)))
