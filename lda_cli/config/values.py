"""What one setting may be: a reader takes a plain value, from YAML, JSON or Python, and returns it checked.

A reader that refuses raises ValueError saying what it would have taken ("at least 2"); loading.py, which
knows where the value stands, makes the complaint of it: `a.yaml:7: topics must be at least 2, not 1`.
"""

import codecs
import math
import operator
import os
import re
import warnings
from collections.abc import Callable
from typing import Any

Reader = Callable[[object], Any]

_OF_HOST_NAMES = ("idna", "punycode")  # a text of a megabyte would take them minutes

LARGEST_INTEGER = 2**31 - 1  # what any array, loop or thread pool can be asked for

_BOUNDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "above": (operator.gt, "more than"),
    "minimum": (operator.ge, "at least"),
    "maximum": (operator.le, "at most"),
    "below": (operator.lt, "less than"),
}
# What YAML 1.1 leaves as text although a person means a number: 1e-4 has no point and so is no float.
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")


def integer(minimum: int, maximum: int = LARGEST_INTEGER) -> Reader:
    """A whole number within the bounds; neither 5.0 nor true is one."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"a whole number, at least {minimum}")
        if value < minimum:
            raise ValueError(f"at least {minimum}")
        if value > maximum:
            raise ValueError(f"at most {maximum}")
        return value

    return read


def number(**bounds: float) -> Reader:
    """A finite number, as a float, within bounds named above, minimum, maximum, below."""
    wanted = " and ".join(f"{_BOUNDS[name][1]} {bound}" for name, bound in bounds.items())

    def read(value: object) -> float:
        if isinstance(value, str) and _EXPONENT.fullmatch(value):
            value = float(value)
        if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value):
            raise ValueError(f"a finite number, {wanted}")
        if not all(_BOUNDS[name][0](value, bound) for name, bound in bounds.items()):
            raise ValueError(wanted)
        return float(value)

    return read


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def share(value: object) -> float:
    """A part of a whole, from 0.0 to 1.0; an integer is refused, since there it would be a count."""
    if isinstance(value, int):
        raise ValueError("a share from 0.0 to 1.0")
    return float(number(minimum=0, maximum=1)(value))


def boolean(value: object) -> bool:
    """Either true or false, and nothing that is only like them."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def null(becomes: object = None) -> Reader:
    """YAML's null, and what to make of it."""

    def read(value: object) -> object:
        if value is not None:
            raise ValueError("null")
        return becomes

    return read


def auto(value: object) -> str:
    """The word auto; what it means is settled where the corpus is known."""
    if value != "auto":
        raise ValueError("auto")
    return "auto"


def zero(value: object) -> float:
    """The number 0."""
    if isinstance(value, bool) or value != 0:
        raise ValueError("0")
    return 0.0


def choice(*names: str) -> Reader:
    """One of the names."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(" or ".join([", ".join(names[:-1]), names[-1]]))
        return value

    return read


def either(wanted: str, *readers: Reader) -> Reader:
    """What the first reader that does not refuse makes of the value; `wanted` describes them all."""

    def read(value: object) -> Any:
        for reader in readers:
            try:
                return reader(value)
            except ValueError:
                continue
        raise ValueError(wanted)

    return read


def list_of(reader: Reader, wanted: str) -> Reader:
    """A tuple of what the reader makes of each item of a list."""

    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(wanted)
        try:
            return tuple(reader(item) for item in value)
        except ValueError:
            raise ValueError(wanted) from None

    return read


def text(value: object) -> str:
    """A text that is not empty, and that UTF-8 can hold: half a character is none."""
    return _encodable(value, str.encode, "text (in quotes if it looks like something else)")


def _encodable(value: object, encode: Callable[[str], bytes], wanted: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(wanted)
    try:
        encode(value)
    except UnicodeEncodeError:
        raise ValueError(wanted) from None
    return value


def language(value: object) -> str:
    """The name of a language; `no`, the code of Norwegian, is none: who writes it means another thing."""
    if value == "no":
        raise ValueError("none or norwegian")
    return text(value)


def globs(value: object) -> tuple[str, ...]:
    """A list of texts that may stand for names of files; a text alone is a list of one."""
    items = [value] if isinstance(value, str) else value
    wanted = "a text or a list of texts, none of them empty"
    read: tuple[str, ...] = list_of(lambda item: _encodable(item, os.fsencode, wanted), wanted)(items)
    return read


def file_path(value: object) -> str:
    """A path that the file system can be asked for; whether it is there is found out later."""
    wanted = "a path (in quotes if it looks like something else)"
    path = _encodable(value, os.fsencode, wanted)
    if "\0" in path:
        raise ValueError(wanted)
    return path


def encoding_name(value: object) -> str:
    """The name of an encoding of text; hex and punycode, which Python also calls encodings, are none."""
    name = text(value)
    try:
        "a".encode(name)
        if codecs.lookup(name).name in _OF_HOST_NAMES:
            raise LookupError
    except (LookupError, ValueError):
        raise ValueError("a text encoding that Python knows, such as utf-8 or latin-1") from None
    return name


def regular_expression(value: object) -> str:
    """A pattern that `re` compiles without a warning, with no capturing group."""
    pattern = text(value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"a regular expression that compiles ({error})") from None
    if groups:
        raise ValueError("a regular expression without capturing groups: write (?:...) for (...)")
    return pattern
