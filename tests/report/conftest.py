"""A model of letters with metadata, its page, and one browser a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lda_cli.model import store
from lda_cli.model.model import Model
from lda_cli.report.report import report
from tests.helpers.browser import Browser, browser
from tests.helpers.chromium import CHROMIUM, DRIVER, MISSING
from tests.helpers.themes import theme_documents
from tests.helpers.training import trained_on_records

PLACES = ["Bergen", "Ærø", "two\nlines", None]


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model with texts and metadata; read only."""
    records = (
        {"id": name, "text": text, "year": 1800 + n % 5, "place": PLACES[n % 4]}
        for n, (name, text) in enumerate(theme_documents().items())
    )
    return trained_on_records(tmp_path_factory.mktemp("report"), records, ["year", "place"])


@pytest.fixture(scope="session")
def model(saved: Path) -> Model:
    return store.load(saved)


@pytest.fixture(scope="session")
def page(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the model, in a folder whose name an address must quote."""
    path = tmp_path_factory.mktemp("a page für you") / "Bericht #1 über.html"
    path.write_bytes(report(model).page)
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM or not DRIVER:
        pytest.skip(MISSING)
    with browser() as found:
        yield found
