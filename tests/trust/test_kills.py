"""A few of the kills of `python -m tests.trust kills`, which makes hundreds on a larger corpus."""

import random
import sys
from pathlib import Path

import pytest

from tests.helpers.command import QUICK
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

from .kills import Place, kill_often


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_trainings_leave_a_whole_model_and_lose_no_byte(tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", theme_documents())
    figures = kill_often(Place(tmp_path, corpus, QUICK), 2, random.Random(0))
    assert figures.former + figures.new == figures.kills == 2
    assert figures.completed > 0
