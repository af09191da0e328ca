"""Decorrelated topics: an M-step that takes from each topic some of the words that other topics have too.

    maximise  F - tau sum_{s<t} sum_w Phi_sw Phi_tw,    tau = delta N / K^2

(Vorontsov and Potapenko 2014; here tau does not depend on the size of the corpus.) Its M-step is

    Phi_tw  proportional to  (S_wt - tau Phi_tw sum_{s != t} Phi_sw)_+ + eta

with Phi on the right from the same S, without the correction. This is one step towards a maximum, not the
maximum: the bound may fall, and so may the objective.

Topics of about N / K tokens lose a word wholly if the others together have more than K / delta of it: with
delta = 40 and K = 50, words of more than 2.5% of each topic. So common words are what is taken.

Background topics are not corrected, but they are in the sums of the others: words that a background topic
has are taken from all other topics. If these sums left them out, it would be chance whether a background
topic or another one collects the common words. (Five topics and a background topic, 35% of the tokens are
twenty stop words, delta = 40, six runs: each of the five has at most 2% to 3% of these words, and without
the background topic in the sums one of the five has 25% to 86%.)

Held-out perplexity, npmi and diversity at K = 20, mean of three seeds, by delta:

                                        0                  20                 40
    20 Newsgroups                 2689 .228 .740     2688 .241 .771     2690 .253 .793
    State of the Union            1953 .192 .595     1954 .198 .620     1956 .209 .655
    posts on politics             1001 .170 .697     1000 .176 .732     1002 .183 .761
    Linux documentation           1337 .276 .685     1335 .281 .703     1337 .286 .719
    reviews of films              3773 .101 .615     3774 .103 .643     3772 .104 .661
    20 Newsgroups, cut to 25       523 .077 .606      528 .068 .687      547 -.011 .779
    sentences on films            1977 -.069 .716    1955 -.094 .752    1976 -.132 .782

So it is an option, not the default: topics of short documents can become less coherent.

20 Newsgroups without a list of stop words, K = 50, start .8, by delta and background topics; stop words are a
share of the first ten words of the other topics (three seeds, two with three background topics):

                            0, 0    40, 0    40, 1    50, 1    40, 3
    perplexity              1123     1132     1129     1131     1133
    npmi of other topics    .154     .246     .240     .251     .258
    stop words               47%      22%      20%      20%      17%

A row of S is enough for its correction, but the sum over all terms is not known during a pass. So the share
of its tokens that a topic keeps is computed once a pass, and taken for constant until the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arrays import Float, Float32, Float64

# Rows are corrected in blocks of about this many numbers of float64, so that they stay in the cache.
_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Decorrelation:
    """The correction of a training; strength : (K,), tau, or 0 for a background topic."""

    strength: Float64

    def corrected(self, sstats: Float, eta: float) -> Iterator[tuple[slice, Float64]]:
        """Yield rows of the corrected counts, in blocks: which, and (n, K) without eta.

        sstats : (V, K); negative counts are 0
        """
        n_terms, n_topics = sstats.shape
        normaliser = inverse(sstats.sum(axis=0, dtype=np.float64) + n_terms * eta)
        step = max(1, _BLOCK // n_topics)
        for first in range(0, n_terms, step):
            rows = slice(first, first + step)
            counts = np.maximum(sstats[rows], 0, dtype=np.float64)
            phi = (counts + eta) * normaliser
            lost = self.strength * phi * (phi.sum(axis=1, keepdims=True) - phi)
            yield rows, np.maximum(counts - lost, 0)

    def kept(self, sstats: Float, eta: float) -> Float64:
        """(K,): the share of its tokens that each topic keeps, from 0 to 1; sstats : (V, K)."""
        before = sstats.sum(axis=0, dtype=np.float64)
        after = sum((rows.sum(axis=0) for _, rows in self.corrected(sstats, eta)), np.zeros_like(before))
        kept: Float64 = np.divide(after, before, out=np.ones_like(before), where=before > 0)
        return kept.clip(0, 1)

    def terms(self, sstats: Float64, eta: float) -> tuple[float, float, float]:
        """What the objective has of the corrected Phi, in nats, by one M-step of sstats, (V, K).

        Returns sum_wt S_wt log Phi_tw, eta sum_wt log Phi_tw, and tau sum_{s<t} sum_w Phi_sw Phi_tw
        without the pairs of background topics.
        """
        totals = sum((rows.sum(axis=0) for _, rows in self.corrected(sstats, eta)), np.zeros(sstats.shape[1]))
        totals += len(sstats) * eta
        words = logs = overlap = 0.0
        for rows, counts in self.corrected(sstats, eta):
            phi = (counts + eta) / totals
            log_phi = np.log(phi)
            words += float((sstats[rows] * log_phi).sum())
            logs += float(log_phi.sum())
            overlap += _overlap(phi) - _overlap(phi[:, self.strength == 0])
        return words, eta * logs, float(self.strength.max()) * overlap


def decorrelation(delta: float, n_topics: int, n_background: int, n_tokens: float) -> Decorrelation | None:
    """Return the correction of strength delta, which is free of scale; None if there is nothing to correct.

    n_background : so many of the last topics are left as they are
    n_tokens : N, of the training corpus
    """
    if not delta:
        return None
    is_corrected = np.arange(n_topics) < n_topics - n_background
    return Decorrelation(np.where(is_corrected, delta * n_tokens / n_topics**2, 0.0))


def inverse(totals: Float64) -> Float64:
    """1 / totals, and 0 for a topic without tokens."""
    found: Float64 = np.divide(1, totals, out=np.zeros_like(totals), where=totals > 0)
    return found


def _overlap(phi: Float64) -> float:
    """Sum over pairs of topics and over the rows: Phi_ws Phi_wt; phi : (n, K)."""
    return float((phi.sum(axis=1) ** 2).sum() - (phi**2).sum()) / 2


def begin_background(start: Float32, occurrences: Float64, n_background: int) -> None:
    """Begin the last `n_background` topics of a random start as the unigrams of the corpus, in place.

    start : (V, K), as of `initial_sstats`; occurrences : (V,) of each term

    A tenth of the random numbers stays, so that several background topics differ.
    """
    if n_background:
        unigrams = (occurrences / start.shape[1]).astype(np.float32)[:, None]
        own = start[:, -n_background:]
        own[:] = np.float32(0.9) * unigrams + np.float32(0.1) * own
