"""Train a corpus with several numbers of topics and seeds, and compare the models.

corpus -> one cache, one vocabulary, one split -> runs -> result.json of each -> tables, picture, suggestion

A sweep can be stopped at any moment: what is done is on the disk, and the same command goes on from there.
"""

import contextlib
import dataclasses
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..config import Config, values_that_count
from ..config.seeds import load_seeds
from ..corpus.inputs.inputs import SWEEP, Inputs
from ..corpus.metadata.table import content_of
from ..corpus.reading import Reading
from ..corpus.terms.stop_words import load_stop_words
from ..corpus.terms.tokenizer import Tokenizer
from ..disk.atomic import cannot_write, whole_file
from ..disk.spill import folder_beside
from ..engine.kernel import kernel_name
from ..errors import ConfigError, ModelError, OutputError
from ..model.model import Model
from ..training import events
from ..training.beginning import facts
from ..training.counted import Counted, counted
from ..training.lock import Holder, hold
from ..training.run import difference
from ..training.train import as_stored
from ..version import __version__
from . import results
from .agreement import Agreements
from .parallel import in_processes
from .plan import RunKey, planned
from .runs import Result, Task, done, finish, model_of
from .split import (
    HeldOut,
    HeldOutCounts,
    check_inputs,
    counts_of,
    counts_of_path,
    folder_of_cache,
)

_FORMAT = 1
_NAME = re.compile(r"k(\d{3,6})-s(\d{1,6})")


class CorpusCounted(NamedTuple):
    """The corpus is read, or taken from the cache."""

    reading: Reading


class Planned(NamedTuple):
    """The runs of this sweep, in order, and those that are done already."""

    runs: Sequence[RunKey]
    done: Sequence[RunKey]


class Begun(NamedTuple):
    """A run begins."""

    run: RunKey


class Done(NamedTuple):
    """A run is done."""

    run: RunKey


Event = CorpusCounted | Planned | Begun | Done | events.Event
Listener = Callable[[Event], object]


class Spec(NamedTuple):
    """What a sweep is to do.

    folder : of all its files; grid : numbers of topics, sorted; n_seeds : seeds 0 to n_seeds - 1 of each
    """

    config: Config
    corpus: Sequence[str]
    folder: Path
    grid: Sequence[int]
    n_seeds: int
    held_out: HeldOut

    def check(self) -> None:
        """Raise ConfigError for what cannot be swept."""
        check_inputs(self.corpus, self.config)
        if isinstance(self.config.model.alpha, tuple):
            raise ConfigError(
                "sweep: model.alpha must be auto or a number, since the topics change in number"
            )
        if self.config.model.start is not None:
            raise ConfigError(
                "sweep: model.start makes all seeds agree, so that nothing is learned of K; leave it out"
            )
        load_seeds(dataclasses.replace(self.config.model, topics=min(self.grid)))  # for its errors
        if self.config.model.background >= min(self.grid):
            raise ConfigError(
                f"sweep: model.background must be less than the least number of topics, {min(self.grid)}, "
                f"not {self.config.model.background}"
            )

    def config_of_runs(self) -> Config:
        """Return the config of all runs, but for their number of topics, seed and place."""
        cache = folder_of_cache(self.folder, self.config)
        corpus = dataclasses.replace(self.config.corpus, cache=cache)
        return dataclasses.replace(self.config, corpus=corpus)


def sweep(
    spec: Spec,
    *,
    n_jobs: int = 1,
    wait: float = 0.0,
    waits: Callable[[Holder | None], object] = lambda holder: None,
    report: Listener = lambda event: None,
) -> tuple[results.Summary, bool]:
    """Make the runs that are missing, and write what they tell.

    n_jobs : runs at a time, which changes no byte; threads are divided among them
    wait, waits : for another sweep of the folder, as for `hold`

    training.max_minutes of the config limits the whole sweep. Returns the summary of all runs that are done,
    and whether those of the spec are. Raises ConfigError, also if the folder is of another corpus or config,
    CorpusError, ModelError, OutputError, BusyError, and the signals as `train` does.
    """
    spec.check()
    kernel_name()
    _check_folder(spec.folder)
    limit = spec.config.training.max_minutes
    until = float("inf") if limit is None else time.monotonic() + 60 * limit
    missing = [folder for folder in (spec.folder, *spec.folder.parents) if not folder.exists()]
    try:
        with hold(spec.folder / ".lock", str(spec.folder), wait, waits):
            return _swept(spec, n_jobs, until, report)
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):  # it is not empty
                folder.rmdir()


def _swept(spec: Spec, n_jobs: int, until: float, report: Listener) -> tuple[results.Summary, bool]:
    plan = planned(spec.grid, spec.n_seeds)
    with _corpus(spec, plan[0]) as (source, task):
        report(CorpusCounted(source.reading))
        _check_is_same(spec, source.fingerprint)
        found = _found(task)
        report(Planned(plan, [key for key in plan if key in found]))
        agreements = Agreements()
        missing = [key for key in plan if key not in found]

        def is_done(result: Result) -> None:
            found[result.key] = result
            results.write(spec.folder, results.summary(found.values(), agreements), False)
            report(Done(result.key))

        if n_jobs > 1 and len(missing) > 1:
            for key in in_processes(_Job(spec, task, until), missing, n_jobs, lambda key: report(Begun(key))):
                result = done(task, key)
                if result is not None:
                    is_done(result)
        else:
            make = _Maker(spec, source, task, until)
            for key in missing:
                report(Begun(key))
                if (result := make(key, report)) is None:
                    break
                is_done(result)
        summary = results.summary(found.values(), agreements)
        is_complete = all(key in found for key in plan)
        results.write(spec.folder, summary, is_complete)
    return summary, is_complete


