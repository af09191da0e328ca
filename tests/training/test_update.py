"""New documents alone, added to a model: topics remember, columns stand, and all documents are there."""

import dataclasses
import os
import shutil
import signal

import numpy as np
import pytest

from lda_cli.config import load_config
from lda_cli.engine.mstep import m_step
from lda_cli.errors import ConfigError, CorpusError, Interrupted, ModelError
from lda_cli.model import store
from lda_cli.model.labels import Label
from lda_cli.training import events
from lda_cli.training.train import train
from lda_cli.training.update import update
from tests.helpers.training import QUICK, Told

SEEDS = {"sky": ["moon", "star"], "food": ["rice", "onion"]}


@pytest.fixture
def model(settings, tmp_path):
    """The path of a model with names and metadata."""
    config = settings(model_seeds=SEEDS, corpus_metadata_pattern="(?P<number>[0-9]+)")
    train(config)
    return config.model.path


@pytest.fixture
def new(tmp_path):
    """A folder of new documents, mostly of the sky, with a new word."""
    folder = tmp_path / "new"
    folder.mkdir()
    for n in range(6):
        (folder / f"{100 + n}.txt").write_text("moon star comet nebula nebula orbit " * 4)
    return str(folder)


def added(path, *new, memory=1.0, report=events.ignore, **options):
    given = {name.replace("_", ".", 1): value for name, value in options.items()}
    config = load_config(environ={}, options={"vocabulary.min_df": 2} | given, base=store.load(path).config)
    return update(path, new, config, memory=memory, report=report)


def test_columns_stand_and_new_terms_follow(model, new):
    old = store.load(model)
    found = added(model, new)
    assert found.vocabulary == (*old.vocabulary, "nebula")
    assert found.term_counts[-1].tolist() == [48, 6]
    np.testing.assert_array_equal(
        found.term_counts[:-1, 0] - old.term_counts[:, 0],
        [24 * (term in {"moon", "star", "comet", "orbit"}) for term in old.vocabulary],
    )


def test_new_term_belongs_to_the_topic_of_its_documents(model, new):
    found = added(model, new)
    assert found.phi[0, -1] > 10 * found.phi[1, -1]


def test_phi_is_the_m_step_of_old_and_new_counts(model, new):
    """With hard topics the new counts are known: all words of the new documents are of the sky."""
    old = store.load(model)
    found = added(model, new)
    counts = np.zeros((len(found.vocabulary), 2))
    counts[: len(old.vocabulary)] = (
        old.phi * (old.topic_counts + len(old.vocabulary) * old.eta)[:, None]
    ).T - old.eta
    columns = {term: column for column, term in enumerate(found.vocabulary)}
    for term, n in {"moon": 24, "star": 24, "comet": 24, "orbit": 24, "nebula": 48}.items():
        counts[columns[term], 0] += n
    np.testing.assert_allclose(found.phi, m_step(counts, old.eta), atol=2e-3)


def test_memory_is_the_weight_of_the_old(model, new):
    p = []
    for memory in (1.0, 0.3, 0.05):
        path = f"{model}-{memory}"
        old = store.load(shutil.copytree(model, path))
        found = added(path, new, memory=memory)
        p.append(found.phi[0, -1])
        np.testing.assert_allclose(found.topic_counts[1], memory * old.topic_counts[1], rtol=0.1)
    assert p[0] < p[1] < p[2]


def test_all_documents_are_there(model, new):
    old = store.load(model)
    ids, theta = list(old.documents.ids()), np.array(old.documents.theta)
    metadata = list(old.documents.metadata())
    found = added(model, new)
    store.verify(model)
    assert found.n_documents == len(ids) + 6
    assert list(found.documents.ids())[: len(ids)] == ids
    assert [os.path.basename(name) for name in list(found.documents.ids())[len(ids) :]] == [
        f"{100 + n}.txt" for n in range(6)
    ]
    np.testing.assert_array_equal(found.documents.theta[: len(ids)], theta)
    assert (found.documents.theta[len(ids) :, 0] > 0.9).all()
    assert list(found.documents.metadata()) == metadata + [{"number": str(100 + n)} for n in range(6)]
    assert found.documents.lengths[-1] == 24


