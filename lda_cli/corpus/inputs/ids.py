"""Ids that several documents have: allowed, since nothing depends on them but the reader of the results."""

from collections.abc import Sequence

import numpy as np

_SLOTS = 1 << 20  # hashes of 8 bytes
_EMPTY = -1  # Python's hash of no text


class SeenIds:
    """Finds the ids that came before, by their hashes of 64 bits, in memory that does not grow.

    Of ids that are asked for together all are compared; of those asked for earlier, the last million or so.
    """

    def __init__(self) -> None:
        self._hashes = np.full(_SLOTS, _EMPTY, np.int64)  # each in the slot that its last bits say

    def repeated(self, ids: Sequence[str]) -> list[str]:
        """Return those of the ids that came before, here or in an earlier call, in their order."""
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        slots = hashes & (_SLOTS - 1)
        is_repeated = self._hashes[slots] == hashes
        is_first = np.zeros(len(ids), bool)
        is_first[np.unique(hashes, return_index=True)[1]] = True
        self._hashes[slots] = hashes
        return [ids[place] for place in np.flatnonzero(is_repeated | ~is_first).tolist()]
