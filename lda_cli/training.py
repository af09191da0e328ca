"""The use case of training: corpus -> engine -> model directory. Progress is told to an observer."""

import hashlib
import os
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from . import __version__
from .config import Config, not_documents
from .corpus.cache import Cache, Known, settings_key
from .corpus.collocations import learn
from .corpus.files import STDIN, formats_of
from .corpus.phrases import Phrases
from .corpus.reading import Reading, fingerprint, read
from .corpus.stop_words import load_stop_words, spelled_out
from .corpus.tokenizer import Tokenizer
from .corpus.training_corpus import StoredCounts, TrainingCorpus, build
from .engine.counts import Keep, keep_in_memory
from .engine.em import PassRecord, Settings, Training
from .engine.estep import Float, Float64
from .engine.kernel import kernel_name
from .engine.mstep import dead
from .engine.threads import count_threads, threads
from .errors import ConfigError, ModelError, NewerModelError
from .model import store
from .model.model import Model
from .settings import settings_for
from .spill import Spill, folder_beside


class Progress:
    """What a training tells on its way; every method may be overridden, and does nothing here."""

    def begun(self, formats: Sequence[tuple[str, str]]) -> None:
        """The inputs are to be read, each in the format behind it."""

    def reading(self, n_documents: int) -> None:
        """So many documents are read so far."""

    def learned(self, n_pairs: int) -> None:
        """So many pairs of words make phrases; if the corpus was read for them, it is read once more."""

    def read(self, corpus: TrainingCorpus, reading: Reading) -> None:
        """The corpus is read; `reading` tells what was skipped, and what was not read anew."""

    def started(self, settings: Settings, contribution_bytes: int) -> None:
        """The engine begins, with every `auto` decided, and stores so much for its minibatches."""

    def passed(self, record: PassRecord) -> None:
        """A pass over the corpus is done."""

    def trained(self) -> None:
        """The last pass is done."""

    def warn(self, message: str) -> None:
        """Something a user should know, though the training goes on."""


def train(
    config: Config,
    corpus: Sequence[str] = (),
    *,
    replace: bool = False,
    progress: Progress | None = None,
    stdin: BinaryIO | None = None,
) -> Model:
    """Train on a corpus, write the model directory config.model.path, and return the model.

    corpus : folders, files, or "-" for standard input; none of them means config.corpus.path
    replace : whether a model that is there may be replaced

    Raises ConfigError, CorpusError or OutputError, each with one line for people.
    """
    kernel_name()  # refuses what LDA_CLI_KERNEL asks for in vain, before anything is read
    inputs = list(corpus) or [config.corpus.path]
    progress = progress or Progress()
    store.check_can_save(config.model.path, replace)
    config = as_stored(config)
    stop_words = load_stop_words(config.vocabulary)
    tokenizer = Tokenizer(config.tokenizer, stop_words)
    never = no_documents(config, inputs)
    progress.begun(formats_of(inputs, config.corpus, never))
    beside = folder_beside(Path(config.model.path))
    phrases = _phrases(config, inputs, tokenizer, stop_words, progress)
    with Cache(cache_folder(config), counted_with(config, phrases), beside) as cache:
        reading = read(
            inputs,
            config.corpus,
            tokenizer,
            cache,
            phrases=phrases,
            n_processes=count_threads(config.training.threads),
            stdin=stdin,
            never=never,
            told=progress.reading,
        )
        model, theta, history = _fitted(config, reading, tokenizer, stop_words, phrases, progress)
        store.save(
            model,
            config.model.path,
            documents=reading.documents.names(),
            theta=theta,
            history=map(_history_line, history),
            replace=replace,
        )
    return model


def _phrases(
    config: Config,
    inputs: Sequence[str],
    tokenizer: Tokenizer,
    stop_words: Collection[str],
    progress: Progress,
) -> Phrases | None:
    """What joins words, if the config wants any."""
    settings = config.vocabulary.phrases
    if not settings.are_on:
        return None
    pairs = learn(
        inputs,
        config.corpus,
        settings,
        tokenizer,
        stop_words,
        folder=cache_folder(config),
        key=counted_with(config),
        n_processes=count_threads(config.training.threads),
        never=no_documents(config, inputs),
        told=progress.reading,
    )
    progress.learned(len(pairs))
    return Phrases(pairs, settings.max_words)


