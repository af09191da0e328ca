"""The model directory: what is written comes back, is never half there, and replaces nothing unasked."""

import dataclasses
import itertools
import json
import os
import stat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lda_cli.corpus.terms.vocabulary import Amount, PruningReport
from lda_cli.errors import ModelError, OutputError
from lda_cli.model import store
from tests.helpers.failing import failing_call, message_of, names_in
from tests.helpers.models import FILES, assert_same, random_model, save, small_model

# a term is a line: anything else may stand in it
any_term = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1)
vocabularies = st.lists(any_term, min_size=1, max_size=6, unique=True)
any_alpha = st.floats(1e-6, 1e6)  # as a config allows it


@settings(max_examples=30)
@given(vocabularies, st.lists(any_alpha, min_size=2, max_size=4), st.integers(0, 99))
def test_what_is_saved_is_loaded_bit_for_bit(tmp_path_factory, terms, alpha, seed):
    phi = np.random.default_rng(seed).dirichlet(np.ones(len(terms)), len(alpha))
    model = small_model(terms, phi, alpha)
    assert_same(store.load(save(model, tmp_path_factory.mktemp("any") / "model")), model)


@pytest.mark.parametrize(
    "sections",
    [
        {"tokenizer": {"pattern": r"\S+", "lowercase": False}},
        {"tokenizer": {"stemming": "german", "max_length": 30}},
        {"vocabulary": {"extra_stop_words": ["moon"]}},
        {"vocabulary": {"stop_words": ["the", "und", "və"], "max_terms": None, "min_df": 0.25}},
        {"model": {"topics": 2, "alpha": [0.1, 1e-4], "eta": 0, "path": "é/\udcff"}},
        {"training": {"seed": 2**63 - 1, "annealing": {"from": 0.1 + 0.2}}},
    ],
)
def test_config_comes_back_as_it_was(tmp_path, sections):
    model = small_model(**sections)
    assert store.load(save(model, tmp_path / "model")).config == model.config


def test_topics_have_a_line_each_with_their_npmi_and_its_definition(tmp_path):
    folder = save(random_model(["moon", "rice"], n_topics=3), tmp_path / "model")
    text = (folder / "topics.json").read_text()
    assert json.loads(text) == {
        "coherence": "npmi over documents, 10 words",
        "topics": [{"topic": 0, "npmi": -0.5}, {"topic": 1, "npmi": None}, {"topic": 2, "npmi": -0.498}],
    }
    assert sum('"topic":' in line for line in text.splitlines()) == 3


def test_no_number_that_json_lacks_is_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        store.save(
            small_model(),
            tmp_path / "model",
            documents=["a", "b"],
            theta=np.full((2, 2), 0.5, np.float32),
            lengths=np.array([6, 6], np.int32),
            history=[{"pass": 1, "perplexity_bound": float("inf")}, {"result": True}],
        )
    assert names_in(tmp_path) == set()


def test_description_tells_format_version_sizes_alpha_and_a_checksum_of_every_other_file(tmp_path):
    data = json.loads((save(small_model(), tmp_path / "model") / "model.json").read_text())
    assert data["format"] == 1
    assert data["sizes"] == {"topics": 2, "terms": 3, "documents": 2, "tokens": 12}
    assert (data["alpha"], data["eta"]) == ([0.1, 0.1], 0.05)
    assert data["files"].keys() == FILES - {"model.json"}
    assert data["lda_cli"]
    assert data["config"]["model"]["topics"] == 20


def test_description_tells_what_each_rule_of_the_vocabulary_removed(tmp_path):
    amounts = [Amount(terms=rule, tokens=10 * rule) for rule in range(5, 0, -1)]
    model = dataclasses.replace(small_model(), pruning=PruningReport(*amounts))
    folder = save(model, tmp_path / "model")
    told = json.loads((folder / "model.json").read_text())["vocabulary"]
    assert told["found"] == {"terms": 5, "tokens": 50}
    assert told["removed"] == {
        "stop_words": {"terms": 4, "tokens": 40},
        "min_df": {"terms": 3, "tokens": 30},
        "max_df": {"terms": 2, "tokens": 20},
        "max_terms": {"terms": 1, "tokens": 10},
    }
    assert store.load(folder).pruning == model.pruning


