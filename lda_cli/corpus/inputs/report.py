"""Files and lines that were skipped or replaced, repeated ids, and when a problem is an error."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...config.complaints import shortened
from ...errors import CorpusError, in_words
from ..formats.records import InputError

_SLOTS = 1 << 20  # hashes of 8 bytes
_EMPTY = -1  # Python's hash of no text
_NAMES_KEPT = 20
_CHARACTERS = 1000  # of a name or a reason, at most


@dataclass
class Report:
    """How much was skipped or replaced, and the first 20 of each as "name: reason".

    repeated : ids that an earlier document has
    left_out : number of files of each kind that a folder has and that are not read, by its noun
    """

    n_skipped: int = 0
    n_replaced: int = 0
    n_repeated: int = 0
    skipped: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.n_skipped or self.n_replaced or self.n_repeated or self.left_out)

    def skip(self, where: str, reason: str) -> None:
        """Note that a file or a line was left out."""
        self.n_skipped += 1
        if len(self.skipped) < _NAMES_KEPT:
            self.skipped.append(_line(where, reason))

    def replace(self, where: str, reason: str) -> None:
        """Note that bytes of a file or a line became U+FFFD."""
        self.n_replaced += 1
        if len(self.replaced) < _NAMES_KEPT:
            self.replaced.append(_line(where, reason))

    def repeat(self, names: Sequence[str]) -> None:
        """Note documents that have the id of an earlier one."""
        self.n_repeated += len(names)
        kept = names[: _NAMES_KEPT - len(self.repeated)]
        self.repeated += [shortened(name, _CHARACTERS) for name in kept]

    def leave_out(self, kind: str, n_files: int = 1) -> None:
        """Note files of a kind that is not read."""
        self.left_out[kind] = self.left_out.get(kind, 0) + n_files

    @property
    def left_out_in_words(self) -> str:
        """Return the kinds with their numbers, the most frequent first."""
        found = sorted(self.left_out.items(), key=lambda each: (-each[1], each[0]))
        return ", ".join(f"{n_files:,} {_plural(kind) if n_files > 1 else kind}" for kind, n_files in found)

    def add(self, later: "Report | None") -> None:
        """Add a later report to this one."""
        if later is None:
            return
        self.n_skipped += later.n_skipped
        self.n_replaced += later.n_replaced
        self.n_repeated += later.n_repeated
        self.skipped += later.skipped[: _NAMES_KEPT - len(self.skipped)]
        self.replaced += later.replaced[: _NAMES_KEPT - len(self.replaced)]
        self.repeated += later.repeated[: _NAMES_KEPT - len(self.repeated)]
        for kind, n_files in later.left_out.items():
            self.leave_out(kind, n_files)

    def take(self) -> "Report | None":
        """Return a copy, or None if there is nothing to report, and reset this report."""
        if self.is_empty:
            return None
        taken = replace(self)
        vars(self).update(vars(Report()))
        return taken

    def skip_or_raise(self, on_error: str, where: str, reason: str, remedy: str | None = None) -> None:
        """Note a skip if on_error is "skip"; otherwise raise a CorpusError that ends with the remedy."""
        if on_error != "skip":
            instead = remedy or "set corpus.on_error to skip to leave it out"
            raise CorpusError(f"{_line(where, reason)}; {instead}")
        self.skip(where, reason)

    def refuse(self, on_error: str, where: str, error: InputError | OSError) -> None:
        """Skip or raise, as `skip_or_raise` does, for an error that was caught."""
        if isinstance(error, InputError):
            where = where if error.place is None else f"{where}:{error.place}"
            self.skip_or_raise(on_error, where, error.reason, error.remedy)
        else:
            self.skip_or_raise(on_error, where, in_words(error))


class SeenIds:
    """Finds repeated ids, by their hashes of 64 bits, in memory of a fixed size.

    All ids of one call are compared with each other, and with about a million of earlier calls.
    """

    def __init__(self) -> None:
        self._hashes = np.full(_SLOTS, _EMPTY, np.int64)  # each at the index of its last bits

    def repeated(self, ids: Sequence[str]) -> list[str]:
        """Return the ids that came before, in this call or an earlier one, in their order."""
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        slots = hashes & (_SLOTS - 1)
        is_repeated = self._hashes[slots] == hashes
        is_first = np.zeros(len(ids), bool)
        is_first[np.unique(hashes, return_index=True)[1]] = True
        self._hashes[slots] = hashes
        return [ids[place] for place in np.flatnonzero(is_repeated | ~is_first).tolist()]


def _line(where: str, reason: str) -> str:
    return f"{shortened(where, _CHARACTERS)}: {shortened(reason, _CHARACTERS)}"


def _plural(kind: str) -> str:
    noun, bracket, remark = kind.partition(" (")
    return f"{noun}s{bracket}{remark}"
