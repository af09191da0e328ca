"""`lda-cli infer` where all is well: its records, in the order of its inputs, as a stream."""

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lda_cli.corpus.documents.chunks import CHUNK_BYTES
from lda_cli.corpus.workers import CHUNKS_A_PROCESS
from tests.helpers.command import QUICK, done, lda, peak_memory
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

TEXT = "The Moon, and a comet; then SAIL past xyzzy.\n"


def records(folder: Path, *arguments: object, stdin: bytes = b"") -> list[dict[str, Any]]:
    return [json.loads(line) for line in done(lda("infer", *arguments, cwd=folder, stdin=stdin)).splitlines()]


def table(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def test_record_says_id_tokens_unknown_and_topics(tmp_path: Path, model: Path) -> None:
    (record,) = records(tmp_path, "-", "--min-share", 0, stdin=TEXT.encode())
    assert list(record) == ["id", "tokens", "unknown", "topics"]
    # "and", "the" and "then" are stop words and "a" is too short: they are not unknown
    assert (record["id"], record["tokens"], record["unknown"]) == ("stdin:1", 3, 2)
    assert all(list(topic) == ["topic", "share"] for topic in record["topics"])
    shares = [topic["share"] for topic in record["topics"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert sorted(topic["topic"] for topic in record["topics"]) == [0, 1, 2]
    (top,) = records(tmp_path, "-", "--top", 1, stdin=TEXT.encode())
    (large,) = records(tmp_path, "-", "--min-share", 0.2, stdin=TEXT.encode())
    assert top["topics"] == record["topics"][:1]
    assert large["topics"] == [each for each in record["topics"] if each["share"] >= 0.2] != record["topics"]


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_table_says_what_the_records_say(tmp_path: Path, model: Path, form: str, delimiter: str) -> None:
    write(tmp_path / "new", {'a, "b"\t.txt': TEXT, "empty.txt": "", "none.txt": "xyzzy"})
    expected = records(tmp_path, "new", "--words")
    topics = table(done(lda("infer", "new", "--format", form, cwd=tmp_path)), delimiter)
    assert topics == [["id", "tokens", "unknown", "topic", "share"]] + [
        [record["id"], *map(str, (record["tokens"], record["unknown"], topic["topic"], topic["share"]))]
        for record in expected
        for topic in record["topics"]
    ]
    words = table(done(lda("infer", "new", "--words", "--format", form, cwd=tmp_path)), delimiter)
    assert words == [["id", "start", "end", "term", "topic", "p"]] + [
        [record["id"], *map(str, word.values())] for record in expected for word in record["words"]
    ]


def test_documents_come_in_the_order_of_the_inputs(tmp_path: Path, corpus: Path, model: Path) -> None:
    write(tmp_path, {"lines.txt": "moon\n\nsail\n", "more.gz": gzip.compress(b"oven\n")})
    found = records(tmp_path, "more.gz", "-", corpus, "lines.txt", stdin=gzip.compress(b"comet\nsail\n"))
    assert [record["id"] for record in found] == [
        *("more.gz", "stdin:1", "stdin:2"),
        *sorted(theme_documents()),
        "lines.txt",  # a document a file, as in the training
    ]


def test_training_documents_get_the_topics_that_training_kept(
    tmp_path: Path, corpus: Path, model: Path
) -> None:
    theta = np.load(model / "theta.npy")
    for record, row in zip(records(tmp_path, corpus, "--min-share", 0), theta, strict=True):
        shares = {topic["topic"]: topic["share"] for topic in record["topics"]}
        np.testing.assert_allclose([shares[t] for t in range(3)], row, atol=2e-3)


def test_document_without_known_words_gets_the_prior_and_is_counted(tmp_path: Path, model: Path) -> None:
    result = lda("infer", "-", cwd=tmp_path, stdin=b"xyzzy plugh\n\nmoon\n")
    first, empty, moon = map(json.loads, done(result).splitlines())
    assert (first["tokens"], first["unknown"]) == (0, 2)
    assert (empty["tokens"], empty["unknown"]) == (0, 0)
    assert moon["tokens"] == 1
    for record in (first, empty):
        assert [topic["share"] for topic in record["topics"]] == [pytest.approx(1 / 3, abs=1e-5)] * 3
    assert result.stderr == "lda-cli: 2 of 3 documents have no known word; their topics are the prior\n"
    assert lda("infer", "-", "--quiet", cwd=tmp_path, stdin=b"xyzzy\n").stderr == ""
    assert lda("infer", "-", cwd=tmp_path) == (0, "", "")  # no document, no record


def test_output_file_holds_what_standard_output_would(tmp_path: Path, corpus: Path, model: Path) -> None:
    write(tmp_path, {"out.jsonl": "former"})
    shown = lda("infer", corpus, "--words", cwd=tmp_path)
    assert lda("infer", corpus, "--words", "-o", "out.jsonl", cwd=tmp_path) == (0, "", "")
    assert (tmp_path / "out.jsonl").read_text() == shown.stdout
    assert sorted(os.listdir(tmp_path)) == ["model", "out.jsonl"]


@pytest.mark.parametrize("threads", [1, 2])
def test_memory_does_not_grow_with_the_input(tmp_path: Path, model: Path, threads: int) -> None:
    text = (b"moon orbit sail oven" + b" " * 2000 + b"\n") * 1000
    member = gzip.compress(text, mtime=0)

    write(tmp_path, {"lines.yaml": "corpus: {format: lines}\n"})

    def peak(n_members: int) -> int:
        (tmp_path / "lines.gz").write_bytes(member * n_members)
        options = ("-o", "out", "-c", "lines.yaml", "--set", f"training.threads={threads}")
        memory, _ = peak_memory("infer", "lines.gz", *options, cwd=tmp_path)
        assert (tmp_path / "out").read_bytes().count(b"\n") == 1000 * n_members
        return memory

    few, many = peak(32), peak(96)
    if threads == 1:
        assert many < 1.1 * few
    else:  # how full the queue of chunks gets depends on how busy the machine is; its length has a limit
        chunks = CHUNKS_A_PROCESS * threads * CHUNK_BYTES
        assert 1024 * (many - few) < 3 * chunks < 64 * len(text) / 4


def test_how_inputs_are_read_comes_from_the_given_config_else_from_the_model(
    tmp_path: Path, corpus: Path
) -> None:
    done(lda("train", corpus, *QUICK, "--set", "corpus.encoding=latin-1", cwd=tmp_path))
    write(tmp_path / "new", {"a.txt": b"Moon caf\xe9\n"})
    assert [record["id"] for record in records(tmp_path, "new")] == ["a.txt"]
    config = "corpus: {format: lines, on_error: replace}\ntokenizer: {lowercase: false}\n"
    write(tmp_path, {"lda.yaml": config})
    result = lda("infer", "new", cwd=tmp_path)
    record = json.loads(done(result))
    assert (record["id"], record["tokens"]) == ("a.txt:1", 1)  # words are found as in training
    assert "replaced" in result.stderr
