"""From a config and the sizes of a corpus to the settings of the engine: resolves every "auto"."""

from dataclasses import asdict

import numpy as np

from ..config import ANNEALED_PASSES, PLAIN_PASSES, Config, TrainingConfig
from ..corpus.training_corpus import Sizes
from ..engine import memory, schedule
from ..engine.arrays import Float64
from ..engine.counts import Counts
from ..engine.critical import spectrum
from ..engine.mstep import LEAST_PSEUDO_COUNT
from ..engine.settings import Settings
from ..errors import CorpusError
from .algorithms import ALGORITHMS
from .beginning import NOTHING_KNOWN, Beginning

# Passes of plain EM that end a training of annealed mean-field EM.
PLAIN_PASSES_AT_THE_END = 2

# Limits of the random starts of a small corpus: entries times topics times starts; number of starts.
STARTS_WORK, MOST_STARTS = 1_000_000, 8


def settings_for(
    config: Config, sizes: Sizes, counts: Counts, beginning: Beginning = NOTHING_KNOWN
) -> Settings:
    """Return the settings of the engine for a corpus.

    counts : of all documents or of a sample
    beginning : what is known of the topics

    Raises CorpusError if the topics do not fit into the memory of this machine.
    """
    n_topics = config.model.topics
    check_room(n_topics, sizes, memory.of_machine())
    alpha = config.model.alpha
    learns_alpha = alpha == "auto"
    start = 1 / n_topics if learns_alpha else alpha
    prior = np.broadcast_to(np.asarray(start, np.float64), (n_topics,)).copy()
    if learns_alpha and config.model.background:  # as much as all other topics together
        prior[-config.model.background :] = 1 / config.model.background
    passes = _schedule(config.training, learns_alpha, prior, sizes, counts, beginning.is_warm)
    if learns_alpha:
        prior[: len(beginning.alpha)] = beginning.alpha
    annealing = config.training.annealing
    n_starts = _n_starts(config.training, n_topics, sizes, beginning.is_warm)
    return Settings(
        schedule=passes,
        alpha=prior,
        eta=_eta(config, sizes),
        n_minibatches=_n_minibatches(config, sizes, n_starts),
        seed=config.training.seed,
        tolerance=None if ALGORITHMS[config.training.algorithm].anneals else config.training.tolerance,
        n_starts=n_starts,
        guards=annealing.start == annealing.end == "auto" and not beginning.is_warm,
        known=beginning.known,
        decorrelate=config.model.decorrelate,
        n_background=config.model.background,
        n_shards=config.training.shards,
    )


def _eta(config: Config, sizes: Sizes) -> float:
    eta = config.model.eta
    if eta == "auto":
        return schedule.default_eta(sizes.n_with_words, config.model.topics)
    # decorrelation can take a word from all topics: eta makes sure that it stays possible
    return max(float(eta), LEAST_PSEUDO_COUNT) if config.model.decorrelate else float(eta)


def _schedule(
    config: TrainingConfig,
    learns_alpha: bool,
    alpha: Float64,
    sizes: Sizes,
    counts: Counts,
    is_warm: bool,
) -> tuple[schedule.Pass, ...]:
    is_annealed = ALGORITHMS[config.algorithm].anneals
    passes = config.passes
    if passes == "auto":
        annealed = schedule.WARM_PASSES if is_warm else ANNEALED_PASSES
        passes = annealed if is_annealed else PLAIN_PASSES
    if not is_annealed:
        return schedule.plain(passes, learns_alpha)
    start, end = _powers(config, alpha, sizes, counts, is_warm)
    collapsed = schedule.is_short(sizes.per_document)
    n_plain = config.annealing.plain_passes
    if n_plain == "auto":
        n_plain = 0 if collapsed else min(PLAIN_PASSES_AT_THE_END, passes - 1)
    settings = asdict(config.annealing) | {"start": start, "end": end, "plain_passes": n_plain}
    return schedule.annealed(passes, learns_alpha, collapsed=collapsed, **settings)


def _powers(
    config: TrainingConfig, alpha: Float64, sizes: Sizes, counts: Counts, is_warm: bool
) -> tuple[float, float]:
    """Return the first and the last power; the spectrum is computed only if one of them is "auto"."""
    start, end = config.annealing.start, config.annealing.end
    if start != "auto" and end != "auto":
        return start, end
    found = spectrum(counts, config.seed)
    by_default = schedule.default_powers(found, sizes.n_with_words, alpha, sizes.per_document)
    if is_warm:
        by_default = by_default[1], by_default[1]
    if start == "auto":
        end = by_default[1] if end == "auto" else end
        return min(by_default[0], end), end
    return start, max(by_default[1], start)


def _n_starts(config: TrainingConfig, n_topics: int, sizes: Sizes, is_warm: bool) -> int:
    if is_warm:  # nothing is random
        return 1
    if config.restarts != "auto":
        return config.restarts
    if not ALGORITHMS[config.algorithm].anneals:
        return 1
    return min(MOST_STARTS, max(1, STARTS_WORK // (sizes.n_entries * n_topics)))


def _n_minibatches(config: Config, sizes: Sizes, n_starts: int) -> int:
    algorithm = ALGORITHMS[config.training.algorithm]
    if algorithm.is_batch:
        return 1
    if config.training.minibatches != "auto":
        return config.training.minibatches
    if n_starts > 1:
        return min(schedule.FEW_MINIBATCHES, sizes.n_with_words)
    return schedule.default_minibatches(
        sizes.n_with_words,
        sizes.n_terms,
        sizes.n_entries,
        config.model.topics,
        collapsed=algorithm.anneals and schedule.is_short(sizes.per_document),
    )


def check_room(n_topics: int, sizes: Sizes, memory_bytes: float) -> None:
    """Raise CorpusError if a training certainly needs more memory than there is.

    This compares a lower bound, not the estimate of a dry run, so that no training that fits is refused.
    Swap space is not counted: it would be too slow, since every pass uses all of the memory.
    """
    least = memory.least_bytes(sizes.n_documents, sizes.n_terms, n_topics)
    if least > memory_bytes:
        raise CorpusError(
            f"{n_topics} topics of {sizes.n_terms} terms and {sizes.n_documents} documents need at least "
            f"{least / 1e9:,.0f} GB of memory, and this machine has {memory_bytes / 1e9:,.0f} GB; "
            "use fewer topics (model.topics) or terms (vocabulary.max_terms)"
        )
