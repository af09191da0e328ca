"""How far the suggestion of `lda-cli sweep` is from the truth, on corpora drawn from LDA with known topics.

A row is a corpus: its true number of topics, what each rule picks of a grid around it (* an end of the grid),
and how many of the true topics the suggested model has (Jensen-Shannon distance below .3 after matching).
`make bench BENCH="sweep t10 c1 --seeds 3"` runs some of them.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lda_cli.config import load_config
from lda_cli.engine.matching import one_to_one
from lda_cli.engine.similarity import jensen_shannon_distances
from lda_cli.model import store
from lda_cli.sweep.results import Summary, best_run
from lda_cli.sweep.split import HeldOut
from lda_cli.sweep.sweep import Spec, sweep


class Kind(NamedTuple):
    """A corpus: terms, documents, tokens of each, topics; burst: the s of a Dirichlet compound, or 0."""

    n_terms: int
    n_docs: int
    n_tokens: int
    n_topics: int
    burst: float = 0.0


KINDS = {
    "t10": Kind(3000, 1800, 80, 10),
    "t25": Kind(3000, 1800, 80, 25),
    "b10": Kind(3000, 1800, 80, 10, 60),
    "c1": Kind(2000, 360, 200, 10),
    "c2": Kind(4000, 2700, 50, 30),
    "c3": Kind(3000, 1350, 100, 20, 15),
    "l15": Kind(3000, 200, 600, 15),
    "s8": Kind(1500, 4000, 12, 8),
    "s15": Kind(3000, 6000, 15, 15),
    "s20": Kind(3000, 5000, 25, 20, 60),
}
RATIOS = (0.5, 0.7, 0.85, 1, 1.1, 1.25, 1.5, 2, 3)


def phi_of(kind: Kind, rng: np.random.Generator) -> np.ndarray:
    """Topics that share the frequencies of words, by Zipf's law: (K, V)."""
    phi = rng.gamma(0.1, size=(kind.n_topics, kind.n_terms)) / (np.arange(kind.n_terms) + 10)
    return phi / phi.sum(axis=1, keepdims=True)


def write_corpus(kind: Kind, phi: np.ndarray, path: Path, rng: np.random.Generator) -> None:
    """A document a line."""
    alpha = np.linspace(0.5, 1.5, kind.n_topics) * 1.5 / kind.n_topics
    names = np.array([word(number) for number in range(kind.n_terms)])
    with path.open("w") as file:
        for theta in rng.dirichlet(alpha, kind.n_docs):
            words: list[str] = []
            for topic, n in enumerate(rng.multinomial(kind.n_tokens, theta)):
                if n:
                    p = phi[topic] if not kind.burst else rng.gamma(np.maximum(kind.burst * phi[topic], 1e-9))
                    words += list(names[rng.choice(kind.n_terms, n, p=p / p.sum())])
            file.write(" ".join(words) + "\n")


def word(number: int) -> str:
    """A word of four letters."""
    letters = [chr(ord("a") + number // 26**place % 26) for place in (2, 1, 0)]
    return "q" + "".join(letters)


def run(name: str, n_seeds: int) -> None:
    """Sweep a corpus and print its row."""
    kind, rng = KINDS[name], np.random.default_rng(0)
    grid = tuple(sorted({max(2, round(kind.n_topics * ratio)) for ratio in RATIOS}))
    with tempfile.TemporaryDirectory() as folder:
        phi, path = phi_of(kind, rng), Path(folder) / "corpus.txt"
        write_corpus(kind, phi, path, rng)
        options = {"corpus.path": str(path), "vocabulary.stop_words": "none", "vocabulary.max_df": 1.0}
        config = load_config(environ={}, options=options)
        started = time.perf_counter()
        found, _ = sweep(Spec(config, (), Path(folder) / "sweep", grid, n_seeds, HeldOut(0.1)))
        seconds = time.perf_counter() - started
        picks = {
            pick.rule: f"{pick.topics}{'*' * pick.at_edge}" if pick.topics else "-"
            for pick in found.choice.picks
        }
        coherent = max(found.curve("npmi").items(), key=lambda each: each[1])[0]
        n_found = recovered(found, phi, Path(folder) / "sweep")
        agreement = " ".join(f"{found.agreement[topics].mean:.2f}" for topics in found.grid)
        print(
            f"{name:4} {kind.n_topics:5} {picks['stable']:>7} {picks['supported']:>10} "
            f"{picks['spectral']:>9} {picks['held-out']:>9} {coherent:>5} {n_found:>10} "
            f"{seconds:7.1f}  {grid} {agreement}",
            flush=True,
        )


def recovered(found: Summary, phi: np.ndarray, folder: Path) -> str:
    """How many true topics the suggested model has."""
    best = best_run(found)
    if best is None:
        return "-"
    model = store.load(folder / "best")
    numbers = {word(number): number for number in range(phi.shape[1])}
    own = np.zeros((model.n_topics, phi.shape[1]))
    own[:, [numbers[term] for term in model.vocabulary]] = model.phi
    both = jensen_shannon_distances(np.concatenate([phi, own]).astype(np.float32))[: len(phi), len(phi) :]
    matched = both[one_to_one(both)]
    return f"{int((matched**2 < 0.3).sum())}/{len(phi)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(KINDS))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print("     truth  stable  supported  spectral  held-out  npmi  recovered  seconds  grid, agreement")
    for name in options.names:
        run(name, options.seeds)


if __name__ == "__main__":
    main()
