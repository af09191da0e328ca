"""The compiled kernel refuses arrays that do not fit and indices that are outside, and names the array.

`make sanitize` runs this with a kernel that stops at the first byte it reads or writes elsewhere.
"""

import array
import contextlib
import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.engine import _numpy

native = pytest.importorskip("lda_cli.engine._native")

pytestmark = pytest.mark.once

# D documents with `nnz` entries of U terms, V in all, K topics, A rows of alpha
D, NNZ, U, V, K, A = 3, 5, 4, 6, 2, 3
INDPTR = np.array([0, 2, 2, 5], np.int64)
STARTS = np.array([0, 1, 3, 3, 5], np.int64)

# The sizes of each array, by the letters that _numpy.py has for them: B documents of a block, N entries,
# A rows of alpha
OF_DOCUMENTS = {
    **{"docs": "B", "indptr": "D", "indices": "N", "counts": "N", "term_weights": "UK"},
    **{"alpha": "AK", "alpha_rows": "B"},
}
LIVE = {"live_starts": "D", "live_topics": "L", "live_weights": "L"}
OF_TERMS = {"term_weights": "UK", "contribution": "UK", "sstats": "VK", "change": "K"}
BY_TERM = {"starts": "U", "docs": "N", "places": "N", "terms": "U"}
SIZES = {
    "collapsed_step": OF_DOCUMENTS | {"gamma": "DK", "shares": "NK", "terms": "D"},
    "document_terms": {
        **{"docs": "B", "indptr": "D", "counts": "N", "alpha": "AK", "alpha_rows": "B"},
        **{"gamma": "DK", "weights": "DK", "ratio": "N", "terms": "D", "log_theta": "AK"},
    },
    "e_step": OF_DOCUMENTS | {"gamma": "DK", "weights": "DK", "ratio": "N"},
    "left_to_right": {
        **{"docs": "B", "indptr": "D", "indices": "N", "streams": "D", "phi": "UK", "alpha": "K"},
        **{"p": "N", "influence": "DR"},
    },
    "minibatch_phi": {
        **{"terms": "U", "sstats": "VK", "contribution": "UK", "start": "VK", "scale": "K"},
        **{"normaliser": "K", "strength": "K", "term_weights": "UK"},
    },
    "update_sstats": BY_TERM | {"ratio": "R", "weights": "DK"} | OF_TERMS,
    "update_sstats of shares": BY_TERM | {"shares": "SK"} | OF_TERMS,
    "update_sstats of live weights": BY_TERM | {"ratio": "R"} | LIVE | OF_TERMS,
}
FUNCTIONS = list(SIZES)


def ones(*shape, dtype=np.float32):
    return np.ones(shape, dtype)


def call(name, given):
    """The function of that name; `update_sstats of shares` is `update_sstats` without factors of q(z)."""
    return getattr(native, name.split()[0])(*given)


