"""Globs as inputs: what they match, in which order, and what is never matched."""

import os
from pathlib import Path

import pytest

from lda_cli.config import CorpusConfig
from lda_cli.corpus.inputs.files import find_sources, formats_of
from lda_cli.corpus.inputs.globs import matching_paths
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError
from tests.corpus.reading import inputs_of

FILES = ("a.txt", "b.jsonl", ".hidden.txt", "x/1.txt", "x/y/2.txt", "x/.z/3.txt", "[q]/4.txt", "lda.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with files."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("word\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("glob", "paths"),
    [
        ("*.txt", ["a.txt"]),
        ("*", ["[q]", "a.txt", "b.jsonl", "lda.yaml", "x"]),
        ("[ab].*", ["a.txt", "b.jsonl"]),
        ("./x/*", ["./x/1.txt", "./x/y"]),
        ("*/y/2.txt", ["x/y/2.txt"]),
        ("**/*.txt", ["[q]/4.txt", "a.txt", "x/1.txt", "x/y/2.txt"]),
        ("**/y/**/*.txt", ["x/y/2.txt"]),
        ("x/**", ["x/1.txt", "x/y"]),
        ("x/**/**", ["x/1.txt", "x/y"]),
        ("**/*", ["[q]", "a.txt", "b.jsonl", "lda.yaml", "x"]),  # and not once more what lies in x
        (".h*", [".hidden.txt"]),
        ("[q]/*.txt", ["[q]/4.txt"]),  # a folder that is there as it stands
        ("nowhere/*", []),
    ],
)
def test_glob_matches(folder: Path, glob: str, paths: list[str]) -> None:
    assert matching_paths(glob) == paths


def test_absolute_glob_and_links_in_a_circle(folder: Path) -> None:
    (folder / "x" / "loop").symlink_to(folder)
    assert matching_paths(f"{folder}/**/2.*") == [f"{folder}/x/y/2.txt"]


def sources(*inputs: str, **settings: object) -> list[tuple[str, str]]:
    found = find_sources(inputs_of(*inputs, corpus=CorpusConfig(**settings)), Report())
    return [(source.path, source.format) for source in found]


def test_matches_are_inputs_and_matching_folders_are_folders_of_text(folder: Path) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "phi.npy").touch()
    expected = [("[q]/4.txt", "folder"), ("a.txt", "folder"), ("b.jsonl", "jsonl")]
    expected += [("x/1.txt", "folder"), ("x/y/2.txt", "folder")]
    assert sources("*") == expected  # neither the config nor the model
    assert sources("b*", "a*") == [expected[2], expected[1]]
    formats = [("[q]", "folder"), ("a.txt", "folder"), ("b.jsonl", "jsonl"), ("x", "folder")]
    assert formats_of(inputs_of("*")) == formats


def test_file_that_is_called_like_a_glob_is_that_file(folder: Path) -> None:
    for name in ("*.txt", "[a].txt"):
        Path(name).touch()
        assert sources(name) == [(name, "lines")]


def test_glob_that_matches_nothing_is_an_error(folder: Path) -> None:
    for glob in ("*.csv", "[z]*", "lda.?aml"):
        with pytest.raises(CorpusError) as caught:
            sources("a.txt", glob)
        reason = "no such file or folder, and no match as a glob; check the path"
        assert str(caught.value) == f"{glob}: {reason}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_folder_that_cannot_be_listed_is_an_error(folder: Path) -> None:
    (folder / "x").chmod(0)
    with pytest.raises(CorpusError, match="x: permission denied; check the path"):
        sources("*/*.txt")
