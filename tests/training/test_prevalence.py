"""Trainings whose alpha metadata move, and whose topics are labels: the model, its effects, and inference."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest

from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.errors import ConfigError, ModelError
from lda_cli.inference import infer_documents
from lda_cli.model import store
from lda_cli.model.labels import Label
from lda_cli.training import events
from lda_cli.training.train import train, up_to_date
from lda_cli.training.update import update
from tests.helpers.models import reseal
from tests.helpers.training import WORDS, Told, quick_config

N = 60


@pytest.fixture
def corpus(tmp_path):
    """Letters of two authors: one writes of space, one of food, and each now and then of the other's."""
    rng = np.random.default_rng(0)
    lines = []
    for n in range(N):
        author = n % 2
        theme = author if n % 10 else 1 - author
        text = " ".join(rng.choice(WORDS[theme].split(), 12))
        record = {
            "text": text,
            "author": ["Ann", "Bob"][author],
            "year": 1800 + n,
            "tag": ["space", "food"][theme],
        }
        lines.append(json.dumps(record))
    path = tmp_path / "letters.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def config(corpus, tmp_path):
    fields = {"corpus_metadata_fields": ["author", "year", "tag"], "training_passes": 12}
    return lambda **options: quick_config(corpus, tmp_path / "model", **fields | options)


def topic_of(model, word):
    return int(model.phi[:, model.vocabulary.index(word)].argmax())


def inferred(config, model, lines, tmp_path):
    path = tmp_path / "new.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [topics.theta for _, topics in infer_documents(model, Inputs.of(config, [str(path)]))]


def test_effects_say_which_topic_a_group_prefers(config):
    model = train(config(model_prevalence=["author"]))
    space = topic_of(model, "moon")
    ann, bob = model.prevalence.effects()
    assert [(found.field, found.level, found.step) for found in (ann, bob)] == [
        ("author", "Ann", None),
        ("author", "Bob", None),
    ]
    assert ann.effect.change[space] > 0.1
    assert bob.effect.change[space] < -0.1
    assert ann.effect.low[space] < ann.effect.change[space] < ann.effect.high[space]
    assert ann.effect.change.sum() == pytest.approx(0, abs=1e-9)


def test_documents_are_inferred_with_their_own_metadata(config, tmp_path):
    settings = config(model_prevalence=["author", "year:1000"])
    model = train(settings)
    space = topic_of(model, "moon")
    ann, bob, nobody, stranger = inferred(
        settings,
        model,
        [
            {"text": "unheard", "author": "Ann", "year": 1820},
            {"text": "unheard", "author": "Bob", "year": 1820},
            {"text": "unheard"},
            {"text": "unheard", "author": "Eve", "year": "soon"},
        ],
        tmp_path,
    )
    assert ann[space] - 0.1 > nobody[space] > bob[space] + 0.1
    np.testing.assert_array_equal(nobody, stranger)
    np.testing.assert_allclose(nobody, model.alpha / model.alpha.sum(), rtol=1e-6)
    rows, which = model.prevalence.alpha_of([{"author": "Ann", "year": 1820}])
    np.testing.assert_allclose(ann, rows[which[0]] / rows[which[0]].sum(), rtol=1e-6)


def test_a_saved_model_is_the_one_that_was_made(config):
    settings = config(model_prevalence=["author", "year"])
    train(settings)
    model = store.load(settings.model.path)
    assert model.prevalence.coefficients.shape == (2, 4)
    assert [covariate.given for covariate in model.prevalence.covariates] == ["author", "year"]
    assert model.prevalence.effects()[2].step == pytest.approx(np.std(np.arange(N)))
    assert "prevalence.json" in store.verify(settings.model.path)
    train(settings, replace=True)
    again = store.load(settings.model.path)
    assert again.prevalence.coefficients.tobytes() == model.prevalence.coefficients.tobytes()


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data["coefficients"].pop(),
        lambda data: data.pop("variance"),
        lambda data: data["covariates"][0].update(levels=3),
        lambda data: data["covariates"][0].update(scale=0),
        lambda data: data["covariates"][0].update(more=1),
        lambda data: data["coefficients"][0].__setitem__(0, "x"),
    ],
)
def test_a_damaged_file_of_prevalence_is_refused(config, edit):
    settings = config(model_prevalence=["author"])
    train(settings)
    path = Path(settings.model.path) / "prevalence.json"
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data))
    with pytest.raises(ModelError, match="checksum"):
        store.load(settings.model.path)
    reseal(Path(settings.model.path))
    with pytest.raises(ModelError, match=r"prevalence\.json: the model is damaged"):
        store.load(settings.model.path)


