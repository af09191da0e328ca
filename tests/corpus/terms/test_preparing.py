"""Texts before their words are found: normalised, cleaned, and the way back to the text as it was."""
# ruff: noqa: RUF001 - letters of many scripts

import re
import time
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import TokenizerConfig
from lda_cli.config.schema import REMOVABLE
from lda_cli.corpus.terms import characters
from lda_cli.corpus.terms.characters import in_form, length, marks, segment
from lda_cli.corpus.terms.preparing import _PATTERNS
from lda_cli.corpus.terms.tokenizer import Tokenizer

LETTERS = (
    "ae\u0301\u0323\u0308\u0327 ñÅ\u212b\xad-\n\u200d'ﬁﾞｶ\u1100\u1161\u11a8각\u0915\u093c\u0958\u0e33&;@.0"
)
texts = st.text(st.one_of(st.sampled_from(LETTERS), st.characters(exclude_categories=["Cs"])), max_size=60)
configs = st.builds(
    TokenizerConfig,
    normalize=st.sampled_from(["nfc", "nfkc", "none"]),
    remove=st.lists(st.sampled_from(REMOVABLE)).map(tuple),
    dehyphenate=st.booleans(),
    min_length=st.just(1),
)


def words(text: str, **settings: Any) -> list[tuple[str, str]]:
    """Each term with the text that it stands for."""
    tokenizer = Tokenizer(TokenizerConfig(**{"min_length": 1} | settings))
    return [(text[start:end], term) for start, end, term in tokenizer.spans(text)]


def terms(text: str, **settings: Any) -> list[str]:
    return [term for _, term in words(text, **settings)]


@pytest.mark.parametrize(
    "text",
    [
        *("हिन्दी किताब", "الكِتَابُ العَرَبِيَّة", "தமிழ் மொழி", "ภาษาไทย น้ำ", "می\u200cخواهم", "বাংলা ভাষা", "မြန်မာ"),
        *("Tiếng Việt", "שָׁלוֹם", "ქართული", "ᬩᬮᬶ"),
    ],
)
def test_words_of_any_script_are_whole(text: str) -> None:
    assert words(text) == [(word, word.lower()) for word in text.split()]


def test_no_word_begins_with_a_mark_or_ends_with_a_joiner() -> None:
    assert terms("\u0301abc 1\ufe0f\u20e3 😀\ufe0f\u200d😀 a\u200d\u200c b\u200dc \u200da") == [
        "abc",
        "a",
        "b\u200dc",
        "a",
    ]


@pytest.mark.parametrize("strip_accents", [False, True])
@pytest.mark.parametrize(
    "text", ["Köln Übersetzung Gedächtnis café", "Tiếng Việt", "한국어 각", "Ελλάδα й ё", "が"]
)
def test_decomposed_text_has_the_terms_of_composed_text(text: str, strip_accents: bool) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert terms(composed, strip_accents=strip_accents) == terms(decomposed, strip_accents=strip_accents)
    found = words(decomposed)
    assert [word for word, _ in found] == decomposed.split()
    tokenizer = Tokenizer(TokenizerConfig(strip_accents=strip_accents))
    assert tokenizer.folded(decomposed) == tokenizer.folded(composed)


def test_soft_hyphens_are_dropped_and_lines_joined() -> None:
    text = "The govern-\nment and co\xadoperation, well-\r\n  known, Franco-\nBritish, 1990-\nbis\n"
    joined = dict(words(text, dehyphenate=True))
    assert joined["govern-\nment"] == "government"
    assert joined["co\xadoperation"] == "cooperation"
    assert joined["well-\r\n  known"] == "wellknown"
    assert [joined[word] for word in ("Franco", "British", "bis")] == ["franco", "british", "bis"]
    assert terms("govern-\nment co\xadop", normalize="none") == ["govern", "ment", "coop"]
    assert terms("cafe\u0301-\nhouse co\xad\nop \u2010\n-\n", dehyphenate=True) == ["caféhouse", "coop"]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("Donau\u00ad\ndampf Bundes-\r\n\tregierung", "donaudampf bundesregierung"),
        ("parlia\u00ac\nment pre\u2010\nfix non\u2011\nsense", "parliament prefix nonsense"),  # OCR
        (
            "воз-\nможность été-\nrent -\nend a --\ndash U.S.-\nChina",
            "возможность étérent end a dash u s china",
        ),
        ("left-\n\nright last-", "left right last"),  # of another paragraph
    ],
)
def test_words_that_a_line_end_splits_are_joined(text: str, joined: str) -> None:
    assert terms(text, dehyphenate=True) == joined.split()


