"""Training and inference with several processes that read: the same bytes as with one."""

import random

import pytest

from lda_cli.corpus.documents import chunks as dividing
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.inference import infer_documents
from lda_cli.training.train import train, up_to_date
from tests.helpers.models import config_of


@pytest.mark.parametrize("layout", ["folder", "lines"])
def test_number_of_processes_that_read_changes_no_byte(tmp_path, monkeypatch, layout):
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 2000)
    rng = random.Random(0)
    words = ["moon", "orbit", "planet", "Über", "rice", "oven", "flour", "pepper", "sail", "anchor"]
    texts = [" ".join(rng.choices(words, k=rng.randrange(40))) for _ in range(400)]
    if layout == "folder":
        given = tmp_path / "folder"
        given.mkdir()
        for number, text in enumerate(texts):
            (given / f"{number}.txt").write_text(text, encoding="utf-8")
    else:
        given = tmp_path / "lines.txt"
        given.write_text("\n".join(texts), encoding="utf-8")
    names = ("phi.npy", "documents.txt", "theta.npy", "vocabulary.txt", "term_counts.npy")
    found = []
    for threads in (1, 2, 3):
        config = config_of(
            model={"path": str(tmp_path / f"model{threads}"), "topics": 3},
            training={"threads": threads, "passes": 3},
            vocabulary={"max_df": 1.0},
        )
        model = train(config, [str(given)])
        assert up_to_date(config, [str(given)])
        inferred = [
            (document.id, topics.tokens, topics.unknown, topics.theta.tobytes(), topics.words)
            for document, topics in infer_documents(model, Inputs([str(given)], config), words=True)
        ]
        kept = [(tmp_path / f"model{threads}" / name).read_bytes() for name in names]
        found.append((kept, model.fingerprint, inferred))
    assert len(found[0][2]) == 400
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("by", ["lines", "paragraphs", "tokens"])
def test_training_and_inference_split_alike_in_any_number_of_processes(tmp_path, monkeypatch, by):
    monkeypatch.setattr(dividing, "CHUNK_BYTES", 2000)
    monkeypatch.setattr(dividing, "CHUNK_FILES", 3)
    rng = random.Random(0)
    given = tmp_path / "folder"
    given.mkdir()
    for number in range(40):
        words = rng.choices(["moon", "orbit", "rice", "oven", "sail"], k=60)
        (given / f"{number}.txt").write_text("\n".join(" ".join(words[i : i + 9]) for i in range(0, 60, 9)))
    found = []
    for threads in (1, 3):
        config = config_of(
            corpus={"split": {"by": by, "size": 2}},
            model={"path": str(tmp_path / f"model{threads}"), "topics": 2},
            training={"threads": threads, "passes": 3},
            vocabulary={"max_df": 1.0},
        )
        model = train(config, [str(given)])
        assert up_to_date(config, [str(given)])
        inferred = list(infer_documents(model, Inputs([str(given)], model.config), words=True))
        ids = [document.id for document, _ in inferred]
        assert ids == (tmp_path / f"model{threads}" / "documents.txt").read_text().splitlines()
        for document, topics in inferred:
            spans = [document.text[word.start : word.end] for word in topics.words]
            assert spans == document.text.split()
        found.append((ids, model.phi.tobytes(), [topics.theta.tobytes() for _, topics in inferred]))
    assert found[0] == found[1]
    assert len(found[0][0]) == {"lines": 160, "paragraphs": 40, "tokens": 1200}[by]
    assert found[0][0][:2] == {"paragraphs": ["0.txt#1", "1.txt#1"]}.get(by, ["0.txt#1", "0.txt#2"])
