import contextlib
import gzip
import hashlib
import io
import os
import socket
import subprocess
import threading
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.files import printable
from lda_cli.corpus.readers import Document, Report, fingerprint, read_documents
from lda_cli.errors import ConfigError, CorpusError, LdaCliError

GZIPPED = gzip.compress(b"one\ntwo\n" * 1000, mtime=0)


def read(
    *inputs: object, report: Report | None = None, stdin: bytes = b"", **settings: object
) -> list[Document]:
    config = CorpusConfig(**settings)
    report = Report() if report is None else report
    return list(read_documents(list(map(str, inputs)), config, report, stdin=io.BytesIO(stdin)))


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def ids(documents: list[Document]) -> list[str]:
    return [document.id for document in documents]


def error_of(*inputs: object, **settings: object) -> str:
    with pytest.raises(CorpusError) as caught:
        read(*inputs, **settings)
    message = str(caught.value)
    assert message.splitlines() == [message]
    assert "Errno" not in message
    return message


# Formats, and the order of documents


def test_folder_gives_a_document_a_file_sorted_by_code_point_depth_first(tmp_path: Path) -> None:
    write(tmp_path, b=b"B", a__y=b"ay", a__x__z=b"axz", Z=b"Z", é=b"e", a_txt=b"at")
    assert read(tmp_path) == [
        ("Z", "Z"),
        ("a/x/z", "axz"),
        ("a/y", "ay"),
        ("a.txt", "at"),
        ("b", "B"),
        ("é", "e"),
    ]


def test_file_and_standard_input_give_a_document_a_line(tmp_path: Path) -> None:
    write(tmp_path, notes_txt=b"one\n\r\n\rthree\r\nfour")
    assert read(tmp_path / "notes.txt", "-", stdin=b"five\n\n") == [
        ("notes.txt:1", "one"),
        ("notes.txt:2", ""),
        ("notes.txt:3", "\rthree"),
        ("notes.txt:4", "four"),
        ("stdin:1", "five"),
        ("stdin:2", ""),
    ]


def test_format_folder_takes_a_file_and_standard_input_whole(tmp_path: Path) -> None:
    write(tmp_path, notes_txt=b"one\r\ntwo")
    documents = read(tmp_path / "notes.txt", "-", stdin=b"five\n", format="folder")
    assert documents == [("notes.txt", "one\r\ntwo"), ("stdin", "five\n")]


def test_format_lines_reads_every_file_of_a_folder_by_line(tmp_path: Path) -> None:
    write(tmp_path, b=b"3\n", a__x=b"1\n2", empty=b"")
    assert read(tmp_path, format="lines") == [("a/x:1", "1"), ("a/x:2", "2"), ("b:1", "3")]


def test_empty_files_are_documents(tmp_path: Path) -> None:
    write(tmp_path, a=b"", b_gz=b"")
    assert read(tmp_path) == [("a", ""), ("b.gz", "")]


def test_other_line_separators_do_not_end_a_line(tmp_path: Path) -> None:
    write(tmp_path, a="x\x0b\x0c\x1c\x85\u2028y\rz".encode())
    assert read(tmp_path / "a") == [("a:1", "x\x0b\x0c\x1c\x85\u2028y\rz")]


def test_byte_order_mark_is_removed_from_the_file_not_from_its_lines(tmp_path: Path) -> None:
    write(tmp_path, a="\ufeffx\n\ufeffy".encode())
    for encoding in ("utf-8", "utf-8-sig", "UTF8"):
        assert read(tmp_path / "a", encoding=encoding) == [("a:1", "x"), ("a:2", "\ufeffy")]
        assert read(tmp_path, encoding=encoding) == [("a", "x\n\ufeffy")]


def test_gz_is_decompressed_by_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_gz=gzip.compress(b"x\n") + gzip.compress(b"y"),
        b=gzip.compress(b"x").replace(b"\0", b"\1"),
    )
    assert read(tmp_path, include=("*.gz",)) == [("a.gz", "x\ny")]
    assert read(tmp_path / "a.gz") == [("a.gz:1", "x"), ("a.gz:2", "y")]
    assert "not valid utf-8" in error_of(tmp_path / "b")


def test_long_line_is_one_document(tmp_path: Path) -> None:
    write(tmp_path, a=b"word " * 2_000_000)
    assert [len(text) for _, text in read(tmp_path / "a")] == [10_000_000]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037"])
