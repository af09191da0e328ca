"""Small files that unpack to more than memory holds: refused or skipped.

That each format has a limit is for tests/corpus; here a process has little memory.
"""

import gzip
import resource
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, Result, assert_refused, done, lda
from tests.helpers.files import write

MEMORY = 512 << 20  # of a run; a bomb unpacks to more
MEMBER = 16 << 20
ONE_LINE = gzip.compress(b"moon orbit sail " * (MEMBER // 16), mtime=0) * (MEMORY // MEMBER + 2)


def small(folder: Path, *arguments: object, **env: str) -> Result:
    """Run lda-cli in little memory."""
    return lda(
        *arguments,
        cwd=folder,
        env={"LDA_CLI_TRAINING_THREADS": "2"} | env,
        before=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),
    )


def test_line_larger_than_memory_is_skipped_and_counted(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"bomb.gz": gzip.compress(b"moon\n") + ONE_LINE + gzip.compress(b"\nsail\n")})
    how = {"LDA_CLI_CORPUS_ON_ERROR": "skip", "LDA_CLI_CORPUS_FORMAT": "lines"}
    result = small(tmp_path, "infer", "bomb.gz", "--format", "csv", "--words", **how)
    assert [row.split(",")[0] for row in done(result).splitlines()] == ["id", "bomb.gz:1", "bomb.gz:3"]
    assert result.stderr == "lda-cli: 1 skipped, first: bomb.gz:2: line longer than 256 MiB\n"


def test_document_larger_than_memory_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "corpus", {"a.txt": "moon orbit\n", "bomb.gz": ONE_LINE, "c.txt": "sail moon\n"})
    refused = small(tmp_path, "train", "corpus", *QUICK)
    assert_refused(refused, 3, "corpus/bomb.gz: document longer than 256 MiB", "corpus.on_error")


@pytest.mark.parametrize("name", ["a.mtx.gz", "vocab.txt.gz"])
def test_bag_larger_than_memory_is_refused(tmp_path: Path, model: Path, name: str) -> None:
    given, beside = ("a.ldac", {"a.ldac": "1 0:1\n"}) if "vocab" in name else (name, {"vocab.txt": "moon\n"})
    write(tmp_path, beside | {name: ONE_LINE})
    assert_refused(small(tmp_path, "infer", given), 3, f"lda-cli: error: {name}:")
