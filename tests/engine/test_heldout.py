"""Bound and completion of held-out documents: by hand, by a second program, and on parts of the documents."""

import numpy as np
import pytest
from hypothesis import given
from scipy.sparse import csr_matrix, vstack

from lda_cli.engine.bound import evidence_bound
from lda_cli.engine.estep import e_step
from lda_cli.engine.heldout import Scores, bound, completion, halves, most_probable_theta, predictive
from lda_cli.engine.threads import threads
from tests.engine.corpora import drawn_corpus
from tests.helpers.strategies import count_matrices

INNER = {"tolerance": 1e-4, "max_iterations": 200}


def keys_of(n, seed=0):
    return np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)


def held_out(n_docs=36, n_topics=8, n_terms=200, length=60):
    """Documents of LDA, its phi (V, K) as float32, and its alpha."""
    rng = np.random.default_rng(n_topics)
    exact = rng.dirichlet(np.full(n_terms, 0.1), n_topics) + 1e-6
    exact /= exact.sum(axis=1, keepdims=True)
    alpha = np.full(n_topics, 1 / n_topics)
    counts, _ = drawn_corpus(exact, alpha, n_docs, length, rng)
    return counts, np.ascontiguousarray(exact.T, dtype=np.float32), alpha


def by_compare(phi, alpha, seen, unseen):
    """log p of the unseen half of one document, written down again as bench/compare.py has it; phi (V, K)."""
    rows, theta = phi[seen.indices].astype(np.float64), alpha / alpha.sum()
    for _ in range(100):
        theta = theta * ((seen.data / (rows @ theta)) @ rows) + alpha
        theta /= theta.sum()
    return unseen.data @ np.log(phi[unseen.indices].astype(np.float64) @ theta)


@pytest.mark.once
def test_completion_is_that_of_a_second_program():
    counts, phi, alpha = held_out()
    keys = keys_of(36)
    found = completion(counts, phi, alpha, keys, seed=3)
    seen, unseen = halves(counts, keys, 3)
    other = [by_compare(phi, alpha, seen[doc], unseen[doc]) for doc in range(36)]
    np.testing.assert_allclose(found.log_p, other, rtol=1e-9)
    np.testing.assert_array_equal(found.n_tokens, 30)


