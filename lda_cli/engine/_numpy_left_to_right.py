"""The NumPy half of left_to_right.py: the twin of _left_to_right.h, with the same bits.

Documents of similar length go on together, token by token: the arrays have an axis for the documents, one for
the particles and one for the topics.
"""

import numpy as np

from .arrays import Float32, Float64, Int, Int32, Int64, UInt64
from .hashing import FIRST_PARTICLE, numbers

# Size of the running sums of the documents that go on together: they stay in the cache (L2 or L3).
BLOCK_BYTES = 1 << 22


def left_to_right(
    docs: Int64,
    indptr: Int64,
    indices: Int32,
    streams: Int64,
    phi: Float32,
    alpha: Float32,
    p: Float64,
    influence: Float64,
    n_resampled: int,
) -> None:
    """Estimate p(w_n | w_1 .. w_{n-1}) for each token of each of `docs`: algorithm 3 of Wallach et al. 2009.

    For n = 1, 2, ..., each of R particles, which are topics z_1 .. z_{n-1} of the earlier tokens, first draws
    the topics of some of them anew; then it adds to the mean p_n, and draws z_n:

        p(z_j = t | other z)  proportional to  (alpha_t + n_t) phi_tw, without token j in n_t
        p_nr  =  sum_t (alpha_t + n_t) phi_tw / (sum_t alpha_t + n - 1)

    Before token n, min(n - 1, n_resampled) of the earlier tokens are drawn anew, in turn: from where it
    stopped before token n - 1, and after the last earlier one the first again. As many tokens by chance are
    a valid choice too, but some would wait long: the bias was 1.1 to 1.7 times as large (K = 50 and 100, 60
    to 400 tokens, 4 to 16 draws).

    docs : (B,) numbers of documents, none of them empty
    indptr, indices : the terms of the tokens of D documents, in the order they are taken; rows of `phi`
    streams : (D,) the bits of uint64, the documents' streams of random numbers (hashing.py)
    phi : (V, K), alpha : (K,)
    p : (T,), out: p_n, the mean of p_nr over the particles
    influence : (D, R), out: sum_n p_nr / p_n
    """
    order = docs[np.argsort(indptr[docs] - indptr[docs + 1], kind="stable")]  # the longest first
    n_particles = influence.shape[1]
    step = max(1, BLOCK_BYTES // (8 * n_particles * len(alpha)))
    for first in range(0, len(order), step):
        some = order[first : first + step]
        lengths = indptr[some + 1] - indptr[some]
        particles = _Particles(streams[some].view(np.uint64), phi, alpha, n_particles, int(lengths[0]))
        found = np.zeros((len(some), n_particles))
        for at in range(int(lengths[0])):
            going = int(np.searchsorted(-lengths, -at))
            place = indptr[some[:going]]
            mean, ratios = particles.take(indices, place, at, n_resampled)
            p[place + at] = mean
            found[:going] += ratios
        influence[some] = found


class _Particles:
    """The particles of a block of B documents: topics z, (B, N, R), and their counts n, (B, R, K)."""

    def __init__(self, streams: UInt64, phi: Float32, alpha: Float32, n_particles: int, longest: int) -> None:
        self._phi, self._alpha = phi, alpha.astype(np.float64)
        self._all = self._alpha.cumsum()[-1]  # cumsum adds in order, as C does; sum does not
        self._streams = numbers(streams[:, None], FIRST_PARTICLE + np.arange(n_particles))
        self._n = np.zeros((len(streams), n_particles, len(alpha)))
        self._z = np.zeros((len(streams), longest, n_particles), np.int64)
        self._number = 0  # of random numbers that were drawn so far from each stream
        self._next = 0  # the token that is resampled next

    def take(self, indices: Int32, starts: Int64, at: int, n_resampled: int) -> tuple[Float64, Float64]:
        """Resample, and add token `at` of the first documents: p_n, (B,), and p_nr / p_n, (B, R)."""
        for _ in range(min(at, n_resampled)):
            place = np.full(len(starts), self._next)
            self._move(place, -1)
            self._sample(indices[starts + place], place)
            self._next = (self._next + 1) % at
        total = self._sample(indices[starts + at], np.full(len(starts), at))
        mean = total.cumsum(axis=1)[:, -1] / total.shape[1]
        with np.errstate(invalid="ignore"):  # of a term without a topic
            return mean / (self._all + at), total / mean[:, None]

    def _sample(self, terms: Int32, place: Int64) -> Float64:
        """Draw the topics of a token of each document: sum_t (alpha_t + n_t) phi_t, (B, R)."""
        phi = self._phi[terms].astype(np.float64)[:, None]
        sums = (self._n[: len(terms)] * phi + self._alpha * phi).cumsum(axis=2)
        chance = numbers(self._streams[: len(terms)], np.array([self._number])) >> np.uint64(12)
        self._number += 1
        limit = chance * 2.0**-52 * sums[:, :, -1]
        topics = (sums <= limit[:, :, None]).sum(axis=2)
        self._z[np.arange(len(terms)), place] = np.minimum(topics, len(self._alpha) - 1)
        self._move(place, 1)
        return np.asarray(sums[:, :, -1])

    def _move(self, place: Int, step: int) -> None:
        """Count the topics of a token of each document in, or out."""
        docs = np.arange(len(place))
        particles = np.arange(self._z.shape[2])
        self._n[docs[:, None], particles, self._z[docs, place]] += step
