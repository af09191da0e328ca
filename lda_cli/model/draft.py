"""The draft of a file of labels: YAML with the words and the best documents of each topic as comments.

As it stands it gives the topics the labels that they have; what it suggests is a comment.
"""

import json
import shlex

from ..errors import safe
from .labels import AUTOMATIC, Label
from .model import Model

_WORDS = 10
_DOCUMENTS = 3

_HEAD = """\
# Names of the topics of {path}. Above each: its share of all tokens, its words, its best documents.
# Take away the # before a name, or write another one; then run
#   lda-cli label FILE -m {path}
# A topic can also have a note, and be left out where all topics are listed:
#   0: {{name: "Sailing", note: "the sport, not the ships", hide: true}}
"""
_FORMER_HEAD = """\
# Names of the topics of a model that was replaced. The topics of {path} are others now, also where their
# numbers are the same: compare the words, and copy the names that still fit into a new file,
#   lda-cli label --draft -m {path}
"""


def draft(model: Model, path: str, is_former: bool = False) -> str:
    """Return the text of a file of labels.

    path : of the model, as it was given
    is_former : whether another model takes its place; its documents are left out
    """
    best: dict[int, list[str]] = {}
    for document in model.best_documents(top=_DOCUMENTS) if model.documents and not is_former else ():
        described = f"#   {safe(document.id)} ({document.share:.0%} of {document.tokens} tokens)"
        best.setdefault(document.topic, []).append(described)
    head = _FORMER_HEAD if is_former else _HEAD
    parts = [head.format(path=safe(shlex.quote(path)))]
    for topic in model.topics(_WORDS):
        words = " ".join(safe(term) for term, _ in topic.words)
        lines = [f"\n# topic {topic.number}, {topic.share:.1%}: {words}"]
        lines += best.get(topic.number, [])
        lines.append(_entry(topic.number, model.labels.get(topic.number), model.names[topic.number]))
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def _entry(topic: int, label: Label | None, name: str) -> str:
    """Return the line of a topic: its label; without one, its automatic name as a comment."""
    if label is None:
        return f"#{topic}: {_quoted(safe(name.removeprefix(AUTOMATIC)))}"
    if label == Label(name=label.name):
        return f"{topic}: {_quoted(name)}"
    given = {key: value for key, value in label._asdict().items() if value not in (None, False)}
    return f"{topic}: {{{', '.join(f'{key}: {_quoted(value)}' for key, value in given.items())}}}"


def _quoted(value: object) -> str:
    """Return a text or true as YAML: what JSON is, in any script, YAML is too."""
    return json.dumps(value, ensure_ascii=False)
