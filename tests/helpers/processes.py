"""lda-cli while it runs: started, watched and stopped."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .command import COMMAND, SECONDS_AT_MOST, Result, environment
from .files import write

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]  # and their exit statuses
LONG = ["--set", "training.passes=3000", "--threads", 2, "--verbose"]


@contextmanager
def started(*arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A running lda-cli that heeds SIGINT, though the shell that runs the tests may ignore it.

    It is killed after SECONDS_AT_MOST, so that no test waits for ever for its output.
    """
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 (no threads)
    ) as process:
        limit = threading.Timer(SECONDS_AT_MOST, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def ended(process: subprocess.Popen[str]) -> Result:
    """Wait for the end of a process."""
    stdout, stderr = process.communicate(timeout=SECONDS_AT_MOST)
    return Result(process.returncode, stdout, stderr)


def until(condition: Callable[[], object], poll: float = 0.005) -> None:
    """Return as soon as the condition holds, which is looked at every `poll` seconds."""
    end = time.monotonic() + SECONDS_AT_MOST
    while not condition():
        assert time.monotonic() < end
        time.sleep(poll)


def children(process: int) -> list[int]:
    """The processes that a process has started and that live, by /proc."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it is gone
            continue
        if int(parent) == process and state != "Z":
            found.append(int(status.parent.name))
    return found


def lives(process: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ticks(process: int) -> int:
    """The processor time that a process has used, in 1/100 s."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11])


def slow_pattern(folder: Path) -> tuple[list[object], Path]:
    """A training that reads for minutes, and its corpus: the pattern tries all divisions of a word."""
    good = {f"{number:02}.txt": "moon orbit\n" for number in range(3)}
    bad = {f"z{number}.txt": "moon orbit " * 50_000 + "a" * 40 + "!\n" for number in range(4)}
    corpus = write(folder / "corpus", good | bad)
    config = "tokenizer: {pattern: '(?:(?:[a-z]+)+(?= |$))'}\ntraining: {threads: 2}\n"
    write(folder, {"slow.yaml": config})
    return ["train", corpus, "-c", "slow.yaml", "--model", "new"], corpus
