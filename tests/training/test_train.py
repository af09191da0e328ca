"""Training from files to a model directory: what `auto` means, what is kept, when a model is up to date."""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lda_cli.config import load_config
from lda_cli.engine.schedule import Pass
from lda_cli.errors import ConfigError, CorpusError, OutputError
from lda_cli.model import store
from lda_cli.training.train import Progress, train, up_to_date
from tests.corpus import bag_files
from tests.failing import names_in
from tests.models import FILES, assert_same

ROOT = Path(__file__).parents[2]
THEMES = (
    "moon orbit comet planet star telescope galaxy eclipse",
    "rice onion butter flour garlic pepper oven broth",
)
N_DOCUMENTS = 12


@pytest.fixture
def corpus(tmp_path):
    """Twelve documents of two themes by turns, one without a word."""
    folder = tmp_path / "texts"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for n in range(N_DOCUMENTS - 1):
        (folder / f"{n:02}.txt").write_text(" ".join(rng.choice(THEMES[n % 2].split(), 30)))
    (folder / "empty.txt").touch()
    return folder


@pytest.fixture
def settings(corpus, tmp_path, monkeypatch):
    """A function that makes a quick config for the corpus, changed as it is told: model_topics=3."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # disks are slow, and tested elsewhere

    def config(**options):
        quick = {
            "corpus.path": str(corpus),
            "vocabulary.min_df": 1,
            "model.path": str(tmp_path / "model"),
            "model.topics": 2,
            "training.passes": 4,
            "training.restarts": 1,
            "training.threads": 1,
        }
        return load_config(
            environ={}, options=quick | {key.replace("_", ".", 1): options[key] for key in options}
        )

    return config


class Told(Progress):
    """Keeps what training tells."""

    def __init__(self):
        self.events, self.records, self.settings, self.report = [], [], None, None

    def reading(self, n_documents):
        self.events.append(n_documents)

    def read(self, corpus, report):
        self.events.append("read")
        self.report = report

    def started(self, settings, contribution_bytes):
        self.events.append("started")
        self.settings = settings

    def passed(self, record):
        self.events.append("passed")
        self.records.append(record)

    def trained(self):
        self.events.append("trained")


def told(config, **options):
    progress = Told()
    train(config, progress=progress, **options)
    return progress


def history_of(config):
    lines = (Path(config.model.path) / "history.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def bounds_of(config):
    return [line["bound_per_token"] for line in history_of(config)[:-1]]


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
    counts = {term: words.count(term) for term in " ".join(THEMES).split()}
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
    terms = ["unused", *" ".join(THEMES).split()]
    rows = bag_files.rows_of(map(str.split, texts), terms)
    written |= {name: write(rows, len(terms)) for name, write in bag_files.WRITERS.items()}
    (tmp_path / "vocab.txt").write_text("\n".join(terms))
    packers = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    train(settings())
    expected = (tmp_path / "model" / "phi.npy").read_bytes()
    for name, content in written.items():
        for suffix, pack in packers.items():
            path = tmp_path / f"{name}{suffix}"
            path.write_bytes(pack(content.encode() if isinstance(content, str) else content))
            model = train(settings(), [str(path)], replace=True)
            assert model.n_documents == N_DOCUMENTS
            assert (tmp_path / "model" / "phi.npy").read_bytes() == expected, path


def test_steps_are_told_in_order(settings):
    events = told(settings()).events
    assert events == [N_DOCUMENTS, "read", "started", *["passed"] * 4, "trained"]


def test_auto_is_decided_from_the_corpus(settings):
    options = {f"training_{key}": "auto" for key in ("passes", "minibatches", "restarts")}
    progress = told(settings(model_topics=4, **options))
    decided = progress.settings
    assert decided.alpha == pytest.approx(np.full(4, 1 / 4))
    assert decided.eta == 0.05
    assert (decided.n_starts, decided.n_minibatches) == (8, 8)
    assert decided.tolerance is None
    assert decided.guards
    assert [record.start for record in progress.records] == [n for n in range(8) for _ in range(24)]
    assert all(step.collapsed for step in decided.schedule)  # thirty words a document


def test_one_start_of_long_documents_ends_in_plain_passes(settings, corpus):
    for path in corpus.iterdir():
        path.write_text(path.read_text() + " " + path.read_text())
    decided = told(settings(training_passes="auto", training_minibatches="auto")).settings
    assert decided.n_minibatches == N_DOCUMENTS  # forty, were there so many documents
    assert [step.is_plain for step in decided.schedule] == [False] * 22 + [True] * 2
    assert not any(step.collapsed for step in decided.schedule)


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ({}, 0.528, 0.588),
        ({"from": 0.95}, 0.95, 0.95),  # cooled already: `to` that is auto is never below
        ({"to": 0.5}, 0.5, 0.5),
        ({"from": 0.5, "to": 0.8}, 0.5, 0.8),
    ],
)
def test_an_end_of_the_cooling_that_is_auto_fits_the_one_given(settings, given, first, last):
    options = {f"training_annealing.{key}": value for key, value in given.items()}
    powers = [step.power for step in told(settings(training_passes=200, **options)).settings.schedule]
    assert powers[0] == pytest.approx(first)
    assert powers[-1] == pytest.approx(last, abs=0.005)


@pytest.mark.parametrize(("algorithm", "n_minibatches"), [("batch", 1), ("incremental", 5)])
def test_plain_algorithms_run_ordinary_em_and_stop_by_tolerance(settings, algorithm, n_minibatches):
    options = {"training_algorithm": algorithm, "training_passes": "auto", "training_minibatches": 5}
    decided = told(settings(**options)).settings
    assert decided.schedule == (Pass(learn_alpha=True),) * 100
    assert decided.n_minibatches == n_minibatches
    assert decided.tolerance == 1e-4


def test_alpha_that_is_auto_is_learned(settings):
    alpha = train(settings(training_passes=24, model_topics=3)).alpha
    assert len(set(alpha)) == 3


@pytest.mark.parametrize(("alpha", "kept"), [(0.3, [0.3, 0.3]), ([0.1, 1e-3], [0.1, 1e-3])])
@pytest.mark.parametrize("algorithm", ["batch", "incremental", "annealed"])
def test_alpha_that_is_given_stays(settings, algorithm, alpha, kept):
    model = train(settings(model_alpha=alpha, training_algorithm=algorithm))
    assert model.alpha.tolist() == kept


def test_without_eta_a_word_may_be_impossible_in_a_topic(settings):
    options = {"training_algorithm": "batch", "training_passes": 60, "model_alpha": 0.05}
    model = train(settings(model_eta=0, **options))
    assert model.eta == 0
    assert model.phi.min() < 1e-6
    assert train(settings(model_eta=0.5, **options), replace=True).phi.min() > 1e-4


def test_batch_stops_where_the_bound_changes_less_than_the_tolerance(settings):
    options = {"training_algorithm": "batch", "training_passes": 100, "model_eta": 0, "model_alpha": 0.1}
    config = settings(training_tolerance=1e-3, **options)
    train(config)
    bounds = bounds_of(config)
    changes = [abs((after - before) / after) for before, after in pairwise(bounds)]
    assert 2 < len(bounds) < 100
    assert changes[-1] <= 1e-3 < min(changes[:-1])

    forever = settings(training_tolerance=0, **options | {"training_passes": 30})
    train(forever, replace=True)
    assert len(bounds_of(forever)) == 30


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


def test_standard_input_can_be_trained_on(settings):
    lines = "\n".join(THEMES).encode()
    model = train(settings(), ["-"], stdin=io.BytesIO(lines))
    assert (model.n_documents, len(model.vocabulary)) == (2, 16)


def test_a_model_that_may_not_be_replaced_is_found_before_the_corpus_is_read(settings, corpus):
    train(settings())
    shutil.rmtree(corpus)
    with pytest.raises(OutputError, match="there is a model already"):
        train(settings())


def test_a_corpus_that_cannot_be_used_leaves_nothing_behind(settings, corpus, tmp_path):
    (corpus / "99.txt").write_bytes(b"\xff\xff")
    with pytest.raises(CorpusError, match=r"99\.txt: not valid utf-8"):
        train(settings())
    assert names_in(tmp_path) == {"texts"}


def test_model_is_up_to_date_after_training_and_not_before(settings):
    assert not up_to_date(settings())
    train(settings())
    assert up_to_date(settings())


def test_damaged_model_is_not_up_to_date(settings, tmp_path):
    train(settings())
    (tmp_path / "model" / "phi.npy").write_bytes(b"")
    assert not up_to_date(settings())


CHANGES = {
    "content": lambda corpus: (corpus / "00.txt").write_text("moon"),
    "one more byte": lambda corpus: (corpus / "empty.txt").write_text("\n"),
    "name": lambda corpus: (corpus / "00.txt").rename(corpus / "0.txt"),
    "one file more": lambda corpus: (corpus / "more.txt").touch(),
    "one file less": lambda corpus: (corpus / "empty.txt").unlink(),
    "moved into a folder": lambda corpus: (
        (corpus / "a").mkdir() or (corpus / "00.txt").rename(corpus / "a" / "00.txt")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_corpus_makes_the_model_out_of_date(settings, corpus, change):
    train(settings())
    CHANGES[change](corpus)
    assert not up_to_date(settings())


@pytest.mark.parametrize(
    "options",
    [
        {"model_topics": 3},
        {"model_alpha": 0.5},
        {"training_seed": 1},
        {"training_passes": 5},
        {"tokenizer_min_length": 4},
        {"corpus_split": {"by": "lines", "size": 1}},
        {"tokenizer_max_length": 9},
        {"tokenizer_stemming": "english"},
        {"vocabulary_stop_words": ["moon"]},
        {"vocabulary_extra_stop_words": ["moon"]},
        {"vocabulary_max_df": 0.9},
        {"inference_tolerance": 1e-5},
    ],
    ids=str,
)
def test_changed_setting_makes_the_model_out_of_date(settings, options):
    train(settings())
    assert not up_to_date(settings(**options))


def test_threads_times_and_hidden_files_leave_the_model_up_to_date(settings, corpus):
    train(settings())
    (corpus / ".hidden").touch()
    os.utime(corpus / "00.txt", (1, 1))
    assert up_to_date(settings(training_threads=2))


def test_model_and_config_in_the_corpus_are_no_part_of_it(settings, corpus):
    config = settings(model_path=str(corpus / "model"))
    assert train(config).n_documents == N_DOCUMENTS
    assert up_to_date(config)
    (corpus / "lda.yaml").touch()
    assert up_to_date(config)
    assert train(config, replace=True).n_documents == N_DOCUMENTS


def test_moved_folders_leave_the_model_up_to_date(settings, corpus, tmp_path):
    train(settings())
    corpus.rename(tmp_path / "moved")
    (tmp_path / "model").rename(tmp_path / "elsewhere")
    assert up_to_date(settings(model_path=str(tmp_path / "elsewhere")), [str(tmp_path / "moved")])


def test_words_of_a_stop_list_count_and_not_where_it_lies(settings, tmp_path):
    stop_words = tmp_path / "stop.txt"
    stop_words.write_text("moon\nrice\n")
    model = train(settings(vocabulary_stop_words=str(stop_words)))
    assert not {"moon", "rice"} & set(model.vocabulary)
    stop_words.rename(tmp_path / "moved.txt")
    moved = settings(vocabulary_stop_words=str(tmp_path / "moved.txt"))
    assert up_to_date(moved)
    assert up_to_date(settings(vocabulary_stop_words=["rice", "moon"]))
    (tmp_path / "moved.txt").write_text("moon\nrice\nstar\n")
    assert not up_to_date(moved)


def test_a_model_needs_its_stop_list_no_more(settings, tmp_path):
    stop_words = tmp_path / "stop.txt"
    stop_words.write_text("moon\n")
    config = settings(vocabulary_stop_words=str(stop_words))
    train(config)
    stop_words.unlink()
    (found,) = store.load(config.model.path).infer(["moon rice sun"])
    assert (found.tokens, found.unknown) == (1, 1)


@pytest.mark.parametrize("trained_before", [False, True])
def test_standard_input_is_never_up_to_date_but_an_error(settings, trained_before):
    # the first run from cron succeeded and the second was refused
    if trained_before:
        train(settings())
    with pytest.raises(ConfigError, match="standard input"):
        up_to_date(settings(), ["-"])
