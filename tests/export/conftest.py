"""A model of a small corpus with metadata, ids and values that every format must quote or escape."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lda_cli.model import store
from lda_cli.model.model import Model
from tests.helpers.themes import theme_documents
from tests.helpers.training import trained_on_records

AUTHORS = ["Ann, Mary", 'the "Old" one', "=1+1", "two\nlines", None, "Ærø\x1b"]
FIELDS = ["year", "author", "topic"]


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model; read only."""
    records = (
        {
            "id": f'letter {n}, "{name}" <&>',
            "text": text,
            "year": 1800 + n % 4,
            "author": AUTHORS[n % 6],
            "topic": "x",
        }
        for n, (name, text) in enumerate(theme_documents().items())
    )
    return trained_on_records(tmp_path_factory.mktemp("export"), records, FIELDS)


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
