"""The critical temperature: its spectrum against a dense matrix, its equation, and the EM it foretells."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import block_diag, csr_matrix

from lda_cli.engine import critical
from lda_cli.engine.counts import as_counts
from lda_cli.engine.critical import Spectrum, critical_power, eigenvalues, spectrum
from lda_cli.engine.estep import cold_start, collapsed_fixed_points, documents, fixed_points
from tests.engine.corpora import drawn_corpus, random_counts

pytestmark = pytest.mark.once


def counted(counts):
    """The counts without documents or terms that are not there."""
    counts = counts[np.diff(counts.indptr) > 0]
    return csr_matrix(counts[:, np.asarray(counts.sum(axis=0)).ravel() > 0])


def by_definition(counts):
    """lambda_2, lambda_3, ...: squares of the singular values of A_dw = n_dw / sqrt(N_d N_w)."""
    n = counts.toarray().astype(float)
    a = n / np.sqrt(np.outer(n.sum(axis=1), n.sum(axis=0)))
    return np.linalg.svd(a, compute_uv=False)[1:] ** 2


@pytest.mark.parametrize("shape", [(5, 4), (12, 30), (40, 15), (200, 70), (70, 200)])
@pytest.mark.parametrize("seed", range(2))
def test_eigenvalues_are_those_of_correspondence_analysis(shape, seed):
    counts = counted(random_counts(*shape, 0.3, np.random.default_rng(seed)))
    exact = by_definition(counts)[: critical.MODES - 1]
    found = eigenvalues(counts, np.random.default_rng(0))
    assert len(found) == len(exact)
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_first_eigenvalues_of_a_larger_corpus_are_exact_and_the_last_within_some_per_cent(seed):
    counts = counted(random_counts(400, 500, 0.05, np.random.default_rng(seed)))
    exact = by_definition(counts)[: critical.MODES - 1]
    found = eigenvalues(counts, np.random.default_rng(0))
    np.testing.assert_allclose(found[:5], exact[:5], rtol=1e-3)
    np.testing.assert_allclose(found, exact, rtol=0.05)


@pytest.mark.parametrize("n_blocks", [2, 8])
def test_blocks_of_documents_without_a_common_word_have_an_eigenvalue_of_one_each_but_for_the_first(n_blocks):
    # an eigenvalue that occurs several times was found once, or as often as rounding brought it up
    rng = np.random.default_rng(n_blocks)
    blocks = [rng.integers(1, 4, (6, 5)) for _ in range(n_blocks)]
    counts = csr_matrix(block_diag(blocks).astype(np.int32))
    found = eigenvalues(counts, rng)
    np.testing.assert_allclose(found[: n_blocks - 1], 1, rtol=1e-12)
    assert found[n_blocks - 1] < 0.9
    alike = csr_matrix(np.kron(np.eye(n_blocks, dtype=np.int32), np.full((5, 4), 2, np.int32)))
    found = eigenvalues(alike, rng)
    np.testing.assert_allclose(found[: n_blocks - 1], 1, rtol=1e-12)
    np.testing.assert_allclose(found[n_blocks - 1 :], 0, atol=1e-12)


@pytest.mark.parametrize(
    "dense", [[[3, 0, 1]], [[2], [5]], np.full((5, 5), 2)], ids=["document", "term", "alike"]
)
def test_corpora_without_a_difference_have_no_eigenvalue_above_nothing(dense):
    counts = counted(csr_matrix(np.array(dense, np.int32)))
    np.testing.assert_allclose(eigenvalues(counts, np.random.default_rng(0)), 0, atol=1e-12)
    assert spectrum(as_counts(counts), 0).mode(2) <= 1e-12


@given(st.floats(0, 1), st.floats(1e-6, 100))
def test_critical_power_satisfies_its_equation(eigenvalue, r):
    p = critical_power(eigenvalue, r)
    assert 0 < p <= 1
    assert p * r < 1 + 1e-9
    # p (1 + lambda p r / (1 - p r)) = 1, times 1 - p r; of the two roots the one below 1 / r
    assert p * (1 - p * r) + eigenvalue * p * p * r == pytest.approx(1 - p * r, abs=1e-12)


@pytest.mark.parametrize("eigenvalue", [0.0, 0.01, 0.25, 0.81, 1.0])
def test_long_documents_become_critical_at_one_over_one_and_sigma(eigenvalue):
    expected = 1 / (1 + np.sqrt(eigenvalue))
    assert critical_power(eigenvalue, 1.0) == pytest.approx(expected, rel=1e-12)
    long = Spectrum(np.array([eigenvalue]), 0.0, 0.0, np.full(10, 1e7))
    assert long.mean_field_power(2, 10, 1.0) == pytest.approx(expected, rel=1e-5)
    assert long.collapsed_power(2, 1.0) == pytest.approx(expected, rel=1e-5)


def test_eigenvalues_beyond_their_range_count_as_its_ends():
    assert critical_power(-0.1, 0.8) == critical_power(0.0, 0.8) == 1
    assert critical_power(1.1, 0.8) == critical_power(1.0, 0.8) == pytest.approx(1 / 1.8)


def grows(counts, power, kind, n_topics=2, alpha_sum=1.0, steps=40):
    """By how much a small difference of topics grows at last in a step of EM at that power."""
    n_terms = counts.shape[1]
    unigrams = np.asarray(counts.sum(axis=0)).ravel() / counts.sum()
    noise = np.random.default_rng(0).standard_normal((n_terms, n_topics))
    phi = unigrams[:, None] * (1 + 1e-4 * noise)
    phi /= phi.sum(axis=0)
    docs, alpha = documents(counts, n_topics, np.float64), np.full(n_topics, alpha_sum / n_topics)
    exactly = {"power": power, "tolerance": 1e-11, "max_iterations": 1000, "parallel": map}
    before = size_of_difference(phi, unigrams)
    for _ in range(steps):
        weights = phi**power
        if kind == "collapsed":
            shares = collapsed_fixed_points(docs, weights, alpha, **exactly).shares
        else:
            start = cold_start(np.asarray(counts.sum(axis=1)).ravel(), alpha, np.float64)
            found = fixed_points(docs, weights, alpha, start, **exactly)
            of_entries = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
            shares = found.weights[of_entries] * found.ratio[:, None] * weights[counts.indices]
        expected = np.zeros((n_terms, n_topics))
        np.add.at(expected, counts.indices, shares)
        before, ratio = size_of_difference(expected / expected.sum(axis=0), unigrams), before
        ratio = before / ratio
        # as small again for the next step
        phi = unigrams[:, None] + (expected / expected.sum(axis=0) - unigrams[:, None]) * (1e-4 / before)
        before = size_of_difference(phi, unigrams)
    return ratio


def size_of_difference(phi, unigrams):
    relative = phi / unigrams[:, None]
    relative = relative - relative.mean(axis=1, keepdims=True)
    return float(np.sqrt((relative**2).sum(axis=1) @ unigrams))


def two_kinds(n_docs, n_terms, length, mixed, seed=1):
    """Documents of two topics that share a part `mixed` of their tokens."""
    halves = np.kron(np.eye(2), np.full(n_terms // 2, 2 / n_terms))
    true = (1 - mixed) * halves + mixed / n_terms
    return counted(drawn_corpus(true, np.full(2, 0.5), n_docs, length, np.random.default_rng(seed))[0])


CORPORA = [(30, 10, 8, 0.2), (60, 20, 30, 0.4), (20, 20, 200, 0.6)]


def without_chance(counts):
    """Its spectrum, of which nothing is taken for chance: no minibatch is left out of Phi here."""
    found = spectrum(as_counts(counts), 0)
    return Spectrum(found.eigenvalues, 0.0, 0.0, found.lengths)


@pytest.mark.parametrize("corpus", CORPORA, ids=str)
@pytest.mark.parametrize("n_topics", [2, 3])
def test_mean_field_neither_shrinks_nor_grows_differences_at_its_critical_power(corpus, n_topics):
    # exact where all documents are equally long: their r is one
    counts = two_kinds(*corpus)
    p = without_chance(counts).mean_field_power(2, n_topics, 1.0)
    assert grows(counts, p, "mean field", n_topics) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("corpus", [CORPORA[0], (40, 6, 3, 0.1)], ids=str)
def test_collapsed_power_is_a_little_below_the_exact_one_of_short_documents(corpus):
    # exactly: delta log q_w (1 + p / (A + N - 1)) = p (x_w + m N / (A + N - 1)), a token's own q being left
    # out of the others; r takes the mean of all for theirs
    counts, alpha_sum, n = two_kinds(*corpus), 1.0, corpus[2]
    found = without_chance(counts)
    lessened = critical_power(found.mode(2), n / (alpha_sum + n - 1))
    exact = lessened / (1 - lessened / (alpha_sum + n - 1))
    assert grows(counts, exact, "collapsed") == pytest.approx(1, abs=2e-3)
    assert 0 <= exact - found.collapsed_power(2, alpha_sum) <= 0.25 / n


def test_lengths_that_differ_count_by_their_tokens():
    found = Spectrum(np.array([0.25]), 0.0, 0.0, np.array([1.0, 3.0]))
    # with alpha's sum 1: r is 0 / 1 of one token, and 2 / 3 of three
    assert found.collapsed_power(2, 1.0) == critical_power(0.25, 0.5)
    # two topics, alpha's sum 1: 1/2 psi'(1) and 3/2 psi'(2), psi'(1) = pi^2 / 6, psi'(2) = psi'(1) - 1
    r = (0.5 * np.pi**2 / 6 + 3 * 1.5 * (np.pi**2 / 6 - 1)) / 4
    assert found.mean_field_power(2, 2, 1.0) == pytest.approx(critical_power(0.25, r), rel=1e-12)


def test_chance_is_taken_from_the_mean_field_and_that_of_the_sample_from_the_collapsed():
    found = Spectrum(np.array([0.5]), 0.2, 0.05, np.full(3, 10.0))
    plain = [Spectrum(np.array([value]), 0.0, 0.0, np.full(3, 10.0)) for value in (0.3, 0.35)]
    assert found.mean_field_power(2, 4, 1.0) == plain[0].mean_field_power(2, 4, 1.0)
    assert found.collapsed_power(2, 1.0) == pytest.approx(plain[1].collapsed_power(2, 1.0), rel=1e-12)


def test_chance_by_hand():
    assert critical.chance(100, 400, 10_000) == pytest.approx((10 + 20) ** 2 / 10_000)
    assert critical.chance(100, 400, 10) == 1


@pytest.fixture
def small_samples(monkeypatch):
    monkeypatch.setattr(critical, "SAMPLE_DOCUMENTS", 40)
    monkeypatch.setattr(critical, "SAMPLE_ENTRIES", 100)


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


def test_same_seed_takes_the_same_sample(small_samples):
    counts = random_counts(300, 50, 0.2, np.random.default_rng(3))
    one, other = (spectrum(as_counts(counts), seed) for seed in (1, 2))
    assert len(one.lengths) == 40
    assert same(one, spectrum(as_counts(counts), 1))
    assert not same(one, other)
    assert one.chance > one.chance_of_all > 0


def test_sample_grows_with_the_entries_that_there_is_room_for(small_samples, monkeypatch):
    counts = random_counts(300, 50, 0.2, np.random.default_rng(3))
    monkeypatch.setattr(critical, "SAMPLE_ENTRIES", counts.nnz // 2)
    assert len(spectrum(as_counts(counts), 1).lengths) == pytest.approx(150, abs=1)
    monkeypatch.setattr(critical, "SAMPLE_ENTRIES", counts.nnz)
    assert len(spectrum(as_counts(counts), 1).lengths) == 300


def test_documents_are_asked_for_in_rising_order_and_none_is_empty(small_samples):
    counts = random_counts(300, 50, 0.03, np.random.default_rng(3))
    asked = []

    def rows(numbers):
        asked.extend(numbers)
        return counts[numbers]

    stored = SimpleNamespace(shape=counts.shape, lengths=np.diff(counts.indptr), rows=rows)
    found = spectrum(stored, 1)
    assert asked == sorted(set(asked))
    assert (found.lengths > 0).all()
    assert same(found, spectrum(as_counts(counts), 1))


def test_modes_that_are_known_are_told_as_they_are():
    found = Spectrum(np.array([0.5, 0.3, 0.1]), 0.0, 0.0, np.ones(1))
    assert [found.mode(k) for k in (2, 3, 4)] == [0.5, 0.3, 0.1]
    # of so small a corpus these are all, and the last serves for those that it lacks
    assert found.mode(50) == 0.1
    assert Spectrum(np.zeros(0), 0.0, 0.0, np.ones(1)).mode(2) == 0


@pytest.mark.parametrize("slope", [-0.3, -1.0, -2.0])
def test_modes_beyond_follow_the_power_law_of_the_last_half(slope):
    numbers = np.arange(2, critical.MODES + 1)
    found = Spectrum(0.8 * numbers**slope, 0.0, 0.0, np.ones(1))
    for number in (16, 17, 30, 50):
        assert found.mode(number) == pytest.approx(0.8 * number**slope, rel=1e-12)
    # what the first half is makes no difference
    bent = found.eigenvalues.copy()
    bent[:5] = 0.8
    assert Spectrum(bent, 0.0, 0.0, np.ones(1)).mode(50) == found.mode(50)
