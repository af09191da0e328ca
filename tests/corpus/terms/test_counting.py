"""The compiled counter and its twin: the same terms, numbers and counts of any text, and bounded memory."""

import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import TokenizerConfig
from lda_cli.corpus.terms import counting
from lda_cli.corpus.terms.counting import (
    NO_TERM,
    UNKNOWN,
    NativeCounter,
    PythonCounter,
    TermCounter,
    term_counter,
)
from lda_cli.corpus.terms.tokenizer import Tokenizer

needs_native = pytest.mark.skipif(counting._native is None, reason="there is no compiled counter")
COUNTERS = [pytest.param(NativeCounter, marks=needs_native), PythonCounter]

# Letters that fold in odd ways, marks, digits, white space, NUL, halves of characters, scripts, planes.
ODD = (
    "\u0915\u093f\u094d\u0e01\u0e33\u20dd\xad\u1100\u1161\u11a8\ufe0f\u200c"
    "aAzZbĀßẞ\u03a3\u03c3ςİ\u0131ǅﬁªµ²½é\u0301\u0307Å09_-' ,.\0\n\t\x1c\x85"
    "\u2028\u200d\u2019\ufffd漢字ไทЖ😀\U0001d49c\U0001d7d8\ud800\udfff"
)
any_character = st.characters(exclude_categories=())
texts = st.text(st.one_of(st.sampled_from(ODD), st.sampled_from("abcABC "), any_character))
repeated = st.builds(str.__mul__, st.text(st.sampled_from(ODD), max_size=9), st.integers(0, 40))
in_ascii = st.text(st.sampled_from("abZ ,0_-'\0\n"), max_size=200)  # longer than a mask is wide
corpora = st.lists(st.one_of(texts, in_ascii, st.builds(str.__add__, repeated, texts)), max_size=6)
PATTERNS = [
    "auto",
    r"[^\W\d_]+",
    r"\w+",
    r"[a-z]+",
    r"[\w'-]+",
    r"[^a]+",
    r"\S+",
    r"\W+",
    r"\d+",
    "[^\0-\x7f]+",
]
configs = st.builds(
    TokenizerConfig,
    pattern=st.one_of(st.just(PATTERNS[0]), st.sampled_from(PATTERNS)),
    lowercase=st.booleans(),
    strip_accents=st.booleans(),
    min_length=st.integers(1, 9),
    normalize=st.sampled_from(["nfc", "nfkc", "none"]),
)


def rows(counter: TermCounter, corpus: list[str]) -> list[tuple[dict[int, int], int]]:
    """For each text the count of each number, and how many tokens are unknown."""
    counts = counter.count(iter(corpus))
    starts, numbers, amounts, _ = counts.rows
    types = [array.dtype for array in (starts, numbers, amounts, counts.unknown)]
    assert types == [np.int64, np.int32, np.int32, np.int64]
    assert len(starts) == len(counts.unknown) + 1 == len(corpus) + 1
    found = []
    for start, end, unknown in zip(starts, starts[1:], counts.unknown, strict=False):
        columns = numbers[start:end].tolist()
        assert len(set(columns)) == len(columns)
        found.append((dict(zip(columns, amounts[start:end].tolist(), strict=True)), int(unknown)))
    return found


@needs_native
@given(corpora, corpora, configs)
def test_twins_find_the_same_new_terms(first: list[str], second: list[str], config: TokenizerConfig) -> None:
    tokenizer = Tokenizer(config)
    native, twin = NativeCounter(tokenizer), PythonCounter(tokenizer)
    n_terms = 0
    for corpus in (first, second):
        assert rows(native, corpus) == rows(twin, corpus)
        assert native.terms(n_terms) == twin.terms(n_terms)
        n_terms += len(native.terms(n_terms))
        assert len(native) == n_terms


