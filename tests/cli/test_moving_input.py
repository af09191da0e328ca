"""Files that vanish or shrink while they are read: an error that names them, or what was there.

What changes between the listing and the reading is for tests/corpus/documents.
"""

import json
import os
import select
from pathlib import Path

from tests.helpers.command import assert_refused
from tests.helpers.files import write
from tests.helpers.processes import ended, started

LINE = "moon orbit planet sail anchor vessel " * 6 + "\n"
N_LINES = 3 * (1 << 20) // len(LINE)  # three chunks


def ids(stdout: str) -> list[str]:
    return [json.loads(line)["id"] for line in stdout.splitlines()]


def test_file_that_vanishes_before_it_is_read_is_named(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"file.txt": "moon\nsail\n"})
    os.mkfifo(tmp_path / "pipe")
    with started("infer", "pipe", "file.txt", cwd=tmp_path) as process:
        with open(tmp_path / "pipe", "w", encoding="utf-8") as pipe:  # waits for the reader
            (tmp_path / "file.txt").unlink()
            pipe.write("oven\n")
        result = ended(process)
    assert ids(result.stdout) == ["pipe:1"]
    assert_refused(result._replace(stdout=""), 3, "file.txt: no such file or directory", "corpus.on_error")


def test_file_that_is_cut_while_it_is_read_ends_there(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"file.txt": LINE * N_LINES, "one.yaml": "training: {threads: 1}\n"})
    with started("infer", "file.txt", "-c", "one.yaml", cwd=tmp_path) as process:
        select.select([process.stdout], [], [], 60)
        os.truncate(tmp_path / "file.txt", 0)
        result = ended(process)
    assert (result.status, result.stderr) == (0, "")
    found = ids(result.stdout)
    assert 0 < len(found) < N_LINES
    assert found == [f"file.txt:{number}" for number in range(1, len(found) + 1)]
