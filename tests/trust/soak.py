"""Hours of train, infer, replace and read side by side: `make soak MINUTES=60`.

Processes replace a model, answer with it, and read it, in loops, while one that lives long does all of that
through the Python API. No answer may be lost or come from anything but a whole model; memory, open files and
what lies on the disk must stay flat. Figures are a line of JSON at the end.
"""

import argparse
import gc
import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import lda_cli
from tests.helpers.command import COMMAND, environment

SAMPLE = Path(__file__).parents[2] / "sample_corpus"
SEEDS = (0, 1)
PASSES = ("--set", "training.passes=12", "--set", "vocabulary.min_df=3", "--topics", "8")
# What a line through the last two thirds of the readings may rise, of their mean.
FLAT = 0.02


class Place:
    """A folder with a model that is replaced again and again, and the answers of both that take its place."""

    def __init__(self, folder: Path, corpus: Path, minutes: float) -> None:
        """Train both, and ask them."""
        self.folder, self.corpus = folder, corpus
        self.answers = [self._answer_of(seed) for seed in SEEDS]
        assert self.answers[0] != self.answers[1]
        self.until = time.time() + 60 * minutes

    def is_over(self) -> bool:
        """Whether the time has come to end."""
        return time.time() > self.until

    def train(self, seed: int) -> None:
        """Replace the model."""
        self._run("train", str(self.corpus), *PASSES, "--seed", str(seed), "--force", "--quiet")

    def infer(self) -> bytes:
        """Answer with the model that is there."""
        self._run("infer", str(self.corpus), "--quiet", "-o", "answers.jsonl")
        return (self.folder / "answers.jsonl").read_bytes()

    def _answer_of(self, seed: int) -> bytes:
        self.train(seed)
        return self.infer()

    def _run(self, *arguments: str) -> None:
        ran = subprocess.run(
            [*COMMAND, *arguments], cwd=self.folder, env=environment(), capture_output=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, b""), (arguments, ran)


def replacing(place: Place) -> dict[str, object]:
    """Replace the model, and see what lies about; nobody is writing when it is looked at but `answering`."""
    rounds = 0
    names: list[int] = []
    while not place.is_over():
        place.train(SEEDS[rounds % 2])
        rounds += 1
        names.append(sum(not name.startswith(".answers") for name in os.listdir(place.folder)))
    return {"rounds": rounds, "names": names}


def answering(place: Place) -> dict[str, object]:
    """Run infer; each output must be the whole of what one of the two models says."""
    rounds = 0
    while not place.is_over():
        assert place.infer() in place.answers, "an answer of neither model"
        rounds += 1
    return {"rounds": rounds}


def reading(place: Place) -> dict[str, object]:
    """Load the model, again and again, in one process; its tokens must be those of one of the two."""
    rounds = 0
    seen = set()
    while not place.is_over():
        model = lda_cli.load(place.folder / "model")
        seen.add(model.phi.tobytes())
        rounds += 1
    assert len(seen) <= len(SEEDS), "a model that is neither of the two"
    return {"rounds": rounds}


def living_long(place: Place) -> dict[str, object]:
    """Train, load and infer through the API, in one process: its memory and open files, a reading a round."""
    memory, files = [], []
    path = str(place.folder.with_name("long") / "model")
    texts = [path.read_text(encoding="utf-8") for path in sorted(place.corpus.rglob("*.txt"))[:20]]
    while not place.is_over():
        options = {
            "corpus.path": str(place.corpus),
            "corpus.cache": ("auto", "none")[len(memory) % 2],
            "model.path": path,
            "model.topics": 8,
            "training.passes": 12,
            "training.seed": len(memory) % 2,
        }
        lda_cli.train(lda_cli.load_config(options=options), replace=True)
        for document in lda_cli.load(path).infer(texts, words=True):
            assert document.words is not None
        gc.collect()
        memory.append(_resident_bytes())
        files.append(len(os.listdir("/proc/self/fd")))
    return {"rounds": len(memory), "memory": memory, "files": files}


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def growth(readings: list[int]) -> tuple[float, float]:
    """The mean of the last two thirds, and how far a line through them rises."""
    late = np.array(readings[len(readings) // 3 :], np.float64)
    slope = np.polynomial.Polynomial.fit(np.arange(len(late)), late, 1).convert().coef
    return float(late.mean()), float(slope[1] * len(late)) if len(slope) > 1 else 0.0


def soak(folder: Path, corpus: Path, minutes: float) -> dict[str, object]:
    """Let all loops run; returns figures, and fails where something was lost or has grown."""
    for name in ("place", "long"):
        (folder / name).mkdir()
    place = Place(folder / "place", corpus.resolve(), minutes)
    loops = (replacing, answering, reading, living_long)
    with ProcessPoolExecutor(len(loops), get_context("spawn")) as pool:
        running = {loop.__name__: pool.submit(loop, place) for loop in loops}
        found = {name: future.result() for name, future in running.items()}
    told: dict[str, object] = {"experiment": "soak", "minutes": minutes}
    told |= {name: figures["rounds"] for name, figures in found.items()}
    readings = found["living_long"] | {"names": found["replacing"]["names"]}
    for name in ("memory", "files", "names"):
        mean, rise = growth(readings[name])
        told |= {name: round(mean), f"{name}_rise": round(rise, 2)}
        assert rise <= FLAT * mean, f"{name} are not flat: {told}"
    left = sorted(os.listdir(folder / "place")), sorted(os.listdir(folder / "long"))
    assert left == ([".model.cache", "answers.jsonl", "model"], [".model.cache", "model"]), left
    return told


def main(arguments: list[str]) -> int:
    """Print figures, as a line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--corpus", type=Path, default=SAMPLE, help="folder of text")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(soak(Path(folder), chosen.corpus, chosen.minutes)))
    return 0
