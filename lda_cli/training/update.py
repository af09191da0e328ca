"""The use case of `update`: new documents alone -> the topics of a model, which remember the old ones.

The old expected counts are P (engine/prior.py): memory S_old stays, and the new documents add theirs, in
passes of plain incremental EM. Old terms keep their columns, new ones come after them. alpha is learned from
all documents: the old ones are in it by their sum of E[log theta], found again from theta and their lengths.

theta of the old documents stays as their own training found it.
"""

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

import numpy as np
from scipy.sparse import csr_matrix

from ..config import Config, values_that_count
from ..corpus.counts.counts_file import StoredDocuments
from ..corpus.formats.metadata import to_text
from ..corpus.inputs.files import formats_of
from ..corpus.inputs.inputs import STDIN, Inputs
from ..corpus.inputs.report import Report
from ..corpus.metadata.collected import Collected
from ..corpus.metadata.table import read_table
from ..corpus.terms.stop_words import load_stop_words
from ..corpus.training_corpus import TrainingCorpus, build
from ..disk.folders import restore
from ..disk.spill import folder_beside
from ..engine.arrays import Float32
from ..engine.coherence import first_words
from ..engine.kernel import kernel_name
from ..engine.matching import moved
from ..engine.posterior import sum_log_theta
from ..engine.prior import Known
from ..engine.schedule import WARM_PASSES
from ..errors import ConfigError, CorpusError, safe
from ..model import store
from ..model.former import checksum
from ..model.model import Model
from ..signals import held_back
from ..version import __version__
from . import events
from .beginning import Beginning, Remembered, frozen
from .counted import counted
from .fit import Fit, fit
from .run import Run, running
from .telling import Telling

# Without a training of all documents, topics of many updates hardly move any more.
MANY_UPDATES = 10

_WORDS = 10  # of a topic, in its npmi


def update(
    path: str,
    corpus: Sequence[str],
    config: Config,
    *,
    memory: float = 1.0,
    wait: float = 0.0,
    report: events.Listener = events.ignore,
    stdin: BinaryIO | None = None,
) -> Model:
    """Add documents to a model, replace it, and return the new one.

    path : of the model directory
    corpus : the new documents: folders, files, globs, or "-" for standard input
    config : how they are read, which terms are new (min_df, max_df, max_terms), and how the training runs;
        the tokenizer and all else are those of the model
    memory : the part of the model's expected counts that stays, more than 0 and at most 1
    wait : seconds to wait at most for another process that trains the model
    report : called with each event

    Raises ConfigError, CorpusError, ModelError, OutputError or BusyError, each with a message of one line.
    """
    kernel_name()  # refuses a wrong LDA_CLI_KERNEL before anything is read
    restore(Path(path))
    if store.stamp(path) is None:
        store.load(path)  # says what is wrong, before a folder for the lock is made
    with running(Path(path), wait, lambda holder: report(events.Waiting(holder))) as beside:
        old = store.load(path)
        _check(old, path)
        config = _config(config, old, path)
        store.check_can_save(path, True, config.model.keep)
        inputs = dataclasses.replace(Inputs.of(config, corpus, stdin), unit=old.unit)
        return _updated(old, inputs, memory, beside, report)


def _check(old: Model, path: str) -> None:
    if not old.documents:
        raise ConfigError(
            f"{path}: the model has no training documents; lda-cli train --start begins with its topics"
        )
    if old.prevalence is not None or old.config.model.labels is not None:
        key = "model.labels" if old.prevalence is None else "model.prevalence"
        remedy = "train on all documents, old and new"
        raise ConfigError(f"{path}: cannot be updated, since metadata move its alpha ({key}); {remedy}")
    if not old.is_complete:
        raise ConfigError(f"{path}: a time limit cut its training short; let lda-cli train finish it first")


