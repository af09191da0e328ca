"""The type of a field, decided over all its values, and each value as its type wants it."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, get_args

from ..formats.fields import MISSING
from ..formats.metadata import LARGEST_EXACT
from ..formats.records import Metadata, Value

Type = Literal["number", "date", "text"]
Types = Mapping[str, Type]
TYPES: tuple[Type, ...] = get_args(Type)

# A leading zero or plus makes a text: 007 is a code, +49 begins a telephone number.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,4})?")
# ISO 8601, from the year to a time with its zone.
_DATE = re.compile(
    r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[-+][0-9]{2}:?[0-9]{2})?)?)?)?"
)
_FRACTION = re.compile(r"\.[0-9]+")
_YEAR, _MONTH = 4, 7  # characters of a date without month, without day
_LONGEST = 400  # characters of a number or a date


class Typing:
    """Finds the types of fields, from their values, one row after the other."""

    def __init__(self, fields: Iterable[str]) -> None:
        # the types that all values so far allow
        self._can_be: dict[str, set[Type]] = {field: {"number", "date"} for field in fields}
        self._has_values: set[str] = set()

    def add(self, row: Metadata) -> None:
        """Note the values of one document."""
        for field, value in row.items():
            possible = self._can_be[field]
            stripped = value.strip() if isinstance(value, str) else value
            if stripped is None or stripped == "" or not possible or stripped in MISSING:
                continue
            self._has_values.add(field)
            if number_of(stripped) is None:
                possible.discard("number")
            if date_of(stripped) is None:
                possible.discard("date")

    def types(self) -> dict[str, Type]:
        """Return the type of each field, in their order.

        A field is `number` or `date` if all its values are, apart from empty cells and the words of MISSING,
        which are texts in a field of texts: a name may be Null. Years alone are numbers.
        """
        return {
            field: next(kind for kind in ("number", "date", "text") if kind in possible or kind == "text")
            if field in self._has_values
            else "text"
            for field, possible in self._can_be.items()
        }


def typed(value: Value, kind: Type | None) -> Value:
    """Return a value of a field of this type, None for a missing one.

    A value that is not of the type, in a document that the type was not decided from, is a text. If the type
    is not known, `kind` is None: a text stays a text, a number a number.
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "" or (kind in ("number", "date") and value in MISSING):
        return None
    if kind is None:
        return value
    found = number_of(value) if kind == "number" else date_of(value) if kind == "date" else None
    return str(value) if found is None else found


def is_of(value: object, kind: Type) -> bool:
    """Whether a value is as `typed` returns it for values of the type."""
    if value is None:
        return True
    if kind == "number":
        return not isinstance(value, str | bool) and number_of(value) is not None
    return isinstance(value, str) and (kind == "text" or date_of(value) == value)


def number_of(value: object) -> int | float | None:
    """Return a finite number that a double holds; None if the value is no number."""
    if isinstance(value, str):
        if len(value) > _LONGEST or not _NUMBER.fullmatch(value):
            return None
        value = int(value) if value.lstrip("-").isdecimal() else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    is_exact = abs(value) <= LARGEST_EXACT if isinstance(value, int) else math.isfinite(value)
    return value if is_exact else None


def date_of(value: object) -> str | None:
    """Return an ISO 8601 date, also of a year or a month, or a date-time; None if the value is no date."""
    text = str(value) if isinstance(value, int) else value
    if not isinstance(text, str) or len(text) > _LONGEST or not _DATE.fullmatch(text):
        return None
    rest = {_YEAR: "-01-01", _MONTH: "-01"}.get(len(text), "")
    try:
        datetime.fromisoformat(_FRACTION.sub("", text) + rest)
    except ValueError:
        return None
    return text
