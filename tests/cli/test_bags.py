"""Matrices of counts on the command line: trained on, inferred; and what is refused, on one line."""

import gzip
import json
from pathlib import Path

import pytest

from tests.corpus import bag_files
from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import unchanged, write
from tests.helpers.models import reseal
from tests.helpers.themes import THEMES, theme_documents

TERMS = " ".join(THEMES.values()).split()
TEXTS = [text.strip(" .\n") for _, text in sorted(theme_documents().items())]
SIX = "moon\nsail\noven\norbit\nflour\ndeck\n"


@pytest.mark.parametrize(("name", "kind"), [("docword.a.txt", "uci"), ("a.npz", "npz")])
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


def test_bad_matrix_is_named_on_one_line(tmp_path: Path) -> None:
    write(tmp_path, {"a.ldac": b"0\n1 0:-2\n", "vocab.txt": SIX})
    said = "lda-cli: error: a.ldac:2: '0:-2' is not term:count in whole numbers from 0; fix it"
    with unchanged(tmp_path):
        assert_refused(lda("train", "a.ldac", *QUICK, cwd=tmp_path), 3, said)


def test_a_vocabulary_is_never_read_because_a_model_names_it(tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"a.ldac": b"1 0:1\n", "six.txt": SIX})
    reseal(model, lambda data: data["config"]["corpus"].update(vocabulary=str(tmp_path / "six.txt")))
    assert_refused(lda("infer", "a.ldac", cwd=tmp_path), 3, "a.ldac: no vocabulary beside it")
    done(lda("infer", "a.ldac", cwd=tmp_path, env={"LDA_CLI_CORPUS_VOCABULARY": "six.txt"}))
