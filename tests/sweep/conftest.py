"""A corpus of three themes, and sweeps of it that take a moment."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lda_cli.sweep.split import HeldOut
from lda_cli.sweep.sweep import Spec
from tests.helpers.files import write
from tests.helpers.themes import theme_documents
from tests.helpers.training import quick_config


@pytest.fixture(autouse=True)
def disks_are_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is flushed to the disk is for tests/disk."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "corpus", theme_documents())


@pytest.fixture
def spec(corpus: Path, tmp_path: Path) -> Callable[..., Spec]:
    """A function that makes a quick sweep: spec(grid=(2, 3), n_seeds=1, held_out="none", model_eta=0.1)."""
    return functools.partial(_spec, corpus, tmp_path)


def _spec(
    corpus: Path,
    tmp_path: Path,
    *,
    grid: tuple[int, ...] = (2, 3, 4),
    n_seeds: int = 2,
    held_out: str = "0.25",
    folder: str = "sweep",
    **settings: object,
) -> Spec:
    config = quick_config(corpus, tmp_path / "unused", **settings)
    return Spec(config, (), tmp_path / folder, grid, n_seeds, HeldOut.parsed(held_out))
