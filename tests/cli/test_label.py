"""`lda-cli label`, and the names that the other commands show."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import Run, assert_refused, done, lda
from tests.helpers.files import unchanged, write

TEXT = b"moon orbit comet moon"


@pytest.fixture
def labelled(run: Run, tmp_path: Path, model: Path) -> Path:
    """A model whose topic 1 has a name, and whose topic 2 is hidden."""
    write(tmp_path, {"names.yaml": "1: 'Ships | Sails'\n2: {note: odd, hide: true}\n", "new.txt": TEXT})
    run("label", "names.yaml", "-q")
    return model


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def as_json(run: Run, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done(run(*arguments, "--format", "json")))
    return found


def test_untouched_draft_changes_nothing(run: Run, tmp_path: Path, model: Path) -> None:
    assert done(run("label", "--draft", "-o", "names.yaml")) == ""
    with unchanged(tmp_path):
        result = run("label", "names.yaml")
        assert (done(result), result.stderr) == (
            "",
            "lda-cli: model: 0 topics with a label, nothing changed\n",
        )
        assert done(run("label", "--draft")) == (tmp_path / "names.yaml").read_text()


def test_draft_that_was_edited_gives_names_and_a_later_draft_has_them(
    run: Run, tmp_path: Path, model: Path
) -> None:
    text = done(run("label", "--draft"))
    write(tmp_path, {"names.yaml": text.replace("#1: ", "1: Zwölf # ")})
    result = run("label", "names.yaml")
    assert result.stderr.splitlines() == [
        "lda-cli: model: 1 topic with a label, 1 new",
        "lda-cli: to see them: lda-cli inspect -m model",
    ]
    again = done(run("label", "--draft"))
    assert '\n1: "Zwölf"\n' in again
    write(tmp_path, {"again.yaml": again})
    with unchanged(tmp_path):
        assert run("label", "again.yaml").stderr == "lda-cli: model: 1 topic with a label, nothing changed\n"
    write(tmp_path, {"none.yaml": "{}"})
    assert run("label", "none.yaml").stderr == "lda-cli: model: 0 topics with a label, 1 removed\n"


def test_draft_replaces_no_file(run: Run, tmp_path: Path, model: Path) -> None:
    write(tmp_path, {"names.yaml": "1: Ships\n"})
    with unchanged(tmp_path):
        assert_refused(run("label", "--draft", "-o", "names.yaml"), 5, "names.yaml: is there already")


def test_names_are_listed_in_every_format(run: Run, labelled: Path) -> None:
    found = as_json(run, "label")
    assert [(topic["topic"], topic["given"], topic["hide"], topic["note"]) for topic in found] == [
        (0, False, False, None),
        (1, True, False, None),
        (2, False, True, "odd"),
    ]
    assert found[1]["name"] == "Ships | Sails"
    assert found[0]["name"].startswith("~")
    for row, topic in zip(rows(done(run("label", "--format", "csv"))), found, strict=True):
        assert row == {
            "topic": str(topic["topic"]),
            "name": topic["name"],
            "given": str(topic["given"]).lower(),
            "hide": str(topic["hide"]).lower(),
            "note": topic["note"] or "",
            "words": " ".join(topic["words"]),
        }
    text = done(run("label")).splitlines()
    assert text[0].split() == ["topic", "name", "label", "words"]
    assert "automatic, hidden" in text[3]
    assert done(run("label", "--format", "markdown", "-o", "names.md")) == ""
    assert "\n| 1 | Ships \\| Sails | given | " in (labelled.parent / "names.md").read_text()
    assert done(run("label", "--format", "csv", "--spreadsheet")).startswith("\ufefftopic,name")


def test_inspect_shows_names_and_leaves_hidden_topics_out_for_people(run: Run, labelled: Path) -> None:
    result = run("inspect")
    lines = done(result).splitlines()
    assert lines[0].split() == ["topic", "name", "share", "alpha", "npmi", "words"]
    assert [line.split()[0] for line in lines[1:]] == ["0", "1"]
    assert "  Ships | Sails  " in lines[2]
    assert lines[1].split()[1].startswith("~")
    assert result.stderr == "lda-cli: hidden topics (see them with --topic): 2\n"
    assert run("inspect", "-q").stderr == ""
    assert len(done(run("inspect", "--topic", 2)).splitlines()) == 2
    assert [topic["topic"] for topic in as_json(run, "inspect")] == [0, 1, 2]
    assert {row["topic"] for row in rows(done(run("inspect", "--format", "csv")))} == {"0", "1", "2"}
    names = [topic["name"] for topic in as_json(run, "label")]
    assert [topic["name"] for topic in as_json(run, "inspect")] == names
    for use in as_json(run, "inspect", "--term", "moon"):
        assert use["name"] == names[use["topic"]]
    assert "name" in done(run("inspect", "--term", "moon")).splitlines()[0].split()


def test_inspect_shows_automatic_names_to_people_who_ask(run: Run, model: Path) -> None:
    assert "~" not in done(run("inspect"))
    assert done(run("inspect", "--names")).count("~") == 3


def test_infer_adds_names_where_they_are_asked_for(run: Run, labelled: Path) -> None:
    names = [topic["name"] for topic in as_json(run, "label")]
    plain = json.loads(done(run("infer", "new.txt")))
    record = json.loads(done(run("infer", "new.txt", "--names", "--words")))
    for topic, own in zip(record["topics"], plain["topics"], strict=True):
        assert list(topic) == ["topic", "name", "share"]
        assert topic == own | {"name": names[own["topic"]]}
    assert all(word["name"] == names[word["topic"]] for word in record["words"])
    long = rows(done(run("infer", "new.txt", "--names", "--format", "csv")))
    assert list(long[0]) == ["id", "tokens", "unknown", "topic", "name", "share"]
    assert all(row["name"] == names[int(row["topic"])] for row in long)
    words = rows(done(run("infer", "new.txt", "--names", "--words", "--format", "csv")))
    assert list(words[0]) == ["id", "start", "end", "term", "topic", "name", "p"]
    (wide,) = rows(done(run("infer", "new.txt", "--names", "--wide", "--format", "csv")))
    assert list(wide)[3:] == [f"topic_{topic} {name}" for topic, name in enumerate(names)]


def test_legend_has_given_names_always(run: Run, tmp_path: Path, labelled: Path) -> None:
    write(tmp_path, {"none.yaml": "{}"})
    assert "% Ships | Sails: moon" in done(run("infer", "new.txt", "--markup"))
    done(run("label", "none.yaml"))
    assert "%: moon" in done(run("infer", "new.txt", "--markup"))
    assert "% ~moon" in done(run("infer", "new.txt", "--markup", "--names"))


def test_no_name_reaches_a_terminal_raw(run: Run, tmp_path: Path, model: Path) -> None:
    # of what is not printable, a name may have spaces, and joiners, which stay
    write(tmp_path, {"names.yaml": "0: a\u200cb\u3000c\n", "new.txt": TEXT})
    done(run("label", "names.yaml"))
    assert as_json(run, "inspect")[0]["name"] == "a\u200cb\u3000c"
    for arguments in (["inspect"], ["label"], ["label", "--format", "csv"], ["inspect", "--format", "json"]):
        assert done(run(*arguments)).replace("\n", "").replace("\u200c", "").isprintable()
    assert "a\u200cb\\u3000c" in done(run("inspect"))
    shown = done(run("infer", "new.txt", "--markup"))
    assert shown.replace("\n", "").replace("\u200c", "").isprintable()


def test_names_come_from_standard_input_too(model: Path) -> None:
    result = lda("label", "-", cwd=model.parent, stdin=b"0: Moon\n")
    assert done(result) == ""
    assert "1 topic with a label, 1 new" in result.stderr
    assert_refused(
        lda("label", "-", cwd=model.parent, stdin=b"7: Moon\n"), 2, "standard input:1: there is no"
    )


def test_labels_of_a_model_before_are_told_of(run: Run, tmp_path: Path, model: Path) -> None:
    write(tmp_path, {".model.labels.yaml": "0: Moon\n"})
    for arguments in (["label"], ["label", "--draft"]):
        result = run(*arguments)
        assert done(result)
        assert ".model.labels.yaml" in result.stderr


def test_name_of_the_file_decides_the_format(run: Run, tmp_path: Path, model: Path) -> None:
    for form in ("csv", "json"):
        assert done(run("label", "-o", f"names.{form}")) == ""
        assert (tmp_path / f"names.{form}").read_text() == done(run("label", "--format", form))
    done(run("label", "-o", "names.csv", "--spreadsheet"))
    assert (tmp_path / "names.csv").read_text().startswith("\ufefftopic,name")
    for name in ("names.xlsx", "names.csv.gz"):
        assert_refused(run("label", "-o", name), 2, f"-o {name}")


REFUSED = {
    "draft_and_file": (["names.yaml", "--draft"], 2, ["--draft"]),
    "output_and_file": (["names.yaml", "-o", "out"], 2, ["-o"]),
    "format_and_file": (["names.yaml", "--format", "csv"], 2, ["--format"]),
    "format_of_draft": (["--draft", "--format", "csv"], 2, ["--draft", "--format"]),
    "spreadsheet_of_text": (["--spreadsheet"], 2, ["--spreadsheet"]),
    "missing": (["gone.yaml"], 2, ["gone.yaml: cannot be read", "check the path of the file of labels"]),
    "wrong": (["names.yaml"], 2, ['names.yaml:1: there is no topic "9"; topics are 0 to 2']),
    "no_model": (["names.yaml", "-m", "gone"], 4, ["gone: there is no model"]),
    "no_place": (["-o", "gone/out"], 5, ["gone/out"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    run: Run, tmp_path: Path, model: Path, case: str
) -> None:
    arguments, status, said = REFUSED[case]
    write(tmp_path, {"names.yaml": "9: Moon\n"})
    with unchanged(tmp_path):
        assert_refused(run("label", *arguments), status, *said)
