"""Shares as text, millions at a time, with the same digits as Python's `repr(round(share, 6))`."""

from collections.abc import Sequence

import numpy as np

from ..engine.arrays import Float32, UInt8
from ..errors import ModelError
from ..table_text import DECIMALS

_SCALE = 10**DECIMALS
_LONGEST = DECIMALS + 2  # characters of a share, as in 0.123457: eight
_NUMBERS_AT_A_TIME = 1 << 17  # so that their text stays in the cache


class ShareDigits:
    """Writes rows of K shares. The text of each of the million possible numbers is made once."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        """Take what comes before each of the K shares, such as a comma."""
        self._prefixes = _padded([prefix.encode() for prefix in prefixes])
        self._texts = np.zeros((_SCALE + 1, _LONGEST), np.uint8)
        self._is_made = np.zeros(_SCALE + 1, bool)

    def rows(self, shares: Float32) -> list[str]:
        """Return the text of each row; shares : (n, K). Raises ModelError for a number that is no share."""
        step = max(1, _NUMBERS_AT_A_TIME // max(1, shares.shape[1]))
        return [
            text for first in range(0, len(shares), step) for text in self._rows(shares[first : first + step])
        ]

    def _rows(self, shares: Float32) -> list[str]:
        # exact in float64, since 10^6 is 2^6 times a number of 14 bits; so half to even is as in `round`
        scaled = np.rint(shares.astype(np.float64) * _SCALE)
        if not np.all((scaled >= 0) & (scaled <= _SCALE)):
            raise ModelError("theta.npy: has numbers outside 0 to 1; train the model again")
        numbers = scaled.astype(np.int32)
        self._make(numbers)
        n_rows, n_topics = numbers.shape
        before, end = self._prefixes.shape[1], self._prefixes.shape[1] + _LONGEST
        cells = np.empty((n_rows, n_topics * end + 1), np.uint8)
        by_topic = cells[:, :-1].reshape(n_rows, n_topics, end)
        by_topic[:, :, :before] = self._prefixes
        # eight bytes as one number, which is gathered four times as fast
        texts = self._texts.view(np.uint64)[:, 0][numbers]
        by_topic[:, :, before:] = texts.view(np.uint8).reshape(n_rows, n_topics, _LONGEST)
        cells[:, -1] = ord("\n")
        return cells.tobytes().translate(None, b"\0").decode().split("\n")[:-1]

    def _make(self, numbers: np.ndarray) -> None:
        """Make the texts of the numbers that have none yet."""
        is_wanted = np.zeros(_SCALE + 1, bool)
        is_wanted[numbers] = True
        new = np.flatnonzero(is_wanted & ~self._is_made)
        if len(new):
            texts = np.array([repr(number / _SCALE) for number in new.tolist()], f"S{_LONGEST}")
            self._texts[new] = texts.view(np.uint8).reshape(len(new), _LONGEST)
            self._is_made[new] = True


def _padded(texts: Sequence[bytes]) -> UInt8:
    """Return texts as rows of bytes, with zeros at their ends."""
    longest = max(1, *map(len, texts))
    rows: UInt8 = np.array(texts, f"S{longest}").view(np.uint8).reshape(len(texts), longest)
    return rows
