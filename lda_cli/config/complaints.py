"""The words in which a config is refused: one line that says where, what was found and what was meant."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from ..errors import ConfigError, safe

_SHOWN_CHARACTERS = 60
_PROBLEM_CHARACTERS = 1000  # a name that YAML or a pattern has wrong may be as long as the config
_CONSTANTS = {None: "null", True: "true", False: "false"}


def complaint(place: str, problem: str) -> ConfigError:
    """The error that says what is wrong and where, on one line whatever the names and values hold."""
    return ConfigError(safe(f"{place}: {shortened(problem, _PROBLEM_CHARACTERS)}"))


def shown(value: object) -> str:
    """A value as a complaint shows it: as the user would write it, and short."""
    if isinstance(value, Mapping):
        return "a mapping"
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    try:
        return shortened(repr(value))
    except (ValueError, RecursionError):  # Python prints no integer of more than 4300 digits
        return "a value too large to show"


def shortened(text: str, at_most: int = _SHOWN_CHARACTERS) -> str:
    """The text, or its beginning when it is too long for a complaint."""
    return text if len(text) <= at_most else text[: at_most - 3] + "..."


def close_to(name: str, names: Iterable[str]) -> list[str]:
    """The one of the names that `name` is likely to be a slip of the keyboard for, or none."""
    return difflib.get_close_matches(name, list(names), n=1)


def hint(meant: Sequence[str], otherwise: str) -> str:
    """A question after what was meant; `otherwise` when there is no guess."""
    guess = " or ".join(f'"{name}"' for name in meant)
    return f"did you mean {guess}?" if guess else otherwise
