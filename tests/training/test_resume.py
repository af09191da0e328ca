"""A training that is stopped, in whatever way: what it leaves, and how the next one goes on from there."""

import io
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from lda_cli.corpus import training_corpus
from lda_cli.engine.em import Training
from lda_cli.errors import OutputError
from lda_cli.model import store
from lda_cli.training import events
from lda_cli.training import fit as fitting
from lda_cli.training.run import Run, run_folder
from lda_cli.training.train import train
from tests.helpers.failing import names_in
from tests.helpers.training import Told, history_of, quick_config

WORDS = ["moon", "orbit", "comet", "planet", "star", "rice", "onion", "butter", "flour", "garlic"]
TEXT = "".join(f"{' '.join(np.random.default_rng(n).choice(WORDS, 20))}\n" for n in range(40))


class Came(BaseException):
    """What the handler of these tests raises."""


@pytest.fixture(autouse=True)
def terminated():
    """A handler of SIGTERM that ends what runs."""

    def come(number, frame):
        raise Came

    before = signal.signal(signal.SIGTERM, come)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def config(tmp_path):
    """A function that makes a quick config: config(model_topics=3)."""
    (tmp_path / "texts.txt").write_text(TEXT)
    options = {"training_passes": 6, "training_minibatches": 3}
    return lambda **others: quick_config(tmp_path / "texts.txt", tmp_path / "model", **options | others)


class StopsAfter:
    """Asks for the end as soon as so many passes are done."""

    def __init__(self, n_passes):
        self.n_passes = n_passes

    def __call__(self, event):
        if isinstance(event, events.PassDone) and event.record.number == self.n_passes:
            signal.raise_signal(signal.SIGTERM)


def beside(config):
    return run_folder(Path(config.model.path))


def status_of(config):
    return json.loads((beside(config) / "status.json").read_text())


def found_by(config):
    """The bytes of a model, and the passes that made it."""
    *passes, result = history_of(config)
    names = ("phi.npy", "theta.npy", "topics.json")
    names += ("metadata.jsonl",) if config.corpus.has_metadata else ()
    contents = [(Path(config.model.path) / name).read_bytes() for name in names]
    return contents, [(line["pass"], line["bound_per_token"]) for line in passes], result


@pytest.mark.parametrize(
    "options",
    [
        {"training_algorithm": "batch", "training_passes": 9, "training_tolerance": 0},
        {"training_algorithm": "incremental", "training_passes": 9},
        {"model_alpha": [0.2, 0.3], "corpus_include": ["**/*", "*.txt"], "training_checkpoint_minutes": 1e-9},
        {"vocabulary_phrases": {"max_words": 3, "min_count": 2, "threshold": 0.0}},
        {"corpus_path": "-"},
        {"corpus_metadata_pattern": "(?P<file>.*):(?P<line>[0-9]+)"},
        {"model_decorrelate": 40, "model_background": 1},
    ],
    ids=["batch", "incremental", "lists", "phrases", "stdin", "metadata", "decorrelated"],
)
@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "on disk"])
def test_stopped_training_goes_on_to_the_same_bytes(config, tmp_path, monkeypatch, options, on_disk):
    if on_disk:
        monkeypatch.setattr(training_corpus, "ENTRIES_IN_MEMORY", 10)
    whole = config(**options, model_path=str(tmp_path / "whole"))
    never_stopped = Told()
    train(whole, report=never_stopped, stdin=io.BytesIO(TEXT.encode()))
    cut = config(**options)
    with pytest.raises(Came):
        train(cut, report=StopsAfter(4), stdin=io.BytesIO(TEXT.encode()))
    told = Told()
    train(config(**options, training_threads=2), report=told, stdin=io.BytesIO(TEXT.encode()))
    assert (told.of(events.Resumed), told.of(events.Warned)) == ([4], never_stopped.of(events.Warned))
    assert found_by(cut) == found_by(whole)
    assert not beside(cut).exists()


def test_checkpoint_is_there_before_the_signal_is_delivered(config):
    """By default SIGTERM ends a Python program at once: without a checkpoint, until it was kept before."""
    there = []
    signal.signal(signal.SIGTERM, lambda *_: there.extend(names_in(beside(config()))))
    with pytest.raises(fitting.Interrupted):
        train(config(), report=StopsAfter(2))
    assert "checkpoint" in there


