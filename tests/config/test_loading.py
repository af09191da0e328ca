"""The config: what it accepts, what comes before what, and which line a complaint names."""

import json
import os
import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.config import (
    AnnealingConfig,
    Config,
    CorpusConfig,
    ModelConfig,
    SplitConfig,
    TrainingConfig,
    VocabularyConfig,
    find_config,
    from_mapping,
    load_config,
    model_path,
    to_mapping,
)
from lda_cli.errors import ConfigError
from tests.helpers.failing import ordinary_user

CONFIGS = Path(__file__).parents[2] / "configs"


def from_text(tmp_path, text, **others):
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}, **others)


def complaint(tmp_path, text, **others):
    with pytest.raises(ConfigError) as error:
        from_text(tmp_path, text, **others)
    return str(error.value).removeprefix(f"{tmp_path}{os.sep}")


def every_key(mapping, prefix=""):
    for name, value in mapping.items():
        if isinstance(value, dict):
            yield from every_key(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


# What a config is


def test_no_source_gives_the_defaults_and_they_pass_their_own_checks():
    assert load_config(environ={}) == Config()
    assert from_mapping(to_mapping(Config()), "here") == Config()


def test_config_is_frozen_and_hashable():
    with pytest.raises(FrozenInstanceError):
        Config().model.topics = 3
    assert hash(Config()) == hash(Config())


def test_sample_names_every_key_with_its_default():
    sample = dict(every_key(yaml.safe_load((CONFIGS / "sample.yaml").read_text(encoding="utf-8"))))
    default = dict(every_key(to_mapping(Config())))
    assert list(sample) == list(default)

    differing = {key for key in sample if sample[key] != default[key]}
    assert differing == {"corpus.path", "model.path", "model.topics", "vocabulary.min_df"}


def test_textbook_is_maximum_likelihood_by_batch_em():
    config = load_config(CONFIGS / "textbook.yaml", environ={})
    assert (config.model.alpha, config.model.eta) == (0.1, 0.0)
    assert config.training == TrainingConfig(algorithm="batch", passes=100, tolerance=1e-5)


@pytest.mark.parametrize("name", ["sample.yaml", "textbook.yaml"])
def test_paths_of_our_configs_lead_to_the_sample_corpus(name):
    config = load_config(CONFIGS / name, environ={})
    assert config.corpus.path == str(CONFIGS.parent / "sample_corpus")
    assert config.model.path == str(CONFIGS.parent / "model")


words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1)
prior = st.floats(1e-6, 1e6)
shares = st.floats(min_value=0, max_value=1)
vocabularies = st.builds(
    VocabularyConfig,
    stop_words=words | st.lists(words).map(tuple),
    extra_stop_words=words | st.lists(words).map(tuple),
    min_df=st.integers(0, 2**31 - 1) | shares,
    max_df=st.integers(1, 2**31 - 1) | shares,
    max_terms=st.none() | st.integers(1, 2**31 - 1),
)
models = st.integers(2, 9).flatmap(
    lambda topics: st.builds(
        ModelConfig,
        path=words,
        topics=st.just(topics),
        alpha=st.just("auto") | prior | st.tuples(*[prior] * topics),
        eta=st.sampled_from(["auto", 0.0]) | st.floats(1e-12, 1e6),
    )
)
trainings = st.builds(
    TrainingConfig,
    passes=st.just("auto") | st.integers(3, 1000),
    seed=st.integers(0, 2**63 - 1),
    annealing=st.builds(
        lambda ends, **others: AnnealingConfig(min(ends), max(ends), **others),
        st.tuples(*[st.floats(min_value=1e-6, max_value=1)] * 2),
        plain_passes=st.just("auto") | st.integers(0, 2),
        average=shares,
    ),
)
splits = st.just(SplitConfig()) | st.builds(
    SplitConfig, by=st.sampled_from(["lines", "paragraphs", "tokens"]), size=st.integers(1, 2**31 - 1)
)
corpora = st.builds(
    CorpusConfig,
    path=words,
    include=st.lists(words).map(tuple),
    encoding=st.just("cp1252"),
    split=splits,
)
configs = st.builds(Config, corpus=corpora, vocabulary=vocabularies, model=models, training=trainings)


@settings(max_examples=60)
@given(configs)
def test_mapping_json_yaml_and_overrides_give_the_same_config_back(config):
    mapping = to_mapping(config)
    overrides = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in every_key(mapping)]
    assert from_mapping(json.loads(json.dumps(mapping)), "here") == config
    assert from_mapping(yaml.safe_load(yaml.safe_dump(mapping)), "here") == config
    assert load_config(environ={}, overrides=overrides) == config


# Keys


MEANT = 'a.yaml:1: unknown key "{}" in model; did you mean "{}"?'


