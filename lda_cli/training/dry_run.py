"""The use case of a dry run: what a training would read, find and take, by a sample. Nothing is written."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..config import Config
from ..corpus.collocations import known_pairs
from ..corpus.counts.cache import Cache, Known
from ..corpus.growth import Outlook, certain, expected, sampled_rules
from ..corpus.inputs.files import Source, find_sources, formats_of
from ..corpus.inputs.inputs import STDIN, Inputs
from ..corpus.inputs.report import Report
from ..corpus.sampling import Sample, sample_pairs, take_sample
from ..corpus.terms.phrases import Phrases
from ..corpus.terms.stop_words import load_stop_words
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.training_corpus import ENTRIES_IN_MEMORY, TrainingCorpus, build
from ..engine import memory
from ..engine.counts import as_counts
from ..engine.em import Settings, Training
from ..engine.kernel import kernel_name
from ..engine.threads import count_threads, threads
from ..errors import ConfigError, CorpusError
from ..model import store
from .settings import settings_for
from .train import as_stored

# Measured: Python with NumPy, SciPy and text on its way; what is known of each term found; and of each file.
_PROCESS_BYTES = 66_000_000
_TERM_BYTES = 400
_FILE_BYTES = 700
_START_SECONDS = 0.3
_BYTES_WRITTEN_A_SECOND = 200_000_000

# A pass that is timed has about so many entries times topics: some tenths of a second.
_TIMED_WORK = 50_000_000


class Space(NamedTuple):
    """Bytes: of the process at most, of the model and the corpus cache, on disk while it trains, and of the
    checkpoint of a training that takes long, or is stopped.
    """

    memory: float
    model: float
    cache: float
    temporary: float
    checkpoint: float


class Seconds(NamedTuple):
    """How long it takes to read the corpus and choose the vocabulary, and to train and write the model."""

    reading: float
    training: float


@dataclass(frozen=True)
class Estimate:
    """What a training would do.

    formats : each input, and how it is read
    replaces : whether a model is there already
    n_unchanged : of the files, those that the corpus cache knows, so that they would not be read
    n_sampled : documents that were read; is_whole : whether they are all, so that the outlook is exact
    n_beginnings : packed files, tables and bags of words of which only the beginning was read
    report : what was skipped or replaced, of what was read
    settings : of the engine, with every "auto" decided; passes are so many at most
    """

    formats: Sequence[tuple[str, str]]
    replaces: bool
    n_files: int
    n_bytes: int
    n_unchanged: int
    n_sampled: int
    is_whole: bool
    n_beginnings: int
    report: Report
    outlook: Outlook
    settings: Settings
    space: Space
    seconds: Seconds


def estimate(config: Config, corpus: Sequence[str] = ()) -> Estimate:
    """Estimate what `train` would do.

    corpus : as `train` has it

    Raises ConfigError for standard input and pipes, which could not be read again, and else what `train`
    does of the config, the inputs, what is at the model's place unless it is a model, and of those documents
    that are read. Whether the model could be written is not tried.
    """
    kernel_name()
    replaces = store.is_there(Path(config.model.path))
    config = as_stored(config)
    inputs = Inputs.of(config, corpus)
    stop_words = load_stop_words(config.vocabulary)
    tokenizer = Tokenizer(config.tokenizer, stop_words)
    formats = formats_of(inputs)
    report = Report()
    sources = [_regular(source) for source in find_sources(inputs, report)]
    started = time.perf_counter()
    phrases, is_learned = _phrases(inputs, sources, tokenizer, stop_words)
    seconds_to_learn = is_learned * (time.perf_counter() - started)
    new = _to_be_read(sources, inputs, phrases)
    n_bytes, n_new_bytes = (sum(source.size for source in some) for some in (sources, new))
    with Cache(None, "") as counted:
        sample = take_sample(sources, config.corpus, tokenizer, counted, phrases)
        report.add(sample.report)
        started = time.perf_counter()
        found, outlook = _looked_into(sample, tokenizer, config, stop_words)
        seconds_to_build = time.perf_counter() - started
    settings = settings_for(config, outlook.sizes, as_counts(found.counts))
    space = _space(config, outlook, settings, len(sources))
    n_readers = count_threads(config.training.threads)
    reading = (sample.seconds * n_new_bytes + seconds_to_learn * n_bytes) / n_readers
    reading += seconds_to_build * n_bytes
    seconds = Seconds(
        _START_SECONDS + reading / max(1, sample.n_bytes),
        _seconds_to_train(found, settings, config, outlook) + space.model / _BYTES_WRITTEN_A_SECOND,
    )
    return Estimate(
        formats,
        replaces,
        len(sources),
        n_bytes,
        len(sources) - len(new),
        len(sample.documents),
        sample.is_whole,
        sample.n_beginnings,
        report,
        outlook,
        settings,
        space,
        seconds,
    )


def _regular(source: Source) -> Source:
    """Refuse what a training could not read after us."""
    if source.path == STDIN or source.is_stream:
        raise ConfigError(f"{source.shown}: a dry run would use it up, it can be read only once; give files")
    return source


def _phrases(
    inputs: Inputs,
    sources: Sequence[Source],
    tokenizer: Tokenizer,
    stop_words: Collection[str],
) -> tuple[Phrases | None, bool]:
    """Return what joins words, as the cache or else the sample tells, and whether it was to be learned."""
    config = inputs.config
    settings = config.vocabulary.phrases
    if not settings.are_on:
        return None, False
    known = known_pairs(inputs, stop_words)
    if known is not None:
        return Phrases(known[0], settings.max_words), False
    pairs = sample_pairs(sources, config.corpus, settings, tokenizer, stop_words)
    return Phrases(pairs, settings.max_words), True


def _to_be_read(sources: Sequence[Source], inputs: Inputs, phrases: Phrases | None) -> list[Source]:
    """Return the files that the corpus cache does not know."""
    known = Known(inputs.cache_folder)
    if known.index is None or known.index.key != inputs.counted_with(phrases):
        return list(sources)
    return [source for source in sources if known.entry(source) is None]


def _looked_into(
    sample: Sample, tokenizer: Tokenizer, config: Config, stop_words: Collection[str]
) -> tuple[TrainingCorpus, Outlook]:
    """Choose the sample's own vocabulary, and tell what that says of the corpus."""
    rules = config.vocabulary
    if sample.is_whole:
        found = build(sample.documents, tokenizer, rules, stop_words)
        return found, certain(found)
    n_sampled = len(sample.documents)
    try:
        sampled = sampled_rules(rules, n_sampled, sample.n_documents)
        found = build(sample.documents, tokenizer, sampled, stop_words)
    except CorpusError as error:
        raise CorpusError(f"in a sample of {n_sampled} documents: {error}") from None
    return found, expected(sample, found, rules, frozenset(map(tokenizer.fold, stop_words)))


