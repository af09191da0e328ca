"""`lda-cli train` where all is well: what it reads and writes, the same bytes every time, --if-changed."""

import gzip
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.command import QUICK, Result, done, lda, untimed
from tests.helpers.files import unchanged, write
from tests.helpers.models import FILES
from tests.helpers.themes import theme_documents

LINES = "".join(f"{text.strip()}\n" for text in theme_documents().values())
A_FILE = "a file each; set corpus.format to lines for one document a line"
N_TOKENS = 3 * 3 * sum(range(2, 9))  # themes, times in a document, documents of each known word


def train(folder: Path, *arguments: object, stdin: bytes = b"") -> Result:
    """Train in `folder`, and replace the model that may be there."""
    result = lda("train", *arguments, *QUICK, "--force", cwd=folder, stdin=stdin)
    assert done(result) == ""
    return result


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]}


def test_model_of_a_folder_has_every_file_and_each_document_in_order(trained: Path) -> None:
    assert {path.name for path in trained.iterdir()} == FILES
    assert (trained / "documents.txt").read_text().splitlines() == sorted(theme_documents())
    phi, theta = np.load(trained / "phi.npy"), np.load(trained / "theta.npy")
    terms = (trained / "vocabulary.txt").read_text().splitlines()
    assert (phi.shape, theta.shape) == ((3, len(terms)), (24, 3))
    assert (phi.dtype, theta.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(phi.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(theta.sum(axis=1), 1, rtol=1e-5)
    assert (trained / "model.json").stat().st_mtime_ns == max(times(trained).values())


def test_lines_of_standard_input_are_documents_and_empty_ones_keep_their_place(tmp_path: Path) -> None:
    train(tmp_path, "-", stdin=b"\n" + LINES.encode() + b"\n\n")
    assert (tmp_path / "model/documents.txt").read_text().splitlines() == [f"stdin:{n}" for n in range(1, 28)]
    assert np.load(tmp_path / "model/term_counts.npy")[:, 0].sum() == N_TOKENS
    theta = np.load(tmp_path / "model/theta.npy")
    np.testing.assert_allclose(theta[[0, 25, 26]], 1 / 3, rtol=1e-6)  # the prior's, since alpha is fixed


@pytest.mark.parametrize("algorithm", ["batch", "incremental", "annealed"])
def test_dead_topics_of_maximum_likelihood_harm_nothing(tmp_path: Path, algorithm: str) -> None:
    text = b"moon orbit\nmoon comet\nsail anchor\n"
    config = "vocabulary: {min_df: 1, max_df: 1.0}\nmodel: {topics: 9, eta: 0, alpha: 0.001}\n"
    write(tmp_path, {"lda.yaml": f"{config}training: {{passes: 15, algorithm: {algorithm}}}\n"})
    done(lda("train", "-", cwd=tmp_path, stdin=text))
    for line in done(lda("infer", "-", "--words", cwd=tmp_path, stdin=text + b"moon sail\n")).splitlines():
        record = json.loads(line)
        assert 0.99 < sum(topic["share"] for topic in record["topics"]) < 1.01
        assert all(0 < word["p"] <= 1 for word in record["words"])
    assert "nan" not in done(lda("inspect", "--format", "json", "--term", "sail", cwd=tmp_path)).lower()


def test_a_plain_run_says_what_was_made_and_the_command_that_shows_it(tmp_path: Path, corpus: Path) -> None:
    read, made, shown = train(tmp_path, corpus, "-m", "my model").stderr.splitlines()
    assert read == f"lda-cli: 24 documents, {A_FILE}"
    result = json.loads((tmp_path / "my model/history.jsonl").read_text().splitlines()[-1])
    figures = f"perplexity {result['perplexity_bound']:.1f}, npmi {result['npmi']:.3f}"
    assert made.startswith("lda-cli: 3 topics of 24 documents and 21 terms in ")
    assert made.endswith(f" s, {figures}, saved in my model")
    assert shown == "lda-cli: to see them: lda-cli inspect -m 'my model'"


def test_verbose_says_which_format_was_chosen(tmp_path: Path) -> None:
    records = [json.dumps({"text": text, "id": name}) for name, text in theme_documents().items()]
    write(tmp_path, {"a.jsonl.gz": gzip.compress("\n".join(records).encode())})
    result = train(tmp_path, "a.jsonl.gz", "--verbose", "--set", "corpus.id_field=id")
    assert "lda-cli: a.jsonl.gz is read as jsonl\n" in result.stderr
    assert (tmp_path / "model/documents.txt").read_text().splitlines() == list(theme_documents())

    inferred = lda("infer", "a.jsonl.gz", cwd=tmp_path)
    assert [json.loads(line)["id"] for line in done(inferred).splitlines()] == list(theme_documents())


def test_verbose_says_a_line_a_step(tmp_path: Path, corpus: Path) -> None:
    first, *lines = untimed(train(tmp_path, corpus, "--verbose").stderr)
    assert first == f"lda-cli: {corpus} is read as folder"
    assert all(line.startswith("lda-cli: ") for line in lines)
    assert lines[:3] == [
        f"lda-cli: 24 documents, {A_FILE}",
        f"lda-cli: 24 documents, {N_TOKENS} tokens of 21 terms; 0 documents without a known term",
        f"lda-cli: found 24 terms ({N_TOKENS + 9} tokens); "
        "removed: stop_words 0 (0), min_df 3 (9), max_df 0 (0), max_terms 0 (0)",
    ]
    told = json.loads((tmp_path / "model/model.json").read_text())["vocabulary"]
    assert told["removed"]["min_df"] == {"terms": 3, "tokens": 9}
    passes = [line.split(":")[1] for line in lines if "pass " in line and "bound" in line]
    assert passes == [" pass 1", " pass 2", " pass 3", " pass 4"]


def test_if_changed_touches_nothing_unless_something_changed(
    tmp_path: Path, corpus: Path, model: Path
) -> None:
    # what is a change is for tests/training
    copy, before = Path(shutil.copytree(corpus, tmp_path / "copy")), times(model)
    with unchanged(tmp_path):
        result = lda("train", "copy", *QUICK, "--if-changed", "--threads", 2, cwd=tmp_path)
    assert (done(result), result.stderr) == ("", "lda-cli: model is up to date, nothing to do\n")
    assert times(model) == before
    write(copy, {"space/0.txt": "moon"})
    assert "saved in model" in lda("train", "copy", *QUICK, "--if-changed", cwd=tmp_path).stderr
    assert sorted(os.listdir(tmp_path)) == [".model.cache", "copy", "model"]


def test_second_training_reads_nothing_and_says_so(tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", theme_documents())
    train(tmp_path, corpus)
    again = train(tmp_path, corpus, "--set", "vocabulary.min_df=4", "--topics", 4)
    assert "lda-cli: read 0 of 24 files; the others are unchanged\n" in again.stderr

    write(corpus, {"space/0.txt": "moon", "space/new.txt": "moon orbit"})
    other = train(tmp_path, corpus)
    assert "lda-cli: read 2 of 25 files; the others are unchanged\n" in other.stderr
    anew = train(tmp_path, corpus, "-m", "anew", "--set", "corpus.cache=none")
    assert "unchanged" not in anew.stderr
    for name in ("phi.npy", "documents.txt"):
        assert (tmp_path / "anew" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()
    assert sorted(os.listdir(tmp_path)) == [".model.cache", "anew", "corpus", "model"]


def test_cache_may_be_anywhere_and_is_never_a_document(tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", theme_documents())
    for _ in range(2):
        train(tmp_path, corpus, "--force", "--set", "corpus.cache=corpus/cache")
    assert len((tmp_path / "model/documents.txt").read_text().splitlines()) == 24
    assert not (tmp_path / ".model.cache").exists()
    # infer read the files of the cache as documents, and still did from another folder
    (tmp_path / "elsewhere").mkdir()
    inferred = lda("infer", "-m", tmp_path / "model", corpus, cwd=tmp_path / "elsewhere")
    assert len(done(inferred).splitlines()) == 24


def test_parts_of_long_documents_are_documents_with_numbers(tmp_path: Path) -> None:
    book = "\n\n".join(theme_documents().values())
    write(tmp_path / "corpus", {"book.txt": book})
    options = ["--set", "corpus.split.by=paragraphs", "--set", "corpus.split.size=2"]
    done(lda("train", "corpus", *QUICK, *options, cwd=tmp_path))
    ids = (tmp_path / "model" / "documents.txt").read_text().splitlines()
    assert ids == [f"book.txt#{number}" for number in range(1, 13)]

    as_trained = done(lda("infer", "corpus", cwd=tmp_path))
    assert [json.loads(line)["id"] for line in as_trained.splitlines()] == ids
    env = {"LDA_CLI_CORPUS_SPLIT_BY": "null", "LDA_CLI_CORPUS_SPLIT_SIZE": "null"}
    assert json.loads(done(lda("infer", "corpus", cwd=tmp_path, env=env)))["id"] == "book.txt"
