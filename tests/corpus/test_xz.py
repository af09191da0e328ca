"""Files of xz: the bytes that Python's own reader finds in them, and how much memory they may ask for."""

import io
import lzma
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.compression import DamagedError, streams

HEADER = 12  # bytes before the first block, and of a block's header here


def unpacked(content: bytes) -> bytes:
    return streams("a.xz", io.BytesIO(content), None)[1].read()


texts = st.one_of(st.binary(max_size=50), st.integers(0, 1 << 18).map(bytes))
packed = texts.map(lzma.compress) | texts.map(lambda text: lzma.compress(text, lzma.FORMAT_ALONE))


@given(st.lists(packed | st.binary(max_size=9), max_size=3), packed, st.integers(0, 40))
def test_streams_padding_cuts_and_what_stands_behind_are_as_pythons_own_reader_has_them(
    parts: list[bytes], first: bytes, n_cut: int
) -> None:
    content = b"".join([first, *parts])
    content = content[: max(1, len(content) - n_cut)]
    try:
        expected = lzma.decompress(content)
    except lzma.LZMAError:
        with pytest.raises(DamagedError):
            unpacked(content)
    else:
        assert unpacked(content) == expected


def asking_for_4_gib() -> bytes:
    content = bytearray(lzma.compress(b"word\n", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]))
    block = content[HEADER : 2 * HEADER - 4]
    assert block[2:4] == b"\x21\x01"
    block[4] = 40  # 4 GiB - 1
    content[HEADER : 2 * HEADER] = block + zlib.crc32(block).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize("before", [b"", lzma.compress(b"one\n")])
def test_file_that_asks_for_gigabytes_is_damaged(before: bytes) -> None:
    with pytest.raises(DamagedError, match="Memory usage limit exceeded"):
        unpacked(before + asking_for_4_gib())


def test_damaged_stream_behind_a_good_one_is_not_passed_over() -> None:
    spoiled = lzma.compress(b"two\n").replace(b"two", b"tvo")
    with pytest.raises(DamagedError):
        unpacked(lzma.compress(b"one\n") + spoiled)
