"""What `auto` makes of a file whose name tells nothing: its first bytes decide where they are plain."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from lda_cli.corpus.documents.chunks import chunks
from lda_cli.corpus.documents.readers import FileEnd, Reader
from lda_cli.corpus.inputs.files import formats_of
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.corpus.inputs.report import Report
from tests.corpus import bag_files
from tests.corpus.reading import inputs_of

ROWS: bag_files.Rows = [{0: 1}]
HEADS = {
    "mtx": bag_files.mtx(ROWS),
    "npz": bag_files.npz(ROWS),
    "jsonl": b'\xef\xbb\xbf{"text": "one"}\n{',
    "json": b' [\n  {\n    "text": "one"',
    "csv": b"id;text\n1;one, two\n2;three\n",
    "lines": b"one\n",
}


def format_of(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    ((given, kind),) = formats_of(inputs_of(path))
    assert given == str(path)
    return kind


def format_read(inputs: Inputs) -> str:
    """What the only file of the inputs is read as; "" if it is left out."""
    ends: list[FileEnd] = []
    for chunk in chunks(inputs):
        if chunk is not None:
            list(Reader(inputs.corpus).documents(chunk, Report(), ends.append))
    return ends[0].format


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("kind", HEADS)
def test_first_bytes_tell_the_format(tmp_path: Path, kind: str, pack: Callable[[bytes], bytes]) -> None:
    for name in ("a", "a.txt", "a.dat", "a.txt.gz"):
        if name != "a.txt.gz" or pack is not bytes:
            assert format_of(tmp_path / name, pack(HEADS[kind])) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}x\n",
        b"[1]\n",
        b"[{text} is a placeholder]\n",
        b'{"text": }\n',
        b"text\none\ntwo\n",
        b"the text; of it\n1;2\n2;3\n",
        b"a;text\none;two;three\nfour;five\n",
        b"{" * 60_000 + b"\n",
        b"\x1f\x8b\x08cut",
        b"3 0:1 1:1 2:1\n",  # may be text
    ],
)
def test_what_may_be_something_else_is_lines(tmp_path: Path, content: bytes) -> None:
    assert format_of(tmp_path / "a", content) == "lines"


@pytest.mark.parametrize("name", ["a", "a.json", "a.jsonl"])
def test_json_is_read_as_what_it_is_whatever_its_name(tmp_path: Path, name: str) -> None:
    lines, long_line = b'{"text": "one"}\n{"text": "two"}\n', b'{"text": "' + b"x" * 70_000 + b'"}\n'
    array, pretty = b'[{"text": "one"}]', b'{\n"text": "one"}\n{\n"text": "two"}'
    contents = {lines: "jsonl", long_line: "jsonl", array: "json", pretty: "json"}
    contents |= {array.decode().encode(encoding): "json" for encoding in ("utf-8-sig", "utf-16", "utf-32")}
    for content, kind in contents.items():
        (tmp_path / name).write_bytes(content)
        for inputs in (inputs_of(tmp_path / name), inputs_of(tmp_path)):
            assert format_read(inputs) == kind
        assert format_read(inputs_of("-", stdin=io.BytesIO(content))) == kind


def test_name_goes_before_the_first_bytes(tmp_path: Path) -> None:
    for name, kind in (("a.CSV", "csv"), ("docword.x", "uci"), ("docword.csv", "uci"), ("a.ldac.xz", "ldac")):
        assert format_of(tmp_path / name, HEADS["jsonl"]) == kind
    assert formats_of(inputs_of(tmp_path)) == [(str(tmp_path), "folder")]
    assert formats_of(inputs_of("-")) == [("-", "lines")]
