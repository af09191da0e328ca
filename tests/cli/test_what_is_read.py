"""What `train` and `infer` make of files as people have them, and the one line that says it."""

import json
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

EVERY = ("--set", "vocabulary.min_df=1", "--set", "vocabulary.max_df=1.0", "--topics", "2", "-q")
LINES = {"l/a.txt": "judge jury\ncourt\n\nverdict\n", "l/b.txt": "boat sail\n\ntide\n"}
MIXED = {
    "corpus/table.csv": "id,text\n1,moon orbit\n2,sail harbour\n",
    "corpus/more": '{"text": "oven bread"}\n',
    "corpus/picture": b"\x89PNG\r\n\x1a\n\0\0",
    "corpus/page.html": "<html><script>var x</script><p>planet comet",
}


def ids(*arguments: object, cwd: Path, stdin: bytes = b"") -> list[str]:
    records = done(lda("infer", *arguments, cwd=cwd, stdin=stdin)).splitlines()
    return [json.loads(record)["id"] for record in records]


def test_mixed_folder_is_trained_on_by_one_command_that_says_what_it_read(tmp_path: Path) -> None:
    write(tmp_path, MIXED | {f"corpus/{name}": text for name, text in theme_documents().items()})
    (tmp_path / "corpus" / "zzz.txt").symlink_to("space/0.txt")
    said = (
        "lda-cli: 28 documents: 24 text files, 2 records of 1 CSV file, 1 line of 1 JSON lines file, "
        "1 HTML file; left out: 1 image, 1 symbolic link (to a file that is read)"
    )
    first = lda("train", "corpus", *QUICK, cwd=tmp_path)
    assert done(first) == ""
    again = lda("train", "corpus", *QUICK, "--force", cwd=tmp_path)  # from the cache
    assert "read 0 of 28 files" in again.stderr
    assert [result.stderr.splitlines()[number] for number, result in enumerate((first, again))] == [said] * 2
    unchanged = lda("train", "corpus", *QUICK, "--if-changed", cwd=tmp_path)
    assert unchanged.stderr == "lda-cli: model is up to date, nothing to do\n"
    assert "script" not in (tmp_path / "model" / "vocabulary.txt").read_text().split()

    inferred = lda("infer", "corpus", cwd=tmp_path)
    assert len(done(inferred).splitlines()) == 28
    assert "left out: 1 image, 1 symbolic link" in inferred.stderr


@pytest.mark.parametrize(
    ("given", "trained", "inferred"),
    [
        (["l"], 2, ["a.txt"]),
        (["l/a.txt", "l/b.txt"], 2, ["a.txt"]),
        (["l/a.txt"], 4, [f"a.txt:{line}" for line in range(1, 5)]),
    ],
)
def test_infer_keeps_to_what_a_document_was(
    tmp_path: Path, given: list[str], trained: int, inferred: list[str]
) -> None:
    write(tmp_path, LINES | {"lines.yaml": "corpus: {format: lines}\n"})
    done(lda("train", *given, *EVERY, cwd=tmp_path))
    assert len((tmp_path / "model" / "documents.txt").read_text().splitlines()) == trained
    assert ids("l/a.txt", cwd=tmp_path) == inferred
    assert len(ids("l", cwd=tmp_path)) == (2 if len(inferred) == 1 else 7)
    assert ids("-", cwd=tmp_path, stdin=b"judge\n\n") == ["stdin:1", "stdin:2"]
    assert len(ids("l/b.txt", "-c", "lines.yaml", cwd=tmp_path)) == 3


def test_files_from_takes_what_find_prints(tmp_path: Path) -> None:
    write(tmp_path, LINES | {"m/a.txt": "tide\n", "m/new\nline.txt": "jury\n"})
    names = ["l/a.txt", "./m/new\nline.txt", "m/a.txt"]
    write(tmp_path, {"zeros": "\0".join(names) + "\0", "lines": "l/a.txt\r\nl/b.txt\n", "none": "\n"})
    done(lda("train", "--files-from", "lines", *EVERY, cwd=tmp_path))
    assert (tmp_path / "model" / "documents.txt").read_text() == "a.txt\nb.txt\n"
    assert ids("--files-from", "zeros", cwd=tmp_path) == ["l/a.txt", r"m/new\x0aline.txt", "m/a.txt"]
    assert ids("l/b.txt", "--files-from", "-", cwd=tmp_path, stdin=b"m/a.txt\n") == ["b.txt", "a.txt"]
    for given, said in (
        (["gone"], "--files-from: gone: no such file or directory; check the path"),
        (["none"], "--files-from: none: names no file"),
        (["-", "-"], "--files-from: standard input cannot be both the list and an input"),
    ):
        assert_refused(lda("infer", "--files-from", *given, cwd=tmp_path), 2, said)
    assert_refused(lda("infer", cwd=tmp_path), 2, "Missing argument 'INPUT...'")


def test_errors_name_the_setting_that_would_change_it(tmp_path: Path) -> None:
    write(tmp_path, {"l/a.txt": b"caf\xe9", "x/a": b"PK\3\4" + b"\0" * 30, "t/a.csv": "id,body\n1,moon\n"})
    for given, said in (
        (
            "l",
            "l/a.txt: not valid utf-8 at byte 3; set corpus.encoding to its encoding, or to several, such as",
        ),
        ("x", "no document was found; left out: 1 zip archive"),
        ("x/a", "x/a: is a zip archive; unpack it"),
        ("t", "t/a.csv: no column 'text'"),
    ):
        assert_refused(lda("train", given, cwd=tmp_path), 3, said)
