"""topics.json: the coherence of each topic, a line a topic."""

import json
from collections.abc import Sequence
from typing import BinaryIO

from ..engine.coherence import DEFINITION

NAME = "topics.json"


def text(npmi: Sequence[float | None]) -> bytes:
    """Return the text of the file.

    npmi : (K,) in [-1, 1], None for a topic with fewer than two words
    """
    topics = [json.dumps({"topic": t, "npmi": value}, allow_nan=False) for t, value in enumerate(npmi)]
    listed = ",\n    ".join(topics)
    return f'{{\n  "coherence": "{DEFINITION}",\n  "topics": [\n    {listed}\n  ]\n}}\n'.encode()


def parsed(stream: BinaryIO) -> tuple[float | None, ...]:
    """Return the npmi of each topic, (K,). Raises ValueError; the range is not checked."""
    try:
        data = json.load(stream)
        if data["coherence"] != DEFINITION:
            raise ValueError("another measure")
        for number, topic in enumerate(data["topics"]):
            if topic["topic"] != number:
                raise ValueError("another order")
        return tuple(_number(topic["npmi"]) for topic in data["topics"])
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        raise ValueError(f"it must have the {DEFINITION}, for each topic in order") from None


def _number(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("not a number")
    return float(value)