def arguments(name):
    """What a function is called with, as it should be."""
    docs, terms = np.array([0, 2], np.int64), np.array([5, 0, 1, 3], np.int64)
    indices, counts = np.array([0, 3, 1, 2, 3], np.int32), ones(NNZ, dtype=np.int32)
    found = [ones(D, K), ones(D, K), ones(NNZ)]
    by_term = [STARTS.copy(), np.array([0, 2, 2, 0, 2], np.int32), np.arange(NNZ, dtype=np.int32)]
    sstats, own, start, term_weights = ones(V, K, dtype=np.float64), ones(U, K), ones(V, K), ones(U, K)
    change = np.zeros(K)
    of_terms = [0, U, *by_term, terms]
    live = [np.array([0, 2, 2, 3], np.int64), np.array([0, 1, 1], np.int32), ones(3)]
    counted = [term_weights, 0.9, 1.8, own, sstats, change]
    of_tokens = [np.zeros(NNZ), np.zeros((D, 3)), 2]
    of_shares = [ones(D, K), ones(NNZ, K), np.zeros(D), 0.9, 0.01, 3]
    alpha = [ones(A, K), np.array([2, 0], np.int32)]
    return {
        "collapsed_step": [docs, INDPTR.copy(), indices, counts, term_weights, *alpha, *of_shares],
        "e_step": [docs, INDPTR.copy(), indices, counts, term_weights, *alpha, *found, 0.9, 0.01, 3],
        "document_terms": [docs, INDPTR.copy(), counts, *alpha, *found, np.zeros(D), np.zeros((A, K))],
        "left_to_right": [
            docs,
            INDPTR.copy(),
            indices,
            np.array([3, 1, 4]),
            term_weights,
            ones(K),
            *of_tokens,
        ],
        "minibatch_phi": [
            0,
            U,
            terms,
            sstats,
            own,
            start,
            0.5,
            False,
            0.1,
            *[ones(K)] * 3,
            0.9,
            term_weights,
        ],
        "update_sstats": [*of_terms, found[2], found[1], *[None] * 4, *counted],
        "update_sstats of shares": [*of_terms, None, None, ones(NNZ, K), *[None] * 3, *counted],
        "update_sstats of live weights": [*of_terms, found[2], None, None, *live, *counted],
    }[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arrays_that_fit_are_taken(name):
    call(name, arguments(name))


def arrays_of(name):
    return [place for place, value in enumerate(arguments(name)) if isinstance(value, np.ndarray)]


def name_of(function, place):
    return list(inspect.signature(getattr(_numpy, function.split()[0])).parameters)[place]


def misplaced(array):
    memory = np.zeros(array.nbytes + 1, np.uint8)
    return memory[1:].view(array.dtype).reshape(array.shape)


OTHER_KIND = {"<i4": "<f4", "<i8": "<f8", "<f4": "<i4", "<f8": "<i8"}
# By the axis whose size they change, if there is one
MISFITS = {
    "a row fewer": (0, lambda array: array[:-1]),
    "a row more": (0, lambda array: np.concatenate([array, array[:1]])),
    "a column fewer": (1, lambda array: np.ascontiguousarray(array[:, :-1])),
    "a column more": (1, lambda array: np.concatenate([array, array[:, :1]], axis=1)),
    "another size of number": (None, lambda array: array.astype(f"{array.dtype.kind}{12 - array.itemsize}")),
    "another kind of number": (None, lambda array: array.view(OTHER_KIND[array.dtype.str])),
    "not aligned": (None, misplaced),
    "not in C order": (None, lambda array: np.repeat(array, 2, axis=0)[::2]),
}


def misfits():
    """Function, place of the array, misfit, and the array that is named: never the first with a size."""
    for function in FUNCTIONS:
        for place in arrays_of(function):
            name = name_of(function, place)
            for misfit, (axis, _) in MISFITS.items():
                named = name
                if axis is not None:
                    sizes = SIZES[function][name]
                    if axis >= len(sizes):
                        continue
                    first, *others = [other for other, used in SIZES[function].items() if sizes[axis] in used]
                    if not others:
                        continue  # any size will do, as long as no index is outside
                    named = others[0] if name == first else name
                yield pytest.param(function, place, misfit, named, id=f"{function}-{name}-{misfit}")


@pytest.mark.parametrize(("function", "place", "misfit", "named"), list(misfits()))
def test_an_array_that_does_not_fit_is_refused_by_name(function, place, misfit, named):
    given = arguments(function)
    given[place] = MISFITS[misfit][1](given[place])
    with pytest.raises((ValueError, TypeError), match=f"^{named}: "):
        call(function, given)


def test_a_misfit_is_named_with_its_sizes_and_types():
    given = arguments("e_step")
    for misfit, message in [
        (ones(D, K + 1), "gamma: expected 3 x 2 float32, got 3 x 3 float32"),
        (ones(D, K, dtype=np.float64), "gamma: expected 3 x 2 float32, got 3 x 2 float64"),
        (None, "gamma: expected a writable array in C order of float32"),
    ]:
        given[7] = misfit
        with pytest.raises((ValueError, TypeError)) as refused:
            call("e_step", given)
        assert str(refused.value) == message


# function: array, a place in it of an index, and the first that lies outside
INDICES = [
    *(("e_step", 0, 0, D), ("e_step", 1, 0, NNZ + 1), ("e_step", 1, 3, NNZ + 1), ("e_step", 2, 4, U)),
    *(("document_terms", 0, 1, D), ("document_terms", 1, 3, NNZ + 1), ("minibatch_phi", 2, 3, V)),
    *(("update_sstats", 2, 4, NNZ + 1), ("update_sstats", 3, 0, D), ("update_sstats", 4, 4, NNZ)),
    *(("update_sstats", 5, 2, V), ("update_sstats of shares", 2, 4, NNZ + 1)),
    *(("update_sstats of shares", 4, 4, NNZ), ("update_sstats of shares", 5, 2, V)),
    *(("update_sstats of live weights", 3, 0, D), ("update_sstats of live weights", 4, 4, NNZ)),
    *(("update_sstats of live weights", 9, 3, 4), ("update_sstats of live weights", 10, 2, K)),
    *(("left_to_right", 0, 0, D), ("left_to_right", 1, 3, NNZ + 1), ("left_to_right", 2, 4, U)),
    *(("collapsed_step", 0, 0, D), ("collapsed_step", 1, 3, NNZ + 1), ("collapsed_step", 2, 4, U)),
    *(
        (name, 4 if name == "document_terms" else 6, 0, A)
        for name in ("e_step", "collapsed_step", "document_terms")
    ),
]


@pytest.mark.parametrize(("name", "place", "index", "outside"), INDICES)
@pytest.mark.parametrize("value", [-1, None, 2**31 - 1])
def test_an_index_outside_is_refused(name, place, index, outside, value):
    given = arguments(name)
    value = outside if value is None else value
    given[place][index] = value
    where = rf"^{name_of(name, place)}: {value} at index {index} is outside \d\.\.\d$"
    with pytest.raises(ValueError, match=where):
        call(name, given)


@pytest.mark.parametrize("name", ["minibatch_phi", "update_sstats", "update_sstats of shares"])
@pytest.mark.parametrize("edges", [(-1, U), (0, U + 1), (3, 2), (-(2**63), 0)])
def test_a_range_of_terms_that_are_not_there_is_refused(name, edges):
    given = arguments(name)
    given[:2] = edges
    with pytest.raises(ValueError, match=r"^first, last: {}, {} is outside 0\.\.4$".format(*edges)):
        call(name, given)


@pytest.mark.parametrize("left_out", [(6, 7), (6,), (7,)], ids=["both", "ratio", "weights"])
def test_factors_of_which_one_is_left_out_are_refused(left_out):
    given = arguments("update_sstats")
    for place in left_out:
        given[place] = None
    with pytest.raises(ValueError, match=r"^ratio, weights: both are needed where there are no shares$"):
        call("update_sstats", given)


@pytest.mark.parametrize("left_out", [6, 10, 11])
def test_live_weights_of_which_a_part_is_left_out_are_refused(left_out):
    given = arguments("update_sstats of live weights")
    given[left_out] = None
    with pytest.raises(
        ValueError, match=r"^live_starts: ratio, live_topics and live_weights are needed too$"
    ):
        call("update_sstats of live weights", given)


@pytest.mark.parametrize("n_topics", [1, 16, 33])
def test_collapsed_step_writes_where_its_documents_stand(n_topics):
    indptr, indices = np.array([0, 2, 2, 3, 5], np.int64), np.array([0, 1, 1, 2, 0], np.int32)
    gamma, shares = np.full((4, n_topics), 7, np.float32), np.full((5, n_topics), 0.5, np.float32)
    terms = np.full(4, 7.0)
    docs, counts = np.array([3, 0], np.int64), np.ones(5, np.int32)
    arrays = docs, indptr, indices, counts, ones(3, n_topics), ones(1, n_topics), None, gamma, shares, terms
    native.collapsed_step(*arrays, 0.9, 0.0, 5)
    assert (gamma[1:3] == 7).all()
    assert (shares[2] == 0.5).all()
    np.testing.assert_array_equal(terms != 7, [True, False, False, True])
    np.testing.assert_allclose(gamma[[0, 3]].sum(axis=1), n_topics + 2, rtol=1e-5)


@pytest.mark.parametrize("n_topics", [1, 7, 33])
@pytest.mark.parametrize("n_particles", [1, 8, 9])
def test_left_to_right_writes_where_its_documents_stand(n_topics, n_particles):
    indptr, indices = np.array([0, 2, 2, 3, 5], np.int64), np.array([0, 1, 1, 2, 0], np.int32)
    p, influence = np.full(5, 7.0), np.full((4, n_particles), 7.0)
    docs, streams = np.array([3, 0], np.int64), np.arange(4)
    arrays = docs, indptr, indices, streams, ones(3, n_topics), ones(n_topics), p, influence
    for n_resampled in (0, 2**62, -(2**63)):
        native.left_to_right(*arrays, n_resampled)
        assert (influence[1:3] == 7).all()
        np.testing.assert_allclose(influence[[0, 3]], 2)
        np.testing.assert_allclose(p, [1, 1, 7, 1, 1])


integers = st.integers(-2, 8) | st.sampled_from([2**31 - 1, -(2**31), 2**62, -(2**63)])


@given(st.sampled_from(FUNCTIONS), st.data())
def test_any_arrays_are_taken_or_refused(name, data):
    given = arguments(name)
    for place in arrays_of(name):
        n_rows = len(given[place]) + data.draw(st.sampled_from([0, 0, 0, 0, -1, 1, 2]))
        array = np.resize(given[place], (n_rows, *given[place].shape[1:]))
        if array.dtype.kind == "i":
            for _ in range(data.draw(st.integers(0, 1)) if array.size else 0):
                index = data.draw(st.integers(0, array.size - 1))
                limits = np.iinfo(array.dtype)
                array[index] = np.clip(data.draw(integers), limits.min, limits.max)
        elif array.size:
            number = data.draw(st.sampled_from([1.0, 0.0, -1.0, 1e-30, 1e30, -1e30, np.inf, -np.inf, np.nan]))
            array.flat[data.draw(st.integers(0, array.size - 1))] = number
        given[place] = array
    if isinstance(given[0], int):
        given[:2] = data.draw(integers), data.draw(integers)
    if name.startswith("update_sstats"):
        for place in (6, 7, 8, 9, 10, 11):
            if data.draw(st.integers(0, 5)) == 0:
                given[place] = None
    if "alpha_rows" in SIZES[name] and data.draw(st.integers(0, 3)) == 0:
        given[list(SIZES[name]).index("alpha_rows")] = None
    with contextlib.suppress(ValueError):
        call(name, given)


def test_wrong_arguments_are_refused_without_harm():
    # the buffers that were taken before the wrong one are given back: an array can be resized again
    taken, wrong = array.array("l", [0]), np.zeros((2, 2), order="F")[:, :1].T
    for function in FUNCTIONS:
        whole = arguments(function)
        first = min(arrays_of(function))
        for wrongs in ([*whole[:first], taken, wrong, *whole[first + 2 :]], (taken,), ()):
            with pytest.raises((TypeError, ValueError)):
                call(function, wrongs)
            taken.append(0)
    assert not native.use("no such instructions")
