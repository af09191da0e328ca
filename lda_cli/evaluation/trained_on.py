"""Whether a model was trained on a document, by what it keeps of the training documents: ids, tokens, theta.

The same words give the same theta, to the last digits. Two names of the same file, as of `letters/` and of
`letters/1812/`, have the same end.
"""

from collections.abc import Sequence

import numpy as np

from ..engine.arrays import Float64, Int64
from ..model.model import Model

_THETA = 1e-5  # theta is kept in float32
_AT_A_TIME = 1 << 16  # pairs of documents whose theta is compared


class TrainedOn:
    """Knows training documents by their tokens, and by their largest share of a topic."""

    def __init__(self, model: Model) -> None:
        """Read what the model keeps; `is_unknown` for one that keeps no documents, as an imported one."""
        self.n_copies = 0  # of training documents that have another name
        self._documents = model.documents
        self.is_unknown = not model.documents
        if model.documents:
            largest = [theta.max(axis=1) for _, theta in model.documents.blocks()]
            self._keys = _keys(model.documents.lengths.astype(np.int64), np.concatenate(largest))
            self._order = np.argsort(self._keys, kind="stable")
            self._keys = self._keys[self._order]

    def first(self, ids: Sequence[str], n_tokens: Int64, theta: Float64) -> str | None:
        """Return the first id of which the model knows the document, and count those of another name.

        n_tokens : (D,); theta : (D, K)
        """
        if not self._documents or not len(ids):
            return None
        keys = _keys(n_tokens, theta.max(axis=1))
        begins, ends = (np.searchsorted(self._keys, keys + side) for side in (-_THETA, _THETA))
        ends[n_tokens == 0] = begins[n_tokens == 0]  # all documents without words are alike
        pairs = np.repeat(np.arange(len(ids)), ends - begins)
        firsts = np.repeat(np.append(0, np.cumsum(ends - begins))[:-1] - begins, ends - begins)
        training = self._order[np.arange(len(pairs)) - firsts]
        is_equal = np.zeros(len(pairs), bool)
        known = self._documents.theta
        for first in range(0, len(pairs), _AT_A_TIME):
            here = slice(first, first + _AT_A_TIME)
            is_equal[here] = (np.abs(known[training[here]] - theta[pairs[here]]) < _THETA).all(axis=1)
        names = self._documents.ids_of(training[is_equal].tolist())
        equal: list[tuple[int, int]] = list(
            zip(pairs[is_equal].tolist(), training[is_equal].tolist(), strict=True)
        )
        for own, other in equal:
            if _end(ids[own]) == _end(names[other]):
                return str(ids[own])
        self.n_copies += len({own for own, _ in equal})
        return None


def _keys(n_tokens: Int64, largest: np.ndarray[tuple[int], np.dtype[np.floating]]) -> Float64:
    """Return one number of a number of tokens and a share: (D,)."""
    return 2.0 * n_tokens + largest


def _end(name: str) -> str:
    return name.rpartition("/")[2]
