"""What the settings of a training mean for the engine, above all those that are auto."""

from itertools import pairwise

import numpy as np
import pytest

from lda_cli.engine.schedule import Pass
from lda_cli.training import events
from lda_cli.training.train import train
from tests.helpers.training import N_DOCUMENTS, Told, bounds_of


def decided_by(config):
    """The engine's settings, and the records of its passes."""
    told = Told()
    train(config, report=told)
    return told.of(events.Started)[0], told.of(events.PassDone)


def test_auto_is_decided_from_the_corpus(settings):
    options = {f"training_{key}": "auto" for key in ("passes", "minibatches", "restarts")}
    decided, records = decided_by(settings(model_topics=4, **options))
    assert decided.alpha == pytest.approx(np.full(4, 1 / 4))
    assert decided.eta == 0.05
    assert (decided.n_starts, decided.n_minibatches) == (8, 8)
    assert decided.tolerance is None
    assert decided.guards
    assert [record.start for record in records] == [n for n in range(8) for _ in range(24)]
    assert all(step.collapsed for step in decided.schedule)  # thirty words a document


def test_one_start_of_long_documents_ends_in_plain_passes(settings, corpus):
    for path in corpus.iterdir():
        path.write_text(path.read_text() + " " + path.read_text())
    decided, _ = decided_by(settings(training_passes="auto", training_minibatches="auto"))
    assert decided.n_minibatches == N_DOCUMENTS - 1  # forty for more documents; one is empty
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
    powers = [step.power for step in decided_by(settings(training_passes=200, **options))[0].schedule]
    assert powers[0] == pytest.approx(first)
    assert powers[-1] == pytest.approx(last, abs=0.005)


@pytest.mark.parametrize(("algorithm", "n_minibatches"), [("batch", 1), ("incremental", 5)])
def test_plain_algorithms_run_ordinary_em_and_stop_by_tolerance(settings, algorithm, n_minibatches):
    options = {"training_algorithm": algorithm, "training_passes": "auto", "training_minibatches": 5}
    decided, _ = decided_by(settings(**options))
    assert decided.schedule == (Pass(learn_alpha=True),) * 100
    assert decided.n_minibatches == n_minibatches
    assert decided.tolerance == 1e-4


@pytest.mark.parametrize(
    ("algorithm", "alpha", "kept"),
    [
        ("batch", 0.3, [0.3, 0.3]),
        ("incremental", [0.1, 1e-3], [0.1, 1e-3]),
        ("annealed", [0.1, 1e-3], [0.1, 1e-3]),
    ],
)
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


def test_background_topics_start_with_an_alpha_of_all_the_others_together(settings, tmp_path):
    other = str(tmp_path / "other")
    decided, _ = decided_by(settings(model_topics=5, model_background=2, model_decorrelate=40))
    assert decided.alpha == pytest.approx([1 / 5] * 3 + [1 / 2] * 2)
    assert (decided.n_background, decided.decorrelate) == (2, 40)
    decided, _ = decided_by(settings(model_topics=5, model_background=2, model_alpha=0.3, model_path=other))
    assert decided.alpha == pytest.approx([0.3] * 5)


def test_decorrelation_leaves_every_word_possible_where_eta_is_nought(settings, tmp_path):
    other = str(tmp_path / "other")
    decided, _ = decided_by(settings(model_eta=0, model_decorrelate=40))
    assert decided.eta == 1e-6
    decided, _ = decided_by(settings(model_eta=0, model_path=other))
    assert decided.eta == 0
