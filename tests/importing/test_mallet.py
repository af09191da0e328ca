"""MALLET's topic-word weights and topic keys, and models of them."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import psi

from lda_cli.config import load_config
from lda_cli.engine import memory
from lda_cli.errors import CorpusError, OutputError
from lda_cli.importing import lines, mallet
from lda_cli.importing.found import Files
from lda_cli.importing.made import Imported, import_model
from lda_cli.model import store
from lda_cli.training.train import up_to_date
from tests.helpers.files import write
from tests.helpers.mallet import ALPHA, BETA, TYPES, counts, keys, state, weights


def imported(source: Path, *overrides: str, **options: object) -> Imported:
    def configure(base, certain):
        return load_config(overrides=overrides, options=certain, base=base, environ={})

    model = str((source if source.is_dir() else source.parent) / "model")
    return import_model("mallet", str(source), model, configure, **options)


def fixed_point(phi, alpha, n):
    """gamma of a document with counts n, iterated as Blei, Ng and Jordan have it."""
    gamma = alpha + n.sum() / len(alpha)
    for _ in range(10_000):
        q = np.exp(psi(gamma))[:, None] * phi
        gamma = alpha + (n * q / q.sum(axis=0)).sum(axis=1)
    return gamma


@pytest.fixture
def files(tmp_path):
    return write(tmp_path, {"topic-word-weights.txt": weights(), "topic-keys.txt": keys()})


def test_infer_finds_the_fixed_point_of_the_files(files):
    model = imported(files / "topic-word-weights.txt").model
    phi = counts() + BETA
    phi = phi / phi.sum(axis=1, keepdims=True)
    assert model.vocabulary == TYPES
    assert model.phi == pytest.approx(phi, rel=1e-6)
    assert model.alpha == pytest.approx(ALPHA)
    (document,) = model.infer(["Moon, rice and the moon; onion!"])
    gamma = fixed_point(phi, np.array(ALPHA), np.array([2, 0, 1, 1]))
    assert document.tokens == 4
    assert document.theta == pytest.approx(gamma / gamma.sum(), abs=1e-4)


def test_counts_are_those_of_the_training_and_its_documents_unknown(files):
    model = imported(files).model
    assert model.eta == BETA
    assert model.topic_counts == pytest.approx(counts().sum(axis=1))
    assert model.term_counts.tolist() == [[n, 0] for n in counts().sum(axis=0)]
    assert model.npmi == (None, None)
    assert (model.imported, model.n_documents, len(model.documents)) == ("mallet", 0, 0)
    assert list(model.documents.ids()) == list(model.documents.blocks()) == []
    assert (model.documents.theta.shape, model.documents.lengths.shape) == ((0, 2), (0,))
    assert [topic.share for topic in model.topics()] == pytest.approx(counts().sum(axis=1) / 10)
    store.verify(files / "model")


def test_model_is_never_up_to_date(files):
    imported(files)
    config = store.load(files / "model").config
    assert up_to_date(config, [str(files / "topic-keys.txt")]) is None


@pytest.mark.parametrize("how", ["folder", "option", "compressed", "comma", "windows"])
def test_alpha_is_read_from_the_topic_keys(tmp_path, how):
    texts = {
        "comma": keys(["0,25", "1,5"]),
        "windows": keys().replace("\n", "\r\n"),
        "compressed": gzip.compress(keys().encode()),
    }
    name = {"compressed": "topic-keys.txt.gz", "option": "other.txt"}.get(how, "topic-keys.txt")
    text = weights().replace("\n", "\r\n") if how == "windows" else weights()
    write(tmp_path, {"topic-word-weights.txt": text, name: texts.get(how, keys())})
    options = {"keys": str(tmp_path / "other.txt")} if how == "option" else {}
    made = imported(tmp_path if how == "folder" else tmp_path / "topic-word-weights.txt", **options)
    assert made.model.alpha.tolist() == list(ALPHA)
    assert "(read)" in made.told


def test_alpha_is_that_of_the_config_or_the_default_where_no_file_has_it(tmp_path):
    write(tmp_path, {"w.txt": weights()})
    made = imported(tmp_path / "w.txt")
    assert made.model.alpha.tolist() == [2.5, 2.5]
    assert "2.5 (assumed, MALLET's default)" in made.told
    made = imported(tmp_path / "w.txt", "model.alpha=[0.5,2]", replace=True)
    assert made.model.alpha.tolist() == [0.5, 2]
    assert "(of the config)" in made.told


def test_fingerprint_is_of_every_file(files):
    one = imported(files).model.fingerprint
    (files / "topic-keys.txt").write_text(keys([1, 2]))
    other = imported(files, replace=True).model.fingerprint
    assert len(one) == 64
    assert one != other


def test_existing_model_is_replaced_only_if_asked(files):
    imported(files)
    with pytest.raises(OutputError, match="--force replaces it"):
        imported(files)
    imported(files, replace=True)


WORD = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6)
any_counts = st.tuples(st.integers(2, 4), st.lists(WORD, min_size=1, max_size=6, unique=True)).flatmap(
    lambda sizes: st.tuples(
        st.just(sizes[1]), arrays.arrays(np.int64, (sizes[0], len(sizes[1])), elements=st.integers(0, 10**6))
    )
)


@given(any_counts, st.sampled_from([0.01, 0.1, 0.5]), st.integers(1, 40), st.booleans())
def test_any_weights_come_back(tmp_path_factory, words_and_counts, beta, block_bytes, is_compressed):
    words, numbers = words_and_counts
    numbers[0] += 1  # a word that occurs
    numbers[-1, 0] = 0  # and one that does not, in a topic
    text = weights(words, numbers, beta).encode()
    path = tmp_path_factory.mktemp("weights") / "w"
    path.write_bytes(gzip.compress(text) if is_compressed else text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", block_bytes)
        with Files(path.parent) as files:
            model = mallet.read(str(path), None, files)
    assert list(model.terms) == words
    smoothed = numbers + beta
    assert model.phi == pytest.approx(smoothed / smoothed.sum(axis=1, keepdims=True), rel=1e-5)
    assert model.eta == pytest.approx(beta)
    assert model.occurrences.tolist() == numbers.sum(axis=0).tolist()
    assert model.topic_counts == pytest.approx(numbers.sum(axis=1), abs=1e-3)


W = weights()
LINES = W.splitlines(keepends=True)
WRONG = {
    "one topic": ("".join(LINES[:4]), "1 topic"),
    "a topic is missing": (
        "".join(LINES[:4] + ["2" + line[1:] for line in LINES[4:]]),
        ":5: topic 2, and topic 1 is wanted",
    ),
    "the first topic is missing": ("".join(LINES[4:]), ":1: topic 1, and topic 0 is wanted"),
    "a topic comes back": (W + LINES[0], ":9: topic 0, and topic 2 is wanted"),
    "a word is missing at the end": ("".join(LINES[:-1]), "topic 1 has 3 words, and topic 0 has 4"),
    "a word is missing inside": ("".join(LINES[:5] + LINES[6:]), ":6: 'rice' is not the word"),
    "a word more": (W + "1\tsail\t1.0\n", ":9: 'sail' is not the word"),
    "a word twice": (weights(["moon", "moon", "rice", "onion"]), "'moon' is there twice"),
    "negative": (W.replace("\t2.01", "\t-2.01"), "a weight must be a number of at least 0"),
    "nan": (W.replace("\t2.01", "\tNaN"), "a weight must be"),
    "infinite": (W.replace("\t2.01", "\tInfinity"), "a weight must be"),
    "a comma": (W.replace("2.01", "2,01"), r":2: '0\\torbit\\t2,01' is not topic, word and weight"),
    "more tokens than a corpus has": (W.replace("2.01", "9e18"), "more than 9e+15 tokens"),
    "more than a float holds": (re.sub(r"\d+\.01", "1e308", W), "topic 0 are all 0, or too large"),
    "no number": (W.replace("\t2.01", "\tmany"), r":2: '0\\torbit\\tmany' is not topic, word and weight"),
    "a tab more": (W.replace("orbit", "or\tbit"), ":2:"),
    "no weight": ("0\tmoon\n" + W, ":1:"),
    "all zero": ("0\ta\t0\n0\tb\t0\n1\ta\t1\n1\tb\t1\n", "topic 0 are all 0"),
    "a word that no topic has": ("0\ta\t0\n0\tb\t1\n1\ta\t0\n1\tb\t1\n", "no topic has a weight for 'a'"),
    "latin-1": (W.replace("moon", "m\xf6nd").encode("latin-1"), ":1: not valid utf-8"),
    "truncated": (gzip.compress(W.encode())[:-20], "damaged gzip file"),
    "empty": ("", ":1: '' is not"),
    "not text": (b"\x00\xff" * 500, ":1:"),
    "doc topics": ("0\tfile:/a.txt\t0.25\t0.75\n", "is a file of --output-doc-topics"),
    "sparse doc topics": ("#doc name topic proportion ...\n", "is a file of --output-doc-topics"),
    "keys": (keys(), "is a file of --output-topic-keys"),
    "counts": ("0 moon 1:2 0:1\n", "is a file of --word-topic-counts-file"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_weights_is_said_in_a_line(tmp_path, what):
    content, said = WRONG[what]
    write(tmp_path, {"w.txt": content})
    with pytest.raises(CorpusError, match=re.escape(said) if "\\" not in said else said) as error:
        imported(tmp_path / "w.txt")
    assert str(error.value).startswith(f"{tmp_path / 'w.txt'}")
    assert str(error.value).isprintable()
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (keys([1, 2, 3]), "has 3 topics, and the weights have 2"),
        (keys(["NaN", 1]), "alpha must be numbers from 0"),
        (keys([-1, 1]), "alpha must be numbers from 0"),
        (W, "is not the line of topic"),
        (b"\xff\xfe", "is not the line of topic"),
    ],
)
def test_wrong_topic_keys_are_refused(tmp_path, content, said):
    write(tmp_path, {"w.txt": W, "topic-keys.txt": content})
    with pytest.raises(CorpusError, match=said):
        imported(tmp_path / "w.txt")


def test_other_paths_are_refused(tmp_path):
    write(tmp_path, {"folder/a.txt": "", "state": state(), "keys": keys()})
    for source, said in [("folder", "a folder without"), ("missing", "no such file"), ("state", "has alpha")]:
        with pytest.raises(CorpusError, match=said):
            imported(tmp_path / source, keys=str(tmp_path / "keys") if source == "state" else None)


def test_more_than_memory_holds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "of_machine", lambda: 50.0)
    write(tmp_path, {"w.txt": W})
    with pytest.raises(CorpusError, match="of memory"):
        imported(tmp_path / "w.txt")
