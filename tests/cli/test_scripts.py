"""Words of any script, typed in any form, from a file to the words that `infer` shows."""
# ruff: noqa: RUF001 - letters of many scripts

import json
import unicodedata
from pathlib import Path

import pytest

from tests.helpers.command import done, lda
from tests.helpers.files import write

ALL_WORDS = (
    *(
        "--set",
        "vocabulary.min_df=1",
        "--set",
        "vocabulary.max_df=1.0",
        "--set",
        "vocabulary.stop_words=none",
    ),
    *("--set", "training.passes=2", "--set", "training.restarts=1", "--topics", "2", "-q"),
)


def trained(folder: Path, text: str, *settings: str) -> list[str]:
    """The vocabulary of a model that is trained on a text."""
    write(folder, {"corpus/a.txt": text})
    done(lda("train", "corpus", "-m", "m", "--force", *ALL_WORDS, *settings, cwd=folder))
    return (folder / "m/vocabulary.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_are_found_whole_and_shown_where_they_are(tmp_path: Path, form: str) -> None:
    text = unicodedata.normalize(form, "Köln हिन्दी co\xadop, العَرَبِيَّة Tiếng 한국어 ❤\ufe0f\n")
    words = text.replace(",", "").split()[:-1]
    terms = ["köln", "हिन्दी", "coop", "العَرَبِيَّة", "tiếng", "한국어"]
    assert trained(tmp_path, text) == sorted(terms)

    record = json.loads(done(lda("infer", "corpus", "-m", "m", "--words", cwd=tmp_path)))
    shown = [(text[word["start"] : word["end"]], word["term"]) for word in record["words"]]
    assert shown == list(zip(words, terms, strict=True))
    asked = json.loads(
        done(lda("inspect", "-m", "m", "--term", words[0].upper(), "--format", "json", cwd=tmp_path))
    )
    assert len(asked) == 2


def test_settings_of_the_text_are_those_of_the_model(tmp_path: Path) -> None:
    text = "The govern-\nment at https://bit.ly/x said ﬁnd &amp; don’t\n"
    settings = ("normalize=nfkc", "dehyphenate=true", "remove=[urls, html_entities]")
    given = [word for setting in settings for word in ("--set", f"tokenizer.{setting}")]
    assert trained(tmp_path, text, *given) == ["don", "find", "government", "said", "the"]
    record = json.loads(done(lda("infer", "corpus", "-m", "m", "--words", cwd=tmp_path)))
    assert [text[w["start"] : w["end"]] for w in record["words"]] == [
        "The",
        "govern-\nment",
        "said",
        "ﬁnd",
        "don",
    ]


def test_text_without_spaces_gets_advice_and_with_a_segmenter_its_words(tmp_path: Path) -> None:
    text = "人人生而自由，在尊严和权利上一律平等。\n他们赋有理性和良心，并应以兄弟关系的精神相对待。\n"
    write(tmp_path, {"corpus/a.txt": text})
    loud = [setting for setting in ALL_WORDS if setting != "-q"]
    advised = lda("train", "corpus", "-m", "m", *loud, cwd=tmp_path)
    assert advised.status == 0
    assert advised.stderr.count("; set tokenizer.segmenter to chinese\n") == 1

    found = trained(tmp_path, text, "--set", "tokenizer.segmenter=chinese")
    assert {"生而自由", "尊严", "权利", "一律平等", "理性", "良心", "兄弟", "精神"} <= set(found)
    record = json.loads(done(lda("infer", "corpus", "-m", "m", "--words", cwd=tmp_path)))
    shown = [text[word["start"] : word["end"]] for word in record["words"]]
    assert shown == [word["term"] for word in record["words"]]
    assert set(shown) == set(found)
