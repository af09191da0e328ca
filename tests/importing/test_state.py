"""MALLET's state: counts, theta, ids and coherence of its documents, however it is cut into blocks."""

import gzip

import numpy as np
import pytest

from lda_cli.engine.coherence import first_words
from lda_cli.errors import CorpusError
from lda_cli.importing import lines, mallet, mallet_state
from lda_cli.importing.found import Files
from lda_cli.model import store
from tests.helpers.files import write
from tests.helpers.mallet import ALPHA, BETA, DOCUMENTS, TYPES, counts, state, weights


@pytest.fixture
def files(tmp_path):
    with Files(tmp_path) as files:
        yield files


def read(folder, files, content=None):
    content = gzip.compress(state().encode()) if content is None else content
    is_compressed = isinstance(content, bytes) and content.startswith(b"\x1f\x8b")
    write(folder, {"state.gz" if is_compressed else "state": content})
    return mallet.read(str(folder), None, files)


def theta():
    """As MALLET's --output-doc-topics has it."""
    rows = []
    for _, tokens in DOCUMENTS:
        n = np.bincount([topic for _, topic in tokens], minlength=2)
        rows.append((n + ALPHA) / (len(tokens) + sum(ALPHA)))
    return np.array(rows)


@pytest.mark.parametrize("block_bytes", [1, 20, 50, 10_000])
def test_everything_of_a_state_is_read(tmp_path, files, monkeypatch, block_bytes):
    monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(mallet_state, "_CELLS_AT_A_TIME", 4)
    found = read(tmp_path, files)
    smoothed = counts() + BETA
    assert found.terms == TYPES
    assert found.phi == pytest.approx(smoothed / smoothed.sum(axis=1, keepdims=True), rel=1e-6)
    assert found.alpha.tolist() == list(ALPHA)
    assert found.eta == BETA
    assert found.occurrences.tolist() == counts().sum(axis=0).tolist()
    assert found.topic_counts.tolist() == counts().sum(axis=1).tolist()
    assert found.term_documents.tolist() == [2, 2, 2, 2]
    assert found.documents.lengths.tolist() == [4, 3, 3]
    assert found.documents.theta == pytest.approx(theta(), rel=1e-6)
    assert list(found.documents.ids) == ["letters/a b.txt", "1", "c.txt"]


def test_coherence_is_that_of_the_documents(tmp_path, files):
    found = read(tmp_path, files)
    present = np.array([[word in [w for w, _ in tokens] for word in TYPES] for _, tokens in DOCUMENTS])
    for row, npmi in zip(found.phi, found.npmi, strict=True):
        words = first_words(row)
        scores = []
        for i, one in enumerate(words):
            for other in words[i + 1 :]:
                p, q = present[:, one].mean(), present[:, other].mean()
                both = (present[:, one] & present[:, other]).mean()
                scores.append(np.log(both / (p * q)) / -np.log(both) if both else -1)
        assert npmi == pytest.approx(np.mean(scores))


def test_state_and_weights_make_the_same_phi(tmp_path, files):
    one = read(tmp_path, files)
    write(tmp_path, {"w.txt": weights()})
    other = mallet.read(str(tmp_path / "w.txt"), None, files)
    assert one.phi == pytest.approx(other.phi, rel=1e-6)


def test_documents_without_tokens_have_no_line_and_are_left_out(tmp_path, files):
    text = state().replace("\n2 c.txt", "\n7 NA")
    found = read(tmp_path, files, text)
    assert list(found.documents.ids) == ["letters/a b.txt", "1", "7"]


def test_random_state_is_counted_as_by_hand(tmp_path, files, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 500)
    rng = np.random.default_rng(0)
    documents = [
        (f"d{d}", [(f"w{rng.integers(30)}", int(rng.integers(2))) for _ in range(1 + rng.integers(9))])
        for d in range(100)
    ]
    found = read(tmp_path, files, state(documents))
    place = {word: column for column, word in enumerate(found.terms)}
    by_hand = np.zeros((2, len(place)))
    holders = np.zeros(len(place))
    for _, tokens in documents:
        for word, topic in tokens:
            by_hand[topic, place[word]] += 1
        for word in {word for word, _ in tokens}:
            holders[place[word]] += 1
    assert found.topic_counts.tolist() == by_hand.sum(axis=1).tolist()
    assert found.occurrences.tolist() == by_hand.sum(axis=0).tolist()
    assert found.term_documents.tolist() == holders.tolist()
    smoothed = by_hand + BETA
    assert found.phi == pytest.approx(smoothed / smoothed.sum(axis=1, keepdims=True), rel=1e-6)
    assert found.documents.lengths.tolist() == [len(tokens) for _, tokens in documents]


S = state()
WRONG = {
    "no alpha": (S.replace("#alpha : 0.25 1.5 \n", ""), "no line of #alpha"),
    "no beta": (S.replace("#beta : 0.01\n", ""), "no line of #alpha or #beta"),
    "alpha is no number": (S.replace("0.25", "many"), ":2: .* are not numbers"),
    "alpha is nan": (S.replace("0.25", "NaN"), "alpha must be numbers"),
    "beta is huge": (S.replace("0.01", "1e308"), "beta must be a number from 0 to 1e"),
    "beta is nan": (S.replace("0.01", "NaN"), "beta must be a number"),
    "one topic": (S.replace("0.25 1.5 ", "0.25 "), "1 topic"),
    "a topic too many": (S.replace("moon 0", "moon 2", 1), ":4: topic 2 of 2 topics"),
    "no tokens": ("".join(S.splitlines(keepends=True)[:3]), "has no tokens"),
    "a field is missing": (S.replace("NA 0 2 rice 1", "NA 2 rice 1"), ":8: .* is not doc, source"),
    "no topic": (S.replace("rice 1", "rice ", 1), ":7: .* is not doc, source"),
    "no number": (S.replace("rice 1", "rice x", 1), ":7: .* is not doc, source"),
    "a blank line": (S + "\n", ":14: '' is not doc"),
    "out of order": (S + "0 NA 0 0 moon 0\n", "documents are out of order"),
    "another encoding": (S.replace("moon", "m\xf6nd").encode("latin-1"), "not valid utf-8"),
    "truncated": (gzip.compress(S.encode())[:-20], "damaged gzip file"),
}


@pytest.mark.parametrize("block_bytes", [10, 10_000])
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_state_is_said_in_a_line(tmp_path, files, monkeypatch, what, block_bytes):
    monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
    content, said = WRONG[what]
    with pytest.raises(CorpusError, match=said) as error:
        read(tmp_path, files, content)
    assert str(error.value).startswith(str(tmp_path / "state"))
    assert str(error.value).isprintable()


def test_files_of_the_folder_are_gone_after_a_failure(tmp_path, files):
    with pytest.raises(CorpusError):
        read(tmp_path, files, WRONG["out of order"][0])
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert store.stamp(tmp_path) is None
