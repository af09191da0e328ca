"""Each kernel by itself, for the tests that compare the two function by function.

The twin in NumPy works in float64, on the same float32 numbers: what differs is the compiled kernel's alone.
"""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lda_cli.engine import _numpy, estep
from lda_cli.engine.estep import (
    EStep,
    cold_start,
    collapsed_fixed_points,
    document_terms,
    documents,
    fixed_points,
)
from tests.engine.corpora import drawn_corpus

ROUNDING = 2.0**-24


def cold(counts, alpha):
    return cold_start(np.asarray(counts.sum(axis=1)).ravel(), alpha, np.float32)


def on(kernel, counts, term_weights, alpha, start=None, *, power=1.0, iterations=3):
    """The E-step by one kernel, in blocks of its own; the twin's in float64."""
    dtype = np.float64 if kernel is _numpy else np.float32
    prior = alpha.astype(np.float32).astype(np.float64)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(estep, "_kernel_for", lambda _: kernel)
        return fixed_points(
            documents(counts, len(alpha), dtype),
            term_weights.astype(dtype),
            prior,
            (cold(counts, alpha) if start is None else start).astype(dtype),
            power=power,
            tolerance=0,
            max_iterations=iterations,
            parallel=map,
        )


def terms_on(kernel, counts, found, alpha):
    """document_terms by one kernel; the twin's in float64."""
    dtype = np.float64 if kernel is _numpy else np.float32
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(estep, "_kernel_for", lambda _: kernel)
        docs = documents(counts, len(alpha), dtype)
        same = EStep(*(array.astype(dtype) for array in found))
        return document_terms(docs, same, alpha.astype(np.float32).astype(np.float64))


def collapsed_on(kernel, counts, term_weights, alpha, start=None, *, power=1.0, iterations=3):
    """The E-step with theta integrated out by one kernel, in blocks of its own; the twin's in float64."""
    dtype = np.float64 if kernel is _numpy else np.float32
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(estep, "_kernel_for", lambda _: kernel)
        return collapsed_fixed_points(
            documents(counts, len(alpha), dtype),
            term_weights.astype(dtype),
            alpha.astype(np.float32).astype(np.float64),
            power=power,
            tolerance=0,
            max_iterations=iterations,
            parallel=map,
            start=start,
        )


def is_normal(array):
    """No NaN, nothing infinite, nothing negative, nothing so small that it slows the processor down."""
    return np.isfinite(array).all() and (array >= np.finfo(array.dtype).tiny).all()


def one_document(n_terms, rng, largest=4):
    return csr_matrix(rng.integers(1, largest + 1, (1, n_terms)).astype(np.int32))


def few_topics_each(n_docs, n_topics, n_terms, rng):
    """Documents of one or two of many topics: the others die in them. And Phi by terms, none of it nought."""
    true = rng.dirichlet(np.full(n_terms, 0.05), n_topics) + 1e-7
    true /= true.sum(axis=1, keepdims=True)
    counts, _ = drawn_corpus(true, np.full(n_topics, 0.2 / n_topics), n_docs, 150, rng)
    return counts, np.ascontiguousarray(true.T, dtype=np.float32)
