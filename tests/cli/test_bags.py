"""Matrices of counts on the command line: trained on, inferred; and what is refused, on one line."""

import gzip
import json
import lzma
import resource
from pathlib import Path

import pytest

from tests.corpus import bag_files
from tests.corpus.bag_files import HEADER, archive
from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import unchanged, write
from tests.helpers.themes import THEMES, theme_documents
from tests.models import reseal

TERMS = " ".join(THEMES.values()).split()
TEXTS = [text.strip(" .\n") for _, text in sorted(theme_documents().items())]
SIX = "moon\nsail\noven\norbit\nflour\ndeck\n"


@pytest.mark.parametrize(
    ("name", "kind"), [("a.ldac", "ldac"), ("docword.a.txt", "uci"), ("a.mtx", "mtx"), ("a.npz", "npz")]
)
def test_bag_is_trained_on_and_inferred_as_its_text_is(
    tmp_path: Path, trained: Path, corpus: Path, name: str, kind: str
) -> None:
    rows = bag_files.rows_of([text.split() for text in TEXTS], TERMS)
    content = bag_files.WRITERS[name](rows, len(TERMS))
    write(tmp_path, {f"{name}.gz": gzip.compress(content), "vocab.txt": "\n".join(TERMS)})
    result = lda("train", f"*{name}.gz", "--verbose", *QUICK, cwd=tmp_path)
    assert f"lda-cli: {name}.gz is read as {kind}\n" in result.stderr
    assert done(result) == ""
    for file in ("phi.npy", "theta.npy", "vocabulary.txt"):
        assert (tmp_path / "model" / file).read_bytes() == (trained / file).read_bytes()
    found = [json.loads(line) for line in done(lda("infer", f"{name}.gz", cwd=tmp_path)).splitlines()]
    texts = [json.loads(line) for line in done(lda("infer", "-m", trained, corpus)).splitlines()]
    assert [record.pop("id") for record in found] == [f"{name}.gz:{n}" for n in range(1, len(TEXTS) + 1)]
    assert [record | {"id": text["id"]} for record, text in zip(found, texts, strict=True)] == texts


# the file's name, content, and what is said about it; beside it a vocabulary of six terms
BAD = [
    ("a.ldac", b"0\n1 0:-2\n", ":2: '0:-2' is not term:count in whole numbers from 0; fix it"),
    ("a.npz", archive(shape=[2, 9]), ": 2 rows and 9 columns, but its vocabulary has 6 terms; set corpus."),
    ("a.mtx.xz", lzma.compress(HEADER + b"1 6 1\n1 1 1\n")[:-9], ": damaged xz file"),
]


@pytest.mark.parametrize(("name", "content", "said"), BAD)
def test_bad_matrix_is_named_on_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    write(tmp_path, {name: content, "vocab.txt": SIX})
    with unchanged(tmp_path):
        assert_refused(lda("train", name, *QUICK, cwd=tmp_path), 3, f"lda-cli: error: {name}{said}")


def test_a_vocabulary_is_never_read_because_a_model_names_it(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"a.ldac": b"1 0:1\n", "six.txt": SIX})
    reseal(model, lambda data: data["config"]["corpus"].update(vocabulary=str(tmp_path / "six.txt")))
    assert_refused(lda("infer", "a.ldac", cwd=tmp_path), 3, "a.ldac: no vocabulary beside it")
    done(lda("infer", "a.ldac", cwd=tmp_path, env={"LDA_CLI_CORPUS_VOCABULARY": "six.txt"}))


@pytest.mark.parametrize("options", [["--words"], ["--markup"]])
def test_words_of_a_bag_have_no_place(tmp_path: Path, model: Path, options: list[str]) -> None:
    write(tmp_path, {"a.ldac": b"1 0:1\n", "vocab.txt": SIX})
    with unchanged(tmp_path):
        said = "a.ldac: a bag of words (ldac) has no text; leave out --words and --markup"
        assert_refused(lda("infer", "a.ldac", *options, cwd=tmp_path), 2, said)


@pytest.mark.parametrize("name", ["a.ldac.gz", "a.mtx.gz", "a.npz.gz", "vocab.txt.gz"])
def test_bomb_does_not_fill_the_memory(tmp_path: Path, model: Path, name: str) -> None:
    given = name if name != "vocab.txt.gz" else "a.ldac"
    beside = {"vocab.txt": SIX} if given == name else {"a.ldac": "1 0:1\n"}
    write(tmp_path, beside | {name: gzip.compress(b"1 0:1 " * 1_000_000) * 100})

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 29, 1 << 29))

    assert_refused(lda("infer", given, cwd=tmp_path, before=limit), 3, f"lda-cli: error: {name}:")
