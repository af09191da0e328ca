"""What a training begins with besides chance: seed words, and the topics of another model."""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from ..config import ALL, SELF, Config
from ..config.seeds import load_seeds
from ..corpus.terms.phrases import Phrases
from ..corpus.terms.rows import IntArray
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.training_corpus import TrainingCorpus
from ..engine.arrays import Bools, Float64
from ..engine.prior import Known, counts_behind, standing
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

# Expected counts of a start below this are left out: they are far below eta, and most of all cells.
LEAST_COUNT = 1e-3

MUCH_LOST = 0.2  # of a start's words: what a warning is worth


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


class Start(NamedTuple):
    """The model whose topics a training begins with.

    path : of its directory; is_self : whether it is the one that is replaced
    n_topics : so many of its topics, the first ones, are known. They are all, but for a model that a time
        limit cut short: its training goes on as it began
    """

    model: Model
    path: str
    is_self: bool
    n_topics: int


def start_of(config: Config) -> Start | None:
    """Return the model that model.start names, or None. For self, the one at model.path, if there is one.

    Raises ModelError if it cannot be read, and ConfigError if it has too many topics, or a topic to freeze is
    not there.
    """
    setting, is_self = config.model, is_its_own_start(config)
    if setting.start is None or (is_self and store.stamp(setting.path) is None):
        if setting.freeze:
            raise ConfigError(f"model.freeze: there is no model at {setting.path} yet; leave freeze out")
        return None
    path = setting.path if is_self else setting.start
    model = store.load(path)
    if model.n_topics > setting.topics:
        raise ConfigError(
            f"model.start: {path} has {model.n_topics} topics; set model.topics to at least that, not "
            f"{setting.topics}"
        )
    frozen(config, model)  # for its errors
    goes_on = is_self and not model.is_complete
    n_topics = model.started if goes_on else model.n_topics
    return None if n_topics is None else Start(model, path, is_self, n_topics)


def is_its_own_start(config: Config) -> bool:
    """Whether a training begins with the model that it replaces."""
    start, path = config.model.start, config.model.path
    return start == SELF or (start is not None and os.path.realpath(start) == os.path.realpath(path))


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
    if is_its_own_start(config):
        lines.append("start self")
    elif setting.start is not None:
        lines.append(f"start {content(store.load(setting.start))}")
    return lines


def seeded(config: Config, start: Start | None) -> tuple[int, ...]:
    """Return the topic of each list of seed words: the first ones; or those of a start that have its names.

    A name that no topic of the start has is of a free topic. Raises ConfigError if there is none.
    """
    names = list(load_seeds(config.model))
    if start is None:
        return tuple(range(len(names)))
    old = start.model
    of_label = {label.name: topic for topic, label in old.labels.items() if label.name is not None}
    of_seeds = zip(old.config.model.seeds, old.seeded, strict=True)
    known = {folded(name): topic for name, topic in (*of_label.items(), *of_seeds)}
    topics = [known.get(folded(name)) for name in names]
    free = (topic for topic in range(start.n_topics, config.model.topics) if topic not in topics)
    found = []
    for name, topic in zip(names, topics, strict=True):
        place = next(free, None) if topic is None or topic in found else topic
        if place is None:
            raise ConfigError(
                safe(
                    f"model.seeds: no topic of the start {start.path} has the name {name}, and none is "
                    f"free; give it to one by lda-cli label, or set model.topics to "
                    f"{config.model.topics + 1} or more"
                )
            )
        found.append(place)
    return tuple(found)


