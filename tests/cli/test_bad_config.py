"""A config, a variable or an option that cannot be: status 2, one line that says where, and what is meant."""

from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, lda, without_packages
from tests.helpers.files import unchanged, write

# what each kind of complaint says is for tests/config
BAD_YAML = {
    "unknown_key": ("model:\n  topcis: 5\n", ["lda.yaml:2", "topcis", 'did you mean "topics"?']),
    "one_topic": ("model:\n  topics: 1\n", ["lda.yaml:2", "topics must be at least 2, not 1"]),
    "syntax": ("model: {topics: 5\n", ["lda.yaml:2", "is not YAML"]),
    "python_tag": (
        'model: !!python/object/apply:os.system ["touch pwned"]\n',
        ["lda.yaml:1", "python/object/apply:os.system is not allowed", "plain values only"],
    ),
    "not_utf8": (b"model: {path: caf\xe9}\n", ["lda.yaml:1", "is not UTF-8"]),
    "no_stop_words": (
        "vocabulary:\n  stop_words: my.txt\n",
        ["stop_words", "my.txt", "give none, a language"],
    ),
    "no_extra_stop_words": (
        "vocabulary:\n  extra_stop_words: englsh\n",
        ["extra_stop_words: 'englsh'", 'did you mean "english"?'],
    ),
    "no_language": ("tokenizer:\n  stemming: germn\n", ["stemming", "germn", 'did you mean "german"?']),
}

# arguments, and what is said
BAD_OPTIONS = {
    "unknown_option": (["train", "--topic", "3"], ["--topic", "--topics", "lda-cli train --help"]),
    "unknown_command": (["tarin"], ["tarin", "lda-cli --help"]),
    "no_input": (["infer"], ["INPUT", "lda-cli infer --help"]),
    "topics_in_words": (["train", "corpus", "--topics", "two"], ["--topics", "'two'"]),
    "no_threads": (["train", "corpus", "--threads", "0"], ["threads", "at least 1"]),
    "set_without_value": (
        ["train", "corpus", "--set", "model.topics"],
        ["--set model.topics", "SECTION.KEY=VALUE"],
    ),
    "config_not_there": (["train", "-c", "gone.yaml"], ["gone.yaml", "such file"]),
    "config_is_endless": (["train", "-c", "/dev/zero"], ["/dev/zero", "is larger than"]),
    "unknown_format": (["infer", "-", "--format", "xml"], ["--format", "'jsonl'"]),
    "no_topics_shown": (["infer", "-", "--top", "0"], ["--top", "x>=1"]),
    "share_above_one": (["infer", "-", "--min-share", "2"], ["--min-share"]),
    "share_is_nan": (["infer", "-", "--min-share", "nan"], ["--min-share", "'nan' is not a number"]),
    "term_unknown": (["inspect", "--term", "orbjt"], ["--term orbjt", 'did you mean "orbit"?']),
    "topic_too_high": (["inspect", "--topic", "3"], ["--topic 3", "0 to 2"]),
}


@pytest.mark.parametrize("case", BAD_YAML)
def test_bad_config_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    content, said = BAD_YAML[case]
    write(tmp_path, {"lda.yaml": content, "corpus/a.txt": "moon orbit\n"})
    with unchanged(tmp_path):  # so the tag's code did not run either
        assert_refused(lda("train", "corpus", cwd=tmp_path), 2, *said)


@pytest.mark.parametrize(
    ("setting", "extra"),
    [
        ("vocabulary.stop_words=de", "languages"),
        ("tokenizer.stemming=german", "stemming"),
    ],
)
def test_what_needs_an_extra_says_how_to_install_it(tmp_path: Path, setting: str, extra: str) -> None:
    write(tmp_path, {"corpus/a.txt": "moon orbit\n"})
    without = without_packages(tmp_path / "blocking", "stopwordsiso", "Stemmer")
    key, _, name = setting.partition("=")
    with unchanged(tmp_path):
        result = lda("train", "corpus", "--set", setting, cwd=tmp_path, env=without)
        assert_refused(result, 2, key, repr(name), f'pip install "lda-cli[{extra}]"')


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_option_is_refused_by_name(tmp_path: Path, model: Path, case: str) -> None:
    arguments, said = BAD_OPTIONS[case]
    write(tmp_path, {"corpus/a.txt": "moon orbit\n"})
    with unchanged(tmp_path):
        assert_refused(lda(*arguments, cwd=tmp_path), 2, *said)


def test_bad_variable_is_refused_by_name(tmp_path: Path) -> None:
    with unchanged(tmp_path):
        result = lda("train", "corpus", cwd=tmp_path, env={"LDA_CLI_MODEL_TOPICS": "1"})
        assert_refused(result, 2, "LDA_CLI_MODEL_TOPICS: must be at least 2, not 1")


@pytest.mark.parametrize("arguments", [["--version"], ["train", "corpus", *QUICK], ["infer", "corpus"]])
def test_kernel_that_is_not_there_is_refused(tmp_path: Path, model: Path, arguments: list[str]) -> None:
    write(
        tmp_path, {"corpus/a.txt": "moon orbit\n", "corpus/b.txt": "moon orbit\n", "corpus/c.txt": "sail\n"}
    )
    force = ["--force", "--set", "vocabulary.max_df=1.0"] * (arguments[0] == "train")
    with unchanged(tmp_path):
        result = lda(*arguments, *force, cwd=tmp_path, env={"LDA_CLI_KERNEL": "fortran"})
        assert_refused(result, 2, "LDA_CLI_KERNEL", "'fortran'", "numpy")


def test_working_directory_that_was_removed_is_told(tmp_path: Path) -> None:
    # before, what could not be written was standard output
    (tmp_path / "gone").mkdir()
    result = lda("inspect", cwd=tmp_path / "gone", before=(tmp_path / "gone").rmdir)
    assert_refused(result, 2, "the working directory was removed; change to another one")