def test_labels_config_and_sources_stay(model, new, tmp_path):
    store.put_labels(model, {0: Label("Night sky"), 1: Label("Food", hide=True)}, tmp_path / "near")
    old = store.load(model)
    found = added(model, new, model_keep=1)
    assert found.labels == old.labels
    assert dataclasses.replace(found.config, model=old.config.model) == old.config
    assert found.sources == (*old.sources, new)
    assert (old.updates, found.updates) == (0, 1)
    assert store.load(f"{model}.1").phi.tobytes() == old.phi.tobytes()


def test_updates_one_by_one_and_together_agree(model, new, tmp_path):
    together = added(model, new)
    more = tmp_path / "more"
    more.mkdir()
    (more / "200.txt").write_text("rice onion butter garlic")
    after = added(model, str(more))
    assert after.vocabulary == together.vocabulary
    assert after.n_tokens == together.n_tokens + 4
    assert np.abs(after.phi[0] - together.phi[0]).max() < 1e-3
    assert after.updates == 2


def test_alpha_of_three_documents_is_not_that_of_three_documents(model, tmp_path):
    """All new documents are of one topic: alpha stays even, since the old ones count too."""
    (tmp_path / "one.txt").write_text("moon star comet\n" * 3)
    sky, food = added(model, str(tmp_path / "one.txt")).alpha
    assert sky < 1.5 * food


def test_fixed_alpha_stays(settings, new):
    config = settings(model_alpha=0.5)
    train(config)
    np.testing.assert_array_equal(added(config.model.path, new).alpha, [0.5, 0.5])


def test_known_documents_are_warned_of(model, corpus):
    told = Told()
    added(model, str(corpus), report=told)
    (message,) = [message for message in told.of(events.Warned) if "twice" in message]
    assert message.startswith(
        "12 new documents have ids that the model has already, and may count twice; first:"
    )


def test_what_changed_is_told(model, new):
    told, before = Told(), store.load(model)
    found = added(model, new, report=told)
    (event,) = [each for each in told if isinstance(each, events.Updated)]
    assert event.n_terms == 1
    assert event.unknown == pytest.approx(48 / 144)
    assert event.sources == found.sources
    assert event.path == model
    common = np.sqrt(before.phi) * np.sqrt(found.phi[:, :-1])
    np.testing.assert_allclose(event.moved, 1 - common.sum(axis=1), atol=1e-6)


@pytest.mark.parametrize("text", ["", "xenon", "the of"])
def test_documents_without_a_known_word_are_refused(model, tmp_path, text):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "a.txt").write_text(text)
    before = store.load(model).phi.tobytes()
    with pytest.raises(CorpusError):
        added(model, str(tmp_path / "odd"))
    assert store.load(model).phi.tobytes() == before


def test_missing_and_unfinished_models_are_refused(settings, new, tmp_path):
    with pytest.raises(ModelError, match="nothing"):
        update(str(tmp_path / "nothing"), [new], load_config(environ={}, options=QUICK))
    config = settings(training_max_minutes=1e-9)
    train(config)
    with pytest.raises(ConfigError, match="a time limit cut its training short"):
        added(config.model.path, new)


def test_new_terms_heed_the_rules_of_the_vocabulary(model, new):
    assert "nebula" not in added(model, new, vocabulary_min_df=7).vocabulary
    assert "nebula" not in added(model, new, vocabulary_max_terms=3).vocabulary
    assert "nebula" not in added(model, new, vocabulary_max_df=5).vocabulary