@pytest.mark.once
@given(count_matrices())
def test_halves_put_together_are_the_documents(counts):
    counts.data = np.minimum(counts.data, 1000)  # every token is put in its place
    seen, unseen = halves(counts, keys_of(counts.shape[0]), 1)
    np.testing.assert_array_equal((seen + unseen).toarray(), counts.toarray())
    assert (seen.data > 0).all()
    assert (unseen.data > 0).all()
    n_tokens = counts.toarray().sum(axis=1)
    np.testing.assert_array_equal(seen.toarray().sum(axis=1), (n_tokens + 1) // 2)


@pytest.mark.once
def test_halves_depend_on_the_key_and_the_seed_alone():
    counts, _, _ = held_out()
    keys, order = keys_of(36), np.random.default_rng(1).permutation(36)[:20]
    seen, _ = halves(counts, keys, 1)
    moved, _ = halves(counts[order], keys[order], 1)
    np.testing.assert_array_equal(moved.toarray(), seen[order].toarray())
    for other in (halves(counts, keys, 2), halves(counts, keys + np.uint64(1), 1)):
        assert (other[0].toarray() != seen.toarray()).any(axis=1).all()


@pytest.mark.once
def test_every_token_is_as_often_seen_as_unseen():
    counts = csr_matrix(np.tile(np.array([[1, 2, 3]], np.int32), (10_000, 1)))
    seen, _ = halves(counts, keys_of(10_000), 1)
    np.testing.assert_allclose(seen.toarray().mean(axis=0), [0.5, 1, 1.5], atol=0.02)


@pytest.mark.once
def test_theta_of_one_word_by_hand():
    # gamma_t = alpha_t + r_t, r_t proportional to gamma_t phi_t: with alpha (1, 1) and phi (.5, 0)
    # gamma = (2, 1); an empty document has the mean of the prior
    phi = np.array([[0.5, 0.0], [0.5, 1.0]], np.float32)
    counts = csr_matrix(np.array([[1, 0], [0, 0]], np.int32))
    theta = most_probable_theta(counts, phi, np.array([1.0, 1.0]))
    np.testing.assert_allclose(theta, [[2 / 3, 1 / 3], [1 / 2, 1 / 2]])
    unseen = csr_matrix(np.array([[0, 2], [1, 1]], np.int32))
    found = predictive(unseen, phi, theta)
    np.testing.assert_allclose(found, [2 * np.log(2 / 3), np.log(1 / 4) + np.log(3 / 4)])


def test_mean_field_scores_theta_of_the_e_step():
    counts, phi, alpha = held_out()
    keys = keys_of(36)
    found = completion(counts, phi, alpha, keys, seed=3, estimator="mean-field", **INNER)
    seen, unseen = halves(counts, keys, 3)
    gamma = e_step(seen, phi, alpha, **INNER).gamma.astype(np.float64)
    p = (gamma / gamma.sum(axis=1, keepdims=True)) @ phi.T
    np.testing.assert_allclose(found.log_p, (unseen.toarray() * np.log(p)).sum(axis=1), rtol=1e-6)
    assert found.log_p.sum() < completion(counts, phi, alpha, keys, seed=3).log_p.sum()


def test_bound_is_that_of_the_e_step_also_where_phi_is_tiny():
    counts, phi, alpha = held_out()
    found = bound(counts, phi, alpha, **INNER)
    direct = evidence_bound(counts, e_step(counts, phi, alpha, **INNER), alpha)
    np.testing.assert_allclose(found.log_p, direct, rtol=1e-6)
    # a factor of a row of phi is a term of the bound, once for each token
    tiny = phi.copy()
    tiny[:50] *= np.float32(2.0**-100)
    expected = direct - counts[:, :50].toarray().sum(axis=1) * 100 * np.log(2)
    np.testing.assert_allclose(bound(counts, tiny, alpha, **INNER).log_p, expected, rtol=1e-6)


def measures(counts, phi, alpha, keys):
    return completion(counts, phi, alpha, keys, seed=1), bound(counts, phi, alpha, **INNER)


@pytest.mark.parametrize("n_topics", [8, 80])
def test_mean_of_few_documents_is_within_the_error_of_that_of_all(n_topics):
    # gensim adds a term of the topics, undivided: of 5 documents it said 200 times as much as of 36
    counts, phi, alpha = held_out(n_topics=n_topics, n_terms=500)
    keys = keys_of(36)
    every = measures(counts, phi, alpha, keys)
    twice = np.concatenate([np.arange(18), np.arange(18)])
    for some in (twice, np.arange(5)):
        for whole, part in zip(every, measures(counts[some], phi, alpha, keys[some]), strict=True):
            mean, _ = whole.per_token()
            of_part, error = part.per_token()
            assert abs(of_part - mean) < 2 * error
            assert np.exp(-of_part) < 500
            np.testing.assert_allclose(part.log_p, whole.log_p[some], rtol=1e-5)


@pytest.mark.once
def test_standard_error_over_documents_is_how_far_samples_lie_apart():
    rng = np.random.default_rng(4)
    means, errors = [], []
    for _ in range(300):
        n_tokens = rng.integers(5, 200, 80)
        scores = Scores(rng.normal(-7, 0.5, 80) * n_tokens, n_tokens)
        mean, error = scores.per_token()
        means.append(mean)
        errors.append(error)
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.15)


@pytest.mark.once
def test_too_few_documents_have_no_mean_or_no_error():
    nothing = Scores(np.zeros(2), np.zeros(2, np.int64)).per_token()
    assert np.isnan(nothing).all()
    mean, error = Scores(np.array([-14.0]), np.array([2])).per_token()
    assert mean == -7
    assert np.isnan(error)


def test_documents_of_one_token_or_none_score_nothing():
    _, phi, alpha = held_out()
    counts = vstack(
        [csr_matrix((1, 200), dtype=np.int32), csr_matrix(np.eye(1, 200, dtype=np.int32))]
    ).tocsr()
    for estimator in ("map", "mean-field"):
        found = completion(counts, phi, alpha, keys_of(2), seed=1, estimator=estimator)
        assert found.log_p.tolist() == [0, 0]
        assert found.n_tokens.tolist() == [0, 0]
    assert bound(counts, phi, alpha, **INNER).log_p[0] == 0


@pytest.mark.filterwarnings("ignore:divide by zero|invalid value:RuntimeWarning")  # NumPy's, of the twin
@pytest.mark.parametrize("estimator", ["map", "mean-field"])
def test_a_term_without_a_topic_is_refused(estimator):
    counts, phi, alpha = held_out()
    phi[int(counts.indices[0])] = 0
    with pytest.raises(FloatingPointError, match="has one of its terms no topic"):
        completion(counts, phi, alpha, keys_of(36), seed=1, estimator=estimator)
    with pytest.raises(FloatingPointError, match="has one of its terms no topic"):
        bound(counts, phi, alpha, **INNER)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    monkeypatch.setattr("lda_cli.engine._numpy.BLOCK_BYTES", 20_000)
    monkeypatch.setattr("lda_cli.engine.threads.count_threads", lambda n: n)
    counts, phi, alpha = held_out()
    keys = keys_of(36)
    once = completion(counts, phi, alpha, keys, seed=1)
    with threads(4) as parallel:
        other = completion(counts, phi, alpha, keys, seed=1, parallel=parallel)
    np.testing.assert_array_equal(once.log_p, other.log_p)
