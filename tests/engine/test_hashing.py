"""Random numbers by counter: those of SplitMix64, and an order of tokens that depends on nothing else."""

import numpy as np
import pytest

from lda_cli.engine.hashing import document_keys, numbers, shuffled_tokens, streams

pytestmark = pytest.mark.once


def test_numbers_are_those_of_splitmix64():
    # the first five of the generator with seed 1234567, as its author's C code prints them
    found = numbers(np.array([1234567], np.uint64), np.arange(1, 6))
    assert found.tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_each_document_has_its_own_stream():
    keys = np.arange(1000, dtype=np.uint64)
    found = np.concatenate([streams(seed, keys) for seed in (0, 1, 2**64 - 1)])
    assert len(np.unique(found)) == 3000


def test_key_of_a_document_is_the_same_everywhere():
    ids = ["a.txt", "", "ü/\udcff.txt", "a.txt"]
    found = document_keys(ids)
    assert found.tolist()[:2] == [15391553388684250825, 13020603013274838756]
    assert found[0] == found[3] != found[2]
    assert document_keys([]).shape == (0,)


def test_tokens_are_put_in_order_by_chance_and_none_is_lost():
    indptr, indices, counts = (
        np.array([0, 2, 2, 3]),
        np.array([4, 9, 1], np.int32),
        np.array([3, 2, 4], np.int32),
    )
    seen = set()
    for seed in range(200):
        starts, found = shuffled_tokens(indptr, indices, counts, streams(seed, np.arange(3, dtype=np.uint64)))
        assert starts.tolist() == [0, 5, 5, 9]
        assert sorted(found[:5].tolist()) == [4, 4, 4, 9, 9]
        assert found[5:].tolist() == [1] * 4
        seen.add(tuple(found[:5].tolist()))
    assert len(seen) == 10  # 5! / (3! 2!) orders


def test_every_place_is_as_likely_for_every_token():
    n = 20_000
    indptr, counts = np.arange(n + 1) * 4, np.ones(4 * n, np.int32)
    indices = np.tile(np.arange(4, dtype=np.int32), n)
    _, found = shuffled_tokens(indptr, indices, counts, streams(1, np.arange(n, dtype=np.uint64)))
    often = np.array([np.bincount(column, minlength=4) for column in found.reshape(n, 4).T])
    assert (np.abs(often - n / 4) < 4.5 * np.sqrt(n * 3 / 16)).all()
