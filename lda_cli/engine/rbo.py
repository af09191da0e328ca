"""Rank-biased overlap: how alike two lists of words are, the first words counting most.

Webber, Moffat and Zobel 2010, RBO_ext, equation 32: 0 for lists without a common word, 1 for equal ones.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from .arrays import Float64, Int64

P = 0.9  # of looking at the next word; the first 10 have 86% of the weight
DEPTH = 10


def rbo(first: Sequence[Hashable], second: Sequence[Hashable], p: float = P) -> float:
    """Return RBO_ext of two lists, from 0 to 1, 0 if one is empty. Items of a list are different.

    p : above 0 and below 1
    """
    number = {item: place for place, item in enumerate(dict.fromkeys([*first, *second]))}
    lists = [np.array([number[item] for item in items], np.int64) for items in (first, second)]
    return float(rbos(lists, p)[0, 1])


def rbos(lists: Sequence[Int64], p: float = P) -> Float64:
    """Return `rbo` of every two of K lists of numbers: (K, K), symmetric.

    With X_d the common items of the first d of both, s and l the lengths of the shorter and the longer list:

        (1 - p) / p (sum_{d <= l} p^d X_d / d + sum_{s < d <= l} p^d X_s (d - s) / (s d))
            + p^l ((X_l - X_s) / l + X_s / s)
    """
    lengths = np.array([len(items) for items in lists], np.int64)
    shorter, longer = np.minimum.outer(lengths, lengths), np.maximum.outer(lengths, lengths)
    s, l = np.maximum(shorter, 1), np.maximum(longer, 1)  # noqa: E741 - as in the formula
    rows = np.repeat(np.arange(len(lists)), lengths)
    places = np.concatenate([np.zeros(0, np.int64), *map(np.arange, lengths)])
    items = np.concatenate([np.zeros(0, np.int64), *lists])
    shape = len(lists), int(items.max(initial=0)) + 1
    total = common = at_s = np.zeros(s.shape)  # `common` is X_d, `at_s` X_s or, before, X_d
    for d in range(1, int(lengths.max(initial=0)) + 1):
        first = places < d
        has = csr_matrix((np.ones(first.sum()), (rows[first], items[first])), shape)
        common = (has @ has.T).toarray()
        at_s = np.where(d <= shorter, common, at_s)
        beyond = at_s * np.maximum(d - s, 0) / s
        total = total + np.where(d <= longer, p**d * (common + beyond) / d, 0)
    # X_l is the last `common`: the longer list has no further items
    found: Float64 = (1 - p) / p * total + p**l * ((common - at_s) / l + at_s / s)
    return np.where(shorter > 0, found, 0.0)