@pytest.mark.parametrize("data", [[1], "text"])
def test_plain_data_that_are_no_mapping_are_refused(data):
    with pytest.raises(ConfigError, match="here: a config must be a mapping of corpus, tokenizer"):
        from_mapping(data, "here")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("model:\n  topcs: 3\n", 'a.yaml:2: unknown key "topcs" in model; did you mean "topics"?'),
        ("modle:\n  topics: 3\n", 'a.yaml:1: unknown key "modle"; did you mean "model"?'),
        ("topics: 3\n", 'a.yaml:1: unknown key "topics"; did you mean "model.topics"?'),
        ("model: {tolerance: 1}", MEANT.format("tolerance", 'training.tolerance" or "inference.tolerance')),
        ("model: {xyz: 1}", 'a.yaml:1: unknown key "xyz" in model; allowed are path, keep, topics, alpha,'),
        ("training:\n  annealing:\n    start: 1\n", 'a.yaml:3: unknown key "start" in training.annealing;'),
        ("? !!str 1\n: 2", 'a.yaml:1: unknown key "1"; allowed are corpus, tokenizer,'),
    ],
)
def test_unknown_key_is_refused_with_what_was_meant(tmp_path, text, problem):
    assert complaint(tmp_path, text).startswith(problem)


def test_complaint_names_the_line_of_the_key(tmp_path):
    text = "corpus:\n  path: x\n\nmodel:\n  # how many\n  topics:\n    1\n"
    assert complaint(tmp_path, text) == "a.yaml:6: topics must be at least 2, not 1"


def test_contradiction_names_the_line_that_brought_it(tmp_path):
    text = "model:\n  topics: 3\n  alpha: [1, 2]\n"
    expected = "a.yaml:3: alpha must have a number for each of the 3 topics, not 2 numbers"
    assert complaint(tmp_path, text) == expected
    text = "training:\n  annealing:\n    from: 0.7\n    to: 0.5\n"
    expected = "a.yaml:4: annealing.from must be at most annealing.to, which is 0.5, not 0.7"
    assert complaint(tmp_path, text) == expected


def test_contradiction_is_blamed_on_what_was_set_last(tmp_path):
    text = "training:\n  passes: 2\n  annealing: {plain_passes: 2}\n  algorithm: batch\n"
    problem = "--set training.algorithm: passes must be more than annealing.plain_passes, which is 2"
    assert complaint(tmp_path, text, overrides=["training.algorithm=annealed"]).startswith(problem)


# What comes before what


def test_each_source_overrides_the_one_before(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text("model: {topics: 3}\ntraining: {seed: 3, passes: 3, threads: 3}\n")
    for key in ("SEED", "PASSES", "THREADS"):
        monkeypatch.setenv(f"LDA_CLI_TRAINING_{key}", "4")
    overrides = ["training.passes=9", "training.passes=5", "training.threads=5"]

    config = load_config(tmp_path / "a.yaml", overrides=overrides, options={"training.threads": 6})
    assert (config.model.topics, config.training.seed) == (3, 4)
    assert (config.training.passes, config.training.threads) == (5, 6)
    assert from_mapping({}, "here") == Config()  # which does not look at the environment


def test_option_topics_is_checked_against_alpha_of_the_file(tmp_path):
    text = "model: {topics: 2, alpha: [1, 2]}"
    assert from_text(tmp_path, text).model.alpha == (1.0, 2.0)
    assert "each of the 3 topics" in complaint(tmp_path, text, options={"model.topics": 3})


def test_every_key_has_its_environment_variable():
    values = {key: json.dumps(value) for key, value in every_key(to_mapping(Config()))}
    environ = {"LDA_CLI_" + key.upper().replace(".", "_"): value for key, value in values.items()}
    assert len(environ) == len(values)
    assert load_config(environ=environ) == Config()


def test_variables_of_others_and_of_the_kernel_are_ignored():
    assert load_config(environ={"LDA_CLI_KERNEL": "numpy", "LDA_CLIP": "1", "PATH": ":"}) == Config()


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("LDA_CLI_MODEL_TOPICS", "1", ": must be at least 2, not 1"),
        ("LDA_CLI_MODEL_TOPICS", "", ": must be a whole number, at least 2"),
        ("LDA_CLI_MODEL_TOPCS", "3", ': unknown variable; did you mean "LDA_CLI_MODEL_TOPICS"?'),
        ("LDA_CLI_", "3", ": unknown variable; names are LDA_CLI_SECTION_KEY,"),
    ],
)
def test_complaint_names_the_variable(name, value, problem):
    with pytest.raises(ConfigError, match=rf"\A{name}{re.escape(problem)}"):
        load_config(environ={name: value})


@pytest.mark.parametrize(
    ("override", "value"),
    [
        # "while scanning an alias", it said
        ("corpus.include=*.txt", ("*.txt",)),
        ("corpus.include= **/*.md ", ("**/*.md",)),
        ("corpus.include=[a]*.txt", ("[a]*.txt",)),
        ("corpus.include=[a.txt, b.txt]", ("a.txt", "b.txt")),
        ("corpus.include=%x", ("%x",)),
    ],
)
def test_value_that_is_not_yaml_is_the_text_it_is(override, value):
    assert load_config(environ={}, overrides=[override]).corpus.include == value
    text = override.partition("=")[2]
    assert load_config(environ={"LDA_CLI_CORPUS_INCLUDE": text}).corpus.include == value


