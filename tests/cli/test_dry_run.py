"""`lda-cli train --dry-run`: what it says, how near that is, and that nothing is written."""

import os
import re
import sys
from pathlib import Path

import pytest

from lda_cli.corpus.sample import SAMPLE_BYTES
from lda_cli.engine.kernel import kernel_name
from tests.corpus.zipf import texts
from tests.helpers.command import QUICK, assert_refused, done, lda, peak_memory, untimed
from tests.helpers.files import write
from tests.helpers.themes import theme_documents

ROOT = Path(__file__).parents[2]
LABELS = ["model", "input", "files", "sample", "corpus", "vocabulary", "training", "memory", "disk", "time"]
PHRASES = ("--set", "vocabulary.phrases.max_words=3", "--set", "vocabulary.phrases.min_count=3")
A_WORD_EACH = ("--set", "vocabulary.min_df=1", "--set", "vocabulary.max_df=1.0")


def told(*arguments: object, cwd: Path | None = None) -> dict[str, str]:
    """What a dry run says, by the first word of its lines; the last line of each."""
    said = done(lda("train", *arguments, "--dry-run", cwd=cwd))
    return dict(line.split(": ", 1) for line in said.splitlines())


def times(folder: Path) -> dict[str, tuple[int, int]]:
    """Of all that is there, hidden or not, and of the folder itself."""
    statuses = {str(path): path.stat() for path in [folder, *folder.rglob("*")]}
    return {path: (status.st_mtime_ns, status.st_ctime_ns) for path, status in statuses.items()}


@pytest.mark.parametrize("phrases", [(), PHRASES])
def test_numbers_of_a_small_corpus_are_those_that_train_tells(
    tmp_path: Path, phrases: tuple[str, ...]
) -> None:
    model = tmp_path / "model"
    arguments = [ROOT / "sample_corpus", "-c", ROOT / "configs/sample.yaml", "-m", model, *phrases]
    found = told(*arguments)
    assert list(found) == LABELS
    assert found["files"].startswith("144 of ")
    assert "exact" in found["sample"]
    lines = untimed(lda("train", *arguments, "--verbose").stderr)
    said = [line.removeprefix("lda-cli: ") for line in lines if "pairs of words make phrases" not in line]
    assert len(said) == len(lines) - bool(phrases)
    assert said[:3] == [found["input"], found["corpus"], found["vocabulary"]]
    passes, minibatches = re.findall(r"\d+ passes at most|\d+ minibatches", found["training"])
    assert f"8 topics, {passes}" in said[3]
    assert minibatches in said[3]

    again = told(*arguments, "--force")
    assert [again[name] for name in ("corpus", "vocabulary")] == [found["corpus"], found["vocabulary"]]


@pytest.mark.parametrize("change", ["nothing", "a model", "--force", "--if-changed"])
def test_nothing_is_written(tmp_path: Path, change: str) -> None:
    write(tmp_path / "corpus", theme_documents())
    options = [change] if change.startswith("--") else []
    if change != "nothing":
        done(lda("train", "corpus", *QUICK, "-m", "made/model", cwd=tmp_path))
    before = times(tmp_path)
    for model in ("made/model", "new/folder/model"):
        told("corpus", *QUICK, "-m", model, *options, cwd=tmp_path)
    assert times(tmp_path) == before


def test_model_that_is_there_is_told_and_no_error(tmp_path: Path, corpus: Path, model: Path) -> None:
    arguments = [corpus, *QUICK]
    assert told(*arguments, "-m", "another", cwd=tmp_path)["model"] == "another would be created"
    refused = told(*arguments, cwd=tmp_path)["model"]
    assert refused == "model already exists; to replace it, use --force or --if-changed"
    assert told(*arguments, "--force", cwd=tmp_path)["model"] == "model would be replaced"
    current = done(lda("train", *arguments, "--if-changed", "--dry-run", cwd=tmp_path))
    assert current == "model: model is up to date, nothing to do\n"
    changed = told(*arguments, "--if-changed", "--seed", 5, cwd=tmp_path)
    assert changed["model"] == "model is out of date and would be replaced"
    assert "24 documents" in changed["corpus"]


