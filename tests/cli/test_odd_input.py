"""Input that is odd and allowed: what is made of it, and what is said."""

import json
import os
import select
from pathlib import Path

from lda_cli.corpus.documents.chunks import CHUNK_BYTES
from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.processes import ended, started
from tests.helpers.themes import theme_documents


def test_ids_that_came_before_are_counted_once(tmp_path: Path, model: Path) -> None:
    write(tmp_path / "one", theme_documents())
    write(tmp_path / "two", {"other.txt": "sail\n"})
    given = "one", "two", "one"
    said = f"lda-cli: 24 read with an id that was used before, first: {min(theme_documents())}\n"
    env = {"LDA_CLI_TRAINING_THREADS": "2"}
    enough = ("--set", "training.passes=24")  # for each theme to have a topic, which is no warning
    trained = lda("train", *given, *QUICK, *enough, "-m", "new", cwd=tmp_path, env=env)
    assert done(trained) == ""
    assert trained.stderr.splitlines(keepends=True)[1] == said
    assert trained.stderr.count("\n") == 4
    assert (tmp_path / "new" / "documents.txt").read_text().split().count("space/0.txt") == 2

    inferred = lda("infer", *given, cwd=tmp_path, env=env)
    assert len(done(inferred).splitlines()) == 49
    assert inferred.stderr == said

    for command in (["train", "-m", "newer", *QUICK], ["infer"]):
        quiet = lda(*command, "--quiet", *given, cwd=tmp_path, env=env)
        assert (quiet.status, quiet.stderr) == (0, "")


def test_names_of_any_bytes_are_ids_of_one_line_each(tmp_path: Path) -> None:
    names = [b"caf\xe9.txt", b"new\nline.txt", b"\xed\xa0\x80.txt"]  # the last: half a character, as UTF-8
    write(tmp_path / "corpus", {os.fsdecode(name): "moon orbit sail\n" for name in names})
    done(lda("train", "corpus", *QUICK, "--set", "vocabulary.max_df=1.0", cwd=tmp_path))
    ids = [r"caf\xe9.txt", r"new\x0aline.txt", r"\xed\xa0\x80.txt"]
    assert (tmp_path / "model" / "documents.txt").read_text().splitlines() == ids
    given = [os.fsdecode(b"corpus/" + name) for name in names]
    records = map(json.loads, done(lda("infer", "corpus", *given, cwd=tmp_path)).splitlines())
    assert [record["id"] for record in records] == [*ids, *ids]
    missing = lda("infer", os.fsdecode(b"gone\xe9\n"), cwd=tmp_path)
    assert_refused(missing, 3, r"gone\xe9\x0a: no such file or folder")


def test_file_that_is_cut_while_it_is_read_ends_there(tmp_path: Path, model: Path) -> None:
    n_lines = 3 * CHUNK_BYTES // 200
    write(
        tmp_path,
        {
            "a.txt": f"moon{' ' * 195}\n" * n_lines,
            "one.yaml": "{training: {threads: 1}, corpus: {format: lines}}\n",
        },
    )
    with started("infer", "a.txt", "-c", "one.yaml", cwd=tmp_path) as process:
        select.select([process.stdout], [], [], 60)  # the answers to the first chunk are not taken
        os.truncate(tmp_path / "a.txt", 0)
        status, stdout, stderr = ended(process)
    assert (status, stderr) == (0, "")
    found = [json.loads(line)["id"] for line in stdout.splitlines()]
    assert 0 < len(found) < n_lines
    assert found == [f"a.txt:{number}" for number in range(1, len(found) + 1)]
