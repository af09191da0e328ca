"""Documents to their parts: what a part holds, its id, and that nothing of the text is lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import SplitConfig, TokenizerConfig
from lda_cli.corpus.documents.splitting import in_parts
from lda_cli.corpus.formats.records import Document
from lda_cli.corpus.terms.tokenizer import Tokenizer

WORDS = Tokenizer(TokenizerConfig())
texts = st.one_of(st.text(), st.text("ab \t\r\n\x0b\u2028", max_size=60), st.text("a \n", max_size=60))
tokenizers = st.sampled_from([TokenizerConfig().pattern, r"\S+", r"a*", r"|a", r"\s"]).map(
    lambda pattern: Tokenizer(TokenizerConfig(pattern=pattern))
)


def parts(text: str, by: str, size: int, tokenizer: Tokenizer = WORDS) -> list[str]:
    found = list(in_parts([Document("d", text)], SplitConfig(by, size), tokenizer))
    assert [document.id for document in found] == [f"d#{number}" for number in range(1, len(found) + 1)]
    return [document.text for document in found]


def paragraphs_of(text: str) -> int:
    """How many runs of lines that are not blank there are, counted line by line."""
    are_blank = [not line.strip() for line in text.split("\n")]
    return sum(not blank and before for before, blank in zip([True, *are_blank], are_blank, strict=False))


@given(texts, st.sampled_from(["lines", "paragraphs", "tokens"]), st.integers(1, 4), tokenizers)
def test_parts_put_together_are_the_text(text: str, by: str, size: int, tokenizer: Tokenizer) -> None:
    assert "".join(parts(text, by, size, tokenizer)) == text


@given(texts, st.integers(1, 4))
def test_every_part_but_the_last_has_so_many_lines(text: str, size: int) -> None:
    found = parts(text, "lines", size)
    assert all(part.count("\n") == size and part.endswith("\n") for part in found[:-1])
    assert found[-1].removesuffix("\n").count("\n") < size
    assert found[-1] or not text


@given(texts, st.integers(1, 4))
def test_every_part_but_the_last_has_so_many_paragraphs(text: str, size: int) -> None:
    found = parts(text, "paragraphs", size)
    assert [paragraphs_of(part) for part in found[:-1]] == [size] * (len(found) - 1)
    assert paragraphs_of(found[-1]) <= size
    assert all(part.strip() for part in found) or not text.strip()


@given(texts, st.integers(1, 4))
def test_tokens_of_the_parts_are_those_of_the_text(text: str, size: int) -> None:
    def terms(text: str) -> list[str]:
        return list(map(WORDS.normalize, WORDS.tokens(text)))

    found = list(map(terms, parts(text, "tokens", size)))
    assert [len(tokens) for tokens in found[:-1]] == [size] * (len(found) - 1)
    assert [token for tokens in found for token in tokens] == terms(text)


@pytest.mark.parametrize(
    ("by", "size", "text", "expected"),
    [
        ("lines", 2, "a\nb\r\n\nc", ["a\nb\r\n", "\nc"]),
        ("lines", 2, "a\nb\n", ["a\nb\n"]),
        ("lines", 1, "old\rMac\nb", ["old\rMac\n", "b"]),  # as in files of lines
        ("paragraphs", 1, "a\nb\n\nc\n", ["a\nb\n\n", "c\n"]),
        ("paragraphs", 1, "a\r\n\r\n \t\r\nb\r\nc", ["a\r\n\r\n \t\r\n", "b\r\nc"]),
        ("paragraphs", 1, "\n\n  a\n\n  b\n\n\n", ["\n\n  a\n\n", "  b\n\n\n"]),
        ("paragraphs", 2, "a\n\nb\n\nc", ["a\n\nb\n\n", "c"]),
        ("tokens", 2, "- one, two (three) four!", ["- one, two (", "three) four!"]),
        ("tokens", 1, "1 2", ["1 2"]),
        ("lines", 1, "", [""]),
    ],
)
def test_parts_of(by: str, size: int, text: str, expected: list[str]) -> None:
    assert parts(text, by, size) == expected


def test_without_a_unit_documents_stay_whole() -> None:
    documents = [Document("a", "x\ny"), Document("b", "")]
    assert list(in_parts(documents, SplitConfig(), WORDS)) == documents


@pytest.mark.parametrize("by", ["lines", "paragraphs", "tokens"])
@pytest.mark.parametrize("text", ["a b\n\n" * 100_000, " " * 400_000, "\n" * 400_000, " \n" * 200_000])
def test_time_is_linear_in_the_text(by: str, text: str) -> None:
    # with its square it would be half an hour
    started = time.perf_counter()
    assert "".join(parts(text, by, 3)) == text
    assert time.perf_counter() - started < 30
