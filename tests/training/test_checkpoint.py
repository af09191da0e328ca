"""A checkpoint is read as it was written, or refused; it is whole or not there."""

import os
from unittest import mock

import numpy as np
import pytest

from lda_cli.errors import OutputError
from lda_cli.training import run as run_module
from lda_cli.training.run import Run, StaleError, run_folder, running
from tests.helpers.failing import failing_call, names_in

ARRAYS = [np.arange(6.0).reshape(2, 3), np.array([1, 2, 3], np.float32)]
FACTS = {"number": 1 / 3, "list": [1, 2], "none": None}
IDENTITY = {"model.topics": 20, "corpus": "abc"}


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_what_was_written_is_read(run):
    run.keep(IDENTITY, FACTS, ARRAYS)
    found = run.checkpoint(IDENTITY)
    arrays = [np.zeros_like(array) for array in ARRAYS]
    for array in arrays:
        found.fill(array)
    found.close()
    assert found.facts == FACTS
    for array, expected in zip(arrays, ARRAYS, strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ({"model.topics": 30, "corpus": "abc"}, "model.topics was 20, and is 30"),
        ({"model.topics": 20, "corpus": "x" * 300}, "corpus changed"),
        ({"corpus": "abc"}, "model.topics was 20, and is null"),
    ],
)
def test_one_of_another_training_is_stale_and_it_is_said_why(run, identity, why):
    run.keep(IDENTITY, FACTS, ARRAYS)
    with pytest.raises(StaleError, match=f"^{why}$"):
        run.checkpoint(identity)


def test_a_damaged_one_is_stale(run, tmp_path):
    run.keep(IDENTITY, FACTS, ARRAYS)
    path = tmp_path / "checkpoint"
    whole = path.read_bytes()
    for damaged in (b"", whole[:20], whole[:-1], whole + b"x", whole.replace(b"20", b"30", 1)):
        path.write_bytes(damaged)
        with pytest.raises(StaleError, match="it is damaged"):
            run.checkpoint(IDENTITY)


@pytest.mark.parametrize("owner_and_name", [(os, "fsync"), (os, "replace")], ids=lambda pair: pair[1])
def test_the_one_before_stands_if_a_new_one_cannot_be_written(run, tmp_path, owner_and_name):
    run.keep(IDENTITY, FACTS, ARRAYS)
    before = (tmp_path / "checkpoint").read_bytes()
    with failing_call(*owner_and_name, 1), pytest.raises(OutputError, match="no space left"):
        run.keep(IDENTITY, {}, ARRAYS)
    assert (tmp_path / "checkpoint").read_bytes() == before
    assert names_in(tmp_path) == {"checkpoint"}


def test_checkpoints_are_due_after_some_minutes_and_cost_a_fiftieth_at_most():
    now = [100.0]
    with mock.patch.object(run_module.time, "monotonic", side_effect=lambda: now[0]):
        run = Run(run_folder(".model"))
        due = [run.is_due(minutes) for minutes in (0, 0.5)]
        now[0] = 131
        due += [run.is_due(minutes) for minutes in (0, 0.5)]

        def takes_a_second(*_):
            now[0] += 1

        with mock.patch.object(run_module, "write_checkpoint", takes_a_second):
            run.keep(IDENTITY, FACTS, ARRAYS)
        now[0] += 49
        due.append(run.is_due(0.5))
        now[0] += 1
        due.append(run.is_due(0.5))
    assert due == [False, False, False, True, False, True]


def test_the_folder_of_a_run_is_gone_with_those_made_for_it_unless_a_checkpoint_is_left(tmp_path):
    model = tmp_path / "a" / "b" / "model"
    with running(model) as run:
        run.status.write("reading", documents=3)
        assert names_in(run_folder(model)) == {"lock", "status.json"}
    assert names_in(tmp_path) == set()
    with running(model) as run:
        run.status.write("reading", documents=3)
        run.keep(IDENTITY, FACTS, ARRAYS)
    assert names_in(run_folder(model)) == {"checkpoint", "status.json"}
    with running(model) as run:
        run.forget()
    assert names_in(model.parent) == set()


def test_link_in_the_place_of_a_status_is_replaced(run, tmp_path):
    # another user of a shared folder could name any file
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "status.json").symlink_to("victim")
    run.status.write("training")
    assert (tmp_path / "victim").read_text() == "precious"


def test_models_of_long_names_that_begin_alike_have_runs_of_their_own(tmp_path):
    folders = {run_folder(tmp_path / ("ü" * 120 + last)).name for last in "ab"}
    assert len(folders) == 2
    assert max(len(os.fsencode(name)) for name in folders) < 255
