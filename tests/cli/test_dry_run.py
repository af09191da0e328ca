"""`lda-cli train --dry-run`: what it says, how near that is, and that nothing is written."""

import os
import re
import sys
from pathlib import Path

import pytest

from lda_cli.corpus import sample
from lda_cli.corpus.documents import chunks
from lda_cli.engine.kernel import kernel_name
from tests.corpus.zipf import texts
from tests.helpers.command import QUICK, Run, assert_refused, done, lda, peak_memory, untimed
from tests.helpers.files import write

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


def test_errors_are_those_of_train(tmp_path: Path) -> None:
    write(tmp_path, {"bad.txt": b"good\nbad \xff", "few.txt": "moon", "full/of.txt": "no model"})
    write(tmp_path / "images", {"a.png": b"\x89PNG\r\n", "b": b"\xff\xd8\xff"})
    for arguments, status in (
        (["nowhere.txt"], 3),
        (["bad.txt"], 3),
        (["few.txt"], 3),
        (["images"], 3),
        (["few.txt", *A_WORD_EACH, "-m", "full"], 5),
        (["few.txt", "-m", "few.txt"], 5),
        (["few.txt", "--set", "corpus.encoding=klingon"], 2),
    ):
        result = lda("train", *arguments, "--dry-run", cwd=tmp_path)
        assert_refused(result, status)
        assert lda("train", *arguments, cwd=tmp_path) == result
    replaced = told("bad.txt", *A_WORD_EACH, "--set", "corpus.on_error=replace", cwd=tmp_path)
    assert replaced["sample"].startswith("1 read with replaced bytes, first: bad.txt:2: not valid utf-8")


def test_numbers_of_a_small_corpus_are_those_of_train(tmp_path: Path) -> None:
    model = ["-m", tmp_path / "model", "--topics", 400, "--set", "training.passes=3"]
    arguments = [ROOT / "sample_corpus", "-c", ROOT / "configs/sample.yaml", *model, *PHRASES]
    found = told(*arguments)
    assert list(found) == [*LABELS[:6], "warning", *LABELS[6:]]
    assert found["files"].startswith("144 of ")
    assert "exact" in found["sample"]
    peak, stderr = peak_memory("train", *arguments, "--verbose", cwd=tmp_path)
    said = [line.removeprefix("lda-cli: ") for line in untimed(stderr) if "make phrases" not in line]
    _, *rest = said[1:]
    assert [said[0], *rest[:3]] == [found["input"], found["corpus"], found["vocabulary"], found["warning"]]
    assert rest[2].startswith("400 topics for 144 documents with a term; use fewer topics (model.topics)")
    passes, minibatches = re.findall(r"\d+ passes at most|\d+ minibatches", found["training"])
    assert f"400 topics, {passes}" in rest[3]
    assert minibatches in rest[3]
    if sys.platform == "linux" and kernel_name() == "native":
        (memory,) = re.findall(r"about (\d+) MB", found["memory"])
        assert float(memory) == pytest.approx(peak * 1024 / 1e6, rel=0.33)


def test_model_that_is_there_is_no_error_and_nothing_is_written(
    tmp_path: Path, corpus: Path, model: Path
) -> None:
    before = times(tmp_path)
    arguments = [corpus, *QUICK]
    assert told(*arguments, "-m", "new/folder", cwd=tmp_path)["model"] == "new/folder would be created"
    refused = told(*arguments, "--quiet", cwd=tmp_path)["model"]
    assert refused == "model already exists; to replace it, use --force or --if-changed"
    assert told(*arguments, "--force", cwd=tmp_path)["model"] == "model would be replaced"
    assert told(*arguments, "--if-changed", cwd=tmp_path) == {"model": "model is up to date, nothing to do"}
    changed = told(*arguments, "--if-changed", "--seed", 5, cwd=tmp_path)
    assert changed["model"] == "model is out of date and would be replaced"
    assert "24 documents" in changed["corpus"]
    assert times(tmp_path) == before


def test_what_is_left_out_and_the_advice_on_scripts_are_said_as_by_train(tmp_path: Path) -> None:
    texts = {"a.txt": "人人生而平等造物者赋予他们权利", "b.txt": "我们认为这些真理是不言而喻的"}
    write(tmp_path / "texts", texts | {"c.png": b"\x89PNG\r\n", "d.json": "{}", "e.bin": b"\0"})
    found = told("texts", *A_WORD_EACH, "--topics", 2, cwd=tmp_path)
    result = lda("train", "texts", *A_WORD_EACH, "--topics", 2, cwd=tmp_path)
    assert found["sample"] == "left out: 1 binary file, 1 image, 1 textless JSON file"
    assert f"; {found['sample']}\n" in result.stderr
    assert "set tokenizer.segmenter to chinese" in found["warning"]
    assert f"lda-cli: {found['warning']}\n" in result.stderr


def test_what_cannot_be_read_again_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, shown in (("-", "standard input"), ("pipe", "pipe")):
        result = lda("train", name, "--dry-run", cwd=tmp_path, stdin=b"moon")
        assert_refused(result, 2, f"{shown}: can be read only once", "give files")


def test_estimates_of_a_sample_say_about(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # how near they are is for tests/training
    monkeypatch.setattr(sample, "SAMPLE_BYTES", 1 << 17)
    for module in (sample, chunks):
        monkeypatch.setattr(module, "CHUNK_BYTES", 1 << 16)
    lines = "".join(f"{text}\n" for text in texts(600, 90))
    write(tmp_path, {"a.txt": lines, "numbers.txt": b"1234567\n" * (1 << 15)})
    said = done(run("train", "a.txt", "--topics", 5, "--dry-run"))
    found = dict(line.split(": ", 1) for line in said.splitlines())
    assert found["sample"].endswith("(only the beginning of large files); the numbers below are estimates")
    assert int(found["sample"].split()[0]) < 500
    about = r"about [\d.]+(?: million)?"
    assert re.fullmatch(f"{about} documents, {about} tokens of {about} terms", found["corpus"])
    assert re.fullmatch(f"found {about} terms; {about} remain", found["vocabulary"])
    refused = run("train", "numbers.txt", "--dry-run")
    assert_refused(refused, 3, "in a sample of ", "no word was found")
