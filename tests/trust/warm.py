"""lda-cli as a process that is there at once: a copy of one that has imported everything.

A Python that starts and imports NumPy takes half a second, and a run of a small corpus a tenth of that. As a
program it is the process that is copied; it answers each line of JSON with one.
"""

import contextlib
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lda_cli.cli import main as lda_cli
from tests.cli.conftest import Result, environment

_SECONDS_AT_MOST = 120.0
_NEEDED = (
    *("scipy.sparse", "scipy.special", "lda_cli.estimate", "lda_cli.inference", "lda_cli.training"),
    *("lda_cli.cli.progress", "lda_cli.cli.records"),
    # another user may not be allowed to read where Python is
    *("concurrent.futures.process", "importlib.readers", "multiprocessing.popen_fork"),
    *("multiprocessing.synchronize", "multiprocessing.queues"),
)


class Warm:
    """Runs of lda-cli, one after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Take the process that is to be copied."""
        self._process = process

    def __call__(
        self,
        *arguments: object,
        cwd: Path,
        stdin: str = "",
        env: Mapping[str, str] = {},
        limits: Mapping[str, int] = {},
        user: int | None = None,
    ) -> Result:
        """Run `lda-cli arguments...` to its end.

        limits : of resources, such as RLIMIT_NOFILE, by name; user : the number of another user to be
        """
        asked = {
            "arguments": list(map(str, arguments)),
            "cwd": str(cwd),
            "stdin": stdin,
            "env": dict(env),
            "limits": dict(limits),
            "user": user,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return Result(*json.loads(self._process.stdout.readline()))


@contextlib.contextmanager
def warm(env: Mapping[str, str] = {}) -> Iterator[Warm]:
    """Make the process that is to be copied; it ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=environment(env),
    ) as process:
        yield Warm(process)
        process.communicate()


def main() -> None:
    """Answer until nobody asks any more."""
    for name in _NEEDED:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


def _answer(asked: dict[str, Any]) -> Result:
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        streams[0].write(asked["stdin"].encode())
        streams[0].seek(0)
        child = os.fork()
        if child == 0:
            _become_lda_cli(asked, [stream.fileno() for stream in streams])
        status = _status_of(child)
        for stream in streams[1:]:
            stream.seek(0)
        return Result(status, *(stream.read().decode() for stream in streams[1:]))


def _status_of(child: int) -> int:
    until = time.monotonic() + _SECONDS_AT_MOST
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.killpg(child, 9)
    os.waitpid(child, 0)
    raise TimeoutError


def _become_lda_cli(asked: dict[str, Any], streams: list[int]) -> None:
    try:
        os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.environ.update(asked["env"])
        tempfile.tempdir = None  # which it may say
        os.chdir(asked["cwd"])
        if asked["user"] is not None:
            os.setgroups([])
            os.setgid(asked["user"])
            os.setuid(asked["user"])
        for name, limit in asked["limits"].items():
            resource.setrlimit(getattr(resource, name), (limit, limit))
        lda_cli(asked["arguments"])
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(int(end.code or 0))
    except BaseException:
        traceback.print_exc()
        os._exit(70)


if __name__ == "__main__":
    main()
