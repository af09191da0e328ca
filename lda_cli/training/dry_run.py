"""Estimate the corpus, memory, disk and time of a training, without writing anything.

sample -> vocabulary -> a few passes, timed -> estimate
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..cluster import size_of
from ..config import Config
from ..corpus.counts.counts_file import StoredDocuments
from ..corpus.inputs.files import formats_of
from ..corpus.inputs.inputs import Inputs
from ..corpus.inputs.report import Report
from ..corpus.metadata.rows import MetadataRows
from ..corpus.metadata.table import read_table
from ..corpus.sample import Sample
from ..corpus.terms.stop_words import load_stop_words, own_words
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.terms.vocabulary import PruningReport, as_count
from ..corpus.training_corpus import ENTRIES_IN_MEMORY, Sizes, TrainingCorpus, build
from ..engine import memory
from ..engine.arrays import Float64
from ..engine.cost import VISIT_SECONDS, Cost, cost
from ..engine.counts import as_counts, keep_in_memory
from ..engine.kernel import kernel_name
from ..engine.minibatches import InOneProcess
from ..engine.settings import Settings
from ..engine.threads import count_threads, threads
from ..errors import CorpusError
from ..model import store
from . import design
from .advice import advice
from .algorithms import ALGORITHMS
from .beginning import of_start, start_of
from .settings import settings_for
from .train import as_stored

# Measured: the process with its libraries and texts; per term found; per file.
_PROCESS_BYTES, _TERM_BYTES, _FILE_BYTES = 66_000_000, 400, 700
_START_SECONDS, _BYTES_WRITTEN_A_SECOND = 0.3, 200_000_000
_BYTES_SHARED_A_SECOND = 1_000_000_000  # through the folder of a cluster
_SLOWER = 0.93  # per doubling, the power of Heaps' law falls to this share: measured on 20 Newsgroups
_TIMED_WORK = 50_000_000  # entries times topics of a timed pass: some tenths of a second


@dataclass(frozen=True)
class Estimate:
    """The estimate of a training.

    formats : each input and its format; replaces : whether a model exists already
    sample : the part of the corpus that was read; n_sampled : number of its documents
    corpus : exact if the sample is the whole corpus; settings : of the engine, with every "auto" resolved
    memory, model, counts, temporary : bytes; temporary files are deleted when the model is written
    warnings : about the corpus, as of `train`; reading, training : seconds
    workers, worker_threads : of the cluster, if the config names one; cost : of the shards, if there are some
    """

    formats: Sequence[tuple[str, str]]
    replaces: bool
    sample: Sample
    n_sampled: int
    corpus: "Found"
    settings: Settings
    memory: float
    model: float
    counts: float
    temporary: float
    warnings: tuple[str, ...]
    reading: float
    training: float
    workers: int
    worker_threads: int
    cost: Cost | None

    @property
    def waiting(self) -> float:
        """Seconds of the visits beside computing, if the shared folder is as fast as a disk."""
        if self.cost is None or not self.workers:
            return 0.0
        a_pass = self.cost.n_visits * VISIT_SECONDS + self.cost.moved / _BYTES_SHARED_A_SECOND
        return a_pass * len(self.settings.schedule) * self.settings.n_starts


class Found(NamedTuple):
    """The contents of a corpus.

    sizes : after the rules of the vocabulary; n_terms, n_entries : before them
    pruning : what the rules remove from the sample
    frequencies : (V,) float64, document frequency of each term of the vocabulary
    """

    sizes: Sizes
    n_terms: float
    n_entries: float
    pruning: PruningReport
    frequencies: Float64


def estimate(config: Config, corpus: Sequence[str] = ()) -> Estimate:
    """Estimate `train` with the same arguments, without a corpus cache.

    Raises ConfigError for standard input and pipes, which can be read only once, and the errors of `train`
    for the config, the inputs, the documents that are read, and a model.path that is not a model. Does not
    check whether the model can be written.
    """
    kernel_name()
    replaces = store.is_there(Path(config.model.path))
    own = own_words(config.vocabulary)
    config = as_stored(config)
    inputs = Inputs.of(config, corpus)
    design.check(config.model, MetadataRows(config.corpus, read_table(config.corpus, Report())).names)
    stop_words = load_stop_words(config.vocabulary)
    tokenizer = Tokenizer(config.tokenizer, stop_words)
    formats = formats_of(inputs)
    sample = Sample(inputs)
    started = time.perf_counter()
    documents = sample.documents(tokenizer, sample.phrases(tokenizer, stop_words))
    read = time.perf_counter()
    warnings: list[str] = []
    built, found = _found(sample, documents, config, tokenizer, stop_words, warnings.append)
    reading = (read - started) / count_threads(config.training.threads) + time.perf_counter() - read
    settings = settings_for(config, found.sizes, as_counts(built.counts), of_start(start_of(config), config))

    sizes, n_topics, is_large = found.sizes, len(settings.alpha), found.sizes.n_entries > ENTRIES_IN_MEMORY
    contributions = memory.contribution_bytes(found.frequencies, settings.n_minibatches, n_topics)
    several = {
        "averages": any(plan.averaged for plan in settings.schedule),
        "several_starts": settings.n_starts > 1,
    }
    peak = memory.peak_bytes(
        *(sizes.n_documents, sizes.n_terms, sizes.n_entries, n_topics, settings.n_minibatches, contributions),
        in_memory=not is_large,
        collapsed=any(plan.collapsed for plan in settings.schedule),
        **several,
    )
    state = memory.state_bytes(sizes.n_documents, sizes.n_terms, n_topics, contributions, **several)
    model = 4 * n_topics * (sizes.n_terms + sizes.n_documents)
    address, n_threads = config.training.cluster, count_threads(config.training.threads)
    workers, worker_threads = (0, n_threads) if address is None else size_of(address, config.training.threads)
    shards = None
    if settings.n_shards > 1:
        shards = cost(
            *(found.frequencies, sizes.n_documents, sizes.n_entries, n_topics, settings.n_minibatches),
            *(settings.n_shards, max(1, workers)),
            averages=several["averages"],
        )
        # theta is in a file; without workers this process visits the shards
        peak = 8 * sizes.n_entries * (not is_large) + shards.coordinator + (0 if workers else shards.worker)
        state += shards.stored + 8 * sizes.n_entries + 4 * n_topics * sizes.n_documents
    n_used = worker_threads if settings.n_shards > 1 and workers else n_threads
    training = _seconds_to_train(built, settings, config, sizes) * n_threads / n_used
    reading *= n_threads / worker_threads
    return Estimate(
        *(formats, replaces, sample, len(documents), found, settings),
        memory=_PROCESS_BYTES + _TERM_BYTES * found.n_terms + _FILE_BYTES * len(sample.files) + peak,
        model=model,
        counts=5 * found.n_entries + 4 * sizes.n_documents,
        temporary=state + 2 * 8 * sizes.n_entries * is_large,
        warnings=(*warnings, *advice(config, sizes, found.pruning, own, tokenizer)),
        reading=_START_SECONDS + reading * sample.factor,
        training=training + model / _BYTES_WRITTEN_A_SECOND,
        workers=workers,
        worker_threads=worker_threads,
        cost=shards,
    )


def _found(
    sample: Sample,
    documents: StoredDocuments,
    config: Config,
    tokenizer: Tokenizer,
    stop_words: frozenset[str],
    warn: Callable[[str], object],
) -> tuple[TrainingCorpus, Found]:
    """Choose the vocabulary of the sample, and scale its sizes to the corpus.

    Documents, tokens and entries grow with the bytes. The number of terms in m documents or more grows with a
    power of the bytes (Heaps' law): the power by which it grows from every second document to all.
    """
    rules, n_documents = config.vocabulary, sample.n_documents(len(documents))
    least, kept_factor = 1, 1.0
    share_with_tokens = sum(part.n_with_entries for part in documents.counts()) / max(1, len(documents))
    n_with_tokens = round(n_documents * share_with_tokens)
    if not sample.is_whole:
        min_df = max(1.0, as_count(rules.min_df, n_with_tokens))
        least = sample.least_count(min_df)
        # `least` in the sample is like min_df in a corpus min_df / least times as large
        kept_factor = sample.factor * least / min_df
        max_df = min(1.0, as_count(rules.max_df, n_with_tokens) / max(1, n_with_tokens))
        rules = replace(rules, min_df=least, max_df=max_df)
    try:
        built = build(documents, tokenizer, rules, stop_words, warn=warn)
    except CorpusError as error:
        where = "" if sample.is_whole else f"in a sample of {len(documents)} documents: "
        raise CorpusError(f"{where}{error}") from None

    containing = np.zeros((2, len(documents.terms)), np.int64)  # of every second document, of all
    for part in documents.counts():
        is_second = np.repeat(np.arange(part.n_documents) % 2 == 1, np.diff(part.indptr))
        containing[0] += np.bincount(part.indices[is_second], minlength=len(documents.terms))
        containing[1] += np.bincount(part.indices, minlength=len(documents.terms))

    def growth(min_df: int, factor: float) -> float:
        half, every = np.count_nonzero(containing >= min_df, axis=1).tolist()
        power = min(1.0, np.log2((every + 1) / (half + 1)))
        return float(factor ** (power * (1 + _SLOWER ** np.log2(factor)) / 2))

    own, factor, kept = built.sizes, sample.factor, growth(least, kept_factor)
    n_terms = round(min(rules.max_terms or np.inf, own.n_terms * kept))
    n_with_words = round(n_documents * own.n_with_words / own.n_documents)
    # tokens of rare terms, about one per entry, grow with these terms; the others are of terms that are kept
    frequent = built.pruning.min_df.tokens * (1 - kept / kept_factor)
    n_tokens, n_entries = (round((n + frequent) * factor) for n in (own.n_tokens, own.n_entries))
    sizes = Sizes(n_documents, n_with_tokens, n_with_words, n_tokens, n_terms, n_entries)
    rare = np.full(n_terms - own.n_terms, least * factor / kept_factor)  # terms that are not in the sample
    frequencies = np.concatenate([built.term_counts[:, 1] * factor, rare])
    found = built.pruning.found.terms * growth(1, factor), float(containing[1].sum() * factor)
    return built, Found(sizes, *found, built.pruning, frequencies)


def _seconds_to_train(built: TrainingCorpus, settings: Settings, config: Config, sizes: Sizes) -> float:
    """Time a few passes with all topics over some documents, with the minibatch size of the corpus."""
    step = max(1, built.sizes.n_entries * len(settings.alpha) // _TIMED_WORK)
    documents = np.flatnonzero(built.lengths)[::step]
    counts = as_counts(built.counts).rows(documents)
    n_minibatches = max(2, round(settings.n_minibatches * len(documents) / sizes.n_with_words))
    tempered, plain = (
        [plan for plan in settings.schedule if plan.is_plain == kind] for kind in (False, True)
    )
    few = replace(
        settings,
        schedule=(*tempered[:1], *tempered[len(tempered) // 2 :][:1], *plain[:2]),
        n_minibatches=min(settings.n_minibatches, n_minibatches),
        tolerance=None,
    )
    with threads(config.training.threads) as parallel:
        trainer = ALGORITHMS[config.training.algorithm].trainer
        training = trainer(counts, few, parallel, keep_in_memory, InOneProcess)
        records = [record for record in training.steps() if record is not None]
        started = time.perf_counter()
        training.posterior(training.phi, config.inference.tolerance, config.inference.max_iterations)
        seconds = time.perf_counter() - started
    for plans, is_plain in ((tempered, False), (plain, True)):
        taken = [record.seconds for record in records if record.plan.is_plain == is_plain]
        seconds += sum(taken[:1]) + sum(taken[1:]) * (len(plans) - 1)
    return settings.n_starts * seconds * sizes.n_entries / int(counts.nnz)
