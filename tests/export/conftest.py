"""A model of a small corpus with metadata, ids and values that every format must quote or escape."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from lda_cli.model import store
from lda_cli.model.model import Model
from lda_cli.training.train import train
from tests.helpers.themes import theme_documents
from tests.helpers.training import quick_config

AUTHORS = ["Ann, Mary", 'the "Old" one', "=1+1", "two\nlines", None, "Ærø\x1b"]
FIELDS = ["year", "author", "topic"]


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model; read only."""
    folder = tmp_path_factory.mktemp("export")
    lines = [
        json.dumps(
            {
                "id": f'letter {n}, "{name}" <&>',
                "text": text,
                "year": 1800 + n % 4,
                "author": AUTHORS[n % 6],
                "topic": "x",
            }
        )
        for n, (name, text) in enumerate(theme_documents().items())
    ]
    (folder / "letters.jsonl").write_text("\n".join(lines), encoding="utf-8")
    options = {"corpus_id_field": "id", "corpus_metadata_fields": FIELDS, "model_topics": 3}
    train(quick_config(folder / "letters.jsonl", folder / "model", model_alpha=0.5, **options))
    return folder / "model"


@pytest.fixture(scope="session")
def model(saved: Path) -> Model:
    return store.load(saved)


@pytest.fixture(scope="session")
def asymmetric(model: Model) -> Model:
    """The same model with another alpha for each topic."""
    return dataclasses.replace(model, alpha=np.array([0.1, 0.4, 1.3]))


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Texts of which the topics are asked."""
    return [*theme_documents().values(), "moon moon butter", "sail oven planet planet flour deck"]
