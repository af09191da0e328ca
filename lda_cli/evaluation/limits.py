"""Limits that a model must reach: what was measured, compared with --fail-under."""

from collections.abc import Mapping

from ..errors import ConfigError, LimitError
from .evaluate import Evaluation


def check_limits(evaluation: Evaluation, limits: Mapping[str, float]) -> None:
    """Raise LimitError if a number is under its limit, ConfigError if it was not measured.

    limits : by names in LIMITS
    """
    low = []
    for name, limit in limits.items():
        value = _value(evaluation, name)
        if value is None:
            raise ConfigError(
                f"--fail-under {name}: {evaluation.path} has no such number here; "
                f"lda-cli evaluate --format json tells what was measured"
            )
        if value < limit:
            low.append(f"{name} {value:.4g} is under {limit:g}")
    if low:
        raise LimitError(f"{evaluation.path}: {', '.join(low)}")


def _value(evaluation: Evaluation, name: str) -> float | None:
    if name in evaluation.totals:
        return evaluation.totals[name]
    if name in evaluation.measures:
        return evaluation.measures[name].mean
    if evaluation.held_out is not None and name in evaluation.held_out.scores:
        return evaluation.held_out.scores[name].per_token()[0]
    return None