@pytest.mark.parametrize(
    "changed",
    [{"alpha": np.full(2, 1e300)}, {"phi": np.ones((2, 3), np.float32)}, {"npmi": (0.1, float("nan"))}],
)
def test_model_that_could_not_be_loaded_replaces_none(tmp_path, changed):
    folder = save(small_model(), tmp_path / "model")
    with pytest.raises(ModelError, match=r"model: not saved: "):
        save(dataclasses.replace(small_model(), **changed), folder, replace=True)
    assert_same(store.load(folder), small_model())


def test_description_is_written_last(tmp_path, monkeypatch):
    written = []
    write = store._write
    monkeypatch.setattr(store, "_write", lambda path, what: written.append(path.name) or write(path, what))
    save(small_model(), tmp_path / "model")
    assert set(written) == FILES
    assert written[-1] == "model.json"


@pytest.mark.parametrize(("mask", "folder_mode", "file_mode"), [(0o022, 0o755, 0o644), (0o077, 0o700, 0o600)])
def test_permissions_of_a_new_model_follow_the_umask(tmp_path, mask, folder_mode, file_mode):
    before = os.umask(mask)
    try:
        folder = save(small_model(), tmp_path / "model")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == folder_mode
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {file_mode}


def test_a_private_folder_stays_private_when_its_model_is_replaced(tmp_path):
    folder = save(small_model(), tmp_path / "model")
    folder.chmod(0o700)
    save(small_model(), folder, replace=True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_empty_folder_is_used(tmp_path):
    save(small_model(), tmp_path)
    assert_same(store.load(tmp_path), small_model())


def test_a_link_to_a_model_leads_to_the_new_model(tmp_path):
    # without it the link itself was replaced, the old model stayed, and a stray link beside it too
    save(small_model(), tmp_path / "target")
    (tmp_path / "link").symlink_to("target")
    new = random_model(["sun", "star"])
    save(new, tmp_path / "link", replace=True)
    assert (tmp_path / "link").is_symlink()
    assert_same(store.load(tmp_path / "target"), new)
    assert names_in(tmp_path) == {"link", "target"}


def test_an_existing_model_is_replaced_only_when_asked(tmp_path):
    folder = save(small_model(), tmp_path / "model")
    with pytest.raises(OutputError, match="--force replaces it, --if-changed"):
        save(random_model(["sun"]), folder)
    assert_same(store.load(folder), small_model())
    save(random_model(["sun"]), folder, replace=True)
    assert_same(store.load(folder), random_model(["sun"]))


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_with_anything_else_in_it_is_refused(tmp_path, replace):
    folder = save(small_model(), tmp_path / "model")
    (folder / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"model: contains 'thesis\.tex', which is not part of a model"):
        save(small_model(), folder, replace=replace)
    assert names_in(folder) == FILES | {"thesis.tex"}


@pytest.mark.parametrize("place", ["file", "file/model", "file/a/model", "dangling"])
def test_what_can_be_no_folder_is_refused_before_any_work(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to("nowhere/at/all")
    before = names_in(tmp_path)
    with pytest.raises(OutputError, match=r"file|dangling"):
        store.check_can_save(tmp_path / place, replace=True)
    assert (tmp_path / "file").read_text() == "mine"
    assert names_in(tmp_path) == before


@pytest.mark.parametrize(
    ("owner", "name", "n_after_the_swap"),
    [
        pytest.param(store, "open", 0, id="a file is opened"),
        pytest.param(np.lib.format, "write_array", 0, id="an array is written"),
        pytest.param(os, "fsync", 1, id="bytes are flushed"),  # those of the folder above come last
    ],
)
def test_when_the_disk_is_full_at_any_call_the_old_model_stays(tmp_path, owner, name, n_after_the_swap):
    old, new = random_model(["moon"]), random_model(["rice"])
    folder = save(old, tmp_path / "model")
    left = []
    for n in itertools.count(1):
        with failing_call(owner, name, n) as has_failed, message_of(OutputError) as messages:
            save(new, folder, replace=True)
        if not has_failed:
            break
        assert messages == [f"{folder}: cannot be written: no space left on device"]
        assert names_in(tmp_path) == {"model"}
        left.append(store.load(folder).vocabulary)
    n_before_the_swap = len(left) - n_after_the_swap
    assert n_before_the_swap >= 4
    assert left == [old.vocabulary] * n_before_the_swap + [new.vocabulary] * n_after_the_swap
