"""Phrases on the command line: trained, shown, found in new text."""

import json
from pathlib import Path

from tests.helpers.command import QUICK, done, lda
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

ON = ("--set", "vocabulary.phrases.max_words=2", "--set", "vocabulary.phrases.min_count=5")


PLACES = {"space": "Cape Canaveral", "kitchen": "Dijon mustard", "harbour": "New York"}


def test_phrases_are_learned_shown_and_found(tmp_path: Path) -> None:
    documents = theme_documents().items()
    placed = {name: f"{PLACES[name.partition('/')[0]]}. {text}" for name, text in documents}
    corpus = write(tmp_path / "corpus", placed)
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
