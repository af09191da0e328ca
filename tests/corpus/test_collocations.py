"""Learning which words make phrases: numbers worked out by hand, bounded memory, and what the cache keeps."""

import gzip
from collections.abc import Iterator
from math import log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig, TokenizerConfig
from lda_cli.corpus import collocations
from lda_cli.corpus.collocations import PairCounter, PairCounts, learn
from lda_cli.corpus.counts.cache import Cache
from lda_cli.corpus.documents.readers import Chunk, Reader
from lda_cli.corpus.inputs.files import Source
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.reading import read
from lda_cli.corpus.terms.tokenizer import Tokenizer
from lda_cli.errors import ConfigError
from tests.helpers.models import config_of

TOKENIZER = Tokenizer(TokenizerConfig(min_length=2))

# 12 terms: new 3 times, york 3, moon 4, city 2; "new york" 3 times, "moon city" twice, "city moon" once.
BY_HAND = ["New York", "the new York the moon city", "moon city. Moon a moon", "new york the"]


@pytest.fixture(autouse=True, scope="module", params=["native", "numpy"])
def on_kernel(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LDA_CLI_KERNEL", request.param)
        yield


def counts_of(*chunks: list[str], stop_words: tuple[str, ...] = ("the",)) -> PairCounts:
    """The pairs of chunks, a text a line of each."""
    source = Source("lines", "lines", "lines")
    counter = PairCounter(Reader(CorpusConfig()), TOKENIZER, stop_words)
    counts = PairCounts()
    for texts in chunks:
        counts.add(counter(Chunk((source,), None, "\n".join(texts).encode())))
    return counts


def test_npmi_is_what_a_hand_works_out() -> None:
    npmi = {
        ("new", "york"): log((3 / 12) / (3 / 12 * 3 / 12)) / -log(3 / 12),  # 1: never apart
        ("moon", "city"): log((2 / 12) / (4 / 12 * 2 / 12)) / -log(2 / 12),  # 0.613
    }
    counts = counts_of(BY_HAND)
    for threshold in (-1, 0.16, 0.17, 0.61, 0.62, 1):
        expected = sorted(pair for pair, value in npmi.items() if value > threshold - 1e-9)
        assert list(counts.collocations(1, threshold)) == expected
    # city and moon are neighbours once, across a full stop
    assert counts.collocations(2, 0.1) == (("moon", "city"), ("new", "york"))
    assert counts.collocations(3, -1) == (("new", "york"),)
    assert counts.collocations(4, -1) == ()


def test_neither_stop_words_nor_words_too_short_nor_ends_of_texts_are_bridged() -> None:
    counts = counts_of(["moon the city", "moon a city", "moon", "city"])
    assert counts.collocations(1, -1) == ()


words = st.sampled_from(["new", "york", "moon", "the", "a", "über"])
corpora = st.lists(st.lists(st.lists(words, max_size=9).map(" ".join), min_size=1, max_size=4), max_size=5)


@given(corpora, st.integers(1, 3), st.floats(-1, 1))
def test_pairs_are_those_of_the_definition(chunks: list[list[str]], min_count: int, threshold: float) -> None:
    alone: dict[str, int] = {}
    together: dict[tuple[str, str], int] = {}
    for text in [text for texts in chunks for text in texts]:
        last = None
        for word in text.split():
            is_term = word not in ("the", "a")
            if is_term:
                alone[word] = alone.get(word, 0) + 1
            if is_term and last:
                together[last, word] = together.get((last, word), 0) + 1
            last = word if is_term else None
    n = sum(alone.values())
    npmi = {
        (a, b): log(count * n / (alone[a] * alone[b])) / -log(count / n) for (a, b), count in together.items()
    }
    found = counts_of(*chunks).collocations(min_count, threshold)
    assert list(found) == sorted(set(found))
    for pair, value in npmi.items():
        if abs(value - threshold) > 1e-6:
            assert (pair in found) == (together[pair] >= min_count and value > threshold)
    assert set(found) <= set(npmi)


@given(corpora, corpora)
def test_rare_pairs_are_forgotten_when_there_are_too_many_and_no_word_is(
    first: list[list[str]], second: list[list[str]]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(collocations, "PAIRS_AT_MOST", 4)
        patched.setattr(collocations, "_HELD_AT_LEAST", 3)
        counts = counts_of(*first, ["new york"] * 60, *second)
        keys, sums = counts._sum()
        assert (keys & 0xFFFFFFFF > 0).sum() <= 4
        assert ("new", "york") in counts.collocations(60, -1)
    n_words = sum(
        word not in ("the", "a") for texts in first + second for text in texts for word in text.split()
    )
    assert sums.sum() == n_words + 120


def learned(folder: Path | None, *inputs: Path, stop_words: tuple[str, ...] = (), **settings: object):
    """The pairs, and how many documents were read for them; the corpus is counted too, as in a training."""
    n_read = 0

    def told(n_documents: int) -> None:
        nonlocal n_read
        n_read = n_documents

    phrases = {"max_words": 2, "min_count": 2} | settings
    cached = "none" if folder is None else str(folder)
    given = Inputs([*map(str, inputs)], config_of(corpus={"cache": cached}, vocabulary={"phrases": phrases}))
    pairs, texts = learn(given, TOKENIZER, stop_words, report_progress=told)
    with Cache(folder, "") as cache:
        assert texts == read(given, TOKENIZER, cache).text_fingerprint
    return pairs, n_read


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.txt").write_text(f"new york {'moon tide'[number:]}")
    return folder


def test_pairs_of_a_corpus_that_did_not_change_are_known(tmp_path: Path, corpus: Path) -> None:
    first, n_first = learned(tmp_path / "cache", corpus)
    second, n_second = learned(tmp_path / "cache", corpus)
    assert first == second == (("new", "york"),)
    assert (n_first, n_second) == (4, 0)
    assert learned(None, corpus) == (first, 4)


def test_pairs_are_learned_anew_when_a_file_came_changed_or_went(tmp_path: Path, corpus: Path) -> None:
    learned(tmp_path / "cache", corpus)
    (corpus / "new.txt").write_text("oil lamp oil lamp")
    assert learned(tmp_path / "cache", corpus) == ((("new", "york"), ("oil", "lamp")), 5)
    (corpus / "new.txt").write_text("oil lamp")
    assert learned(tmp_path / "cache", corpus) == ((("new", "york"),), 5)
    (corpus / "3.txt").unlink()
    assert learned(tmp_path / "cache", corpus)[1] == 4
    assert learned(tmp_path / "cache", corpus)[1] == 0


@pytest.mark.parametrize(
    "settings", [{"min_count": 3}, {"threshold": 0.4}, {"stop_words": ("york",)}, {"max_words": 3}]
)
def test_other_settings_learn_anew_except_the_number_of_words(
    tmp_path: Path, corpus: Path, settings: dict[str, object]
) -> None:
    learned(tmp_path / "cache", corpus)
    pairs, n_read = learned(tmp_path / "cache", corpus, **settings)
    assert n_read == (0 if settings == {"max_words": 3} else 4)
    assert pairs == (() if "stop_words" in settings else (("new", "york"),))


@pytest.mark.parametrize("damage", ["empty", "no gzip", "cut", "another version"])
def test_pairs_that_were_damaged_are_learned_anew(tmp_path: Path, corpus: Path, damage: str) -> None:
    learned(tmp_path / "cache", corpus)
    path = tmp_path / "cache" / "phrases.json.gz"
    damaged = {
        "empty": b"",
        "no gzip": b"x",
        "cut": path.read_bytes()[:-9],
        "another version": gzip.compress(b"[]"),
    }
    path.write_bytes(damaged[damage])
    assert learned(tmp_path / "cache", corpus) == ((("new", "york"),), 4)
    assert learned(tmp_path / "cache", corpus)[1] == 0


def test_what_can_be_read_only_once_is_refused_with_a_way_out() -> None:
    with pytest.raises(
        ConfigError, match=r"^standard input: .* only once; give a file, or set vocab\S+words to 1$"
    ):
        learned(None, Path("-"))


def test_bags_of_words_are_not_read_for_pairs(tmp_path: Path, corpus: Path) -> None:
    bag = tmp_path / "bag.ldac"
    bag.write_text("1 0:1\n")
    (tmp_path / "bag.vocab").write_text("moon\n")
    assert learned(tmp_path / "cache", corpus, bag) == ((("new", "york"),), 4)
    bag.write_text("1 0:2\n")
    assert learned(tmp_path / "cache", corpus, bag)[1] == 0
