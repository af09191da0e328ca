"""Files of MALLET, made by hand to the form that its ParallelTopicModel.java writes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ALPHA, BETA = (0.25, 1.5), 0.01
# of each document: source, tokens as word and topic
DOCUMENTS = (
    ("letters/a b.txt", (("moon", 0), ("moon", 0), ("orbit", 0), ("rice", 1))),
    ("NA", (("rice", 1), ("onion", 1), ("rice", 1))),
    ("c.txt", (("onion", 1), ("moon", 0), ("orbit", 0))),
)
TYPES = ("moon", "orbit", "rice", "onion")


def counts() -> npt.NDArray[np.int64]:
    """Tokens of DOCUMENTS by topic and type, (2, 4)."""
    found = np.zeros((2, len(TYPES)), np.int64)
    for _, tokens in DOCUMENTS:
        for word, topic in tokens:
            found[topic, TYPES.index(word)] += 1
    return found


def state(documents: Sequence[tuple[str, Sequence[tuple[str, int]]]] = DOCUMENTS) -> str:
    """The text of --output-state."""
    types: dict[str, int] = {}
    lines = [
        "#doc source pos typeindex type topic",
        f"#alpha : {' '.join(map(str, ALPHA))} ",
        f"#beta : {BETA}",
    ]
    for number, (source, tokens) in enumerate(documents):
        for place, (word, topic) in enumerate(tokens):
            lines.append(f"{number} {source} {place} {types.setdefault(word, len(types))} {word} {topic}")
    return "\n".join(lines) + "\n"


def weights(words: Sequence[str] = TYPES, numbers: npt.ArrayLike | None = None, beta: float = BETA) -> str:
    """The text of --topic-word-weights-file; numbers : (K, V) counts, those of DOCUMENTS by default."""
    rows = np.asarray(counts() if numbers is None else numbers) + beta
    cells = [
        f"{topic}\t{word}\t{weight}\n"
        for topic, row in enumerate(rows.tolist())
        for word, weight in zip(words, row, strict=True)
    ]
    return "".join(cells)


def keys(alpha: Sequence[float | str] = ALPHA) -> str:
    """The text of --output-topic-keys."""
    return "".join(f"{topic}\t{value}\tmoon orbit \n" for topic, value in enumerate(alpha))
