"""Model directories of any bytes, sealed anew as a forger would: refused in one line, or of use."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.cli import tables
from lda_cli.corpus.terms.phrases import Phrases
from lda_cli.errors import ModelError
from lda_cli.model import store
from tests.failing import message_of
from tests.forging import altered, put_anywhere
from tests.models import FILES, random_model, reseal, save

TERMS = ["moon", "orbit", "rice", "new_york"]
TEXT = "The moon, new york, rice\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sections = {"vocabulary": {"phrases": {"max_words": 2}}, "training": {"threads": 1}}
    model = random_model(TERMS, **sections)
    phrases = Phrases((("moon", "new"), ("new", "york")), 2)
    return save(replace(model, phrases=phrases), tmp_path_factory.mktemp("any") / "whole")


def copied(whole: Path) -> Path:
    folder = whole.parent / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(whole, folder)


def refused_or_of_use(folder: Path) -> None:
    with message_of(ModelError) as messages:
        model = store.load(folder)
        for topics in model.infer([TEXT, ""], words=True):
            np.testing.assert_allclose(topics.theta.sum(), 1, rtol=1e-5)
            assert all(TEXT[word.start : word.end] for word in topics.words or ())
        for form in tables.FORMATS.values():
            assert form(tables.of_topics(model.topics())).replace("\n", "").isprintable()
    assert all(message.isprintable() and len(message) < 4000 for message in messages)


@settings(max_examples=30)
@given(data=st.data())
def test_any_description_is_refused_or_of_use(whole: Path, data: st.DataObject) -> None:
    folder = copied(whole)
    reseal(folder, lambda description: put_anywhere(description, data.draw))
    refused_or_of_use(folder)


@settings(max_examples=30)
@given(name=st.sampled_from(sorted(FILES - {"model.json"} | {"phrases.txt"})), data=st.data())
def test_any_file_is_refused_or_of_use(whole: Path, name: str, data: st.DataObject) -> None:
    folder = copied(whole)
    (folder / name).write_bytes(altered((folder / name).read_bytes(), data.draw))
    reseal(folder)
    refused_or_of_use(folder)


@settings(max_examples=30)
@given(data=st.data())
def test_any_text_of_a_description_is_refused_or_of_use(whole: Path, data: st.DataObject) -> None:
    folder = copied(whole)
    (folder / "model.json").write_bytes(altered((folder / "model.json").read_bytes(), data.draw))
    refused_or_of_use(folder)
