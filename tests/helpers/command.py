"""lda-cli run as a process to its end, and what its result must be."""

import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from .files import write
from .warm import Server

COMMAND = [sys.executable, "-m", "lda_cli"]
QUICK = (
    *("--topics", "3", "--set", "model.alpha=0.5", "--set", "training.passes=4"),
    *("--set", "training.restarts=1", "--set", "training.annealing.from=0.8"),
    *("--set", "vocabulary.min_df=2"),
)
SECONDS_AT_MOST = 300  # far more than any run takes on an idle machine
_OF_PYTHON = ("PYTHON", "LANG", "LC_")
_NOT_INHERITED = ("LDA_CLI_", "PYTHON", "NO_COLOR", "TERM")


class Result(NamedTuple):
    status: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


def environment(extra: Mapping[str, str] = {}) -> dict[str, str]:
    """The caller's variables without those that lda-cli heeds; warnings of lda-cli are errors.

    One thread of BLAS, since starting more doubles the time that a process takes to start.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    ours = {"PYTHONWARNINGS": "error", "TERM": "xterm-256color", "OPENBLAS_NUM_THREADS": "1"}
    return kept | ours | dict(extra)


@functools.cache
def warm_server() -> Server:
    """One for each process of the tests."""
    return Server(environment())


def lda(
    *arguments: object,
    cwd: Path | None = None,
    stdin: bytes | IO[bytes] = b"",
    env: Mapping[str, str] = {},
    before: Callable[[], object] | None = None,
) -> Result:
    """Run `lda-cli arguments...` to its end.

    before : is called in the new process, for its limits; Python then starts anew, and writes no .pyc file,
        which a limit of the size of files would cut
    """
    if before is None and not any(name.startswith(_OF_PYTHON) for name in env):
        ended = warm_server().run(
            map(str, arguments), str(cwd or Path.cwd()), environment(env), stdin, SECONDS_AT_MOST
        )
        return Result(ended.status, ended.stdout.decode(), ended.stderr.decode())
    fed = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    ended = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        **fed,
        capture_output=True,
        cwd=cwd,
        env=environment({"PYTHONDONTWRITEBYTECODE": "1"} | dict(env)),
        preexec_fn=before,
        timeout=SECONDS_AT_MOST,
        check=False,
    )
    return Result(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


# The largest resident set that the system reports of a process counts what it was a copy of before it became
# lda-cli: here a Python that is small, and not the one that runs the tests.
_MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], check=False).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def peak_memory(*arguments: object, cwd: Path) -> tuple[int, str]:
    """Run `lda-cli arguments...`: the peak of its memory, in KiB on Linux, and its standard error."""
    command = [sys.executable, "-c", _MEASURE, *COMMAND, *map(str, arguments)]
    result = subprocess.run(
        command, capture_output=True, cwd=cwd, env=environment(), timeout=SECONDS_AT_MOST, check=False
    )
    assert result.returncode == 0, result.stderr
    return int(result.stdout.splitlines()[-1]), result.stderr.decode()


def shell(script: str, cwd: Path) -> tuple[list[int], str, str]:
    """Statuses of a pipeline in which $LDA is lda-cli; its standard output and standard error."""
    ran = subprocess.run(
        ["bash", "-c", f'{script}\necho "STATUS ${{PIPESTATUS[@]}}"'],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment({"LDA": " ".join(COMMAND)}),
        timeout=SECONDS_AT_MOST,
        check=False,
    )
    stdout, _, statuses = ran.stdout.rpartition("STATUS ")
    return list(map(int, statuses.split())), stdout, ran.stderr


def done(result: Result) -> str:
    """Standard output of a run that must end with status 0."""
    assert result.status == 0, result.stderr
    return result.stdout


def assert_refused(result: Result, status: int, *said: str) -> None:
    """One line on standard error that says all of `said`; nothing on standard output."""
    assert result.status == status, result
    assert result.stdout == ""
    assert result.stderr.startswith("lda-cli: error: ")
    assert result.stderr.endswith("\n")
    assert result.stderr.count("\n") == 1, result.stderr
    assert [part for part in said if part not in result.stderr] == [], result.stderr
    assert "Traceback" not in result.stderr


def untimed(stderr: str) -> list[str]:
    """The lines of a verbose run without the time that each begins with."""
    lines = [
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d (.*)", line)
        for line in stderr.splitlines()
    ]
    assert all(lines), stderr
    return [line[1] for line in lines if line]


def without_packages(folder: Path, *names: str) -> dict[str, str]:
    """Variables of a process that cannot import the packages, by a sitecustomize.py in `folder`."""
    blocked = dict.fromkeys(names)
    write(folder, {"sitecustomize.py": f"import sys\nsys.modules.update({blocked})\n"})
    return {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
