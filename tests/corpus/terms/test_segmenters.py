"""Words of Chinese, Japanese and Thai: which they are, where they are, and that all parts agree on them."""
# ruff: noqa: RUF001 - letters of many scripts

import os
import pickle
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import SplitConfig, TokenizerConfig
from lda_cli.config.schema import SEGMENTERS
from lda_cli.corpus.counts.counters import KnownTerms
from lda_cli.corpus.documents.splitting import in_parts
from lda_cli.corpus.formats.records import Document
from lda_cli.corpus.terms.counting import PythonCounter, term_counter
from lda_cli.corpus.terms.segmenters import advice
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.errors import ConfigError

# The first sentence of the Universal Declaration of Human Rights, or a part of it, and its words
SENTENCES = {
    "chinese": ("人人生而自由，在尊严和权利上一律平等。", "人人 生而自由 在 尊严 和 权利 上 一律平等"),
    "japanese": (
        "すべての人間は、生れながらにして自由であり、",
        "すべて の 人間 は 生れ ながら に し て 自由 で あり",
    ),
    "thai": (
        "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกัน",
        "มนุษย์ ทั้งหลาย เกิด มา มีอิสระ และ เสมอภาค กัน",
    ),
}
PACKAGES = {"chinese": "rjieba", "japanese": "sudachipy", "thai": "pythainlp"}
TOKENIZERS = {name: Tokenizer(TokenizerConfig(segmenter=name, min_length=1)) for name in SEGMENTERS}
texts = st.text(
    st.sampled_from(
        "中国人民〇々葛\U000e0100のテスﾃｰ゛か\u3099ไทยทำงานน้ำ\u0e4d\u0e32"
        " \n\u200b\u00ade\u0301é한글ab9_，。\udcff𠀀"
    )
)
tokenizers = st.sampled_from(list(TOKENIZERS.values()))


@pytest.mark.parametrize("language", SEGMENTERS)
def test_words_of_a_sentence(language: str) -> None:
    text, words = SENTENCES[language]
    assert TOKENIZERS[language].tokens(text) == words.split()


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("chinese", "他在Python里写程序, quickly", "他 在 Python 里 写 程序 quickly"),
        ("chinese", "南京市长江大桥2024年", "南京市 长江大桥 年"),
        ("japanese", "東京タワーでcoffeeを飲む", "東京 タワー で coffee を 飲む"),
        ("japanese", "ｶﾞｲﾄﾞﾌﾞｯｸを読む", "ｶﾞｲﾄﾞﾌﾞｯｸ を 読む"),
        ("thai", "ฉันชอบกินข้าว rice ๑๐ จาน", "ฉัน ชอบ กินข้าว rice จาน"),
        ("thai", "한국어 text", "한국어 text"),
        ("japanese", "葛\U000e0100城へ行く", "葛\U000e0100 城 へ 行く"),  # marks stay with their letter
    ],
)
def test_words_of_other_scripts_in_the_text_stay_whole(language: str, text: str, words: str) -> None:
    assert TOKENIZERS[language].tokens(text) == words.split()


@given(texts, tokenizers)
def test_every_span_is_the_place_of_its_token_and_tokens_agree(text: str, tokenizer: Tokenizer) -> None:
    starts, ends, tokens = tokenizer.raw_spans(text)
    assert tokens == tokenizer.tokens(text)
    cut = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    assert all(token in tokenizer.prepared(word) for word, token in zip(cut, tokens, strict=True))
    if tokenizer.prepared(text) == text:
        assert cut == tokens
    assert all(start < end for start, end in zip(starts, ends, strict=True))
    assert (np.diff(starts) >= 0).all()  # two words may have parts of what one replacement made
    assert (np.diff(ends) >= 0).all()


@given(st.lists(texts, max_size=3), tokenizers)
def test_both_counters_count_the_same(several: list[str], tokenizer: Tokenizer) -> None:
    fast, twin = term_counter(tokenizer), PythonCounter(tokenizer)
    for each in several:
        (of_fast, _), (of_twin, _) = fast.sequences([each]), twin.sequences([each])
        assert of_fast.tolist() == of_twin.tolist()
    assert fast.terms(0) == twin.terms(0)


