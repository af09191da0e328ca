"""Small files are read at once, and give what they would give as streams."""

import bz2
import gzip
import hashlib
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents import readers
from lda_cli.corpus.documents.readers import Chunk, FileEnd, Reader
from lda_cli.corpus.inputs.compression import read_small
from lda_cli.corpus.inputs.files import Source, Stamps
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError

texts = st.one_of(
    st.text(max_size=20).map(str.encode),
    st.binary(max_size=20),
    st.sampled_from([b"", b"moon\0", b"\0" * 9000, b"m" * 8192 + b"\0", b"\xef\xbb\xbfmoon", b"caf\xe9"]),
    st.text(max_size=9).map(lambda text: text.encode("utf-16", "surrogatepass")),
)
packers = st.sampled_from([bytes, gzip.compress, bz2.compress, lzma.compress])
contents = st.builds(lambda pack, text, end: pack(text)[:end], packers, texts, st.sampled_from([None, -1, 5]))
encodings = st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-7"])


def told(path: Path, config: CorpusConfig, at_once: bool) -> list[object]:
    source = Source(str(path), path.name, "folder", size=path.stat().st_size, stamps=Stamps())
    report, found = Report(), []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(readers, "SMALL_FILE", 1 << 16 if at_once else -1)
        try:
            documents = list(Reader(config).documents(Chunk((source,), Report()), report, found.append))
        except CorpusError as error:
            return [str(error)]
    return [documents, found, report]


@given(contents, st.sampled_from(["a", "a.gz", "a.BZ2", "a.xz"]), encodings)
def test_small_file_gives_what_its_stream_gives(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("small") / name
    path.write_bytes(content)
    for on_error in ("fail", "skip", "replace"):
        config = CorpusConfig(encoding=encoding, on_error=on_error)
        assert told(path, config, at_once=True) == told(path, config, at_once=False)


def test_file_that_grows_after_it_was_listed_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"moon " * 50_000)
    assert read_small(str(path), 3) == (b"moon " * 50_000, False)
    source = Source(str(path), "a", "folder", size=3, stamps=Stamps())
    found: list[FileEnd] = []
    [document] = Reader(CorpusConfig()).documents(Chunk((source,), Report()), Report(), found.append)
    assert document.text == "moon " * 50_000
    assert [end.content for end in found] == [hashlib.sha256(path.read_bytes()).digest()]
