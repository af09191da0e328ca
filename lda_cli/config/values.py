"""Readers of single settings: each takes a plain value from YAML, JSON or Python and returns it checked.

A reader refuses a value by ValueError with what is allowed ("at least 2"); loading.py adds the place to the
message: `a.yaml:7: topics must be at least 2, not 1`.
"""

import codecs
import math
import operator
import os
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

Reader = Callable[[object], Any]

_OF_HOST_NAMES = ("idna", "punycode")  # they take minutes for a megabyte of text

LARGEST_INTEGER = 2**31 - 1  # fits every array, loop and thread pool

_BOUNDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "above": (operator.gt, "more than"),
    "minimum": (operator.ge, "at least"),
    "maximum": (operator.le, "at most"),
    "below": (operator.lt, "less than"),
}
# YAML 1.1 reads 1e-4 as text, since it has no point.
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")


def integer(minimum: int, maximum: int = LARGEST_INTEGER) -> Reader:
    """A whole number within the bounds; 5.0 and true are refused."""

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
    """A finite number, as a float, within the bounds `above`, `minimum`, `maximum`, `below`."""
    allowed = " and ".join(f"{_BOUNDS[name][1]} {bound}" for name, bound in bounds.items())

    def read(value: object) -> float:
        if isinstance(value, str) and _EXPONENT.fullmatch(value):
            value = float(value)
        if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value):
            raise ValueError(f"a finite number, {allowed}")
        if not all(_BOUNDS[name][0](value, bound) for name, bound in bounds.items()):
            raise ValueError(allowed)
        return float(value)

    return read


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def share(value: object) -> float:
    """A share from 0.0 to 1.0, as a float; an integer is refused, since it would be a count."""
    if isinstance(value, int):
        raise ValueError("a share from 0.0 to 1.0")
    return float(number(minimum=0, maximum=1)(value))


def boolean(value: object) -> bool:
    """True or false; 0, 1 and texts are refused."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def null(becomes: object = None) -> Reader:
    """YAML's null, read as `becomes`."""

    def read(value: object) -> object:
        if value is not None:
            raise ValueError("null")
        return becomes

    return read


def or_null(reader: Reader) -> Reader:
    """YAML's null, or what the reader accepts; the message is that of the reader."""
    return lambda value: None if value is None else reader(value)


def auto(value: object) -> str:
    """The word auto; it gets its value when the corpus is known."""
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


def either(allowed: str, *readers: Reader) -> Reader:
    """The value as the first reader that accepts it returns it; `allowed` describes all of them."""

    def read(value: object) -> Any:
        for reader in readers:
            try:
                return reader(value)
            except ValueError:
                continue
        raise ValueError(allowed)

    return read


def list_of(reader: Reader, allowed: str) -> Reader:
    """A list, as a tuple of items that the reader has checked; `allowed` describes it."""

    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(allowed)
        try:
            return tuple(reader(item) for item in value)
        except ValueError:
            raise ValueError(allowed) from None

    return read


def text(value: object) -> str:
    """A text that is not empty and can be encoded as UTF-8."""
    return _encodable(value, str.encode, "text (in quotes if it looks like something else)")


