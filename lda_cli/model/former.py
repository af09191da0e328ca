"""The labels of a model that another one replaces: the new one gets them, or a file beside it keeps them.

Names belong to topics. A model with the same Phi, bit for bit, keeps them. In any other, topic 3 is another
topic, and a wrong name is worse than none: it has no names. Those of the old one are written beside it, with
the words of each topic, so that nothing that a person typed is lost.
"""

import dataclasses
import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..disk.atomic import behind_links, cannot_write, replacing, stem
from ..engine.arrays import Float32
from ..errors import ModelError
from . import store
from .draft import draft
from .labels import Labels, with_names
from .model import Model


class Former(NamedTuple):
    """The labels of a model that is about to be replaced.

    phi : a checksum of its Phi; text : a file of labels that keeps them
    """

    labels: Labels
    phi: str
    text: bytes


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


def with_labels(model: Model, former: Former | None, path: str) -> tuple[Model, str | None]:
    """Return the model that takes the place of a former one, with its labels if they are of the same Phi.

    Else it keeps those that its config gave it, the former ones are put aside, and a warning says where.
    Raises OutputError.
    """
    if former is None:
        return model, None
    if former.phi == checksum(model.phi):
        named = dict(zip(model.seeded, model.config.model.seeds, strict=True))
        return dataclasses.replace(model, labels=with_names(former.labels, named)), None
    if former.labels and former.labels.items() <= model.labels.items():
        return model, None  # it has them all: the names of seeds, or those of a label field
    number = f"{len(former.labels)} " if former.labels else ""
    noun = "label" if len(former.labels) == 1 else "labels"
    place = _put_aside(path, former)
    return model, f"{path}: the topics are new; {number}{noun} of the old ones moved to {place}"


def labels_aside(path: str) -> Path | None:
    """Return the newest file of labels that were put aside, if there is one."""
    found = list(itertools.takewhile(os.path.lexists, _places(path)))
    return found[-1] if found else None


def _put_aside(path: str, former: Former) -> Path:
    """Write the labels to a file beside the model, which is not there yet, and return it."""
    places = _places(path)
    while os.path.lexists(place := next(places)):
        if place.is_file() and place.read_bytes() == former.text:  # of a training that failed later
            return place
    with cannot_write(place), replacing(place) as file:
        file.write(former.text)
    return place


def _places(path: str) -> Iterator[Path]:
    """Yield the names of files of labels beside a model; they are hidden, so that they are no documents."""
    target = behind_links(Path(path))
    for number in itertools.count(1):
        yield target.with_name(f".{stem(target.name)}.labels{'' if number == 1 else f'.{number}'}.yaml")


def checksum(phi: Float32) -> str:
    """Return the SHA-256 of Phi, in hexadecimal."""
    return hashlib.sha256(np.ascontiguousarray(phi).data).hexdigest()
