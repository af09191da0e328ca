"""`lda-cli evaluate`: what it prints, in each format, and what it refuses."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.helpers.command import QUICK, Run, assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.models import save, small_model

NEW = {"new/a.txt": "the moon and the sail xyzzy oven", "new/b.txt": "harbour sail rope moon wind"}


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_tables_for_people(
    tmp_path: Path, model: Path, golden: Callable[[str, str], None], form: str
) -> None:
    write(tmp_path, NEW)
    golden(f"evaluate.{form}", done(lda("evaluate", "--held-out", "new", "--format", form, cwd=tmp_path)))


def test_records_have_every_measure_with_its_definition(run: Run, tmp_path: Path, model: Path) -> None:
    write(tmp_path, NEW)
    (found,) = json.loads(done(run("evaluate", "--held-out", "new", "--format", "json")))["models"]
    assert found["reference"]["documents"] == 24
    assert found["reference"]["is_training"] is True
    assert found["held_out"]["documents"] == 2
    assert found["held_out"]["scores"]["left_to_right"]["particles"] == 20
    for name, measure in found["measures"].items():
        assert measure["definition"]
        values = [topic[name] for topic in found["of_topics"] if topic[name] is not None]
        assert measure["mean"] == pytest.approx(sum(values) / len(values))
        assert measure["mean_low"] <= measure["mean"] <= measure["mean_high"]
    assert "windows of 10 tokens" in found["measures"]["c_npmi"]["definition"]
    assert "10 words" in found["measures"]["c_npmi"]["definition"]
    assert [topic["topic"] for topic in found["of_topics"]] == [0, 1, 2]
    inspected = json.loads(done(run("inspect", "--format", "json")))
    assert [t["npmi"] for t in found["of_topics"]] == pytest.approx([t["npmi"] for t in inspected])


def test_same_command_prints_the_same_bytes(run: Run, tmp_path: Path, model: Path) -> None:
    write(tmp_path, NEW)
    for form in ("json", "csv", "mallet-xml"):
        one, other = (
            done(run("evaluate", "--held-out", "new", "--format", form, "--set", f"training.threads={n}"))
            for n in (1, 2)
        )
        assert one == other
    assert ElementTree.fromstring(one.encode()).tag == "model"


def test_csv_has_a_row_for_each_topic_of_each_model(run: Run, tmp_path: Path, model: Path) -> None:
    shutil.copytree(model, tmp_path / "other")
    text = done(run("evaluate", "-m", "model", "-m", "other", "--format", "csv"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["model"], row["topic"]) for row in rows] == [
        (name, str(topic)) for name in ("model", "other") for topic in range(3)
    ]
    assert "nan" not in text


def test_name_of_the_output_decides_the_format(run: Run, tmp_path: Path, model: Path) -> None:
    for name, form in (("a.json", "json"), ("a.csv", "csv"), ("a.md", "markdown"), ("a.xml", "mallet-xml")):
        assert done(run("evaluate", "-o", name)) == ""
        assert (tmp_path / name).read_text() == done(run("evaluate", "--format", form))


def test_several_models_are_compared_with_the_first(
    run: Run, tmp_path: Path, model: Path, corpus: Path
) -> None:
    write(tmp_path, NEW)
    done(run("train", corpus, "-m", "other", *QUICK, "--seed", 1, "-q"))
    given = ("evaluate", "-m", "model", "-m", "other", "--held-out", "new")
    text = done(run(*given))
    assert "minus model" in text
    found = json.loads(done(run(*given, "--format", "json")))["differences"]
    one, other = json.loads(done(run(*given, "--format", "json")))["models"]
    for each in found:
        assert each["value_low"] <= each["value"] <= each["value_high"]
    of = {each["measure"]: each["value"] for each in found}
    assert of["c_npmi"] == pytest.approx(
        other["measures"]["c_npmi"]["mean"] - one["measures"]["c_npmi"]["mean"]
    )


def test_limit_that_is_not_reached_ends_with_status_8_after_the_output(
    run: Run, tmp_path: Path, model: Path
) -> None:
    ended = run("evaluate", "--fail-under", "npmi=2", "--fail-under", "diversity=-1", "-o", "out.json")
    assert_refused(ended, 8, "model: npmi ", " is under 2")
    assert json.loads((tmp_path / "out.json").read_text())["models"]
    done(run("evaluate", "--fail-under", "npmi=-1", "--fail-under", "unflagged=0"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--fail-under nonsense=1", "c_npmi, c_v"),
        ("--fail-under npmi", "npmi=0.1"),
        ("--fail-under npmi=nan", "npmi=0.1"),
        ("--fail-under bound=-7", "--held-out PATH"),
        ("--fail-under npmi=0 --only flags", "--only coherence"),
        ("--words 1", "2 to 30"),
        ("--words 5,x", "2 to 30"),
        ("--resample some", "or all"),
        ("--only held-out", "needs --held-out"),
        ("--held-out new --only flags", "add --only held-out"),
        ("--held-out new --only held-out --format csv", "give json"),
        ("-m model -m model --format mallet-xml", "one -m"),
        ("--held-out - -", "read once"),
        ("-o a.json.gz", "not compressed"),
        ("--format xlsx", "xlsx"),
    ],
)
def test_wrong_use_is_refused_in_one_line(
    run: Run, tmp_path: Path, model: Path, arguments: str, said: str
) -> None:
    assert_refused(run("evaluate", *arguments.split()), 2, said)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_documents_of_the_training_are_refused_unless_allowed(run: Run, model: Path, corpus: Path) -> None:
    assert_refused(run("evaluate", "--held-out", corpus), 3, "trained on", "--allow-training")
    shown = done(run("evaluate", "--held-out", corpus, "--allow-training", "--only", "held-out"))
    assert [line.split()[0] for line in shown.splitlines()] == ["model", "held-out"]


def test_missing_inputs_are_one_line(run: Run, tmp_path: Path, model: Path) -> None:
    assert_refused(run("evaluate", "nowhere"), 3, "nowhere")
    assert_refused(run("evaluate", "--held-out", "nowhere"), 3, "nowhere")
    assert_refused(run("evaluate", "-m", "nowhere"), 4, "nowhere")


def test_model_without_its_corpus_tells_what_phi_tells(run: Run, tmp_path: Path) -> None:
    save(small_model(), tmp_path / "model")
    ended = run("evaluate", "--format", "json")
    (found,) = json.loads(done(ended))["models"]
    assert ended.stderr.count("\n") == 1
    assert "give CORPUS" in ended.stderr
    assert found["reference"] is None
    assert found["of_topics"][1]["npmi"] is None
    shown = done(run("evaluate"))
    assert "nan" not in shown
    assert "None" not in shown
    assert_refused(run("evaluate", "-q", "-o", "out.json", "--fail-under", "c_npmi=0"), 2, "c_npmi")


def test_word_that_the_reference_lacks_is_counted(tmp_path: Path) -> None:
    save(small_model(), tmp_path / "model")
    write(tmp_path, {"texts/a.txt": "moon orbit", "texts/b.txt": "moon orbit moon", "texts/c.txt": "sun"})
    found = done(lda("evaluate", "texts", "--format", "csv", cwd=tmp_path))
    for row in csv.DictReader(io.StringIO(found)):
        assert row["missing_words"] == "1"
        assert row["c_npmi"] == row["npmi"] == ""  # one pair of three is left
        assert float(row["tokens"]) > 0


def test_corpus_may_come_from_a_pipe_or_be_a_bag_of_words(tmp_path: Path) -> None:
    save(small_model(), tmp_path / "model")
    text = b"moon orbit rice\nmoon orbit\nrice sun\n"
    shown = lda("evaluate", "-", "--format", "csv", cwd=tmp_path, stdin=text)
    assert len(done(shown).splitlines()) == 3
    write(tmp_path, {"bag/x.ldac": "2 0:1 1:2\n1 2:1\n", "bag/vocab.txt": "moon\norbit\nrice\n"})
    ended = lda("evaluate", "bag/x.ldac", "--format", "csv", cwd=tmp_path)
    header = done(ended).splitlines()[0].split(",")
    assert "npmi" in header
    assert "c_npmi" not in header
    assert "no windows" in ended.stderr


def test_corpus_that_has_changed_since_is_told(run: Run, tmp_path: Path) -> None:
    words = ["moon star sky night", "boat sail rope wind"]
    write(tmp_path, {f"texts/{n}.txt": f"{words[n % 2]} {words[n % 2]}" for n in range(12)})
    done(run("train", "texts", *QUICK, "-q"))
    assert "changed" not in run("evaluate").stderr
    write(tmp_path, {"texts/0.txt": "moon"})
    assert "changed since" in run("evaluate").stderr


def test_given_names_are_shown(run: Run, tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"labels.yaml": "1: Harbour\n"})
    done(run("label", "labels.yaml"))
    shown = done(run("evaluate"))
    assert "Harbour" in shown
    assert "name" in shown.splitlines()[5]


def test_files_may_be_listed(run: Run, model: Path, corpus: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(str(path) for path in sorted(corpus.rglob("*.txt"))))
    asked = ("evaluate", "-m", model, "--only", "coherence", "--format", "csv", "-q")
    assert done(run(*asked, "--files-from", listed)) == done(run(*asked, corpus))
    assert_refused(run("evaluate", "-m", model, "-o", "a.xlsx"), 2, "a.xlsx", "this format is not written")