@pytest.mark.parametrize("language", SEGMENTERS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_infer_counts_and_shows_is_in_the_text_as_it_was_typed(language: str, form: str) -> None:
    text, words = (unicodedata.normalize(form, each) for each in SENTENCES[language])
    terms = list(dict.fromkeys(unicodedata.normalize("NFC", words).split()))
    known = KnownTerms(TOKENIZERS[language], terms, stop_words=[terms[0]])
    starts, ends, columns = known.spans(text)
    assert [text[start:end] for start, end in zip(starts, ends, strict=True)] == words.split()
    assert [terms[column] for column in columns] == unicodedata.normalize("NFC", words).split()
    assert known.count([text]).rows.totals.tolist() == [len(words.split())]


@pytest.mark.parametrize("language", SEGMENTERS)
def test_stop_words_are_the_words_that_are_written_in_the_list(language: str) -> None:
    words = SENTENCES[language][1].split()
    assert [TOKENIZERS[language].folded(word) for word in words] == words


@pytest.mark.parametrize("language", SEGMENTERS)
def test_a_part_begins_at_a_word(language: str) -> None:
    text, words = SENTENCES[language]
    tokenizer = TOKENIZERS[language]
    parts = [each.text for each in in_parts([Document("d", text)], SplitConfig("tokens", 3), tokenizer)]
    assert "".join(parts) == text
    assert [word for part in parts for word in tokenizer.tokens(part)] == words.split()
    assert len(parts) == -(-len(words.split()) // 3)


@pytest.mark.parametrize("language", SEGMENTERS)
@pytest.mark.parametrize("unit", ["sentence", "letter"])
def test_time_is_linear_in_a_text_without_a_space(language: str, unit: str) -> None:
    sentence = SENTENCES[language][0].replace("，", "").replace("、", "")[:17]
    text = sentence * 10_000 if unit == "sentence" else sentence[0] * 200_000
    started = time.process_time()
    tokens = TOKENIZERS[language].tokens(text)
    assert "".join(tokens) == text
    assert time.process_time() - started < 20  # a second


@pytest.mark.parametrize("language", SEGMENTERS)
def test_another_process_makes_its_own(language: str) -> None:
    text, words = SENTENCES[language]
    assert pickle.loads(pickle.dumps(TOKENIZERS[language])).tokens(text) == words.split()


@pytest.mark.parametrize("language", SEGMENTERS)
def test_without_its_library_one_line_says_what_to_install(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGES[language], None)
    for name in [name for name in sys.modules if name.startswith(f"{PACKAGES[language]}.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigError) as error:
        Tokenizer(TokenizerConfig(segmenter=language))
    assert str(error.value).startswith(f"tokenizer.segmenter: {language} needs ")
    assert str(error.value).endswith('; pip install "lda-cli[segmentation]"')


_QUIET = """
import socket, sys
def refuse(*arguments, **named): raise OSError("the network was used")
socket.socket.connect = socket.getaddrinfo = refuse
from lda_cli.config import TokenizerConfig
from lda_cli.corpus.terms.tokenizer import Tokenizer
for language in ("chinese", "japanese", "thai"):
    Tokenizer(TokenizerConfig(segmenter=language)).tokens("人生 มนุษย์ あ")
"""


def test_segmenters_print_nothing_write_nothing_and_use_no_network(tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    (temporary := tmp_path / "tmp").mkdir()
    places = {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHAINLP")}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", _QUIET],
        capture_output=True,
        env=kept | places,
        check=False,
        text=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert list(home.iterdir()) + list(temporary.iterdir()) == []


def advised(text: str) -> str | None:
    terms = [term for _, _, term in Tokenizer(TokenizerConfig()).spans(text)]
    return advice(terms, np.ones(len(terms), np.int64))


@pytest.mark.parametrize("language", SEGMENTERS)
def test_a_text_without_spaces_gets_the_name_of_its_segmenter_as_advice(language: str) -> None:
    advice = advised(SENTENCES[language][0] + " quick")
    assert advice is not None
    assert advice.endswith(f"; set tokenizer.segmenter to {language}")


@pytest.mark.parametrize(
    "text",
    [
        "ມະນຸດທຸກຄົນເກີດມາມີກຽດສັກສີ",
        "មនុស្សទាំងអស់កើតមកមានសេរីភាពនិងសមភាព",
        "လူတိုင်းသည်တူညီလွတ်လပ်သောဂုဏ်သိက္ခာဖြင့်",
    ],
)
def test_without_a_segmenter_for_it_the_advice_is_to_put_spaces(text: str) -> None:
    assert (advised(text) or "").endswith("; separate the words by spaces")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "All human beings are born free and equal",
        "Все люди рождаются свободными",
        "모든 인간은 태어날 때부터 자유로우며",
        "All human beings are born free and equal: " + SENTENCES["chinese"][0],
        *(words for _, words in SENTENCES.values()),  # apart already
    ],
)
def test_no_advice_where_words_are_apart_or_few_letters_are_of_such_a_script(text: str) -> None:
    assert advised(text) is None
