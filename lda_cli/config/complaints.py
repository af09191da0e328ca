"""Error messages for a config: one line with the place, the problem and a suggestion."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from ..errors import ConfigError, safe

_SHOWN_CHARACTERS = 60
_PROBLEM_CHARACTERS = 1000  # a wrong name or pattern may be as long as the config
_CONSTANTS = {None: "null", True: "true", False: "false"}


def complaint(place: str, problem: str) -> ConfigError:
    """Return the error for a problem at a place; its message is one line, whatever the names contain."""
    return ConfigError(safe(f"{place}: {shortened(problem, _PROBLEM_CHARACTERS)}"))


def shown(value: object) -> str:
    """Format a value for a message: as in YAML, and short."""
    if isinstance(value, Mapping):
        return "a mapping"
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    try:
        return shortened(repr(value))
    except (ValueError, RecursionError):  # Python prints no integer of more than 4300 digits
        return "a value too large to show"


def shortened(text: str, at_most: int = _SHOWN_CHARACTERS) -> str:
    """The text, or its beginning if it is too long for a message."""
    return text if len(text) <= at_most else text[: at_most - 3] + "..."


def close_to(name: str, names: Iterable[str]) -> list[str]:
    """The name that `name` is probably a misspelling of, in a list; an empty list if there is no match."""
    return difflib.get_close_matches(name, list(names), n=1)


def hint(meant: Sequence[str], otherwise: str) -> str:
    """Return "did you mean ...?"; `otherwise` if there is no guess."""
    guess = " or ".join(f'"{name}"' for name in meant)
    return f"did you mean {guess}?" if guess else otherwise
