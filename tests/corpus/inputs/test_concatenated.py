"""Packed files of several streams: all of their text or an error, and how much memory they may ask for."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.inputs.compression import DamagedError, streams

Compress = Callable[[bytes], bytes]
COMPRESS: dict[str, Compress] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".former.xz": lambda text: lzma.compress(text, lzma.FORMAT_ALONE),
}

texts = st.one_of(st.binary(max_size=50), st.integers(0, 1 << 18).map(bytes))
padding = st.integers(0, 5).map(lambda n_words: bytes(4 * n_words))
junk = st.binary(max_size=9).filter(any)
packed_as = pytest.mark.parametrize("suffix", COMPRESS)


def unpacked(content: bytes, suffix: str = ".xz") -> bytes:
    return streams(f"a{suffix}", io.BytesIO(content), None)[1].read()


@packed_as
@given(parts=st.lists(st.tuples(texts, padding), min_size=1, max_size=3))
def test_all_streams_are_read_with_padding_and_without(suffix: str, parts: list[tuple[bytes, bytes]]) -> None:
    content = b"".join(COMPRESS[suffix](text) + zeros for text, zeros in parts)
    assert unpacked(content, suffix) == b"".join(text for text, _ in parts)


@packed_as
@given(before=st.just(b"") | texts, text=texts, n_cut=st.integers(1, 40))
def test_stream_that_is_cut_is_damaged(suffix: str, before: bytes, text: bytes, n_cut: int) -> None:
    pack = COMPRESS[suffix]
    last = pack(text)
    content = (pack(before) if before else b"") + last[: max(1, len(last) - n_cut)]
    with pytest.raises(DamagedError):
        unpacked(content, suffix)


@packed_as
@given(text=texts, zeros=padding, other=junk, then=st.none() | texts)
def test_what_stands_behind_and_is_no_stream_is_damaged(
    suffix: str, text: bytes, zeros: bytes, other: bytes, then: bytes | None
) -> None:
    pack = COMPRESS[suffix]
    content = pack(text) + zeros + other + (b"" if then is None else pack(then))
    with pytest.raises(DamagedError):
        unpacked(content, suffix)


def test_damaged_stream_behind_a_good_one_is_not_passed_over() -> None:
    spoiled = lzma.compress(b"two\n").replace(b"two", b"tvo")
    with pytest.raises(DamagedError):
        unpacked(lzma.compress(b"one\n") + spoiled)
