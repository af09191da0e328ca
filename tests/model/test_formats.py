"""Every format that was ever released is read, and what is found with it stays the same."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lda_cli.corpus.counts.cache import Known
from lda_cli.model import description, store
from tests.corpus.caching import counted
from tests.model.formats import examples
from tests.model.formats.examples import ROOT, TEXTS, found

FORMATS = sorted(path for path in Path(examples.__file__).parent.iterdir() if path.name.isdigit())


def test_there_is_an_example_of_each_format():
    assert [int(path.name) for path in FORMATS] == list(range(1, description.FORMAT + 1))


@pytest.mark.parametrize("name", ["plain", "phrases"])
@pytest.mark.parametrize("folder", FORMATS, ids=lambda path: path.name)
def test_a_model_of_any_format_infers_what_it_always_did(folder, name):
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    model = store.load(folder / name)
    for text, now, then in zip(TEXTS, found(model), expected[name], strict=True):
        assert text in expected["texts"]
        np.testing.assert_allclose(now.pop("theta"), then.pop("theta"), atol=1e-4)
        assert now == then
    assert ("north_harbour" in model.vocabulary) == (name == "phrases")


@pytest.mark.parametrize("folder", FORMATS, ids=lambda path: path.name)
def test_a_cache_of_any_format_knows_its_files(folder, tmp_path):
    corpus = shutil.copytree(folder / "corpus", tmp_path / "corpus")
    cache = shutil.copytree(folder / "cache", tmp_path / "cache")
    examples.moved(cache, ROOT, str(corpus))
    assert len(Known(cache).index.entries) == 5
    documents, n_read, _ = counted(cache, corpus, key="example")
    assert n_read == 0
    assert documents == counted(None, corpus)[0]
