"""Seed words in a training: their topics, the names of these, and what is said of missing words."""

import numpy as np
import pytest

from lda_cli.corpus.inputs.inputs import STDIN
from lda_cli.errors import ConfigError
from lda_cli.model import store
from lda_cli.model.labels import Label
from lda_cli.training import events
from lda_cli.training.train import train, up_to_date
from tests.helpers.training import Told

SEEDS = {"food": ["RICE", "onion"], "sky": ["moon", "com*"]}


def first_words(model, n=8):
    return [{word for word, _ in topic.words} for topic in model.topics(n)]


def warnings(told):
    return [message for message in told.of(events.Warned) if "model.seeds" in message]


@pytest.mark.parametrize("names", [("food", "sky"), ("sky", "food")])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_topics_are_in_the_order_of_their_seeds_and_have_their_names(settings, names, seed):
    model = train(settings(model_seeds={name: SEEDS[name] for name in names}, training_seed=seed))
    assert model.names == list(names)
    assert model.labels == {topic: Label(name) for topic, name in enumerate(names)}
    by_name = dict(zip(names, first_words(model), strict=True))
    assert {"rice", "onion", "butter", "garlic"} <= by_name["food"]
    assert {"moon", "comet", "orbit", "galaxy"} <= by_name["sky"]


def test_topics_without_seeds_are_free(settings):
    model = train(settings(model_seeds={"sky": ["moon"]}))
    assert model.names[0] == "sky"
    assert model.names[1].startswith("~")
    assert "rice" in first_words(model)[1]


def test_strength_is_the_part_of_the_occurrences_that_stays(settings):
    """`moon` is a word of the sky; as a seed of the food it stays there, the more the stronger."""
    p = []
    for strength in (0, 0.3, 3):
        seeds = {"food": ["rice", "onion", "butter", "moon"], "sky": ["star", "comet", "planet"]}
        model = train(settings(model_seeds=seeds, model_seed_strength=strength), replace=True)
        p.append(model.phi[0, model.vocabulary.index("moon")])
    assert p[0] < p[1] < p[2]


def test_seeds_are_counted_among_the_first_words(settings):
    model = train(settings(model_seeds=SEEDS))
    assert [seeds.terms for seeds in model.seeds.values()] == [{"rice", "onion"}, {"moon", "comet"}]
    assert [seeds.n_first for seeds in model.seeds.values()] == [2, 2]
    assert store.load(model.config.model.path).seeds == model.seeds


def test_seeds_of_a_file_are_those_of_the_config(settings, tmp_path):
    model = train(settings(model_seeds=SEEDS))
    path = tmp_path / "seeds.yaml"
    path.write_text("food: [RICE, onion]\nsky:\n  - moon\n  - com*\n")
    same = settings(model_seeds=str(path))
    assert up_to_date(same)
    assert train(same, replace=True).phi.tobytes() == model.phi.tobytes()
    assert store.load(same.model.path).config.model.seeds == {
        "food": ("RICE", "onion"),
        "sky": ("moon", "com*"),
    }
    path.write_text("food: [RICE]\nsky: [moon, com*]\n")
    assert not up_to_date(same)


@pytest.mark.parametrize("change", [{"model_seeds": {**SEEDS, "sky": ["star"]}}, {"model_seed_strength": 1}])
def test_changed_seeds_make_the_model_out_of_date(settings, change):
    train(settings(model_seeds=SEEDS))
    assert not up_to_date(settings(**{"model_seeds": SEEDS} | change))


def test_missing_seeds_are_named_with_the_reason(settings, corpus):
    (corpus / "more.txt").write_text("truffle rice the")
    told, seeds = Told(), ["rice", "truffle", "the", "xenon", "of", "rice butter", "zz*"]
    train(settings(model_seeds={"food": seeds}, vocabulary_min_df=2), report=told)
    assert warnings(told) == [
        "model.seeds: food: 6 of 7 are not in the vocabulary: truffle (in 1 document; min_df is 2), "
        "the (a stop word), xenon (in no document), of (no word to the tokenizer: min_length, max_length, "
        "pattern), rice butter (a phrase that was not found: vocabulary.phrases), 1 other"
    ]


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"vocabulary_max_df": 5}, "in 6 documents; max_df is 5"),
        ({"vocabulary_min_df": 7}, "in 6 documents; min_df is 7"),
        ({"vocabulary_max_terms": 1}, "in 6 documents; max_terms is 1"),
    ],
)
def test_topic_without_a_known_seed_is_refused(settings, corpus, rules, reason):
    for n in range(16):
        (corpus / f"{n:02}.txt").write_text("rice basalt" if n < 6 else "quartz quartz" + " basalt" * (n > 8))
    (corpus / "rare.txt").write_text("opal")
    with pytest.raises(ConfigError) as error:
        train(settings(model_seeds={"food": ["rice"]}, **rules))
    assert f"model.seeds: food: none of its words is in the vocabulary: rice ({reason})" in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("food: [rice]\nsky: {}\n", ":2: seeds must be lists of words by topic, each with a word"),
        ("- rice\n", ": seeds must be lists of words by topic, each with a word"),
        ("food: []\n", ":1: seeds must be lists of words by topic, each with a word"),
        ("a: x\nb: y\nc: z\n", ": 3 topics have seeds; set model.topics to at least 3, not 2"),
        ("a: [x", ":1: is not YAML"),
    ],
)
def test_file_of_seeds_that_cannot_be_used_is_refused(settings, tmp_path, text, problem):
    path = tmp_path / "seeds.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        train(settings(model_seeds=str(path)))
    assert str(error.value).startswith(f"{path}{problem}")


def test_names_that_no_topic_can_have_are_refused(settings):
    for names in (["~food"], ["Food", "food "], ["a" * 101]):
        with pytest.raises(ConfigError, match=r"model\.seeds: "):
            train(settings(model_seeds={name: ["rice"] for name in names}))


def test_a_word_may_seed_two_topics(settings):
    model = train(settings(model_seeds={"one": ["rice", "moon"], "two": ["rice", "star"]}))
    rice = model.vocabulary.index("rice")
    assert (model.phi[:, rice] > 0).all()


def test_names_of_seeds_are_not_moved_aside_by_the_next_training(settings, corpus):
    train(settings(model_seeds=SEEDS))
    (corpus / "new.txt").write_text("moon orbit")
    told = Told()
    assert train(settings(model_seeds=SEEDS), replace=True, report=told).names == ["food", "sky"]
    assert [message for message in told.of(events.Warned) if "label" in message] == []


def test_seeds_stay_after_a_stop(settings):
    expected = train(settings(model_seeds=SEEDS, training_passes=6))
    config = settings(model_seeds=SEEDS, training_passes=6, training_max_minutes=1e-9)
    while not (model := train(config, replace=True)).is_complete:
        assert model.names == ["food", "sky"]
    assert model.phi.tobytes() == expected.phi.tobytes()


def test_bags_of_words_have_seeds(settings, tmp_path):
    (tmp_path / "bag.ldac").write_text("".join(f"2 {n % 2}:3 {2 + n % 2}:1\n" for n in range(12)))
    (tmp_path / "bag.vocab").write_text("Moon\nRice\nSTAR\nonion\n")
    seeds = {"food": ["Rice"], "sky": ["Moon"]}
    model = train(settings(corpus_path=str(tmp_path / "bag.ldac"), model_seeds=seeds))
    assert first_words(model, 2) == [{"Rice", "onion"}, {"Moon", "STAR"}]
    assert STDIN not in model.sources
    np.testing.assert_allclose(model.phi.sum(axis=1), 1, rtol=1e-5)
