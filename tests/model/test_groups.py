"""Mean shares by metadata: groups, bins and their order, means by hand, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lda_cli.corpus.metadata.types import number_of
from lda_cli.errors import ConfigError, ModelError
from lda_cli.model import store
from lda_cli.model.bins import bins
from tests.helpers.models import random_model, reseal

ROWS = [
    {"year": 1999, "author": "Zola", "day": "1999-03"},
    {"year": 2001, "author": "austen", "day": "2001-03-07T10:00"},
    {"year": 2003, "author": "Zola", "day": "1999"},
    {"year": None, "author": None, "day": None},
    {"year": 2004, "author": "Nobody", "day": "2001-04-01"},
]
LENGTHS = [10, 30, 20, 5, 0]
TYPES = {"year": "number", "author": "text", "day": "date"}


@pytest.fixture
def folder(tmp_path):
    model = replace(
        random_model(["moon", "rice"], corpus={"metadata_fields": list(TYPES)}),
        n_documents=5,
        metadata_types=TYPES,
    )
    theta = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7], [0.5, 0.5]], np.float32)
    store.save(
        model,
        tmp_path / "model",
        documents="abcde",
        theta=theta,
        lengths=np.array(LENGTHS, np.int32),
        history=[{"pass": 1}, {"result": True}],
        metadata=map(json.dumps, ROWS),
    )
    return tmp_path / "model"


@pytest.fixture
def model(folder):
    return store.load(folder)


def values(model, field):
    return [group.value for group in model.by(field)]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("year", [1999, 2001, 2003, None]),
        ("year:5", ["1995-1999", "2000-2004", None]),
        ("year:1", [1999, 2001, 2003, None]),
        ("year:2.5", ["1997.5 to 2000", "2000 to 2002.5", "2002.5 to 2005", None]),
        ("author", ["austen", "Zola", None]),
        ("day", ["1999", "1999-03", "2001-03-07T10:00", None]),
        ("day:decade", ["1990s", "2000s", None]),
        ("day:year", ["1999", "2001", None]),
        ("day:month", ["1999", "1999-03", "2001-03", None]),
        ("day:day", ["1999", "1999-03", "2001-03-07", None]),
    ],
)
def test_groups_are_in_order_and_those_without_a_value_last(model, field, expected):
    assert values(model, field) == expected


def test_means_are_weighted_by_tokens_or_by_documents(model):
    zola = next(group for group in model.by("author") if group.value == "Zola")
    assert (zola.documents, zola.tokens) == (2, 30)
    assert zola.shares == pytest.approx([0.7, 0.3], rel=1e-6)
    zola = next(group for group in model.by("author", "documents") if group.value == "Zola")
    assert zola.shares == pytest.approx([0.75, 0.25], rel=1e-6)
    assert np.all((zola.low >= 0) & (zola.low < zola.shares) & (zola.shares < zola.high) & (zola.high <= 1))


def test_group_of_one_document_has_no_interval(model):
    assert [group.low is None for group in model.by("author")] == [True, False, True]
    assert all(group.high is None for group in model.by("author", intervals=False))


@pytest.mark.parametrize(
    ("value", "width", "expected"),
    [
        (0.3, "0.1", "0.3 to 0.4"),
        (0.6, "0.2", "0.6 to 0.8"),
        (0.7, "0.1", "0.7 to 0.8"),
        (-0.3, "0.1", "-0.3 to -0.2"),
        (0.29999999999999993, "0.1", "0.2 to 0.3"),
        (-1e-20, "1", "-1 to 0"),
        (3, "0.1", "3 to 3.1"),
        (2.5, "1", "2 to 3"),
        (1e15, "0.5", "1e+15 to 1e+15"),
    ],
)
def test_number_at_the_edge_of_a_bin_is_in_the_bin_that_it_begins(value, width, expected):
    found = bins([value], "number", number_of(width))
    assert [one.label for one in found] == [expected]


def test_numbers_below_zero_have_bins_too(folder):
    rows = [row | {"year": -row["year"] if row["year"] else None} for row in ROWS]
    (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    reseal(folder)
    assert values(store.load(folder), "year:5") == ["-2005--2001", "-2000--1996", None]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (
            "yaer",
            r'metadata field yaer: not in the model; did you mean "year"\? it has year \(number\), author',
        ),
        (
            "year:x",
            r"metadata field year:x: is a number; give the width of its bins, above 0, such as year:5",
        ),
        ("year:0", "above 0"),
        ("year:1e-300", "too narrow"),
        ("author:5", "is a text; it has no bins"),
        ("day:week", "is a date; give day:decade, day:year"),
        ("", "not in the model"),
    ],
)
def test_unknown_field_or_bin_is_refused_in_one_line(model, field, words):
    with pytest.raises(ConfigError, match=words) as raised:
        model.by(field)
    assert "\n" not in str(raised.value)


def test_too_many_groups_are_refused(model, monkeypatch):
    monkeypatch.setattr("lda_cli.model.groups._CELLS_AT_MOST", 5)
    with pytest.raises(ConfigError, match="3 values are too many groups"):
        model.by("author")


def test_model_without_metadata_says_which_settings_make_them(tmp_path):
    model = replace(random_model(["moon", "rice"]), n_documents=1)
    one = {"documents": "a", "theta": np.full((1, 2), 0.5, np.float32), "lengths": np.ones(1, np.int32)}
    store.save(model, tmp_path / "model", **one, history=[{"pass": 1}, {"result": True}])
    with pytest.raises(ConfigError, match=r"the model has no metadata; set corpus\.metadata_fields"):
        store.load(tmp_path / "model").by("year")


@pytest.mark.parametrize("line", ["{}", "[]", "no json", '{"year": [1]}', '{"year": "x"}'])
def test_forged_metadata_are_an_error_of_the_model(folder, line):
    (folder / "metadata.jsonl").write_text(f"{line}\n" * 5)
    reseal(folder)
    with pytest.raises(ModelError, match="damaged"):
        store.load(folder).by("year")
