"""The numbers of topics to try, as the user writes them: a list, or two ends."""

import re

import numpy as np

from ..errors import ConfigError

LEAST = 2  # topics
_POINTS = 10  # of a grid of which only the ends are given
_MOST = 1000  # numbers in a list


def parsed(text: str) -> tuple[int, ...]:
    """Return the numbers of `10,20,40`, or of `5:100`: about ten in equal ratios, both ends among them.

    They are sorted, and each is there once. Raises ConfigError.
    """
    if match := re.fullmatch(r"\s*(\d{1,6})\s*:\s*(\d{1,6})\s*", text):
        least, most = map(int, match.groups())
        if LEAST <= least < most:
            ratios = np.geomspace(least, most, min(_POINTS, most - least + 1))
            return tuple(sorted({round(each) for each in ratios.tolist()}))
    elif re.fullmatch(r"\s*\d{1,6}(\s*,\s*\d{1,6})*\s*", text):
        found = tuple(sorted(set(map(int, text.split(",")))))
        if found[0] >= LEAST and len(found) <= _MOST:
            return found
    raise ConfigError(
        f"--topics: must be numbers from {LEAST} on, such as 10,20,40, or two ends, such as 5:100, "
        f"not {text!r}"
    )
