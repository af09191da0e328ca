"""kill -9 at random moments of a training: `python -m tests.trust kills --corpus FOLDER -n 300`.

Two trainings, of seed 0 and of seed 1, replace the model of each other by turns. Each is killed at a moment
drawn from the length of one that nobody disturbed: its reading, its passes and checkpoints, its saving. After
every kill the model must load and be the former or the new one; chance says whether the same training is then
started and killed again, or may go on, to end with the bytes of one never killed.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import lda_cli
from tests.helpers.command import COMMAND, environment

SHARE_UNREAD = 0.3  # of the trainings that find no corpus cache, and read everything
SHARE_LEFT_ALONE = 0.5  # of the trainings after a kill that may go on to their end


@dataclass
class Figures:
    """What came of it.

    kills : at a random moment; of_groups : of all processes, the others only of the main one
    former, new : which model was there after a kill; completed : runs that ended, with the right bytes
    resumed : of those, from a checkpoint
    """

    kills: int = 0
    of_groups: int = 0
    former: int = 0
    new: int = 0
    completed: int = 0
    resumed: int = 0


class Place:
    """A folder with a model that trainings replace, and what they make of it if nobody disturbs them."""

    def __init__(self, folder: Path, corpus: Path, options: Sequence[str] = ()) -> None:
        """Train with both seeds, undisturbed, in another folder first, and time it."""
        self._folder = folder / "undisturbed"
        self._errors = folder / "errors.txt"
        self._command = [
            *(*COMMAND, "train", str(corpus.resolve()), "--force", "--quiet", "-m", "model"),
            *("--set", "training.checkpoint_minutes=1e-9"),  # as soon as it costs little enough
            *options,
        ]
        self._folder.mkdir()
        self.seconds: dict[bool, float] = {}  # by whether all is to be read
        self.expected: dict[int, str] = {}  # SHA-256 of phi.npy by seed
        for seed, is_unread in ((0, True), (1, False)):
            started = time.perf_counter()
            self.run(seed)
            self.seconds[is_unread] = time.perf_counter() - started
            self.expected[seed] = self.phi()
        assert self.expected[0] != self.expected[1]
        self._folder = self._folder.rename(folder / "place")

    def run(self, seed: int, seconds: float | None = None, of_group: bool = True) -> bool:
        """Train, and kill it after so long, if it has not ended; whether it was killed."""
        with open(self._errors, "wb") as errors:  # no pipe, which processes that outlive the main one hold
            process = subprocess.Popen(
                [*self._command, "--seed", str(seed)],
                stderr=errors,
                cwd=self._folder,
                env=environment(),
                start_new_session=True,
            )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            (os.killpg if of_group else os.kill)(process.pid, signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:
            assert (process.returncode, self._errors.read_text()) == (0, ""), self._errors.read_text()
        return process.returncode != 0

    def phi(self) -> str:
        """The SHA-256 of phi.npy of the model, which must be whole."""
        lda_cli.load(self._folder / "model")
        return hashlib.sha256((self._folder / "model" / "phi.npy").read_bytes()).hexdigest()

    def n_documents(self) -> int:
        """How many the model was made from."""
        return lda_cli.load(self._folder / "model").n_documents

    def has_checkpoint(self) -> bool:
        """Whether the next run can go on from one."""
        return (self._folder / ".model.run" / "checkpoint").exists()

    def forget_the_corpus(self) -> None:
        """Let the next training read everything."""
        shutil.rmtree(self._folder / ".model.cache", ignore_errors=True)

    def names(self) -> list[str]:
        """What lies in the folder."""
        return sorted(os.listdir(self._folder))


def kill_often(place: Place, n_kills: int, chance: random.Random) -> Figures:
    """Kill so many trainings; fails where one of them does harm."""
    figures = Figures()
    former, seed, may_go_on = 1, 0, False
    while figures.kills < n_kills or may_go_on:
        is_unread = chance.random() < SHARE_UNREAD
        if is_unread:
            place.forget_the_corpus()
        moment = None if may_go_on else chance.uniform(0, place.seconds[is_unread])
        of_group = figures.kills % 2 == 0
        has_checkpoint = place.has_checkpoint()
        if place.run(seed, moment, of_group):
            figures.kills += 1
            figures.of_groups += of_group
            found = place.phi()
            assert found in (place.expected[former], place.expected[seed]), "no model of the two"
            figures.former += found == place.expected[former]
            figures.new += found == place.expected[seed]
            may_go_on = figures.kills == n_kills or chance.random() < SHARE_LEFT_ALONE
            continue
        assert place.phi() == place.expected[seed], "not the bytes of a run never killed"
        figures.completed += 1
        figures.resumed += has_checkpoint
        former, seed, may_go_on = seed, former, False
    assert place.names() == [".model.cache", "model"], place.names()
    return figures


def main(arguments: list[str]) -> int:
    """Print figures, as a line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust kills", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of text")
    parser.add_argument("-n", type=int, default=300, help="how many kills")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as train takes it")
    chosen = parser.parse_args(arguments)
    options = [part for pair in chosen.set for part in ("--set", pair)]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder), chosen.corpus, options)
        figures = kill_often(place, chosen.n, random.Random(chosen.seed))
        told = {"experiment": "kills", "documents": place.n_documents(), **asdict(figures)}
    print(json.dumps(told | {"seed": chosen.seed, "seconds": round(time.perf_counter() - started)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
