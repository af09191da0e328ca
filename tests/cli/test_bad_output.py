"""Where nothing can or may be written: status 5, and what stood there stands; closed pipes are quiet."""

import os
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda, shell
from tests.helpers.files import unchanged, write

LONG = "a" * 300


def test_model_in_an_impossible_place_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"corpus/0.txt": "moon\n"})
    with unchanged(tmp_path):
        for place in ("/proc/lda", "corpus/0.txt/model", f"{LONG}/model"):
            assert_refused(lda("train", "corpus", *QUICK, "--model", place, cwd=tmp_path), 5, place)


def test_existing_model_is_not_replaced_unasked(tmp_path: Path, corpus: Path, model: Path) -> None:
    with unchanged(tmp_path):
        result = lda("train", corpus, *QUICK, cwd=tmp_path)
    assert_refused(result, 5, "model: there is a model already", "--force", "--if-changed")


def test_what_is_no_model_is_never_replaced(tmp_path: Path, corpus: Path) -> None:
    # a file, a folder with a name of ours, and one with a hidden file
    write(tmp_path, {"file": "precious", "ours/documents.txt": "precious", "hidden/.a": "precious"})
    with unchanged(tmp_path):
        for name in ("file", "ours", "hidden"):
            for flag in ("--force", "--if-changed"):
                assert_refused(lda("train", corpus, *QUICK, flag, "-m", name, cwd=tmp_path), 5, f"{name}: ")


def test_output_in_an_impossible_place_is_refused(tmp_path: Path, corpus: Path, model: Path) -> None:
    with unchanged(tmp_path):
        for output in ("gone/out.jsonl", "model", "model/phi.npy/out", "/dev/full", LONG):
            assert_refused(lda("infer", corpus, "-o", output, cwd=tmp_path), 5, output)


def test_output_through_a_link_keeps_the_link(tmp_path: Path, corpus: Path, model: Path) -> None:
    # `-o /dev/stdout > file` as root would otherwise replace /dev/stdout for everybody
    write(tmp_path, {"real.jsonl": "former\n"})
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    done(lda("infer", corpus, "-o", "link.jsonl", cwd=tmp_path))
    assert os.readlink(tmp_path / "link.jsonl") == "real.jsonl"
    assert len((tmp_path / "real.jsonl").read_text().splitlines()) == 24


@pytest.mark.parametrize("arguments", ["--help", "infer {corpus}"])
def test_full_device_on_standard_output_is_refused(
    tmp_path: Path, corpus: Path, model: Path, arguments: str
) -> None:
    statuses, _, stderr = shell(f"$LDA {arguments.format(corpus=corpus)} > /dev/full", tmp_path)
    assert statuses == [5]
    assert stderr == "lda-cli: error: standard output: cannot be written: no space left on device\n"


# of infer: test_processes.py
@pytest.mark.parametrize(("arguments", "n_lines"), [("--help", 0), ("inspect", 1)])
def test_closed_pipe_ends_quietly(tmp_path: Path, model: Path, arguments: str, n_lines: int) -> None:
    statuses, stdout, stderr = shell(f"$LDA {arguments} | head -n {n_lines}", tmp_path)
    assert (statuses, stdout.count("\n"), stderr) == ([0, 0], n_lines, "")


@pytest.mark.parametrize("redirection", [">&- <&- 2>/dev/full", "2> >(exit)"])
def test_training_needs_no_standard_stream(tmp_path: Path, corpus: Path, redirection: str) -> None:
    command = f"$LDA train {corpus} {' '.join(QUICK)} --verbose"
    statuses, stdout, _ = shell(f"{command} {redirection}", tmp_path)
    assert (statuses, stdout) == ([0], "")
    assert "model.json" in os.listdir(tmp_path / "model")


def test_status_of_an_error_needs_no_reader_of_its_message(tmp_path: Path) -> None:
    assert shell("$LDA inspect 2>&-; $LDA inspect 2>/dev/full", tmp_path) == ([4], "", "")


def test_closed_standard_output_is_as_dev_null(tmp_path: Path, corpus: Path, model: Path) -> None:
    assert shell(f"$LDA infer {corpus} >&-", tmp_path) == ([0], "", "")
