"""What cannot be read: status 3, one line that names it and says what to do, and nothing left behind.

What each format can have wrong is for tests/corpus.
"""

import gzip
import json
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import unchanged, write

# files in the folder, further options, and what is said
BAD_FOLDERS = {
    "nothing_matches": (
        {"a.md": "moon\n"},
        ["--set", 'corpus.include=["*.txt"]'],
        ['corpus: no file matches corpus.include ["*.txt"]', '"**/*.txt"'],
    ),
    "rare_words": (
        {"a.txt": "moon sail oven\n"},
        ["--set", "vocabulary.min_df=5"],
        ["of 3 distinct terms", "min_df=5 removed 3", "lower vocabulary.min_df"],
    ),
    "numbers": ({"a.txt": "12 345\n"}, [], ["no word was found in 1 documents", "min_length 3"]),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_unusable_folder_leaves_no_model(tmp_path: Path, case: str) -> None:
    files, options, said = BAD_FOLDERS[case]
    write(tmp_path / "corpus", files)
    with unchanged(tmp_path):
        result = lda("train", "corpus", *QUICK, *options, cwd=tmp_path)
    assert_refused(result, 3, *said)


@pytest.mark.parametrize(
    ("target", "said"),
    [("link", "too many levels of symbolic links"), ("/proc/self/mem", "link: ")],
    ids=["to_itself", "to_unreadable_file"],
)
def test_bad_link_is_named_or_skipped_and_counted(tmp_path: Path, target: str, said: str) -> None:
    folder = write(tmp_path / "corpus", {"a.txt": "moon\n", "b.txt": "sail\n"})
    (folder / "link").symlink_to(target)
    options = [*QUICK, "--set", "vocabulary.min_df=1"]
    with unchanged(tmp_path):
        result = lda("train", "corpus", *options, cwd=tmp_path)
    assert_refused(result, 3, "corpus/link: ", said, "corpus.on_error")

    skipping = lda("train", "corpus", *options, "--set", "corpus.on_error=skip", cwd=tmp_path)
    assert done(skipping) == ""
    assert "lda-cli: 1 skipped, first: corpus/link: " in skipping.stderr


def test_path_that_is_not_there_is_named(tmp_path: Path, model: Path) -> None:
    result = lda("infer", "nowhere/at-all", cwd=tmp_path)
    assert_refused(result, 3, "nowhere/at-all: no such file or folder", "check the path")


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
    expected = ["a.jsonl:1", "a.jsonl:5", "b.csv:2", "b.csv:5"]
    assert [name for name in ids if not name.startswith("d.")] == expected
    assert result.stderr.startswith("lda-cli: 7 skipped, first: a.jsonl:2:10: not valid JSON")
    assert result.stderr.count("\n") == 1


def test_infer_stops_at_a_bad_line_after_whole_records_and_leaves_the_former_file(
    tmp_path: Path, model: Path
) -> None:
    write(tmp_path, {"lines.txt": b"moon orbit\n" * 700 + b"caf\xe9\n", "out.jsonl": "former\n"})
    by_lines = {"LDA_CLI_CORPUS_FORMAT": "lines"}
    result = lda("infer", "lines.txt", cwd=tmp_path, env=by_lines)
    assert result.status == 3
    assert result.stderr.startswith("lda-cli: error: lines.txt:701: not valid utf-8")
    assert result.stdout.endswith("\n")
    ids = [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert ids == [f"lines.txt:{n}" for n in range(1, len(ids) + 1)]
    with unchanged(tmp_path):
        assert_refused(
            lda("infer", "lines.txt", "-o", "out.jsonl", cwd=tmp_path, env=by_lines), 3, "lines.txt:701"
        )
