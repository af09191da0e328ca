"""The runner of lda-cli as a process, a small corpus of three themes, and a model of it trained once."""

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import pytest

from .warm import Server

COMMAND = [sys.executable, "-m", "lda_cli"]
QUICK = (
    *("--topics", "3", "--set", "model.alpha=0.5", "--set", "training.passes=4"),
    *("--set", "training.restarts=1", "--set", "training.annealing.from=0.8"),
    *("--set", "vocabulary.min_df=2"),
)
THEMES = {
    "space": "moon orbit planet telescope comet galaxy rocket nebula",
    "kitchen": "butter oven flour pepper onion garlic skillet broth",
    "harbour": "sail anchor vessel captain lighthouse cargo rudder deck",
}
_OF_PYTHON = ("PYTHON", "LANG", "LC_")
_NOT_INHERITED = ("LDA_CLI_", "PYTHON", "NO_COLOR", "TERM")

FRACTION = re.compile(r"\d+\.\d+")


class Result(NamedTuple):
    status: int
    stdout: str
    stderr: str


def environment(extra: Mapping[str, str] = {}) -> dict[str, str]:
    """Nothing of the caller's that lda-cli would heed; warnings of lda-cli are errors.

    Threads of BLAS, of which it makes no use, would double the time that a process takes to start.
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
    cold: bool = False,
) -> Result:
    """Run `lda-cli arguments...` to its end.

    before : is called in the new process, for its limits
    cold : whether Python begins anew, as it does for `before` and where a variable says how it begins
    """
    if not cold and before is None and not any(name.startswith(_OF_PYTHON) for name in env):
        ended = warm_server().run(map(str, arguments), str(cwd or Path.cwd()), environment(env), stdin, 120)
        return Result(ended.status, ended.stdout.decode(), ended.stderr.decode())
    fed = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        **fed,
        capture_output=True,
        cwd=cwd,
        env=environment(env),
        preexec_fn=before,
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


# The largest resident set that the system tells of a process counts what it was a copy of, before it became
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
        command, capture_output=True, cwd=cwd, env=environment(), timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return int(result.stdout.splitlines()[-1]), result.stderr.decode()


def done(result: Result) -> str:
    """Standard output of a run that must have gone well."""
    assert result.status == 0, result.stderr
    return result.stdout


def assert_refused(result: Result, status: int, *said: str) -> None:
    """One line on standard error, that says all of `said`; nothing on standard output."""
    assert result.status == status, result
    assert result.stdout == ""
    assert result.stderr.startswith("lda-cli: error: ")
    assert result.stderr.endswith("\n")
    assert result.stderr.count("\n") == 1, result.stderr
    assert [part for part in said if part not in result.stderr] == [], result.stderr
    assert "Traceback" not in result.stderr


def untimed(stderr: str) -> list[str]:
    """What a verbose run has said, without the time that each line begins with."""
    lines = [
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d (.*)", line)
        for line in stderr.splitlines()
    ]
    assert all(lines), stderr
    return [line[1] for line in lines if line]


CACHE = re.compile(r"\..*\.cache")


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder, hidden or not: bytes of files, targets of links. A corpus cache is nothing:
    it only spares the next run some work, and a run that fails may have filled it.
    """
    found: dict[str, bytes | str] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not CACHE.fullmatch(name)]
        for name in [*folders, *files]:
            path = Path(place, name)
            is_file = path.is_file() and not path.is_symlink()
            found[str(path.relative_to(folder))] = (
                path.read_bytes() if is_file else os.readlink(path) if path.is_symlink() else "folder"
            )
    return found


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Nothing below a folder is added, removed or altered in the block."""
    before = snapshot(folder)
    yield
    assert snapshot(folder) == before


def write(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Make files, and the folders that they are in."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def without_packages(folder: Path, *names: str) -> dict[str, str]:
    """Variables of a process that cannot import the packages; `folder` holds what sees to it."""
    blocked = dict.fromkeys(names)
    write(folder, {"sitecustomize.py": f"import sys\nsys.modules.update({blocked})\n"})
    return {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def theme_documents() -> dict[str, str]:
    """Name to text. Word n of a theme is in 8 - n documents, so no two of its words are equally frequent."""
    documents = {}
    for theme, words in THEMES.items():
        for number in range(8):
            used = words.split()[: 8 - number]
            documents[f"{theme}/{number}.txt"] = " ".join([*used, *used, *used]) + ".\n"
    return documents


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 documents; read only."""
    return write(tmp_path_factory.mktemp("corpus"), theme_documents())


@pytest.fixture(scope="session")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of `corpus`; read only."""
    model = tmp_path_factory.mktemp("trained") / "model"
    done(lda("train", corpus, "--model", model, *QUICK))
    return model


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may spoil, at the default place in `tmp_path`."""
    return Path(shutil.copytree(trained, tmp_path / "model"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/cli/golden/NAME; LDA_CLI_UPDATE_GOLDEN=1 pytest ... writes it anew.

    Fractions may differ in their last digits, since another processor or kernel rounds otherwise.
    """

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("LDA_CLI_UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8")
        assert FRACTION.sub("#", text) == FRACTION.sub("#", expected)
        found = [float(number) for number in FRACTION.findall(text)]
        wanted = [float(number) for number in FRACTION.findall(expected)]
        assert found == pytest.approx(wanted, rel=2e-3, abs=1e-4)

    return compare
