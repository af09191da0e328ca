"""Gives labels to the topics of a model, while no training holds it."""

from pathlib import Path
from typing import NamedTuple

from ..config.source import Place
from ..model import store
from ..model.labels import NAME, Labels, from_yaml
from .run import run_folder, running


class Change(NamedTuple):
    """The labels of a model before and after `label`."""

    before: Labels
    after: Labels


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
