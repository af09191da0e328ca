"""A training that begins with the topics of a model: they keep their numbers and names."""

import shutil

import numpy as np
import pytest

from lda_cli.errors import ConfigError, ModelError
from lda_cli.model import store
from lda_cli.model.labels import Label
from lda_cli.training import events
from lda_cli.training.beginning import content
from lda_cli.training.train import train, up_to_date
from tests.helpers.training import Told, history_of

SKY, FOOD = ["moon", "comet", "star"], ["rice", "onion"]


def first_words(model):
    return [{word for word, _ in topic.words} for topic in model.topics(6)]


def are_sky_and_food(model):
    sky, food = first_words(model)[:2]
    return "moon" in sky and "rice" in food


@pytest.fixture
def old(settings, tmp_path):
    """The path of a model whose topic 0 is the sky, with a name for topic 1."""
    path = str(tmp_path / "old")
    train(settings(model_path=path, model_seeds={"sky": SKY, "food": FOOD}))
    store.put_labels(path, {1: Label("Second", note="of two")}, tmp_path / "near")
    return path


@pytest.mark.parametrize("seed", range(4))
def test_topics_keep_their_numbers_and_labels(settings, old, corpus, seed):
    (corpus / "new.txt").write_text("moon orbit comet nebula nebula")
    model = train(settings(model_start=old, training_seed=seed))
    assert are_sky_and_food(model)
    assert model.labels == {1: Label("Second", note="of two")}
    assert model.phi[0, model.vocabulary.index("nebula")] > model.phi[1, model.vocabulary.index("nebula")]


def test_a_warm_training_has_few_passes(settings, old):
    config = settings(model_start=old, training_passes="auto", training_restarts="auto")
    train(config)
    assert [line["pass"] for line in history_of(config)[:-1]] == list(range(1, 13))
    assert {line["power"] for line in history_of(config)[:-1]} <= {history_of(config)[0]["power"], 1.0}


def test_more_topics_than_the_start_has_are_free(settings, old, corpus):
    for n in range(12):
        (corpus / f"z{n}.txt").write_text("piano violin cello trumpet " * 5)
    model = train(settings(model_start=old, model_topics=3, training_passes="auto"))
    assert are_sky_and_food(model)
    assert "piano" in first_words(model)[2]


def test_fewer_topics_than_the_start_has_are_refused(settings, old, corpus):
    train(settings(model_path=f"{old}3", model_topics=3))
    with pytest.raises(ConfigError, match=r"old3 has 3 topics; set model\.topics to at least that, not 2"):
        train(settings(model_start=f"{old}3"))


def test_missing_start_is_refused(settings, tmp_path):
    with pytest.raises(ModelError, match="nothing"):
        train(settings(model_start=str(tmp_path / "nothing")))


def test_learned_alpha_begins_at_that_of_the_start(settings, old):
    config = settings(model_start=old, training_passes=1)
    begun = []

    def note(event):
        if isinstance(event, events.Started):
            begun.append(event.settings.alpha)

    train(config, report=note)
    np.testing.assert_array_equal(begun[0], store.load(old).alpha)
    train(settings(model_start=old, model_alpha=0.5), replace=True, report=note)
    np.testing.assert_array_equal(begun[1], [0.5, 0.5])


def test_start_strength_holds_the_old_words(settings, old, corpus):
    """The new corpus has one word of food, in documents on the sky."""
    for file in corpus.iterdir():
        file.write_text("flour moon orbit star comet planet")
    before = store.load(old)
    columns = [
        before.vocabulary.index(term) for term in ("flour", "moon", "orbit", "star", "comet", "planet")
    ]
    distances = []
    for strength in (0, 0.1, 1):
        model = train(settings(model_start=old, model_start_strength=strength), replace=True)
        known = [model.vocabulary.index(before.vocabulary[column]) for column in columns]
        wanted = before.phi[1, columns] / before.phi[1, columns].sum()
        distances.append(np.abs(model.phi[1, known] - wanted).sum())
    assert distances[0] > distances[1] > distances[2]


def test_frozen_topics_stand(settings, old, corpus):
    (corpus / "new.txt").write_text("moon orbit comet nebula nebula rice rice")
    before = store.load(old)
    for frozen, which in (("all", [0, 1]), ([0], [0]), (["second"], [1])):
        model = train(settings(model_start=old, model_freeze=frozen), replace=True)
        columns = [model.vocabulary.index(term) for term in before.vocabulary]
        for topic in range(2):
            same = np.abs(model.phi[topic, columns] - before.phi[topic]).max() < 1e-6
            assert same == (topic in which), (frozen, topic)


@pytest.mark.parametrize("frozen", [2, "Third"])
def test_unknown_topic_to_freeze_is_refused(settings, old, frozen):
    with pytest.raises(ConfigError, match=r"model.freeze: there is no topic .* topics 0 to 1"):
        train(settings(model_start=old, model_freeze=frozen))


def test_freeze_needs_a_model(settings):
    with pytest.raises(ConfigError, match=r"model\.freeze: there is no model at"):
        train(settings(model_start="self", model_freeze="all"))


# The model that is replaced


@pytest.fixture
def own(settings):
    """A function that makes a config of a model that starts from itself."""
    return lambda **options: settings(model_start="self", **options)


def test_first_training_from_self_is_a_cold_one(settings, own):
    cold = train(settings()).phi.tobytes()
    assert train(own(), replace=True).phi.tobytes() != cold
    store_of = own(model_path=own().model.path + "2")
    assert train(store_of).phi.tobytes() == cold