def test_time_limit_leaves_a_status_that_says_how_far_it_came(config):
    train(config(training_max_minutes=1e-9))
    status = status_of(config())
    assert (status["state"], status["passes_done"], status["passes"]) == ("stopped", 1, 6)
    assert names_in(beside(config())) == {"checkpoint", "status.json"}


def test_signal_behind_a_time_limit_does_not_spoil_the_checkpoint(config, tmp_path, monkeypatch):
    plain = {"training_algorithm": "incremental", "training_tolerance": 0}
    whole = config(**plain, model_path=str(tmp_path / "whole"))
    train(whole)
    posterior = Training.posterior

    def stopped_posterior(self, *arguments):
        posterior(self, *arguments)
        raise Came

    monkeypatch.setattr(Training, "posterior", stopped_posterior)
    with pytest.raises(Came):
        train(config(**plain, training_max_minutes=1e-9))
    monkeypatch.setattr(Training, "posterior", posterior)
    train(config(**plain))
    assert found_by(config()) == found_by(whole)


def test_checkpoints_are_due_in_a_first_pass_that_is_longer_than_the_time_limit(config, monkeypatch):
    kept = []
    monkeypatch.setattr(Run, "is_due", lambda self, minutes: True)
    monkeypatch.setattr(Run, "keep", lambda self, identity, facts, arrays: kept.append(facts))
    train(config(training_max_minutes=1e-9))
    assert [len(facts["starts"]["training"]["visit_bounds"]) for facts in kept] == [1, 2, 0]


def test_model_that_came_while_a_training_began_is_not_replaced_unasked(config, monkeypatch):
    """One could be trained, and replaced, between the look at the place and the lock."""
    train(config())
    before = found_by(config())
    check, calls = store.check_can_save, []

    def sees_none_at_first(path, replace, keep):
        calls.append(path)
        check(path, replace or len(calls) == 1, keep)

    monkeypatch.setattr(store, "check_can_save", sees_none_at_first)
    with pytest.raises(OutputError, match="there is a model already"):
        train(config(training_seed=1))
    assert found_by(config()) == before


def test_a_signal_while_the_model_is_written_waits_until_it_is_whole(config, monkeypatch):
    save = store.save

    def interrupted(*arguments, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        save(*arguments, **options)

    monkeypatch.setattr(store, "save", interrupted)
    with pytest.raises(Came):
        train(config())
    path = Path(config().model.path)
    assert store.load(path).is_complete
    assert names_in(path.parent) == {"texts.txt", "model", ".model.cache"}


@pytest.mark.parametrize("moment", ["before it is saved", "while it is saved"])
def test_signal_behind_the_last_pass_costs_no_pass(config, tmp_path, monkeypatch, moment):
    def come(*arguments, **options):
        raise Came  # as a first signal does before, and a second one meanwhile

    train(config(model_path=str(tmp_path / "whole")))
    place = (fitting, "_expected_tokens") if moment == "before it is saved" else (store, "_write")
    with monkeypatch.context() as patched:
        patched.setattr(*place, come)
        with pytest.raises(Came):
            train(config())
    assert not Path(config().model.path).exists()
    told = Told()
    train(config(), report=told)
    assert told.of(events.Resumed) == [6]
    assert found_by(config()) == found_by(config(model_path=str(tmp_path / "whole")))


def test_model_that_another_training_has_just_made_is_not_made_again(config, monkeypatch):
    check, told = store.check_can_save, Told()

    def other_comes_first(path, *arguments):
        monkeypatch.setattr(store, "check_can_save", check)
        train(config())

    monkeypatch.setattr(store, "check_can_save", other_comes_first)
    train(config(), if_changed=True, report=told)
    assert told.of(events.UpToDate) == [config().model.path]


def test_checkpoint_of_another_training_is_not_used_and_it_is_said_why(config):
    with pytest.raises(Came):
        train(config(), report=StopsAfter(2))
    told = Told()
    train(config(training_passes=7), report=told)
    assert told.of(events.Resumed) == []
    assert told.of(events.Warned)[0].startswith(
        "the checkpoint of an earlier run is not used: training.passes was 6, and is 7"
    )