@needs_native
@given(st.lists(st.lists(texts, unique=True)))
def test_twins_number_terms_alike(lists: list[list[str]]) -> None:
    native, twin = term_counter(Tokenizer(TokenizerConfig())), counting.Numbers()
    expected: dict[str, int] = {}
    for terms in lists:
        numbers = [expected.setdefault(term, len(expected)) for term in terms]
        assert native.columns(terms).tolist() == twin.columns(terms).tolist() == numbers
    assert native.terms(0) == twin.terms(0) == list(expected)
    half = len(expected) // 2
    assert native.terms(half) == twin.terms(half)


@needs_native
@given(corpora, st.lists(texts, max_size=5), st.lists(texts, max_size=5), configs)
def test_twins_find_the_same_known_terms(
    corpus: list[str], stop_words: list[str], others: list[str], config: TokenizerConfig
) -> None:
    tokenizer = Tokenizer(config)
    found = [term for text in corpus for _, _, term in tokenizer.spans(text)]
    terms = dict.fromkeys([*found[::3], *others])
    known = dict.fromkeys([*found[::4], *stop_words], NO_TERM) | {term: n for n, term in enumerate(terms)}
    native, twin = NativeCounter(tokenizer, known), PythonCounter(tokenizer, known)
    for _ in range(2):
        assert rows(native, corpus) == rows(twin, corpus)
        assert len(native) == len(known)


@needs_native
@given(corpora, st.booleans(), configs)
def test_twins_number_every_token_in_its_place(
    corpus: list[str], are_known: bool, config: TokenizerConfig
) -> None:
    tokenizer = Tokenizer(config)
    terms = [tokenizer.normalize(raw) for text in corpus for raw in tokenizer.tokens(text)]
    known = {term: number for number, term in enumerate(dict.fromkeys(filter(None, terms[::2])))}
    for make in (NativeCounter, PythonCounter):
        counter = make(tokenizer, known if are_known else None)
        numbers, starts = counter.sequences(iter(corpus))
        assert (numbers.dtype, starts.dtype) == (np.int32, np.int64)
        assert starts.tolist() == np.cumsum([0, *(len(tokenizer.tokens(text)) for text in corpus)]).tolist()
        of_terms = dict(zip(terms, counter.columns(terms).tolist(), strict=True)) | {"": NO_TERM}
        assert numbers.tolist() == [of_terms[term] for term in terms]


@pytest.mark.parametrize("make", COUNTERS)
def test_a_term_may_be_numbered_before_it_is_met_and_need_not_be_a_token(
    make: Callable[..., TermCounter],
) -> None:
    counter = make(Tokenizer(TokenizerConfig()))
    assert counter.columns(["", "tide", "new_york", "Über", "tide"]).tolist() == [0, 1, 2, 3, 1]
    assert rows(counter, ["moon of the tide"]) == [({4: 1, 5: 1, 1: 1}, 0)]
    assert counter.sequences(["a tide", "", "moon"]).numbers.tolist() == [NO_TERM, 1, 4]
    assert counter.terms(0) == ["", "tide", "new_york", "Über", "moon", "the"]
    known = make(Tokenizer(TokenizerConfig()), {"moon": 0})
    assert known.columns(["moon", "tide"]).tolist() == [0, UNKNOWN]


@needs_native
@given(corpora, configs)
def test_counts_do_not_change_when_the_memo_starts_anew(corpus: list[str], config: TokenizerConfig) -> None:
    tokenizer = Tokenizer(config)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "MEMO_LIMIT", 2)
        assert rows(NativeCounter(tokenizer), corpus) == rows(PythonCounter(tokenizer), corpus)


def of_normalize(normalize: Callable[[str], str], **settings: Any) -> Any:
    assert counting._native is not None
    tokenizer = Tokenizer(TokenizerConfig())
    defaults: dict[str, Any] = {
        **{"characters": tokenizer.in_class, "normalize": normalize, "known": None, "lowercase": True},
        **{"min_length": 1, "max_length": sys.maxsize, "is_verbatim": False, "limit": 1000},
    }
    return counting._native.Counter(**defaults | settings)


