"""The compiled kernel at its door: arrays that do not fit, and indices that lie outside, are refused.

`make sanitize` runs this with a kernel that stops at the first byte it reads or writes elsewhere.
"""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

native = pytest.importorskip("lda_cli.engine._native")

pytestmark = pytest.mark.once

# D documents with `nnz` entries of U terms, V in all, K topics
D, NNZ, U, V, K = 3, 5, 4, 6, 2
INDPTR = np.array([0, 2, 2, 5], np.int64)
STARTS = np.array([0, 1, 3, 3, 5], np.int64)
FUNCTIONS = ["document_terms", "e_step", "phi_for", "put_back"]


def ones(*shape, dtype=np.float32):
    return np.ones(shape, dtype)


def arguments(name):
    """What a function is called with, as it should be."""
    docs, terms = np.array([0, 2], np.int64), np.array([5, 0, 1, 3], np.int64)
    indices, counts = np.array([0, 3, 1, 2, 3], np.int32), ones(NNZ, dtype=np.int32)
    found = [ones(D, K), ones(D, K), ones(NNZ)]
    by_term = [STARTS.copy(), np.array([0, 2, 2, 0, 2], np.int32), np.arange(NNZ, dtype=np.int32)]
    sstats, own, start, term_weights = ones(V, K, dtype=np.float64), ones(U, K), ones(V, K), ones(U, K)
    change = np.zeros(K)
    return {
        "e_step": [docs, INDPTR.copy(), indices, counts, term_weights, ones(K), *found, 0.9, 0.01, 3],
        "document_terms": [docs, INDPTR.copy(), counts, ones(K), *found, np.zeros(D), change],
        "phi_for": [0, U, terms, sstats, own, start, 0.5, False, 0.1, ones(K), 0.9, term_weights],
        "put_back": [0, U, *by_term, terms, found[2], found[1], term_weights, 0.9, 1.8, own, sstats, change],
    }[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arrays_that_fit_are_taken(name):
    getattr(native, name)(*arguments(name))


def arrays_of(name):
    return [place for place, value in enumerate(arguments(name)) if isinstance(value, np.ndarray)]


# A block may have fewer documents, and a term fewer ratios.
FITTING = {("e_step", 0), ("document_terms", 0), ("put_back", 6)}


SIZES = ["shorter", "longer", "empty"]
MISFITS = [
    (name, place, change)
    for name in FUNCTIONS
    for place in arrays_of(name)
    for change in [*SIZES, "a byte too few", "not where it should be"]
    if change not in SIZES or (name, place) not in FITTING
]


@pytest.mark.parametrize(("name", "place", "change"), MISFITS)
def test_an_array_of_another_size_or_place_is_refused(name, place, change):
    given = arguments(name)
    flat = given[place].ravel()
    data = np.append(flat.view(np.uint8), np.zeros(flat.itemsize + 1, np.uint8))
    given[place] = {
        "shorter": flat[:-1],
        "longer": np.append(flat, flat[:1]),
        "empty": flat[:0],
        "a byte too few": flat.view(np.uint8)[:-1],
        "not where it should be": data[1 : flat.nbytes + 1],
    }[change]
    with pytest.raises(ValueError, match="do not fit"):
        getattr(native, name)(*given)


# function: array, a place in it of an index, and the first that lies outside
INDICES = [
    *(("e_step", 0, 0, D), ("e_step", 1, 0, NNZ + 1), ("e_step", 1, 2, NNZ + 1), ("e_step", 1, 3, NNZ + 1)),
    *(("e_step", 2, 0, U), ("e_step", 2, 4, U), ("document_terms", 0, 1, D)),
    *(("document_terms", 1, 1, NNZ + 1), ("document_terms", 1, 3, NNZ + 1)),
    *(("phi_for", 2, 0, V), ("phi_for", 2, 3, V)),
    *(("put_back", 2, 0, NNZ + 1), ("put_back", 2, 4, NNZ + 1), ("put_back", 3, 0, D)),
    *(("put_back", 4, 4, NNZ), ("put_back", 5, 2, V)),
]


@pytest.mark.parametrize(("name", "place", "index", "outside"), INDICES)
@pytest.mark.parametrize("value", [-1, -(2**31), None, 7, 2**31 - 1])
def test_an_index_outside_is_refused(name, place, index, outside, value):
    given = arguments(name)
    given[place][index] = outside if value is None else value
    with pytest.raises(ValueError, match="lies outside"):
        getattr(native, name)(*given)


@pytest.mark.parametrize("name", ["phi_for", "put_back"])
@pytest.mark.parametrize("edges", [(-1, U), (0, U + 1), (3, 2), (2**62, 2**63 - 1), (-(2**63), 0)])
def test_a_range_of_terms_that_are_not_there_is_refused(name, edges):
    given = arguments(name)
    given[:2] = edges
    with pytest.raises(ValueError, match="lies outside"):
        getattr(native, name)(*given)


@pytest.mark.parametrize("number", [0.0, -1.0, -1e30, 1e-30, 1e30, -np.inf, np.inf, np.nan])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers_that_no_training_has_are_harmless(name, number):
    """Under `make sanitize`: some have no logarithm, and no whole number as large."""
    for place in arrays_of(name):
        for whole in (True, False):
            given = arguments(name)
            if given[place].dtype.kind == "f":
                given[place].ravel()[: None if whole else 1] = number
                getattr(native, name)(*given)


integers = st.integers(-2, 8) | st.sampled_from([2**31 - 1, -(2**31), 2**62, -(2**63)])


@given(st.sampled_from(FUNCTIONS), st.data())
def test_any_arrays_are_taken_or_refused(name, data):
    given = arguments(name)
    for place in arrays_of(name):
        size = given[place].size + data.draw(st.sampled_from([0, 0, 0, 0, -1, 1, 2]))
        array = np.resize(given[place].ravel(), max(size, 0))
        if array.dtype.kind == "i":
            for _ in range(data.draw(st.integers(0, 1)) if array.size else 0):
                index = data.draw(st.integers(0, array.size - 1))
                limits = np.iinfo(array.dtype)
                array[index] = np.clip(data.draw(integers), limits.min, limits.max)
        elif array.size:
            number = data.draw(st.sampled_from([1.0, 0.0, -1.0, 1e-30, 1e30, np.inf, np.nan]))
            array[data.draw(st.integers(0, array.size - 1))] = number
        given[place] = array
    if isinstance(given[0], int):
        given[:2] = data.draw(integers), data.draw(integers)
    with contextlib.suppress(ValueError):
        getattr(native, name)(*given)
