"""From the metadata of a training corpus to groups of documents: model.prevalence and model.labels.

rows of metadata -> covariates and labels -> groups, each with its x and its topics -> engine
"""

import json
import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..config import ModelConfig
from ..config.complaints import complaint, shortened
from ..corpus.formats.records import Metadata, Value
from ..corpus.metadata.types import Types
from ..engine.arrays import Float64
from ..engine.theta_prior import Groups
from ..model.covariates import Covariate, Reader, check_fields, matrix, row
from ..model.labels import Labels, with_names

# Each combination of what is known is a group, and costs as much as a document in the M-step.
MOST_GROUPS = 2000

# A number is divided at its quantiles, so that it does not make a group of each document.
BINS = 20

# Rarer values of a field are as if they were missing.
MOST_LEVELS = 500

_BETWEEN_LABELS = ";"

Rows = Callable[[], Iterator[Metadata]]


class Design(NamedTuple):
    """What the metadata say of the topics.

    covariates : of model.prevalence; labels : names of the first topics
    """

    groups: Groups
    covariates: tuple[Covariate, ...]
    labels: Labels


def check(config: ModelConfig, names: Iterable[str]) -> None:
    """Raise ConfigError for a field that the documents do not have; names : of their fields."""
    names = tuple(names)
    check_fields(config.prevalence, "model.prevalence", names)
    if config.labels is not None and config.labels not in names:
        check_fields([config.labels], "model.labels", names)


def design(config: ModelConfig, rows: Rows, types: Types, warn: Callable[[str], object]) -> Design | None:
    """Return the groups of the documents; None if neither prevalence nor labels are wanted.

    rows : returns the metadata of all documents, with values of the types; called more than once

    Raises ConfigError if the metadata do not fit the config.
    """
    if not config.prevalence and config.labels is None:
        return None
    readers = [Reader.of(given, types) for given in config.prevalence]
    values: list[Counter[Value]] = [Counter() for _ in readers]
    of_labels: Counter[str] = Counter()
    n_labelled = 0
    for own in rows():
        for counter, reader in zip(values, readers, strict=True):
            counter[own.get(reader.field)] += 1
        if config.labels is not None:
            given = labels_of(own.get(config.labels))
            of_labels.update(given)
            n_labelled += bool(given)
    covariates = tuple(
        _covariate(given, reader, counter, warn)
        for given, reader, counter in zip(config.prevalence, readers, values, strict=True)
    )
    binned = [_bin_means(reader, counter) for reader, counter in zip(readers, values, strict=True)]
    names = sorted(of_labels)
    named = _named(config, names)
    place = {name: number for number, name in enumerate(names)}

    known: dict[tuple[Value, ...], tuple[float, ...]] = {}  # what values say, so that each is read once
    numbers: dict[tuple[tuple[float, ...], tuple[int, ...]], int] = {}
    of_document = array("i")
    for own in rows():
        values_of = tuple(own.get(reader.field) for reader in readers)
        if (x := known.get(values_of)) is None:
            x = known[values_of] = row(covariates, readers, _in_bins(own, readers, binned))
        labels = labels_of(own.get(config.labels)) if config.labels is not None else ()
        key = x, tuple(sorted(place[label] for label in labels))
        of_document.append(numbers.setdefault(key, len(numbers)))
        if len(numbers) > MOST_GROUPS:
            raise _too_many(config)
    shares = np.array([of_labels[name] / n_labelled for name in names])
    groups = Groups(
        np.array(of_document, np.int32),
        matrix(covariates, (x for x, _ in numbers)),
        _scale(config.topics, [labels for _, labels in numbers], shares),
    )
    return Design(groups, covariates, named)


def labels_of(value: Value) -> tuple[str, ...]:
    """Return the labels of a document, each once: a JSON list of texts, or a text with ; between them."""
    if value is None:
        return ()
    listed: list[Any] = str(value).split(_BETWEEN_LABELS)
    if isinstance(value, str) and value.startswith("["):
        try:
            found = json.loads(value)
            listed = found if isinstance(found, list) else listed
        except (ValueError, RecursionError):
            pass  # a text that begins with a bracket
    names = (" ".join(str(label).split()) for label in listed if label is not None)
    return tuple(dict.fromkeys(filter(None, names)))


