"""What can be asked of a model: its topics, and those of new texts, beside figures worked out by hand."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import psi

from lda_cli.errors import ModelError
from lda_cli.model.model import CHUNK_CHARACTERS, CHUNK_DOCUMENTS
from tests.helpers.models import PHI, TERMS, config_of, random_model, small_model

EXACT = {"inference": {"tolerance": 1e-7, "max_iterations": 1000}}
# Known words, unknown ones, a stop word, what is too short, and what is no word.
WORDS = [*TERMS, "Moon", "ORBIT", "sun", "the", "of", "x", "7", "...", "\n", "月"]
texts = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)


def only(model, text, **options):
    """What the model says of a single text."""
    (found,) = model.infer([text], **options)
    return found


def fixed_point(columns, phi, alpha):
    """gamma and q(z) of each token, (N, K), by the two updates as they are derived, in float64."""
    gamma = alpha + len(columns) / len(alpha)
    for _ in range(2000):
        q = np.exp(psi(gamma) - psi(gamma.sum())) * phi[:, columns].T
        q /= q.sum(axis=1, keepdims=True)
        gamma = alpha + q.sum(axis=0)
    return gamma, q


def test_shares_of_topics_sum_to_one_and_follow_the_tokens():
    shares = [topic.share for topic in small_model().topics()]
    assert shares == pytest.approx([1 / 3, 2 / 3])


def test_words_of_a_topic_come_by_probability():
    topics = small_model().topics(top=2)
    assert [[term for term, _ in topic.words] for topic in topics] == [["moon", "orbit"], ["rice", "orbit"]]
    assert [p for _, p in topics[1].words] == pytest.approx([0.7, 0.2])
    assert [(topic.number, topic.alpha) for topic in topics] == [(0, 0.1), (1, 0.1)]


def test_topics_of_a_term_are_weighted_by_the_tokens_of_the_topics():
    # p(topic | moon): 0.5 * 1 and 0.1 * 2 of 0.7; p(topic | rice): 0.2 * 1 and 0.7 * 2 of 1.6
    moon, rice = small_model().term_topics("moon"), small_model().term_topics("rice")
    assert [use.topic for use in moon] == [0, 1]
    assert [use.share for use in moon] == pytest.approx([5 / 7, 2 / 7])
    assert [use.p for use in moon] == pytest.approx([0.5, 0.1])
    assert [use.topic for use in rice] == [1, 0]
    assert [use.share for use in rice] == pytest.approx([7 / 8, 1 / 8])


def test_term_of_topics_without_tokens_has_topics_all_the_same():
    """`inspect --term moon --format json` printed NaN, which is no JSON."""
    model = replace(small_model(phi=[[0.5, 0.5, 0], [0, 0.5, 0.5]]), topic_counts=np.array([0.0, 5.0]))
    assert [(use.topic, use.share) for use in model.term_topics("moon")] == [(0, 1.0), (1, 0.0)]


def test_topics_that_no_token_moved_are_as_large_as_alpha_says():
    """With a large alpha gamma, in float32, is alpha: such a model was saved, and could not be loaded."""
    model = replace(small_model(alpha=[1e6, 3e5]), topic_counts=np.zeros(2))
    assert [topic.share for topic in model.topics()] == pytest.approx([10 / 13, 3 / 13])
    assert sum(use.share for use in model.term_topics("moon")) == pytest.approx(1)


@pytest.mark.parametrize("alpha", [1e-6, 1e6])
def test_text_of_a_term_that_is_all_but_impossible_has_topics(alpha):
    # such a model was loaded, and inference ended in a FloatingPointError
    found = only(small_model(phi=[[0.5, 0.5, 1e-45], [0.5, 0.5, 0]], alpha=[alpha, alpha]), "moon rice")
    assert found.tokens == 2
    assert found.theta.sum() == pytest.approx(1)


def test_term_is_folded_as_the_words_of_a_text_are():
    assert small_model().term_topics("MOON") == small_model().term_topics("moon")
    assert small_model(tokenizer={"lowercase": False}).term_topics("MOON") == []
    assert small_model().term_topics("sun") == []


def test_term_may_be_a_word_or_its_stem():
    model = small_model(("agre", "organiz", "rice"), tokenizer={"stemming": "english"})
    assert model.term_topics("Agreed") == model.term_topics("agre") != []  # whose own stem is agr
    assert model.term_topics("organiz") == model.term_topics("organization") != []
    assert model.term_topics("\udcff") == []


@pytest.mark.parametrize(
    ("setting", "package", "extra"),
    [
        ({"stemming": "english"}, "Stemmer", "stemming"),
        ({"segmenter": "chinese"}, "rjieba", "segmentation"),
    ],
)
def test_model_says_which_package_its_words_need(setting, package, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    model = small_model(tokenizer=setting)
    assert len(model.topics()) == 2
    with pytest.raises(
        ModelError, match=rf'needs a package that is not installed: .*pip install "lda-cli\[{extra}\]"$'
    ):
        only(model, "moon")


def test_known_and_unknown_words_are_counted_and_neither_stop_words_nor_short_ones():
    found = only(small_model(), "The moon, the Moon; rice of 7 suns and x-rays.")
    assert (found.tokens, found.unknown) == (3, 2)  # moon Moon rice; suns rays


def test_words_are_those_of_the_text_with_their_places():
    text = "Moon\u2014rice, moonlight; (ORBIT) \U0001f319rice"
    words = only(small_model(), text, words=True).words
    assert [(word.start, word.end, word.term) for word in words] == [
        (0, 4, "moon"),
        (5, 9, "rice"),
        (23, 28, "orbit"),
        (31, 35, "rice"),
    ]


def test_words_are_not_told_unless_asked_for():
    assert only(small_model(), "moon").words is None
    assert only(small_model(), "sun", words=True).words == ()


def test_theta_and_q_are_the_fixed_point_of_the_two_updates():
    text, columns = "moon rice moon orbit moon", [0, 2, 0, 1, 0]
    gamma, q = fixed_point(columns, np.array(PHI), np.array([0.3, 0.05]))
    found = only(small_model(alpha=[0.3, 0.05], **EXACT), text, words=True)
    np.testing.assert_allclose(found.theta, gamma / gamma.sum(), atol=1e-5)
    assert [word.topic for word in found.words] == list(q.argmax(axis=1))
    np.testing.assert_allclose([word.p for word in found.words], q.max(axis=1), atol=1e-5)


def test_where_topics_share_no_word_theta_is_the_count_of_each():
    # gamma = alpha + (3, 1)
    model = small_model(phi=[[1, 0, 0], [0, 0.5, 0.5]], alpha=[0.5, 0.5])
    found = only(model, "moon moon moon rice", words=True)
    assert found.theta == pytest.approx([3.5 / 5, 1.5 / 5])
    assert [(word.topic, word.p) for word in found.words] == [(0, 1), (0, 1), (0, 1), (1, 1)]


@pytest.mark.parametrize("text", ["", "sun", "the of", "\0", "\ud800", "7" * 1000])
def test_text_without_a_known_word_gets_the_prior(text):
    found = only(small_model(alpha=[0.3, 0.1]), text)
    assert found.tokens == 0
    assert found.theta == pytest.approx([0.75, 0.25])


@settings(max_examples=50)
@given(st.lists(texts, max_size=8))
def test_every_text_gets_a_theta_and_every_known_word_a_topic(documents):
    found = list(small_model().infer(documents, words=True))
    assert len(found) == len(documents)
    for text, topics in zip(documents, found, strict=True):
        assert topics.theta.sum() == pytest.approx(1, abs=1e-12)
        assert (topics.theta > 0).all()
        assert topics.tokens == len(topics.words)
        for word in topics.words:
            assert text[word.start : word.end].lower() == word.term
            assert 0.5 <= word.p <= 1


MANY = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(300)]
MANY_TOPICS = random_model(MANY, n_topics=20, **EXACT)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_text_gets_the_same_topics_whatever_its_neighbours(seed, n_texts):
    # Padded to the longest of a block, a document's sums are grouped otherwise: float32's last digits differ.
    rng = np.random.default_rng(seed)
    documents = [" ".join(rng.choice(MANY, rng.integers(0, 200))) for _ in range(n_texts)]
    together = next(MANY_TOPICS.infer(documents, words=True))
    alone = only(MANY_TOPICS, documents[0], words=True)
    np.testing.assert_allclose(alone.theta, together.theta, atol=1e-5)
    places = [[word[:3] for word in found.words] for found in (alone, together)]
    assert places[0] == places[1]
    p = [[word.p for word in found.words] for found in (alone, together)]
    np.testing.assert_allclose(*p, atol=3e-5)


def numbered_texts(n):
    """Texts whose numbers of tokens tell them apart."""
    return ("moon " * (number % 97) for number in range(n))


def taken_from(source):
    """The source, and a list that grows by an item whenever one is taken from it."""
    taken = []

    def items():
        for item in source:
            taken.append(item)
            yield item

    return items(), taken


def test_a_stream_is_read_at_most_a_chunk_ahead():
    source, taken = taken_from(numbered_texts(10**9))
    found = small_model().infer(source)
    assert not taken
    for n in islice(range(1, 10**9), 3 * CHUNK_DOCUMENTS):
        next(found)
        assert len(taken) <= n + CHUNK_DOCUMENTS


def test_a_few_long_texts_make_a_chunk():
    # 512 files of 50 MB were held at once
    source, taken = taken_from(" " * (CHUNK_CHARACTERS // 2) for _ in range(9))
    next(small_model().infer(source))
    assert len(taken) == 2


def test_a_single_text_is_no_list_of_texts():
    # each of its characters was taken for a document
    with pytest.raises(TypeError, match=r"such as \[text\]"):
        list(small_model().infer("the moon"))


def test_the_inference_settings_of_another_config_may_be_used():
    text = "moon rice orbit moon"
    one_step = config_of(inference={"max_iterations": 1})
    assert only(small_model(**EXACT), text, config=one_step).theta[0] != only(small_model(), text).theta[0]
    np.testing.assert_array_equal(
        only(small_model(**EXACT), text, config=one_step).theta,
        only(small_model(inference={"max_iterations": 1}), text).theta,
    )


def test_threads_change_nothing():
    documents = [" ".join(MANY[: n % 300]) for n in range(CHUNK_DOCUMENTS)]  # several blocks of an E-step
    with ThreadPoolExecutor(3) as pool:
        many = [found.theta.tobytes() for found in MANY_TOPICS.infer(documents, parallel=pool.map)]
    assert many == [found.theta.tobytes() for found in MANY_TOPICS.infer(documents)]


def test_models_can_be_compared_and_kept_in_a_set():
    # a dataclass compares its fields, and arrays cannot be compared so
    one, other = small_model(), small_model()
    assert one != other
    assert len({one, other, one}) == 2
