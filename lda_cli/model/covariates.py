"""What a document's metadata say of its topics, as numbers: the covariates of model.prevalence.

A field of texts has a covariate for each of its values, 1 for the documents with the value; a field with bins
one for each bin. A number, or the year of a date, is one covariate, with mean 0 and variance 1. A value that
is missing or was not in the training corpus is 0 in all of them.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from ..config.complaints import close_to, complaint, hint
from ..corpus.formats.records import Metadata, Value
from ..corpus.metadata.types import Type, Types
from ..errors import ConfigError
from .bins import Size, bins, field_and_size

_YEAR = 4  # characters of an ISO 8601 date


class Covariate(NamedTuple):
    """A field of model.prevalence.

    given : as the config has it, such as date:month
    levels : its values or bins, each a covariate; None if it is a number
    mean, scale, low, high : of the number in the training documents; scale is its standard deviation
    """

    given: str
    levels: tuple[str, ...] | None = None
    mean: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    high: float = 0.0

    @property
    def n_columns(self) -> int:
        """The number of its covariates."""
        return 1 if self.levels is None else len(self.levels)


class Reader(NamedTuple):
    """Reads the value of a field of model.prevalence from the metadata of documents."""

    field: str
    size: Size
    kind: Type

    @classmethod
    def of(cls, given: str, types: Types) -> "Reader":
        """Raise ConfigError for a field or a bin that there is not."""
        try:
            field, size = field_and_size(given, types)
        except ConfigError as error:
            raise ConfigError(f"model.prevalence: {error}") from None
        return cls(field, size, types[field])

    @property
    def is_number(self) -> bool:
        """Whether it is a number or a date without bins."""
        return self.kind != "text" and self.size is None

    def number(self, value: Value) -> float | None:
        """The number of a value, the year of a date; None if it is missing or of another type."""
        if self.kind == "date" and isinstance(value, str) and value[:_YEAR].isdecimal():
            return float(value[:_YEAR])
        return float(value) if self.kind == "number" and isinstance(value, int | float) else None

    def level(self, value: Value) -> str | None:
        """The name of the bin of a value; None if it is missing or of another type."""
        if value is None or (self.kind == "number") == isinstance(value, str):
            return None
        # a width that is no integer gives 3 and 3.5 the same kind of name
        size = self.size if isinstance(self.size, str | None) else float(self.size)
        (found,) = bins([value], self.kind, size)
        return str(found.label)


def check_fields(fields: Iterable[str], key: str, names: Iterable[str]) -> None:
    """Raise ConfigError unless the corpus has these fields.

    fields : maybe with bins; key : of the config; names : of the fields of the corpus
    """
    names = tuple(names)
    for given in fields:
        field = given if given in names else given.rpartition(":")[0]
        if field in names:
            continue
        there = f"they have {', '.join(names)}" if names else "they have none"
        guess = hint(close_to(given, names), there)
        remedy = "name it in corpus.metadata_fields, or give corpus.metadata or corpus.metadata_pattern"
        raise complaint(key, f"the documents have no metadata field {given!r}; {guess}; {remedy}")


def row(covariates: Iterable[Covariate], readers: Iterable[Reader], metadata: Metadata) -> tuple[float, ...]:
    """Return what is known of a document: for each covariate the number of its level, or -1; or x, or 0."""
    found: list[float] = []
    for covariate, reader in zip(covariates, readers, strict=True):
        value = metadata.get(reader.field)
        if covariate.levels is None:
            number = reader.number(value)
            inside = covariate.mean if number is None else min(max(number, covariate.low), covariate.high)
            found.append((inside - covariate.mean) / covariate.scale)
        else:
            level = reader.level(value)
            found.append(covariate.levels.index(level) if level in covariate.levels else -1)
    return tuple(found)


def matrix(covariates: Iterable[Covariate], rows: Iterable[tuple[float, ...]]) -> np.ndarray:
    """Return x of each row, (G, F) float64, whose first column is 1; rows : as `row` returns them."""
    covariates, rows = tuple(covariates), list(rows)
    x = np.zeros((len(rows), 1 + sum(covariate.n_columns for covariate in covariates)))
    x[:, 0] = 1
    for number, values in enumerate(rows):
        first = 1
        for covariate, value in zip(covariates, values, strict=True):
            if covariate.levels is None:
                x[number, first] = value
            elif value >= 0:
                x[number, first + int(value)] = 1
            first += covariate.n_columns
    return x


def to_data(covariate: Covariate) -> dict[str, object]:
    """Return a covariate as plain data."""
    data = covariate._asdict()
    return data | {"levels": None if covariate.levels is None else list(covariate.levels)}


def from_data(data: Mapping[str, object]) -> Covariate:
    """Return a covariate of plain data. Raises ValueError or TypeError."""
    found = Covariate(**data)  # type: ignore[arg-type]  # checked here
    levels = found.levels
    if levels is not None:
        if not isinstance(levels, list) or not all(isinstance(level, str) for level in levels):
            raise ValueError("levels must be a list of texts")
        found = found._replace(levels=tuple(levels))
    numbers = np.array(found[2:], np.float64)
    if not isinstance(found.given, str) or not np.isfinite(numbers).all() or found.scale <= 0:
        raise ValueError("a covariate is invalid")
    return found
