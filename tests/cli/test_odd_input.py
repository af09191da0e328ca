"""Input that is odd and allowed: what is made of it, and what is said."""

import json
from pathlib import Path

import pytest

from .conftest import QUICK, done, lda, theme_documents, write


@pytest.mark.parametrize("threads", [1, 2])
def test_ids_that_came_before_are_counted_once(tmp_path: Path, model: Path, threads: int) -> None:
    write(tmp_path / "one", theme_documents())
    write(tmp_path / "two", {"space/0.txt": "moon orbit\n", "space/1.txt": "planet\n", "other.txt": "sail\n"})
    said = "lda-cli: 2 read under an id that came before, the first: space/0.txt\n"
    env = {"LDA_CLI_TRAINING_THREADS": str(threads)}
    trained = lda("train", "one", "two", *QUICK, "-m", "new", cwd=tmp_path, env=env)
    assert done(trained) == ""
    assert trained.stderr.startswith(said)
    assert trained.stderr.count("\n") == 2
    assert (tmp_path / "new" / "documents.txt").read_text().split().count("space/0.txt") == 2

    inferred = lda("infer", "one", "two", cwd=tmp_path, env=env)
    assert len(done(inferred).splitlines()) == 27
    assert inferred.stderr == said

    for command in (["train", "-m", "newer", *QUICK], ["infer"]):
        quiet = lda(*command, "--quiet", "one", "two", cwd=tmp_path, env=env)
        assert (quiet.status, quiet.stderr) == (0, "")


def test_ids_of_a_column_that_came_before_are_counted(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"a.jsonl": "".join(f'{{"text": "moon", "n": {n % 3}}}\n' for n in range(30))})
    env = {"LDA_CLI_CORPUS_ID_FIELD": "n"}
    result = lda("infer", "a.jsonl", cwd=tmp_path, env=env)
    assert [json.loads(line)["id"] for line in done(result).splitlines()] == ["0", "1", "2"] * 10
    assert result.stderr == "lda-cli: 27 read under an id that came before, the first: 0\n"
