"""Phrases on the command line: trained, shown, found in new text, refused where they cannot be learned."""

import json
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

ON = ("--set", "vocabulary.phrases.max_words=2", "--set", "vocabulary.phrases.min_count=5")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The documents of the themes, each of which has a place of two words."""
    places = {"space": "Cape Canaveral", "kitchen": "Dijon mustard", "harbour": "New York"}
    documents = {
        name: f"{places[name.partition('/')[0]]}. {text}" for name, text in theme_documents().items()
    }
    return write(tmp_path / "corpus", documents)


def test_phrases_are_learned_shown_and_found(tmp_path: Path, corpus: Path) -> None:
    said = lda("train", corpus, *QUICK, *ON, "--verbose", cwd=tmp_path)
    done(said)
    assert "pairs of words make phrases\n" in said.stderr
    assert "new\tyork\n" in (tmp_path / "model" / "phrases.txt").read_text()

    by_name = [
        done(lda("inspect", "--term", term, "--format", "csv", cwd=tmp_path))
        for term in ("new_york", "New York")
    ]
    assert by_name[0].replace("new_york", "New York") == by_name[1]
    text = "From Dijon to New York"
    found = json.loads(done(lda("infer", "--words", "-", cwd=tmp_path, stdin=text.encode())))
    assert [(word["term"], text[word["start"] : word["end"]]) for word in found["words"]] == [
        ("new_york", "New York")
    ]
    assert (found["tokens"], found["unknown"]) == (1, 1)
    marked = done(lda("infer", "--markup", "-", cwd=tmp_path, stdin=text.encode())).splitlines()[1]
    assert marked == f"From Dijon to New York[{found['words'][0]['topic']}]"

    again = lda("train", corpus, *QUICK, *ON, "--force", cwd=tmp_path)
    done(again)
    assert "read 0 of 24 files; the others are unchanged" in again.stderr
    assert "up to date" in lda("train", corpus, *QUICK, *ON, "--if-changed", cwd=tmp_path).stderr


def test_same_bytes_for_any_number_of_threads_and_either_kernel(tmp_path: Path, corpus: Path) -> None:
    found = set()
    for threads in (1, 2, 3):
        for kernel, env in {"": {}, "numpy": {"LDA_CLI_KERNEL": "numpy"}}.items():
            model = tmp_path / f"{kernel}{threads}"
            done(lda("train", corpus, *QUICK, *ON, "-m", model, "--threads", threads, env=env))
            found.add((kernel, (model / "phi.npy").read_bytes(), (model / "phrases.txt").read_bytes()))
    assert len(found) == 2  # kernels may differ in the last digits
    assert len({pairs for *_, pairs in found}) == 1


def test_standard_input_is_refused_with_a_way_out(tmp_path: Path) -> None:
    refused = lda("train", "-", *QUICK, *ON, cwd=tmp_path, stdin=b"new york\n" * 20)
    assert_refused(refused, 2, "standard input", "only once", "vocabulary.phrases.max_words")
    assert list(tmp_path.iterdir()) == []
