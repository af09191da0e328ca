"""How inputs are divided into chunks, and that no division shows in the documents."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.documents.readers import Chunk, Reader
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError, LdaCliError
from tests.corpus.reading import InBlocks, Text, inputs_of, read, read_documents, write


def lines_of(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix(b"\r") for line in lines]


def divided(stream: io.RawIOBase, has_more: Callable[[], bool] = lambda: True) -> list[Chunk]:
    """The chunks of a stream, of which one is told whether it has more."""
    config = CorpusConfig(encoding="latin-1")
    with patch.object(dividing, "_asker", lambda file: has_more):
        return [chunk for chunk in chunks(inputs_of("-", corpus=config, stdin=stream)) if chunk is not None]


def documents_of(found: list[Chunk]) -> list[Text]:
    reader, report = Reader(CorpusConfig(encoding="latin-1")), Report()
    return [Text.of(document) for chunk in found for document in reader.documents(chunk, report)]


text_bytes = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\n\n", b"\xe9", b" "])).map(
    b"".join
)
block_sizes = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@given(text_bytes, block_sizes, st.integers(1, 12), st.lists(st.booleans(), min_size=1, max_size=5))
def test_lines_are_the_same_for_any_blocks_chunks_and_pauses(
    content: bytes, sizes: list[int], chunk_bytes: int, more: list[bool]
) -> None:
    answers = iter(more * (len(content) + 2))
    with patch.object(dividing, "CHUNK_BYTES", chunk_bytes):
        found = divided(InBlocks(content, sizes), lambda: next(answers))
    expected = [line.decode("latin-1") for line in lines_of(content)]
    assert documents_of(found) == [(f"stdin:{n}", text) for n, text in enumerate(expected, start=1)]
    assert b"".join(chunk.data or b"" for chunk in found) == content
    assert all(chunk.data is None or chunk.data.endswith(b"\n") for chunk in found[:-3])


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 4), st.integers(1, 40))
def test_files_keep_their_order_in_any_chunks(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], chunk_files: int, chunk_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("folder")
    for number, size in enumerate([1, *sizes]):
        (folder / f"{number:02}").write_bytes(b"x" * size)
    with patch.multiple(dividing, CHUNK_FILES=chunk_files, CHUNK_BYTES=chunk_bytes):
        found = list(chunks(inputs_of(folder)))
        texts = [text for _, text in read(folder)]
    assert [len(text) for text in texts] == [1, *sizes]
    for chunk in found:
        assert chunk is not None
        assert len(chunk.sources) <= chunk_files
        assert len(chunk.sources) == 1 or sum(source.size for source in chunk.sources) <= chunk_bytes


def test_files_given_are_divided_by_their_size_as_those_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 256 of them, whatever their size, were in memory together
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 10)
    write(tmp_path, a=b"12345", b=b"12345", c=b"12345")
    inputs = [str(tmp_path / name) for name in "abc"]
    found = list(chunks(inputs_of(*inputs, corpus=CorpusConfig(format="folder"))))
    assert [len(chunk.sources) for chunk in found if chunk] == [2, 1]


def test_device_or_pipe_taken_whole_is_read_by_this_process() -> None:
    # in a process that multiprocessing starts, /dev/stdin is /dev/null
    read_end, write_end = os.pipe()
    os.write(write_end, b"one\ntwo")
    os.close(write_end)
    try:
        found = list(chunks(inputs_of(f"/dev/fd/{read_end}", corpus=CorpusConfig(format="folder"))))
    finally:
        os.close(read_end)
    assert found[0] is not None
    assert found[0].data == b"one\ntwo"


def test_error_of_a_file_comes_before_a_later_one_of_the_listing(tmp_path: Path) -> None:
    # files that waited for their chunk to be full were forgotten, and the later error was told
    write(tmp_path, a=b"one", b=b"caf\xe9", d=b"two")
    (tmp_path / "c").symlink_to("nowhere")
    documents = read_documents([str(tmp_path)], CorpusConfig(), Report())
    assert next(documents) == ("a", "one")
    with pytest.raises(CorpusError, match="b: not valid utf-8"):
        next(documents)

    documents = read_documents([str(tmp_path)], CorpusConfig(encoding="latin-1"), Report())
    assert [next(documents).id, next(documents).id] == ["a", "b"]
    with pytest.raises(CorpusError, match="c: a broken link"):
        next(documents)


@pytest.mark.parametrize("change", ["vanishes", "becomes a folder"])
def test_file_that_changes_between_listing_and_reading_is_an_error_or_skipped(
    tmp_path: Path, change: str
) -> None:
    def after_listing(on_error: str, report: Report) -> list[Text]:
        corpus = tmp_path / on_error
        config = CorpusConfig(on_error=on_error)
        listed = list(chunks(inputs_of(write(corpus, a=b"A", b=b"B", c=b"C"), corpus=config)))
        (corpus / "b").unlink()
        if change == "becomes a folder":
            (corpus / "b").mkdir()
        reader = Reader(config)
        return [
            Text.of(document) for chunk in listed if chunk for document in reader.documents(chunk, report)
        ]

    reason = "no such file or directory" if change == "vanishes" else "is a directory"
    with pytest.raises(LdaCliError, match=f"b: {reason}; set corpus.on_error to skip"):
        after_listing("fail", Report())
    report = Report()
    assert after_listing("skip", report) == [("a", "A"), ("c", "C")]
    assert report.skipped == [f"{tmp_path}/skip/b: {reason}"]