def _covariate(
    given: str, reader: Reader, values: Counter[Value], warn: Callable[[str], object]
) -> Covariate:
    if reader.is_number:
        known = [(reader.number(value), n) for value, n in values.items()]
        numbers = np.array([number for number, _ in known if number is not None])
        n = np.array([n for number, n in known if number is not None], np.float64)
        if not len(numbers) or numbers.min() == numbers.max():
            raise complaint("model.prevalence", f"{given} has no two different values; leave it out")
        with np.errstate(over="ignore", under="ignore"):
            mean = float(np.average(numbers, weights=n))
            scale = float(np.sqrt(np.average((numbers - mean) ** 2, weights=n)))
        if not math.isfinite(scale) or not scale:
            raise complaint("model.prevalence", f"{given} has numbers that are too large or too small")
        return Covariate(given, None, mean, scale, float(numbers.min()), float(numbers.max()))
    levels: Counter[str] = Counter()
    for value, n_documents in values.items():
        if (level := reader.level(value)) is not None:
            levels[level] += n_documents
    if not levels:
        raise complaint("model.prevalence", f"{given} has no value in any document; leave it out")
    kept = sorted(levels, key=lambda level: (-levels[level], level))[:MOST_LEVELS]
    if len(kept) < len(levels):
        rest = f"the {MOST_LEVELS} most frequent move alpha, the others are as if they were missing"
        warn(f"model.prevalence: {given} has {len(levels):,} values; {rest}")
    return Covariate(given, tuple(sorted(kept)))


def _bin_means(reader: Reader, values: Counter[Value]) -> dict[Value, float]:
    """Return for each value of a number with many of them the mean of its bin; the bins hold as much each."""
    if not reader.is_number:
        return {}
    known = sorted(
        (number, n, value) for value, n in values.items() if (number := reader.number(value)) is not None
    )
    if len({number for number, _, _ in known}) <= BINS:
        return {}
    numbers, n = np.array([number for number, _, _ in known]), np.array([n for _, n, _ in known])
    middle = np.cumsum(n) - n / 2
    which = np.minimum((middle * BINS / n.sum()).astype(int), BINS - 1)
    _, first = np.unique(numbers, return_index=True)  # equal numbers, such as 1 and 1.0, are in one bin
    which = np.repeat(which[first], np.diff([*first, len(numbers)]))
    means = np.bincount(which, n * numbers, BINS) / np.maximum(np.bincount(which, n, BINS), 1)
    return {value: float(means[b]) for (_, _, value), b in zip(known, which.tolist(), strict=True)}


def _in_bins(own: Metadata, readers: Iterable[Reader], binned: Iterable[dict[Value, float]]) -> Metadata:
    """Return metadata with the numbers of a field replaced by the means of their bins."""
    found = dict(own)
    for reader, means in zip(readers, binned, strict=True):
        value = own.get(reader.field)
        if value in means:
            mean = means[value]
            found[reader.field] = f"{round(mean):04d}" if reader.kind == "date" else mean
    return found


def _named(config: ModelConfig, names: list[str]) -> Labels:
    """Return the names of the first topics. Raises ConfigError unless the labels can be topics."""
    if config.labels is None:
        return {}
    key = "model.labels"
    if not names:
        raise complaint(key, f"no document has a value of {config.labels}; name another field")
    if len(names) + config.background > config.topics:
        remedy = (
            "set model.topics to that and model.background, or to more for topics that every document has"
        )
        raise complaint(
            key, f"{config.labels} has {len(names)} labels, and model.topics is {config.topics}; {remedy}"
        )
    try:
        return with_names({}, dict(enumerate(names)))
    except ValueError as error:
        raise complaint(key, f"a label of {config.labels} cannot name a topic: {error}") from None


def _scale(n_topics: int, groups: list[tuple[int, ...]], shares: Float64) -> Float64:
    """Return factors of alpha: 0 for the labels that a group does not have, (G, K).

    shares : of the documents with labels, those that have each label. A group without any may have all
    topics; each label is as rare in it as in the others.
    """
    scale = np.ones((len(groups), n_topics))
    for number, labels in enumerate(groups):
        scale[number, : len(shares)] = 0 if labels else shares
        scale[number, list(labels)] = 1
    return scale


def _too_many(config: ModelConfig) -> Exception:
    fields = [*config.prevalence, *([config.labels] if config.labels else [])]
    listed = shortened(", ".join(fields))
    remedy = "use fewer fields, or bins such as date:year or year:10"
    return complaint(
        "model.prevalence" if config.prevalence else "model.labels",
        f"there are more than {MOST_GROUPS:,} combinations of values of {listed}; {remedy}",
    )
