"""What is verified of a model beyond what loading it checks."""

import dataclasses
import shutil

import numpy as np
import pytest

from lda_cli.corpus.terms.phrases import Phrases
from lda_cli.errors import ModelError
from lda_cli.model import checks, store
from tests.helpers.models import FILES, assert_same, reseal, save, small_model


@pytest.fixture
def folder(tmp_path):
    return save(small_model(), tmp_path / "model")


def test_a_whole_model_is_told_by_the_bytes_of_its_files(folder):
    assert store.verify(folder) == {name: (folder / name).stat().st_size for name in FILES}


def test_phrases_are_verified_too(tmp_path):
    model = small_model(["moon", "orbit", "new_york"], vocabulary={"phrases": {"max_words": 2}})
    folder = save(dataclasses.replace(model, phrases=Phrases((("new", "york"),), 2)), tmp_path / "model")
    assert store.verify(folder).keys() == FILES | {"phrases.txt"}


DAMAGE = {
    "theta does not sum to one": ("theta.npy", np.array([[0.5, 0.5], [0.5, 0.4]], np.float32)),
    "a document is missing": ("documents.txt", b"space/moon.txt\n"),
    "no history of a pass": ("history.jsonl", b'{"pass": 1}\n{"pass": 3}\n{"result": true}\n'),
    "no history of the result": ("history.jsonl", b'{"pass": 1}\n{"pass": 2}\n'),
    "history that is no JSON": ("history.jsonl", b'{"pass": 1}\n{"pass"\n'),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_loading_leaves_unread_is_verified(folder, what, monkeypatch):
    monkeypatch.setattr(checks, "_NUMBERS_AT_A_TIME", 2)
    name, content = DAMAGE[what]
    if isinstance(content, bytes):
        (folder / name).write_bytes(content)
    else:
        np.save(folder / name, content)
    reseal(folder)
    assert_same(store.load(folder), small_model())
    with pytest.raises(ModelError, match="the model is damaged") as error:
        store.verify(folder)
    assert str(error.value).startswith(str(folder / name))
    assert str(error.value).isprintable()


def test_any_byte_that_flips_is_found(folder, tmp_path):
    for name in FILES:
        spoilt = shutil.copytree(folder, tmp_path / name)
        content = bytearray((spoilt / name).read_bytes())
        content[len(content) // 2] ^= 1
        (spoilt / name).write_bytes(content)
        with pytest.raises(ModelError):
            store.verify(spoilt)
