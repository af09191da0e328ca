"""Readers while a model is replaced: `python -m tests.trust readers --readers 200 --replacements 50`.

Threads of long-lived processes load the model and infer, again and again, and lda-cli is run beside them, as
two models take the place of each other by turns. Every answer must be that of one of the two, and no reader
may fail. Figures are a line of JSON, which tells of errors too; the exit status is 1 if there is one.
"""

import argparse
import hashlib
import itertools
import json
import os
import random
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import numpy as np

import lda_cli
from lda_cli.disk import folders
from lda_cli.model import store
from tests.helpers.command import COMMAND, environment
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

READERS_A_PROCESS = 25
COMMANDS = (("infer", "-"), ("inspect", "--format", "json"), ("inspect", "--verify"))
TEXTS = (
    "The moon rose over the harbour, and the captain let down the anchor.",
    "Butter, flour and an onion.",
)


class Place:
    """A folder with a model, and two models that take its place, of which the first is there."""

    def __init__(self, folder: Path) -> None:
        """Train both, and ask them what readers will ask."""
        self.folder = folder
        self.model = folder / "place" / "model"
        write(folder / "corpus", theme_documents())
        self._models = [self._trained(seed) for seed in (0, 1)]
        self.expected = [answer(folder / f"model{seed}") for seed in (0, 1)]
        assert self.expected[0] != self.expected[1]
        self.replace(0)

    def _trained(self, seed: int) -> lda_cli.Model:
        options = {
            "corpus.path": str(self.folder / "corpus"),
            "model.path": str(self.folder / f"model{seed}"),
            "model.topics": 3,
            "vocabulary.min_df": 2,
            "training.passes": 4,
            "training.seed": seed,
        }
        return lda_cli.train(lda_cli.load_config(environ={}, options=options))

    def printed(self, command: tuple[str, ...]) -> list[bytes]:
        """What lda-cli prints of either model."""
        return [run(command, self.folder / f"model{seed}").stdout for seed in (0, 1)]

    def replace(self, seed: int) -> None:
        """Let one of the two take the place."""
        source = self.folder / f"model{seed}"
        store.save(
            self._models[seed],
            self.model,
            documents=(source / "documents.txt").read_text(encoding="utf-8").splitlines(),
            theta=np.load(source / "theta.npy"),
            history=map(json.loads, (source / "history.jsonl").read_text(encoding="utf-8").splitlines()),
            replace=True,
        )

    def is_over(self) -> bool:
        """Whether the readers may go."""
        return (self.folder / "over").exists()


def answer(model: Path) -> str:
    """What a reader gets: a digest of the model and of what it says of some texts."""
    found = lda_cli.load(model)
    digest = hashlib.sha256(found.phi.tobytes())
    for document in found.infer(TEXTS):
        digest.update(document.theta.tobytes())
    return digest.hexdigest()


def run(command: tuple[str, ...], model: Path) -> subprocess.CompletedProcess[bytes]:
    """Run lda-cli as a process."""
    text = "\n".join(TEXTS).encode()
    return subprocess.run(
        [*COMMAND, *command, "--model", str(model)],
        input=text,
        capture_output=True,
        env=environment(),
        check=False,
    )


