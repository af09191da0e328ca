"""Files that vanish, grow or shrink while they are read: an error that names them, or what was there."""

import json
import os
import select
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.command import Result, assert_refused
from tests.helpers.files import write
from tests.helpers.processes import ended, started

LINE = "moon orbit planet sail anchor vessel " * 6 + "\n"
N_LINES = 3 * (1 << 20) // len(LINE)  # three chunks


def ids(stdout: str) -> list[str]:
    return [json.loads(line)["id"] for line in stdout.splitlines()]


def infer_with_a_change(folder: Path, config: str, change: Callable[[Path], object]) -> Result:
    """Infer from a pipe and a file that changes when all inputs were looked at, and the pipe is read."""
    write(folder, {"given.yaml": config, "file.txt": "moon\nsail\n"})
    os.mkfifo(folder / "pipe")
    with started("infer", "-c", "given.yaml", "pipe", "file.txt", cwd=folder) as process:
        with open(folder / "pipe", "w", encoding="utf-8") as pipe:  # waits for the reader
            change(folder / "file.txt")
            pipe.write("oven\n")
        return ended(process)


@pytest.mark.parametrize("layout", ["lines", "folder"])
def test_file_that_vanishes_before_it_is_read_is_named_or_skipped(
    tmp_path: Path, model: Path, layout: str
) -> None:
    pipe_id = {"lines": "pipe:1", "folder": "pipe"}[layout]
    result = infer_with_a_change(tmp_path, f"corpus: {{format: {layout}}}", Path.unlink)
    assert (result.status, ids(result.stdout)) == (3, [pipe_id])
    assert_refused(result._replace(stdout=""), 3, "file.txt: no such file or directory", "corpus.on_error")

    (tmp_path / "pipe").unlink()
    result = infer_with_a_change(tmp_path, f"corpus: {{format: {layout}, on_error: skip}}", Path.unlink)
    assert (result.status, ids(result.stdout)) == (0, [pipe_id])
    assert result.stderr == "lda-cli: 1 skipped, first: file.txt: no such file or directory\n"


def test_file_that_becomes_a_folder_is_named(tmp_path: Path, model: Path) -> None:
    def change(path: Path) -> None:
        path.unlink()
        path.mkdir()

    result = infer_with_a_change(tmp_path, "corpus: {format: lines}", change)
    assert_refused(result._replace(stdout=""), 3, "file.txt: is a directory", "corpus.on_error")


def test_file_that_grows_before_it_is_read_is_read_to_its_new_end(tmp_path: Path, model: Path) -> None:
    result = infer_with_a_change(tmp_path, "{}", lambda path: path.write_text("moon\n" * 500))
    assert (result.status, result.stderr) == (0, "")
    assert ids(result.stdout) == ["pipe:1", *(f"file.txt:{number}" for number in range(1, 501))]


def infer_with_a_change_within(folder: Path, change: Callable[[Path], object]) -> Result:
    """Infer from a file of three chunks that changes while the answers to the first are not taken."""
    write(folder, {"given.yaml": "training: {threads: 1}\n", "file.txt": LINE * N_LINES})
    with started("infer", "-c", "given.yaml", "file.txt", cwd=folder) as process:
        select.select([process.stdout], [], [], 60)
        change(folder / "file.txt")
        return ended(process)


def test_lines_that_are_added_while_a_file_is_read_are_read(tmp_path: Path, model: Path) -> None:
    def change(path: Path) -> None:
        with open(path, "a", encoding="utf-8") as file:
            file.write("oven\n")

    result = infer_with_a_change_within(tmp_path, change)
    assert (result.status, result.stderr) == (0, "")
    assert ids(result.stdout) == [f"file.txt:{number}" for number in range(1, N_LINES + 2)]


def test_file_that_is_cut_while_it_is_read_ends_there(tmp_path: Path, model: Path) -> None:
    result = infer_with_a_change_within(tmp_path, lambda path: os.truncate(path, 0))
    assert (result.status, result.stderr) == (0, "")
    found = ids(result.stdout)
    assert 0 < len(found) < N_LINES
    assert found == [f"file.txt:{number}" for number in range(1, len(found) + 1)]
