"""Windows with words of a topic, against a count of every window, one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.engine import windows
from lda_cli.engine.windows import MOST_WORDS, WHOLE_DOCUMENTS, WindowCounter

N_TERMS = 7

documents = st.lists(st.lists(st.integers(-2, N_TERMS + 3), max_size=40), max_size=5)
topics = st.lists(st.lists(st.integers(0, N_TERMS - 1), unique=True, max_size=5), min_size=1, max_size=4)
sizes = st.lists(st.integers(1, 45) | st.just(WHOLE_DOCUMENTS), min_size=1, max_size=4)


def counted(documents, topics, sizes):
    counter = WindowCounter([np.array(words, np.int64) for words in topics], sizes)
    tokens = np.array([token for document in documents for token in document], np.int32)
    return counter.count(tokens, np.cumsum([0, *map(len, documents)]))


def by_hand(documents, topics, size):
    """Windows with word i and word j of a topic, one window after the other."""
    n_windows, width = 0, max(map(len, topics))
    together = np.zeros((len(topics), width, width), int)
    for document in filter(None, documents):
        for first in range(max(1, len(document) - size + 1)):
            n_windows += 1
            window = set(document[first : first + size])
            for k, words in enumerate(topics):
                holds = np.array([word in window for word in words], bool)
                together[k, : len(words), : len(words)] += np.outer(holds, holds)
    return n_windows, together


@given(documents, topics, sizes, st.sampled_from([1, 5, 1 << 19]))
def test_any_size_of_window_gives_what_a_count_of_every_window_does(documents, topics, sizes, at_a_time):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(windows, "_INTERVALS_AT_A_TIME", at_a_time)
        found = counted(documents, topics, sizes)
    for place, size in enumerate(sizes):
        n_windows, together = by_hand(documents, topics, size)
        assert found.n_windows[place] == n_windows
        assert found.together[place].tolist() == together.tolist()
    assert found.n_documents == sum(any(token >= 0 for token in document) for document in documents)


@given(documents, documents, topics)
def test_counts_of_parts_add_up(some, others, topics):
    sizes = [1, 3, WHOLE_DOCUMENTS]
    whole = counted(some + others, topics, sizes)
    parts = counted(some, topics, sizes).added(counted(others, topics, sizes))
    assert whole.n_windows.tolist() == parts.n_windows.tolist()
    assert whole.n_documents == parts.n_documents
    assert whole.together.tolist() == parts.together.tolist()


def test_word_stays_in_a_window_that_another_occurrence_has_left():
    """gensim 4.4 loses it: its flag of a word is cleared when any occurrence leaves the window."""
    found = counted([[0, 0, 1, -1, -1]], [[0, 1]], [3])
    assert found.together[0, 0].tolist() == [[2, 2], [2, 3]]  # windows 001, 01-, 1--


def test_words_of_other_topics_keep_their_places():
    """tomotopy 0.14 drops all other words first, which brings 0 and 1 together."""
    found = counted([[0, -1, -1, -1, -1, -1, 1]], [[0, 1]], [3])
    assert found.together[0, 0, 0, 1] == 0
    assert found.n_windows.tolist() == [5]


def test_topics_of_very_many_words_are_refused():
    with pytest.raises(ValueError, match=f"at most {MOST_WORDS} words here, not 31"):
        WindowCounter([np.arange(MOST_WORDS + 1)], [10])
    n = MOST_WORDS
    assert counted([list(range(n))], [list(range(n))], [n]).together.tolist() == [np.ones((1, n, n)).tolist()]