def test_old_and_typographic_letters_are_plain_ones_by_nfkc() -> None:
    text = "ﬁnd ſee ﬂow Ｆｕｌｌ ｶﾞ"
    assert terms(text, normalize="nfkc") == ["find", "see", "flow", "full", "ガ"]
    assert [word for word, _ in words(text, normalize="nfkc")] == text.split()
    assert terms(text) == ["ﬁnd", "ſee", "ﬂow", "ｆｕｌｌ", "ｶﾞ"]


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("urls", "see https://bit.ly/a?b=c&d, http://x.org/ä. www.x.org/y ok", "see ok"),
        ("urls", "我看https://t.co/abc你好", "我看 你好"),
        (
            "urls",
            "at bit.ly/3xY or t.co/a, youtube.com/watch?v=x and/or the end.Then",
            "at or and or the end Then",
        ),
        ("urls", "(en.wikipedia.org/wiki/Lda) a.b/c 1.5/2 me@x.org/y", "a b c 1 5 2 me x org y"),
        ("emails", "<a href=mailto:a@x.org?s=1> MAILTO:b@x.de mailto: c", "a href s 1 mailto c"),
        ("emails", "to a.b+c@mail.example.org, or <josé@x.de>; a@b no", "to or a b no"),
        ("mentions", "RT @user_1: and @josé@social.example a@b ＠名前 ok", "RT and a b ok"),
        ("mentions", "@a: hi @b_c, (@d) .@e via@f mail@g.org", "hi via f mail g org"),
        ("numbers", "in 1984, 1\u20442 of 12:30:05 \u0967\u0968 p53 3D 0.5% -7", "in of p53 3D"),
        ("html_entities", "&lt;b&gt;Gr&#252;&#xDF;e&quot; &AMP; a&b; 5 &gt 3", "b Grüße a b 5 gt 3"),
        ("numbers", "3.5 1,000 2024-01-05 12:30 x 1990s 5kg b2b é5", "x 1990s 5kg b2b é5"),
        (
            "html_entities",
            "AT&amp;T caf&eacute; a&nbsp;b x&amp;lt;y &bogus; co&shy;op e&#769;t&#xe9;",
            "AT T café a b x y coop été",
        ),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_removed_leaves_no_word(name: str, text: str, left: str, form: str) -> None:
    found = terms(unicodedata.normalize(form, text), remove=(name,), pattern=r"[\w]+", lowercase=False)
    assert found == left.split()


def test_every_kind_that_the_config_allows_is_removed() -> None:
    assert set(_PATTERNS) == set(REMOVABLE)


def test_typographic_apostrophe_is_that_of_a_keyboard() -> None:
    assert terms("don't don’t don\u02bct", pattern=r"[\w'’\u02bc]+") == ["don't"] * 3


def test_letters_are_counted_with_vowel_signs_and_ideographs_twice() -> None:
    assert [length(word) for word in ("moon", "é", "हिन्दी", "北京", "한국", "カナ", "a\u200cb")] == [
        4,
        1,
        5,
        4,
        4,
        2,
        2,
    ]
    assert terms("北京 山 한국 물 ab abc", min_length=3) == ["北京", "한국", "abc"]
    assert terms("北京 北京市", min_length=3, max_length=4) == ["北京"]


@given(configs, texts)
def test_span_cuts_its_word_out_of_the_text_as_it_was(config: TokenizerConfig, text: str) -> None:
    tokenizer = Tokenizer(config)
    starts, ends, raw = tokenizer.raw_spans(text)
    assert raw == tokenizer.tokens(text) or [token.lower() for token in raw] == tokenizer.tokens(text)
    assert np.all((starts < ends) & (ends <= len(text)))
    assert np.all(np.diff(starts) >= 0)
    assert np.all(np.diff(ends) >= 0)
    if not config.remove:  # whether a number is removed depends on what is before it
        for start, end, token in zip(starts, ends, raw, strict=True):
            assert token in tokenizer.prepared(text[start:end])


@given(st.text(LETTERS) | st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_form_is_that_of_unicode(text: str, form: Any) -> None:
    assert in_form(form, text) == unicodedata.normalize(form, text)


@given(texts, st.sampled_from(["NFC", "NFKC"]))
def test_segments_are_normalised_independently(text: str, form: Any) -> None:
    segments = segment().findall(text)
    assert "".join(segments) == text
    assert "".join(unicodedata.normalize(form, part) for part in segments) == unicodedata.normalize(
        form, text
    )


def test_tables_hold_every_mark_and_everything_that_is_joined() -> None:
    is_mark, is_joined = (
        re.compile(f"[{marks()}]"),
        re.compile(f"[{marks()}{characters._JOINED_BY_NORMALISATION}]"),
    )
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert [c for c in every if bool(is_mark.match(c)) != (unicodedata.category(c)[0] == "M")] == []
    seconds = {decomposed[-1] for c in every if len(decomposed := unicodedata.normalize("NFD", c)) > 1}
    seconds = {c for c in seconds if unicodedata.normalize("NFC", f"a{c}") and not is_joined.match(c)}
    assert seconds == set()
    for form in ("NFC", "NFKC"):
        joins = [
            c for c in every if is_joined.match(unicodedata.normalize(form, c)[0]) and not is_joined.match(c)
        ]
        assert joins == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "e" + "\u0301\u0316" * 200_000,
            "\u1161" * 400_000,
            "ก" + "\u0e38\u0e48" * 200_000,
            "\xad" * 200_000,
        ),
        *(
            "a" * 400_000,
            "a@b." * 100_000,
            "a@" + "b." * 200_000,
            "1." * 200_000 + "a",
            "&amp;" * 80_000,
            "&#" * 200_000,
        ),
        *("a-" + " " * 400_000, "a- " * 150_000, "é-\n " * 80_000, "http://" * 60_000, "@a" * 150_000),
        *("a." * 200_000, "a-" * 200_000, "mailto:" * 60_000, "a.bc/ " * 60_000),
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_hostile_text_is_prepared_in_linear_time(text: str) -> None:
    tokenizer = Tokenizer(
        TokenizerConfig(remove=REMOVABLE, dehyphenate=True, strip_accents=True, normalize="nfkc")
    )
    started = time.process_time()
    assert tokenizer.prepared(text) is not None
    sum(1 for _ in tokenizer.spans(text))
    assert time.process_time() - started < 20  # quadratic time would be minutes
