"""labels.json: the names that a person gave to topics, in the model directory; and what a name may be.

model.json does not list the file, so that names may change and the model stays as it is. Instead it has the
checksum of phi.npy: names belong to the topics of one training.
"""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..config.complaints import close_to, complaint, hint, shortened, shown
from ..config.source import Located, Place
from .seal import is_sealed, sealed

NAME = "labels.json"
AUTOMATIC = "~"  # begins every automatic name, and no given one
CHARACTERS = 100  # of a name, at most
_NOTE_CHARACTERS = 2000
_JOINERS = "\u200c\u200d"  # not printable, but part of words in Persian and Hindi, and of emoji
_EXAMPLE = "3: Sailing"


class Label(NamedTuple):
    """What a person says of a topic.

    name : as it was typed; None if there is only a note, or `hide`
    note : any text, also of several lines
    hide : whether the topic is left out where all topics are listed for people
    """

    name: str | None = None
    note: str | None = None
    hide: bool = False


Labels = Mapping[int, Label]  # by topic


def text(labels: Labels, phi: str) -> bytes:
    """Return the text of the file.

    phi : SHA-256 of phi.npy, in hexadecimal
    """
    listed = [{"topic": topic, **labels[topic]._asdict()} for topic in sorted(labels)]
    return sealed({"phi_sha256": phi, "labels": listed})


def parsed(raw: bytes, phi: str, n_topics: int) -> dict[int, Label]:
    """Return the content of a file. Raises ValueError, which says what is wrong."""
    try:
        if not is_sealed(raw):
            raise ValueError
        data = json.loads(raw)
        if data["phi_sha256"] != phi:
            raise ValueError("its names are of another model")
        labels = {label.pop("topic"): Label(**label) for label in data["labels"]}
        if len(labels) != len(data["labels"]) or not all(_is_topic(t, n_topics) for t in labels):
            raise ValueError("it has a wrong topic")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it does not hold names of topics") from error
    except ValueError as error:
        raise ValueError(str(error) or "its text does not match its checksum") from None
    topic_of: dict[str, int] = {}
    for topic, label in labels.items():
        _check(label)
        _check_is_new(topic, label, topic_of)
    return labels


def _is_topic(topic: object, n_topics: int) -> bool:
    return type(topic) is int and 0 <= topic < n_topics


def from_yaml(found: object, place: Place, n_topics: int) -> dict[int, Label]:
    """Return the labels of a plain value, as config/source.py reads it: a name, or a mapping, for each topic.

    Raises ConfigError, which names the line.
    """
    if found is None:
        raise complaint(place(None), "has no names; write {} to remove those of the model")
    if not isinstance(found, Located):
        raise complaint(place(None), f"must be names by topic, such as {_EXAMPLE}, not {shown(found)}")
    labels: dict[int, Label] = {}
    topic_of: dict[str, int] = {}
    for key, value in found.items():
        where = place(found.lines[key])
        topic = int(key) if key.isascii() and key.isdecimal() else -1
        if not _is_topic(topic, n_topics):
            raise complaint(where, f'there is no topic "{shortened(key)}"; topics are 0 to {n_topics - 1}')
        try:
            if topic in labels:
                raise ValueError("it is given twice; keep one")
            label = _label(value)
            _check(label)
            _check_is_new(topic, label, topic_of)
        except ValueError as error:
            raise complaint(where, f"topic {topic}: {error}") from None
        labels[topic] = label
    return labels


def with_names(labels: Labels, named: Mapping[int, str]) -> dict[int, Label]:
    """Return labels in which topics without a name have these ones, unless another topic has it already.

    Raises ValueError for names that topics cannot have.
    """
    topic_of: dict[str, int] = {}
    for topic, name in named.items():
        _check(Label(name))
        _check_is_new(topic, Label(name), topic_of)
    taken = {folded(label.name) for label in labels.values() if label.name is not None}
    found = dict(labels)
    for topic, name in named.items():
        label = found.get(topic, Label())
        if label.name is None and folded(name) not in taken:
            found[topic] = label._replace(name=name)
    return found


def _label(value: object) -> Label:
    """Return the label of a value from YAML, of any types. Raises ValueError for an unknown key."""
    if not isinstance(value, Mapping):
        return Label(name="" if value is None else value)  # type: ignore[arg-type]  # checked by the caller
    for key in value:
        if key not in Label._fields:
            meant = hint(close_to(key, Label._fields), "the keys are name, note and hide")
            raise ValueError(f'unknown key "{shortened(key)}"; {meant}')
    return Label(**value)


def _check(label: Label) -> None:
    """Raise ValueError unless the values have the right types, and can be shown on one line."""
    _check_text("name", label.name, CHARACTERS)
    _check_text("note", label.note, _NOTE_CHARACTERS, allowed="\n\t")
    if not isinstance(label.hide, bool):
        raise ValueError(f"hide must be true or false, not {shown(label.hide)}")
    if label == Label():
        raise ValueError("it has no name; give one, or remove the line")
    if label.name is not None and label.name.lstrip().startswith(AUTOMATIC):
        raise ValueError(f"a name must not begin with {AUTOMATIC}, which marks automatic names")


def _check_text(what: str, found: Any, at_most: int, allowed: str = "") -> None:
    if found is None:
        return
    if not isinstance(found, str):
        kind = "text" if isinstance(found, Mapping | list) else "text, in quotes"
        raise ValueError(f"the {what} must be {kind}, not {shown(found)}")
    if not found.strip():
        raise ValueError(f"the {what} is empty; write one, or remove the line")
    if len(found) > at_most:
        raise ValueError(f"the {what} has {len(found)} characters; {at_most} are allowed")
    wrong = [c for c in found if not (c.isprintable() or _is_space(c) or c in _JOINERS or c in allowed)]
    if wrong:
        raise ValueError(f"the {what} has the control character U+{ord(wrong[0]):04X}; remove it")


def _is_space(character: str) -> bool:
    return unicodedata.category(character) == "Zs"  # of any width


def _check_is_new(topic: int, label: Label, topic_of: dict[str, int]) -> None:
    """Raise ValueError if another topic has the name; topic_of : the topic of each name so far, folded."""
    if label.name is None:
        return
    other = topic_of.setdefault(folded(label.name), topic)
    if other != topic:
        raise ValueError(f'topic {other} has the name "{shortened(label.name)}" too; names must differ')


def folded(name: str) -> str:
    """Return what two names must differ in: not only in case, spaces or the form of accents."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()
