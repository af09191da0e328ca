"""`lda-cli export`: where its output goes, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.command import Run, assert_refused, done, lda, shell, without_packages
from tests.helpers.files import write

FOLDERS = {
    "mallet": {"doc-topics.txt", "topic-keys.txt", "topic-word-weights.txt", "word-topic-counts.txt"},
    "gensim": {"load.py", "dictionary.txt", "alpha.npy", "eta.npy", "lambda.npy", "expElogbeta.npy"},
}


def test_name_of_the_file_decides_the_format(tmp_path: Path, model: Path) -> None:
    for name in ("a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet", "a.txt"):
        assert done(lda("export", "documents", "-o", name, cwd=tmp_path)) == ""
    shown = done(lda("export", "documents", cwd=tmp_path))
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "a.txt").read_text() == shown
    assert (tmp_path / "a.tsv").read_text() == shown.replace(",", "\t")
    assert (tmp_path / "a.jsonl").read_text().startswith('{"id": "harbour/0.txt", "tokens": ')
    assert (tmp_path / "a.json").read_text() == (tmp_path / "a.jsonl").read_text()
    assert (tmp_path / "a.parquet").read_bytes().startswith(b"PAR1")


def test_digits_are_those_of_theta(tmp_path: Path, model: Path) -> None:
    rows = [row.split(",") for row in done(lda("export", "documents", cwd=tmp_path)).splitlines()[1:]]
    theta = np.load(model / "theta.npy")
    assert [row[2:] for row in rows] == [[repr(round(x, 6)) for x in row] for row in theta.tolist()]


def test_reader_that_closes_the_pipe_is_no_error(tmp_path: Path, model: Path) -> None:
    for what in ("documents", "documents --long", "graph", "terms --top 0"):
        statuses, shown, stderr = shell(f"$LDA export {what} | head -1", tmp_path)
        assert (statuses, stderr) == ([0, 0], ""), what
        assert shown.count("\n") == 1


@pytest.mark.parametrize("what", FOLDERS)
def test_folder_replaces_its_like_and_nothing_else(tmp_path: Path, model: Path, what: str) -> None:
    for _ in range(2):
        done(lda("export", what, "-o", "out", cwd=tmp_path))
        assert {path.name for path in (tmp_path / "out").iterdir()} == FOLDERS[what]
    write(tmp_path / "out", {"mine.txt": "x"})
    assert_refused(
        lda("export", what, "-o", "out", cwd=tmp_path), 5, "out: contains 'mine.txt'", "name another"
    )
    assert_refused(lda("export", what, "-o", "model/phi.npy", cwd=tmp_path), 5, "is not a folder")
    assert_refused(lda("export", what, "-o", "model", cwd=tmp_path), 5, "model: contains")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("nonsense", "nonsense"),
        ("gensim", "give -o FOLDER"),
        ("sklearn", "give -o FILE"),
        ("documents --format parquet", "give -o FILE"),
        ("graph --format csv", "an option of tables"),
        ("documents --top 3", "--top: needs --long"),
        ("topics --min-share 0.1", "documents, graph"),
        ("graph --wide", "terms"),
        ("documents --min-share nan", "nan"),
        ("documents --spreadsheet --format jsonl", "--format csv"),
        ("documents -o a.csv.gz", "not compressed"),
        ("by", "needs a field"),
        ("by year", "metadata"),
        ("topics year", "unexpected argument year"),
    ],
)
def test_wrong_use_is_refused_in_one_line(tmp_path: Path, model: Path, arguments: str, said: str) -> None:
    assert_refused(lda("export", *arguments.split(), cwd=tmp_path), 2, said)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_missing_pyarrow_is_one_line_with_the_remedy(tmp_path: Path, model: Path) -> None:
    env = without_packages(tmp_path / "blocked", "pyarrow")
    result = lda("export", "topics", "-o", "t.parquet", cwd=tmp_path, env=env)
    assert_refused(result, 2, "pip install 'lda-cli[parquet]'")
    assert not (tmp_path / "t.parquet").exists()


def test_output_that_cannot_be_written_is_named(tmp_path: Path, model: Path) -> None:
    for what, name in (("topics", "no/t.csv"), ("graph", "no/g.gexf"), ("mallet", "model/phi.npy/m")):
        assert_refused(lda("export", what, "-o", name, cwd=tmp_path), 5, "cannot be written")


def test_export_twice_is_the_same_bytes(tmp_path: Path, model: Path) -> None:
    for what in ("graph", "sklearn", "pyldavis", "topics", "similar-topics"):
        for name in ("one", "two"):
            done(lda("export", what, "-o", name, "-q", cwd=tmp_path))
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes(), what


def test_no_file_of_a_model_is_replaced_by_an_output(model: Path, run: Run) -> None:
    before = (model / "theta.npy").read_bytes()
    for command in (["export", "documents"], ["infer", "-"]):
        refused = run(*command, "-o", "model/theta.npy")
        assert refused.status == 5
        assert "model/theta.npy: is in the directory of a model" in refused.stderr
    assert (model / "theta.npy").read_bytes() == before
