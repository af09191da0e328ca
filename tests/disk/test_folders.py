"""Folders are replaced whole; whenever a run is killed nothing whole is lost, and the next one cleans up."""

import ctypes
import errno
import itertools
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lda_cli.disk import atomic, folders
from lda_cli.disk.folders import check_folder_can_be_made, restore, set_aside, whole_folder
from lda_cli.errors import OutputError
from tests.helpers.failing import failing_call, names_in


def fill(folder, content, keep=0):
    with whole_folder(folder, keep) as new:
        (new / "which").write_text(content)


def content(folder):
    return (folder / "which").read_text()


@pytest.fixture
def model(tmp_path):
    fill(tmp_path / "model", "old")
    return tmp_path / "model"


def without_exchange(monkeypatch, error):
    """As on a file system that cannot exchange names, or in a C library without the call."""

    def refused(*_):
        ctypes.set_errno(error)
        return -1

    functions = {} if error is None else {"renameat2": refused}
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(**functions))


REFUSALS = [errno.EINVAL, errno.ENOSYS, None]


def test_an_error_while_filling_a_folder_leaves_the_old_one(model):
    def fill_half():
        with whole_folder(model) as new:
            (new / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_half()
    assert content(model) == "old"
    assert names_in(model.parent) == {"model"}


def test_a_mount_point_is_refused_before_any_work(tmp_path, monkeypatch):
    # as a container's volume: no rename can replace it, which was found out when the training was done
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == tmp_path)
    with pytest.raises(OutputError, match="is a mount point, which cannot be replaced; name a folder inside"):
        check_folder_can_be_made(tmp_path)
    check_folder_can_be_made(tmp_path / "model")
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("error", REFUSALS)
def test_without_an_exchange_of_names_two_renames_do(model, monkeypatch, error):
    without_exchange(monkeypatch, error)
    fill(model, "new")
    fill(model, "newer", keep=1)
    assert (content(model), content(model.with_name("model.1"))) == ("newer", "new")
    assert names_in(model.parent) == {"model", "model.1"}


def test_everything_is_on_the_disk_before_a_folder_takes_its_place(tmp_path, monkeypatch):
    done = []
    flush, rename = folders.flush_folder, os.rename
    monkeypatch.setattr(folders, "flush_folder", lambda path: done.append(path.name) or flush(path))
    monkeypatch.setattr(os, "rename", lambda *names: done.append("rename") or rename(*names))
    fill(tmp_path / "deep" / "model", "first")
    first = [*done]
    assert first[:2] == [tmp_path.name, first[1]]
    assert first[1].endswith(".new")
    assert first[2:] == ["deep", "rename", "deep"]
    done.clear()
    fill(tmp_path / "deep" / "model", "second")
    assert done[1:4] == ["deep", "rename", "deep"]


# Runs that are killed at their first rename, their second and so on, each in a folder of its own. It tells
# the numbers of those that came to their end.
KILLED = """
import os, signal, sys
from pathlib import Path
from lda_cli.disk import folders

exchange, keep = sys.argv[1] == "exchange", int(sys.argv[2])
rename = os.rename
if not exchange:
    folders._exchange = lambda one, other: False

def killed_at(n, path):
    calls = iter(range(1, 100))

    def call(*names):
        if next(calls) == n:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*names)

    os.rename = call
    with folders.whole_folder(Path(path), keep) as new:
        (new / "which").write_text("new")
    os._exit(0)

for n, path in enumerate(sys.argv[3:], start=1):
    run = os.fork()
    if not run:
        killed_at(n, path)
    if os.waitpid(run, 0)[1] == 0:
        print(n)
"""


def standing(folder):
    """What a reader finds."""
    return content(folder if folder.exists() else set_aside(folder)[0])


@pytest.mark.parametrize(
    ("mode", "keep", "n_kills"),
    [("exchange", 0, 2), ("exchange", 2, 4), ("exchange", 9, 4), ("rename", 0, 5), ("rename", 9, 7)],
)
def test_a_run_killed_at_any_rename_loses_no_folder_and_the_next_one_cleans_up(tmp_path, mode, keep, n_kills):
    runs = [tmp_path / str(n) / "model" for n in range(1, n_kills + 2)]
    for folder in runs:
        for name in ("oldest", "older", "old"):
            fill(folder, name, keep)
    command = [sys.executable, "-c", KILLED, mode, keep, *runs]
    done = subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
    assert done.stdout == f"{len(runs)}\n"
    for folder in runs:
        assert standing(folder) in ("old", "new")
        assert folder.exists() or mode == "rename"
        fill(folder, "next", keep)
        assert content(folder) == "next"
        names = names_in(folder.parent) - {"model"}
        kept = [content(folder.with_name(f"model.{number}")) for number in range(1, len(names) + 1)]
        without_new = [name for name in kept if name != "new"]
        assert without_new == ["old", "older", "oldest"][: len(without_new)]
        assert len(kept) == keep if keep < 4 else without_new[2:] == ["oldest"]


