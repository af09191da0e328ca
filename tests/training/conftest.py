"""Twelve documents of two themes, and quick configs for them."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lda_cli.config import Config
from tests.helpers.training import N_DOCUMENTS, WORDS, quick_config


@pytest.fixture(autouse=True)
def disks_are_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is flushed to the disk is for tests/disk."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twelve documents of two themes by turns, one without a word."""
    folder = tmp_path / "texts"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for n in range(N_DOCUMENTS - 1):
        (folder / f"{n:02}.txt").write_text(" ".join(rng.choice(WORDS[n % 2].split(), 30)))
    (folder / "empty.txt").touch()
    return folder


@pytest.fixture
def settings(corpus: Path, tmp_path: Path) -> Callable[..., Config]:
    """A function that makes a quick config for the corpus: settings(model_topics=3)."""
    return functools.partial(quick_config, corpus, tmp_path / "model")
