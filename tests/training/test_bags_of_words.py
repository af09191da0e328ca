"""Bags of words in training and inference: terms by name, rules of the vocabulary, the fingerprint."""

import gzip
import io
import os
from pathlib import Path
from typing import Any

import pytest

from lda_cli.config import Config
from lda_cli.corpus.inputs.inputs import Inputs
from lda_cli.errors import ConfigError
from lda_cli.inference import infer_documents
from lda_cli.model.model import Model
from lda_cli.training.train import train, up_to_date
from tests.corpus import bag_files
from tests.helpers.models import config_of, random_model

TERMS = ["the", "moon", "orbit", "rice", "oven", "Über"]
TEXTS = ["moon orbit moon", "rice oven rice rice", "the moon", "", "Über orbit", "rice the the"]


def write(folder: Path, texts: list[str] = TEXTS, terms: list[str] = TERMS) -> list[Path]:
    """The texts as bags of every format, with their vocabulary."""
    rows = bag_files.rows_of(map(str.split, texts), terms)
    (folder / "vocab.txt").write_text("\n".join(terms), encoding="utf-8")
    for name, content_of in bag_files.WRITERS.items():
        (folder / name).write_bytes(content_of(rows, len(terms)))
    return [folder / name for name in bag_files.WRITERS]


def inferred(model: Model, given: object, stdin: bytes = b"", **corpus: Any) -> list[tuple[object, ...]]:
    config = config_of(corpus=corpus, training={"threads": 1})
    found = infer_documents(model, Inputs([str(given)], config, io.BytesIO(stdin)))
    return [
        (document.id.partition(":")[2], topics.tokens, topics.unknown, topics.theta.tobytes())
        for document, topics in found
    ]


def test_inference_of_a_bag_is_that_of_its_text(tmp_path: Path) -> None:
    model = random_model(["moon", "rice", "orbit"], vocabulary={"stop_words": ["the", "über"]})
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS).replace("Über", "other"), encoding="utf-8")
    expected = inferred(model, tmp_path / "texts.txt")
    assert [tokens for _, tokens, _, _ in expected] == [3, 3, 1, 0, 1, 1]
    assert [unknown for _, _, unknown, _ in expected] == [0, 1, 0, 0, 1, 0]
    for path in write(tmp_path):
        assert inferred(model, path) == expected
    for path in write(tmp_path, terms=TERMS[::-1]):  # by name, not by column
        assert inferred(model, path) == expected


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
@pytest.mark.parametrize("layout", ["ldac", "uci", "mtx", "npz"])
def test_bag_may_come_through_a_pipe(tmp_path: Path, layout: str, packed: Any) -> None:
    model = random_model(["moon", "rice", "orbit"])
    write(tmp_path)
    path = tmp_path / ("docword.a.txt" if layout == "uci" else f"a.{layout}")
    vocabulary = str(tmp_path / "vocab.txt")
    found = inferred(model, "-", packed(path.read_bytes()), format=layout, vocabulary=vocabulary)
    assert found == inferred(model, path)
    with pytest.raises(ConfigError, match="standard input: a bag of words needs a vocabulary; set c"):
        inferred(model, "-", path.read_bytes(), format=layout)


def test_bag_has_no_words_with_places_and_no_parts(tmp_path: Path) -> None:
    model = random_model(["moon", "rice"])
    for path in write(tmp_path):
        with pytest.raises(ConfigError, match=r"has no text; leave out --words and --markup"):
            next(infer_documents(model, Inputs([str(path)], Config()), words=True))
        with pytest.raises(ConfigError, match=r"cannot be split; leave out corpus\.split"):
            inferred(model, path, split={"by": "tokens", "size": 2})


def training_config(tmp_path: Path, **corpus: Any) -> Config:
    return config_of(
        corpus=corpus,
        model={"path": str(tmp_path / "model"), "topics": 2},
        training={"threads": 1, "passes": 3},
        vocabulary={"min_df": 1, "max_df": 1.0},
    )


def test_terms_are_taken_as_they_are_but_for_the_rules_of_the_vocabulary(tmp_path: Path) -> None:
    for path in write(tmp_path, ["X the a-b", "The  X"], ["the", "The", "X", "a-b"]):
        model = train(training_config(tmp_path), [str(path)], replace=True)
        assert model.vocabulary == ("The", "X", "a-b")
        assert model.term_counts.tolist() == [[1, 1], [2, 2], [1, 1]]


def test_another_vocabulary_is_another_corpus(tmp_path: Path) -> None:
    for path in write(tmp_path):
        config = training_config(tmp_path)
        train(config, [str(path)], replace=True)
        assert up_to_date(config, [str(path)])
        (tmp_path / "vocab.txt").write_text("\n".join(["a", *TERMS[1:]]), encoding="utf-8")
        assert not up_to_date(config, [str(path)])
        (tmp_path / "vocab.txt").write_text("\n".join(TERMS), encoding="utf-8")
        assert up_to_date(config, [str(path)])
        (tmp_path / "other").write_text("\n".join(TERMS), encoding="utf-8")
        assert up_to_date(training_config(tmp_path, vocabulary=str(tmp_path / "other")), [str(path)])


def test_counts_that_are_kept_are_those_of_one_vocabulary(tmp_path: Path) -> None:
    long_ago = (1_000_000_000, 1_000_000_000)
    (tmp_path / "a.ldac").write_bytes(bag_files.ldac([{0: 1, 1: 2}]))
    for name, terms in (("vocab.txt", "ab\nxy"), ("a_vocab.txt", "cd\nxy"), ("a.vocab", "ef\nxy")):
        (tmp_path / name).write_text(terms)
        os.utime(tmp_path / name, long_ago)
        model = train(training_config(tmp_path), [str(tmp_path / "a.ldac")], replace=True)
        assert model.vocabulary == tuple(terms.split())
    (tmp_path / "a.vocab").write_text("gh\nxy")
    os.utime(tmp_path / "a.vocab", long_ago)
    for vocabulary, terms in ((None, ("gh", "xy")), ("vocab.txt", ("ab", "xy"))):
        given = vocabulary and str(tmp_path / vocabulary)
        config = training_config(tmp_path, vocabulary=given)
        assert train(config, [str(tmp_path / "a.ldac")], replace=True).vocabulary == terms
