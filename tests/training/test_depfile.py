"""What `train --depfile` writes, read by GNU Make itself: a model is out of date when an input changed."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lda_cli.errors import ConfigError, OutputError
from lda_cli.training.depfile import check_depfile, mark_out_of_date, write_depfile

from ..helpers.models import config_of

FORMER, LATER = 1_000_000_000, 2_000_000_000  # s since the epoch
# All that means something in a Makefile, or to a shell.
SPECIAL = "$#%&'()*+,-;:<=>?@[\\]^`{|}~!\" \n\t"
NAMES = st.text(st.sampled_from(SPECIAL + "aé."), min_size=1, max_size=6).filter(
    lambda name: not name.startswith(".")
)


def is_to_be_made(folder: Path) -> bool:
    """Whether GNU Make would train: the rule of the model is completed by m.d."""
    done = subprocess.run(
        ["make", "--question", "--no-builtin-rules", "--file", "-"],
        cwd=folder,
        input="model/model.json:\n\ttrain\ninclude m.d\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 1


def made(folder: Path, *names: str) -> Path:
    """A folder with a corpus of such files, whose model was made later."""
    for name in (*names, "model/model.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (FORMER, FORMER))
    os.utime(folder / "model/model.json", (FORMER + 1, FORMER + 1))
    return folder


def write(
    folder: Path, *inputs: str, others: tuple[str, ...] = (), began: int | None = 0, **config: object
) -> list[str]:
    """Write m.d in `folder`, as of a training of `inputs`, after all that `made` has made."""
    former = os.getcwd()
    os.chdir(folder)
    try:
        since = None if began is None else began or time.time_ns()
        return write_depfile("m.d", config_of(**config), inputs, others, since)
    finally:
        os.chdir(former)


@settings(max_examples=15)
@given(st.sets(NAMES, min_size=1, max_size=8))
@example(
    {"a b", "#1", "$x", "$(x)", "50%", "%", "a:b", "a=b", "a&", "a&b", "a*", "[a]", "a?", "(1).txt", "~a"}
)
@example({"a;b", "a|b", "a\nb", "a\tb", "a\\", "a ", "lib(a)"})
def test_make_notices_files_of_any_name_that_can_be_written(names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = made(Path(place), *(f"c/{name}" for name in names))
        left_out = {name.removeprefix("c/") for name in write(folder, "c")}
        assert left_out == {name for name in names if re.search(r"[\\|\n\t]|[ )]\Z", name)}
        os.utime(folder / "c", (FORMER, FORMER))
        assert not is_to_be_made(folder)
        for name in names - left_out:
            os.utime(folder / "c" / name, (LATER, LATER))
            assert is_to_be_made(folder), name
            (folder / "c" / name).unlink()
            os.utime(folder / "c", (FORMER, FORMER))
            assert is_to_be_made(folder), name
            (folder / "c" / name).touch()
            os.utime(folder / "c" / name, (FORMER, FORMER))
            os.utime(folder / "c", (FORMER, FORMER))
        assert not is_to_be_made(folder)


def test_depfile_names_all_that_a_model_is_made_from_in_order(tmp_path: Path) -> None:
    made(tmp_path, "c/b.txt", "c/x/1.txt", "c/.hidden", "c/z/no.md", "c/lda.yaml", "stop", "b.yaml", "m.csv")
    made(tmp_path, "bags/a.ldac", "bags/vocab.txt")
    write(
        *(tmp_path, "./c/", "bags/a.ldac"),
        others=("b.yaml",),
        corpus={"include": ["**/*.txt"], "metadata": "m.csv"},
        vocabulary={"stop_words": "english", "extra_stop_words": "stop"},
        model={"path": "out/a model"},
    )
    _, rule, *empty = re.split(r"\n\n|(?<=\.)\n", (tmp_path / "m.d").read_text().strip())
    target, *inputs = rule.split(" \\\n ")
    assert target == r"out/a\ model/model.json:"
    corpus = ["./c", "./c/b.txt", "./c/x", "./c/x/1.txt", "./c/z"]
    assert inputs == [*corpus, "b.yaml", "bags/a.ldac", "bags/vocab.txt", "m.csv", "stop"]
    assert empty == [f"{path}:" for path in inputs]


@pytest.mark.parametrize("new", ["c/new.txt", "c/x/empty/new.txt", "glob/new.txt"])
def test_make_notices_files_that_are_added(tmp_path: Path, new: str) -> None:
    made(tmp_path, "c/a.txt", "glob/a.txt", "c/x/empty/.hidden")
    write(tmp_path, "c", "glob/*.txt")
    assert not is_to_be_made(tmp_path)
    (tmp_path / new).touch()
    assert is_to_be_made(tmp_path)


def test_folders_in_which_a_training_writes_are_left_out(tmp_path: Path) -> None:
    # else Make would train each time
    made(tmp_path, "c/a.txt", "c/x/b.txt")
    assert write(tmp_path, "c", model={"path": "c/model"}) == ["c"]
    assert write(tmp_path, "c", corpus={"cache": "c/x/cache"}) == ["c/x"]
    lines = (tmp_path / "m.d").read_text().splitlines()
    assert "c:" in lines
    assert "c/x:" not in lines


@pytest.mark.parametrize("change", ["text", "new", "gone", "unfinished"])
def test_model_without_what_changed_while_it_was_made_is_out_of_date(tmp_path: Path, change: str) -> None:
    # by the times alone the model is newer than what the training did not see
    made(tmp_path, "c/a.txt", "c/b.txt", "lda.yaml")
    began = time.time_ns() - 10**9  # file systems have coarser clocks
    if change == "text":
        (tmp_path / "c/a.txt").touch()
    elif change == "new":
        (tmp_path / "c/c.txt").touch()
        os.utime(tmp_path / "c/c.txt", (FORMER, FORMER))
    elif change == "gone":
        (tmp_path / "c/b.txt").unlink()
    write(tmp_path, "c", others=("lda.yaml",), began=None if change == "unfinished" else began)
    (tmp_path / "model/model.json").touch()
    assert is_to_be_made(tmp_path)
    write(tmp_path, "c", others=("lda.yaml",))
    assert not is_to_be_made(tmp_path)


def test_model_is_out_of_date_once_a_training_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made(tmp_path, "c/a.txt"))
    mark_out_of_date("m.d", config_of())
    assert is_to_be_made(tmp_path)


@pytest.mark.parametrize(
    ("depfile", "given", "kind", "said"),
    [
        ("m.d", "-", ConfigError, "Make cannot know when - changes"),
        ("link/m.d", "c", ConfigError, "link/m.d would be a document of c"),
        ("model/.m.d", "c", ConfigError, "model/.m.d is in the model directory"),
        ("lda.yaml", "c", OutputError, "lda.yaml: is not a depfile; name another file"),
        ("c", "c/a.txt", OutputError, "c: cannot be written: is a directory"),
    ],
)
def test_depfile_that_cannot_be_is_refused_before_the_training(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    depfile: str,
    given: str,
    kind: type[Exception],
    said: str,
) -> None:
    monkeypatch.chdir(made(tmp_path, "c/a.txt"))
    os.symlink("c", "link")
    Path("lda.yaml").write_text("model: {topics: 5}\n")
    before = sorted(os.listdir())
    with pytest.raises(kind, match=said):
        check_depfile(depfile, config_of(), [given])
    with pytest.raises(ConfigError, match=r"a\\x0ab/model.json: this path cannot be written in a Makefile"):
        check_depfile(depfile, config_of(model={"path": "a\nb"}), ["c/a.txt"])
    assert sorted(os.listdir()) == before


def test_depfile_replaces_a_depfile_or_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(tmp_path, "c/a.txt", "m.d"))
    check_depfile("m.d", config_of(), ["c"])
    assert tmp_path.stat().st_mtime == FORMER  # the folder may be an input
    write(tmp_path, "c")
    check_depfile("m.d", config_of(), ["c"])
    check_depfile("c/.m.d", config_of(), ["c"])  # hidden
    # beside the config in a folder of which only some files are read: it was refused
    check_depfile("m.d", config_of(corpus={"include": ["c/*.txt"]}), ["."])
    check_depfile("c/m.d", config_of(corpus={"exclude": ["*.d"]}), ["c"])
