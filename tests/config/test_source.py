"""Files that are no config, or hostile: each is a ConfigError of one line, and none runs code."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.config import Config, load_config
from lda_cli.config.source import parse
from lda_cli.errors import ConfigError


def loaded(content):
    """The config in a file of these bytes, or the complaint about it without the folder's name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        path.write_bytes(content)
        try:
            return load_config(path, environ={})
        except ConfigError as error:
            return str(error).removeprefix(folder + os.sep)


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "---\n", "null", "training:\n  annealing:\n", "\ufeffmodel: {topics: 20}"],
)
def test_file_that_sets_nothing_gives_the_defaults(text):
    assert loaded(text.encode()) == Config()


def test_scalars_that_only_old_yaml_takes_for_something_else_stay_text():
    config = loaded(b"vocabulary: {stop_words: [no, on, yes, 12:30, 2024-01-31]}\n")
    assert config.vocabulary.stop_words == ("no", "on", "yes", "12:30", "2024-01-31")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 1\n", "a.yaml:1: a config must be a mapping of corpus, tokenizer, vocabulary, model, training,"),
        ("some text", "a.yaml:1: a config must be a mapping of"),
        ("model: [topics]", "a.yaml:1: model must be a mapping of path, keep, topics, alpha, eta,"),
        ("corpus: {}\nmodel: {topics: 3\n", "a.yaml:3: is not YAML: while parsing a flow mapping: expected"),
        ("model:\n\ttopics: 3", "a.yaml:2: is not YAML: while scanning for the next token"),
        ("model: {topics: 3}\n--- 5", "a.yaml:2: is not YAML: expected a single document"),
        ("model: *nothing", "a.yaml:1: is not YAML: found undefined alias"),
        ("model:\n  topics: \x07", "a.yaml:2: character U+0007 is not allowed in YAML"),
        (r'model: {path: "\UFFFFFFFF"}', "a.yaml: is not YAML: "),
        ("model:\n  topics: 3\nmodel:\n", 'a.yaml:3: key "model" is given twice, in lines 1 and 3; keep one'),
        ("model: {[a]: 3}", "a.yaml:1: a key must be a word, not a list or a mapping"),
        ("model: {alpha: [1, [2]]}", "a.yaml:1: a list must hold texts or numbers, not lists or mappings"),
        ("model: {topics: !!int x}", "a.yaml:1: 'x' cannot be read as int"),
        ("model: {topics: !!bool x}", "a.yaml:1: 'x' cannot be read as bool"),
        ("model: {topics: " + "9" * 5000 + "}", "a.yaml:1: '9999"),
        ("model: {topics: .inf}", "a.yaml:1: topics must be a whole number, at least 2, not '.inf'"),
        ("model: {eta: 1e999}", "a.yaml:1: eta must be auto, 0 or a number from 1e-12 to 1e6, not inf"),
        ("{a: " * 1_500, "a.yaml: is nested too deeply"),
        ("model: &m {topics: *m}", "a.yaml:1: topics must be a whole number, at least 2, not a mapping"),
        ("training: &t {annealing: *t}", 'a.yaml:1: unknown key "annealing" in training.annealing;'),
        ("model: {alpha: &a [*a]}", "a.yaml:1: a list must hold texts or numbers, not lists or mappings"),
        ("model: {<<: {topics: 3}}", 'a.yaml:1: unknown key "<<" in model; allowed are path,'),
    ],
)
def test_what_is_no_config_is_refused_on_one_line(text, problem):
    message = loaded(text.encode())
    assert message.startswith(problem)
    assert message.isprintable()
    assert len(message) < 250


@pytest.mark.parametrize(
    "value", ["!!python/object/apply:os.mkdir [ran]", "!mine 3", "!!set {a}", "!!binary aa"]
)
def test_tag_is_refused_and_never_run(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert loaded(f"model:\n  path: {value}\n".encode()).startswith("a.yaml:2: tag !")
    assert loaded(f"? {value}\n: 3\n".encode()).startswith("a.yaml:1: ")
    assert loaded(f"{value}\n".encode()).startswith("a.yaml:1: tag !")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("corpus.include", "*.txt", ("*.txt",)),  # YAML reads an alias
        ("corpus.include", "[*.txt, **/*.md]", ("*.txt", "**/*.md")),
        ("corpus.include", "[ab].txt", ("[ab].txt",)),
        ("corpus.exclude", "!draft.txt", ("!draft.txt",)),  # a tag
        ("corpus.exclude", "&c/*", ("&c/*",)),  # an anchor
        ("corpus.delimiter", "|", "|"),  # a text of several lines
        ("corpus.delimiter", ";", ";"),
        ("corpus.id_field", "#", "#"),  # a comment
        ("corpus.id_field", "@id", "@id"),
        ("corpus.text_field", "[title, '*']", ("title", "*")),
        ("tokenizer.pattern", r"[^\W_]+: ?", r"[^\W_]+: ?"),
    ],
)
def test_value_on_the_command_line_needs_no_quotes_of_yaml(key, value, read):
    section, name = key.split(".")
    for sources in (
        {"overrides": [f"{key}={value}"]},
        {"environ": {f"LDA_CLI_{section}_{name}".upper(): value}},
    ):
        config = load_config(**{"environ": {}} | sources)
        assert getattr(getattr(config, section), name) == read


