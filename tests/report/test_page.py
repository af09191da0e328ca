"""The page as a file: what it is made of, what may run in it, and what is left out of it."""

import base64
import dataclasses
import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.errors import ConfigError
from lda_cli.inference import infer_documents
from lda_cli.model import store
from lda_cli.model.labels import Label
from lda_cli.model.model import Model, Word
from lda_cli.report import page as pages
from lda_cli.report.report import Choice, report
from lda_cli.report.texts import CHARACTERS, _cut, texts_of
from lda_cli.training.train import train
from tests.helpers.models import save, small_model
from tests.helpers.training import quick_config

PARTS = Path(pages.__file__).parent
LINES_AT_MOST = 300


def test_same_model_gives_the_same_bytes(saved: Path, model: Model, tmp_path: Path) -> None:
    assert report(model).page == report(model).page
    moved = shutil.copytree(saved, tmp_path / "elsewhere")
    assert report(store.load(moved)).page == report(model).page


def test_policy_names_the_only_script_and_the_only_style(model: Model) -> None:
    text = report(model).page.decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    for kind, body in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert re.findall(r'(?:src|href)="(?!#|data:,)', text.replace(script, "")) == []


def test_every_script_is_in_the_page_once_short_and_sets_no_markup() -> None:
    names = {path.name for path in (PARTS / "scripts").iterdir()}
    assert sorted(pages.SCRIPTS) == sorted(names)
    for path in (PARTS / "scripts").iterdir():
        text = path.read_text(encoding="utf-8")
        assert text.startswith("//"), path
        assert len(text.splitlines()) < LINES_AT_MOST, path
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function", text
        )
        assert "</script" not in text


def test_browser_without_scripts_gets_a_table(model: Model) -> None:
    named = dataclasses.replace(model, labels={1: Label(name='<b>"Sea" & \u202esky</b>')})
    text = report(named).page.decode()
    assert "<td>&lt;b&gt;&quot;Sea&quot; &amp; \\u202esky&lt;/b&gt;</td>" in text
    words = " ".join(word for word, _ in model.topics()[0].words)
    assert f"<td>{words}</td>" in text


def test_limit_leaves_out_texts_then_documents(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lda_cli.report.report._SPARE", 200)
    whole = report(model)
    without = report(model, choice=Choice(with_texts=False))
    assert whole.notes == ()
    assert without.notes == ("texts are left out: --no-texts",)
    found = report(model, choice=Choice(max_bytes=(len(whole.page) + len(without.page)) // 2))
    assert len(found.page) < len(whole.page)
    assert [note.split(":")[0] for note in found.notes] == ["texts are left out"]
    monkeypatch.setattr("lda_cli.report.report._OF_TOPIC", (2, 1))
    monkeypatch.setattr("lda_cli.report.report.BEST", 1)
    monkeypatch.setattr("lda_cli.report.report._LEAST_BYTES", 10**6)
    few = report(model, choice=Choice(max_bytes=len(without.page) + 1000))
    assert "only the 2 best of each topic" in few.notes[-1]
    with pytest.raises(ConfigError, match=r"--max-size: the page has .* MB, also without texts"):
        report(model, choice=Choice(max_bytes=1000))


def test_edited_text_is_left_out_and_a_given_corpus_is_read(
    model: Model, saved: Path, tmp_path: Path
) -> None:
    corpus = tmp_path / "letters.jsonl"
    text = (saved.parent / "letters.jsonl").read_text(encoding="utf-8")
    corpus.write_text(text)
    gone = dataclasses.replace(model, sources=(str(tmp_path / "gone"),))
    assert report(gone).notes == (f"texts are left out: {tmp_path / 'gone'} is not there; give CORPUS",)
    assert report(gone, [str(corpus)]).notes == ()
    assert len(report(gone, [str(corpus)]).page) == pytest.approx(len(report(model).page), abs=300)
    corpus.write_text(text.replace('"text": "', '"text": "moon moon boat boat '))
    assert "as it was in training" in report(gone, [str(corpus)]).notes[0]


def test_words_of_texts_have_the_topics_of_infer_where_metadata_move_them(
    tmp_path: Path, saved: Path
) -> None:
    letters = saved.parent / "letters.jsonl"
    options = {"corpus_id_field": "id", "corpus_metadata_fields": ["year"], "model_prevalence": ["year"]}
    train(quick_config(letters, tmp_path / "model", **options))
    model = store.load(tmp_path / "model")
    found = {
        document.id: topics
        for document, topics in infer_documents(model, Inputs.of(model.config, [str(letters)]), words=True)
    }
    wanted = {name: number for number, name in enumerate(model.documents.ids())}
    texts = texts_of(model, wanted, ())
    assert [text.number for text in texts] == list(wanted.values())
    for name, text in zip(wanted, texts, strict=True):
        assert text.words == found[name].words


def test_long_text_is_cut_after_a_word_with_the_words_before_it(model: Model) -> None:
    name = next(iter(model.documents.ids()))
    (text,) = texts_of(model, {name: 0}, ())
    cut = _cut(0, text.text * 20, [Word(0, 4, "moon", 1, 0.5), Word(1499, 1503, "moon", 1, 0.5)])
    assert cut.is_cut
    assert text.text.startswith(cut.text[:20])
    assert 1400 < len(cut.text) <= CHARACTERS
    assert len(cut.words) == 1


def test_model_without_documents_has_a_page(tmp_path: Path) -> None:
    model = dataclasses.replace(
        store.load(save(small_model(), tmp_path / "m")), documents=None, n_documents=0
    )
    assert report(model).notes == ("texts are left out: the model has no documents",)


@pytest.mark.parametrize("n_topics", [2, 3, 4, 5])
def test_few_topics_and_dead_ones_have_a_page(tmp_path: Path, n_topics: int) -> None:
    phi = np.random.default_rng(0).dirichlet([0.3] * 6, n_topics)
    phi[0] = [1, 0, 0, 0, 0, 0]
    model = small_model([f"word{n}" for n in range(6)], phi, [0.1] * n_topics)
    model = dataclasses.replace(model, topic_counts=np.array([0.0, *range(1, n_topics)]))
    assert report(store.load(save(model, tmp_path / "m"))).page


def test_field_that_is_asked_for_must_be_there(model: Model) -> None:
    with pytest.raises(ConfigError, match="month"):
        report(model, choice=Choice(fields=("month",)))
    assert report(model, choice=Choice(fields=("year:2",))).page != report(model).page
