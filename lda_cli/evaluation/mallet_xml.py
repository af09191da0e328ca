"""The diagnostics as MALLET's --diagnostics-file has them, for the viewers that read it."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from ..errors import ConfigError, safe
from .definitions import MALLET, mallet_name
from .diagnostics import TopicDiagnostics
from .evaluate import Evaluation

_NAMES = {"word_length": "word-length", "token_doc_diff": "token-doc-diff"}  # the others are as ours


def mallet_xml(evaluation: Evaluation) -> str:
    """Return the file. A number that is not defined has no attribute.

    Raises ConfigError for an evaluation without documents.
    """
    found = evaluation.diagnostics
    if found is None or found.words is None:
        raise ConfigError("mallet-xml: needs documents to count in; give CORPUS")
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", "<model>"]
    for topic in range(evaluation.model.n_topics):
        lines += _topic(found, topic)
    return "\n".join([*lines, "</model>\n"])


def _topic(found: TopicDiagnostics, topic: int) -> Iterator[str]:
    assert found.words is not None
    scores = ""
    for name in MALLET:
        value = found.measures[mallet_name(name)].values[topic]
        scores += "" if value is None else f" {_NAMES.get(name, name)}='{value:.4f}'"
    yield f"<topic id='{topic}'{scores}>"
    words, total = found.words[topic], found.measures["tokens"].values[topic] or 1.0
    so_far = 0.0
    rows = zip(words.terms, words.tokens.tolist(), words.documents, strict=True)
    for rank, (term, tokens, documents) in enumerate(rows, start=1):
        so_far += tokens / total
        facts = f"rank='{rank}' count='{tokens:.4f}' prob='{tokens / total:.5f}' cumulative='{so_far:.5f}'"
        length = f"docs='{documents}' word-length='{len(term)}'"
        yield f"<word {facts} {length}>{escape(safe(term))}</word>"
    yield "</topic>"
