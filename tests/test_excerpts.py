"""The first words of training documents: found again in any kind of corpus, or left out without an error."""

import json
import os
import shutil

import pytest

from lda_cli.excerpts import excerpts
from lda_cli.training.train import train
from tests.helpers.files import write
from tests.helpers.training import N_DOCUMENTS, WORDS, quick_config

MOON, RICE = (f"{words}\n\n\tand more" for words in WORDS)
FIRST = f"{WORDS[0]} and more"


def of(folder, files, paths=None, **options):
    """A model of some files, at paths below the folder or all."""
    write(folder / "texts", files)
    config = quick_config(folder / "texts", folder / "model", **options)
    return train(config, [str(folder / "texts" / path) for path in paths] if paths else ())


def ids_of(model):
    return list(model.documents.ids())


FILES = {f"{number % 2}/{number}.txt": (MOON, RICE)[number % 2] for number in range(N_DOCUMENTS)}
LINES = "".join(f"{WORDS[number % 2]}\n" for number in range(N_DOCUMENTS))


def test_files_of_a_folder_are_found_by_their_names_without_a_walk(tmp_path, monkeypatch):
    model = of(tmp_path, FILES)
    monkeypatch.setattr("lda_cli.excerpts._from_all", None)
    assert excerpts(model, ["0/2.txt", "1/3.txt"]) == {"0/2.txt": FIRST, "1/3.txt": f"{WORDS[1]} and more"}
    assert excerpts(model, []) == {}


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({"a.txt": LINES}, {"corpus_format": "lines"}),
        ({"a.jsonl": "".join(json.dumps({"text": line}) + "\n" for line in LINES.splitlines())}, {}),
        (
            {"a.jsonl": "".join(f'{{"text": "{t}", "n": {n}}}\n' for n, t in enumerate(LINES.split("\n")))},
            {"corpus_id_field": "n"},
        ),
        ({"a.csv": "text\n" + LINES}, {}),
        ({"a.txt": LINES}, {"corpus_split_by": "lines", "corpus_split_size": 1}),
        ({"a.txt": LINES}, {"corpus_split_by": "tokens", "corpus_split_size": 8}),
    ],
)
def test_documents_of_a_file_of_many_are_found(tmp_path, files, options):
    options = {name.replace("split_", "split."): value for name, value in options.items()}
    model = of(tmp_path, files, **options)
    ids = ids_of(model)[:N_DOCUMENTS]
    found = excerpts(model, ids, 200)
    assert [found[name].split()[0] for name in ids] == ["moon", "rice"] * (N_DOCUMENTS // 2)


def test_files_that_are_given_are_found_also_if_their_names_repeat(tmp_path):
    files = {f"{place}/{name}": text for place in "ab" for name, text in FILES.items()}
    model = of(tmp_path, files, paths=[*files])
    assert ids_of(model)[0] == "a/0/0.txt"
    assert len(excerpts(model, ids_of(model))) == 2 * N_DOCUMENTS
    assert excerpts(model, ["b/0/2.txt"]) == {"b/0/2.txt": FIRST}


def test_long_text_is_cut_after_a_word(tmp_path):
    model = of(tmp_path, FILES | {"long.txt": "moon " * 500, "word.txt": "m" * 999})
    assert excerpts(model, ["0/0.txt"], 20) == {"0/0.txt": "moon orbit comet…"}
    assert excerpts(model, ["word.txt"], 20) == {"word.txt": "m" * 19 + "…"}
    assert len(excerpts(model, ["long.txt"])["long.txt"]) <= 80


def test_what_is_gone_or_changed_has_no_text(tmp_path):
    model = of(tmp_path, FILES)
    texts = tmp_path / "texts"
    (texts / "0/0.txt").unlink()
    (texts / "0/2.txt").write_bytes(b"moon \xe9t\xe9")
    (texts / "0/4.txt").unlink()
    (texts / "0/4.txt").mkdir()
    (texts / "0/6.txt").unlink()
    os.mkfifo(texts / "0/6.txt")
    wanted = ["0/0.txt", "0/2.txt", "0/4.txt", "0/6.txt", "0/8.txt"]
    assert list(excerpts(model, wanted)) == ["0/8.txt"]
    shutil.rmtree(texts)
    assert excerpts(model, wanted) == {}
    texts.write_text("now a file")
    assert excerpts(model, wanted) == {}


def test_bytes_that_were_replaced_are_again(tmp_path):
    model = of(tmp_path, FILES | {"bad.txt": b"moon \xff orbit"}, corpus_on_error="replace")
    assert excerpts(model, ["bad.txt"]) == {"bad.txt": "moon \ufffd orbit"}


def test_standard_input_and_counts_have_no_text(tmp_path):
    model = of(tmp_path, {"a.ldac": "2 0:3 1:2\n2 0:1 2:2\n" * 6, "a.vocab": "moon\norbit\nrice\n"})
    assert excerpts(model, ids_of(model)) == {}


def test_large_corpus_is_not_searched(tmp_path, monkeypatch):
    model = of(tmp_path, {"a.jsonl": "".join(json.dumps({"text": t}) + "\n" for t in LINES.splitlines())})
    monkeypatch.setattr("lda_cli.excerpts._BYTES_AT_MOST", 100)
    assert excerpts(model, ids_of(model)) == {}


def test_names_that_lead_out_of_the_corpus_are_not_followed(tmp_path):
    model = of(tmp_path, FILES)
    write(tmp_path, {"secret.txt": "secret"})
    assert excerpts(model, ["../secret.txt", str(tmp_path / "secret.txt"), "a\0b"]) == {}
