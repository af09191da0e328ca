"""Measures of the coherence of topics, from the windows in which their first words are.

P(i) is the share of the windows with word i, P(i, j) of those with both; l comes before m in the order of the
topic's words. EPSILON is added to P(i, j), as everyone does. So a pair that never meets has no c_npmi of -1:
for P(i) = P(j) = .001 it is -.5. `npmi` (coherence.py) has no epsilon, and is -1 there.

Röder, Both and Hinneburg 2015 for all with c_, and u_mass in this form; Mimno and others 2011 for mimno;
Newman and others 2010 for c_uci; Aletras and Stevenson 2013 for c_npmi. Of Röder's repository, Palmetto,
issues 12, 13 and 76 say that what the paper reports of c_v cannot be reproduced: print it, decide by c_npmi.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from .arrays import Float64
from .coherence import mean_npmi
from .windows import WHOLE_DOCUMENTS, WindowCounts

EPSILON = 1e-12
HEADLINE = "c_npmi"

_PAIRS_AT_LEAST = 0.5  # of a topic: with fewer it has no coherence


class Measure(NamedTuple):
    """A measure of a topic.

    window : tokens, or WHOLE_DOCUMENTS
    definition : in words, with every number that it depends on but the number of words
    score : from P, (n, n) of n words, and the number of windows; no P(i) is 0
    """

    window: int
    definition: str
    score: Callable[[Float64, int], float]


class Coherence(NamedTuple):
    """A measure of K topics.

    values : None for a topic that has less than half of its pairs of words in the documents, or no pair
    missing : of the words of each topic, how many no window has
    """

    values: tuple[float | None, ...]
    missing: tuple[int, ...]


def coherence(name: str, counts: WindowCounts, sizes: Sequence[int], n_words: Sequence[int]) -> Coherence:
    """Return a measure of each topic. Pairs with a word that no window has are left out.

    name : of MEASURES
    counts : of windows with the words of K topics
    sizes : of those windows; the measure's is among them
    n_words : the number of words of each topic, or of its first words that are wanted: (K,)
    """
    measure = MEASURES[name]
    place = tuple(sizes).index(measure.window)
    n_windows = counts.n_documents if name == "npmi" else int(counts.n_windows[place])
    values, missing = [], []
    for together, n in zip(counts.together[place], n_words, strict=True):
        there = np.flatnonzero(together.diagonal()[:n])
        missing.append(n - len(there))
        is_enough = n > 1 and _pairs(len(there)) >= max(1, _PAIRS_AT_LEAST * _pairs(n))
        p = together[np.ix_(there, there)] / max(n_windows, 1)
        values.append(measure.score(p, n_windows) if is_enough else None)
    return Coherence(tuple(values), tuple(missing))


def _pairs(n_words: int) -> int:
    return n_words * (n_words - 1) // 2


def _above(matrix: Float64) -> Float64:
    """Return the entries (l, m), l < m."""
    above: Float64 = matrix[np.triu_indices(len(matrix), 1)]
    return above


def _pmi(p: Float64) -> Float64:
    """Return log((P(i, j) + EPSILON) / (P(i) P(j))): (n, n)."""
    alone = p.diagonal()
    pmi: Float64 = np.log((p + EPSILON) / (alone[:, None] * alone))
    return pmi


def _npmi(p: Float64) -> Float64:
    """Return PMI / -log(P(i, j) + EPSILON): (n, n); 1, the limit, where each window has both words."""
    logs = np.where(p < 1, -np.log(p + EPSILON), 1.0)
    return np.where(p < 1, _pmi(p) / logs, 1.0)


def _c_npmi(p: Float64, n_windows: int) -> float:
    return float(_above(_npmi(p)).mean())


def _c_uci(p: Float64, n_windows: int) -> float:
    return float(_above(_pmi(p)).mean())


def _c_v(p: Float64, n_windows: int) -> float:
    """Return the mean cosine of the vectors v_i = NPMI(i, .) with their sum; 0 for a vector of zeros."""
    vectors = _npmi(p)
    total = vectors.sum(axis=0)
    norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(total)
    products = vectors @ total
    return float(np.divide(products, norms, out=np.zeros_like(products), where=norms > 0).mean())


def _c_p(p: Float64, n_windows: int) -> float:
    """Return the mean of Fitelson's (a - b) / (a + b), a = P(m | l), b = P(m | not l); 0 if both are 0.

    If all windows have l, b is 0.
    """
    alone, both = p.diagonal(), _above(p)
    first, second = np.triu_indices(len(p), 1)
    with_l = both / alone[first]
    others = 1 - alone[first]
    without = np.divide(alone[second] - both, others, out=np.zeros_like(both), where=others > 0)
    sums = with_l + without
    return float(np.divide(with_l - without, sums, out=np.zeros_like(sums), where=sums > 0).mean())


def _u_mass(p: Float64, n_windows: int) -> float:
    return float(_above(np.log((p + EPSILON) / p.diagonal()[:, None])).mean())


def _mimno(p: Float64, n_windows: int) -> float:
    return float(_above(np.log((p + 1 / n_windows) / p.diagonal()[:, None])).sum())


def _mean_npmi(p: Float64, n_windows: int) -> float:
    return mean_npmi(p)


_EPSILON = f"epsilon {EPSILON:g}"

# Name: measure. Their order is that of every table.
MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        HEADLINE: Measure(10, f"mean NPMI of all pairs, windows of 10 tokens, {_EPSILON}", _c_npmi),
        "c_v": Measure(
            110, f"mean cosine of NPMI vectors with their sum, windows of 110 tokens, {_EPSILON}", _c_v
        ),
        "c_p": Measure(70, "mean Fitelson's measure of (m, l), l before m, windows of 70 tokens", _c_p),
        "c_uci": Measure(10, f"mean PMI of all pairs, windows of 10 tokens, {_EPSILON}", _c_uci),
        "u_mass": Measure(
            WHOLE_DOCUMENTS,
            f"mean log((P(m, l) + epsilon) / P(l)), l before m, documents, {_EPSILON}",
            _u_mass,
        ),
        "mimno": Measure(WHOLE_DOCUMENTS, "sum of log((D(m, l) + 1) / D(l)), l before m, documents", _mimno),
        "npmi": Measure(
            WHOLE_DOCUMENTS, "mean NPMI of all pairs, documents, -1 for a pair that never meets", _mean_npmi
        ),
    }
)
SIZES = tuple(sorted({measure.window for measure in MEASURES.values()}))
