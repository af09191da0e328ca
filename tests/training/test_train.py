"""Training from files to a model directory: what is read, written and said, byte for byte."""

import bz2
import csv
import gzip
import io
import itertools
import json
import lzma
import shutil
from pathlib import Path

import numpy as np
import pytest

from lda_cli.errors import CorpusError
from lda_cli.model import store
from lda_cli.training import events
from lda_cli.training.train import train
from tests.corpus import bag_files
from tests.helpers.failing import names_in
from tests.helpers.models import FILES, assert_same
from tests.helpers.training import N_DOCUMENTS, WORDS, Told, history_of


def test_what_train_returns_is_what_it_saved(settings):
    config = settings()
    assert_same(train(config), store.load(config.model.path))
    assert names_in(config.model.path) == FILES


def test_rows_of_phi_and_theta_sum_to_one(settings):
    config = settings(model_topics=3)
    model = train(config)
    theta = np.load(Path(config.model.path) / "theta.npy")
    assert (model.phi.dtype, theta.dtype) == (np.float32, np.float32)
    assert (model.phi.shape, theta.shape) == ((3, 16), (N_DOCUMENTS, 3))
    np.testing.assert_allclose(model.phi.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(theta.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(theta[-1], model.alpha / model.alpha.sum(), rtol=1e-5)  # of empty.txt


def test_documents_have_a_line_each_and_passes_too(settings):
    config = settings()
    model = train(config)
    ids = (Path(config.model.path) / "documents.txt").read_text().splitlines()
    assert ids == [*(f"{n:02}.txt" for n in range(N_DOCUMENTS - 1)), "empty.txt"]
    assert model.n_documents == N_DOCUMENTS
    *history, _ = history_of(config)
    assert [line["pass"] for line in history] == [1, 2, 3, 4]
    for line in history:
        assert line.keys() >= {"bound_per_token", "perplexity_bound", "seconds", "documents_per_second"}
        assert line["perplexity_bound"] == pytest.approx(np.exp(-line["bound_per_token"]))


def test_counts_are_those_of_the_corpus(settings, corpus):
    model = train(settings())
    words = " ".join(path.read_text() for path in corpus.iterdir()).split()
    counts = {term: words.count(term) for term in " ".join(WORDS).split()}
    assert dict(zip(model.vocabulary, model.term_counts[:, 0], strict=True)) == counts
    assert model.topic_counts.sum() == pytest.approx(len(words), rel=1e-4)


def test_same_documents_in_any_format_give_the_same_topics(settings, corpus, tmp_path):
    texts = [path.read_text() for path in sorted(corpus.iterdir())]
    table = io.StringIO()
    csv.writer(table).writerows([["id", "text"], *enumerate(texts)])
    written = {
        "a.txt": "".join(f"{text}\n" for text in texts),
        "a.jsonl": "".join(json.dumps({"text": text}) + "\n" for text in texts),
        "a.csv": table.getvalue(),
        "a.tsv": "".join(f"{text}\t1\n" for text in ["text", *texts]),
        "a.mallet": "".join(f"name label {text}\n" for text in texts),
    }
    terms = ["unused", *" ".join(WORDS).split()]
    rows = bag_files.rows_of(map(str.split, texts), terms)
    written |= {name: write(rows, len(terms)) for name, write in bag_files.WRITERS.items()}
    (tmp_path / "vocab.txt").write_text("\n".join(terms))
    packers = itertools.cycle([(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
    train(settings())
    expected = (tmp_path / "model" / "phi.npy").read_bytes()
    for name, content in written.items():
        for suffix, pack in (("", bytes), next(packers)):
            path = tmp_path / f"{name}{suffix}"
            path.write_bytes(pack(content.encode() if isinstance(content, str) else content))
            model = train(settings(), [str(path)], replace=True)
            assert model.n_documents == N_DOCUMENTS
            assert (tmp_path / "model" / "phi.npy").read_bytes() == expected, path


def test_steps_are_told_in_order(settings):
    told = Told()
    train(settings(), report=told)
    assert list(map(type, told)) == [
        *(events.Begun, events.DocumentsRead, events.CorpusRead, events.Started),
        *[events.PassDone] * 4,
        *(events.Trained, events.Saved),
    ]
    assert told.of(events.DocumentsRead) == [N_DOCUMENTS]


@pytest.mark.parametrize(
    "options", [{"training_threads": 3}, {"training_threads": "auto"}, {"corpus_include": ["*.txt"]}]
)
def test_what_should_not_matter_changes_no_byte(settings, options):
    config = settings(model_topics=3)
    model = train(config)
    assert train(settings(model_topics=3, **options), replace=True).phi.tobytes() == model.phi.tobytes()


def test_the_order_in_which_files_were_made_changes_no_byte(settings, corpus, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in sorted(corpus.iterdir(), reverse=True):
        shutil.copy(path, copy)
    first, second = (train(settings(), [str(folder)], replace=True) for folder in (corpus, copy))
    assert first.phi.tobytes() == second.phi.tobytes()
    assert first.fingerprint == second.fingerprint


def test_another_seed_makes_another_model(settings):
    first, second = (train(settings(training_seed=seed), replace=True) for seed in (1, 2))
    assert first.phi.tobytes() != second.phi.tobytes()


def test_a_corpus_that_cannot_be_used_leaves_nothing_behind(settings, corpus, tmp_path):
    (corpus / "99.txt").write_bytes(b"\xff\xff")
    with pytest.raises(CorpusError, match=r"99\.txt: not valid utf-8"):
        train(settings())
    assert names_in(tmp_path) == {"texts"}