def names_of(config: Config, start: Start | None) -> Labels:
    """Return the labels of the topics: those of the start, and the names of the seeds where there is none.

    Raises ConfigError for a name that no topic can have.
    """
    named = dict(zip(seeded(config, start), load_seeds(config.model), strict=True))
    try:
        return with_names({} if start is None else start.model.labels, named)
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
    start: Start | None,
    tokenizer: Tokenizer,
    phrases: Phrases | None,
    stop_words: Collection[str],
    warn: Callable[[str], object],
) -> Beginning:
    """Return what the training of a corpus begins with.

    warn : called with a line for each topic that lacks some of its seeds, and if the start lacks words

    Raises ConfigError if no seed word of a topic is in the vocabulary, or the start has no term of it.
    """
    n_topics, seeds = config.model.topics, load_seeds(config.model)
    parts: list[csr_matrix] = []
    shared = None
    if seeds:
        words = SeedWords(corpus, tokenizer, phrases, stop_words, config.vocabulary)
        shared, warnings = words.of_topics(seeds, seeded(config, start), n_topics)
        for warning in warnings:
            warn(warning)
        strength = config.model.seed_strength
        strength = DEFAULT_STRENGTH if strength == "auto" else strength
        if strength:
            occurrences = corpus.term_counts[:, 0].astype(np.float64)
            parts.append(csr_matrix(shared.multiply(strength * occurrences[:, None])))
    begun = of_start(start, config)
    if start is None:
        return begun._replace(known=Known(prior=_sum(parts), seeds=shared))
    strength = config.model.start_strength
    if strength == "auto":
        strength = STRENGTH if begun.is_warm else STRENGTH_BESIDE_FREE_TOPICS
    kept, columns = start.model.common_terms(corpus.terms)
    _check_common(start, kept, warn)
    old = Remembered(start.model, start.n_topics, kept, columns)
    shape = len(corpus.terms), n_topics
    n_tokens = corpus.sizes.n_tokens
    stand = frozen(config, start.model)[: start.n_topics]
    held = old.counts(shape, strength, np.where(stand, n_tokens, 0))
    if held.nnz:
        parts.append(held)
    known = Known(
        prior=_sum(parts),
        seeds=shared,
        topics=old.counts(shape, n_tokens / max(old.n_tokens, 1.0)),
        is_known=np.arange(n_topics) < start.n_topics,
    )
    return begun._replace(known=known)


def of_start(start: Start | None, config: Config) -> Beginning:
    """Return what the schedule of a training depends on; `known` is left out."""
    if start is None:
        return NOTHING_KNOWN
    alpha = start.model.alpha[: start.n_topics]
    return Beginning(alpha=alpha, is_warm=start.n_topics == config.model.topics)


def _check_common(start: Start, kept: IntArray, warn: Callable[[str], object]) -> None:
    """Raise ConfigError if no term of a start is in the vocabulary; warn if many are not."""
    if not len(kept):
        raise ConfigError(
            f"model.start: {start.path} has no term of this corpus; start with a model of the same language "
            "and the same tokenizer"
        )
    counts = start.model.term_counts[:, 0]
    lost = 1 - counts[kept].sum() / counts.sum()
    if lost > MUCH_LOST:
        lacks = f"{lost:.0%} of the words of {start.path} are of terms that this corpus lacks"
        warn(f"model.start: {lacks}")


class Remembered:
    """The expected counts of the first topics of a model, in the vocabulary of another corpus."""

    def __init__(self, model: Model, n_topics: int, kept: IntArray, columns: IntArray) -> None:
        """Take the terms `kept` of the model, `columns` of the corpus in rising order: (n,) each."""
        self._model, self._n_topics = model, n_topics
        self._kept, self._columns = kept, columns
        self.n_tokens = float(model.topic_counts[:n_topics].sum())

    def counts(
        self, shape: tuple[int, int], scale: float, standing_tokens: Float64 | None = None
    ) -> csr_matrix:
        """Return scale times the expected counts: (V, K).

        standing_tokens : of each topic, the tokens of a corpus in which it stands; 0 for one that moves
        """
        data, rows, ends = [], [], [0]
        for topic in range(shape[1]):
            row = np.zeros(0)
            if topic < self._n_topics:
                stands = 0.0 if standing_tokens is None else float(standing_tokens[topic])
                phi = self._model.phi[topic, self._kept].astype(np.float64)
                row = standing(phi, stands) if stands else scale * self._expected(topic, phi)
            places = np.flatnonzero(row > LEAST_COUNT)
            data.append(row[places])
            rows.append(self._columns[places])
            ends.append(ends[-1] + len(places))
        parts = np.concatenate(data), np.concatenate(rows), np.array(ends)
        return csc_matrix(parts, shape).tocsr()

    def _expected(self, topic: int, phi: Float64) -> Float64:
        model = self._model
        total = model.topic_counts[topic] + len(model.vocabulary) * model.eta
        return counts_behind(phi, total, model.eta)


def _sum(parts: Sequence[csr_matrix]) -> csr_matrix | None:
    return sum(parts[1:], parts[0]) if parts else None