def _config(given: Config, old: Model, path: str) -> Config:
    """Return the config of the passes: plain EM, with the words of the model."""
    own = old.config
    rules = {name: getattr(given.vocabulary, name) for name in ("min_df", "max_df", "max_terms")}
    return dataclasses.replace(
        given,
        corpus=dataclasses.replace(given.corpus, cache="none"),
        tokenizer=own.tokenizer,
        vocabulary=dataclasses.replace(own.vocabulary, **rules),
        model=dataclasses.replace(own.model, path=path, keep=given.model.keep, eta=old.eta, decorrelate=0.0),
        training=dataclasses.replace(
            given.training, algorithm="incremental", passes=WARM_PASSES, minibatches="auto", restarts=1
        ),
    )


def _updated(old: Model, inputs: Inputs, memory: float, beside: Run, report: events.Listener) -> Model:
    config, folder = inputs.config, folder_beside(Path(inputs.config.model.path))
    table = read_table(config.corpus, about_table := Report())
    report(events.Begun(formats_of(inputs)))

    tell = Telling(report, beside)
    with counted(
        inputs, old.tokenizer, (), folder, known_phrases=old.phrases, documents_read=tell.documents_read
    ) as source:
        source.reading.report.add(about_table)
        new = source.documents
        if STDIN not in inputs.paths:  # its documents have the same ids each time
            _warn_of_known(old, new, tell.warn)

        def corpus() -> tuple[TrainingCorpus, Beginning]:
            stop_words = load_stop_words(config.vocabulary)
            built = build(
                new, old.tokenizer, config.vocabulary, stop_words, folder, tell.warn, old.vocabulary
            )
            if not built.n_tokens.any():
                reason = "no word of the new documents is known, or frequent enough to be a new term"
                raise CorpusError(f"{reason}; check their language, or lower vocabulary.min_df")
            report(events.CorpusRead(built, source.reading))
            return built, _remembered(old, len(built.terms), memory, built.sizes.n_tokens)

        identity = {
            "lda_cli": __version__,
            "kernel": kernel_name(),
            **values_that_count(config),
            "corpus": source.fingerprint,
            "update": [checksum(old.phi), old.fingerprint, memory],
        }
        fitting = fit(corpus, config, identity, beside, report, resume=True, deadline=None)
        metadata = Collected(inputs, new, table, folder, source.reading.report, old.metadata_types)
        with metadata, fitting as found, held_back():  # a signal now would waste all passes
            model = _added(old, found, len(new), source.fingerprint, inputs, memory)
            store.save(
                model,
                config.model.path,
                documents=new.names(),
                theta=found.theta,
                lengths=found.n_tokens,
                history=found.history,
                metadata=_metadata(old, metadata, len(new)),
                before=old.documents,
                replace=True,
            )
            beside.forget()
            report(events.Saved(model, found.figures._replace(npmi=None)))  # it would be of the new ones
            report(
                events.Updated(
                    moved(old.phi, model.phi),
                    _unknown(found, old),
                    len(model.vocabulary) - len(old.vocabulary),
                    model.sources if all(map(os.path.exists, model.sources)) else (),
                    model.config.model.path,
                )
            )
            if metadata.n_lost:
                tell.warn(
                    f"values of metadata that are not of the type of their field are null: {metadata.n_lost}"
                )
            if model.updates > MANY_UPDATES:
                tell.warn(f"update {model.updates} since the last training: topics hardly move any more")
            del model, found
    return store.load(config.model.path)


def _warn_of_known(old: Model, new: StoredDocuments, warn: Callable[[str], object]) -> None:
    """Warn of documents with the id of an old one: they would count twice."""
    assert old.documents is not None
    names = set(new.names())
    known = sorted(names.intersection(old.documents.ids()))
    if known:
        have = "document has an id" if len(known) == 1 else "documents have ids"
        again = f"{len(known)} new {have} that the model has already, and may count twice"
        warn(f"{again}; first: {safe(known[0])}")


