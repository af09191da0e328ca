"""The bins of a metadata field: which values are one group, in which order, and what the group is called."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..config.complaints import close_to, complaint, hint
from ..corpus.formats.records import Value
from ..corpus.metadata.types import Type, Types, number_of
from ..errors import ConfigError

Size = int | float | str | None
"""The width of the bins of numbers, a key of DATE_UNITS, or None: each value is its own bin."""

DATE_UNITS = {"decade": 3, "year": 4, "month": 7, "day": 10}  # characters of an ISO 8601 date
_MOST_BINS = 2**53  # beyond, a float has no room for the number of a bin
_ROUNDING = 1e-15  # of a quotient of two floats, above 3 x 2^-53


class Bin(NamedTuple):
    """One bin, in the order of the bins: that of missing values is the last."""

    is_missing: bool
    key: Any  # numbers or texts, in their order
    label: Value


def field_and_size(given: str, types: Types) -> tuple[str, Size]:
    """Return the field and the size of its bins that NAME, NAME:WIDTH or NAME:UNIT means.

    Raises ConfigError, which lists the fields that there are.
    """
    if given in types:
        return given, None
    field, colon, size = given.rpartition(":")
    if not colon or field not in types:
        raise _unknown(field if colon else given, types)
    return field, _size(field, size, types[field])


def _unknown(field: str, types: Types) -> ConfigError:
    if not types:
        remedy = "set corpus.metadata_fields, corpus.metadata or corpus.metadata_pattern, and train again"
        return complaint(f"metadata field {field}", f"the model has no metadata; {remedy}")
    fields = ", ".join(f"{name} ({kind})" for name, kind in types.items())
    guess = hint(close_to(field, types), "")
    return complaint(
        f"metadata field {field}", f"not in the model; {guess + ' ' if guess else ''}it has {fields}"
    )


def _size(field: str, size: str, kind: Type) -> Size:
    width = number_of(size)
    if kind == "number" and width is not None and width > 0:
        return width
    if kind == "date" and size in DATE_UNITS:
        return size
    remedy = {
        "number": f"give the width of its bins, above 0, such as {field}:5",
        "date": f"give {field}:decade, {field}:year, {field}:month or {field}:day",
        "text": "it has no bins; leave them out",
    }[kind]
    raise complaint(f"metadata field {field}:{size}", f"is a {kind}; {remedy}")


def bins(values: Sequence[Value], kind: Type, size: Size) -> list[Bin]:
    """Return the bin of each value; None has one of its own.

    Raises ConfigError for bins that are too narrow.
    """
    make: Callable[[Any], Bin] = _alone
    if isinstance(size, str):
        make = _dates(size)
    elif size is not None:
        make = _numbers(size, all(isinstance(value, int) for value in [size, *values] if value is not None))
    elif kind == "text":
        make = _texts
    return [Bin(True, 0, None) if value is None else make(value) for value in values]


def _alone(value: Value) -> Bin:
    return Bin(False, value, value)


def _texts(value: str) -> Bin:
    return Bin(False, (value.casefold(), value), value)


def _dates(unit: str) -> Callable[[str], Bin]:
    """Return the bins of dates. A date that is less exact, such as 1999 by month, is a bin of its own."""

    def make(value: str) -> Bin:
        key = value[: DATE_UNITS[unit]]
        return Bin(False, key, f"{key}0s" if unit == "decade" else key)

    return make


def _numbers(width: int | float, are_integers: bool) -> Callable[[int | float], Bin]:
    """Return the bins [k width, (k + 1) width): 1990-1994 of integers; else 0.5 to 1, the latter left out."""

    def make(value: int | float) -> Bin:
        k = _floor(value, width)
        if not math.isfinite(k) or abs(k) > _MOST_BINS:
            raise ConfigError(
                f"bins of width {width:g}: too narrow for the value {value:g}; give a larger width"
            )
        if not are_integers:
            return Bin(False, k, f"{k * width:.12g} to {(k + 1) * width:.12g}")
        first, last = int(k * width), int((k + 1) * width - 1)
        return Bin(False, k, f"{first}-{last}" if width > 1 else first)

    return make


def _floor(value: int | float, width: int | float) -> int | float:
    """Return floor(value / width) of the numbers as they are written; inf if it is beyond a float.

    Of floats, 0.3 // 0.1 is 2, since 0.3 is stored as a little less, and 0.1 as a little more.
    """
    if isinstance(value, int) and isinstance(width, int):
        return value // width
    quotient = value / width
    if not math.isfinite(quotient):
        return quotient
    if math.isclose(quotient, round(quotient), rel_tol=_ROUNDING):
        return Fraction(str(value)) // Fraction(str(width))
    return math.floor(quotient)
