"""The diagnostics of topics, against numbers worked out by hand and a loop over tokens."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lda_cli.engine.diagnostics import Tally
from lda_cli.engine.estep import documents, e_step

VOCABULARY = ["moon", "orbit", "rice", "onion"]
ALPHA = np.array([0.1, 0.3])
BETA = 0.01
# a word and its topic for each token, as a line of MALLET's state has them
SAMPLE = [
    [("moon", 0), ("orbit", 0), ("moon", 0), ("rice", 1)],
    [("rice", 1), ("onion", 1), ("rice", 1)],
    [("moon", 0), ("onion", 0), ("moon", 1)],
]
WORDS = [np.array([0, 1, 3]), np.array([2, 0, 3])]  # by tokens, then by number


def tally_of_sample():
    tally = Tally(WORDS, ALPHA, len(VOCABULARY))
    entries, n_dk, n_wk = [], np.zeros((3, 2)), np.zeros((4, 2))
    for d, tokens in enumerate(SAMPLE):
        for word, topic in tokens:
            w = VOCABULARY.index(word)
            entries.append((d, w, topic))
            n_dk[d, topic] += 1
            n_wk[w, topic] += 1
    rows, terms, topics = np.array(sorted(set(entries))).T
    tally.n_wk += n_wk
    tally.add_words(rows, terms, topics, n_dk)
    return tally


def test_the_twelve_are_those_worked_out_by_hand():
    found = tally_of_sample().result(VOCABULARY, BETA)
    assert found.tokens.tolist() == [5, 5]
    # topic 0: 3 and 2 tokens in documents 0 and 2; topic 1: 1, 3 and 1
    assert found.document_entropy == pytest.approx(
        [math.log(5) - (3 * math.log(3) + 2 * math.log(2)) / 5, math.log(5) - 3 * math.log(3) / 5]
    )
    assert found.word_length == pytest.approx([14 / 3, 13 / 3])
    # topic 0: moon in 2 documents, orbit in 1, onion in 1; moon with orbit once, with onion once, those never
    assert found.coherence[0] == pytest.approx(
        math.log(1.01 / 2.01) + math.log(1.01 / 2.01) + math.log(0.01 / 1.01)
    )
    # topic 1: rice in 2 documents, moon in 1, onion in 1; rice with moon never, with onion once
    assert found.coherence[1] == pytest.approx(
        math.log(0.01 / 2.01) + math.log(1.01 / 2.01) + math.log(0.01 / 1.01)
    )
    p = [(3 / 5, 1 / 5, 1 / 5), (1 / 5, 3 / 5, 1 / 5)]  # moon, orbit, onion; moon, rice, onion
    assert found.uniform_dist == pytest.approx([sum(x * math.log(4 * x) for x in each) for each in p])
    corpus = [(4 / 10, 1 / 10, 2 / 10), (4 / 10, 3 / 10, 2 / 10)]
    assert found.corpus_dist == pytest.approx(
        [sum(x * math.log(x / y) for x, y in zip(*both, strict=True)) for both in zip(p, corpus, strict=True)]
    )
    assert found.eff_num_words == pytest.approx([1 / (9 + 1 + 1) * 25] * 2)
    # tokens .6 .2 .2 and documents 2 1 1; rice, moon, onion .6 .2 .2 and 2 1 1
    halves = ((0.6, 0.5), (0.2, 0.25), (0.2, 0.25))
    difference = sum(x * math.log(2 * x / (x + y)) + y * math.log(2 * y / (x + y)) for x, y in halves) / 2
    assert found.token_doc_diff == pytest.approx([difference] * 2)
    assert found.rank_1_docs == pytest.approx([2 / 2, 1 / 3])
    # shares: topic 0: 3.1/4.4, -, 2.1/3.4; topic 1: 1.3/4.4, 3.3/3.4, 1.3/3.4
    assert found.allocation_ratio == pytest.approx([2 / 2, 1 / 3])
    assert found.allocation_count == pytest.approx([2 / 2, 2 / 3])
    smooth = np.array([[3.01, 1.01], [1.01, 0.01], [0.01, 3.01], [1.01, 1.01]]) / 5.04
    assert found.exclusivity == pytest.approx(
        [(smooth[WORDS[k], k] / smooth[WORDS[k]].sum(axis=1)).mean() for k in range(2)]
    )


def test_expected_counts_of_sure_topics_are_those_of_a_sample():
    phi = np.array([[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]], np.float32)
    counts = csr_matrix(np.array([[2, 1, 0, 0], [0, 0, 1, 3], [2, 0, 1, 0], [0, 0, 0, 0]], np.int32))
    words = [np.array([0, 1]), np.array([3, 2])]
    phi_t = np.ascontiguousarray(phi.T)
    expected, sample = Tally(words, ALPHA, 4), Tally(words, ALPHA, 4)
    for part in (counts[:2], counts[2:]):
        found = e_step(part, phi_t, ALPHA, tolerance=1e-6, max_iterations=100)
        expected.add(documents(part, 2), found, phi_t)
    rows, terms = counts.nonzero()
    dense = counts.toarray()
    n_dk = np.column_stack([dense[:, :2].sum(axis=1), dense[:, 2:].sum(axis=1)]).astype(float)
    n_wk = np.zeros((4, 2))
    n_wk[[0, 1], 0], n_wk[[2, 3], 1] = dense.sum(axis=0)[:2], dense.sum(axis=0)[2:]
    sample.n_wk += n_wk
    sample.add_words(rows, terms, terms // 2, n_dk)
    for one, other in zip(expected.result("abcd", BETA), sample.result("abcd", BETA), strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_topic_without_words_or_tokens_has_no_number_and_no_warning():
    tally = Tally([np.array([0]), np.array([], np.int64)], ALPHA, 2)
    tally.n_wk[0, 0] = 1
    tally.add_words(np.array([0]), np.array([0]), np.array([0]), np.array([[1.0, 0.0]]))
    found = tally.result(["a", "b"], BETA)
    assert found.tokens.tolist() == [1, 0]
    assert found.coherence[0] == 0
    assert all(np.isnan(numbers[1]) for name, numbers in found._asdict().items() if name != "tokens")
