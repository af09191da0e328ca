"""What each setting may be, and the words in which anything else is refused."""

import pytest

from lda_cli.config import from_mapping, load_config, to_mapping
from lda_cli.config.schema import FORMAT_NAMES
from lda_cli.errors import ConfigError


def refusal(key, value):
    with pytest.raises(ConfigError) as error:
        load_config(environ={}, options={key: value})
    return str(error.value)


def value_of(config, key):
    value = to_mapping(config)
    for name in key.split("."):
        value = value[name]
    return value


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("corpus.include", "*.txt", ["*.txt"]),
        ("vocabulary.stop_words", None, "none"),
        ("vocabulary.extra_stop_words", None, []),
        ("vocabulary.max_terms", None, None),
        ("tokenizer.max_length", None, None),
        ("tokenizer.stemming", None, "none"),
        ("vocabulary.max_df", 1, 1),
        ("vocabulary.max_df", 1.0, 1.0),
        ("model.alpha", 1, 1.0),
        ("training.tolerance", 0, 0.0),
        ("inference.tolerance", "1e-4", 1e-4),
        ("training.annealing.from", 0.6, 0.6),
        ("training.annealing.from", "auto", "auto"),
        ("corpus.exclude", "caf\udce9", ["caf\udce9"]),  # a name that is not UTF-8
        ("training.seed", 2**63 - 1, 2**63 - 1),
        ("corpus.split", {"by": "lines", "size": 3}, {"by": "lines", "size": 3}),
        ("corpus.split", None, {"by": None, "size": None}),
    ],
)
def test_value_is_read(key, value, read):
    config = load_config(environ={}, options={key: value})
    found = value_of(config, key)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("corpus.path", "", "path must be a path (in quotes if it looks like something else), not ''"),
        ("corpus.path", "a\0b", r"(in quotes if it looks like something else), not 'a\x00b'"),
        ("corpus.path", "\ud800", "path must be a path"),
        ("corpus.format", "rtf", f"{', '.join(FORMAT_NAMES[:-1])} or {FORMAT_NAMES[-1]}, not 'rtf'"),
        ("corpus.vocabulary", "", "vocabulary must be a path or null, not ''"),
        ("corpus.text_field", "", "must be text (in quotes if it looks like something else), not ''"),
        ("corpus.text_field", [], "must be a column or a key, or a list of them (in quotes if it looks like"),
        ("corpus.text_field", 0, "must be text (in quotes if it looks like something else), not 0"),
        ("corpus.id_field", 0, "id_field must be a column, a key or null, not 0"),
        ("corpus.delimiter", ";;", "delimiter must be auto, tab or one character (in quotes), such as ';'"),
        ("corpus.delimiter", '"', "delimiter must be auto, tab or one character (in quotes), such as ';'"),
        ("corpus.header", 1, "header must be true or false, not 1"),
        ("corpus.exclude", ["\ud800"], "exclude must be a glob or a list of globs"),
        ("corpus.include", [""], "include must be a glob or a list of globs, without empty ones, not ['']"),
        ("corpus.encoding", "rot13", "encoding must be a text encoding that Python knows"),
        ("corpus.encoding", "IDNA", "encoding must be a text encoding that Python knows"),
        ("corpus.on_error", [], "on_error must be fail, skip or replace, not []"),
        ("corpus.split", "lines", "corpus.split must be a mapping of by, size, not 'lines'"),
        ("corpus.split", {"on": 1}, 'unknown key "on" in corpus.split; allowed are by, size'),
        ("corpus.split.by", "pages", "by must be lines, paragraphs, tokens or null, not 'pages'"),
        ("corpus.split.by", "lines", "split.by needs split.size: the number of lines per part"),
        ("corpus.split.size", 0, "size must be a whole number of at least 1, or null, not 0"),
        ("corpus.split.size", 9, "split.size needs split.by: lines, paragraphs or tokens"),
        ("tokenizer.pattern", "(a)b", "without capturing groups: write (?:...) for (...), not '(a)b'"),
        ("tokenizer.pattern", "a)", "must be a regular expression that compiles (unbalanced parenthesis"),
        ("tokenizer.pattern", "[[a]", "must be a regular expression that compiles (Possible nested set"),
        ("tokenizer.pattern", "(?:" * 9999, "must be a regular expression that compiles ("),
        ("tokenizer.lowercase", "yes", "lowercase must be true or false, not 'yes'"),
        ("tokenizer.lowercase", 1, "lowercase must be true or false, not 1"),
        ("tokenizer.min_length", 0, "min_length must be at least 1, not 0"),
        ("tokenizer.max_length", 0, "max_length must be a whole number of at least 1, or null for no limit"),
        ("tokenizer.max_length", 2, "max_length must be at least min_length, which is 3, not 2"),
        ("tokenizer.stemming", "no", "stemming must be none or a language, such as english or norwegian"),
        ("tokenizer.stemming", True, "stemming must be none or a language, such as english or norwegian"),
        ("vocabulary.stop_words", 3, "must be english, none, another language, a path or a list of words"),
        ("vocabulary.extra_stop_words", 3, "must be a list of words, a path or a language, not 3"),
        ("vocabulary.stop_words", ["moon", "\udcff"], "another language, a path or a list of words, not ["),
        ("vocabulary.min_df", -1, "min_df must be a number of documents (0, 1, ...) or a share"),
        ("vocabulary.min_df", True, "min_df must be a number of documents (0, 1, ...) or a share"),
        ("vocabulary.max_df", 0, "max_df must be a number of documents (1, 2, ...) or a share"),
        ("vocabulary.max_df", 1.5, "or a share from 0.0 to 1.0, not 1.5"),
        ("vocabulary.max_terms", 0, "or null for no limit, not 0"),
        ("model.topics", 1, "topics must be at least 2, not 1"),
        ("model.topics", 5.0, "topics must be a whole number, at least 2, not 5.0"),
        ("model.topics", True, "topics must be a whole number, at least 2, not true"),
        ("model.topics", None, "topics must be a whole number, at least 2, not null"),
        pytest.param("model.topics", 10**9999, "not a value too large to show", id="10**9999"),
        ("model.topics", {"a": 1}, "topics must be a whole number, at least 2, not a mapping"),
        ("model.alpha", 0, "alpha must be auto, a number from 1e-6 to 1e6 or a list of them, one per topic"),
        ("model.alpha", 1e-7, "alpha must be auto, a number from 1e-6 to 1e6"),
        ("model.alpha", [0.1], "alpha must have a number for each of the 20 topics, not 1"),
        ("model.decorrelate", -1, "decorrelate must be at least 0 and at most 1000000"),
        ("model.background", -1, "background must be at least 0, not -1"),
        ("model.background", 20, "background must be less than topics, which is 20, not 20"),
        ("model.eta", 1e-13, "eta must be auto, 0 or a number from 1e-12 to 1e6"),
        ("training.algorithm", "fast", "algorithm must be batch, incremental or annealed, not 'fast'"),
        ("training.passes", 0, "passes must be auto or a whole number from 1 to 100000, not 0"),
        ("training.restarts", 0, "restarts must be auto or a whole number from 1 to 1000, not 0"),
        ("training.annealing.plain_passes", 24, "which is 24, for the annealed algorithm, not 24"),
        ("training.tolerance", float("nan"), "tolerance must be a finite number, at least 0, not nan"),
        ("training.tolerance", 10**400, "tolerance must be a finite number, at least 0, not 1000"),
        ("training.seed", 2**63, "seed must be at most 9223372036854775807, not 9223372036854775808"),
        ("training.annealing.from", 1e-320, "from must be auto or a number from 1e-6 to 1, not 1e-320"),
        ("training.annealing.to", 1.5, "to must be auto or a number from 1e-6 to 1, not 1.5"),
        ("training.annealing.relaxation", 2, "relaxation must be more than 0 and less than 2, not 2"),
        ("inference.tolerance", 0, "tolerance must be more than 0, not 0"),
    ],
)
def test_impossible_value_is_refused(key, value, problem):
    message = refusal(key, value)
    assert message.startswith("command line: ")
    assert problem in message


def test_few_passes_are_enough_for_algorithms_that_do_not_anneal():
    assert from_mapping({"training": {"algorithm": "batch", "passes": 1}}, "here").training.passes == 1


def test_shown_value_is_short_and_has_no_control_characters():
    message = refusal("model.topics", "\x1b[31m" * 1000)
    assert message.isprintable()
    assert len(message) < 130
