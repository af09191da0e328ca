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
FUNCTIONS = ["collapsed_step", "document_terms", "e_step", "phi_for", "put_back", "put_back of shares"]


def ones(*shape, dtype=np.float32):
    return np.ones(shape, dtype)


def call(name, given):
    """The function of that name; `put_back of shares` is `put_back` without factors of q(z)."""
    return getattr(native, name.removesuffix(" of shares"))(*given)


def arguments(name):
    """What a function is called with, as it should be."""
    docs, terms = np.array([0, 2], np.int64), np.array([5, 0, 1, 3], np.int64)
    indices, counts = np.array([0, 3, 1, 2, 3], np.int32), ones(NNZ, dtype=np.int32)
    found = [ones(D, K), ones(D, K), ones(NNZ)]
    by_term = [STARTS.copy(), np.array([0, 2, 2, 0, 2], np.int32), np.arange(NNZ, dtype=np.int32)]
    sstats, own, start, term_weights = ones(V, K, dtype=np.float64), ones(U, K), ones(V, K), ones(U, K)
    change = np.zeros(K)
    of_terms = [0, U, *by_term, terms]
    counted = [term_weights, 0.9, 1.8, own, sstats, change]
    of_shares = [ones(D, K), ones(NNZ, K), np.zeros(D), 0.9, 0.01, 3]
    return {
        "collapsed_step": [docs, INDPTR.copy(), indices, counts, term_weights, ones(K), *of_shares],
        "e_step": [docs, INDPTR.copy(), indices, counts, term_weights, ones(K), *found, 0.9, 0.01, 3],
        "document_terms": [docs, INDPTR.copy(), counts, ones(K), *found, np.zeros(D), change],
        "phi_for": [0, U, terms, sstats, own, start, 0.5, False, 0.1, ones(K), 0.9, term_weights],
        "put_back": [*of_terms, found[2], found[1], None, *counted],
        "put_back of shares": [*of_terms, None, None, ones(NNZ, K), *counted],
    }[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arrays_that_fit_are_taken(name):
    call(name, arguments(name))


def arrays_of(name):
    return [place for place, value in enumerate(arguments(name)) if isinstance(value, np.ndarray)]


# A block may have fewer documents, and a term fewer ratios.
FITTING = {("e_step", 0), ("document_terms", 0), ("put_back", 6), ("collapsed_step", 0)}


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
        call(name, given)


# function: array, a place in it of an index, and the first that lies outside
INDICES = [
    *(("e_step", 0, 0, D), ("e_step", 1, 0, NNZ + 1), ("e_step", 1, 2, NNZ + 1), ("e_step", 1, 3, NNZ + 1)),
    *(("e_step", 2, 0, U), ("e_step", 2, 4, U), ("document_terms", 0, 1, D)),
    *(("document_terms", 1, 1, NNZ + 1), ("document_terms", 1, 3, NNZ + 1)),
    *(("phi_for", 2, 0, V), ("phi_for", 2, 3, V)),
    *(("put_back", 2, 0, NNZ + 1), ("put_back", 2, 4, NNZ + 1), ("put_back", 3, 0, D)),
    *(("put_back", 4, 4, NNZ), ("put_back", 5, 2, V)),
    *(("put_back of shares", 2, 0, NNZ + 1), ("put_back of shares", 2, 4, NNZ + 1)),
    *(("put_back of shares", 4, 0, NNZ), ("put_back of shares", 4, 4, NNZ), ("put_back of shares", 5, 2, V)),
    *(("collapsed_step", 0, 0, D), ("collapsed_step", 1, 0, NNZ + 1), ("collapsed_step", 1, 2, NNZ + 1)),
    *(("collapsed_step", 1, 3, NNZ + 1), ("collapsed_step", 2, 0, U), ("collapsed_step", 2, 4, U)),
]


@pytest.mark.parametrize(("name", "place", "index", "outside"), INDICES)
@pytest.mark.parametrize("value", [-1, -(2**31), None, 7, 2**31 - 1])
def test_an_index_outside_is_refused(name, place, index, outside, value):
    given = arguments(name)
    given[place][index] = outside if value is None else value
    with pytest.raises(ValueError, match="lies outside"):
        call(name, given)


@pytest.mark.parametrize("name", ["phi_for", "put_back", "put_back of shares"])
@pytest.mark.parametrize("edges", [(-1, U), (0, U + 1), (3, 2), (2**62, 2**63 - 1), (-(2**63), 0)])
def test_a_range_of_terms_that_are_not_there_is_refused(name, edges):
    given = arguments(name)
    given[:2] = edges
    with pytest.raises(ValueError, match="lies outside"):
        call(name, given)


@pytest.mark.parametrize("left_out", [(6, 7), (6,), (7,)], ids=["both", "ratio", "weights"])
def test_factors_of_which_one_is_left_out_are_refused(left_out):
    given = arguments("put_back")
    for place in left_out:
        given[place] = None
    with pytest.raises(ValueError, match="lies outside"):
        call("put_back", given)


@pytest.mark.parametrize("name", ["put_back", "put_back of shares"])
def test_factors_that_are_left_out_are_harmless_where_there_is_no_entry(name):
    given = arguments(name)
    given[2][:] = 0
    given[6:9] = None, None, None
    call(name, given)


@pytest.mark.parametrize("factors", [(True, False), (False, True), (True, True)])
def test_factors_beside_shares_are_not_read(factors):
    expected, given = arguments("put_back of shares"), arguments("put_back of shares")
    for place, is_there in zip((6, 7), factors, strict=True):
        given[place] = np.full(1, np.nan, np.float32) if is_there else None
    assert call("put_back", given) == call("put_back", expected)
    for array, same in zip(given[-3:], expected[-3:], strict=True):
        np.testing.assert_array_equal(array, same)


def test_documents_of_shares_are_not_read():
    given = arguments("put_back of shares")
    given[3][:] = 2**31 - 1
    call("put_back", given)


@pytest.mark.parametrize("iterations", [-1, 0, 1])
def test_any_number_of_iterations_is_harmless(iterations):
    for name in ("e_step", "collapsed_step"):
        given = arguments(name)
        given[-1] = iterations
        call(name, given)


@pytest.mark.parametrize("n_topics", [1, 2, 15, 16, 17, 33])
def test_collapsed_step_writes_where_its_documents_stand(n_topics):
    indptr, indices = np.array([0, 2, 2, 3, 5], np.int64), np.array([0, 1, 1, 2, 0], np.int32)
    gamma, shares = np.full((4, n_topics), 7, np.float32), np.full((5, n_topics), 0.5, np.float32)
    terms = np.full(4, 7.0)
    native.collapsed_step(
        *(
            np.array([3, 0], np.int64),
            indptr,
            indices,
            np.ones(5, np.int32),
            ones(3, n_topics),
            ones(n_topics),
        ),
        *(gamma, shares, terms, 0.9, 0.0, 5),
    )
    assert (gamma[1:3] == 7).all()
    assert (shares[2] == 0.5).all()
    np.testing.assert_array_equal(terms != 7, [True, False, False, True])
    np.testing.assert_allclose(gamma[[0, 3]].sum(axis=1), n_topics + 2, rtol=1e-5)


@pytest.mark.parametrize("number", [0.0, -1.0, -1e30, 1e-30, 1e30, -np.inf, np.inf, np.nan])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers_that_no_training_has_are_harmless(name, number):
    """Under `make sanitize`: some have no logarithm, and no whole number as large."""
    for place in arrays_of(name):
        for whole in (True, False):
            given = arguments(name)
            if given[place].dtype.kind == "f":
                given[place].ravel()[: None if whole else 1] = number
                call(name, given)


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
    if name.startswith("put_back"):
        for place in (6, 7, 8):
            if data.draw(st.integers(0, 5)) == 0:
                given[place] = None
    with contextlib.suppress(ValueError):
        call(name, given)
