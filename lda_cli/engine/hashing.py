"""Random numbers by counter: each is a hash of what it is for, so that no order of work can change it.

The hash is the output function of SplitMix64 (Steele, Lea, Flood 2014; its constants are Stafford's "Mix13"):
number n of a stream is mix(stream + n GOLDEN), as that generator gives it, but without those before it. The
compiled kernel has the same two lines in _left_to_right.h.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from .arrays import Int, Int32, Int64, UInt64

AnyInt = TypeVar("AnyInt", Int32, Int64)

GOLDEN = 0x9E3779B97F4A7C15

# The numbers of a document's stream: each begins a stream of its own. Particle r has FIRST_PARTICLE + r.
ORDER, FIRST_PARTICLE = 0, 1


def mix(x: UInt64) -> UInt64:
    """Hash numbers, elementwise: a bijection of uint64 in which every bit depends on every other."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def numbers(stream: UInt64, n: Int) -> UInt64:
    """Numbers n >= 0 of streams: uint64, of the shape that both have together."""
    return mix(stream + n.astype(np.uint64) * np.uint64(GOLDEN))


def streams(seed: int, keys: UInt64) -> UInt64:
    """A stream for each document: (D,). The seed is taken modulo 2^64."""
    return mix(keys + mix(np.array([seed % 2**64], np.uint64)))


def document_keys(ids: Sequence[str]) -> UInt64:
    """Hash the ids of documents: (D,) uint64, the same in every process and on every machine."""
    digests = [hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in ids]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def shuffled_tokens(indptr: Int64, indices: AnyInt, counts: Int32, of: UInt64) -> tuple[Int64, AnyInt]:
    """Put the tokens of each document in an order by chance: the numbers ORDER of its stream.

    indptr, indices, counts : CSR of D documents, sorted by term, or the order is another one
    of : (D,) streams of the documents

    Returns the first place of each document's tokens, (D + 1,), and the term of each token, (T,).
    """
    so_far = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    starts = so_far[indptr]
    docs = np.repeat(np.arange(len(of)), np.diff(starts))
    places = np.arange(starts[-1]) - starts[docs]
    chance = numbers(numbers(of, np.array([ORDER]))[docs], places)
    return starts, np.repeat(indices, counts)[np.lexsort((chance, docs))]