def test_encoding_without_a_newline_byte_is_read_whole_only(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, a="ab\ncd".encode(encoding))
    assert read(tmp_path, encoding=encoding) == [("a", "ab\ncd")]
    with pytest.raises(
        ConfigError, match=f"{encoding} cannot be read a line at a time; convert it to utf-8 or set"
    ):
        read(tmp_path / "a", encoding=encoding)


@pytest.mark.parametrize("encoding", ["nonsense", "rot13", "hex"])
def test_unknown_encoding_is_a_config_error(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(ConfigError, match=r"^corpus\.encoding: no text encoding"):
        read(write(tmp_path, a=b"x"), encoding=encoding)


def test_first_document_is_there_before_the_second_folder_is_listed(tmp_path: Path) -> None:
    write(tmp_path, a__x=b"x", b__y=b"y")
    documents = read_documents([str(tmp_path)], CorpusConfig(), Report())
    assert next(documents).id == "a/x"
    (tmp_path / "b" / "z").write_bytes(b"z")
    assert ids(list(documents)) == ["b/y", "b/z"]


def test_line_of_a_pipe_is_given_before_the_next_is_written() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stdin, os.fdopen(write_end, "wb", buffering=0) as stream:
        documents = read_documents(["-"], CorpusConfig(), Report(), stdin=stdin)
        for text in ("one", "two"):
            stream.write(f"{text}\n".encode())
            assert next(documents).text == text
        stream.close()
        assert list(documents) == []
        assert not stdin.closed


def test_named_pipe_given_as_input_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"x\ny\n",))
    writer.start()
    assert read(tmp_path / "pipe") == [("pipe:1", "x"), ("pipe:2", "y")]
    writer.join()


# Which files


def test_hidden_files_and_folders_never_match(tmp_path: Path) -> None:
    write(tmp_path, a=b"", _hidden=b"", _git__config=b"", x___hidden=b"")
    assert ids(read(tmp_path, include=("**/*", "**/.*"))) == ["a"]


def test_include_and_exclude_choose_files_and_an_excluded_folder_is_left_out_whole(tmp_path: Path) -> None:
    write(tmp_path, a_txt=b"", b_md=b"", drafts__c_txt=b"", x__drafts__d_txt=b"", x__e_txt=b"", x__f_txt=b"")
    assert ids(read(tmp_path, include=("**/*.txt",), exclude=("drafts", "x/f*"))) == [
        "a.txt",
        "x/drafts/d.txt",
        "x/e.txt",
    ]
    assert ids(read(tmp_path, exclude=("drafts/**", "**/drafts/**"))) == [
        "a.txt",
        "b.md",
        "x/e.txt",
        "x/f.txt",
    ]


def test_excluded_folder_is_not_even_listed(tmp_path: Path) -> None:
    write(tmp_path, a=b"", x__b=b"")
    (tmp_path / "x" / "loop").symlink_to(tmp_path)
    assert ids(read(tmp_path, exclude=("x",))) == ["a"]


def test_folder_without_files_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, _hidden=b"")
    assert (
        error_of(tmp_path)
        == f"{tmp_path}: no file in this folder (hidden ones are never read); check the path"
    )


def test_no_matching_file_names_the_patterns_the_number_of_files_and_the_likely_cause(tmp_path: Path) -> None:
    write(tmp_path, x__a_txt=b"", x__b_txt=b"")
    assert error_of(tmp_path, include=("*.txt",), exclude=("y",), on_error="skip") == (
        f'{tmp_path}: no file matches corpus.include ["*.txt"] with corpus.exclude ["y"] '
        '(files that do not match: 2); "*.txt" matches in the top folder only, "**/*.txt" in every folder'
    )


@pytest.mark.parametrize("name", ["nowhere", "nowhere\n\x1b[31m", "no\0where", "a/b", "x" * 300])
def test_input_that_is_not_there_is_an_error_before_anything_is_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, a=b"x")
    documents = read_documents([str(tmp_path), f"{tmp_path}/{name}"], CorpusConfig(on_error="skip"), Report())
    with pytest.raises(CorpusError) as caught:
        next(documents)
    assert str(caught.value).isprintable()


# Names


