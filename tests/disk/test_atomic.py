"""Files are written whole or not at all, and otherwise as a shell would write them."""

import gc
import os
import stat
import subprocess
import sys
import threading
from unittest import mock

import pytest

from lda_cli.disk import atomic
from lda_cli.disk.atomic import whole_file
from lda_cli.disk.folders import check_folder_can_be_made
from lda_cli.errors import OutputError
from tests.helpers.failing import failing_call, message_of, names_in, ordinary_user


def write(path, content=b"new"):
    with whole_file(path) as stream:
        stream.write(content)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "topics.jsonl"
    path.write_bytes(b"old")
    return path


def test_a_file_has_its_name_when_it_is_whole(file):
    with whole_file(file) as stream:
        stream.write(b"new")
        stream.flush()
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"
    assert names_in(file.parent) == {file.name}


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(file, error):
    def write_half():
        with whole_file(file) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert file.read_bytes() == b"old"
    assert names_in(file.parent) == {file.name}


def test_ctrl_c_right_behind_any_call_leaves_nothing_and_no_warning(file, recwarn):
    # between the call that made the file and the block that sees to its end there was a gap
    for owner, name in ((os, "open"), (atomic, "open"), (atomic.fcntl, "flock")):
        function = getattr(owner, name, open)

        def interrupted(*arguments, function=function, **options):
            function(*arguments, **options)
            raise KeyboardInterrupt

        with mock.patch.object(owner, name, interrupted, create=True), pytest.raises(KeyboardInterrupt):
            write(file)
        assert file.read_bytes() == b"old"
        assert names_in(file.parent) == {file.name}
    gc.collect()
    assert not recwarn.list


def test_what_killed_runs_left_is_deleted_and_what_is_being_written_is_not(file):
    left, others = f".{file.name}.01234567.new", {f".{file.name}.1.01234567.new", f".{file.name}.new"}
    for name in (left, *others):
        file.with_name(name).touch()
    with whole_file(file) as slow:
        write(file, b"quick")
        assert len(names_in(file.parent)) == 2 + len(others)
        slow.write(b"slow")
    assert file.read_bytes() == b"slow"
    assert names_in(file.parent) == {file.name, *others}


def test_what_is_taken_for_a_leftover_before_it_is_locked_is_made_anew(file, monkeypatch):
    flock = atomic.fcntl.flock
    taken = []

    def flock_too_late(descriptor, operation):
        if not taken:
            (leftover,) = atomic.left_beside(file, "new")
            taken.append(leftover)
            atomic.if_abandoned(leftover, os.unlink)
        flock(descriptor, operation)

    monkeypatch.setattr(atomic.fcntl, "flock", flock_too_late)
    write(file)
    assert taken
    assert file.read_bytes() == b"new"
    assert names_in(file.parent) == {file.name}


@pytest.mark.parametrize(
    ("owner", "name", "n_calls", "n_after_the_rename"),
    [(os, "open", 2, 1), (atomic, "open", 1, 0), (os, "fsync", 2, 1), (os, "replace", 1, 0)],
)
def test_a_full_disk_at_any_call_is_an_output_error(file, owner, name, n_calls, n_after_the_rename):
    left = []
    for n in range(1, n_calls + 2):
        file.write_bytes(b"old")
        with failing_call(owner, name, n) as failed, message_of(OutputError) as messages:
            write(file)
        assert messages == [f"{file}: cannot be written: no space left on device"] * len(failed)
        assert names_in(file.parent) == {file.name}
        left.append(file.read_bytes())
    n_old = n_calls - n_after_the_rename
    assert left == [b"old"] * n_old + [b"new"] * (1 + n_after_the_rename)


@pytest.mark.parametrize("permissions", [0o600, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(file, permissions):
    # whoever made his results private once does not want the next run to show them
    file.chmod(permissions)
    write(file)
    assert (file.read_bytes(), mode(file)) == (b"new", permissions)


def test_a_link_stays_and_its_target_is_written(file):
    link = file.parent / "latest"
    link.symlink_to(file.name)
    write(link)
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert names_in(file.parent) == {file.name, "latest"}


def test_a_named_pipe_is_written_directly(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join()
    assert read == [b"new"]
    assert names_in(tmp_path) == {"pipe"}


@pytest.mark.parametrize("link", ["/dev/stdout", "/dev/fd/1"])
def test_the_file_that_standard_output_goes_to_is_appended_to(file, link):
    # -o /dev/stdout >> topics.jsonl put a file in the place of /dev/stdout itself, where one might
    inode = file.stat().st_ino
    program = (
        "from pathlib import Path; from lda_cli.disk.atomic import whole_file\n"
        f"with whole_file(Path({link!r})) as stream: stream.write(b' and new')"
    )
    with open(file, "ab") as stdout:
        subprocess.run([sys.executable, "-c", program], stdout=stdout, check=True)
    assert file.read_bytes() == b"old and new"
    assert file.stat().st_ino == inode
    assert os.path.islink(link)


@pytest.mark.parametrize("place", ["", "nowhere/topics.jsonl", "topics.jsonl/topics.jsonl"])
def test_a_file_that_cannot_be_made_is_an_output_error_that_names_it(file, place):
    path = file.parent / place
    with pytest.raises(OutputError) as error:
        write(path)
    assert str(error.value).startswith(f"{path}: cannot be written: ")


@pytest.mark.parametrize("attempt", [write, check_folder_can_be_made], ids=["file", "folder"])
def test_a_place_one_may_not_look_into_is_an_output_error(tmp_path, attempt):
    # Path.exists raised PermissionError, which passed for a bug
    (tmp_path / "closed").mkdir(mode=0)
    path = tmp_path / "closed" / "deep" / "model"
    with ordinary_user(), pytest.raises(OutputError, match="cannot be written: permission denied"):
        attempt(path)