@contextlib.contextmanager
def _corpus(spec: Spec, first: RunKey) -> Iterator[tuple[Counted, Task]]:
    """Read the corpus as the runs do."""
    config, part = spec.config_of_runs(), spec.held_out.part(spec.config)
    task = Task(spec.folder, config, spec.corpus, part, "")
    inputs = Inputs.of(as_stored(task.config_of(first)), spec.corpus)
    inputs = dataclasses.replace(inputs, part=part)
    stop_words = load_stop_words(config.vocabulary)
    tokenizer = Tokenizer(config.tokenizer, stop_words)
    folder = folder_beside(spec.folder / "runs")
    also = facts(config, content_of(config.corpus))
    with counted(inputs, tokenizer, stop_words, folder, also=also) as source:
        yield source, task._replace(fingerprint=source.fingerprint)


class _Maker:
    """Makes runs in this process."""

    def __init__(self, spec: Spec, source: Counted, task: Task, until: float) -> None:
        self._spec, self._source, self._task, self._until = spec, source, task, until
        self._held_out: tuple[HeldOutCounts | None] | None = None

    def __call__(self, key: RunKey, report: Listener) -> Result | None:
        """Train and measure; None if the time limit came before."""
        if time.monotonic() >= self._until:
            return None
        model = model_of(self._task, key, self._until, report)
        if not model.is_complete:
            return None
        return finish(self._task, key, model, self._source.documents, self._counts(model))

    def _counts(self, model: Model) -> HeldOutCounts | None:
        """The held-out documents, in the vocabulary that all runs have."""
        if self._held_out is None:
            path, part = self._spec.held_out.path, self._task.part
            counts = None
            if path is not None:
                counts = counts_of_path(path, self._task.config, model)
            elif part is not None:
                counts = counts_of(self._source.every.where(lambda name: not part(name)), model)
            self._held_out = (counts,)
        return self._held_out[0]


@dataclasses.dataclass(frozen=True)
class _Job:
    """Makes a run in a process of its own, with its share of the threads."""

    spec: Spec
    task: Task
    until: float  # of time.monotonic(), which all processes of a machine share

    def __call__(self, key: RunKey, n_threads: int) -> None:
        """Train and measure one run."""
        training = dataclasses.replace(self.spec.config.training, threads=n_threads)
        spec = self.spec._replace(config=dataclasses.replace(self.spec.config, training=training))
        with _corpus(spec, key) as (source, task):
            _Maker(spec, source, task._replace(fingerprint=self.task.fingerprint), self.until)(
                key, lambda event: None
            )


def _found(task: Task) -> dict[RunKey, Result]:
    """Return all runs that are done, also those that this command would not make."""
    folder = task.folder / "runs"
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    keys = [RunKey(int(match[1]), int(match[2])) for match in map(_NAME.fullmatch, names) if match]
    loaded = {key: done(task, key) for key in keys}
    return {key: result for key, result in loaded.items() if result is not None}


def _check_folder(folder: Path) -> None:
    """Raise OutputError if the folder is something other than a sweep."""
    with cannot_write(folder):
        entries = sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []
    strangers = [name for name in entries if not name.startswith(".")]
    if strangers and SWEEP not in entries:
        raise OutputError(f"{folder}: contains {strangers[0]!r}, and is no sweep; name another folder (-o)")


def _check_is_same(spec: Spec, fingerprint: str) -> None:
    """Compare the sweep with the sweep.json of the folder, or write it."""
    now = _identity(spec, fingerprint)
    path = spec.folder / SWEEP
    before = _read(path)
    if before is None:
        with whole_file(path) as file:
            file.write(json.dumps(now, indent=2, allow_nan=False).encode() + b"\n")
        return
    if (other := difference(before, now)) is not None:
        what = "the corpus is another one, or it changed" if other.startswith("corpus ") else other
        raise ConfigError(f"{path}: is of another sweep: {what}; name another folder (-o)")


def _identity(spec: Spec, fingerprint: str) -> dict[str, object]:
    """What all runs of a sweep must have in common, as plain data."""
    values = values_that_count(as_stored(spec.config))
    for key in ("model.topics", "training.seed"):
        del values[key]
    return {
        "format": _FORMAT,
        "lda_cli": __version__,
        "kernel": kernel_name(),
        "held_out": spec.held_out.identity(spec.config),
        "corpus": fingerprint,
        **values,
    }


def _read(path: Path) -> Mapping[str, object] | None:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: damaged ({error}); name another folder (-o), or remove this one") from None
    if not isinstance(found, dict):
        raise ModelError(f"{path}: damaged; name another folder (-o), or remove this one")
    return found