@needs_native
def test_every_token_is_asked_for_once_where_ascii_is_not_its_own_term() -> None:
    asked = []

    def stem(raw: str) -> str:
        asked.append(raw)
        return raw.removesuffix("s") if len(raw) > 2 else ""

    counter = of_normalize(stem)
    columns, counts, *_ = counter.count(["Moons moon of MOON écoles", "moons école of"])
    assert asked == ["moons", "moon", "of", "écoles", "école"]
    assert counter.terms(0) == ["moon", "école"]
    assert np.frombuffer(columns, np.int32).tolist() == [0, 1, 0, 1]
    assert np.frombuffer(counts, np.int32).tolist() == [3, 1, 1, 1]


@needs_native
def test_tokens_shorter_or_longer_than_allowed_are_no_terms() -> None:
    counter = of_normalize(str, min_length=2, max_length=9, is_verbatim=True)
    counter.count(["a ab abcdefgh abcdefghi abcdefghij " + "k" * 1000])
    assert counter.terms(0) == ["ab", "abcdefgh", "abcdefghi"]


@pytest.mark.parametrize("make", COUNTERS)
def test_a_token_may_be_a_million_characters_long(make: Callable[..., TermCounter]) -> None:
    counter = make(Tokenizer(TokenizerConfig()))
    counter.count(["x" * 1_000_000 + " " + "é" * 1_000_000 + " X" + "x" * 999_999])
    assert list(map(len, counter.terms(0))) == [1_000_000, 1_000_000]


@pytest.mark.parametrize("make", COUNTERS)
def test_texts_that_break_off_leave_nothing_behind(make: Callable[..., TermCounter]) -> None:
    counter = make(Tokenizer(TokenizerConfig()), {"moon": 0, "tide": 1})

    def broken() -> Iterator[str]:
        yield "moon moon of the tide"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        counter.count(broken())
    assert rows(counter, ["moon", ""]) == [({0: 1}, 0), ({}, 0)]


@needs_native
def test_what_a_callback_raises_is_raised() -> None:
    counter = of_normalize(lambda raw: 1 / 0)  # type: ignore[arg-type,return-value]
    with pytest.raises(ZeroDivisionError):
        counter.count(["moon éЖ"])
    for wrong in (counter.count, counter.sequences, counter.numbers):
        with pytest.raises(TypeError):
            wrong([b"moon"])
    assert counter.sequences([]) == (b"", bytes(8))


@needs_native
def test_memory_does_not_grow_with_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MEMO_LIMIT", 100)
    counter = NativeCounter(Tokenizer(TokenizerConfig()), {"moon": 0})
    sizes = set()
    for number in range(5000):
        text = f"moon éa{chr(0x4E00 + number)} abc{'d' * (number % 50)}"
        assert rows(counter, [text]) == [({0: 1}, 2)]
        sizes.add(sys.getsizeof(counter._counter))
    assert max(sizes) < min(sizes) + 100_000


@needs_native
def test_a_counter_that_is_sent_knows_what_it_knew() -> None:
    counter = pickle.loads(pickle.dumps(NativeCounter(Tokenizer(TokenizerConfig()), {"moon": 5})))
    assert rows(counter, ["moon tide"]) == [({5: 1}, 1)]


@needs_native
@pytest.mark.parametrize("pattern", [*PATTERNS, r"[ \]]+", "moon", r"\w+?", r"\w+-\w+", "[a-z]+|x"])
def test_compiled_counter_serves_where_tokens_are_runs_of_one_class(
    monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.delenv("LDA_CLI_KERNEL", raising=False)
    tokenizer = Tokenizer(TokenizerConfig(pattern=pattern))
    assert isinstance(term_counter(tokenizer), NativeCounter) == (pattern in PATTERNS)


def test_no_compiled_counter_serves_who_asks_for_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LDA_CLI_KERNEL", "numpy")
    assert isinstance(term_counter(Tokenizer(TokenizerConfig())), PythonCounter)


def test_python_serves_where_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LDA_CLI_KERNEL", raising=False)
    monkeypatch.setattr(counting, "_native", None)
    assert rows(term_counter(Tokenizer(TokenizerConfig())), ["Moon moon"]) == [({0: 2}, 0)]