def test_ids_are_one_printable_line_of_valid_unicode(tmp_path: Path) -> None:
    raw_names = [b"a\nb", b"\xff\xfe", "\u202egnp".encode(), "é ü".encode(), b"back\\slash", b"\x1b[31m"]
    for name in raw_names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"text")
    assert sorted(ids(read(tmp_path))) == sorted(
        ["a\\x0ab", "\\xff\\xfe", "\\u202egnp", "é ü", "back\\\\slash", "\\x1b[31m"]
    )


@given(st.text(st.characters(), max_size=6), st.text(st.characters(), max_size=6))
def test_printable_names_are_printable_and_never_coincide(one: str, other: str) -> None:
    assert printable(one).isprintable()
    printable(one).encode("utf-8")
    assert (printable(one) == printable(other)) == (one == other)


# Links and special files


def test_links_are_followed(tmp_path: Path) -> None:
    write(tmp_path, docs__a=b"A", else__b=b"B")
    (tmp_path / "docs" / "file").symlink_to(tmp_path / "else" / "b")
    (tmp_path / "docs" / "folder").symlink_to(tmp_path / "else")
    assert read(tmp_path / "docs") == [("a", "A"), ("file", "B"), ("folder/b", "B")]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("..", "a link to a folder it lies in"),
        ("loop", "a broken link (too many levels of symbolic links)"),
        ("nowhere", "a broken link (no such file or directory)"),
    ],
)
def test_link_in_a_circle_or_to_nothing_is_an_error_or_skipped(
    tmp_path: Path, target: str, reason: str
) -> None:
    write(tmp_path, x__a=b"A")
    link = tmp_path / "x" / "loop"
    link.symlink_to(target)
    assert error_of(tmp_path).startswith(f"{link}: {reason}; ")
    assert error_of(tmp_path, on_error="replace").startswith(f"{link}: {reason}; ")
    report = Report()
    assert ids(read(tmp_path, report=report, on_error="skip")) == ["x/a"]
    assert report.skipped == [f"{link}: {reason}"]
    assert ids(read(tmp_path, exclude=("**/loop",))) == ["x/a"]


def test_broken_link_that_does_not_match_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, a_txt=b"A")
    (tmp_path / "b").symlink_to("nowhere")
    assert ids(read(tmp_path, include=("*.txt",))) == ["a.txt"]


def test_special_files_are_skipped_and_counted(tmp_path: Path) -> None:
    write(tmp_path, a=b"A")
    os.mkfifo(tmp_path / "pipe")
    with contextlib.chdir(tmp_path), socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
    report = Report()
    assert ids(read(tmp_path, report=report)) == ["a"]
    assert report.skipped == [f"{tmp_path}/{name}: not a regular file" for name in ("pipe", "sock")]


def test_folders_may_be_deeper_than_python_may_recurse(tmp_path: Path) -> None:
    deep = "/".join("d" * 1500)
    for depth in (500, 1000, 1500):  # os.makedirs recurses, as shutil.rmtree would
        os.makedirs(tmp_path / "/".join("d" * depth))
    (tmp_path / deep / "a").write_bytes(b"A")
    try:
        assert ids(read(tmp_path)) == [f"{deep}/a"]
    finally:
        subprocess.run(["rm", "-r", tmp_path / "d"], check=True)


# What cannot be decoded or read


def test_undecodable_file_is_an_error_skipped_or_replaced(tmp_path: Path) -> None:
    write(tmp_path, a=b"caf\xe9", b=b"B")
    reason = f"{tmp_path}/a: not valid utf-8 at byte 3"
    remedy = "set corpus.encoding to what it is, or corpus.on_error to skip or replace"
    assert error_of(tmp_path) == f"{reason}; {remedy}"
    skipping, replacing = Report(), Report()
    assert read(tmp_path, report=skipping, on_error="skip") == [("b", "B")]
    assert skipping == Report(n_skipped=1, skipped=[reason])
    assert read(tmp_path, report=replacing, on_error="replace") == [("a", "caf\ufffd"), ("b", "B")]
    assert replacing == Report(n_replaced=1, replaced=[reason])