def _remembered(old: Model, n_terms: int, memory: float, n_tokens: int) -> Beginning:
    """Return the old model as expected counts that stay.

    n_terms : of the new vocabulary; n_tokens : of the new documents
    """
    assert old.documents is not None
    shape, columns = (n_terms, old.n_topics), np.arange(len(old.vocabulary))
    stand = frozen(old.config, old)
    remembered = Remembered(old, old.n_topics, columns, columns)
    counts = remembered.counts(shape, memory, np.where(stand, n_tokens + remembered.n_tokens, 0))
    log_theta, n_documents, total = np.zeros(old.n_topics), 0, float(old.alpha.sum())
    for first, theta in old.documents.blocks():
        lengths = old.documents.lengths[first : first + len(theta)]
        has_words = lengths > 0
        log_theta += sum_log_theta(theta[has_words], lengths[has_words].astype(np.float64) + total)
        n_documents += int(np.count_nonzero(has_words))
    # what earlier updates have forgotten of the counts is forgotten here too
    n_tokens_of_all = int(old.documents.lengths.sum(dtype=np.int64))
    weight = memory * min(1.0, remembered.n_tokens / max(1, n_tokens_of_all))
    known = Known(
        prior=counts,
        topics=csr_matrix(shape),  # P is there from the start
        is_known=np.ones(old.n_topics, bool),
        log_theta=weight * log_theta,
        n_documents=weight * n_documents,
    )
    return Beginning(known, old.alpha, is_warm=True)


def _added(old: Model, found: Fit, n_new: int, fingerprint: str, inputs: Inputs, memory: float) -> Model:
    """Return the model with the new documents."""
    term_counts = found.term_counts.copy()
    term_counts[: len(old.vocabulary)] += old.term_counts
    sources = [os.path.abspath(path) for path in inputs.paths if path != STDIN]
    place = inputs.config.model
    config = dataclasses.replace(old.config.model, path=place.path, keep=place.keep)
    return dataclasses.replace(
        old,
        phi=found.phi,
        vocabulary=found.terms,
        alpha=found.alpha,
        term_counts=term_counts,
        topic_counts=memory * old.topic_counts + found.topic_counts,
        npmi=tuple(_npmi(old, found.phi)),
        n_documents=old.n_documents + n_new,
        fingerprint=hashlib.sha256(f"{old.fingerprint}\n{fingerprint}".encode()).hexdigest(),
        config=dataclasses.replace(old.config, model=config),
        sources=(*old.sources, *(path for path in sources if not _is_in(path, old.sources))),
        updates=old.updates + 1,
        documents=None,
    )


def _is_in(path: str, folders: Sequence[str]) -> bool:
    """Whether a path is one of some, or inside one: reading that again reads it too."""
    return any(os.path.commonpath([path, folder]) == folder for folder in folders)


def _npmi(old: Model, phi: Float32) -> Iterator[float | None]:
    """Yield the npmi of each topic: that of its training, or None if other words are first now.

    It is measured in all documents, and the new ones may be few.
    """
    for before, after, npmi in zip(old.phi, phi, old.npmi, strict=True):
        is_same = set(first_words(before, _WORDS).tolist()) == set(first_words(after, _WORDS).tolist())
        yield npmi if is_same else None


def _metadata(old: Model, new: Collected, n_new: int) -> Iterator[str]:
    """Yield the metadata of the new documents, with the fields of the model; null where there are none."""
    if not old.metadata_types:
        return iter(())
    return new.lines() if new.is_there else repeat(to_text(dict.fromkeys(old.metadata_types)), n_new)


def _unknown(found: Fit, old: Model) -> float:
    """The share of the new words, without stop words, that are not terms of the old model."""
    known = int(found.term_counts[: len(old.vocabulary), 0].sum())
    unknown = found.pruning.found.tokens - found.pruning.stop_words.tokens
    return unknown / max(1, known + unknown)