def readers(place: Place, n_readers: int, number: int) -> tuple[list[Counter[str]], list[str]]:
    """In a process of its own: how often each reader got which answer, and the errors."""
    counts = [Counter[str]() for _ in range(n_readers)]
    errors: list[str] = []
    all_have_read = threading.Barrier(n_readers, (place.folder / f"ready{number}").touch)

    def read(count: Counter[str]) -> None:
        for is_first in itertools.chain([True], itertools.repeat(False)):
            try:
                count[answer(place.model)] += 1
            except Exception as error:  # whatever it is, it is what this is about
                errors.append(f"{type(error).__name__}: {error}")
            if is_first:
                all_have_read.wait()
            if place.is_over():
                return

    threads = [threading.Thread(target=read, args=[count]) for count in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts, errors


def commands(place: Place, printed: Mapping[tuple[str, ...], list[bytes]]) -> tuple[Counter[str], list[str]]:
    """Run lda-cli again and again: how often which command was right, and the errors."""
    count, errors = Counter[str](), []
    for command in itertools.cycle(COMMANDS):
        done = run(command, place.model)
        if (done.returncode, done.stderr) == (0, b"") and done.stdout in printed[command]:
            count[" ".join(command)] += 1
        else:
            errors.append(f"{command}: {done}")
        if place.is_over():
            return count, errors
    raise AssertionError("unreachable")


def replacing(place: Place, n_replacements: int) -> None:
    """Replace the model so often, with pauses of any length, most of them short."""
    chance = random.Random(0)
    for number in range(1, n_replacements + 1):
        place.replace(number % 2)
        time.sleep(chance.expovariate(10))


@contextmanager
def exchanging(wanted: bool) -> Iterator[Counter[bool]]:
    """Count how often names could be exchanged; never, if that is not wanted."""
    count: Counter[bool] = Counter()
    exchange = folders._exchange

    def counted(one: Path, other: Path) -> bool:
        done = wanted and exchange(one, other)
        count[done] += 1
        return done

    with mock.patch.object(folders, "_exchange", counted):
        yield count


def read_during_replacements(
    place: Place, n_readers: int, n_replacements: int, n_commands: int
) -> dict[str, object]:
    """Figures of all readers, and the errors."""
    printed = {command: place.printed(command) for command in COMMANDS if n_commands}
    sizes = [min(READERS_A_PROCESS, n_readers - first) for first in range(0, n_readers, READERS_A_PROCESS)]
    with (
        ProcessPoolExecutor(len(sizes), get_context("spawn")) as processes,
        ThreadPoolExecutor() as threads,
    ):
        reading = [processes.submit(readers, place, size, number) for number, size in enumerate(sizes)]
        running = [threads.submit(commands, place, printed) for _ in range(n_commands)]
        try:
            wait_for([place.folder / f"ready{number}" for number in range(len(sizes))], reading)
            replacing(place, n_replacements)
        finally:
            (place.folder / "over").touch()
        found = [future.result() for future in reading]
        ran = [future.result() for future in running]
    counts = [count for process, _ in found for count in process]
    answers = sum(counts, Counter[str]())
    errors = [error for _, some in (*found, *ran) for error in some]
    errors += [f"an answer of neither model: {other}" for other in answers.keys() - set(place.expected)]
    errors += [f"left: {name}" for name in sorted(os.listdir(place.model.parent)) if name != "model"]
    return {
        "answers": [answers[expected] for expected in place.expected],
        "fewest of a reader": min(count.total() for count in counts),
        "commands": dict(sum((count for count, _ in ran), Counter[str]())),
        "n_errors": len(errors),
        "errors": errors[:5],
    }


def wait_for(paths: list[Path], futures: list[Future[tuple[list[Counter[str]], list[str]]]]) -> None:
    """Return when all are there; fails if a process has ended before."""
    while not all(path.exists() for path in paths):
        for future in futures:
            if future.done():
                raise AssertionError(f"readers have ended: {future.result()}")
        time.sleep(0.01)


def main(arguments: list[str]) -> int:
    """Print figures, as a line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust readers", description=__doc__)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--replacements", type=int, default=50)
    parser.add_argument("--commands", type=int, default=2, help="how many run at once beside them")
    parser.add_argument("--renames", action="store_true", help="as if no names could be exchanged")
    chosen = parser.parse_args(arguments)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, exchanging(not chosen.renames) as exchanges:
        place = Place(Path(folder))
        figures = read_during_replacements(place, chosen.readers, chosen.replacements, chosen.commands)
    told = {
        "experiment": "readers",
        "readers": chosen.readers,
        "replacements": chosen.replacements,
        "by exchange": exchanges[True],
        "by renames": exchanges[False],
        **figures,
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(told))
    return int(figures["n_errors"] != 0)
