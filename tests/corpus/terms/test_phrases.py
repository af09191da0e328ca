"""Joining words to phrases: what a loop over the tokens would join, counted and found alike everywhere."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig, TokenizerConfig
from lda_cli.corpus.counts.counters import ChunkCounter, KnownTerms
from lda_cli.corpus.documents.matrices import Bag
from lda_cli.corpus.documents.readers import Chunk, Reader
from lda_cli.corpus.formats.records import Document
from lda_cli.corpus.inputs.files import Source
from lda_cli.corpus.terms import counting
from lda_cli.corpus.terms.phrases import Phrases
from lda_cli.corpus.terms.rows import Rows
from lda_cli.corpus.terms.tokenizer import Tokenizer
from tests.corpus.reading import dense

WORDS = ["new", "york", "city", "times", "moon", "über"]
STOP_WORD, SHORT = "the", "a"
TOKENIZER = Tokenizer(TokenizerConfig(min_length=2))

texts = st.lists(
    st.lists(st.sampled_from([*WORDS, "New", "YORK", STOP_WORD, SHORT, "unheard"]), max_size=20).map(
        " ".join
    ),
    max_size=5,
)
pairs = st.sets(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), max_size=12)
phrases = st.builds(Phrases, pairs.map(lambda found: tuple(sorted(found))), st.integers(2, 5))

Found = list[tuple[int, int, str]]


@pytest.fixture(autouse=True, scope="module", params=["native", "numpy"])
def on_kernel(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LDA_CLI_KERNEL", request.param)
        yield


def joined_one_by_one(text: str, joining: Phrases) -> Found:
    """Start, end and term of each term and phrase: the rule, as it is told."""
    found: Found = []
    last, n_words = None, 0
    for start, end, raw in zip(*TOKENIZER.raw_spans(text), strict=True):
        term = TOKENIZER.normalize(raw)
        if (last, term) in joining.pairs and n_words < joining.max_words:
            begin, _, phrase = found.pop()
            found.append((begin, end, f"{phrase}_{term}"))
            n_words += 1
        elif term:
            found.append((start, end, term))
            n_words = 1
        last = term
    return found


def counted(counter: ChunkCounter, *chunks: list[str]) -> list[Counter[str]]:
    terms: dict[bytes, list[str]] = {}
    found = []
    for texts in chunks:
        chunk = counter.count(Document("d", text) for text in texts)
        of_counter = terms.setdefault(chunk.counter, [])
        of_counter += chunk.terms
        for start, end in pairwise(chunk.rows.indptr.tolist()):
            words = map(of_counter.__getitem__, chunk.rows.indices[start:end].tolist())
            found.append(Counter(dict(zip(words, chunk.rows.data[start:end].tolist(), strict=True))))
    return found


@given(texts, phrases)
def test_counts_of_training_are_those_of_a_loop_over_the_tokens(texts: list[str], joining: Phrases) -> None:
    counter = ChunkCounter(Reader(CorpusConfig()), TOKENIZER, joining)
    expected = [Counter(term for _, _, term in joined_one_by_one(text, joining)) for text in texts]
    assert counted(counter, texts[:2], texts[2:]) == expected


@given(texts, phrases, st.sets(st.sampled_from([*WORDS, "new_york", "york_city", "new_york_city"])))
def test_inference_counts_and_finds_what_training_counts(
    texts: list[str], joining: Phrases, vocabulary: set[str]
) -> None:
    known = KnownTerms(TOKENIZER, sorted(vocabulary), [STOP_WORD], joining)
    counts, unknown, spans = known.count(texts, spans=True)
    assert spans is not None
    for row, text in enumerate(texts):
        found = joined_one_by_one(text, joining)
        expected = [item for item in found if item[2] in vocabulary]
        starts, ends, columns = (array.tolist() for array in spans[row])
        assert list(zip(starts, ends, map(sorted(vocabulary).__getitem__, columns), strict=True)) == expected
        of_terms = Counter(term for *_, term in expected)
        assert dense(counts)[row].tolist() == [of_terms[term] for term in sorted(vocabulary)]
        others = [term for *_, term in found if term not in vocabulary and term != STOP_WORD]
        assert unknown[row] == len(others)


def test_as_many_words_as_may_be_are_joined_from_the_left() -> None:
    text = "New York City Times, New York the city times"
    pairs = (("city", "times"), ("new", "york"), ("york", "city"))
    for max_words, expected in {
        2: {"new_york": 2, "city_times": 2, "the": 1},
        3: {"new_york_city": 1, "times": 1, "new_york": 1, "the": 1, "city_times": 1},
        4: {"new_york_city_times": 1, "new_york": 1, "the": 1, "city_times": 1},
    }.items():
        counter = ChunkCounter(Reader(CorpusConfig()), TOKENIZER, Phrases(pairs, max_words))
        assert counted(counter, [text]) == [expected]


def test_a_phrase_that_the_vocabulary_lost_is_one_unknown_token() -> None:
    known = KnownTerms(TOKENIZER, ["new", "york"], [], Phrases((("new", "york"),), 2))
    counts, unknown, _ = known.count(["new york york"])
    assert dense(counts).tolist() == [[0, 1]]
    assert unknown.tolist() == [1]


def test_words_that_are_only_parts_of_phrases_are_unknown_alone_and_in_bags_of_words() -> None:
    known = KnownTerms(TOKENIZER, ["new_york"], [], Phrases((("new", "york"),), 2))
    counts, unknown, _ = known.count(["new york new", "york"])
    assert (dense(counts).tolist(), unknown.tolist()) == ([[1], [0]], [1, 1])
    bag = Bag(["york", "new_york"], Rows(np.array([0, 2]), *np.array([[0, 1], [4, 3]], np.int32)))
    counts, unknown, _ = known.count_bag(bag)
    assert (dense(counts).tolist(), unknown.tolist()) == ([[3]], [4])


def test_bags_of_words_before_texts_take_no_terms_away() -> None:
    counter = ChunkCounter(Reader(CorpusConfig()), TOKENIZER, Phrases((("new", "york"),), 2))
    bag = Bag(["moon"], Rows(np.array([0, 1]), np.zeros(1, np.int32), np.ones(1, np.int32)))
    source = Source("bag.ldac", "bag.ldac", "ldac")
    chunk = counter(Chunk((source,), None, records=[Document("bag", "")], bag=bag))
    assert (chunk.ids, chunk.terms, chunk.counter) == (["bag"], ["moon"], b"")
    assert counted(counter, ["new york moon"]) == [{"new_york": 1, "moon": 1}]


def test_phrases_are_found_after_the_memory_of_terms_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MEMO_LIMIT", 3)
    counter = ChunkCounter(Reader(CorpusConfig()), TOKENIZER, Phrases((("new", "york"),), 2))
    first = counter._newcomers.name
    expected = [{"new_york": 1, word: 1, "of": 1} for word in WORDS[2:]]
    assert counted(counter, *([f"new york {word} of"] for word in WORDS[2:])) == expected
    assert counter._newcomers.name != first
