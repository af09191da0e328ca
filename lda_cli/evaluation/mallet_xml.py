"""The diagnostics as MALLET's --diagnostics-file has them, for the viewers that read it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

import numpy as np

from ..engine.diagnostics import WordScores
from ..errors import ConfigError, safe
from .definitions import MALLET, mallet_name
from .evaluate import Evaluation

_NAMES = {"word_length": "word-length", "token_doc_diff": "token-doc-diff"}  # the others are as ours


_OF_WORDS = ("coherence", "uniform_dist", "corpus_dist", "token_doc_diff", "exclusivity")


def mallet_xml(evaluation: Evaluation) -> str:
    """Return the file. A number that is not defined has no attribute.

    Raises ConfigError for an evaluation without documents.
    """
    found = evaluation.diagnostics
    if found is None or found.words is None:
        raise ConfigError("mallet-xml: needs documents to count in; give CORPUS")
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", "<model>"]
    for topic, words in enumerate(found.words):
        scores = {name: found.measures[mallet_name(name)].values[topic] for name in MALLET}
        lines.append(f"<topic id='{topic}'{_attributes(scores)}>")
        lines += _words(words, scores["tokens"] or 1.0, evaluation.model.vocabulary)
        lines.append("</topic>")
    return "\n".join([*lines, "</model>\n"])


def _attributes(scores: Mapping[str, float | None]) -> str:
    return "".join(
        f" {_NAMES.get(name, name)}='{value:.4f}'"
        for name, value in scores.items()
        if value is not None and math.isfinite(value)
    )


def _words(words: WordScores, total: float, vocabulary: Sequence[str]) -> Iterator[str]:
    """Yield an element for each word; total : N_k."""
    cumulative = np.cumsum(words.tokens / total).tolist()
    for place, number in enumerate(words.terms.tolist()):
        tokens, term = float(words.tokens[place]), vocabulary[number]
        facts = f"rank='{place + 1}' count='{tokens:.4f}' prob='{tokens / total:.5f}'"
        facts += f" cumulative='{cumulative[place]:.5f}' docs='{words.documents[place]}'"
        scores = {"word_length": float(len(term))}
        scores |= {name: float(getattr(words, name)[place]) for name in _OF_WORDS}
        yield f"<word {facts}{_attributes(scores)}>{escape(safe(term))}</word>"
