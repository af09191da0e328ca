"""What is asked of the examples of each format, when they are made and whenever newer code reads them."""

from pathlib import Path
from typing import Any

from lda_cli.corpus.counts import packed_json
from lda_cli.model.model import Model

TEXTS = [
    "The ferry waits in the north harbour for the tide.",
    "A baker and a sailor: dough in the oven, ropes on the quay, and bread for the ferry.",
    "Nothing that anybody knows.",
    "",
]
# Exact enough for four decimals, whatever rounds otherwise.
INFERENCE = {"inference.tolerance": 1e-6, "inference.max_iterations": 1000}

# Where the corpus of the cache is said to lie: no machine has it there.
ROOT = "/where/the/corpus/was"


def found(model: Model) -> list[dict[str, Any]]:
    """What a model says of the texts."""
    return [
        {
            "tokens": topics.tokens,
            "unknown": topics.unknown,
            "theta": [round(share, 6) for share in topics.theta.tolist()],
            "words": [[word.start, word.end, word.term, word.topic] for word in topics.words or ()],
        }
        for topics in model.infer(TEXTS, words=True)
    ]


def moved(cache: Path, old: str, new: str) -> None:
    """Let a cache know the files of one folder as those of another."""
    path = cache / "index.json.gz"
    index = packed_json.load_json(path)
    index["files"]["key"] = [key.replace(old, new) for key in index["files"]["key"]]
    packed_json.save_json(path, index)
