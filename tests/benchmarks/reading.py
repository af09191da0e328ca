"""From files of text to a bag of words: lda-cli, by one process and by two, and scikit-learn's vectorizer.

All read the same files, take the same tokens (letters, three at least) and sort the same vocabulary; that
their counts are equal is checked. They take turns, and the best of each is told beside the median, since
other work of the machine only ever adds to it.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from lda_cli.config import Config, CorpusConfig, TokenizerConfig, VocabularyConfig
from lda_cli.corpus.counts.cache import Cache
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.reading import read
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.corpus.training_corpus import build

from . import corpora

ROUNDS = 7
EVERY_WORD = VocabularyConfig(stop_words="none", min_df=1, max_df=1.0, max_terms=None)


def ours(folder: Path, n_processes: int) -> tuple[list[str], Any]:
    """The vocabulary and the counts, as a training that keeps no cache has them."""
    tokenizer = Tokenizer(TokenizerConfig())
    with Cache(None, "") as cache:
        inputs = Inputs([str(folder)], Config(corpus=CorpusConfig(on_error="replace")))
        found = read(inputs, tokenizer, cache, n_processes=n_processes)
        corpus = build(found.documents, tokenizer, EVERY_WORD, ())
    return list(corpus.terms), corpus.counts


def theirs(folder: Path) -> tuple[list[str], Any]:
    """The same by CountVectorizer."""
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    counter = CountVectorizer(input="filename", decode_error="replace", token_pattern=r"[^\W\d_]{3,}")
    counts = counter.fit_transform(files)
    return counter.get_feature_names_out().tolist(), counts


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, help="folder of text, instead of documentation")
    folder = parser.parse_args().corpus
    with tempfile.TemporaryDirectory() as temporary:
        if folder is None:
            folder = Path(temporary)
            for number, (_, text) in enumerate(corpora.fetched_documentation()):
                (folder / f"{number:06}.txt").write_text(text, encoding="utf-8")
        tools: dict[str, Callable[[], tuple[list[str], Any]]] = {
            "lda-cli, one process": lambda: ours(folder, 1),
            "lda-cli, two processes": lambda: ours(folder, 2),
            "CountVectorizer": lambda: theirs(folder),
        }
        seconds: dict[str, list[float]] = {name: [] for name in tools}
        found = {}
        for _ in range(ROUNDS):
            for name, run in tools.items():
                started = time.perf_counter()
                found[name] = run()
                seconds[name].append(time.perf_counter() - started)
    terms, counts = found["CountVectorizer"]
    for name, (own_terms, own_counts) in found.items():
        assert own_terms == terms, name
        assert (own_counts != counts).nnz == 0, name
    print(f"reading: {counts.shape[0]} files, {counts.sum()} tokens of {counts.shape[1]} terms")
    others = min(seconds["CountVectorizer"])
    for name, all_seconds in seconds.items():
        best, middle = min(all_seconds), float(np.median(all_seconds))
        print(f"{name:24} best {best:6.2f} s, median {middle:6.2f} s, {others / best:5.2f} times as fast")


if __name__ == "__main__":
    main()