def test_undecodable_line_is_an_error_skipped_or_replaced_and_keeps_the_numbers(tmp_path: Path) -> None:
    write(tmp_path, a=b"x\ncaf\xe9\ny")
    reason = f"{tmp_path}/a:2: not valid utf-8 at byte 3 of the line"
    assert error_of(tmp_path / "a").startswith(f"{reason}; ")
    skipping, replacing = Report(), Report()
    assert ids(read(tmp_path / "a", report=skipping, on_error="skip")) == ["a:1", "a:3"]
    assert skipping.skipped == [reason]
    assert read(tmp_path / "a", report=replacing, on_error="replace")[1] == ("a:2", "caf\ufffd")
    assert replacing.replaced == [reason]


def test_standard_input_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    assert error_of("-", stdin=b"\xff").startswith(
        "standard input:1: not valid utf-8 at byte 0 of the line; "
    )


def test_report_keeps_twenty_names_and_counts_all(tmp_path: Path) -> None:
    write(tmp_path, a=b"\xff\n" * 50)
    report = Report()
    read(tmp_path / "a", report=report, on_error="skip")
    read(tmp_path / "a", report=report, on_error="replace")
    assert (report.n_skipped, len(report.skipped), report.n_replaced, len(report.replaced)) == (
        50,
        20,
        50,
        20,
    )


@pytest.mark.parametrize("layout", ["folder", "lines"])
def test_binary_file_is_an_error_or_skipped_but_never_replaced(tmp_path: Path, layout: str) -> None:
    write(
        tmp_path, a=b"text", b=b"x\n" * 4095 + b"\0\n", c_gz=gzip.compress(b"\0"), d=b"x\n" * 4096 + b"\0\n"
    )
    for on_error in ("fail", "replace"):
        assert error_of(tmp_path, format=layout, on_error=on_error).startswith(f"{tmp_path}/b: binary file; ")
    report = Report()
    assert {
        name.partition(":")[0] for name in ids(read(tmp_path, report=report, format=layout, on_error="skip"))
    } == {
        "a",
        "d",
    }
    assert report.skipped == [f"{tmp_path}/b: binary file", f"{tmp_path}/c.gz: binary file"]


@pytest.mark.parametrize(
    "content",
    [GZIPPED[:-9], GZIPPED[:-1], GZIPPED[:5], b"plain", GZIPPED[:20] + b"\xff" * 20, GZIPPED[:-8] + b"x" * 8],
)
@pytest.mark.parametrize("layout", ["folder", "lines"])
def test_damaged_gz_is_an_error_or_skipped(tmp_path: Path, content: bytes, layout: str) -> None:
    write(tmp_path, a_gz=content, b=b"B")
    assert error_of(tmp_path, format=layout).startswith(f"{tmp_path}/a.gz: not a whole gzip file (")
    report = Report()
    assert read(tmp_path, report=report, format=layout, on_error="skip")[-1].text == "B"
    assert report.n_skipped == 1


def test_file_that_vanishes_or_may_not_be_read_is_an_error_or_skipped(tmp_path: Path) -> None:
    write(tmp_path, a=b"A", b=b"B")
    denied = patch(
        "lda_cli.corpus.readers.open", create=True, side_effect=PermissionError(13, "Permission denied")
    )
    with denied:
        assert error_of(tmp_path) == (
            f"{tmp_path}/a: permission denied; set corpus.on_error to skip to leave it out"
        )
    report = Report()
    documents = read_documents([str(tmp_path)], CorpusConfig(on_error="skip"), report)
    next(documents)
    (tmp_path / "b").unlink()
    assert list(documents) == []
    assert report.skipped == [f"{tmp_path}/b: no such file or directory"]