@pytest.mark.parametrize("number", [0, 1, 2])
def test_stopped_update_goes_on_to_the_same_bytes(model, new, number):
    shutil.copytree(model, f"{model}-whole")
    expected = added(f"{model}-whole", new).phi.tobytes()

    def run(report):
        return added(model, new, report=report)

    def stop(event):
        if isinstance(event, events.PassDone) and event.record.number == number + 1:
            signal.raise_signal(signal.SIGTERM)

    def come(signal_number, frame):
        raise Interrupted("")

    before = signal.signal(signal.SIGTERM, come)
    try:
        with pytest.raises(Interrupted):
            run(stop)
    finally:
        signal.signal(signal.SIGTERM, before)
    told = Told()
    assert run(told).phi.tobytes() == expected
    assert told.of(events.Resumed) == [number + 1]


def test_phrases_are_those_of_the_model(settings, corpus, new, tmp_path):
    for n in range(12):
        (corpus / f"p{n}.txt").write_text("dark matter moon. dark matter star.")
    config = settings(vocabulary_phrases={"max_words": 2, "min_count": 2, "threshold": 0.1})
    old = train(config)
    assert "dark_matter" in old.vocabulary
    (tmp_path / "new" / "dark.txt").write_text("dark matter orbit. dark matter.")
    found = added(config.model.path, new)
    column = old.vocabulary.index("dark_matter")
    assert found.term_counts[column, 0] == old.term_counts[column, 0] + 2
    assert found.phrases == old.phrases


def test_wrong_types_of_metadata_are_null_and_counted(settings, tmp_path, new):
    config = settings(corpus_metadata_pattern="(?P<year>[1-9][0-9]*)")
    train(config)
    assert store.load(config.model.path).metadata_types == {"year": "number"}
    (tmp_path / "odd.csv").write_text("text,year\nmoon star,1999\nmoon star,007\nmoon star,n/a\nmoon star,\n")
    told = Told()
    options = {"corpus_metadata_pattern": None, "corpus_metadata_fields": ["year"]}
    found = added(config.model.path, str(tmp_path / "odd.csv"), report=told, **options)
    store.verify(config.model.path)
    assert list(found.documents.metadata())[-4:] == [{"year": year} for year in (1999, None, None, None)]
    assert "values of metadata that are not of the type of their field are null: 2" in told.of(events.Warned)


def test_documents_may_lack_the_fields_of_the_model(settings, new):
    config = settings(corpus_metadata_pattern="(?P<year>[1-9][0-9]*)")
    train(config)
    found = added(config.model.path, new, corpus_metadata_pattern=None, corpus_metadata_fields=["colour"])
    store.verify(config.model.path)
    assert list(found.documents.metadata())[-6:] == [{"year": None}] * 6


def test_forgetting_adds_up(model, new):
    """Expected tokens and alpha alike: each update halves what was there."""
    n_old = store.load(model).n_tokens
    for _ in range(3):
        found = added(model, new, memory=0.5)
    assert found.topic_counts.sum() == pytest.approx(n_old / 8 + 144 * (1 / 4 + 1 / 2 + 1), rel=0.02)


def test_sources_inside_others_are_not_read_twice(settings, corpus, tmp_path):
    config = settings()
    train(config)
    (corpus / "new").mkdir()
    (corpus / "new" / "a.txt").write_text("moon star")
    assert added(config.model.path, str(corpus / "new")).sources == (str(corpus),)


def test_training_again_warns_of_what_was_added(settings, new):
    config = settings(model_start="self")
    train(config)
    added(config.model.path, new)
    told = Told()
    train(config, if_changed=True, report=told)
    assert any(
        "update added documents to it; they stay only if" in message for message in told.of(events.Warned)
    )


def test_frozen_topics_stand_in_updates_too(model, settings, new):
    config = settings(model_path=f"{model}-frozen", model_start=model, model_freeze=[0])
    old = train(config)
    found = added(config.model.path, new)
    n_terms = len(old.vocabulary)
    np.testing.assert_allclose(found.phi[0, :n_terms], old.phi[0], atol=1e-6)
    assert np.abs(found.phi[1, :n_terms] - old.phi[1]).max() > 1e-6
