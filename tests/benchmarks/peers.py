"""Perplexity against seconds: lda-cli beside what its users could pick instead, as a table.

Each run is a process of its own and timed as a whole, start, reading of the words and writing of the result
included; lda-cli is the command as installed. Words are the same for all (words.py), scores too (scores.py).
A tool that fails, or is not installed, is a line of the table. One seed: differences below a half of a
percent mean nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import lda_cli

from . import corpora, scores, words
from .tools import aligned

AMOUNTS = {
    "lda-cli": (12, 24, 46),
    "topica": (100, 300, 1000),
    "tomotopy": (100, 300, 1000),
    "pyrmallet": (100, 300, 1000),
    "scikit-learn": (5, 15, 50),
    "gensim": (2, 6, 20),
}
AMOUNTS_OF_SHORT = {"bitermplus": (30, 100, 300)}  # a peer on short documents only


@dataclass(frozen=True)
class Run:
    """A tool and how long it may learn."""

    tool: str
    amount: int
    n_topics: int
    seed: int

    def command(self, folder: Path) -> list[str]:
        """What is timed."""
        if self.tool == "lda-cli":
            arguments = ["train", "--config", str(self._config(folder)), "--force", "--quiet"]
            return [sys.executable, "-m", "lda_cli", *arguments]
        settings = map(str, (self.amount, self.n_topics, self.seed))
        return [sys.executable, "-m", "tests.benchmarks.tools", self.tool, *settings, str(folder)]

    def result(self, folder: Path, vocabulary: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Phi (K, V) and alpha (K,) that it left."""
        if self.tool == "lda-cli":
            model = lda_cli.load(folder / "model")
            columns = {term: column for column, term in enumerate(vocabulary)}
            return aligned(model.phi, list(model.vocabulary), columns), model.alpha
        with np.load(folder / "result.npz") as found:
            return found["phi"], found["alpha"]

    def _config(self, folder: Path) -> Path:
        """The words are ready-made: a word is what stands between spaces, and none is dropped."""
        config = {
            "corpus": {"path": "train.txt", "format": "lines"},
            "tokenizer": {"pattern": r"\S+", "lowercase": False, "min_length": 1},
            "vocabulary": {"stop_words": "none", "min_df": 1, "max_df": 1.0, "max_terms": None},
            "model": {"path": "model", "topics": self.n_topics},
            "training": {"passes": self.amount, "seed": self.seed},
        }
        path = folder / "config.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        return path


def main() -> None:
    """Print the table."""
    options = _options()
    documents, least_scored = corpora.CORPORA[options.bench_corpus]
    with tempfile.TemporaryDirectory() as name:
        try:
            given = corpora.folder(options.corpus) if options.corpus else documents()
            found = words.prepare(given, Path(name), least_scored)
        except corpora.NotFetched as error:
            print(f"Peers: {error} (--bench-corpus names another corpus, --corpus takes a folder)")
            return
        n_train, n_terms = found.train.shape
        print(
            f"Peers, {n_train:,} documents of {found.train.sum() / n_train:.0f} words, {n_terms:,} terms, "
            f"{found.seen.shape[0]:,} held out, K = {options.topics} "
            f"({options.corpus or options.bench_corpus})"
        )
        amounts = AMOUNTS if options.corpus or least_scored >= 10 else AMOUNTS | AMOUNTS_OF_SHORT
        runs = [Run(tool, n, options.topics, options.seed) for tool in amounts for n in amounts[tool]]
        _table(runs, Path(name), found)


def _table(runs: list[Run], folder: Path, found: words.Words) -> None:
    """Do every run and print its row."""
    print("tool          amount  seconds  peak MiB  perplexity    npmi")
    for run in runs:
        seconds, peak, error = timed(run.command(folder))
        if error:
            print(f"{run.tool:12}  {run.amount:6}  {error}")
            continue
        phi, alpha = run.result(folder, found.vocabulary)
        perplexity = scores.perplexity(phi, alpha, found.seen, found.scored)
        npmi = scores.npmi(phi, found.train)
        print(f"{run.tool:12}  {run.amount:6}  {seconds:7.1f}  {peak:8.0f}  {perplexity:10.0f}  {npmi:6.3f}")


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds and peak MiB of a process, and the last line of what it says when it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for here
        said.seek(0)
        error = (said.read().strip() or "failed").splitlines()[-1] if process.returncode else ""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return seconds, usage.ru_maxrss / unit, error


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bench-corpus", choices=corpora.CORPORA, default="documentation")
    parser.add_argument("--corpus", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
