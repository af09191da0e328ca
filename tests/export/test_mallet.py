"""MALLET's files, in the form in which its ParallelTopicModel writes them."""

import dataclasses
import io
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.export import Choice, run
from lda_cli.export.expected import whole_counts
from lda_cli.model.model import Model


def files(model: Model) -> dict[str, list[str]]:
    found = {}
    for name, write in run.FOLDERS["mallet"](model, Choice(top=20)).items():
        stream = io.BytesIO()
        write(stream)
        found[name] = stream.getvalue().decode().split("\n")[:-1]
    return found


def test_files_have_the_form_of_mallet(model: Model) -> None:
    written = files(model)
    n_terms = len(model.vocabulary)
    rows = [line.split("\t") for line in written["doc-topics.txt"]]
    assert [row[0] for row in rows] == [str(n) for n in range(24)]
    assert [row[1] for row in rows] == list(model.documents.ids())
    np.testing.assert_allclose(np.array([row[2:] for row in rows], float), model.documents.theta, atol=5.1e-7)

    for topic, line in enumerate(written["topic-keys.txt"]):
        number, alpha, words = line.split("\t")
        assert (number, alpha) == (str(topic), "0.5")
        assert words.endswith(" ")
        assert words.split() == [word for word, _ in model.topics(20)[topic].words]

    weights = [line.split("\t") for line in written["topic-word-weights.txt"]]
    assert [row[:2] for row in weights] == [[str(t), term] for t in range(3) for term in model.vocabulary]
    matrix = np.array([row[2] for row in weights], float).reshape(3, n_terms)
    np.testing.assert_allclose(matrix / matrix.sum(axis=1, keepdims=True), model.phi, rtol=1e-5)
    np.testing.assert_allclose(matrix.sum(axis=1) - n_terms * model.eta, model.topic_counts, rtol=1e-5)

    for n, line in enumerate(written["word-topic-counts.txt"]):
        assert re.fullmatch(r"\d+ \S+( \d+:[1-9]\d*)+", line)
        number, term, *pairs = line.split(" ")
        counts = [int(pair.split(":")[1]) for pair in pairs]
        assert (int(number), term) == (n, model.vocabulary[n])
        assert counts == sorted(counts, reverse=True)
        assert sum(counts) == model.term_counts[n, 0]


def test_blanks_in_terms_become_underscores(model: Model) -> None:
    phrase = dataclasses.replace(model, vocabulary=("new york\tcity", *model.vocabulary[1:]))
    written = files(phrase)
    assert written["word-topic-counts.txt"][0].startswith("0 new_york_city ")
    assert written["topic-word-weights.txt"][0].split("\t")[1] == "new_york_city"


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_whole_counts_add_up_and_are_within_one_of_the_expected_ones(seed: int, n_topics: int) -> None:
    rng = np.random.default_rng(seed)
    shares, counts = rng.dirichlet(np.full(n_topics, 0.2), 9), rng.integers(1, 10**6, 9)
    found = whole_counts(shares, counts)
    assert found.sum(axis=1).tolist() == counts.tolist()
    assert np.abs(found - shares * counts[:, None]).max() < 1 + 1e-6