def _encodable(value: object, encode: Callable[[str], bytes], allowed: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(allowed)
    try:
        encode(value)
    except UnicodeEncodeError:
        raise ValueError(allowed) from None
    return value


def field_name(value: object) -> str:
    """The name of a column or a key, as text; a whole number of at least 1 is the number of a column."""
    return str(value) if type(value) is int and 0 < value <= LARGEST_INTEGER else text(value)


def field_names(value: object) -> str | tuple[str, ...]:
    """A field, or a list of fields, which is not empty."""
    allowed = "a column or a key, or a list of them (in quotes if it looks like something else)"
    if not isinstance(value, list | tuple):
        return field_name(value)
    if not value:
        raise ValueError(allowed)
    names: tuple[str, ...] = list_of(field_name, allowed)(value)
    return names


def columns(value: object) -> tuple[str, ...]:
    """A list of fields, which may be empty; a single field is a list of one."""
    allowed = "a list of columns or keys (in quotes if they look like something else)"
    items = value if isinstance(value, list | tuple) else [value]
    names: tuple[str, ...] = list_of(field_name, allowed)(items)
    return tuple(dict.fromkeys(names))


def delimiter(value: object) -> str:
    """The character between the fields of a table, or auto; the word tab is read as one."""
    if value in ("auto", "tab"):
        return "auto" if value == "auto" else "\t"
    if not isinstance(value, str) or len(value) != 1 or value in '"\r\n\0' or "\ud800" <= value <= "\udfff":
        raise ValueError("auto, tab or one character (in quotes), such as ';'")
    return value


def language(value: object) -> str:
    """The name of a language; `no`, the code of Norwegian, is refused, since it may mean none."""
    if value == "no":
        raise ValueError("none or norwegian")
    return text(value)


def cluster(value: object) -> str:
    """Where a cluster is: local, local:N, or the address of a scheduler."""
    allowed = "null, local, local:N (N workers) or the scheduler's address, such as tcp://HOST:PORT"
    form = r"local(:[1-9]\d{0,3})?|(tcp|tls)://\S+:\d{1,5}"
    if not isinstance(value, str) or not re.fullmatch(form, value):
        raise ValueError(allowed)
    return value


def globs(value: object) -> tuple[str, ...]:
    """A list of globs; a single text is a list of one."""
    items = [value] if isinstance(value, str) else value
    allowed = "a glob or a list of globs, without empty ones"
    read: tuple[str, ...] = list_of(lambda item: _encodable(item, os.fsencode, allowed), allowed)(items)
    return read


def file_path(value: object) -> str:
    """A path that the file system can encode; it need not exist."""
    allowed = "a path (in quotes if it looks like something else)"
    path = _encodable(value, os.fsencode, allowed)
    if "\0" in path:
        raise ValueError(allowed)
    return path


def encoding_name(value: object) -> str:
    """The name of a text encoding; other codecs of Python, as hex and punycode, are refused."""
    name = text(value)
    try:
        "a".encode(name)
        if codecs.lookup(name).name in _OF_HOST_NAMES:
            raise LookupError
    except (LookupError, ValueError):
        raise ValueError("a text encoding that Python knows, for example utf-8 or latin-1") from None
    return name


def encodings(value: object) -> str | tuple[str, ...]:
    """The name of a text encoding, or a list of some, to be tried in turn."""
    if not isinstance(value, list | tuple):
        return encoding_name(value)
    if not value:
        raise ValueError("the name of a text encoding, or a list of some")
    return tuple(map(encoding_name, value))


def regular_expression(value: object) -> str:
    """A pattern that `re` compiles without warning, without capturing groups."""
    pattern = _compiled(value)
    if pattern.groups:
        raise ValueError("a regular expression without capturing groups: write (?:...) for (...)")
    return pattern.pattern


def named_groups(value: object) -> str:
    """A pattern that `re` compiles without warning, with a named group."""
    pattern = _compiled(value)
    if not pattern.groupindex:
        raise ValueError("a regular expression with a named group, such as (?P<year>[0-9]+)")
    return pattern.pattern


def path_or(reader: Reader) -> Reader:
    """A path, or what the reader accepts; the message is that of the reader."""
    return lambda value: file_path(value) if isinstance(value, str) else reader(value)


class WordLists(dict[str, tuple[str, ...]]):
    """Lists of words by name. It can be hashed, as a config can: nobody changes it."""

    def __hash__(self) -> int:  # type: ignore[override]
        """Equal lists in the same order have equal hashes."""
        return hash(tuple(self.items()))


def seed_words(value: object) -> WordLists:
    """Words or globs by the name of their topic; one word is a list of one."""
    allowed = "lists of words by topic, each with a word, such as {hockey: [hockey, goal*], space: [orbit]}"
    if value is None:
        return WordLists()
    if not isinstance(value, Mapping):
        raise ValueError(f"{allowed}; or the path of a YAML file of them")
    items = {text(name): [words] if isinstance(words, str) else words for name, words in value.items()}
    word = list_of(lambda item: str(item) if type(item) is int else text(item), allowed)
    read = WordLists((name, word(words)) for name, words in items.items())
    if not all(read.values()):
        raise ValueError(allowed)
    return read


def topic_names(value: object) -> tuple[str | int, ...]:
    """Names or numbers of topics, in a list; one is a list of one."""
    allowed = "all, or a list of names or numbers of topics"
    number_or_name = either(allowed, integer(minimum=0), text)
    items = value if isinstance(value, list | tuple) else [value]
    found: tuple[str | int, ...] = list_of(number_or_name, allowed)(items)
    return found


def _compiled(value: object) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(text(value))
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"a regular expression that compiles ({error})") from None