def _fitted(
    config: Config,
    reading: Reading,
    tokenizer: Tokenizer,
    stop_words: Collection[str],
    phrases: Phrases | None,
    progress: Progress,
) -> tuple[Model, Float, list[PassRecord]]:
    """Fit a model; returns theta, (D, K), and what each pass did, too."""
    folder = folder_beside(Path(config.model.path))  # it has room for the model, and is no folder in memory
    corpus = build(reading.documents, tokenizer, config.vocabulary, stop_words, folder)
    progress.read(corpus, reading)
    settings = settings_for(config, corpus.sizes)
    terms, term_counts, pruning = corpus.vocabulary.terms, corpus.term_counts, corpus.pruning
    history: list[PassRecord] = []
    with threads(config.training.threads) as parallel, _keeping(corpus, folder) as keep:
        training = Training(corpus.counts, settings, parallel, keep)
        if isinstance(corpus.counts, StoredCounts):
            corpus.counts.close()
        del corpus  # the training has counts of its own
        progress.started(settings, training.contribution_bytes)
        for record in training.run():
            history.append(record)
            progress.passed(record)
        progress.trained()
        for topic in np.flatnonzero(dead(training.sstats)):
            progress.warn(f"topic {topic} holds no word any more; an eta of more than 0 keeps topics alive")
        phi = training.phi
        gamma = training.posterior(phi, config.inference.tolerance, config.inference.max_iterations)
    model = Model(
        phi=phi,
        vocabulary=terms,
        alpha=training.alpha,
        eta=settings.eta,
        term_counts=term_counts,
        topic_counts=_expected_tokens(gamma, training.alpha),
        n_documents=len(reading.documents),
        fingerprint=_fingerprint(reading.fingerprint, stop_words),
        config=config,
        pruning=pruning,
        phrases=phrases,
    )
    gamma /= gamma.sum(axis=1, keepdims=True)  # theta, in the same memory
    return model, gamma, history


def _keeping(corpus: TrainingCorpus, folder: Path) -> AbstractContextManager[Keep]:
    """Where the training's own copy of the counts is kept: on disk, if those that it copies are there."""
    return Spill(folder) if isinstance(corpus.counts, StoredCounts) else nullcontext(keep_in_memory)


def up_to_date(config: Config, corpus: Sequence[str] = ()) -> bool:
    """Whether the model at config.model.path is the one that `train` would make of this corpus and config.

    Raises ConfigError for standard input, which could not be read again, CorpusError as `train` does, and
    NewerModelError rather than call a model of a newer format out of date.
    """
    inputs = list(corpus) or [config.corpus.path]
    if STDIN in inputs:
        raise ConfigError("standard input: nobody can know whether it changed; give files, or use --force")
    try:
        model = store.load(config.model.path)
    except NewerModelError:
        raise
    except ModelError:
        return False
    if _what_matters(model.config) != _what_matters(config):
        return False
    stop_words = load_stop_words(config.vocabulary)
    known = Known(cache_folder(config))
    now = fingerprint(inputs, config.corpus, known, no_documents(config, inputs))
    return model.fingerprint == _fingerprint(now, stop_words)


def _expected_tokens(gamma: Float, alpha: Float64) -> Float64:
    """sum_d (gamma_dt - alpha_t): (K,), without a copy of gamma."""
    prior = alpha.astype(gamma.dtype).astype(np.float64)  # as gamma holds it
    total: Float64 = gamma.sum(axis=0, dtype=np.float64) - len(gamma) * prior
    return total.clip(0)


def as_stored(config: Config) -> Config:
    """The config with the words of its stop lists."""
    return replace(config, vocabulary=spelled_out(config.vocabulary))


def _what_matters(config: Config) -> Config:
    """The config without what changes nothing in a model: where things are, and the number of threads."""
    return replace(
        config,
        corpus=replace(config.corpus, path="", vocabulary=None, cache="auto"),
        model=replace(config.model, path=""),
        training=replace(config.training, threads=1),
        # the words of a list count, by the fingerprint, and not where the list is kept
        vocabulary=replace(config.vocabulary, stop_words="", extra_stop_words=""),
    )


def _fingerprint(files: str, stop_words: Iterable[str]) -> str:
    return hashlib.sha256("\n".join([files, *sorted(stop_words)]).encode()).hexdigest()


def cache_folder(config: Config) -> Path | None:
    """Where counts are kept between trainings: if the config does not say, beside the model, and hidden."""
    if config.corpus.cache == "none":
        return None
    if config.corpus.cache != "auto":
        return Path(config.corpus.cache)
    model = Path(config.model.path)
    if model.name in ("", ".."):
        model = Path(os.path.abspath(model))
    return model.parent / f".{model.name[:60]}.cache"


def no_documents(config: Config, inputs: Sequence[str]) -> list[str]:
    """What may lie in a folder of text and is no part of it."""
    cache = cache_folder(config)
    return [*not_documents(config, inputs), *([] if cache is None else [str(cache)])]


def counted_with(config: Config, phrases: Phrases | None = None) -> str:
    """What stands for all settings that the counts of a file depend on, and for the phrases."""
    corpus = replace(config.corpus, path="", include=(), exclude=(), cache="auto")
    key: list[object] = [__version__, unicodedata.unidata_version, corpus, config.tokenizer]
    if config.tokenizer.stemming != "none":
        key += [config.vocabulary.stop_words, config.vocabulary.extra_stop_words]  # which are not stemmed
    return settings_key(*key) if phrases is None else settings_key(*key, phrases)


def _history_line(record: PassRecord) -> dict[str, object]:
    return {
        "pass": record.number,
        "power": record.plan.power,
        "bound_per_token": record.bound_per_token,
        "perplexity_bound": record.perplexity_bound,
        "seconds": round(record.seconds, 3),
        "documents_per_second": round(record.n_documents / record.seconds, 1),
    }
