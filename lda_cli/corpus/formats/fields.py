"""How a field is found: a column of a table by its name or number, a key of a JSON object, nested or not."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from ...config import CorpusConfig
from ...config.complaints import shortened
from .records import FIX_IT, MalformedError, composed

# A cell without a value, as R, pandas and databases write it. A text that is only such a word is empty.
MISSING = frozenset(["NA", "NaN", "nan", "NULL", "null", "None", "<NA>", "\\N"])

_SHOWN = 12  # fields in a message, at most


def plain_name(name: str) -> str:
    """Return a field's name as it is compared: NFC, without a byte order mark or white space around it."""
    return composed(name).strip("\ufeff \t\r\n\xa0")


def column_names(first: Sequence[str], config: CorpusConfig) -> list[str]:
    """Return the names of a table's columns from its first record: without a header, the numbers from 1."""
    return list(map(plain_name, first)) if config.header else [str(n + 1) for n in range(len(first))]


def column(names: Sequence[str], field: str) -> int:
    """Return the index of a column among `column_names`; the first, if several have the name.

    Raises KeyError if there is none.
    """
    try:
        return names.index(plain_name(field))
    except ValueError:
        raise KeyError(field) from None


def member(value: Mapping[str, object], field: str) -> object:
    """Return the value of a key of a JSON object; `a.b` is the key b of the object that a has.

    A key that is written exactly so, with its dots, wins. Where an object may be, null has null for every
    key. Raises KeyError if there is none.
    """
    rest = field
    while rest not in value:
        first, dot, after = rest.partition(".")
        inner = value.get(first) if dot else None
        if dot and first in value and inner is None:
            return None
        if not isinstance(inner, dict):
            wanted = plain_name(rest)
            rest = next((key for key in value if plain_name(key) == wanted), rest)
            break
        value, rest = inner, after
    return value[rest]


def member_names(value: Mapping[str, object]) -> list[str]:
    """Return the fields of a JSON object: its keys, and those of the objects in it as `a.b`."""
    names: list[str] = []
    for key, inner in value.items():
        names += [f"{key}.{name}" for name in inner] if isinstance(inner, dict) and inner else [key]
    return names


def no_field(kind: str, field: str, names: Sequence[str], key: str, *, otherwise: str = "") -> NoReturn:
    """Raise a MalformedError that names the first fields there are, or the one that was probably meant.

    kind : column or key; key : of the config; otherwise : another remedy
    """
    some = ", ".join(shortened(repr(name)) for name in names[:_SHOWN]) + (", ..." if names[_SHOWN:] else "")
    wanted = plain_name(field).casefold()
    meant = next((name for name in names if wanted in _without_case(name)), None)
    reason = f"no {kind} {shortened(repr(field))}"
    if not names:
        raise MalformedError(reason, remedy=FIX_IT)
    advice = "one of them" if meant is None else shortened(repr(meant))
    raise MalformedError(f"{reason} (it has {some})", remedy=f"set corpus.{key} to {advice}{otherwise}")


def _without_case(name: str) -> tuple[str, str]:
    """Return a name, and its last part if it is nested."""
    plain = plain_name(name).casefold()
    return plain, plain.rpartition(".")[2]
