"""`lda-cli import`: what it says, its statuses, and that the other commands work on its models."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.command import assert_refused, done, lda
from tests.helpers.files import write
from tests.helpers.mallet import keys, state, weights

LDA_YAML = """
corpus: {metadata_fields: [year], vocabulary: terms.txt, cache: cache}
vocabulary: {phrases: {max_words: 2}, stop_words: english}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, {"weights.txt": weights(), "keys.txt": keys(), "text.txt": "The moon, rice."})


def test_a_line_says_what_was_made_and_how_to_see_it(folder: Path) -> None:
    made = lda("import", "mallet", "weights.txt", "--topic-keys", "keys.txt", "-m", "m", cwd=folder)
    assert done(made) == ""
    assert made.stderr == (
        "lda-cli: 2 topics, 4 terms and no documents of MALLET's weights.txt and keys.txt; "
        "alpha 0.25 to 1.5 (read); texts are cut into words of letters, in lower case, "
        "3 characters or more; to see them: lda-cli inspect -m m\n"
    )
    assert json.loads((folder / "m" / "model.json").read_text())["imported"] == "mallet"


def test_other_commands_work_on_a_model_without_documents(folder: Path) -> None:
    assert lda("import", "mallet", "weights.txt", "-q", cwd=folder) == (0, "", "")
    listed = done(lda("inspect", "--verify", cwd=folder))
    assert listed.count(" ok\n") == 10
    topics = json.loads(done(lda("inspect", "--format", "json", cwd=folder)))
    assert [(topic["share"], topic["npmi"]) for topic in topics] == [(0.5, None), (0.5, None)]
    assert done(lda("inspect", "--term", "moon", cwd=folder)).splitlines()[1].split()[:2] == ["moon", "0"]
    (record,) = map(json.loads, done(lda("infer", "text.txt", cwd=folder)).splitlines())
    assert (record["tokens"], record["unknown"]) == (2, 1)


def test_state_brings_its_documents(folder: Path) -> None:
    write(folder, {"state": state()})
    assert "3 documents of MALLET's state" in lda("import", "mallet", "state", cwd=folder).stderr
    assert (folder / "model/documents.txt").read_text() == "letters/a b.txt\n1\nc.txt\n"
    assert np.load(folder / "model/theta.npy").shape == (3, 2)
    done(lda("inspect", "--verify", cwd=folder))


def test_existing_model_stays_unless_force_is_given(folder: Path) -> None:
    done(lda("import", "mallet", "weights.txt", cwd=folder))
    assert_refused(lda("import", "mallet", "weights.txt", cwd=folder), 5, "model", "--force replaces it")
    done(lda("import", "mallet", "weights.txt", "--force", cwd=folder))


def test_import_that_replaces_a_model_keeps_its_labels_or_puts_them_aside(folder: Path) -> None:
    write(folder, {"names.yaml": "1: Food\n", "other.txt": weights(beta=0.5)})
    done(lda("import", "mallet", "weights.txt", cwd=folder))
    done(lda("label", "names.yaml", cwd=folder))
    assert "label" not in lda("import", "mallet", "weights.txt", "--force", cwd=folder).stderr
    assert "Food" in done(lda("inspect", cwd=folder))
    assert "Food" in done(lda("export", "topics", cwd=folder))
    replaced = lda("import", "mallet", "other.txt", "--force", cwd=folder)
    assert "the topics are new; 1 label of the old ones moved to" in replaced.stderr
    assert '1: "Food"' in (folder / ".model.labels.yaml").read_text()


def test_train_if_changed_replaces_an_imported_model(folder: Path) -> None:
    done(lda("import", "mallet", "weights.txt", "-q", cwd=folder))
    texts = "moon orbit moon\nrice onion rice\n" * 9
    write(folder, {"texts.txt": texts})
    quick = ("--topics", 2, "--set", "training.passes=4", "--set", "training.restarts=1", "--if-changed")
    done(lda("train", "texts.txt", *quick, "--set", "vocabulary.max_df=1.0", cwd=folder))
    assert json.loads((folder / "model" / "model.json").read_text())["imported"] is None


def test_config_says_how_texts_are_cut(folder: Path) -> None:
    write(folder, {"lda.yaml": "tokenizer: {min_length: 5}\nmodel: {topics: 40, path: out}\n"})
    made = lda("import", "mallet", "weights.txt", "--set", "model.alpha=0.5", cwd=folder)
    assert "alpha 0.5 (of the config)" in made.stderr
    assert "5 characters or more" in made.stderr
    assert "2 of 4 terms can be no word of a text, first: moon" in made.stderr
    config = json.loads((folder / "out" / "model.json").read_text())["config"]
    assert (config["model"]["topics"], config["tokenizer"]["min_length"]) == (2, 5)


def test_what_a_config_says_of_another_corpus_is_left_out(folder: Path) -> None:
    write(folder, {"lda.yaml": LDA_YAML, "state": state(), "terms.txt": "moon"})
    done(lda("import", "mallet", "state", cwd=folder))
    done(lda("inspect", "--verify", cwd=folder))
    done(lda("infer", "text.txt", "--set", "corpus.metadata_fields=[]", cwd=folder))


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["mallet", "missing"], 3, "check the path"),
        (["mallet", "keys.txt"], 3, "is a file of --output-topic-keys"),
        (["gensim", "weights.txt"], 3, "no .npz file; write an .npz file by: numpy.savez("),
        (["sklearn", "weights.txt", "--topic-keys", "keys.txt"], 2, "--topic-keys"),
        (["tomotopy", "weights.txt"], 2, "mallet"),
        (["mallet", "weights.txt", "--set", "model.alpha=[1,2,3]"], 2, "alpha"),
        (["mallet", "weights.txt", "--set", "tokenizer.lowercas=false"], 2, "lowercase"),
        (["mallet", "weights.txt", "-m", "text.txt"], 5, "text.txt"),
    ],
)
def test_errors_have_one_line_and_their_status(
    folder: Path, arguments: list[str], status: int, said: str
) -> None:
    assert_refused(lda("import", *arguments, cwd=folder), status, said)
    assert not (folder / "model").exists()