def test_seven_nights_change_no_number_and_no_label(own, corpus, tmp_path):
    config = own()
    train(config)
    labels = {0: Label("A"), 1: Label("B")}
    store.put_labels(config.model.path, labels, tmp_path / "near")
    before = first_words(store.load(config.model.path))
    for night in range(7):
        (corpus / f"night{night}.txt").write_text("rice moon garlic orbit " * (night + 1))
        told = Told()
        model = train(config, if_changed=True, report=told)
        assert model.labels == labels
        assert [len(a & b) > 3 for a, b in zip(before, first_words(model), strict=True)] == [True, True]
        assert [message for message in told.of(events.Warned) if "label" in message] == []


def test_unchanged_corpus_is_up_to_date(own, corpus):
    train(own())
    assert up_to_date(own())
    (corpus / "more.txt").write_text("moon")
    assert not up_to_date(own())
    train(own(), if_changed=True)
    assert up_to_date(own())


def test_changed_start_makes_the_model_out_of_date(settings, old, tmp_path):
    config = settings(model_start=old)
    train(config)
    assert up_to_date(config)
    store.put_labels(old, {0: Label("Another")}, tmp_path / "near")
    assert not up_to_date(config)
    assert not up_to_date(settings())


def test_time_limit_and_going_on_give_the_same_bytes(own):
    train(own())
    first = store.load(own().model.path)
    expected = train(own(training_passes=6), replace=True).phi.tobytes()
    store.save(
        first,
        first.config.model.path,
        documents=first.documents.ids(),
        theta=np.array(first.documents.theta),
        lengths=first.documents.lengths,
        history=[{"result": True}],
        replace=True,
    )
    limited = own(training_passes=6, training_max_minutes=1e-9)
    while not (model := train(limited, replace=True)).is_complete:
        pass
    assert model.phi.tobytes() == expected


def test_content_of_a_start_is_all_that_a_training_takes_from_it(old):
    model = store.load(old)
    assert content(model) == content(store.load(old))


# Names


def test_seeds_go_to_the_topics_of_their_names(own, settings):
    seeds = {"sky": SKY, "food": FOOD}
    train(own(model_seeds=seeds))
    turned = {"food": FOOD, "sky": SKY}
    model = train(own(model_seeds=turned), replace=True)
    assert are_sky_and_food(model)
    assert model.seeded == (1, 0)
    assert model.names == ["sky", "food"]
    assert model.seeds[0].n_first > 0


def test_new_seeds_need_a_free_topic(own, settings):
    train(own(model_seeds={"sky": SKY}))
    both = {"new": FOOD, "sky": SKY}
    with pytest.raises(ConfigError, match=r"no topic of the start .* has the name new, and none is free"):
        train(own(model_seeds=both), replace=True)
    model = train(own(model_seeds=both, model_topics=3), replace=True)
    assert model.seeded == (2, 0)
    assert model.names[2] == "new"


def test_seeds_go_to_the_topic_that_a_person_gave_their_name(own, tmp_path):
    config = own()
    train(config)
    sky = int("moon" in first_words(store.load(config.model.path))[1])
    store.put_labels(config.model.path, {sky: Label("Sky")}, tmp_path / "near")
    model = train(own(model_seeds={"sky": SKY}), replace=True)
    assert model.seeded == (sky,)
    assert model.labels == {sky: Label("Sky")}


def test_names_of_a_person_win_over_those_of_seeds(own, settings, tmp_path):
    config = own(model_seeds={"sky": SKY, "food": FOOD})
    train(config)
    given = {0: Label("Night sky", note="mine"), 1: Label("food")}
    store.put_labels(config.model.path, given, tmp_path / "near")
    assert train(config, replace=True).labels == given
    same = settings(model_seeds={"sky": SKY, "food": FOOD}, model_path=f"{config.model.path}2")
    train(same)
    store.put_labels(same.model.path, given, tmp_path / "near")
    assert train(same, replace=True).labels == given


# What does not fit


def test_start_without_a_common_term_is_refused(settings, old, corpus):
    for file in corpus.iterdir():
        file.write_text("sonne mond sterne suppe brot")
    with pytest.raises(ConfigError, match=r"model\.start: .* has no term of this corpus"):
        train(settings(model_start=old))


def test_lost_words_of_a_start_are_told(settings, old, corpus):
    for file in corpus.iterdir():
        file.write_text("moon orbit sonne mond sterne suppe brot")
    told = Told()
    train(settings(model_start=old), report=told)
    assert any("of terms that this corpus lacks" in message for message in told.of(events.Warned))


def test_own_path_is_self(settings, corpus):
    config = settings()
    train(config)
    again = settings(model_start=config.model.path)
    train(again, replace=True)
    assert up_to_date(again)


def test_time_limit_with_free_topics_goes_on_as_it_began(own, corpus):
    """The partial model has all topics: the next run took the training for a warm one."""
    train(own())
    keep = f"{own().model.path}-keep"
    shutil.copytree(own().model.path, keep)
    options = {"model_topics": 3, "training_passes": "auto"}
    expected = train(own(**options), replace=True).phi.tobytes()
    shutil.rmtree(own().model.path)
    shutil.copytree(keep, own().model.path)
    limited, n_runs = own(**options, training_max_minutes=1e-9), 0
    while not (model := train(limited, replace=True)).is_complete:
        n_runs += 1
    assert n_runs > 12
    assert model.phi.tobytes() == expected


def test_starts_of_a_warm_training_are_one(settings, old):
    begun = []
    train(
        settings(model_start=old, training_restarts=5),
        report=lambda event: begun.append(event.settings) if isinstance(event, events.Started) else None,
    )
    assert begun[0].n_starts == 1