def test_path_of_the_model_is_found_among_settings_that_fit_together_only_with_a_model(tmp_path):
    path = tmp_path / "lda.yaml"
    path.write_text("model: {path: kept}\n")
    part = ["corpus.split.size=3"]  # the model's config has split.by
    assert model_path(path, environ={}, overrides=part) == str(tmp_path / "kept")
    part.append("model.path=set")
    assert model_path(path, environ={}, overrides=part) == "set"
    assert model_path(path, environ={}, overrides=part, options={"model.path": "named"}) == "named"
    base = from_mapping({"corpus": {"split": {"by": "lines", "size": 9}}}, "base")
    assert load_config(environ={}, overrides=part, base=base).corpus.split.size == 3


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("model.topics=1", "model.topics: must be at least 2, not 1"),
        ("model={topics: 1}", "model.topics: must be at least 2, not 1"),
        ("model.topics=[1", "model.topics: must be a whole number, at least 2, not '[1'"),
        ("corpus.path=!!python/name:os.system", "corpus.path: tag !!python/name:os.system is not allowed"),
        ("corpus.path=a\x07", "corpus.path: character U+0007 is not allowed in YAML"),
        ("model=3", "model: model must be a mapping of path, keep, topics, alpha, eta,"),
        ("model.topics", "model.topics: must be SECTION.KEY=VALUE, for example"),
        ("model.topcs=3", 'model.topcs: unknown key "topcs" in model; did you mean'),
        ("topics=3", 'topics: unknown key "topics"; did you mean "model.topics"?'),
        ("=3", ': unknown key ""; allowed are corpus,'),
        ("model.topics.x=3", "model.topics: must be a whole number, at least 2, not a map"),
    ],
)
def test_complaint_names_the_override(override, problem):
    with pytest.raises(ConfigError, match=r"\A--set " + re.escape(problem)):
        load_config(environ={}, overrides=[override])


# Paths


def test_paths_in_a_file_are_relative_to_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    text = "corpus: {path: ../texts}\nmodel: {path: m}\nvocabulary: {stop_words: ./english}\n"
    Path("configs/a.yaml").write_text(text)
    Path("a.yaml").write_text(text)

    config = load_config("configs/a.yaml", environ={})
    assert (config.corpus.path, config.model.path) == ("texts", os.path.join("configs", "m"))
    assert config.vocabulary.stop_words == os.path.join("configs", "english")

    config = load_config("a.yaml", environ={})
    assert (config.corpus.path, config.model.path) == (os.path.join("..", "texts"), "m")
    assert config.vocabulary.stop_words == os.path.join(".", "english")  # the file, not the built-in list


def test_words_and_absolute_paths_are_not_joined(tmp_path):
    absolute = str(tmp_path / "m")
    text = f"corpus: {{path: '-'}}\nmodel: {{path: {absolute!r}}}\nvocabulary: {{stop_words: none}}\n"
    config = from_text(tmp_path, text)
    assert (config.corpus.path, config.model.path, config.vocabulary.stop_words) == ("-", absolute, "none")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("german", "german"),
        ("de", "de"),
        ("./german", os.path.join("configs", "german")),
        ("no", os.path.join("configs", "no")),  # who writes it does not mean Norwegian
        ("words", os.path.join("configs", "words")),
    ],
)
def test_languages_of_stop_words_are_no_paths(tmp_path, monkeypatch, written, read):
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    Path("configs/a.yaml").write_text(f"vocabulary: {{stop_words: {written}, extra_stop_words: {written}}}")
    vocabulary = load_config("configs/a.yaml", environ={}).vocabulary
    assert (vocabulary.stop_words, vocabulary.extra_stop_words) == (read, read)


def test_paths_from_elsewhere_and_defaults_are_left_as_they_are(tmp_path):
    environ = {"LDA_CLI_CORPUS_PATH": "./x"}
    (tmp_path / "a.yaml").write_text("")
    options = {"vocabulary.stop_words": "../words"}
    config = load_config(tmp_path / "a.yaml", environ=environ, options=options)
    assert (config.corpus.path, config.vocabulary.stop_words) == ("./x", "../words")
    assert config.model == replace(Config().model, path="model")


def test_config_of_the_working_directory_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config() is None
    Path("lda.yaml").touch()
    assert find_config() == Path("lda.yaml")
    Path("lda.yaml").unlink()
    Path("lda.yaml").symlink_to("gone.yaml")  # its author's settings were silently left out
    with pytest.raises(ConfigError, match=r"^lda\.yaml: cannot be read: no such file"):
        load_config(find_config())


def test_there_is_no_config_where_none_may_be_looked_for(tmp_path, monkeypatch):
    # a traceback before, as of `sudo -u somebody lda-cli` in root's home
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o600)
    with ordinary_user():
        assert find_config() is None
    tmp_path.chmod(0o700)
