"""The training documents of a model: read when asked for, whole, and of the model that was loaded."""

import numpy as np
import pytest

from lda_cli.model import store
from lda_cli.training.train import train
from tests.helpers.models import random_model, save
from tests.helpers.training import quick_config

TEXTS = ["moon orbit comet moon\n", "rice onion butter rice onion\n", "moon moon xylophone\n", "\n"]


@pytest.fixture
def trained(tmp_path):
    corpus = tmp_path / "texts"
    corpus.mkdir()
    for number, text in enumerate(TEXTS):
        (corpus / f"{number}.txt").write_text(text)
    return train(quick_config(corpus, tmp_path / "model"))


def test_theta_ids_and_lengths_are_those_of_the_training(trained):
    documents = trained.documents
    assert list(documents.ids()) == ["0.txt", "1.txt", "2.txt", "3.txt"]
    assert documents.lengths.tolist() == [4, 5, 3, 0]
    assert documents.theta.shape == (4, 2)
    assert documents.theta.sum(axis=1) == pytest.approx(1)
    assert documents.theta[3] == pytest.approx(trained.alpha / trained.alpha.sum())
    assert documents.ids_of([3, 1]) == {1: "1.txt", 3: "3.txt"}
    assert list(documents.metadata()) == []
    assert len(documents) == 4


def test_blocks_are_theta(trained, monkeypatch):
    monkeypatch.setattr("lda_cli.model.documents._NUMBERS_AT_A_TIME", 6)
    firsts, blocks = zip(*trained.documents.blocks(), strict=True)
    assert firsts == (0, 3)
    assert np.array_equal(np.concatenate(blocks), trained.documents.theta)


def test_documents_stay_those_of_the_loaded_model(tmp_path):
    folder = save(random_model(["moon", "rice"]), tmp_path / "model")
    loaded = store.load(folder)
    three = random_model(["moon", "rice"], n_topics=3)
    save(three, folder, replace=True)
    assert loaded.documents.theta.shape == (2, 2)
    assert store.load(folder).documents.theta.shape == (2, 3)


def test_sources_are_remembered(trained, tmp_path):
    assert trained.sources == (str(tmp_path / "texts"),)
