"""A config, a variable or an option that cannot be: status 2, one line that says where, and what is meant.

What each kind of complaint says is for tests/config.
"""

from pathlib import Path

import pytest

from tests.helpers.command import QUICK, Run, assert_refused, lda, without_packages
from tests.helpers.files import unchanged, write

# arguments, and what is said
BAD_OPTIONS = {
    "unknown_option": (["train", "--topic", "3"], ["--topic", "--topics", "lda-cli train --help"]),
    "unknown_command": (["tarin"], ["tarin", "lda-cli --help"]),
    "no_input": (["infer"], ["INPUT", "lda-cli infer --help"]),
    "no_threads": (["train", "corpus", "--threads", "0"], ["threads", "at least 1"]),
    "config_not_there": (["train", "-c", "gone.yaml"], ["gone.yaml", "such file"]),
    "config_is_endless": (["train", "-c", "/dev/zero"], ["/dev/zero", "is larger than"]),
    "unknown_format": (["infer", "-", "--format", "xml"], ["--format", "'jsonl'"]),
    "no_topics_shown": (["infer", "-", "--top", "0"], ["--top", "x>=1"]),
    "share_is_nan": (["infer", "-", "--min-share", "nan"], ["--min-share", "'nan' is not a number"]),
    "term_unknown": (["inspect", "--term", "orbjt"], ["--term orbjt", 'did you mean "orbit"?']),
    "topic_too_high": (["inspect", "--topic", "3"], ["--topic 3", "0 to 2"]),
}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("model:\n  topcis: 5\n", ["lda.yaml:2", "topcis", 'did you mean "topics"?']),
        ("vocabulary:\n  stop_words: my.txt\n", ["stop_words", "my.txt", "give none, a language"]),
        ("tokenizer:\n  stemming: germn\n", ["stemming", "germn", 'did you mean "german"?']),
    ],
)
def test_bad_config_is_refused_with_its_place(tmp_path: Path, config: str, said: list[str]) -> None:
    write(tmp_path, {"lda.yaml": config, "corpus/a.txt": "moon orbit\n"})
    with unchanged(tmp_path):
        assert_refused(lda("train", "corpus", cwd=tmp_path), 2, *said)


def test_what_needs_an_extra_says_how_to_install_it(tmp_path: Path) -> None:
    write(tmp_path, {"corpus/a.txt": "moon orbit\n"})
    without = without_packages(tmp_path / "blocking", "Stemmer")
    with unchanged(tmp_path):
        result = lda("train", "corpus", "--set", "tokenizer.stemming=german", cwd=tmp_path, env=without)
        assert_refused(result, 2, "tokenizer.stemming", "'german'", 'pip install "lda-cli[stemming]"')


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_option_is_refused_by_name(run: Run, tmp_path: Path, model: Path, case: str) -> None:
    arguments, said = BAD_OPTIONS[case]
    with unchanged(tmp_path):
        assert_refused(run(*arguments), 2, *said)


def test_bad_variable_is_refused_by_name(tmp_path: Path) -> None:
    result = lda("train", "corpus", cwd=tmp_path, env={"LDA_CLI_MODEL_TOPICS": "1"})
    assert_refused(result, 2, "LDA_CLI_MODEL_TOPICS: must be at least 2, not 1")


@pytest.mark.parametrize("arguments", [["--version"], ["train", "{corpus}", *QUICK], ["infer", "{corpus}"]])
def test_kernel_that_is_not_there_is_refused(
    tmp_path: Path, corpus: Path, trained: Path, arguments: list[str]
) -> None:
    given = [argument.format(corpus=corpus) for argument in arguments]
    given += ["-m", str(trained)] * (arguments[0] == "infer")
    result = lda(*given, cwd=tmp_path, env={"LDA_CLI_KERNEL": "fortran"})
    assert_refused(result, 2, "LDA_CLI_KERNEL", "'fortran'", "numpy")


def test_working_directory_that_was_removed_is_named(tmp_path: Path) -> None:
    # before, what could not be written was standard output
    (tmp_path / "gone").mkdir()
    result = lda("inspect", cwd=tmp_path / "gone", before=(tmp_path / "gone").rmdir)
    assert_refused(result, 2, "the working directory was removed; change to another one")
