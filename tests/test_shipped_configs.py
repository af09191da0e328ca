"""The configs that come with the project, on the corpus that does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from lda_cli.config import load_config
from lda_cli.training.train import train
from tests.helpers.training import bounds_of

ROOT = Path(__file__).parent.parent


def shipped(name, model, **training):
    config = load_config(ROOT / "configs" / name, environ={}, options={"model.path": str(model)})
    return replace(config, training=replace(config.training, threads=1, **training))


def test_bound_of_the_textbook_never_falls_on_the_sample_corpus(tmp_path):
    config = shipped("textbook.yaml", tmp_path / "model", passes=25)
    train(config)
    bounds = bounds_of(config)
    assert len(bounds) == 25
    assert min(np.diff(bounds)) > 0


def test_topics_of_the_sample_corpus_are_its_folders(tmp_path):
    # Adjusted mutual information over seeds 0 to 5: .95 .92 .91 .91 .92 .80; a random division has 0.
    train(shipped("sample.yaml", tmp_path / "model"))
    ids = (tmp_path / "model" / "documents.txt").read_text().splitlines()
    folders = [name.partition("/")[0] for name in ids]
    first = np.load(tmp_path / "model" / "theta.npy").argmax(axis=1)
    assert len(set(folders)) == 8
    assert adjusted_mutual_info_score(folders, first) > 0.8
