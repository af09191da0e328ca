"""`model.decorrelate` and `model.background` on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents


@pytest.fixture
def everywhere(tmp_path: Path) -> Path:
    """The documents of the themes, each with common words that are no stop words."""
    common = " ".join(["thing", "matter", "way", "kind"] * 3)
    return write(tmp_path / "corpus", {name: f"{text} {common}" for name, text in theme_documents().items()})


def phi_of(model: Path) -> tuple[np.ndarray, list[str]]:
    return np.load(model / "phi.npy"), (model / "vocabulary.txt").read_text().splitlines()


def test_background_topic_is_the_last_and_has_the_words_of_all_documents(
    everywhere: Path, tmp_path: Path
) -> None:
    options = ("--topics", 4, "--set", "vocabulary.max_df=1.0", "--set", "training.passes=24")
    shaped = ("--set", "model.decorrelate=5", "--set", "model.background=1")
    done(lda("train", everywhere, *QUICK, *options, *shaped, cwd=tmp_path))
    phi, terms = phi_of(tmp_path / "model")
    common = phi[:, [terms.index(word) for word in ("thing", "matter", "way", "kind")]].sum(axis=1)
    assert common.argmax() == 3
    assert common[3] > 0.6
    stored = json.loads((tmp_path / "model/model.json").read_text())["config"]["model"]
    assert (stored["decorrelate"], stored["background"]) == (5, 1)
    done(lda("inspect", cwd=tmp_path))
    done(lda("infer", everywhere, cwd=tmp_path))


def test_nought_of_both_changes_no_byte(everywhere: Path, tmp_path: Path) -> None:
    done(lda("train", everywhere, *QUICK, "-m", "plain", cwd=tmp_path))
    noughts = ("--set", "model.decorrelate=0", "--set", "model.background=0")
    done(lda("train", everywhere, *QUICK, "-m", "nought", *noughts, cwd=tmp_path))
    assert phi_of(tmp_path / "plain")[0].tobytes() == phi_of(tmp_path / "nought")[0].tobytes()


def test_as_many_background_topics_as_topics_are_refused(everywhere: Path, tmp_path: Path) -> None:
    result = lda("train", everywhere, *QUICK, "--topics", 3, "--set", "model.background=3", cwd=tmp_path)
    assert_refused(result, 2, "background must be less than topics, which is 3, not 3")
