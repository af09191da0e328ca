"""`lda-cli report`: where the page goes, what it says, and what it refuses."""

import json
import re
from pathlib import Path

import pytest

from tests.helpers.command import QUICK, assert_refused, done, lda
from tests.helpers.files import unchanged, write


def test_page_is_written_whole_with_one_line_that_says_so(tmp_path: Path, model: Path) -> None:
    result = lda("report", "-o", "page.html", cwd=tmp_path)
    assert (result.status, result.stdout) == (0, "")
    assert re.fullmatch(r"lda-cli: page\.html: 0\.\d MB; open it in a browser\n", result.stderr)
    page = (tmp_path / "page.html").read_bytes()
    assert page.startswith(b"<!DOCTYPE html>")
    assert page.endswith(b"</html>\n")
    assert lda("report", "-q", "-o", "page.html", cwd=tmp_path).stderr == ""
    assert (tmp_path / "page.html").read_bytes() == page


def test_title_is_that_of_the_corpus_or_the_given_one(tmp_path: Path, model: Path, corpus: Path) -> None:
    done(lda("report", "-o", "a.html", cwd=tmp_path))
    assert f"<title>Topics of {corpus.name}</title>" in (tmp_path / "a.html").read_text(encoding="utf-8")
    done(lda("report", "-o", "a.html", "--title", "Letters & <more>", cwd=tmp_path))
    assert "<title>Letters &amp; &lt;more&gt;</title>" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_texts_are_read_where_they_are_and_a_reason_is_said(
    tmp_path: Path, model: Path, corpus: Path
) -> None:
    sizes = {}
    for name, options in {"with": [], "given": [corpus], "without": ["--no-texts"]}.items():
        done(lda("report", "-o", name, *options, cwd=tmp_path))
        sizes[name] = (tmp_path / name).stat().st_size
    assert sizes["with"] == sizes["given"] > sizes["without"]
    said = lda("report", "-o", "a", write(tmp_path / "other", {"x.txt": "sail"}), cwd=tmp_path).stderr
    assert "texts are left out: none was found" in said


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "give -o FILE"),
        (["-o", "a.html.gz"], 2, "not compressed"),
        (["-o", "model/a.html"], 5, "in the directory of a model"),
        (["-o", "a", "--by", "year"], 2, "the model has no metadata"),
        (["-o", "a", "--max-size", "0.01"], 2, "--max-size"),
        (["-o", "a", "--max-size", "nan"], 2, "--max-size"),
        (["-o", "a", "--no-texts", "texts"], 2, "choose one"),
        (["-o", "a", "-"], 2, "standard input"),
        (["-o", "a", "nowhere"], 3, "nowhere"),
        (["-o", "a", "-m", "nowhere"], 4, "there is no model"),
        (["-o", "no/folder/a"], 5, "no/folder"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, model: Path, arguments: list[str], status: int, said: str
) -> None:
    with unchanged(tmp_path):
        assert_refused(lda("report", *arguments, cwd=tmp_path), status, said)


def test_bag_of_words_has_a_page_without_texts(tmp_path: Path) -> None:
    write(tmp_path, {"a.ldac": "2 0:3 1:2\n2 2:1 3:2\n" * 6, "a.vocab": "moon\norbit\nrice\nbutter\n"})
    done(lda("train", "a.ldac", "-m", "m", *QUICK, "--topics", 2, cwd=tmp_path))
    result = lda("report", "-m", "m", "-o", "a.html", cwd=tmp_path)
    assert result.status == 0
    assert "word counts have no text" in result.stderr


def test_folder_of_a_sweep_gives_the_page_of_its_best_model(tmp_path: Path, model: Path) -> None:
    picture = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    choice = json.dumps({"suggested": 3, "words": "three are stable"})
    write(tmp_path / "sweep", {"choice.json": choice, "sweep.svg": picture})
    refused = lda("report", "-m", "sweep", "-o", "a.html", cwd=tmp_path)
    assert_refused(refused, 4, "sweep: the sweep suggests no model", "-m sweep/runs/")
    model.rename(tmp_path / "sweep/best")
    done(lda("report", "-m", "sweep", "-o", "a.html", cwd=tmp_path))
    done(lda("report", "-m", "sweep/best", "-o", "b.html", cwd=tmp_path))
    assert (tmp_path / "a.html").stat().st_size > (tmp_path / "b.html").stat().st_size
    (tmp_path / "sweep/choice.json").write_text("{}")
    assert_refused(lda("report", "-m", "sweep", "-o", "a.html", cwd=tmp_path), 4, "run lda-cli sweep again")


def test_sweep_without_a_suggestion_is_refused_with_what_to_do(tmp_path: Path, corpus: Path) -> None:
    done(lda("sweep", corpus, "-o", "sweep", "--topics", "2,3", "--seeds", 2, *QUICK[2:], cwd=tmp_path))
    result = lda("report", "-m", "sweep", "-o", "a.html", cwd=tmp_path)
    assert_refused(result, 4, "the sweep suggests no model")
