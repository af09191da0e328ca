"""What a training begins with besides chance: seed words, and the topics of another model."""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from ..config import ALL, SELF, Config
from ..config.seeds import load_seeds
from ..corpus.terms.phrases import Phrases
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.training_corpus import TrainingCorpus
from ..engine.arrays import Bools, Float64
from ..engine.prior import Known, expected_counts, standing
from ..errors import ConfigError, safe
from ..model import store
from ..model.former import checksum
from ..model.labels import Labels, folded, with_names
from ..model.model import Model
from .seeds import DEFAULT_STRENGTH, SeedWords

# `start_strength: auto`. A little holds the topics in their places: 20 Newsgroups in time, K = 50, two
# seeds, six nights of 8% more texts each, by strength: topics that are still nearest to themselves, mean
# distance of a night (squared Hellinger), perplexity at the end; scratch 2386, posts on politics the same.
#
#     0     .05     .1     .2           0       .05     .1     .2           0     .05     .1     .2
#     99%   100%   100%   100%        .026    .017    .013   .010        2375   2380   2385   2395
STRENGTH = 0.05

# And where some topics are free: then the training is a whole one, and its hot passes mix the topics. 15
# topics of half of 20 Newsgroups and 15 free ones, trained on all of it, mean of two seeds: if nothing
# stays, a fifth of the topics are no longer nearest to themselves (perplexity 2587); with 0.3 all are
# (2602), and with 1 (2615); frozen ones 2672; from scratch 2580.
STRENGTH_BESIDE_FREE_TOPICS = 0.3


class Beginning(NamedTuple):
    """What the engine begins with.

    known : of the topics
    alpha : (n,) of the first n topics, which are those of another model; (0,) without one
    is_warm : whether all topics are known from the start: then the passes are few and cool
    """

    known: Known = Known()
    alpha: Float64 = np.zeros(0)
    is_warm: bool = False


NOTHING_KNOWN = Beginning()


def start_of(config: Config) -> Model | None:
    """Return the model that model.start names, or None. For self, the one at model.path, if there is one.

    Raises ModelError if it cannot be read, and ConfigError if it has too many topics, or a topic to freeze is
    not there.
    """
    setting = config.model
    if setting.start is None or (setting.start == SELF and store.stamp(setting.path) is None):
        if setting.freeze:
            raise ConfigError(f"model.freeze: there is no model at {setting.path} yet; leave freeze out")
        return None
    path = setting.path if setting.start == SELF else setting.start
    model = store.load(path)
    if model.n_topics > setting.topics:
        raise ConfigError(
            f"model.start: {path} has {model.n_topics} topics; set model.topics to at least that, not "
            f"{setting.topics}"
        )
    frozen(config, model)  # for its errors
    return model


def frozen(config: Config, model: Model) -> Bools:
    """Return which topics of a start stand: (K,), K of the model. Raises ConfigError for an unknown one."""
    stand = np.zeros(model.n_topics, bool)
    of_name = {folded(label.name): topic for topic, label in model.labels.items() if label.name is not None}
    for topic in config.model.freeze:
        if topic == ALL:
            stand[:] = True
        elif isinstance(topic, int) and topic < model.n_topics:
            stand[topic] = True
        elif isinstance(topic, str) and folded(topic) in of_name:
            stand[of_name[folded(topic)]] = True
        else:
            raise ConfigError(
                f"model.freeze: there is no topic {topic!r} in the start; it has topics 0 to "
                f"{model.n_topics - 1}, and the names that lda-cli label gave"
            )
    return stand


def facts(config: Config, table: str | None) -> list[str]:
    """Return what counts besides the files of a corpus and the values of a config, as lines (`of_corpus`).

    A model that starts from itself would never be up to date by its own content: only that it does counts.

    table : content of the table of metadata, if there is one

    Raises ConfigError and ModelError for seeds and a start that cannot be read.
    """
    setting, lines = config.model, [] if table is None else [f"metadata {table}"]
    if seeds := load_seeds(setting):
        lines.append(f"seeds {json.dumps(seeds)}")
    if setting.start == SELF:
        lines.append("start self")
    elif setting.start is not None:
        lines.append(f"start {content(store.load(setting.start))}")
    return lines


def names_of(config: Config, start: Model | None) -> Labels:
    """Return the labels of the topics: those of the start, and the names of the seeds.

    Raises ConfigError for a name that no topic can have.
    """
    try:
        return with_names({} if start is None else start.labels, list(load_seeds(config.model)))
    except ValueError as error:
        raise ConfigError(safe(f"model.seeds: {error}")) from None


def content(model: Model) -> str:
    """Return a checksum of all that a training takes from its start."""
    parts = [checksum(model.phi), *model.vocabulary, *map(repr, model.alpha.tolist())]
    parts += [*map(repr, model.topic_counts.tolist()), repr(sorted(model.labels.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def beginning(
    config: Config,
    corpus: TrainingCorpus,
    start: Model | None,
    tokenizer: Tokenizer,
    phrases: Phrases | None,
    stop_words: Collection[str],
    warn: Callable[[str], object],
) -> Beginning:
    """Return what the training of a corpus begins with.

    start : as of `start_of`
    warn : called with a line for each topic that lacks some of its seeds

    Raises ConfigError if no seed word of a topic is in the vocabulary.
    """
    n_topics, seeds = config.model.topics, load_seeds(config.model)
    parts: list[csr_matrix] = []
    shared = None
    if seeds:
        words = SeedWords(corpus, tokenizer, phrases, stop_words, config.vocabulary)
        shared, warnings = words.of_topics(seeds, n_topics)
        for warning in warnings:
            warn(warning)
        strength = config.model.seed_strength
        strength = DEFAULT_STRENGTH if strength == "auto" else strength
        if strength:
            occurrences = corpus.term_counts[:, 0].astype(np.float64)
            parts.append(csr_matrix(shared.multiply(strength * occurrences[:, None])))
    if start is None:
        return Beginning(Known(prior=_sum(parts), seeds=shared))

    stand = frozen(config, start)
    begun = of_start(start, config)
    strength = config.model.start_strength
    if strength == "auto":
        strength = STRENGTH if begun.is_warm else STRENGTH_BESIDE_FREE_TOPICS
    kept, columns = start.common_terms(corpus.terms)
    phi = start.phi[:, kept].astype(np.float64)
    old = expected_counts(phi, start.topic_counts, start.eta)
    n_tokens = corpus.sizes.n_tokens
    held = np.where(stand[:, None], standing(phi, n_tokens), strength * old)
    shape = len(corpus.terms), n_topics
    if held.any():
        parts.append(_placed(held, columns, shape))
    scale = n_tokens / max(float(old.sum()), 1.0)
    known = Known(
        prior=_sum(parts),
        seeds=shared,
        topics=_placed(old * scale, columns, shape),
        is_known=np.arange(n_topics) < start.n_topics,
    )
    return begun._replace(known=known)


def of_start(start: Model | None, config: Config) -> Beginning:
    """Return what the schedule of a training depends on; `known` is left out."""
    if start is None:
        return NOTHING_KNOWN
    return Beginning(alpha=start.alpha, is_warm=start.n_topics == config.model.topics)


def _placed(counts: Float64, columns: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """Return counts of some topics and terms, (n, m), as (V, K); columns : (m,) of the terms."""
    topics, terms = np.nonzero(counts)
    return csr_matrix((counts[topics, terms], (columns[terms], topics)), shape)


def _sum(parts: Sequence[csr_matrix]) -> csr_matrix | None:
    return sum(parts[1:], parts[0]) if parts else None
