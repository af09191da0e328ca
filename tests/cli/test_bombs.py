"""Small files that unpack to more than memory holds: refused, skipped, or read a chunk at a time."""

import gzip
import resource
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, Result, assert_refused, done, lda
from tests.helpers.files import write

MEMORY = 640 << 20  # address space of a run; a bomb unpacks to more
MEMBER = 16 << 20
N_MEMBERS = MEMORY // MEMBER + 2

ONE_LINE = gzip.compress(b"moon orbit sail " * (MEMBER // 16), mtime=0) * N_MEMBERS
MANY_LINES = gzip.compress((b"moon" + b" " * 65531 + b"\n") * (MEMBER >> 16), mtime=0) * N_MEMBERS


def small(folder: Path, *arguments: object, **env: str) -> Result:
    """Run lda-cli in little memory."""
    return lda(
        *arguments,
        cwd=folder,
        env={"OPENBLAS_NUM_THREADS": "1", "LDA_CLI_TRAINING_THREADS": "2"} | env,
        before=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


@pytest.mark.parametrize("layout", ["lines", "jsonl", "csv", "folder"])
def test_line_or_document_larger_than_memory_is_refused(tmp_path: Path, model: Path, layout: str) -> None:
    write(tmp_path, {"bomb.gz": ONE_LINE})
    where = {"lines": "bomb.gz:1: line", "jsonl": "bomb.gz:1: line", "csv": "bomb.gz: line"}
    said = [f"{where.get(layout, 'bomb.gz: document')} longer than 256 MiB", "corpus.on_error"]
    assert_refused(small(tmp_path, "infer", "bomb.gz", LDA_CLI_CORPUS_FORMAT=layout), 3, *said)


def test_line_larger_than_memory_is_skipped_and_counted(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"bomb.gz": gzip.compress(b"moon\n") + ONE_LINE + gzip.compress(b"\nsail\n")})
    result = small(tmp_path, "infer", "bomb.gz", "--format", "csv", "--words", LDA_CLI_CORPUS_ON_ERROR="skip")
    assert [row.split(",")[0] for row in done(result).splitlines()] == ["id", "bomb.gz:1", "bomb.gz:3"]
    assert result.stderr == "lda-cli: 1 skipped, first: bomb.gz:2: line longer than 256 MiB\n"


def test_document_larger_than_memory_is_skipped_in_training(tmp_path: Path) -> None:
    write(tmp_path / "corpus", {"a.txt": "moon orbit\n", "bomb.gz": ONE_LINE, "c.txt": "sail moon\n"})
    options = ["--set", "vocabulary.min_df=1", "--set", "vocabulary.max_df=1.0"]
    result = small(tmp_path, "train", "corpus", *QUICK, *options, LDA_CLI_CORPUS_ON_ERROR="skip")
    assert done(result) == ""
    assert "1 skipped, first: corpus/bomb.gz: document longer than 256 MiB" in result.stderr
    assert (tmp_path / "model" / "documents.txt").read_text().split() == ["a.txt", "c.txt"]


def test_many_lines_larger_than_memory_are_read(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"bomb.gz": MANY_LINES})
    result = small(tmp_path, "infer", "bomb.gz", "--format", "csv", "--top", 1)
    assert done(result).count("\n") == 1 + N_MEMBERS * (MEMBER >> 16)
    assert result.stderr == ""
