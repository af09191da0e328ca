"""What cannot be read: status 3, one line that names it and says what to do, and nothing left behind.

What each format can have wrong is for tests/corpus.
"""

import gzip
import json
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import unchanged, write

GOOD = "moon orbit planet\n"
NOT_UTF8 = b"a caf\xe9 on the moon\n"
BINARY = b"\x7fELF\0\0\0\0"

# name: files in the folder, further options, and what is said
BAD_FOLDERS = {
    "empty": ({}, [], ["corpus: no file in this folder", "check the path"]),
    "only_hidden": ({".notes/a.txt": GOOD}, [], ["corpus: no file in this folder", "hidden"]),
    "nothing_matches": (
        {"a.md": GOOD},
        ["--set", 'corpus.include=["*.txt"]'],
        ['corpus: no file matches corpus.include ["*.txt"]', '"**/*.txt"'],
    ),
    "rare_words": (
        {f"{n}.txt": f"{word}\n" for n, word in enumerate(["moon", "sail", "oven"])},
        ["--set", "vocabulary.min_df=5"],
        ["of 3 distinct terms", "min_df=5 removed 3", "lower vocabulary.min_df"],
    ),
    "common_words": (
        {f"{n}.txt": GOOD for n in range(9)},
        [],
        ["of 3 distinct terms", "max_df=0.5 removed 3", "raise vocabulary.max_df"],
    ),
    "numbers": ({"a.txt": "12 345\n"}, [], ["no word was found in 1 documents", "min_length 3"]),
    "not_utf8": (
        {"a.txt": GOOD, "b.txt": NOT_UTF8},
        [],
        ["b.txt: not valid utf-8 at byte 5", "corpus.encoding", "corpus.on_error"],
    ),
}

