"""Former models beside a model: kept as they are, never documents; and models that lost their name."""

import os
from pathlib import Path

import numpy as np
import pytest

from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.disk import folders
from lda_cli.errors import OutputError
from lda_cli.model import store
from lda_cli.training.train import train, up_to_date
from tests.helpers.failing import names_in
from tests.helpers.models import assert_same, random_model, save
from tests.helpers.training import quick_config


@pytest.fixture
def config(tmp_path):
    """A function that makes a quick config of a corpus in which the model lies, as by the defaults."""
    rng = np.random.default_rng(0)
    for n in range(8):
        (tmp_path / f"{n}.txt").write_text(" ".join(rng.choice(["moon", "orbit", "rice", "onion"], 20)))
    return lambda seed=0, **options: quick_config(tmp_path, tmp_path / "model", training_seed=seed, **options)


def seeds(folder):
    return {
        name: store.load(folder / name).config.training.seed
        for name in names_in(folder)
        if "model" in name[:5]
    }


def test_former_models_are_kept_and_are_no_documents(config, tmp_path):
    for seed in range(4):
        model = train(config(seed, model_keep=2), replace=True)
        assert model.n_documents == 8
    assert seeds(tmp_path) == {"model": 3, "model.1": 2, "model.2": 1}
    # nor are they when fewer are wanted, or none
    assert train(config(4), replace=True).n_documents == 8
    assert seeds(tmp_path) == {"model": 4, "model.1": 2, "model.2": 1}


def test_how_many_are_kept_leaves_a_model_up_to_date(config):
    train(config())
    assert up_to_date(config(model_keep=3)) is not None


def test_only_models_beside_the_model_are_no_documents(config, tmp_path):
    for name in ("model.1", "model.2.txt", "model.x", "models.1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "phi.npy").touch()
    save(random_model(["moon"]), tmp_path / "model.12")
    (tmp_path / "link").symlink_to("model")
    for path in ("model", "link"):
        excluded = Inputs([str(tmp_path)], config(model_path=str(tmp_path / path))).excluded
        assert excluded[:2] == (str(tmp_path / path), str(tmp_path / "model.12"))
        assert [Path(other).name for other in excluded[2:]] == ["lda.yaml", "lda.yaml", f".{path}.cache"]


@pytest.mark.parametrize("what", ["file", "empty", "texts", "link"])
def test_what_is_no_model_where_one_would_be_kept_is_refused_before_any_work(tmp_path, what):
    folder = save(random_model(["moon"], model={"keep": 2}), tmp_path / "model")
    place = tmp_path / "model.2"
    if what == "file":
        place.write_text("mine")
    elif what == "link":
        place.symlink_to("model")
    else:
        place.mkdir()
    if what == "texts":
        (place / "letter.txt").touch()
    before = names_in(tmp_path)
    for attempt in (
        lambda: store.check_can_save(folder, True, 2),
        lambda: save(random_model(["rice"], model={"keep": 2}), folder, replace=True),
    ):
        with pytest.raises(OutputError, match=r"model\.2: .*; move it, or set model.keep to 0$"):
            attempt()
    assert names_in(tmp_path) == before
    store.check_can_save(folder, True, 1)


def test_a_model_that_lost_its_name_is_read_and_gets_it_back_from_the_next_training(config, tmp_path):
    # killed between two renames, where the file system cannot exchange names
    model = train(config())
    os.rename(tmp_path / "model", tmp_path / ".model.01234567.old")
    assert_same(store.load(tmp_path / "model"), model)
    with pytest.raises(OutputError, match="there is a model already"):
        train(config())
    assert_same(store.load(tmp_path / "model"), model)
    os.rename(tmp_path / "model", tmp_path / ".model.01234567.old")
    train(config(), if_changed=True)
    assert names_in(tmp_path) == {"model", ".model.cache", *(f"{n}.txt" for n in range(8))}


@pytest.mark.parametrize("swap", ["exchange", "rename"])
def test_a_reader_that_meets_a_replacement_at_any_file_gets_one_of_the_two(tmp_path, monkeypatch, swap):
    if swap == "rename":
        monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    models = [random_model(["moon", "orbit"], seed=1), random_model(["rice"], n_topics=3, seed=2)]
    folder = save(models[0], tmp_path / "model")
    open_ = os.open
    for n in range(1, 12):
        calls = iter(range(100))

        def opened(*arguments, n=n, calls=calls, **options):
            if next(calls) == n:
                monkeypatch.setattr(os, "open", open_)
                save(models[n % 2], folder, replace=True)
            return open_(*arguments, **options)

        monkeypatch.setattr(os, "open", opened)
        found = store.load(folder)
        monkeypatch.setattr(os, "open", open_)
        assert_same(found, models[len(found.vocabulary) == 1])


def test_a_reader_between_two_renames_gets_the_former_model(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    models = [random_model(["moon"]), random_model(["rice"])]
    folder = save(models[0], tmp_path / "model")
    rename, missing, read = os.rename, [], []

    def rename_and_read(*names):
        missing.append(not folder.exists())
        read.append(store.load(folder).vocabulary[0])
        rename(*names)

    monkeypatch.setattr(os, "rename", rename_and_read)
    save(models[1], folder, replace=True)
    assert missing == [False, False, False, True, False]
    assert read == ["moon"] * 4 + ["rice"]
