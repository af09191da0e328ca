"""npmi: how often the first words of a topic are in the same documents, compared with chance.

For two words, with p the share of the documents that contain them,

    npmi_ij = log(p_ij / (p_i p_j)) / -log p_ij

is 1 for words that are always together, 0 for chance and -1 for words that are never together (Bouma 2009).
The npmi of a topic is the mean over the pairs of its first words (Aletras and Stevenson 2013), here in the
training documents. Documents are counted with bits, one for each document and word.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np

from .arrays import Bools, Float, Float32, Float64, Int64, UInt8
from .estep import Documents

WORDS = 10
DEFINITION = f"npmi over documents, {WORDS} words"

_CELLS_AT_A_TIME = 1 << 24  # documents times words, a byte each before they are packed
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)


def first_words(row: Float, n_words: int = WORDS) -> Int64:
    """Return the columns of the largest numbers of a row, the largest first; equal numbers in column order.

    row : (V,), one topic of Phi
    """
    n_words = min(n_words, len(row))
    # of many topics each has few words, and partition is slow with the many equal numbers of the others
    above = row[row > row.min()]
    among = above if len(above) >= n_words else row
    least = np.partition(among, len(among) - n_words)[len(among) - n_words]
    likely = np.flatnonzero(row >= least)
    found: Int64 = likely[np.argsort(-row[likely], kind="stable")][:n_words]
    return found


def words_of_topics(phi: Float32, is_dead: Bools, n_words: int = WORDS) -> list[Int64]:
    """Return the columns of the first words of each topic, of p above 0; none for a dead topic.

    phi : (K, V); is_dead : (K,), topics without tokens
    """
    found = (first_words(row, n_words) for row in phi)
    return [words[(row[words] > 0) & ~gone] for row, words, gone in zip(phi, found, is_dead, strict=True)]


def npmi(words: Sequence[Int64], parts: Iterable[tuple[Documents, Int64]]) -> list[float | None]:
    """Return the npmi of each topic; None for a topic of fewer than two words.

    words : K arrays, the terms of each topic
    parts : documents, none of them empty, with the term of each of their columns, (U,)
    """
    terms, places = np.unique(np.concatenate(words), return_inverse=True)
    if not len(terms):
        return [None] * len(words)
    of_topics = np.split(places.ravel(), np.cumsum([len(some) for some in words])[:-1])
    counts = [np.zeros((len(some), len(some)), np.int64) for some in words]
    n_documents = 0
    for docs, columns in parts:
        n_documents += docs.n_documents
        for bits in _presence(docs, columns, terms):
            for count, some in zip(counts, of_topics, strict=True):
                np.add(count, _meetings(bits[some]), out=count)
    return [mean_npmi(count / n_documents) if len(count) > 1 else None for count in counts]


def _presence(docs: Documents, columns: Int64, terms: Int64) -> Iterator[UInt8]:
    """Yield which of the next n documents contain each term: (T, n / 8), a bit for each document.

    terms : (T,), in increasing order
    """
    found = np.searchsorted(terms, columns)
    found[terms.take(found, mode="clip") != columns] = -1
    place = found.astype(np.int32)[docs.indices]
    is_ours = place >= 0
    lengths = np.diff(docs.indptr)
    rows = np.repeat(np.arange(docs.n_documents, dtype=np.int32), lengths)[is_ours]
    place = place[is_ours]
    step = max(1, _CELLS_AT_A_TIME // len(terms))
    for first in range(0, docs.n_documents, step):
        begin, end = np.searchsorted(rows, [first, first + step])
        holds = np.zeros((len(terms), min(step, docs.n_documents - first)), np.bool_)
        holds[place[begin:end], rows[begin:end] - first] = True
        yield np.packbits(holds, axis=1)


def _meetings(bits: UInt8) -> Int64:
    """Count the documents that contain both of two words: (n, n), for i <= j."""
    one, other = _pairs(len(bits))
    count = np.zeros((len(bits), len(bits)), np.int64)
    count[one, other] = _BITS[bits[one] & bits[other]].sum(axis=1, dtype=np.int64)
    return count


@cache
def _pairs(n_words: int) -> tuple[Int64, Int64]:
    """Return i and j of all i <= j. Cached, because each topic needs them for each part of the documents."""
    return np.triu_indices(n_words)


def mean_npmi(p: Float64) -> float:
    """Return the mean npmi over the pairs i < j; p : (n, n), p_ij above and p_i on the diagonal."""
    one, other = np.triu_indices(len(p), 1)
    both, alone = p[one, other], p.diagonal()
    scores = np.where(both == 1, 1.0, -1.0)
    some = np.flatnonzero((both > 0) & (both < 1))
    both, chance = both[some], (alone[one] * alone[other])[some]
    scores[some] = np.log(both / chance) / -np.log(both)
    return float(scores.mean())