# name: target of the link, and what is said; what works for root as well as for others
BAD_LINKS = {
    "to_itself": ("link", ["link: ", "too many levels of symbolic links", "corpus.exclude"]),
    "to_its_folder": (".", ["link: ", "a link to a folder that contains it", "corpus.exclude"]),
    "to_nothing": ("nowhere", ["link: a broken link", "corpus.exclude"]),
    "to_unreadable_file": ("/proc/self/mem", ["link: ", "corpus.on_error"]),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_unusable_folder_leaves_no_model(tmp_path: Path, case: str) -> None:
    files, options, said = BAD_FOLDERS[case]
    write(tmp_path / "corpus", files)
    with unchanged(tmp_path):
        result = lda("train", "corpus", *QUICK, *options, cwd=tmp_path)
    assert_refused(result, 3, *said)


def test_unusable_folder_leaves_the_former_model_as_it_was(tmp_path: Path, model: Path) -> None:
    files, options, _ = BAD_FOLDERS["not_utf8"]
    write(tmp_path / "corpus", files)
    with unchanged(tmp_path):
        result = lda("train", "corpus", "--model", model, "--force", *QUICK, *options, cwd=tmp_path)
    assert_refused(result, 3)


@pytest.mark.parametrize("case", BAD_LINKS)
def test_bad_link_is_named_or_skipped_and_counted(tmp_path: Path, case: str) -> None:
    target, said = BAD_LINKS[case]
    folder = write(tmp_path / "corpus", {"a.txt": "moon\n", "b.txt": "sail\n"})
    (folder / "link").symlink_to(target)
    options = [*QUICK, "--set", "vocabulary.min_df=1"]
    with unchanged(tmp_path):
        result = lda("train", "corpus", *options, cwd=tmp_path)
    assert_refused(result, 3, *said)

    skipping = lda("train", "corpus", *options, "--set", "corpus.on_error=skip", cwd=tmp_path)
    assert done(skipping) == ""
    assert "lda-cli: 1 skipped, first: corpus/link: " in skipping.stderr


@pytest.mark.parametrize("command", ["train", "infer"])
def test_path_that_is_not_there_is_named(tmp_path: Path, model: Path, command: str) -> None:
    said = ["nowhere/at-all: no such file or folder", "check the path"]
    force = ["--force"] * (command == "train")
    with unchanged(tmp_path):
        assert_refused(lda(command, "nowhere/at-all", *force, cwd=tmp_path), 3, *said)


@pytest.mark.parametrize(
    ("on_error", "said", "ids"),
    [
        ("skip", "1 skipped, first: corpus/b.txt: not valid utf-8", ["a.txt"]),
        (
            "replace",
            "1 read with replaced bytes, first: corpus/b.txt: not valid utf-8",
            ["a.txt", "b.txt"],
        ),
    ],
)
def test_bytes_that_are_not_utf8_may_be_skipped_or_replaced(
    tmp_path: Path, on_error: str, said: str, ids: list[str]
) -> None:
    write(tmp_path / "corpus", {"a.txt": GOOD, "b.txt": NOT_UTF8})
    options = ["--set", f"corpus.on_error={on_error}", "--set", "vocabulary.max_df=1.0"]
    result = lda("train", "corpus", *QUICK, *options, "--set", "vocabulary.min_df=1", cwd=tmp_path)
    assert done(result) == ""
    assert f"lda-cli: {said}" in result.stderr
    assert (tmp_path / "model" / "documents.txt").read_text().split() == ids


def test_bad_records_are_skipped_and_counted_and_the_others_keep_their_places(
    tmp_path: Path, model: Path
) -> None:
    files = {
        "a.jsonl": b'{"text": "moon"}\n{"text": moon}\n[]\n{"text": "sail \\ud800"}\n{"text": "oven"}\n',
        "b.csv": b'text,n\nmoon,1\n"sail"x,2\nsail,3,4\noven,5\n',
        "c.txt": b"moon\n\xff\noven\n",
        "d.txt.gz": gzip.compress(b"moon orbit\n" * 3, mtime=0)[:-9],
    }
    write(tmp_path, files | {"skip.yaml": "corpus: {on_error: skip}\n"})
    result = lda("infer", *files, "-c", "skip.yaml", cwd=tmp_path)
    ids = [json.loads(line)["id"] for line in done(result).splitlines()]
    expected = ["a.jsonl:1", "a.jsonl:5", "b.csv:2", "b.csv:5", "c.txt:1", "c.txt:3"]
    assert [name for name in ids if not name.startswith("d.")] == expected
    assert result.stderr.startswith("lda-cli: 7 skipped, first: a.jsonl:2:10: not valid JSON")
    assert result.stderr.count("\n") == 1


def test_infer_stops_at_a_bad_line_after_whole_records_only(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"lines.txt": b"moon orbit\n" * 700 + NOT_UTF8})
    result = lda("infer", "lines.txt", cwd=tmp_path)
    assert result.status == 3
    assert result.stderr.startswith("lda-cli: error: lines.txt:701: not valid utf-8")
    assert result.stdout.endswith("\n")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()][:2] == [
        "lines.txt:1",
        "lines.txt:2",
    ]


def test_infer_into_a_file_leaves_nothing_after_a_bad_line(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"lines.txt": b"moon orbit\n" * 700 + NOT_UTF8, "out.jsonl": "former\n"})
    with unchanged(tmp_path):
        assert_refused(lda("infer", "lines.txt", "-o", "out.jsonl", cwd=tmp_path), 3, "lines.txt:701")


def test_20_megabytes_without_a_line_break_are_a_document(tmp_path: Path) -> None:
    huge = b"moon orbit planet sail anchor vessel " * (20_000_000 // 37)
    write(tmp_path / "corpus", {"huge.txt": huge})
    options = ["--set", "vocabulary.min_df=1", "--set", "vocabulary.max_df=1.0"]
    done(lda("train", "corpus", *QUICK, *options, cwd=tmp_path))

    record = json.loads(done(lda("infer", "corpus/huge.txt", cwd=tmp_path)))
    assert record["id"] == "huge.txt:1"
    assert record["tokens"] == len(huge.split())
    assert sum(topic["share"] for topic in record["topics"]) == pytest.approx(1, abs=0.05)
