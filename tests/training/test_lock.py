"""One process at a time: who waits, who is turned away, what a dead holder leaves."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from unittest import mock

import pytest

from lda_cli.errors import BusyError, OutputError
from lda_cli.training.lock import hold

HOLDER = """
import sys, time
from pathlib import Path
from lda_cli.training.lock import hold
with hold(Path(sys.argv[1]), "model"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".model.run" / "lock"


@pytest.fixture
def other(path):
    """Another process that holds the lock."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_lock_is_held_for_a_block_and_leaves_no_file(path):
    with hold(path, "model") as is_locked:
        assert is_locked
        told = json.loads(path.read_text())
        assert (told["process"], told["host"]) == (os.getpid(), socket.gethostname())
    assert not path.exists()


def test_a_second_holder_is_turned_away_and_told_of_the_first(path, other):
    with pytest.raises(
        BusyError, match=f"^model: process {other.pid} on {socket.gethostname()} has been training"
    ):
        hold(path, "model").__enter__()
    assert path.exists()


def test_a_holder_that_dies_has_a_successor(path, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert path.exists()
    with hold(path, "model"):
        assert json.loads(path.read_text())["process"] == os.getpid()


def test_whoever_waits_has_the_lock_when_it_is_free(path):
    told, order = [], []

    def second():
        with hold(path, "model", 300, told.append):
            order.append("second")

    with hold(path, "model"):
        thread = threading.Thread(target=second)
        thread.start()
        while not told:
            time.sleep(0.01)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert told[0].process == os.getpid()
    assert len(told) == 1


def test_where_there_are_no_locks_it_is_said(path):
    error = OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    with mock.patch.object(fcntl, "flock", side_effect=error), hold(path, "model") as is_locked:
        assert not is_locked
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        hold(tmp_path / "file" / "lock", "model").__enter__()


def test_link_in_the_place_of_a_lock_is_not_followed(path, tmp_path):
    (tmp_path / "victim").write_text("precious")
    path.parent.mkdir()
    path.symlink_to(tmp_path / "victim")
    with pytest.raises(OutputError, match="lock: cannot be written"):
        hold(path, "model").__enter__()
    assert (tmp_path / "victim").read_text() == "precious"
