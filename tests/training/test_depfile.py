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

from lda_cli.errors import ConfigError, CorpusError, OutputError
from lda_cli.training.depfile import Written, _is_unwritable, check_depfile, write_depfile
from tests.helpers.command import assert_refused, done, lda
from tests.helpers.files import write as write_files

from ..models import config_of

FORMER, LATER = 1_000_000_000, 2_000_000_000  # s since the epoch
# All that means something in a Makefile, or to a shell; white space that is no blank cannot be written.
SPECIAL = "$#%&'()*+,-;:<=>?@[\\]^`{|}~!\" "
NAMES = st.text(st.sampled_from(SPECIAL + "aé."), min_size=1, max_size=6).filter(
    lambda name: not name.startswith(".")
)


def make(folder: Path) -> str:
    """What GNU Make says of the model, whose rule is completed by m.d: "up to date" or "to be made"."""
    done = subprocess.run(
        ["make", "--question", "--no-builtin-rules", "--file", "-"],
        cwd=folder,
        input="model/model.json:\n\ttrain\ninclude m.d\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return ("up to date", "to be made")[done.returncode]


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
) -> Written:
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
    {"a b", "#1", "$x", "$(x)", "50%", "a:b", "a=b", "a;b", "a|b", "a&", "a*", "[a]", "a?", "back\\slash"}
)
@example({"a", "b", "aa", "a*", "?", "[ab]"})
@example({"a\\b c", "a\\", "a ", "(", ")", "Notes (1)", "Notes (2).txt"})
@example({"?", "\\?", "a*", "a\\*", "[b", "\\[b", "|", "\\|"})
def test_make_notices_files_of_any_name_that_can_be_written(names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = made(Path(place), *(f"c/{name}" for name in names))
        unwritable = {name.removeprefix("c/") for name in write(folder, "c").unwritable}
        os.utime(folder / "c", (FORMER, FORMER))
        assert make(folder) == "up to date"
        for name in names - unwritable:
            os.utime(folder / "c" / name, (LATER, LATER))
            assert make(folder) == "to be made", name
            os.utime(folder / "c" / name, (FORMER, FORMER))
        assert make(folder) == "up to date"
        for name in names - unwritable:
            (folder / "c" / name).unlink()
            os.utime(folder / "c", (FORMER, FORMER))
            assert make(folder) == "to be made", name
            (folder / "c" / name).touch()
            os.utime(folder / "c" / name, (FORMER, FORMER))
        patterns = {name for name in names if re.sub(r"[*?[]", r"\\\g<0>", name) in names - {name}}
        assert all(set(name) & set(" \\)") or name in patterns for name in unwritable)


def test_names_that_no_makefile_can_hold_are_left_out_and_told(tmp_path: Path) -> None:
    names = ["a\nb", "a\tb", "a ", "a\\", "a\\ b", "lib(a)", os.fsdecode(b"\xff")]
    written = write(made(tmp_path, *(f"c/{name}" for name in names)), "c")
    assert written.unwritable == sorted(f"c/{name}" for name in names[:-1])
    assert make(tmp_path) == "up to date"
    assert b"\n c/\xff\n" in (tmp_path / "m.d").read_bytes()


def test_rule_names_all_that_a_model_is_made_from_in_order(tmp_path: Path) -> None:
    made(
        tmp_path,
        "c/b.txt",
        "c/a.txt",
        "c/x/y/1.txt",
        "c/.hidden",
        "c/z/no.md",
        "c/lda.yaml",
        "stop",
        "conf/b.yaml",
    )
    write(
        *(tmp_path, "./c/", "c/a.txt"),
        others=("conf/b.yaml",),
        corpus={"include": ["**/*.txt"]},
        vocabulary={"stop_words": "english", "extra_stop_words": "stop"},
        model={"path": "out/model"},
    )
    rule, *empty = (tmp_path / "m.d").read_text().strip().split("\n\n")
    target, *prerequisites = rule.replace(" \\\n", "").split(" ")
    assert target == "out/model/model.json:"
    assert prerequisites == [
        *("./c", "./c/a.txt", "./c/b.txt", "./c/x", "./c/x/y", "./c/x/y/1.txt", "./c/z"),
        *("c/a.txt", "conf/b.yaml", "stop"),
    ]
    assert empty == [f"{path}:" for path in prerequisites]


def test_vocabularies_of_bags_are_inputs(tmp_path: Path) -> None:
    made(tmp_path, "bags/a.ldac", "bags/vocab.txt", "one/docword.b.txt", "terms")
    write(tmp_path, "bags/a.ldac", model={"path": "m"})
    assert " bags/vocab.txt" in (tmp_path / "m.d").read_text()
    write(tmp_path, "one/docword.b.txt", corpus={"vocabulary": "terms"})
    assert "\n terms" in (tmp_path / "m.d").read_text()


@pytest.mark.parametrize("new", ["c/new.txt", "c/x/empty/new.txt", "glob/new.txt"])
def test_make_notices_files_that_are_added(tmp_path: Path, new: str) -> None:
    made(tmp_path, "c/a.txt", "glob/a.txt", "c/x/empty/.hidden")
    write(tmp_path, "c", "glob/*.txt")
    assert make(tmp_path) == "up to date"
    (tmp_path / new).touch()
    assert make(tmp_path) == "to be made"


def test_folders_that_the_training_changes_are_left_out_and_told(tmp_path: Path) -> None:
    made(tmp_path, "c/a.txt", "c/x/b.txt")
    written = write(tmp_path, "c", model={"path": "c/model"})
    assert written == Written([], ["c"])
    assert [line for line in (tmp_path / "m.d").read_text().splitlines() if line in ("c:", "c/x:")] == [
        "c/x:"
    ]
    (tmp_path / "link").symlink_to("c/x/model")
    assert write(tmp_path, "c", model={"path": "link"}).unwatched == ["c/x"]
    assert write(tmp_path, "c", corpus={"cache": "c/x/cache"}).unwatched == ["c/x"]


@pytest.mark.parametrize("change", ["text", "new", "gone", "unfinished"])
def test_model_without_what_changed_while_it_was_made_is_out_of_date(tmp_path: Path, change: str) -> None:
    # its time stamp, the later one, would keep Make from ever looking at what the training has not seen
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
    assert make(tmp_path) == "to be made"
    write(tmp_path, "c", others=("lda.yaml",))
    assert make(tmp_path) == "up to date"


def test_model_is_out_of_date_once_another_training_has_begun_however_that_ends(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        write_files(tmp_path, {f"c/{name}": "moon orbit\nmoon river\n"})
    options = [
        "--depfile",
        "m.d",
        "--topics",
        2,
        "--set",
        "vocabulary.min_df=1",
        "--set",
        "vocabulary.max_df=1.0",
    ]
    done(lda("train", "c", *options, cwd=tmp_path))
    assert make(tmp_path) == "up to date"
    write_files(tmp_path, {"c/a.txt": b"\xff"})
    assert_refused(lda("train", "c", *options, "--if-changed", cwd=tmp_path), 3, "c/a.txt")
    os.utime(tmp_path / "model/model.json", (LATER, LATER))  # as of a training that was killed behind that
    assert make(tmp_path) == "to be made"


def test_depfile_that_says_the_same_is_not_touched(tmp_path: Path) -> None:
    made(tmp_path, "c/a.txt")
    write(tmp_path, "c")
    os.utime(tmp_path / "m.d", (FORMER, FORMER))
    write(tmp_path, "c")
    assert (tmp_path / "m.d").stat().st_mtime == FORMER
    (tmp_path / "c/b.txt").touch()
    write(tmp_path, "c")
    assert (tmp_path / "m.d").stat().st_mtime > FORMER


@pytest.mark.parametrize(
    ("depfile", "given", "kind", "said"),
    [
        ("m.d", "-", ConfigError, "Make cannot know when - changes"),
        ("m.d", "pipe", ConfigError, "Make cannot know when pipe changes"),
        ("c/m.d", "c", ConfigError, "c/m.d would be a document"),
        ("link/m.d", "c", ConfigError, "link/m.d would be a document"),
        ("m.d", ".", ConfigError, "m.d would be a document"),
        ("c/a.txt", "c/a.txt", ConfigError, "c/a.txt would be a document"),
        ("link/a.txt", "c/a.txt", ConfigError, "link/a.txt would be a document"),
        ("link/b.txt", "c/*.txt", ConfigError, "link/b.txt would be a document"),
        ("c/b.txt", "*/b*", ConfigError, "c/b.txt would be a document"),
        ("c/m.d", "[c]", ConfigError, "c/m.d would be a document"),
        ("lda.yaml", "c", OutputError, "lda.yaml: is there, and is no depfile"),
        ("model", "c", ConfigError, "model would be a part of the model"),
        ("model/m.d", "c", ConfigError, "model/m.d would be a part of the model"),
        ("c", "c/a.txt", OutputError, "c: cannot be written: is a directory"),
        ("no/m.d", "c", OutputError, "no/m.d: cannot be written: no such file"),
    ],
)
def test_what_cannot_be_is_refused_before_the_training(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    depfile: str,
    given: str,
    kind: type[Exception],
    said: str,
) -> None:
    monkeypatch.chdir(made(tmp_path, "c/a.txt"))
    os.mkfifo("pipe")
    os.symlink("c", "link")
    Path("lda.yaml").write_text("model: {topics: 5}\n")
    before = sorted(os.listdir())
    with pytest.raises(kind, match=said):
        check_depfile(depfile, config_of(model={"path": "model"}), [given])
    assert sorted(os.listdir()) == before


def test_hidden_and_excluded_depfiles_may_lie_in_the_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made(tmp_path, "c/a.txt"))
    check_depfile("c/.m.d", config_of(), ["c"])
    check_depfile("c/m.d", config_of(corpus={"exclude": ["*.d"]}), ["c"])
    check_depfile("c/m.d", config_of(corpus={"include": ["*.txt"]}), ["c"])
    check_depfile("c/m.d", config_of(), ["c/*.txt"])
    check_depfile("c/m.d", config_of(corpus={"include": ["*.txt"]}), ["[c]"])
    check_depfile("m.d", config_of(), ["c/**/*"])


def test_check_leaves_the_time_of_the_folder_as_it_is(tmp_path: Path) -> None:
    # it may be an input: a training with --if-changed that had nothing to do made it newer than the model
    made(tmp_path, "c/a.txt")
    check_depfile(
        str(tmp_path / "m.d"), config_of(model={"path": str(tmp_path / "m")}), [str(tmp_path / "c")]
    )
    assert tmp_path.stat().st_mtime == FORMER


def test_depfile_replaces_an_empty_file_a_depfile_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # it took the place of documents, configs and lists of words, with status 0
    monkeypatch.chdir(made(tmp_path, "c/a.txt", "m.d"))
    check_depfile("m.d", config_of(), ["c"])
    write(tmp_path, "c", model={"path": "f & f/model"})
    check_depfile("m.d", config_of(), ["c"])
    Path("c/words").write_text("moon\n")
    Path("m.d").unlink()
    Path("m.d").symlink_to("c/words")
    with pytest.raises(OutputError, match=r"m.d: is there, and is no depfile"):
        check_depfile("m.d", config_of(), ["c/a.txt"])


@given(st.text(st.sampled_from([*SPECIAL, *"a\n\t\r\v"]), max_size=6))
def test_what_cannot_be_written_is_known(name: str) -> None:
    unwritable = r"[\t-\r]|[ \\)]\Z|\A~|\\.*[ $=;#:*?[|%&~]|[ $=;#:*?[|%&~].*\\"
    assert _is_unwritable(name) == (re.search(unwritable, name, re.DOTALL) is not None)


def test_path_of_a_thousand_backslashes_is_judged_at_once() -> None:
    began = time.process_time()
    assert not _is_unwritable("\\" * 100_000 + "a")
    assert time.process_time() - began < 1


def test_model_whose_name_no_makefile_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no way to write a\\x0ab/model.json; rename it"):
        check_depfile(str(tmp_path / "m.d"), config_of(model={"path": "a\nb"}), ["c"])


def test_corpus_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file or folder"):
        write(made(tmp_path), "c")
