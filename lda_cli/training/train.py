"""The use case of training: corpus -> engine -> model directory.

A model is saved inside six contexts, since each must outlive the inner ones:

    running           holds the lock of the model, its status and its checkpoint
      Cache           holds the files of counts, from which the documents' names are read
        Collected     holds the metadata of the documents
          fit         holds theta in memory, and keeps a checkpoint after a signal
            held_back   holds signals back until the model is saved
              whole_folder   replaces the model directory in one step
"""

import contextlib
import dataclasses
import math
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from ..cluster import Cluster, connected
from ..config import Config, values_that_count
from ..config.seeds import with_seeds
from ..corpus.counts.cache import KnownFiles
from ..corpus.inputs.files import formats_of
from ..corpus.inputs.inputs import STDIN, Inputs
from ..corpus.inputs.report import Report
from ..corpus.metadata.collected import Collected
from ..corpus.metadata.rows import MetadataRows
from ..corpus.metadata.table import content_of, read_table
from ..corpus.metadata.types import Types
from ..corpus.reading import fingerprint
from ..corpus.terms.stop_words import load_stop_words, own_words, spelled_out
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.training_corpus import TrainingCorpus, build
from ..disk.atomic import HIDDEN, cannot_write
from ..disk.folders import restore
from ..disk.spill import folder_beside
from ..engine.kernel import kernel_name
from ..errors import ConfigError, ModelError, NewerModelError
from ..model import store
from ..model.former import Former, former_labels, with_labels
from ..model.model import Model
from ..model.prevalence import Prevalence
from ..signals import held_back
from ..version import __version__
from . import design, events
from .advice import advice
from .beginning import Beginning, Start, beginning, content, facts, names_of, seeded, start_of
from .counted import counted, of_corpus
from .design import Design
from .fit import Fit, fit
from .run import Run, running
from .telling import Telling


def train(
    config: Config,
    corpus: Sequence[str] = (),
    *,
    replace: bool = False,
    if_changed: bool = False,
    resume: bool = True,
    wait: float = 0.0,
    begins: Callable[[], object] = lambda: None,
    report: events.Listener = events.ignore,
    stdin: BinaryIO | None = None,
    part: Callable[[str], bool] | None = None,
    until: float = math.inf,
) -> Model:
    """Train on a corpus, write the model directory config.model.path, and return the model.

    The model is not `is_complete` if the time limit of the config came before the last pass.

    corpus : folders, files, globs, or "-" for standard input; if empty, config.corpus.path
    replace : replace an existing model
    if_changed : replace an existing model only if the corpus or the config changed
    resume : continue from the checkpoint of a stopped training
    wait : seconds to wait at most for another process that trains the same model
    begins : called before anything is read, unless the model is up to date
    report : called with each event
    part : trains on some documents, as of `Inputs`; such a model is never up to date
    until : time.monotonic() at which the training stops, as at the time limit of the config

    Raises ConfigError, CorpusError, ModelError, OutputError or BusyError, each with a message of one line.
    """
    path = config.model.path
    kernel_name()  # refuses a wrong LDA_CLI_KERNEL before anything is read
    restore(Path(path))
    earlier = store.stamp(path)
    if if_changed and (model := up_to_date(config, corpus)) is not None:
        report(events.UpToDate(path))
        return model
    store.check_can_save(path, replace or if_changed, config.model.keep)
    with running(Path(path), wait, lambda holder: report(events.Waiting(holder))) as beside:
        # another process may have saved a model meanwhile
        if if_changed and store.stamp(path) != earlier and (model := up_to_date(config, corpus)) is not None:
            report(events.UpToDate(path))
            return model
        store.check_can_save(path, replace or if_changed, config.model.keep)
        if not beside.has_lock:
            message = "this file system has no locks; make sure that no other process trains this model"
            report(events.Warned(f"{path}: {message}"))
        begins()
        limit = config.training.max_minutes
        deadline = until if limit is None else min(until, time.monotonic() + 60 * limit)
        inputs = dataclasses.replace(Inputs.of(as_stored(config), corpus, stdin), part=part)
        start = start_of(config)
        # the labels of a start that is replaced stay where they are
        former = None if start is not None and start.is_self else former_labels(path)
        if start is not None and start.is_self and start.model.updates:
            report(events.Warned(_about_updates(path)))
        with connected(config.training.cluster, config.training.threads) as cluster:
            if cluster is not None:
                _check_cluster(cluster, config, beside, report)
            return _trained(
                inputs,
                own_words(config.vocabulary),
                beside,
                resume,
                deadline,
                report,
                former,
                start,
                cluster,
            )


def _check_cluster(cluster: Cluster, config: Config, beside: Run, report: events.Listener) -> None:
    """Raise ClusterError if the training cannot use the cluster; warn if only a part of it can be used."""
    with cannot_write(beside.folder), tempfile.NamedTemporaryFile(prefix=HIDDEN, dir=beside.folder) as file:
        cluster.check(Path(file.name))
    n_shards, n_workers = config.training.shards, len(cluster.workers)
    if n_shards < n_workers:
        visited = "this process trains" if n_shards == 1 else f"{n_shards} workers train"
        message = f"only {visited}, since training.shards is {n_shards}; set it to {n_workers} or more"
        report(events.Warned(message))