@pytest.mark.parametrize(
    "options", [{"model_prevalence": ["author"]}, {"model_labels": "tag", "model_topics": 3}]
)
def test_changed_metadata_train_again(config, corpus, options):
    train(config(**options))
    assert up_to_date(config(**options))
    assert not up_to_date(config())
    corpus.write_text(corpus.read_text().replace("Ann", "Eve").replace("food", "cook"))
    assert not up_to_date(config(**options))


class Came(BaseException):
    """What the handler of SIGTERM raises."""


@pytest.mark.parametrize(
    "options",
    [{"model_prevalence": ["author", "year"]}, {"model_labels": "tag", "model_topics": 4}],
    ids=["prevalence", "labels"],
)
@pytest.mark.parametrize("restarts", [1, 2])
def test_a_stopped_training_goes_on_to_the_same_bytes(config, tmp_path, options, restarts):
    def made(folder, report=events.ignore):
        settings = config(
            **options, training_minibatches=3, training_restarts=restarts, model_path=str(folder)
        )
        model = train(settings, report=report)
        moved = None if model.prevalence is None else model.prevalence.coefficients.tobytes()
        return model.phi.tobytes(), model.alpha.tobytes(), model.documents.theta.tobytes(), moved

    def stop(event):
        if isinstance(event, events.PassDone) and event.record.number == 9:
            signal.raise_signal(signal.SIGTERM)

    def come(number, frame):
        raise Came

    before = signal.signal(signal.SIGTERM, come)
    try:
        with pytest.raises(Came):
            made(tmp_path / "stopped", stop)
    finally:
        signal.signal(signal.SIGTERM, before)
    told = Told()
    assert made(tmp_path / "stopped", told) == made(tmp_path / "whole")
    assert told.of(events.Resumed)


@pytest.mark.parametrize(
    "options", [{"model_prevalence": ["author"]}, {"model_labels": "tag", "model_topics": 3}]
)
def test_a_model_whose_alpha_metadata_move_is_not_updated(config, corpus, options):
    settings = config(**options)
    train(settings)
    with pytest.raises(
        ConfigError, match=r"metadata move its alpha \(model\.(prevalence|labels)\); train on all documents"
    ):
        update(settings.model.path, [str(corpus)], settings)


def test_topics_to_start_from_and_prevalence_go_together(config, tmp_path):
    train(config())
    model = train(config(model_prevalence=["author"], model_start=str(tmp_path / "model")), replace=True)
    assert model.prevalence.effects()[0].effect.change[topic_of(model, "moon")] > 0.1


def test_labels_are_topics_with_their_names(config, tmp_path):
    settings = config(model_labels="tag", model_topics=3)
    model = train(settings)
    assert dict(model.labels) == {0: Label("food"), 1: Label("space")}
    assert model.names[:2] == ["food", "space"]
    assert topic_of(model, "rice") in (0, 2)
    theta = model.documents.theta
    tags = [row["tag"] for row in model.documents.metadata()]
    assert (theta[[tag == "food" for tag in tags], 1] == 0).all()
    assert (theta[[tag == "space" for tag in tags], 0] == 0).all()
    rice, moon = inferred(settings, model, [{"text": WORDS[1]}, {"text": WORDS[0]}], tmp_path)
    assert rice[0] > rice[1] > 0
    assert moon[1] > moon[0] > 0


def test_as_many_topics_as_labels_give_each_document_its_label(config):
    model = train(config(model_labels="tag"))
    tags = [row["tag"] for row in model.documents.metadata()]
    np.testing.assert_array_equal(model.documents.theta[:, 0], [tag == "food" for tag in tags])


def test_names_of_labels_are_given_again_without_a_word(config):
    settings, told = config(model_labels="tag", model_topics=3), Told()
    train(settings)
    model = train(config(model_labels="tag", model_topics=3, training_seed=5), replace=True, report=told)
    assert not any("label" in message for message in told.of(events.Warned))
    assert dict(model.labels) == {0: Label("food"), 1: Label("space")}


def test_prevalence_and_labels_go_together(config, tmp_path):
    settings = config(model_labels="tag", model_topics=3, model_prevalence=["author"])
    model = train(settings)
    assert model.prevalence.coefficients.shape == (3, 3)
    ann, bob = inferred(
        settings,
        model,
        [{"text": "unheard", "author": "Ann"}, {"text": "unheard", "author": "Bob"}],
        tmp_path,
    )
    assert ann[1] > bob[1]
