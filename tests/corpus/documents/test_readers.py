"""What the readers make of folders, files and standard input: documents, their order, their names."""

import bz2
import contextlib
import gzip
import lzma
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import CorpusConfig
from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.inputs.files import printable
from lda_cli.corpus.inputs.report import Report
from lda_cli.errors import CorpusError
from tests.corpus.reading import error_of, ids, read, read_documents, write

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
    assert [*read(tmp_path / "notes.txt"), *read("-", stdin=b"five\n\n")] == [
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


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["a", "a.gz", "a.xz", "a.txt"])
def test_compressed_files_are_known_by_their_first_bytes(
    tmp_path: Path, compress: Callable[[bytes], bytes], name: str
) -> None:
    (tmp_path / name).write_bytes(compress(b"x\n") + compress(b"y"))
    assert read(tmp_path) == [(name, "x\ny")]
    assert read(tmp_path / name) == [(f"{name}:1", "x"), (f"{name}:2", "y")]
    assert read("-", stdin=compress(b"x\n") + compress(b"y")) == [("stdin:1", "x"), ("stdin:2", "y")]


def test_first_documents_are_there_before_the_last_folder_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dividing, "CHUNK_FILES", 1)
    write(tmp_path, a__w=b"w", a__x=b"x", b__y=b"y")
    documents = read_documents([str(tmp_path)], CorpusConfig(), Report())
    assert next(documents).id == "a/w"
    (tmp_path / "b" / "z").write_bytes(b"z")
    assert ids(list(documents)) == ["a/x", "b/y", "b/z"]


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


# Which files


def test_hidden_files_and_folders_never_match(tmp_path: Path) -> None:
    write(tmp_path, a=b"", _hidden=b"", _git__config=b"", x___hidden=b"")
    assert ids(read(tmp_path, include=("**/*", "**/.*"))) == ["a"]


def test_include_and_exclude_choose_files_and_an_excluded_folder_is_left_out_whole(tmp_path: Path) -> None:
    write(tmp_path, a_txt=b"", b_md=b"", drafts__c_txt=b"", x__drafts__d_txt=b"", x__e_txt=b"", x__f_txt=b"")
    found = ids(read(tmp_path, include=("**/*.txt",), exclude=("drafts", "x/f*")))
    assert found == ["a.txt", "x/drafts/d.txt", "x/e.txt"]
    found = ids(read(tmp_path, exclude=("drafts/**", "**/drafts/**")))
    assert found == ["a.txt", "b.md", "x/e.txt", "x/f.txt"]


def test_excluded_folder_is_not_even_listed(tmp_path: Path) -> None:
    write(tmp_path, a=b"", x__b=b"")
    (tmp_path / "x" / "loop").symlink_to(tmp_path)
    assert ids(read(tmp_path, exclude=("x",))) == ["a"]


def test_folder_without_files_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, _hidden=b"")
    reason = "no file in this folder (hidden files are not read); check the path"
    assert error_of(tmp_path) == f"{tmp_path}: {reason}"


def test_no_matching_file_names_the_patterns_the_number_of_files_and_the_likely_cause(tmp_path: Path) -> None:
    write(tmp_path, x__a_txt=b"", x__b_txt=b"")
    assert error_of(tmp_path, include=("*.txt",), exclude=("y",), on_error="skip") == (
        f'{tmp_path}: no file matches corpus.include ["*.txt"] with corpus.exclude ["y"] '
        '(files that do not match: 2); "*.txt" matches in the top folder only, "**/*.txt" in every folder'
    )


@pytest.mark.parametrize("name", ["nowhere", "nowhere\n\x1b[31m", "no\0where", "x" * 300])
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
    (tmp_path / "else" / "c").write_bytes(b"C")
    assert read(tmp_path / "docs") == [("a", "A"), ("file", "B"), ("folder/c", "C")]


def test_file_is_read_under_the_first_of_its_names_if_one_is_a_link(tmp_path: Path) -> None:
    write(tmp_path, l__b=b"B", l__m=b"M", l__n=b"N")
    for name, target in (("a", "b"), ("z", "n")):
        (tmp_path / "l" / name).symlink_to(target)
    (tmp_path / "l" / "o").hardlink_to(tmp_path / "l" / "m")  # no name of two is the other's link
    report = Report()
    assert ids(read(tmp_path / "l", report=report)) == ["a", "m", "n", "o"]
    assert report.left_out == {"symbolic link (to a file that is read)": 2}
    assert ids(read(tmp_path / "l" / "*")) == ["a", "m", "n", "o"]
    assert ids(read(tmp_path / "l" / "n", tmp_path / "l")) == ["n", "a", "m", "n", "o"]


def test_folder_is_read_under_its_own_name_and_through_one_link(tmp_path: Path) -> None:
    write(tmp_path, docs__m__deep__a=b"A", else__b=b"B")
    docs = tmp_path / "docs"
    for name, target in (("first", "m/deep"), ("n", "m"), ("o", "m/deep"), ("p", "../else"), ("q", "p")):
        (docs / name).symlink_to(target)
    report = Report()
    assert ids(read(docs, report=report)) == ["first/a", "p/b"]
    linked = {f"symbolic link (to a {kind} that is read)": n for kind, n in (("folder", 3), ("file", 1))}
    assert (report.left_out, report.skipped) == (linked, [])
    assert ids(read(docs / "first", docs)) == ["a", "p/b"]  # and docs/m/deep/a is the same file


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("..", "a link to a folder that contains it"),
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
