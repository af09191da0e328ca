"""prevalence.json: how the metadata of a document move its alpha, and what that does to the topics."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, NamedTuple

import numpy as np

from ..corpus.formats.records import Metadata
from ..corpus.metadata.types import Types
from ..engine.arrays import Float64, Int32
from ..engine.log_linear import SIGMA, Effect, Uncertainty, alpha_of, effect
from ..errors import ConfigError
from .covariates import Covariate, Reader, from_data, matrix, row, to_data

NAME = "prevalence.json"


class LevelEffect(NamedTuple):
    """The effect of a value of a field, or of a number that is larger by its standard deviation.

    field : as model.prevalence has it; level : the value or bin, or None for a number
    step : the standard deviation of a number; None otherwise
    """

    field: str
    level: str | None
    step: float | None
    effect: Effect


@dataclass(frozen=True, eq=False)
class Prevalence:
    """alpha_dt = exp(x_d . lambda_t), x_d from the metadata of the document (engine/prevalence.py).

    covariates : the fields; types : of the metadata of the model
    coefficients : (K, F) float64, lambda; the first column is the intercept
    known : how exactly
    """

    covariates: tuple[Covariate, ...]
    types: Types
    coefficients: Float64
    known: Uncertainty

    @cached_property
    def _readers(self) -> tuple[Reader, ...]:
        return tuple(Reader.of(covariate.given, self.types) for covariate in self.covariates)

    def alpha_of(self, metadata: Iterable[Metadata]) -> tuple[Float64, Int32]:
        """Return rows of alpha, (A, K), and the row of each document, (D,); metadata : of each."""
        numbers: dict[tuple[float, ...], int] = {}
        rows = [
            numbers.setdefault(row(self.covariates, self._readers, own), len(numbers)) for own in metadata
        ]
        return alpha_of(matrix(self.covariates, numbers), self.coefficients), np.array(rows, np.int32)

    def effects(self) -> list[LevelEffect]:
        """Return the effect of each value of each field, against a document of which nothing is known."""
        found, column = [], 1
        for covariate in self.covariates:
            levels: Sequence[str | None] = (None,) if covariate.levels is None else covariate.levels
            step = covariate.scale if covariate.levels is None else None
            for level in levels:
                of_level = effect(self.coefficients, self.known, column)
                found.append(LevelEffect(covariate.given, level, step, of_level))
                column += 1
        return found


def effects(prevalence: Prevalence | None) -> list[LevelEffect]:
    """Return the effects of a model's prevalence. Raises ConfigError if it has none."""
    if prevalence is None:
        raise ConfigError("the model has no model.prevalence; name fields of its metadata, and train again")
    return prevalence.effects()


def text(prevalence: Prevalence) -> bytes:
    """Return the text of the file."""
    data = {
        "sigma": SIGMA,
        "covariates": [to_data(covariate) for covariate in prevalence.covariates],
        "coefficients": prevalence.coefficients.tolist(),
        "variance": prevalence.known.variance.tolist(),
        "covariance_with_intercept": prevalence.known.with_intercept.tolist(),
    }
    return (json.dumps(data, allow_nan=False, ensure_ascii=False) + "\n").encode()


def parsed(n_topics: int, types: Types, stream: BinaryIO) -> Prevalence:
    """Return the content of the file. Raises ValueError."""
    try:
        data = json.load(stream)
        covariates = tuple(from_data(each) for each in data["covariates"])
        shape = n_topics, 1 + sum(covariate.n_columns for covariate in covariates)
        arrays = [
            np.array(data[name], np.float64)
            for name in ("coefficients", "variance", "covariance_with_intercept")
        ]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"it does not hold what moves alpha ({error})") from None
    if any(array.shape != shape or not np.isfinite(array).all() for array in arrays):
        raise ValueError(f"it does not hold {shape} coefficients")
    return Prevalence(covariates, types, arrays[0], Uncertainty(*arrays[1:]))
