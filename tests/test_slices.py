"""The words of topics by slice, against dense responsibilities; training documents that have changed."""

import io
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lda_cli.errors import ConfigError, CorpusError
from lda_cli.slices import slice_topics
from lda_cli.training.train import train
from tests.corpus import bag_files
from tests.engine.definition import fixed_point
from tests.helpers.files import write
from tests.helpers.training import quick_config

# Telescopes are of the first years, rockets of the last ones; every document has some of both themes.
SKY, FOOD = ["moon", "orbit", "comet", "planet"], ["rice", "onion", "butter", "flour"]
YEARS = [1990, 1991, 2000, 2001, None]


def documents_of_years():
    rng = np.random.default_rng(0)
    rows = []
    for number in range(60):
        year = YEARS[number % len(YEARS)]
        of_year = "rocket" if year is None or year >= 2000 else "telescope"
        sky, food = (40, 4) if number % 2 else (4, 40)
        words = [*rng.choice([*SKY, of_year, of_year], sky), *rng.choice(FOOD, food)]
        rows.append({"id": f"d{number}", "text": " ".join(words), "year": year})
    return [*rows, {"id": "empty", "text": "", "year": 1800}]


ROWS = documents_of_years()


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def config(folder, **options):
    of_ids = {"corpus_id_field": "id", "corpus_metadata_fields": ["year"]}
    return quick_config(folder / "a.jsonl", folder / "model", **of_ids | options)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model and its corpus; read only."""
    folder = write(tmp_path_factory.mktemp("years"), {"a.jsonl": lines(ROWS)})
    return train(config(folder), [str(folder / "a.jsonl")])


def moved(folder, rows):
    return [str(write(folder, {"a.jsonl": lines(rows)}) / "a.jsonl")]


def sky_of(model):
    return int(model.phi[:, model.vocabulary.index("moon")].argmax())


def test_words_and_tokens_are_those_of_dense_responsibilities(trained):
    exact = replace(trained.config, inference=replace(trained.config.inference, tolerance=1e-6))
    found = slice_topics(trained, exact, "year:10", topics=range(2), top=3)
    assert [(one.topic, one.value) for one in found] == [
        (topic, value) for topic in (0, 1) for value in ("1990-1999", "2000-2009", None)
    ]
    column_of = {term: column for column, term in enumerate(trained.vocabulary)}
    phi = trained.phi.astype(float)
    sstats = {value: np.zeros(phi.shape) for value in ("1990-1999", "2000-2009", None)}
    for row in ROWS[:-1]:
        words = np.array([column_of[word] for word in row["text"].split()])
        _, q = fixed_point(words, trained.alpha, phi, power=1.0, tolerance=1e-9, iterations=5000)
        value = None if row["year"] is None else f"{row['year'] // 10 * 10}-{row['year'] // 10 * 10 + 9}"
        np.add.at(sstats[value].T, words, q)
    for one in found:
        counts = sstats[one.value][one.topic]
        assert one.tokens == pytest.approx(counts.sum(), rel=1e-3)
        p = (counts + 1000 * phi[one.topic]) / (counts.sum() + 1000)
        first = np.argsort(-p)[:3]
        assert [word.term for word in one.words] == [trained.vocabulary[column] for column in first]
        assert [word.p for word in one.words] == pytest.approx(p[first], rel=1e-3)
        assert [word.ratio for word in one.words] == pytest.approx(p[first] / phi[one.topic, first], rel=1e-3)


def test_a_word_that_sets_a_slice_apart_is_the_first_of_more(trained):
    early, late, unknown = slice_topics(trained, trained.config, "year:10", topics=[sky_of(trained)])
    assert early.more[0].term == "telescope"
    assert late.more[0].term == unknown.more[0].term == "rocket"
    assert early.more[0].ratio > 1
    assert {"rocket"}.isdisjoint(word.term for word in early.more)


def test_topics_come_as_asked_and_the_numbers_do_not_depend_on_the_others_or_on_threads(trained):
    both = slice_topics(trained, trained.config, "year", topics=[1, 0])
    assert [one.topic for one in both] == [1] * 5 + [0] * 5
    assert both[5:] == slice_topics(trained, trained.config, "year", topics=[0])
    three = replace(trained.config, training=replace(trained.config.training, threads=3))
    assert both == slice_topics(trained, three, "year", topics=[1, 0])


def test_slices_of_many_parts_have_the_words_of_one_part(trained, monkeypatch):
    whole = slice_topics(trained, trained.config, "year:10", topics=[0, 1])
    monkeypatch.setattr("lda_cli.slices.DOCUMENTS_AT_A_TIME", 5)
    parts = slice_topics(trained, trained.config, "year:10", topics=[0, 1])
    for one, other in zip(whole, parts, strict=True):
        assert one.tokens == pytest.approx(other.tokens, rel=1e-5)
        assert [word.term for word in one.words] == [word.term for word in other.words]


def test_corpus_may_be_elsewhere_and_have_new_documents(trained, tmp_path):
    wanted = slice_topics(trained, trained.config, "year:10", topics=[0, 1])
    new = {"id": "new", "text": "moon rocket", "year": 1990}
    more = moved(tmp_path, [new, *ROWS[:7], new, *ROWS[7:], new])
    assert slice_topics(trained, trained.config, "year:10", more, topics=[0, 1]) == wanted


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (ROWS[1:], "d0"),
        (ROWS[:-1], "empty"),
        ([*ROWS[:3], ROWS[3] | {"text": "moon"}, *ROWS[4:]], "d3"),
        ([*ROWS[:8], ROWS[9], ROWS[8], *ROWS[10:]], "d9"),
    ],
    ids=["first gone", "last gone", "changed", "moved"],
)
def test_training_document_that_is_gone_or_has_changed_is_named(trained, tmp_path, rows, name):
    with pytest.raises(CorpusError, match=rf"^{name}: not in the corpus, or changed since the training;"):
        slice_topics(trained, trained.config, "year", moved(tmp_path, rows), topics=[0])


def test_corpus_that_is_not_there_or_was_standard_input_is_asked_for(tmp_path):
    write(tmp_path, {"a.jsonl": lines(ROWS)})
    model = train(config(tmp_path), [str(tmp_path / "a.jsonl")])
    (tmp_path / "a.jsonl").rename(tmp_path / "b.jsonl")
    with pytest.raises(CorpusError, match=r"a\.jsonl is not there; give CORPUS"):
        slice_topics(model, model.config, "year", topics=[0])
    assert slice_topics(model, model.config, "year", [str(tmp_path / "b.jsonl")], topics=[0])
    piped = config(tmp_path, corpus_format="jsonl", model_path=str(tmp_path / "piped"))
    model = train(piped, ["-"], stdin=io.BytesIO(lines(ROWS).encode()))
    with pytest.raises(CorpusError, match="names no files that it was trained on; give CORPUS"):
        slice_topics(model, model.config, "year", topics=[0])
    assert slice_topics(model, model.config, "year", [str(tmp_path / "b.jsonl")], topics=[0])


def test_part_of_a_corpus_that_was_trained_on_is_found_in_it(tmp_path):
    write(tmp_path, {"a.jsonl": lines(ROWS)})
    model = train(config(tmp_path), [str(tmp_path / "a.jsonl")], part=lambda name: ord(name[-1]) % 2 == 0)
    assert 0 < model.n_documents < len(ROWS)
    found = slice_topics(model, model.config, "year", topics=[0, 1])
    assert sum(one.tokens for one in found) == pytest.approx(model.n_tokens, rel=1e-4)


def test_parts_of_documents_and_phrases_are_counted_as_in_the_training(tmp_path):
    write(tmp_path, {"a.jsonl": lines(ROWS)})
    options = {
        "corpus.split": {"by": "tokens", "size": 10},
        "vocabulary.phrases": {"max_words": 2, "min_count": 5, "threshold": 0.1},
    }
    made = config(tmp_path, **{name.replace(".", "_", 1): value for name, value in options.items()})
    model = train(made, [str(tmp_path / "a.jsonl")])
    assert model.n_documents > 100
    assert any("_" in term for term in model.vocabulary)
    found = slice_topics(model, model.config, "year", topics=[0, 1])
    assert sum(one.tokens for one in found) == pytest.approx(model.n_tokens, rel=1e-4)


def test_bags_of_words_have_slices(tmp_path):
    texts = [row["text"].split() for row in ROWS]
    terms = sorted({term for words in texts for term in words})
    content = bag_files.WRITERS["a.ldac"](bag_files.rows_of(texts, terms), len(terms))
    write(tmp_path, {"a.ldac": content, "vocab.txt": "\n".join(terms)})
    table = "id,year\n" + "".join(f"a.ldac:{n},{row['year'] or ''}\n" for n, row in enumerate(ROWS, start=1))
    write(tmp_path, {"years.csv": table})
    made = quick_config(tmp_path / "a.ldac", tmp_path / "model", corpus_metadata=str(tmp_path / "years.csv"))
    model = train(made, [str(tmp_path / "a.ldac")])
    found = slice_topics(model, model.config, "year:10", topics=[sky_of(model)])
    assert [one.more[0].term for one in found] == ["telescope", "rocket", "rocket"]
    tokens = Counter(word for words in texts for word in words)
    assert sum(
        one.tokens for one in slice_topics(model, model.config, "year", topics=[0, 1])
    ) == pytest.approx(tokens.total(), rel=1e-4)


def test_field_that_is_not_there_is_refused_before_the_corpus_is_read(trained, monkeypatch):
    monkeypatch.setattr("lda_cli.slices.counted", None)
    with pytest.raises(ConfigError, match="metadata field yaer"):
        slice_topics(trained, trained.config, "yaer", topics=[0])
