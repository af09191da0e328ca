"""Where a setting comes from: the config of -c or ./lda.yaml, LDA_CLI_ variables, --set, named options."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

YAML = """\
corpus: {path: texts}
vocabulary: {min_df: 2}
model: {path: kept/model, topics: 2}
training: {passes: 3, seed: 1}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a config and the corpus that it names."""
    write(tmp_path / "project", {"lda.yaml": YAML})
    write(tmp_path / "project" / "texts", theme_documents())
    return tmp_path / "project"


def settings(model: Path) -> dict[str, Any]:
    """The config that a model carries."""
    config: dict[str, Any] = json.loads((model / "model.json").read_text())["config"]
    return config


def test_config_of_the_working_directory_is_read(project: Path, trained: Path) -> None:
    done(lda("train", cwd=project))
    assert settings(project / "kept/model")["model"]["topics"] == 2
    assert done(lda("inspect", cwd=project)).count("\n") == 3
    assert json.loads(done(lda("infer", "-", cwd=project, stdin=b"moon\n")))["tokens"] == 1
    assert done(lda("inspect", "-m", trained, cwd=project)).count("\n") == 4  # an option outranks it


def test_paths_of_a_config_are_relative_to_it_and_those_of_the_command_line_are_not(project: Path) -> None:
    elsewhere = write(project.parent / "elsewhere", {})
    done(lda("train", "-c", "../project/lda.yaml", cwd=elsewhere))
    assert (project / "kept/model/model.json").exists()
    done(lda("train", "-c", "../project/lda.yaml", "-m", "own", "../project/texts", cwd=elsewhere))
    assert (elsewhere / "own/model.json").exists()
    options = ["-c", "../project/lda.yaml", "--set", "model.path=set"]
    done(lda("train", *options, cwd=elsewhere, env={"LDA_CLI_CORPUS_PATH": "../project/texts"}))
    assert (elsewhere / "set/model.json").exists()


def test_later_sources_outrank_earlier_ones(project: Path) -> None:
    arguments = ["--topics", 6, "--set", "model.topics=4", "--set", "training.seed=5"]
    env = {"LDA_CLI_TRAINING_SEED": "3", "LDA_CLI_TRAINING_PASSES": "4"}
    done(lda("train", *arguments, cwd=project, env=env))
    kept = settings(project / "kept/model")
    assert kept["model"]["topics"] == 6
    assert (kept["training"]["seed"], kept["training"]["passes"]) == (5, 4)
    assert kept["vocabulary"]["min_df"] == 2  # the rest of the config stands
