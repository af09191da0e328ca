"""The runs of a sweep: ordinary models in DIR/runs, each with its measures in result.json, written last.

A run is done when its result.json has its checksum, and is of the phi.npy that the model has. So the files
are all the state that there is.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..config import Config, values_that_count
from ..corpus.counts.counts_file import StoredDocuments
from ..disk.atomic import discard, whole_file
from ..disk.opening import open_regular
from ..engine.arrays import Int64
from ..engine.threads import threads
from ..errors import CorpusError, ModelError
from ..model import description, store
from ..model.model import Model
from ..model.opened import read_folder
from ..training import events
from ..training.train import train
from .measures import Measures, measured
from .plan import RunKey
from .split import HeldOutCounts

RESULT = "result.json"


class Result(NamedTuple):
    """A run that is done. phi : SHA-256 of its phi.npy, in hexadecimal."""

    key: RunKey
    phi: str
    measures: Measures

    @property
    def words(self) -> list[Int64]:
        """The columns of the first words of each topic."""
        return [np.array(words, np.int64) for words in self.measures.words]


class Task(NamedTuple):
    """What all runs of a sweep have in common. It can be pickled.

    config : but for model.path, model.topics and training.seed
    corpus, part : as of `train`; fingerprint : that each model must have
    """

    folder: Path
    config: Config
    corpus: Sequence[str]
    part: Callable[[str], bool] | None
    fingerprint: str

    def path(self, key: RunKey) -> Path:
        """The model directory of a run."""
        return self.folder / "runs" / key.name

    def config_of(self, key: RunKey) -> Config:
        """The config of a run."""
        model = dataclasses.replace(self.config.model, path=str(self.path(key)), topics=key.topics, keep=0)
        # runs are side by side in processes of this machine: none starts a cluster
        training = dataclasses.replace(self.config.training, seed=key.seed, max_minutes=None, cluster=None)
        return dataclasses.replace(self.config, model=model, training=training)


def done(task: Task, key: RunKey) -> Result | None:
    """Return the result of a run; None if it is not done."""
    path = task.path(key)
    try:
        with open_regular(path / RESULT) as file:
            stored = json.load(file)
        data = stored["result"]
        if stored["sha256"] != _seal(data):
            return None
        phi = read_folder(path, [description.NAME], lambda folder: folder.description()["files"]["phi.npy"])
        if phi != data["phi"] or data["run"] != list(key):
            return None
        values: dict[str, Any] = data["measures"]
        words = tuple(map(tuple, values.pop("words")))
        lists = {name: values.pop(name) for name in ("held_out", "held_out_tokens")}
        values |= {name: found and tuple(found) for name, found in lists.items()}
        return Result(key, phi, Measures(words=words, **values))
    except (OSError, ValueError, KeyError, TypeError, ModelError, RecursionError):
        return None  # it is made again


def model_of(task: Task, key: RunKey, until: float, report: events.Listener) -> Model:
    """Return the model of a run, trained unless it is there; it is not `is_complete` after `until`.

    Raises the errors of `train`, and CorpusError if the corpus changed since the sweep began.
    """
    path, config = task.path(key), task.config_of(key)
    discard(path / RESULT)  # of a run that is not done
    model = _made_before(path)
    if (
        model is None
        or not model.is_complete
        or model.fingerprint != task.fingerprint
        or values_that_count(model.config) != values_that_count(config)
    ):
        model = train(config, task.corpus, replace=True, report=report, part=task.part, until=until)
    if model.fingerprint != task.fingerprint:
        raise CorpusError(
            f"{task.folder}: files of the corpus changed during the sweep; "
            "begin another sweep (-o), or restore them"
        )
    return model


def _made_before(path: Path) -> Model | None:
    try:
        return store.load(path)
    except ModelError:
        return None


def finish(
    task: Task, key: RunKey, model: Model, documents: StoredDocuments, held_out: HeldOutCounts | None
) -> Result:
    """Measure a model and write result.json. Raises OutputError."""
    with threads(task.config.training.threads) as parallel:
        measures = measured(model, documents, held_out, parallel)
    path = task.path(key)
    phi = read_folder(path, [description.NAME], lambda folder: folder.description()["files"]["phi.npy"])
    data: dict[str, Any] = {"run": list(key), "phi": phi, "measures": measures._asdict()}
    with whole_file(path / RESULT) as file:
        file.write(json.dumps({"result": data, "sha256": _seal(data)}, allow_nan=False).encode() + b"\n")
    return Result(key, phi, measures)


def _seal(data: object) -> str:
    text = json.dumps(data, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