def _space(config: Config, outlook: Outlook, settings: Settings, n_files: int) -> Space:
    sizes, n_topics = outlook.sizes, len(settings.alpha)
    in_memory = sizes.n_entries <= ENTRIES_IN_MEMORY
    contributions = memory.contribution_bytes(outlook.frequencies, settings.n_minibatches, n_topics)
    averages = any(plan.averaged for plan in settings.schedule)
    training = memory.peak_bytes(
        sizes.n_documents,
        sizes.n_terms,
        sizes.n_entries,
        n_topics,
        settings.n_minibatches,
        contributions,
        averages=averages,
        in_memory=in_memory,
        collapsed=any(plan.collapsed for plan in settings.schedule),
    )
    process = _PROCESS_BYTES + _TERM_BYTES * outlook.pruning.found.terms + _FILE_BYTES * n_files
    counts = 5 * outlook.n_entries_found + 4 * sizes.n_documents
    spilled = 0 if in_memory else 2 * 8 * sizes.n_entries
    return Space(
        process + training,
        4 * n_topics * (sizes.n_terms + sizes.n_documents),
        0 if config.corpus.cache == "none" else counts,
        spilled + (counts if config.corpus.cache == "none" else 0),
        memory.state_bytes(sizes.n_documents, sizes.n_terms, n_topics, contributions, averages=averages),
    )


def _seconds_to_train(sample: TrainingCorpus, settings: Settings, config: Config, outlook: Outlook) -> float:
    """Train on some documents of the sample, with all topics, for a few passes of each kind.

    A minibatch has as many documents as in the corpus, if there are so many: passes over more and smaller
    ones spend more of their time on Phi.
    """
    step = max(1, sample.sizes.n_entries * len(settings.alpha) // _TIMED_WORK)
    documents = np.flatnonzero(sample.lengths)[::step]
    counts = as_counts(sample.counts).rows(documents)
    n_minibatches = round(settings.n_minibatches * len(documents) / outlook.sizes.n_with_words)
    tempered = [plan for plan in settings.schedule if not plan.is_plain]
    plain = [plan for plan in settings.schedule if plan.is_plain]
    few = replace(
        settings,
        schedule=(*tempered[:1], *tempered[len(tempered) // 2 :][:1], *plain[:2]),
        n_minibatches=min(settings.n_minibatches, max(2, n_minibatches)),
        tolerance=None,
    )
    with threads(config.training.threads) as parallel:
        training = Training(counts, few, parallel)
        records = list(training.run())
        started = time.perf_counter()
        training.posterior(training.phi, config.inference.tolerance, config.inference.max_iterations)
        seconds: float = time.perf_counter() - started
    for kind, is_plain in ((tempered, False), (plain, True)):
        taken = [record.seconds for record in records if record.plan.is_plain == is_plain]
        seconds += sum(taken[:1]) + sum(taken[1:]) * (len(kind) - 1)
    return settings.n_starts * seconds * outlook.sizes.n_entries / int(counts.nnz)
