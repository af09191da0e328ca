"""The best documents of a topic: those of a search of all documents, and no short ones first."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from lda_cli.errors import ConfigError
from lda_cli.model import store
from lda_cli.model.ranking import best_documents
from tests.helpers.models import random_model, small_model


class Made:
    """Documents in memory, in blocks."""

    def __init__(self, theta, lengths, rows=7):
        self._theta, self.lengths, self._rows = theta, lengths, rows

    def blocks(self):
        for first in range(0, len(self._theta), self._rows):
            yield first, self._theta[first : first + self._rows]

    def ids_of(self, numbers):
        return {number: f"d{number}" for number in numbers}


def made(seed, n_documents, n_topics, longest, alpha=0.1, rows=7):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, longest + 1, n_documents).astype(np.int32)
    counts = rng.multinomial(lengths, rng.dirichlet(np.full(n_topics, 0.2), n_documents))
    gamma = counts + alpha
    theta = (gamma / gamma.sum(axis=1, keepdims=True)).astype(np.float32)
    return Made(theta, lengths, rows), theta, lengths, np.full(n_topics, alpha)


def by_search(theta, lengths, alpha, topic, top):
    totals = lengths + alpha.sum()
    a = np.clip(theta[:, topic].astype(float) * totals, alpha[topic], None)
    low = beta(a, np.maximum(totals - a, alpha.sum() - alpha[topic])).ppf(0.05)
    ranked = sorted((-low[d].round(9), d) for d in np.flatnonzero(lengths))
    return [(d, pytest.approx(-low, rel=1e-6, abs=1e-8)) for low, d in ranked[:top]]


@given(
    st.integers(0, 99), st.integers(1, 60), st.integers(2, 5), st.sampled_from([2, 9, 200]), st.integers(1, 9)
)
def test_best_documents_are_those_of_a_search_of_all(seed, n_documents, n_topics, longest, top):
    documents, theta, lengths, alpha = made(seed, n_documents, n_topics, longest)
    found = best_documents(documents, alpha, range(n_topics), top)
    for topic in range(n_topics):
        own = [(each.rank, each.number, each.low) for each in found if each.topic == topic]
        expected = by_search(theta, lengths, alpha, topic, top)
        assert [low for _, _, low in own] == [low for _, low in expected]
        assert [rank for rank, _, _ in own] == list(range(1, len(expected) + 1))
    some = [each for each in found if each.topic == n_topics - 1]
    assert best_documents(documents, alpha, [n_topics - 1], top) == some


def test_many_documents_are_ranked_as_by_a_search(monkeypatch):
    for longest in (6, 30, 400):
        documents, theta, lengths, alpha = made(longest, 30_000, 3, longest, rows=5000)
        found = best_documents(documents, alpha, [1], 20)
        assert [(each.number, each.low) for each in found] == by_search(theta, lengths, alpha, 1, 20)


def test_documents_that_are_alike_come_in_their_order():
    theta = np.full((5000, 2), 0.5, np.float32)
    found = best_documents(Made(theta, np.full(5000, 8, np.int32), 2000), np.full(2, 0.1), [0, 1], 3)
    assert [each.number for each in found] == [0, 1, 2, 0, 1, 2]


def test_three_words_of_one_topic_are_not_first():
    theta = np.array([[0.97, 0.03], [0.9, 0.1]], np.float32)
    found = best_documents(Made(theta, np.array([3, 200], np.int32)), np.full(2, 0.05), [0], 2)
    assert [each.id for each in found] == ["d1", "d0"]
    assert found[0].share < found[1].share


def test_model_without_documents_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="no training documents; lda-cli infer"):
        small_model().best_documents()
    model = random_model(["moon", "rice"])
    model = replace(model, n_documents=0, npmi=(None, None), term_counts=np.array([[3, 0], [4, 0]]))
    empty = {"documents": [], "theta": np.zeros((0, 2), np.float32), "lengths": np.zeros(0, np.int32)}
    store.save(model, tmp_path / "model", **empty, history=[{"pass": 1}, {"result": True}])
    with pytest.raises(ConfigError, match="no training documents"):
        store.load(tmp_path / "model").best_documents([0])
