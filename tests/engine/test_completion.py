"""Learning the sum of alpha: halves of documents, what one says of the other, and where a step goes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.engine import completion
from lda_cli.engine.completion import TRUST, WIDEST_STEP, halves, learn_concentration
from lda_cli.engine.estep import documents
from tests.engine.corpora import drawn_corpus, random_counts, random_topics
from tests.helpers.strategies import count_matrices, priors, topics


def matrix(docs):
    """(D, U) of documents as the engine has them."""
    return csr_matrix((docs.counts, docs.indices, docs.indptr), (docs.n_documents, docs.n_terms)).toarray()


@pytest.mark.once
@given(count_matrices())
def test_halves_put_together_are_the_documents(counts):
    seen, unseen = halves(documents(counts, 2), 2)
    np.testing.assert_array_equal(matrix(seen) + unseen.toarray(), counts.toarray())
    assert (unseen.data > 0).all()
    # of an odd number of tokens the seen half has one more
    n_tokens = counts.toarray().sum(axis=1)
    np.testing.assert_array_equal(matrix(seen).sum(axis=1), (n_tokens + 1) // 2)


@pytest.mark.once
def test_halves_of_two_documents_by_hand():
    # tokens 0 0 0 1 2 2 are dealt seen, unseen, seen, ...; and so are 0 1 2, from the first one on again
    seen, unseen = halves(documents(csr_matrix(np.array([[3, 1, 2], [1, 1, 1]], np.int32)), 2), 2)
    np.testing.assert_array_equal(matrix(seen), [[2, 0, 1], [1, 0, 1]])
    np.testing.assert_array_equal(unseen.toarray(), [[1, 1, 1], [0, 1, 0]])


@pytest.mark.once
def test_first_documents_are_halved_and_no_others(monkeypatch):
    monkeypatch.setattr(completion, "MOST_DOCUMENTS", 3)
    counts = random_counts(10, 8, 0.5, np.random.default_rng(1))
    seen, unseen = halves(documents(counts, 2), 2)
    np.testing.assert_array_equal(matrix(seen) + unseen.toarray(), counts[:3].toarray())


@pytest.mark.once
def test_documents_are_left_as_they_are():
    # taking empty entries out of one half moved those of the documents, whose arrays it shared
    counts = csr_matrix(np.array([[1, 1, 1, 5], [1, 1, 0, 1], [2, 1, 1, 1]], np.int32))
    docs = documents(counts, 2)
    before = [array.copy() for array in docs[:3]]
    for array in docs[:3]:
        array.flags.writeable = False
    first, _ = halves(docs, 2)
    learn_concentration(docs, random_topics(4, 2, np.random.default_rng(2)), np.full(2, 0.5), map)
    for array, same in zip(docs[:3], before, strict=True):
        np.testing.assert_array_equal(array, same)
    np.testing.assert_array_equal(matrix(halves(docs, 2)[0]), matrix(first))


def test_completion_of_two_topics_by_hand():
    # seen is word 0 alone: q proportional to alpha Phi_0 = (1/2 4/5, 1 1/5) is (2/3, 1/3),
    # gamma = (1/2 + 2/3, 1 + 1/3) = (7/6, 8/6), theta = (7/15, 8/15)
    phi = np.array([[0.8, 0.2], [0.1, 0.5], [0.1, 0.3]], np.float32)
    seen = documents(csr_matrix(np.array([[1, 0, 0]], np.int32)), 2)
    unseen = csr_matrix(np.array([[0, 2, 1]], np.int32))
    p1, p2 = (7 * 0.1 + 8 * 0.5) / 15, (7 * 0.1 + 8 * 0.3) / 15
    found = completion.completion(seen, unseen, phi, np.array([0.5, 1.0]), map)
    assert found == pytest.approx(2 * np.log(p1) + np.log(p2), rel=1e-5)


def test_completion_from_nothing_is_by_alpha():
    phi = np.array([[0.8, 0.2], [0.2, 0.8]], np.float32)
    seen = documents(csr_matrix(np.zeros((1, 2), np.int32)), 2)
    unseen = csr_matrix(np.array([[1, 0]], np.int32))
    found = completion.completion(seen, unseen, phi, np.array([0.5, 1.0]), map)
    assert found == pytest.approx(np.log((0.8 + 2 * 0.2) / 3), rel=1e-5)


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([-1, 0, -1], 0),
        ([0, 0, -1], -0.5),  # of a parabola through (-1, 0), (0, 0), (1, -1) the top is at -1/2
        ([-1, 0, 0], 0.5),
        ([3, 2, 0], -1),  # it lies beyond
        ([0, 2, 3], 1),
        ([3, 0, 1], -1),  # a valley: to the higher of its sides
        ([1, 0, 3], 1),
        ([1, 1, 1], 0),
    ],
)
def test_step_goes_to_the_top_of_the_parabola_between_half_and_twice(values, step):
    assert completion._highest([float(value) for value in values]) == pytest.approx(step * WIDEST_STEP)


PLANTED = np.kron(np.eye(4), np.full(10, 0.1)) * 0.96 + 0.04 / 40


def learned(alpha_of_corpus, passes=12, start=1.0, length=20):
    """Where the sum of alpha ends that is learned from documents of planted topics."""
    rng = np.random.default_rng(3)
    counts, _ = drawn_corpus(PLANTED, np.full(4, alpha_of_corpus), 400, length, rng)
    phi, alpha = np.ascontiguousarray(PLANTED.T, dtype=np.float32), np.full(4, start / 4)
    sums = [start]
    for _ in range(passes):
        alpha = alpha * learn_concentration(documents(counts, 4), phi, alpha, map) / alpha.sum()
        sums.append(alpha.sum())
    return sums


def test_documents_of_one_topic_each_have_a_small_sum_and_mixed_ones_a_large_one_from_any_start():
    single, some, mixed = ([learned(a, start=start)[-1] for start in (0.2, 3.0)] for a in (0.002, 0.25, 5.0))
    assert max(single) < 0.3
    assert 0.3 < min(some) <= max(some) < 1
    assert min(mixed) > 1.2
    for low, high in (some, mixed):
        assert low == pytest.approx(high, rel=0.02)


def test_sum_goes_there_from_the_first_pass_on():
    falling, rising = learned(0.002, passes=3), learned(5.0, passes=3, start=0.2)
    assert falling == sorted(falling, reverse=True)
    assert rising == sorted(rising)
    # the widest step doubles or halves the square of the sum
    assert falling[1] == pytest.approx(1 / np.sqrt(2))
    assert rising[1] == pytest.approx(0.2 * np.sqrt(2))


@given(st.data())
def test_step_is_never_wider_than_from_half_to_twice(data):
    counts = data.draw(count_matrices())
    n_topics = data.draw(st.integers(2, 4))
    alpha, phi = data.draw(priors(n_topics)), data.draw(topics(counts.shape[1], n_topics))
    phi = np.maximum(phi, np.float32(1e-6))
    found = learn_concentration(documents(counts, n_topics), phi, alpha, map)
    # the sum is taken half way from 1: its square is what is sought
    step = np.log(found / alpha.sum()) / TRUST
    assert abs(step) <= WIDEST_STEP * (1 + 1e-9)


def test_documents_of_one_word_leave_the_sum_as_it_is():
    docs = documents(csr_matrix(np.eye(3, dtype=np.int32)), 2)

    phi, alpha = random_topics(3, 2, np.random.default_rng(4)), np.array([0.2, 0.5])
    assert learn_concentration(docs, phi, alpha, map) == pytest.approx(0.7)
