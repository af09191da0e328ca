"""What a training does to the names of the topics that it replaces: it keeps them, or puts them aside."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lda_cli.config.source import parse
from lda_cli.disk import atomic
from lda_cli.errors import BusyError, ConfigError, ModelError, OutputError
from lda_cli.model import former, store
from lda_cli.model.former import labels_aside
from lda_cli.model.labels import Label
from lda_cli.training import events
from lda_cli.training.labels import label
from lda_cli.training.train import train, up_to_date
from tests.helpers.failing import failing_call, names_in
from tests.helpers.files import unchanged
from tests.helpers.training import N_DOCUMENTS, WORDS, Told, quick_config

GIVEN = {0: Label("Space"), 1: Label("Food", hide=True)}
TEXT = "0: Space\n1: {name: Food, hide: true}\n"


def place(line):
    return f"names.yaml:{line}"


def given(text):
    return parse(text, place)


@pytest.fixture
def folder(tmp_path):
    for n in range(N_DOCUMENTS):
        (tmp_path / f"{n}.txt").write_text(WORDS[n % 2])
    return tmp_path


@pytest.fixture
def config(folder):
    """A function that makes a config, of a model with labels that lies in its corpus."""
    train(quick_config(folder, folder / "model"))
    label(str(folder / "model"), given(TEXT), place)
    return lambda **options: quick_config(folder, folder / "model", **options)


def warnings(told):
    return [message for message in told.of(events.Warned) if "label" in message]


def test_labels_are_given_replaced_and_removed(folder, config):
    path = str(folder / "model")
    assert label(path, given("1: Rice\n"), place) == (GIVEN, {1: Label("Rice")})
    assert label(path, given("{}"), place).after == {} == store.load(path).labels
    assert "labels.json" not in names_in(folder / "model")
    assert label(path, None, place) == ({}, {})
    assert ".model.run" not in names_in(folder)


def test_a_file_of_comments_removes_no_labels(folder, config):
    with unchanged(folder), pytest.raises(ConfigError, match="has no names; write"):
        label(str(folder / "model"), None, place)


def test_same_labels_are_not_written_again(folder, config):
    before = os.stat(folder / "model/labels.json")
    label(str(folder / "model"), given(TEXT), place)
    assert os.path.samestat(before, os.stat(folder / "model/labels.json"))


def test_training_that_gives_the_same_phi_keeps_the_labels(folder, config):
    told = Told()
    assert train(config(), replace=True, report=told).labels == GIVEN
    assert store.load(folder / "model").labels == GIVEN
    assert warnings(told) == []
    assert labels_aside(str(folder / "model")) is None


def test_model_that_is_up_to_date_keeps_the_labels(folder, config):
    assert up_to_date(config()).labels == GIVEN
    assert train(config(), if_changed=True).labels == GIVEN


def test_training_that_gives_other_topics_puts_the_labels_aside(folder, config):
    told = Told()
    model = train(config(training_seed=1, model_topics=3), replace=True, report=told)
    assert model.n_documents == N_DOCUMENTS
    assert model.labels == {} == store.load(folder / "model").labels
    aside = folder / ".model.labels.yaml"
    assert warnings(told) == [
        f"{folder / 'model'}: the topics are new; 2 labels of the old ones moved to {aside}"
    ]
    assert labels_aside(str(folder / "model")) == aside
    text = aside.read_text()
    assert text.startswith("# Names of the topics of a model that was replaced. ")
    assert "moon" in text
    assert label(str(folder / "model"), given(text), place).after == GIVEN
    # the file is no document, and a later training writes another
    assert train(config(training_seed=2), replace=True).n_documents == N_DOCUMENTS
    assert aside.read_text() == text
    assert labels_aside(str(folder / "model")).name == ".model.labels.2.yaml"


def test_former_models_keep_their_labels(folder, config):
    train(config(training_seed=1, model_topics=3, model_keep=1), replace=True)
    assert store.load(folder / "model.1").labels == GIVEN


def test_labels_that_cannot_be_put_aside_keep_their_model(folder, config):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        failing_call(former, "replacing", 1, full),
        pytest.raises(OutputError, match=r"\.model\.labels\.yaml: "),
    ):
        train(config(training_seed=1, model_topics=3), replace=True)
    assert store.load(folder / "model").labels == GIVEN


def test_what_is_in_the_place_of_labels_put_aside_stays(folder, config):
    (folder / ".model.labels.yaml").mkdir()
    (folder / ".model.labels.2.yaml").symlink_to("gone")
    train(config(training_seed=1, model_topics=3), replace=True)
    assert (folder / ".model.labels.3.yaml").is_file()
    assert not (folder / "gone").exists()


@pytest.mark.parametrize("name", ["labels.json", "phi.npy"])
def test_labels_of_a_damaged_model_are_put_aside_as_they_are(folder, config, name):
    (folder / "model" / name).write_bytes((folder / "model" / name).read_bytes() + b" ")
    raw = (folder / "model/labels.json").read_bytes()
    assert train(config(), replace=True).labels == {}
    assert (folder / ".model.labels.yaml").read_bytes() == raw


def test_training_that_fails_leaves_the_labels_and_one_copy(folder, config):
    for _ in range(2):
        with (
            failing_call(store, "whole_folder", 1, OutputError("full")) as failed,
            pytest.raises(OutputError),
        ):
            train(config(training_seed=1, model_topics=3), replace=True, resume=False)
        assert failed
        assert store.load(folder / "model").labels == GIVEN
    assert labels_aside(str(folder / "model")).name == ".model.labels.yaml"


HOLDER = """
import sys, time
from pathlib import Path
from lda_cli.training.run import running
with running(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_model_that_is_being_trained_is_not_labelled(folder, config):
    path = str(folder / "model")
    command = [sys.executable, "-c", HOLDER, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="has been training it"):
            label(path, given("0: Other\n"), place)
        process.kill()
    assert store.load(path).labels == GIVEN


def test_what_a_killed_run_left_is_deleted_by_the_next(folder, config):
    # a hidden file in the model would make it no model: it is in the folder of the run
    path = str(folder / "model")
    left = folder / ".model.run/labels.json"
    left.parent.mkdir()
    leftover = atomic.beside(left, atomic.BEING_WRITTEN)
    leftover.touch()
    label(path, given("0: Other\n"), place)
    assert not left.parent.exists()


def test_no_model_is_not_labelled_and_nothing_is_made(folder):
    with unchanged(folder), pytest.raises(ModelError, match="there is no model"):
        label(str(folder / "some/model"), given(TEXT), place)


def test_a_link_to_a_model_is_labelled(folder, config):
    Path(folder / "link").symlink_to("model")
    label(str(folder / "link"), given("0: Other\n"), place)
    assert store.load(folder / "model").labels == {0: Label("Other")}
