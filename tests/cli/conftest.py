"""A small corpus of three themes, a model of it trained once, and golden files."""

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lda_cli.cli import main
from tests.helpers.command import QUICK, Result, Run, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

FRACTION = re.compile(r"\d+\.\d+")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 documents; read only."""
    return write(tmp_path_factory.mktemp("corpus"), theme_documents())


@pytest.fixture(scope="session")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of `corpus`; read only."""
    model = tmp_path_factory.mktemp("trained") / "model"
    done(lda("train", corpus, "--model", model, *QUICK))
    return model


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may spoil, at the default place in `tmp_path`."""
    return Path(shutil.copytree(trained, tmp_path / "model"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/cli/golden/NAME; LDA_CLI_UPDATE_GOLDEN=1 pytest ... writes it again.

    Fractions may differ in their last digits, since another processor or kernel rounds otherwise.
    """

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("LDA_CLI_UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8")
        assert FRACTION.sub("#", text) == FRACTION.sub("#", expected)
        found = [float(number) for number in FRACTION.findall(text)]
        wanted = [float(number) for number in FRACTION.findall(expected)]
        assert found == pytest.approx(wanted, rel=2e-3, abs=1e-4)

    return compare


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """lda-cli in this process, in `tmp_path`: status, standard output, standard error."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Result:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        assert isinstance(end.value.code, int)
        return Result(end.value.code, *capsys.readouterr())

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
