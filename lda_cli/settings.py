"""From a config and the sizes of a corpus to the engine's settings, with every "auto" decided."""

import os
from dataclasses import asdict

import numpy as np

from .config import ANNEALED_PASSES, PLAIN_PASSES, Config, TrainingConfig
from .corpus.training_corpus import Sizes
from .engine import memory, schedule
from .engine.em import Settings
from .errors import CorpusError


def settings_for(config: Config, sizes: Sizes) -> Settings:
    """Return how the engine is to train on such a corpus.

    Raises CorpusError where so many topics cannot fit into this machine's memory.
    """
    n_topics = config.model.topics
    check_room(n_topics, sizes, _memory())
    alpha, eta = config.model.alpha, config.model.eta
    learns_alpha = alpha == "auto"
    start = 1 / n_topics if learns_alpha else alpha
    return Settings(
        schedule=_schedule(config.training, learns_alpha, n_topics, sizes),
        alpha=np.broadcast_to(np.asarray(start, np.float64), (n_topics,)).copy(),
        eta=schedule.default_eta(sizes.n_with_words, n_topics) if eta == "auto" else float(eta),
        n_minibatches=_n_minibatches(config, sizes),
        seed=config.training.seed,
        tolerance=None if config.training.algorithm == "annealed" else config.training.tolerance,
    )


def _schedule(
    config: TrainingConfig, learns_alpha: bool, n_topics: int, sizes: Sizes
) -> tuple[schedule.Pass, ...]:
    is_annealed = config.algorithm == "annealed"
    passes = config.passes
    if passes == "auto":
        passes = ANNEALED_PASSES if is_annealed else PLAIN_PASSES
    if not is_annealed:
        return schedule.plain(passes, learns_alpha)
    n_docs, per_document = sizes.n_with_words, sizes.n_tokens / sizes.n_with_words
    start, end = config.annealing.start, config.annealing.end
    if end == "auto":
        wanted = schedule.default_end(n_docs, n_topics, per_document)
        end = wanted if start == "auto" else max(wanted, start)
    if start == "auto":
        start = min(schedule.default_start(n_docs, per_document), end)
    return schedule.annealed(passes, learns_alpha, **asdict(config.annealing) | {"start": start, "end": end})


def _n_minibatches(config: Config, sizes: Sizes) -> int:
    if config.training.algorithm == "batch":
        return 1
    if config.training.minibatches != "auto":
        return config.training.minibatches
    return schedule.default_minibatches(
        sizes.n_documents, sizes.n_terms, sizes.n_entries, config.model.topics
    )


def check_room(n_topics: int, sizes: Sizes, memory_bytes: float) -> None:
    """Raise CorpusError if a training is sure to need more memory than there is.

    Compared is the least that it needs, and not the estimate of a dry run, so that nothing is refused that
    would have gone well. Swap space does not count: every pass would touch all of it.
    """
    least = memory.least_bytes(sizes.n_documents, sizes.n_terms, n_topics)
    if least > memory_bytes:
        raise CorpusError(
            f"{n_topics} topics of {sizes.n_terms} terms and {sizes.n_documents} documents take at least "
            f"{least / 1e9:,.0f} GB of memory, and this machine has {memory_bytes / 1e9:,.0f} GB; "
            "ask for fewer topics (model.topics) or terms (vocabulary.max_terms)"
        )


def _memory() -> float:
    """Return the bytes of memory of this machine; no limit where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # AttributeError: in Windows
        return float("inf")