def test_a_folder_that_lost_its_name_gets_it_back_and_the_newest_one_does(model):
    for number, name in enumerate(["stale", "newest"]):
        aside = model.with_name(f".model.0000000{number}.old")
        fill(aside, name)
        os.utime(aside, (number, number))
    os.rename(model, model.with_name("elsewhere"))
    restore(model)
    assert content(model) == "newest"
    restore(model)
    assert content(model) == "newest"


def test_what_is_being_written_is_nobodys_leftover(model):
    with whole_folder(model) as new:
        (new / "which").write_text("slow")
        fill(model, "quick")
        assert new.exists()
    assert content(model) == "slow"
    assert names_in(model.parent) == {"model"}


def test_leftovers_stay_where_nobody_can_know_whose_they_are(model, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    leftover = model.with_name(".model.01234567.new")
    leftover.mkdir()
    monkeypatch.setattr(atomic.fcntl, "flock", no_locks)
    fill(model, "new")
    assert names_in(model.parent) == {"model", leftover.name}
    monkeypatch.undo()
    fill(model, "newer")
    assert names_in(model.parent) == {"model"}


def test_another_run_that_restores_between_the_renames_does_no_harm(model, monkeypatch):
    without_exchange(monkeypatch, errno.EINVAL)
    rename, asked = os.rename, []

    def rename_after_a_restore(*names):
        if len(asked) == 2:
            asked.append("restored")
            restore(model)
        asked.append(names)
        rename(*names)

    monkeypatch.setattr(os, "rename", rename_after_a_restore)
    fill(model, "new")
    assert content(model) == "new"
    assert names_in(model.parent) == {"model"}


def test_a_gap_is_filled_and_what_is_kept_beyond_the_number_stays(tmp_path):
    folder = tmp_path / "model"
    for name in "abcd":
        fill(folder, name, keep=3)
    (tmp_path / "model.2" / "which").unlink()
    (tmp_path / "model.2").rmdir()
    fill(folder, "e", keep=2)
    found = {name: content(tmp_path / name) for name in names_in(tmp_path)}
    assert found == {"model": "e", "model.1": "d", "model.2": "c", "model.3": "a"}


def test_behind_a_link_former_folders_are_kept_beside_its_target(tmp_path):
    fill(tmp_path / "real" / "model", "old")
    (tmp_path / "link").symlink_to("real/model")
    fill(tmp_path / "link", "new", keep=1)
    assert (content(tmp_path / "link"), content(tmp_path / "real" / "model.1")) == ("new", "old")
    assert names_in(tmp_path) == {"link", "real"}
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("mode", ["exchange", "rename"])
@pytest.mark.parametrize("error", [None, KeyboardInterrupt()])
def test_when_any_rename_fails_nothing_whole_is_lost_and_nothing_else_stays(
    tmp_path, monkeypatch, mode, error
):
    if mode == "rename":
        without_exchange(monkeypatch, errno.EINVAL)
    for n in itertools.count(1):
        folder = tmp_path / str(n) / "model"
        for name in ("older", "old"):
            fill(folder, name, keep=2)
        failure = OutputError if error is None else KeyboardInterrupt
        with failing_call(os, "rename", n, error) as failed:
            if n < 7:
                try:
                    fill(folder, "new", keep=2)
                except failure:
                    assert failed
        if not failed:
            break
        assert content(folder) in ("old", "new")
        found = {content(path) for path in folder.parent.iterdir()}
        assert {"older", "old"} <= found
        assert found <= {"older", "old", "new"}
        hidden = {name for name in names_in(folder.parent) if name.startswith(".")}
        if hidden:  # the former one could not be given its number: the next run does it
            assert content(folder) == "new"
            fill(folder, "next", keep=3)
            assert not {name for name in names_in(folder.parent) if name.startswith(".")}
    assert n > 3