def _trained(
    inputs: Inputs,
    own_words: frozenset[str],
    beside: Run,
    resume: bool,
    deadline: float | None,
    report: events.Listener,
    former: Former | None,
    start: Start | None,
    cluster: Cluster | None,
) -> Model:
    """Read the corpus, fit and save.

    own_words : stop words that the user wrote
    former : the labels of the model that this one replaces
    start : the model to begin with
    cluster : that reads, and visits the shards
    """
    config = inputs.config
    table = read_table(config.corpus, about_table := Report())
    design.check(config.model, MetadataRows(config.corpus, table).names)
    names = names_of(config, start)
    stop_words = load_stop_words(config.vocabulary)
    tokenizer = Tokenizer(config.tokenizer, stop_words)
    report(events.Begun(formats_of(inputs)))

    tell = Telling(report, beside)
    folder = folder_beside(Path(config.model.path))
    with counted(
        inputs,
        tokenizer,
        stop_words,
        folder,
        also=facts(config, table and table.content),
        phrases_learned=tell.phrases_learned,
        documents_read=tell.documents_read,
        cluster=cluster,
    ) as source:
        documents, reading, fingerprint = source.documents, source.reading, source.fingerprint
        reading.report.add(about_table)
        if source.changed:
            tell.warn("files changed during training; phrases were learned from the earlier version")

        def corpus() -> tuple[TrainingCorpus, Beginning]:
            built = build(documents, tokenizer, config.vocabulary, stop_words, folder, tell.warn)
            report(events.CorpusRead(built, reading))
            for warning in advice(config, built.sizes, built.pruning, own_words, tokenizer):
                tell.warn(warning)
            return built, beginning(config, built, start, tokenizer, source.phrases, stop_words, tell.warn)

        identity = _identity(config, fingerprint, start)
        metadata = Collected(inputs, documents, table, folder, reading.report)
        del table  # the training needs its memory
        with contextlib.ExitStack() as stack:
            stack.enter_context(metadata)
            designed = design.design(config.model, metadata.rows, metadata.types, tell.warn)
            groups = None if designed is None else designed.groups
            found = stack.enter_context(
                fit(
                    *(corpus, config, identity, beside, report),
                    resume=resume,
                    deadline=deadline,
                    groups=groups,
                    cluster=cluster,
                )
            )
            model = Model(
                phi=found.phi,
                vocabulary=found.terms,
                alpha=found.alpha,
                eta=found.eta,
                term_counts=found.term_counts,
                topic_counts=found.topic_counts,
                npmi=found.npmi,
                n_documents=len(documents),
                fingerprint=fingerprint,
                config=config,
                pruning=found.pruning,
                phrases=source.phrases,
                is_complete=found.is_complete,
                metadata_types=metadata.types,
                unit=reading.unit,
                sources=tuple(os.path.abspath(path) for path in inputs.paths if path != STDIN),
                started=None if start is None else start.n_topics,
                seeded=seeded(config, start),
                labels=names if designed is None else {**names, **designed.labels},
                prevalence=_prevalence(designed, metadata.types, found),
            )
            with held_back():  # a signal now would waste all passes
                model, moved = with_labels(model, former, config.model.path)
                if moved is not None:
                    tell.warn(moved)
                store.save(
                    model,
                    config.model.path,
                    documents=documents.names(),
                    theta=found.theta,
                    lengths=found.n_tokens,
                    history=found.history,
                    metadata=metadata.lines(),
                    replace=True,
                )
                if found.is_complete:
                    beside.forget()
                else:
                    beside.status.write("stopped")
                report(events.Saved(model, found.figures))
                del model, found  # the saved one is the same, with its documents
    return store.load(config.model.path)


def _about_updates(path: str) -> str:
    return f"{path}: update added documents to it; they stay only if they are in this corpus too"


def _prevalence(designed: Design | None, types: Types, found: Fit) -> Prevalence | None:
    """Return how metadata move alpha, if a field of them does."""
    if designed is None or not designed.covariates or found.coefficients is None:
        return None
    return Prevalence(designed.covariates, types, *found.coefficients)


def up_to_date(config: Config, corpus: Sequence[str] = ()) -> Model | None:
    """Return the model at config.model.path, if `train` would make the same one from this corpus and config.

    A model that a time limit cut short, or that was imported, is never up to date.

    Raises ConfigError for standard input, which can be read only once, CorpusError as `train` does, and
    NewerModelError if the model has a newer format.
    """
    inputs = Inputs.of(config, corpus)
    if STDIN in inputs.paths:
        raise ConfigError("--if-changed cannot be used with standard input; give files, or use --force")
    try:
        model = store.load(config.model.path)
    except NewerModelError:
        raise
    except ModelError:
        return None
    if (
        not model.is_complete
        or model.imported
        or values_that_count(model.config) != values_that_count(config)
    ):
        return None
    stop_words = load_stop_words(config.vocabulary)
    now = fingerprint(inputs, KnownFiles(inputs.cache_folder))
    same = of_corpus(inputs, now, stop_words, facts(config, content_of(config.corpus)))
    return model if model.fingerprint == same else None


def as_stored(config: Config) -> Config:
    """The config with the words of its stop lists and seeds, and a cache that is found from any folder."""
    cache = config.corpus.cache
    if cache not in ("auto", "none"):
        cache = os.path.abspath(cache)
    corpus = dataclasses.replace(config.corpus, cache=cache)
    return dataclasses.replace(
        config, corpus=corpus, vocabulary=spelled_out(config.vocabulary), model=with_seeds(config.model)
    )


def _identity(config: Config, fingerprint: str, start: Start | None) -> dict[str, object]:
    """What must be equal for two trainings to give the same bytes, and for one to continue the other."""
    return {
        "lda_cli": __version__,
        "kernel": kernel_name(),
        **values_that_count(config),
        "corpus": fingerprint,
        # what a training that starts from its own model replaces may be its own result at a time limit
        **({} if start is None or start.is_self else {"start": content(start.model)}),
    }
