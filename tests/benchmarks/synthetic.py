"""Synthetic documents with topics, drawn in bounded memory and without a loop over documents.

A topic is a table of words that were drawn from its distribution, so that a draw from the topic is a look-up.
What words it uses is sparse, and how often follows Zipf's law, as of topics that were learned from text.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Int = npt.NDArray[np.integer]

TABLE = 1 << 16  # words a topic; a word in one place of it has the least probability that is not zero
TOPICS_OF_A_DOCUMENT = 5  # at most
CHUNK = 5000  # documents drawn at once
ALPHA_SUM = 1.5  # about what is learned from text
POSITION_BITS = 10  # a document has fewer than 1024 tokens

# Tokens a document, and how many documents have so many: as varied as postings or abstracts are.
LENGTHS = {30: 400, 60: 500, 120: 600, 240: 350, 480: 150}


def topic_tables(n_topics: int, n_terms: int, rng: np.random.Generator) -> Int:
    """The words of each topic: (K, TABLE)."""
    frequency = 1 / (np.arange(n_terms) + 10)
    tables = np.empty((n_topics, TABLE), np.int32)
    for table in tables:
        p = frequency * rng.gamma(0.1, size=n_terms)
        table[:] = rng.choice(n_terms, TABLE, p=p / p.sum())
    return tables


def phi_of(tables: Int, n_terms: int, eta: float = 0.02) -> npt.NDArray[np.float32]:
    """Phi as if it was learned from the tables: (K, V)."""
    counts = np.stack([np.bincount(table, minlength=n_terms) for table in tables])
    return ((counts + eta) / (TABLE + n_terms * eta)).astype(np.float32)


def groups(tables: Int, n_terms: int, rng: np.random.Generator) -> list[csr_matrix]:
    """Documents of varied length, those of one length together."""
    return [
        matrix(n, n_terms, *_counted(_drawn(tables, n, length, rng), length)) for length, n in LENGTHS.items()
    ]


def documents(
    n_docs: int, n_terms: int, n_tokens: int, n_distinct: int, tables: Int, rng: np.random.Generator
) -> csr_matrix:
    """Documents that end where `n_distinct` distinct terms are complete, or after `n_tokens` tokens."""
    lengths, indices, counts = (np.empty(size, np.int32) for size in (n_docs, *[n_docs * n_distinct] * 2))
    filled = 0
    for first in range(0, n_docs, CHUNK):
        some = min(CHUNK, n_docs - first)
        found = _counted(_drawn(tables, some, n_tokens, rng), n_distinct)
        lengths[first : first + some] = found[0]
        last = filled + len(found[1])
        indices[filled:last], counts[filled:last] = found[1:]
        filled = last
    return matrix(n_docs, n_terms, lengths, indices[:filled], counts[:filled])


def matrix(n_docs: int, n_terms: int, lengths: Int, indices: Int, counts: Int) -> csr_matrix:
    """CSR of int32 without a copy; lengths : distinct terms of each document."""
    indptr = np.zeros(n_docs + 1, np.int32)
    np.cumsum(lengths, out=indptr[1:])
    return csr_matrix((counts, indices, indptr), shape=(n_docs, n_terms), copy=False)


def _drawn(tables: Int, n_docs: int, n_tokens: int, rng: np.random.Generator) -> Int:
    """The words of documents in the order they are drawn: (D, N). Some topics are more popular."""
    n_topics = len(tables)
    topics = (n_topics * rng.random((n_docs, TOPICS_OF_A_DOCUMENT)) ** 2).astype(np.int32)
    edges = rng.dirichlet(np.ones(TOPICS_OF_A_DOCUMENT), size=n_docs).cumsum(axis=1)
    u = rng.random((n_docs, n_tokens), dtype=np.float32)
    which = np.zeros((n_docs, n_tokens), np.int32)
    for edge in edges[:, :-1].T:
        which += u > edge[:, None]
    return tables[np.take_along_axis(topics, which, axis=1), rng.integers(TABLE, size=u.shape)]


def _counted(drawn: Int, n_distinct: int) -> tuple[Int, Int, Int]:
    """Distinct terms of each document, the terms in order, and how often each stands in it.

    A document ends before the first token that would be its term number n_distinct + 1.
    """
    n_tokens = drawn.shape[1]
    keys = np.sort((drawn.astype(np.uint32) << POSITION_BITS) | np.arange(n_tokens, dtype=np.uint32), axis=1)
    terms, positions = keys >> POSITION_BITS, (keys & ((1 << POSITION_BITS) - 1)).astype(np.int32)
    is_new = np.ones(keys.shape, bool)
    is_new[:, 1:] = terms[:, 1:] != terms[:, :-1]
    is_first = np.empty_like(is_new)
    np.put_along_axis(is_first, positions, is_new, axis=1)
    ends = (is_first.cumsum(axis=1, dtype=np.int32) <= n_distinct).sum(axis=1, keepdims=True)
    is_kept = positions < ends
    is_new &= is_kept
    starts = np.flatnonzero(is_new[is_kept])
    counts = np.diff(starts, append=np.count_nonzero(is_kept))
    return is_new.sum(axis=1), terms[is_new].astype(np.int32), counts.astype(np.int32)
