"""npmi of topics, against numbers worked out by hand and against its definition, document by document."""

import math
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from lda_cli.disk.spill import Spill
from lda_cli.engine import coherence
from lda_cli.engine.em import Training
from lda_cli.engine.schedule import plain
from lda_cli.engine.settings import Settings
from tests.helpers.strategies import corpora


def training_on(counts, n_minibatches=2, **options):
    return Training(counts, Settings(plain(1, False), np.full(2, 0.5), 0.02, n_minibatches, 0), **options)


def npmi(rows, *words, n_minibatches=2):
    """Of topics of such words, over documents that are rows of counts."""
    counts = csr_matrix(np.array(rows, np.int32))
    parts = training_on(counts, n_minibatches).minibatches()
    return coherence.npmi([np.array(some, np.int64) for some in words], parts)


def by_definition(counts, words):
    """The mean over pairs of log(p_ij / (p_i p_j)) / -log p_ij, of documents that have a word."""
    holders = {word: set(np.flatnonzero(counts[:, word])) for word in words}
    n_documents = np.count_nonzero(counts.sum(axis=1))
    scores = []
    for one, other in combinations(words, 2):
        both = len(holders[one] & holders[other])
        if both in (0, n_documents):
            scores.append(1 if both else -1)
            continue
        chance = len(holders[one]) * len(holders[other]) / n_documents**2
        scores.append(math.log(both / n_documents / chance) / -math.log(both / n_documents))
    return sum(scores) / len(scores)


ROWS = [[1, 1, 0, 1], [2, 1, 0, 1], [0, 0, 3, 1], [0, 1, 1, 1]]  # documents by words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([0, 2], -1),  # never together
        ([0, 1], math.log(2 / 4 / (2 / 4 * 3 / 4)) / math.log(2)),  # 2 documents hold both, of 2 and of 3
        ([1, 2], math.log(1 / 4 / (3 / 4 * 2 / 4)) / math.log(4)),
        ([0, 3], 0),  # a word that all documents hold tells nothing of another
    ],
)
def test_pairs_are_as_worked_out_by_hand(words, expected):
    assert npmi(ROWS, words) == [pytest.approx(expected)]
    assert npmi(ROWS, words[::-1]) == [pytest.approx(expected)]


def test_topic_of_fewer_than_two_words_has_none():
    assert npmi(ROWS, [], [1], [0, 2]) == [None, None, -1]
    assert npmi(ROWS, [], [1]) == [None, None]


@given(st.data())
@pytest.mark.costly
@examples(max_examples=30, derandomize=True)
def test_any_corpus_in_any_parts_gives_what_the_definition_does(data):
    counts = data.draw(corpora())
    used = sorted(set(counts.indices.tolist()))
    words = data.draw(
        st.lists(st.lists(st.sampled_from(used), unique=True, max_size=5), min_size=1, max_size=3)
    )
    n_minibatches = data.draw(st.integers(1, 4))
    topics = [np.array(some, np.int64) for some in words]
    with Spill(Path(tempfile.gettempdir())) as keep, pytest.MonkeyPatch.context() as patch:
        patch.setattr(coherence, "_CELLS_AT_A_TIME", data.draw(st.sampled_from([1, 20, 1 << 24])))
        found = coherence.npmi(topics, training_on(counts, n_minibatches, keep=keep).minibatches())
        assert found == coherence.npmi(topics, training_on(counts).minibatches())
    matrix = counts.toarray()
    for some, value in zip(words, found, strict=True):
        assert value == (pytest.approx(by_definition(matrix, some)) if len(some) > 1 else None)


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3]), min_size=1, max_size=20), st.integers(1, 25))
def test_first_words_are_the_likeliest_and_equal_ones_keep_their_order(row, n_words):
    expected = sorted(range(len(row)), key=lambda column: -row[column])[:n_words]
    assert coherence.first_words(np.array(row, np.float32), n_words).tolist() == expected
