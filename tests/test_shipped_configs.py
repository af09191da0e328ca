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
    """Agreement of each document's largest topic with its folder, for several seeds.

    Adjusted mutual information of seeds 0 to 7: .88 .74 .91 .90 .90 .96 .89 .88; a random division has 0.
    Purity, the share of documents in their topic's most frequent folder: .94 .78 .95 .95 .94 .98 .94 .93.
    """
    agreements, purities = [], []
    for seed in range(3):
        model = tmp_path / f"model{seed}"
        train(shipped("sample.yaml", model, seed=seed))
        ids = (model / "documents.txt").read_text().splitlines()
        folders, numbers = np.unique([name.partition("/")[0] for name in ids], return_inverse=True)
        largest = np.load(model / "theta.npy").argmax(axis=1)
        assert (len(folders), len(set(largest))) == (8, 8)
        table = np.zeros((8, 8), int)
        np.add.at(table, (largest, numbers), 1)
        agreements.append(adjusted_mutual_info_score(numbers, largest))
        purities.append(table.max(axis=1).sum() / len(ids))
    assert agreements[0] > 0.8
    assert min(agreements) > 0.65
    assert np.mean(agreements) > 0.75
    assert min(purities) > 0.7
