"""Documents with rows of alpha of their own, in which there are topics that they cannot have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, psi

from lda_cli.engine import _numpy, estep
from lda_cli.engine.estep import (
    EStep,
    cold_start,
    collapsed_fixed_points,
    document_terms,
    documents,
    fixed_points,
)
from lda_cli.engine.kernel import installed, kernel
from tests.engine import definition
from tests.engine.corpora import by_token, random_counts, random_topics, tokens
from tests.engine.runs import responsibilities

pytestmark = pytest.mark.once

N_DOCS, N_TERMS = 30, 40


def a_corpus(n_topics, rng, n_rows=4, zeros=True):
    """Counts, Phi by terms, rows of alpha with zeros among them, and the row of each document."""
    counts = random_counts(N_DOCS, N_TERMS, 0.3, rng)
    alpha = rng.uniform(0.01, 1.5, (n_rows, n_topics))
    if zeros:
        alpha[:, 1:][rng.random((n_rows, n_topics - 1)) < 0.5] = 0  # every row keeps its first topic
    rows = rng.integers(0, n_rows, N_DOCS).astype(np.int32)
    return counts, random_topics(N_TERMS, n_topics, rng), alpha.astype(np.float32).astype(np.float64), rows


@pytest.fixture(params=installed())
def on_kernel(request, monkeypatch):
    """Every E-step of the test is by this kernel; returns its dtype."""
    monkeypatch.setattr(estep, "_kernel_for", lambda dtype: kernel(request.param))
    return np.float32 if request.param == "native" else np.float64


def mean_field(counts, phi, alpha, rows, dtype, *, power=1.0, iterations=200):
    """The E-step, the terms of the bound, and sums of E[log theta]."""
    docs = documents(counts, phi.shape[1], dtype)._replace(alpha_rows=rows)
    n_tokens = np.asarray(counts.sum(axis=1)).ravel()
    found = fixed_points(
        docs,
        phi.astype(dtype),
        alpha,
        cold_start(n_tokens, alpha, dtype, rows),
        power=power,
        tolerance=1e-7,
        max_iterations=iterations,
        parallel=map,
    )
    return found, *document_terms(docs, found, alpha)


def collapsed(counts, phi, alpha, rows, dtype):
    docs = documents(counts, phi.shape[1], dtype)._replace(alpha_rows=rows)
    how = {"power": 0.8, "tolerance": 1e-6, "max_iterations": 20, "parallel": map}
    return collapsed_fixed_points(docs, phi.astype(dtype), alpha, **how)


@pytest.mark.parametrize("n_topics", [2, 7, 16, 33])
@pytest.mark.parametrize("step", ["mean field", "collapsed"])
def test_a_document_is_as_if_alone_with_its_own_alpha(n_topics, step, on_kernel):
    rng = np.random.default_rng(n_topics)
    counts, phi, alpha, rows = a_corpus(n_topics, rng, zeros=False)
    run = (lambda *given: mean_field(*given)[0]) if step == "mean field" else collapsed
    found = run(counts, phi, alpha, rows, on_kernel)
    for row in range(len(alpha)):
        here = np.flatnonzero(rows == row)
        alone = run(counts[here], phi, alpha[row], None, on_kernel)
        np.testing.assert_allclose(found.gamma[here], alone.gamma, rtol=2e-4)


@pytest.mark.parametrize("n_topics", [2, 7, 16, 33])
@pytest.mark.parametrize("step", ["mean field", "collapsed"])
def test_a_topic_with_an_alpha_of_0_is_as_if_it_were_not_there(n_topics, step, on_kernel):
    rng = np.random.default_rng(n_topics)
    counts, phi, alpha, rows = a_corpus(n_topics, rng)
    run = (lambda *given: mean_field(*given)[0]) if step == "mean field" else collapsed
    found = run(counts, phi, alpha, rows, on_kernel)
    assert np.isfinite(found.gamma).all()
    assert ((found.gamma == 0) == (alpha[rows] == 0)).all()
    for doc in range(N_DOCS):
        there = np.flatnonzero(alpha[rows[doc]])
        only = np.ascontiguousarray(phi[:, there])
        alone = run(counts[[doc]], only, alpha[rows[doc], there], None, on_kernel)
        np.testing.assert_allclose(found.gamma[doc, there], alone.gamma[0], rtol=2e-3, atol=1e-5)
        entries = slice(counts.indptr[doc], counts.indptr[doc + 1])
        if step == "collapsed":
            assert not found.shares[entries][:, alpha[rows[doc]] == 0].any()
            assert found.terms[doc] == pytest.approx(alone.terms[0], rel=1e-4, abs=1e-3)
        else:
            assert not found.weights[doc, alpha[rows[doc]] == 0].any()
            np.testing.assert_allclose(found.ratio[entries], alone.ratio, rtol=2e-3)


def test_terms_of_the_bound_are_those_of_the_definition(on_kernel):
    rng = np.random.default_rng(1)
    counts, phi, alpha, rows = a_corpus(5, rng)
    found, terms, log_theta = mean_field(counts, phi, alpha, rows, on_kernel)
    expected = np.zeros_like(alpha)
    for doc in range(N_DOCS):
        own = alpha[rows[doc]]
        there = np.flatnonzero(own)
        if not counts[doc].nnz:
            continue
        gamma = found.gamma[doc, there].astype(np.float64)
        expected[rows[doc], there] += psi(gamma) - psi(gamma.sum())
        q = by_token(counts, doc, responsibilities(counts, found, phi))[:, there]
        exact = definition.evidence_bound(tokens(counts, doc), q, gamma, own[there], phi.T[there])
        prior = gammaln(own.sum()) - gammaln(own[there]).sum()
        assert terms[doc] + prior == pytest.approx(exact, rel=1e-4, abs=1e-3)
    np.testing.assert_allclose(log_theta, expected, rtol=1e-5)


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 15, 16, 17, 40]), st.sampled_from([1.0, 0.7]))
@settings(max_examples=25, derandomize=True)
def test_compiled_kernel_is_its_twin(seed, n_topics, power):
    native = pytest.importorskip("lda_cli.engine._native")
    rng = np.random.default_rng(seed)
    counts, phi, alpha, rows = a_corpus(n_topics, rng)
    results = {}
    for module, dtype in ((native, np.float32), (_numpy, np.float64)):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(estep, "_kernel_for", lambda _, module=module: module)
            results[module] = mean_field(counts, phi, alpha, rows, dtype, power=power, iterations=3)
            docs = documents(counts, n_topics, dtype)._replace(alpha_rows=rows)
            same = EStep(*(array.astype(dtype) for array in results[native][0]))
            results[module] = results[module][0], *document_terms(docs, same, alpha)
    (found, terms, log_theta), (exact, exact_terms, exact_log_theta) = results[native], results[_numpy]
    np.testing.assert_allclose(found.gamma, exact.gamma, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.ratio, exact.ratio, rtol=1e-3)
    assert ((found.weights == 0) == (exact.weights == 0)).all()
    np.testing.assert_allclose(log_theta, exact_log_theta, rtol=1e-5)
    np.testing.assert_allclose(terms, exact_terms, rtol=1e-4, atol=1e-3)


def test_empty_documents_have_the_prior_of_their_row(on_kernel):
    alpha = np.array([[0.25, 0.0, 1.0], [2.0, 3.0, 0.0]])
    counts = random_counts(4, 6, 0.0, np.random.default_rng(0))
    rows = np.array([1, 0, 0, 1], np.int32)
    phi = random_topics(6, 3, np.random.default_rng(0))
    for found in (
        mean_field(counts, phi, alpha, rows, on_kernel)[0],
        collapsed(counts, phi, alpha, rows, on_kernel),
    ):
        np.testing.assert_array_equal(found.gamma, alpha[rows])
