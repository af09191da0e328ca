"""The configs that come with the project, on the corpus that does."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from lda_cli.comparing import Side, compare
from lda_cli.config import load_config
from lda_cli.model import store
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


def test_seeded_config_makes_the_topics_of_its_seeds(tmp_path):
    config = shipped("seeded.yaml", tmp_path / "model")
    model = train(config)
    assert model.names[:3] == list(config.model.seeds) == ["sailing", "cooking", "law"]
    assert [len(seeds.terms) >= 2 and seeds.n_first >= 2 for seeds in model.seeds.values()] == [True] * 3
    folders = [name.partition("/")[0] for name in model.documents.ids()]
    largest = np.array(model.documents.theta).argmax(axis=1)
    for topic, name in enumerate(model.names[:3]):
        inside = np.array([folder == name for folder in folders])
        assert (largest[inside] == topic).mean() > 0.7, name


def test_nightly_config_keeps_every_number(tmp_path):
    """The README's recipe over seven nights: one more letter each time."""
    corpus = tmp_path / "letters"
    shutil.copytree(ROOT / "sample_corpus", corpus)
    config = shipped("nightly.yaml", tmp_path / "model")
    train(config, [str(corpus)])
    first = store.load(config.model.path)
    for night in range(7):
        text = "\n".join(path.read_text() for path in sorted(corpus.glob("law/*.txt"))[night : night + 2])
        (corpus / f"night{night}.txt").write_text(text)
        train(config, [str(corpus)], if_changed=True)
        before, after = (
            Side(path, store.load(path)) for path in (f"{config.model.path}.1", config.model.path)
        )
        assert compare(before, after).n_same_number == 8
    assert compare(Side("first", first), after).n_same_number == 8
    assert len(list(tmp_path.glob("model.*"))) == 7
