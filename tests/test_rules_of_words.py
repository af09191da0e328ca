"""Rules of words, from the config to inference: stop words, stemming, and what was removed."""

import sys

import pytest

from lda_cli.config import Config
from lda_cli.corpus.documents import chunks as dividing
from lda_cli.model import store
from lda_cli.training.train import train, up_to_date
from tests.helpers.models import config_of

N_COPIES = 12
LINES = (
    "Der Mond und die Sterne, nicht der Reis.",
    "The trains were trained by training trainers, having an oven.",
)


@pytest.fixture
def settings(tmp_path):
    """A function that makes a config for a dozen copies of two lines: settings(vocabulary={...})."""
    (tmp_path / "lines.txt").write_text("\n".join(LINES * N_COPIES), encoding="utf-8")

    def config(vocabulary=(), tokenizer=(), threads=1) -> Config:
        return config_of(
            corpus={"path": str(tmp_path / "lines.txt")},
            tokenizer=dict(tokenizer),
            vocabulary={"min_df": 1, "max_df": 1.0, **dict(vocabulary)},
            model={"path": str(tmp_path / "model"), "topics": 2},
            training={"passes": 3, "threads": threads},
        )

    return config


def test_a_model_needs_neither_the_package_nor_the_file_of_its_stop_words(settings, tmp_path, monkeypatch):
    extra = tmp_path / "extra.txt"
    extra.write_text("mond\n")
    config = settings({"stop_words": "german", "extra_stop_words": str(extra)})
    train(config)
    assert up_to_date(config)

    extra.unlink()
    monkeypatch.setitem(sys.modules, "stopwordsiso", None)
    model = store.load(tmp_path / "model")
    (found,) = model.infer(["Mond über nicht Reis Sonne"])
    assert (found.tokens, found.unknown) == (1, 1)
    assert model.config.vocabulary.extra_stop_words == ("mond",)


def test_what_each_rule_removed_is_kept(settings, tmp_path):
    found = train(settings({"extra_stop_words": ["mond", "reis"], "max_terms": 10})).pruning
    # of the first line "der" twice; "by" and "an" of the second are too short to be found
    assert (found.found.terms, found.found.tokens) == (15, 16 * N_COPIES)
    assert (found.stop_words.terms, found.stop_words.tokens) == (5, 5 * N_COPIES)
    assert (found.min_df.terms, found.max_df.terms) == (0, 0)
    assert (found.max_terms.terms, found.max_terms.tokens) == (0, 0)
    assert store.load(tmp_path / "model").pruning == found


@pytest.mark.parametrize("threads", [1, 2])
def test_stems_are_the_terms_of_training_and_of_inference(settings, tmp_path, monkeypatch, threads):
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 500)
    model = train(settings(tokenizer={"stemming": "english"}, threads=threads))
    assert {"train", "trainer", "oven"} <= set(model.vocabulary)
    assert not {"the", "have", "having", "were", "training"} & set(model.vocabulary)
    text = "Training a trained trainer, having an oven"
    (found,) = store.load(tmp_path / "model").infer([text], words=True)
    assert [word.term for word in found.words] == ["train", "train", "trainer", "oven"]
    assert [text[word.start : word.end] for word in found.words] == ["Training", "trained", "trainer", "oven"]
    assert found.unknown == 0
