from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from lda_cli.config import CorpusConfig, TokenizerConfig, VocabularyConfig
from lda_cli.corpus.counts.counters import ChunkCounter, KnownTerms
from lda_cli.corpus.documents.readers import Reader
from lda_cli.corpus.formats.records import Document
from lda_cli.corpus.terms import counting
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.corpus.terms.vocabulary import Amount
from lda_cli.corpus.training_corpus import TrainingCorpus
from lda_cli.errors import CorpusError
from tests.corpus.reading import build_of, dense

EVERY_WORD = VocabularyConfig(stop_words="none", min_df=1, max_df=1.0, max_terms=None)
WORDS = ["moon", "Moon", "MOON", "orbit", "a", "of", "über", "ÜBER", "don't", "x1", ""]
corpora = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=1, max_size=8)


@pytest.fixture(
    autouse=True, scope="module", params=["native", "numpy"]
)  # compiled, where it is, and in Python
def on_kernel(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LDA_CLI_KERNEL", request.param)
        yield


def built(
    texts: list[str],
    config: VocabularyConfig = EVERY_WORD,
    stop_words: tuple[str, ...] = (),
    min_length: int = 1,
) -> TrainingCorpus:
    documents = [Document(f"d{number}", text) for number, text in enumerate(texts)]
    tokenizer = Tokenizer(TokenizerConfig(min_length=min_length))
    counter = ChunkCounter(Reader(CorpusConfig()), tokenizer)
    return build_of([*map(counter.count, [documents[:3], documents[3:]])], tokenizer, config, stop_words)


def naive_counts(texts: list[str], tokenizer: Tokenizer) -> list[Counter[str]]:
    return [Counter(term for _, _, term in tokenizer.spans(text)) for text in texts]


@given(corpora, st.integers(1, 4))
def test_matrix_equals_a_naive_count(texts: list[str], min_length: int) -> None:
    expected = naive_counts(texts, Tokenizer(TokenizerConfig(min_length=min_length)))
    terms = sorted(set().union(*expected))
    if not terms:
        with pytest.raises(CorpusError, match="no word was found"):
            built(texts, min_length=min_length)
        return

    corpus = built(texts, min_length=min_length)
    dense = np.array([[counted[term] for term in terms] for counted in expected])
    assert corpus.terms == tuple(terms)
    np.testing.assert_array_equal(corpus.counts.toarray(), dense)
    np.testing.assert_array_equal(
        corpus.term_counts, np.column_stack([dense.sum(axis=0), (dense > 0).sum(axis=0)])
    )
    assert corpus.sizes.n_tokens == dense.sum()
    assert corpus.pruning.found == Amount(len(terms), dense.sum())


@given(corpora)
def test_matrix_is_canonical_int32(texts: list[str]) -> None:
    counts = built([*texts, "moon"]).counts
    assert (counts.data.dtype, counts.indices.dtype) == (np.int32, np.int32)
    assert (counts.data > 0).all()
    for start, end in zip(counts.indptr, counts.indptr[1:], strict=False):
        assert (np.diff(counts.indices[start:end]) > 0).all()


@given(corpora, st.sampled_from([1, 2, 0.3]), st.sampled_from([0.6, 1.0]))
def test_vocabulary_and_counts_are_those_of_scikit_learn(
    texts: list[str], min_df: float, max_df: float
) -> None:
    pattern = r"[^\W\d_]+"
    vectorizer = CountVectorizer(token_pattern=pattern, min_df=min_df, max_df=max_df)
    config = VocabularyConfig(stop_words="none", min_df=min_df, max_df=max_df, max_terms=None)
    with_words = list(filter(vectorizer.build_analyzer(), texts))  # a share is of these
    try:
        expected = vectorizer.fit(with_words).transform(texts)
    except ValueError:  # no terms remain, or min_df is above max_df
        with pytest.raises(CorpusError, match="no word"):
            built(texts, config)
        return
    corpus = built(texts, config)
    assert corpus.terms == tuple(vectorizer.get_feature_names_out())
    np.testing.assert_array_equal(corpus.counts.toarray(), expected.toarray())


def test_empty_documents_keep_their_place_and_a_share_is_of_the_others() -> None:
    texts = ["", "moon rice", "", "of", "rice"]
    corpus = built(texts, VocabularyConfig(min_df=1, max_df=0.5), stop_words=("of",))
    assert corpus.terms == ("moon",)  # rice is in two of three, "of" among them
    assert corpus.counts.toarray().tolist() == [[0], [1], [0], [0], [0]]
    assert (corpus.sizes.n_with_tokens, corpus.sizes.n_with_words) == (3, 1)


def test_stop_words_are_compared_as_terms_whatever_their_length() -> None:
    corpus = built(["Über of moon"], stop_words=("ÜBER", "OF"), min_length=1)
    assert corpus.terms == ("moon",)
    assert corpus.pruning.stop_words == Amount(terms=2, tokens=2)


def test_stop_words_are_compared_before_stemming_and_stems_after_it() -> None:
    # Compared by stem alone, `probably` of a list would take probability along.
    texts, stop_words = ["Probably probability", "mine mining miner"], ("Probably", "MINE")
    tokenizer = Tokenizer(TokenizerConfig(stemming="english"), stop_words)
    documents = [Document(text, text) for text in texts]
    counted = [ChunkCounter(Reader(CorpusConfig()), tokenizer).count(documents)]
    corpus = build_of(counted, tokenizer, EVERY_WORD, stop_words)
    assert corpus.terms == ("miner", "probabl")
    assert corpus.pruning.stop_words == Amount(terms=2, tokens=3)  # mining has the stem mine

    counts, unknown, _ = KnownTerms(tokenizer, corpus.terms, stop_words).count([*texts, "shafts"])
    np.testing.assert_array_equal(dense(counts)[:2], corpus.counts.toarray())
    assert unknown.tolist() == [0, 0, 1]


def test_no_documents_are_an_error() -> None:
    with pytest.raises(CorpusError, match=r"^no document was found: .*check corpus\.path$"):
        built([])


def test_documents_without_a_word_are_an_error_that_names_the_pattern() -> None:
    with pytest.raises(
        CorpusError,
        match=r"^no word was found in 2 documents by the tokenizer's pattern .* 3 and max_length null; ch",
    ):
        built(["1 2 3", "ab"], min_length=3)


@given(corpora, st.sets(st.sampled_from(["moon", "orbit", "über", "of"])), st.integers(1, 3))
def test_known_counts_unknown_tokens_and_spans_agree(
    texts: list[str], known: set[str], min_length: int
) -> None:
    tokenizer = Tokenizer(TokenizerConfig(min_length=min_length))
    index = {term: column for column, term in enumerate(sorted(known))}
    terms = KnownTerms(tokenizer, sorted(known), stop_words=[])
    counts, unknown, _ = terms.count(texts)
    assert counts.shape == (len(texts), len(index))
    assert (counts.data.dtype, unknown.dtype) == (np.int32, np.int64)

    for row, (text, expected) in enumerate(zip(texts, naive_counts(texts, tokenizer), strict=True)):
        assert dense(counts)[row].tolist() == [expected[term] for term in index]
        assert unknown[row] == sum(count for term, count in expected.items() if term not in index)
        starts, ends, columns = terms.spans(text)
        assert list(zip(starts, ends, columns, strict=True)) == [
            (start, end, index[term]) for start, end, term in tokenizer.spans(text) if term in index
        ]


def test_memory_of_known_terms_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MEMO_LIMIT", 10)
    terms = KnownTerms(Tokenizer(TokenizerConfig()), ["moon"], [])
    texts = [f"moon {chr(97 + number % 26) * 3} {chr(97 + number // 26) * 4}" for number in range(200)]
    for text in texts:
        counts, unknown, spans = terms.count([text], spans=True)
        assert len(terms._counter) <= 10 + 3
        assert len(terms._memo) <= 10 + 3
        assert (counts.totals.tolist(), unknown.tolist(), spans[0][2].tolist()) == ([1], [2], [0])


def test_memory_of_training_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"moon {chr(97 + number) * 3} moon" for number in range(26)]
    expected = built(texts).counts.toarray()
    monkeypatch.setattr(counting, "MEMO_LIMIT", 10)
    counter = ChunkCounter(Reader(CorpusConfig()), Tokenizer(TokenizerConfig()))
    chunks = [counter.count([Document("d", text)]) for text in texts]
    assert len(counter._newcomers.counter) <= 10 + 2
    corpus = build_of(chunks, Tokenizer(TokenizerConfig()), EVERY_WORD, [])
    np.testing.assert_array_equal(corpus.counts.toarray(), expected)


def test_stop_words_are_neither_known_nor_unknown() -> None:
    terms = KnownTerms(Tokenizer(TokenizerConfig()), ["moon"], stop_words=["The", "and"])
    counts, unknown, _ = terms.count(["The moon and the tide", "and the"])
    assert dense(counts).tolist() == [[1], [0]]
    assert unknown.tolist() == [1, 0]


def test_a_stop_word_that_is_in_the_vocabulary_is_known() -> None:
    counts, *_ = KnownTerms(Tokenizer(TokenizerConfig()), ["moon"], stop_words=["moon"]).count(["moon"])
    assert dense(counts).tolist() == [[1]]
