"""The scores of the bench are what they say."""

import numpy as np

from . import scores


def test_diversity_is_one_of_topics_without_a_common_word_and_one_in_k_of_the_same():
    apart = np.kron(np.eye(4), np.full(scores.WORDS_OF_DIVERSITY, 1 / scores.WORDS_OF_DIVERSITY))
    assert scores.diversity(apart) == 1
    assert scores.diversity(np.tile(apart[0], (4, 1))) == 1 / 4
