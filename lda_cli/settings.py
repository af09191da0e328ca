"""From a config and the sizes of a corpus to the engine's settings, with every "auto" decided."""

from dataclasses import asdict

import numpy as np

from .config import ANNEALED_PASSES, PLAIN_PASSES, Config, TrainingConfig
from .corpus.training_corpus import Sizes
from .engine import schedule
from .engine.em import Settings


def settings_for(config: Config, sizes: Sizes) -> Settings:
    """Return how the engine is to train on such a corpus."""
    n_topics = config.model.topics
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