@pytest.mark.parametrize("talk", ["--quiet", "--verbose"])
def test_the_result_is_told_whatever_else_is_not(tmp_path: Path, corpus: Path, talk: str) -> None:
    result = lda("train", corpus, *QUICK, "--dry-run", talk, cwd=tmp_path)
    assert "24 documents" in done(result)
    assert result.stderr == ""


def test_what_cannot_be_read_again_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, shown in (("-", "standard input"), ("pipe", "pipe")):
        result = lda("train", name, "--dry-run", cwd=tmp_path, stdin=b"moon")
        assert_refused(result, 2, f"{shown}: can be read only once", "give files")


def test_errors_are_those_of_train(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"bad.txt": b"good\nbad \xff", "empty.txt": "", "few.txt": "moon", "full/of.txt": "no model"},
    )
    for arguments, status in (
        (["nowhere.txt"], 3),
        (["bad.txt"], 3),
        (["empty.txt"], 3),
        (["few.txt"], 3),
        (["few.txt", *A_WORD_EACH, "-m", "full"], 5),
        (["few.txt", "-m", "few.txt"], 5),
        (["few.txt", "--set", "corpus.encoding=klingon"], 2),
    ):
        result = lda("train", *arguments, "--dry-run", cwd=tmp_path)
        assert_refused(result, status)
        assert lda("train", *arguments, cwd=tmp_path) == result
    replaced = told("bad.txt", *A_WORD_EACH, "--set", "corpus.on_error=replace", cwd=tmp_path)
    assert replaced["sample"].startswith("1 read with replaced bytes, first: bad.txt:2: not valid utf-8")


def test_error_of_a_sample_says_that_it_is_one(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": b"1234567\n" * (SAMPLE_BYTES // 8 + 1)})
    result = lda("train", "a.txt", "--dry-run", cwd=tmp_path)
    assert_refused(result, 3, "in a sample of ", "no word was found")


def numbers(line: str) -> list[float]:
    units = {"": 1.0, " million": 1e6}
    return [float(n) * units[unit] for n, unit in re.findall(r"(\d[\d.]*)( million|)", line)]


def test_estimates_of_a_large_corpus_are_near_and_say_about(tmp_path: Path) -> None:
    documents = texts(40_000, 90)
    write(tmp_path, {"a.txt": "".join(f"{text}\n" for text in documents)})
    assert (tmp_path / "a.txt").stat().st_size > 1.4 * SAMPLE_BYTES
    arguments = ["a.txt", "--topics", "20", "--set", "training.passes=3"]
    found = told(*arguments, cwd=tmp_path)
    assert found["sample"].endswith("(only the beginning of large files); the numbers below are estimates")
    assert numbers(found["sample"])[0] < 0.75 * len(documents)
    about = r"about [\d.]+(?: million)?"
    assert re.fullmatch(f"{about} documents, {about} tokens of {about} terms", found["corpus"])
    assert re.fullmatch(f"found {about} terms; {about} remain", found["vocabulary"])

    peak, said = peak_memory("train", *arguments, "--verbose", cwd=tmp_path)
    (corpus,) = (line for line in untimed(said) if line.endswith("without a known term"))
    n_documents, n_tokens, n_terms, _ = numbers(corpus)
    assert numbers(found["corpus"])[:2] == pytest.approx([n_documents, n_tokens], rel=0.15)
    assert numbers(found["corpus"])[2] == pytest.approx(n_terms, rel=0.33)
    if sys.platform == "linux" and kernel_name() == "native":
        (memory,) = re.findall(r"about (\d+) MB", found["memory"])
        assert float(memory) == pytest.approx(peak * 1024 / 1e6, rel=0.33)
