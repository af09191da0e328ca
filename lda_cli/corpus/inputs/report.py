"""What a run of the readers skipped, replaced or met again, and whether a problem stops it; callers tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...config.complaints import shortened
from ...errors import CorpusError

_SLOTS = 1 << 20  # hashes of 8 bytes
_EMPTY = -1  # Python's hash of no text
_NAMES_KEPT = 20
_CHARACTERS = 1000  # of a name or a reason, at most: either may be as long as the input


@dataclass
class Report:
    """What was not read as it stands: counts, and the first 20 of each as "name: reason".

    repeated : the ids of documents that came before
    """

    n_skipped: int = 0
    n_replaced: int = 0
    n_repeated: int = 0
    skipped: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.n_skipped or self.n_replaced or self.n_repeated)

    def skip(self, where: str, reason: str) -> None:
        """Note that a file or a line was left out."""
        self.n_skipped += 1
        if len(self.skipped) < _NAMES_KEPT:
            self.skipped.append(_told(where, reason))

    def replace(self, where: str, reason: str) -> None:
        """Note that bytes of a file or a line became U+FFFD."""
        self.n_replaced += 1
        if len(self.replaced) < _NAMES_KEPT:
            self.replaced.append(_told(where, reason))

    def repeat(self, names: Sequence[str]) -> None:
        """Note documents that have the id of an earlier one."""
        self.n_repeated += len(names)
        kept = names[: _NAMES_KEPT - len(self.repeated)]
        self.repeated += [shortened(name, _CHARACTERS) for name in kept]

    def add(self, later: "Report | None") -> None:
        """Take over what another report holds, behind what is here."""
        if later is None:
            return
        self.n_skipped += later.n_skipped
        self.n_replaced += later.n_replaced
        self.n_repeated += later.n_repeated
        self.skipped += later.skipped[: _NAMES_KEPT - len(self.skipped)]
        self.replaced += later.replaced[: _NAMES_KEPT - len(self.replaced)]
        self.repeated += later.repeated[: _NAMES_KEPT - len(self.repeated)]

    def take(self) -> "Report | None":
        """Return what is here, if there is anything, and start anew."""
        if self.is_empty:
            return None
        taken = replace(self)
        self.n_skipped, self.n_replaced, self.n_repeated = 0, 0, 0
        self.skipped, self.replaced, self.repeated = [], [], []
        return taken

    def skip_or_raise(self, on_error: str, where: str, reason: str, remedy: str | None = None) -> None:
        """Skip under on_error "skip", else raise a CorpusError that ends with what to do."""
        if on_error != "skip":
            instead = remedy or "set corpus.on_error to skip to leave it out"
            raise CorpusError(f"{_told(where, reason)}; {instead}")
        self.skip(where, reason)


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


def _told(where: str, reason: str) -> str:
    return f"{shortened(where, _CHARACTERS)}: {shortened(reason, _CHARACTERS)}"