def test_aliases_that_would_expand_without_end_are_refused_at_once():
    levels = ["a0: &a0 {x: 1}"] + [
        f"a{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(9))}}}" for n in range(1, 100)
    ]
    assert loaded("\n".join(levels).encode()).startswith('a.yaml:1: unknown key "a0"; allowed are')


@pytest.mark.parametrize("anchored", ["[a, b]", "{a: [b]}", "1.5", "a word"])
def test_alias_is_never_expanded(anchored):
    # a list of 200,000 items and 60,000 aliases fit a file, and were 12,000,000,000 items
    found = parse(f"a: &a {anchored}\nb: *a\nc: [&s {'x' * 5000}, *s]\n", str)
    assert found["b"] is found["a"]
    assert found["c"][0] is found["c"][1]


@pytest.mark.parametrize(
    "text",
    [
        "model: *" + "a" * 10**5,
        "model: {a: &" + "a" * 10**5 + " 1, b: &" + "a" * 10**5 + " 2}",
        "tokenizer: {pattern: '(?P=" + "a" * 10**5 + ")'}",
        "%" + "a" * 10**5 + "\n",
    ],
)
def test_complaint_is_short_whatever_the_names(text):
    assert len(loaded(text.encode())) < 1100


def test_file_that_is_not_utf8_is_refused_with_the_line():
    assert loaded("model:\n  path: é\n".encode("latin-1")) == "a.yaml:2: is not UTF-8; save it as UTF-8"
    assert loaded("model: {}".encode("utf-16")).startswith("a.yaml:1: is not UTF-8")


def test_file_too_large_for_a_config_is_refused():
    assert loaded(b"#" * 1_000_001) == "a.yaml: is larger than 1000000 bytes; is it a config?"


def test_file_that_cannot_be_read_is_refused(tmp_path):
    for path, reason in [
        (tmp_path / "none.yaml", "no such file or directory"),
        (tmp_path, "is a directory"),
        ("a\0b", "embedded null byte"),
    ]:
        with pytest.raises(ConfigError, match=f": cannot be read: {reason}; check") as error:
            load_config(path, environ={})
        assert str(error.value).isprintable()


words = ["model:", "topics:", "alpha:", "training:", "annealing:", "path:", "auto", "&a", "*a", "<<:"]
fragments = st.sampled_from([*words, *"[]{}:,#&*!|>-?%@`'\"\\~ \n\t", ": ", "- ", "\n  ", "%YAML 1.1\n"])
like_yaml = st.lists(fragments | st.characters()).map("".join)


@given(st.binary() | (st.text() | like_yaml).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_config_or_a_complaint(content):
    result = loaded(content)
    assert isinstance(result, Config) or (result.startswith("a.yaml") and result.isprintable())


def test_complaint_about_a_long_name_is_short():
    name = "A" * 10**5
    for environ, overrides in (({}, [name]), ({f"LDA_CLI_{name}": "1"}, [])):
        with pytest.raises(ConfigError) as error:
            load_config(environ=environ, overrides=overrides)
        assert len(str(error.value)) < 300


@given(st.text(), st.text())
def test_any_override_and_variable_give_a_config_or_a_complaint(key, value):
    for sources in (
        {"overrides": [f"{key}={value}"]},
        {"overrides": [f"tokenizer.pattern={value}"]},
        {"environ": {"LDA_CLI_MODEL_PATH": value}},
        {"environ": {"LDA_CLI_" + key: value}},
    ):
        message = ""
        try:
            load_config(**{"environ": {}} | sources)
        except ConfigError as error:
            message = str(error)
        assert message.isprintable()