def test_folder_that_may_not_be_listed_is_an_error_or_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a=b"A", x__b=b"B")
    listed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("/x"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert error_of(tmp_path).startswith(f"{tmp_path}/x: permission denied; ")
    report = Report()
    assert ids(read(tmp_path, report=report, on_error="skip")) == ["a"]
    assert report.skipped == [f"{tmp_path}/x: permission denied"]


def test_closed_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(CorpusError, match="standard input is closed"):
        list(read_documents(["-"], CorpusConfig(), Report()))


@given(
    st.one_of(st.binary(max_size=200), st.binary(max_size=50).map(gzip.compress), st.text().map(str.encode)),
    st.sampled_from(["a", "a.gz"]),
    st.sampled_from(["folder", "lines"]),
    st.sampled_from(["fail", "skip", "replace"]),
    st.sampled_from(["utf-8", "latin-1", "utf-16", "shift_jis"]),
)
def test_any_bytes_give_documents_or_an_error_of_one_line(
    tmp_path_factory: pytest.TempPathFactory,
    content: bytes,
    name: str,
    layout: str,
    on_error: str,
    encoding: str,
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    problem = None
    try:
        documents = read(path, format=layout, on_error=on_error, encoding=encoding)
    except LdaCliError as error:
        problem = error

    if problem is not None:
        assert str(problem).splitlines() == [str(problem)]
        assert isinstance(problem, CorpusError) or (encoding == "utf-16" and layout == "lines")
    else:
        assert all(document.id.isprintable() for document in documents)
        if layout == "folder" and name == "a" and encoding == "latin-1" and documents:
            assert documents == [("a", content.decode("latin-1"))]


# The fingerprint


def digest_of_reading(*inputs: object, **settings: object) -> str:
    digest = hashlib.sha256()
    config = CorpusConfig(**settings)
    assert list(read_documents(list(map(str, inputs)), config, Report(), digest=digest))
    return digest.hexdigest()


def fingerprint_of(*inputs: object, **settings: object) -> str:
    return fingerprint(list(map(str, inputs)), CorpusConfig(**settings))


@pytest.mark.parametrize("layout", ["auto", "folder", "lines"])
@pytest.mark.parametrize("on_error", ["skip", "fail"])
def test_fingerprint_is_the_digest_of_a_full_read(tmp_path: Path, layout: str, on_error: str) -> None:
    docs = write(tmp_path / "docs", a=b"A\nB\n" * 50_000, x__b=b"", c_gz=GZIPPED, notes=b"1\n2")
    if on_error == "skip":
        write(
            docs, bad=b"\xff\n" * 9, binary=b"\0" * 200_000, cut_gz=GZIPPED[:-9], more_gz=b"no gzip" * 20_000
        )
        (docs / "broken").symlink_to("nowhere")
    inputs = docs, docs / "notes"
    expected = fingerprint_of(*inputs, format=layout, on_error=on_error)
    assert digest_of_reading(*inputs, format=layout, on_error=on_error) == expected


def test_fingerprint_tells_names_contents_order_and_format_apart(tmp_path: Path) -> None:
    def of(**files: bytes) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return fingerprint_of(write(folder, **files))

    assert of(a=b"x", b=b"y") == of(b=b"y", a=b"x")
    different = [
        of(a=b"x", b=b"y"),
        of(a=b"y", b=b"x"),
        of(a=b"xb", c=b"y"),
        of(ab=b"x"),
        of(a=b"bx"),
        of(a=b""),
    ]
    folder = write(tmp_path / "last", ab=b"x")
    different += [fingerprint_of(folder / "ab"), fingerprint_of(folder, folder)]
    assert len(set(different)) == len(different)


def test_fingerprint_of_a_pipe_is_refused_without_reading_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for given_input in ("-", tmp_path / "pipe"):
        with pytest.raises(ConfigError, match="a pipe has no fingerprint"):
            fingerprint_of(given_input)


def test_fingerprint_of_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken").symlink_to("nowhere")
    with pytest.raises(CorpusError, match="a broken link"):
        fingerprint_of(tmp_path)


def test_what_is_never_a_document_is_passed_over_whatever_leads_to_it(tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", a_txt=b"one", model__phi=b"\0", lda_yaml=b"topics")
    (corpus / "link").symlink_to("model")
    never = [str(corpus / "model"), str(corpus / "lda.yaml"), str(corpus / "absent")]
    digest, report = hashlib.sha256(), Report()
    documents = read_documents([str(corpus)], CorpusConfig(), report, digest=digest, never=never)
    assert ids(list(documents)) == ["a.txt"]
    assert fingerprint([str(corpus)], CorpusConfig(), never) == digest.hexdigest()


def test_half_a_character_is_refused_or_replaced_like_any_bad_byte(tmp_path: Path) -> None:
    corpus = write(tmp_path, a_txt=b"+2AA-xyz moon", b_txt=b"tide")
    assert "half a character" in error_of(corpus, encoding="utf-7")
    assert read(corpus, encoding="utf-7", on_error="skip") == [Document("b.txt", "tide")]
    assert [text for _, text in read(corpus, encoding="utf-7", on_error="replace")] == [
        "\ufffdxyz moon",
        "tide",
    ]
