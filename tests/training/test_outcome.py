"""What is said of a model at the end of its training: figures of the saved Phi, and topics that are odd."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from lda_cli.engine import bound, coherence
from lda_cli.engine.estep import e_step
from lda_cli.engine.schedule import Pass, plain
from lda_cli.engine.settings import Settings
from lda_cli.model import store
from lda_cli.training import events
from lda_cli.training import outcome as module
from lda_cli.training.train import train
from tests.helpers.training import Told, quick_config

ROOT = Path(__file__).parents[2]


def trained(folder, corpus, **options):
    told = Told()
    given = {
        "vocabulary_max_df": 0.5,
        "corpus_cache": "none",
        "training_passes": "auto",
        "training_restarts": "auto",
    }
    config = quick_config(corpus, folder, **given | options)
    return train(config, report=told), told


def lines(folder):
    text = (folder / "history.jsonl").read_text()
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


def settings_of(schedule, eta=0.02, n_topics=4):
    return Settings(schedule, np.full(n_topics, 0.5), eta, 2, 0)


LATE = plain(3, True)
EARLY = (Pass(power=0.6), *LATE)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "model"
    return folder, *trained(folder, ROOT / "sample_corpus", vocabulary_min_df=3, model_topics=8)


def test_figures_are_those_of_the_phi_that_was_saved(sample):
    folder, model, told = sample
    texts = [path.read_text() for path in sorted((ROOT / "sample_corpus").rglob("*.txt"))]
    known = model.known.count(texts, False).rows
    counts = csr_matrix((known.data, known.indices, known.indptr), known.shape)
    found = e_step(counts, np.ascontiguousarray(model.phi.T), model.alpha, tolerance=1e-3, max_iterations=100)
    value = bound.evidence_bound(counts, found, model.alpha).sum() / counts.sum()
    *passes, result = lines(folder)
    start = result.pop("start")
    ((_, figures),) = [event for event in told if isinstance(event, events.Saved)]
    assert result == {"result": True, **figures._asdict()}
    passes = [line for line in passes if line.get("start", 0) == start]
    assert result["bound_per_token"] == pytest.approx(value, rel=1e-5)
    assert result["perplexity_bound"] == pytest.approx(math.exp(-value), rel=1e-4)
    assert result["npmi"] == pytest.approx(np.mean(model.npmi))
    assert abs(result["bound_per_token"] - passes[-1]["bound_per_token"]) > 1e-3  # that of another Phi


def test_topics_of_the_sample_corpus_stand_together_and_are_not_alike(sample):
    _, model, told = sample
    assert [topic.npmi for topic in model.topics()] == list(model.npmi)
    assert min(model.npmi) > 0
    assert told.of(events.Warned) == []


def test_more_topics_than_there_are_give_a_warning_that_names_a_remedy(tmp_path):
    rng = np.random.default_rng(0)
    terms = np.array([f"{theme}{a}{b}" for theme in ("moon", "rice") for a in "abcdefgh" for b in "abcdefgh"])
    themes = np.split(terms, 2)
    documents = (rng.choice(themes[d % 2], 20) for d in range(400))
    (tmp_path / "corpus.txt").write_text("".join(" ".join(words) + "\n" for words in documents))
    _, told = trained(tmp_path / "model", tmp_path / "corpus.txt", model_topics=4)
    (warning,) = told.of(events.Warned)
    assert warning.endswith("use about 2 topics (model.topics)")
    assert trained(tmp_path / "two", tmp_path / "corpus.txt", model_topics=2)[1].of(events.Warned) == []


A, B, C, D, E = np.eye(5, dtype=np.float32)


def warnings(rows, schedule=LATE, eta=0.02, is_dead=None):
    is_dead = np.zeros(len(rows), bool) if is_dead is None else np.array(is_dead)
    return list(module._warnings(np.stack(rows), is_dead, settings_of(schedule, eta)))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [A, B, C, A, D],
            "topics 0 and 3 are alike; use about 4 topics (model.topics)",
        ),
        (
            [A, B, C, A, A, B, D],
            "topics 0, 3 and 4 are alike, and so are topics 1 and 5; use about 4 topics (model.topics)",
        ),
        (
            [A, B, C, D, E] * 2,
            "topics 0 and 5 are alike, and so are topics 1 and 6, and so are topics 2 and 7, and so are "
            "those of 2 more groups; "
            "use about 5 topics (model.topics)",
        ),
        (
            [A, A],
            "topics 0 and 1 are alike; more documents may separate them",
        ),
    ],
)
def test_topics_that_are_alike_have_one_line(rows, expected):
    assert warnings(rows) == [expected]


def test_topics_that_melted_into_one_want_a_later_start():
    (warning,) = warnings([A, A, A, B], EARLY)
    assert warning.endswith("start the annealing later (training.annealing.from=0.9), or " + module._FEWER)
    (warning,) = warnings([A, A, B, C, D], EARLY)
    assert warning.endswith("use about 4 topics (model.topics)")


def test_background_topics_that_are_alike_are_too_many_of_them():
    settings = replace(settings_of(LATE), n_background=2)
    found = list(module._warnings(np.stack([A, B, C, C]), np.zeros(4, bool), settings))
    assert found == ["background topics 2 and 3 are alike; use fewer of them (model.background)"]


def test_topics_without_words_have_one_line_and_are_not_alike():
    uniform = np.full(5, 0.2, np.float32)
    rows, is_dead = [uniform, A, uniform], [True, False, True]
    (warning,) = warnings(rows, eta=0, is_dead=is_dead)
    assert warning == "topics 0 and 2 are empty; set model.eta above 0 to avoid empty topics"
    (warning,) = warnings(rows, is_dead=is_dead)
    assert warning == "topics 0 and 2 are empty; use fewer topics (model.topics)"
    assert warnings([uniform, A], eta=0, is_dead=[True, False])[0].startswith("topic 0 is empty;")
    assert [len(some) for some in coherence.words_of_topics(np.stack(rows), np.array(is_dead))] == [0, 1, 0]


@pytest.fixture
def six_words(tmp_path):
    (tmp_path / "six.txt").write_text("moon\nsun\nstar\nrice\noven\nsail\n")
    return tmp_path / "six.txt"


def test_perplexity_beyond_all_floats_is_null(six_words, tmp_path):
    # without it: a RuntimeWarning of NumPy under --quiet, and Infinity, which is no JSON
    trained(tmp_path / "model", six_words, model_topics=2000, vocabulary_max_df=1.0)
    history = lines(tmp_path / "model")
    assert any(line["perplexity_bound"] is None for line in history)
    assert all(math.isfinite(line["bound_per_token"]) for line in history)
    store.verify(tmp_path / "model")


@pytest.mark.parametrize("bound_per_token", [-709.7, -709.8, -1e300, 0.0, 3.0])
def test_perplexity_is_a_float_or_none(bound_per_token):
    found = bound.perplexity(bound_per_token)
    assert (found is None) == (bound_per_token < -709.75)
    assert found is None or math.log(found) == pytest.approx(-bound_per_token)
