"""Labels of topics: given while no training holds the model, kept or put aside when one replaces it.

Names belong to topics. A training that gives the same Phi, bit for bit, keeps them. After any other, topic 3
is another topic, and a wrong name is worse than none: the new model has no names. Those of the old one are
written beside it, with the words of each topic, so that nothing that a person typed is lost.
"""

import hashlib
import itertools
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..config.source import Place
from ..disk.atomic import behind_links, cannot_write, replacing, stem
from ..engine.arrays import Float32
from ..errors import ModelError
from ..model import store
from ..model.draft import draft
from ..model.labels import NAME, Labels, from_yaml
from .run import run_folder, running


class Change(NamedTuple):
    """The labels of a model before and after `label`."""

    before: Labels
    after: Labels


class Former(NamedTuple):
    """The labels of the model that a training is about to replace.

    phi : a checksum of its Phi; text : a file of labels that keeps them
    """

    labels: Labels
    phi: str
    text: bytes


def label(path: str, found: object, place: Place, wait: float = 0.0) -> Change:
    """Give the topics of a model the labels of a file, in place of all that they have.

    found : the plain value of the file, as config/source.py reads it
    place : names a line of the file
    wait : seconds to wait at most for a training of the model

    Raises ModelError, ConfigError for labels that the model cannot have, BusyError and OutputError.
    """
    if store.stamp(path) is None:
        store.load(path)  # says what is wrong, before a folder for the lock is made
    with running(Path(path), wait):
        model = store.load(path)
        is_untouched_draft = found is None and not model.labels  # all of its lines are comments
        given = {} if is_untouched_draft else from_yaml(found, place, model.n_topics)
        if given != model.labels:
            store.put_labels(path, given, near=run_folder(Path(path)) / NAME)
    return Change(model.labels, given)


def former_labels(path: str) -> Former | None:
    """Return the labels of the model that is there, if it has any. Raises nothing for a damaged model."""
    raw = None if store.stamp(path) is None else store.raw_labels(path)
    if raw is None:
        return None
    try:
        model = store.load(path)
    except ModelError:
        return Former({}, "", raw)  # it has names, and nobody knows of which topics
    return Former(model.labels, checksum(model.phi), draft(model, path, is_former=True).encode())


def dropped(former: Former) -> str:
    """Say that labels are dropped; the name of the file follows."""
    n_labels = len(former.labels)
    number = "" if not n_labels else f"{n_labels} "
    return f"the topics are new; {number}label{'' if n_labels == 1 else 's'} of the old ones moved to"


def checksum(phi: Float32) -> str:
    """Return the SHA-256 of an array, in hexadecimal."""
    return hashlib.sha256(np.ascontiguousarray(phi).data).hexdigest()


def put_aside(path: str, former: Former) -> Path:
    """Write the labels of a former model to a file beside the model, which is not there yet, and return it.

    Raises OutputError.
    """
    for place in _places(path):
        if not os.path.lexists(place):
            with cannot_write(place), replacing(place) as file:
                file.write(former.text)
            return place
        if place.is_file() and place.read_bytes() == former.text:  # of a training that failed later
            return place
    raise AssertionError("there is always another name")


def labels_aside(path: str) -> Path | None:
    """Return the newest file of labels that a training put aside, if there is one."""
    found = list(itertools.takewhile(os.path.lexists, _places(path)))
    return found[-1] if found else None


def _places(path: str) -> "itertools.chain[Path]":
    target = behind_links(Path(path))
    name = f".{stem(target.name)}.labels"
    numbered = (target.with_name(f"{name}.{number}.yaml") for number in itertools.count(2))
    return itertools.chain([target.with_name(f"{name}.yaml")], numbered)
