"""A folder with a small corpus, a model and an output, in which something goes wrong, and what must hold."""

import os
import re
import shutil
from pathlib import Path

import lda_cli
from tests.helpers.command import QUICK, Result, done
from tests.helpers.files import snapshot, write
from tests.helpers.themes import theme_documents

from .warm import Warm

FORMER = "former\n"
_OF_A_CHECKPOINT = {".model.run", ".model.run/checkpoint", ".model.run/status.json"}
_CACHED = re.compile(r"index\.json\.gz|counts-[0-9a-f]{16}|pairs.*")


class Scene:
    """The folder `place`: corpus, model, out.jsonl; `train` and `infer` are commands that replace them."""

    train = (
        *("train", "corpus", "--force", "--seed", "1", *QUICK),
        *("--set", "training.checkpoint_minutes=1e-9"),  # as soon as it costs little enough
    )
    infer = ("infer", "corpus", "-o", "out.jsonl")

    def __init__(self, folder: Path, run: Warm) -> None:
        """Make it, and learn what the commands write if nothing goes wrong."""
        self.place, self._pristine, self._run = folder / "place", folder / "pristine", run
        write(self._pristine / "corpus", theme_documents())
        done(run("train", "corpus", "--seed", "0", *QUICK, cwd=self._pristine))
        shutil.rmtree(self._pristine / ".model.cache")
        write(self._pristine, {"out.jsonl": FORMER})
        self.former = snapshot(self._pristine)
        self.restore()
        done(run(*self.infer, cwd=self.place))
        self._output = (self.place / "out.jsonl").read_bytes()
        done(run(*self.train, cwd=self.place))
        self._phi = (self.place / "model" / "phi.npy").read_bytes()
        assert self._phi != self.former["model/phi.npy"]
        self.restore()

    def restore(self) -> None:
        """Make everything as it was, and the corpus unread."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self._pristine, self.place)

    def assert_whole(self) -> bool:
        """Every name is the former or a whole new one; whether all is as it was.

        There is no other name, but of a checkpoint, for the next run to go on from.
        """
        found = snapshot(self.place)
        if ".model.run/checkpoint" in found:
            found = {name: what for name, what in found.items() if name not in _OF_A_CHECKPOINT}
        if found == self.former:
            return True
        assert found.keys() == self.former.keys(), found.keys() ^ self.former.keys()
        assert found["out.jsonl"] in (FORMER.encode(), self._output)
        if any(found[name] != self.former[name] for name in found if name.startswith("model/")):
            lda_cli.load(self.place / "model")
            assert found["model/phi.npy"] == self._phi
        return False

    def assert_done(self, command: tuple[str, ...]) -> None:
        """What a command makes is what it makes when nothing goes wrong."""
        if command[0] == "infer":
            assert (self.place / "out.jsonl").read_bytes() == self._output
        else:
            lda_cli.load(self.place / "model")
            assert (self.place / "model" / "phi.npy").read_bytes() == self._phi

    def assert_goes_on(self, command: tuple[str, ...]) -> None:
        """The same command, with nothing in its way, does what it would have done."""
        done(self._run(*command, cwd=self.place))
        self.assert_done(command)
        self.assert_whole()
        assert not (self.place / ".model.run").exists()
        cached = os.listdir(self.place / ".model.cache") if command[0] == "train" else []
        assert all(map(_CACHED.fullmatch, cached)), cached
        assert len(cached) <= 2, cached


def assert_one_line(result: Result, *said: str) -> None:
    """One line on standard error, an error that says one of `said`."""
    before = r"\A(lda-cli: [0-9]+ (documents|topics)[^\n]+\n)+"  # what was read, and advice
    error = re.sub(before, "", result.stderr)
    assert re.fullmatch(r"lda-cli: error: [^\n]+\n", error), result
    assert any(part in result.stderr for part in said), result.stderr
