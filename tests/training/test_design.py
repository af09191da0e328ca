"""Groups of documents from their metadata: what is a covariate, what a label, and what is refused."""

import numpy as np
import pytest

from lda_cli.errors import ConfigError
from lda_cli.training.design import BINS, MOST_LEVELS, check, design, labels_of
from tests.helpers.models import config_of

TYPES = {"place": "text", "year": "number", "when": "date"}
ROWS = [
    {"place": "Bath", "year": 1800, "when": "1800-05-01"},
    {"place": "Bonn", "year": 1810, "when": "1810"},
    {"place": None, "year": None, "when": None},
    {"place": "Bath", "year": 1800, "when": "1800-06"},
]


def designed(rows=ROWS, types=TYPES, warn=pytest.fail, **model):
    return design(config_of(model=model).model, lambda: iter(rows), types, warn)


def test_nothing_is_made_of_metadata_that_nobody_wants():
    assert designed() is None


def test_texts_are_covariates_by_value_and_a_missing_one_is_none_of_them():
    found = designed(prevalence=["place"])
    assert found.covariates[0].levels == ("Bath", "Bonn")
    x = found.groups.design[found.groups.of_document]
    np.testing.assert_array_equal(x, [[1, 1, 0], [1, 0, 1], [1, 0, 0], [1, 1, 0]])
    assert len(found.groups.design) == 3
    assert found.groups.scale.all()


@pytest.mark.parametrize("field", ["year", "when"])
def test_numbers_and_years_are_standardised_and_a_missing_one_is_the_mean(field):
    found = designed(prevalence=[field])
    x = found.groups.design[found.groups.of_document, 1]
    known = x[[0, 1, 3]]
    assert known.mean() == pytest.approx(0)
    assert known.std() == pytest.approx(1)
    assert x[2] == 0
    (covariate,) = found.covariates
    assert (covariate.mean, covariate.low, covariate.high) == (pytest.approx(1803 + 1 / 3), 1800, 1810)


@pytest.mark.parametrize(
    ("given", "levels"),
    [("year:10", ("1800 to 1810", "1810 to 1820")), ("when:month", ("1800-05", "1800-06", "1810"))],
)
def test_bins_are_covariates_of_their_own(given, levels):
    found = designed(prevalence=[given])
    assert found.covariates[0].levels == levels
    assert found.groups.design.shape[1] == 1 + len(levels)


def test_whole_numbers_and_others_share_their_bins():
    found = designed([{"year": 3}, {"year": 3.5}, {"year": 4}], {"year": "number"}, prevalence=["year:1"])
    assert found.covariates[0].levels == ("3 to 4", "4 to 5")
    assert found.groups.of_document.tolist() == [0, 0, 1]


def test_many_numbers_are_few_groups():
    rng = np.random.default_rng(0)
    years = rng.normal(size=1000).tolist()
    found = designed([{"year": year} for year in years], {"year": "number"}, prevalence=["year"])
    assert len(found.groups.design) == BINS
    x = found.groups.design[found.groups.of_document, 1]
    assert np.corrcoef(x, years)[0, 1] > 0.98
    assert np.bincount(found.groups.of_document).max() <= 1000 / BINS + 1


def test_rare_values_of_a_field_are_missing_ones():
    rows = [{"place": f"{n % (MOST_LEVELS + 5):04}"} for n in range(3 * MOST_LEVELS)]
    told = []
    found = designed(rows, {"place": "text"}, told.append, prevalence=["place"])
    assert found.covariates[0].n_columns == MOST_LEVELS
    assert told == [
        "model.prevalence: place has 505 values; the 500 most frequent move alpha, the others are as if they "
        "were missing"
    ]


def test_labels_are_the_first_topics_and_leave_the_others_to_all():
    rows = [{"tag": "b"}, {"tag": "a; b"}, {"tag": '["c", "a"]'}, {"tag": None}]
    found = designed(rows, {"tag": "text"}, topics=5, labels="tag")
    assert {topic: label.name for topic, label in found.labels.items()} == {0: "a", 1: "b", 2: "c"}
    scale = found.groups.scale[found.groups.of_document]
    np.testing.assert_array_equal(scale[:3], [[0, 1, 0, 1, 1], [1, 1, 0, 1, 1], [1, 0, 1, 1, 1]])
    np.testing.assert_allclose(scale[3], [2 / 3, 2 / 3, 1 / 3, 1, 1])  # as rare as in documents with labels
    np.testing.assert_array_equal(found.groups.design, np.ones((4, 1)))


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        (None, ()),
        ("a", ("a",)),
        (" a ;b;; a", ("a", "b")),
        ('["x; y", "z", null]', ("x; y", "z")),
        ("[draft", ("[draft",)),
        ("[1, 2]", ("1", "2")),
        (7, ("7",)),
    ],
)
def test_labels_of_a_value(value, labels):
    assert labels_of(value) == labels


@pytest.mark.parametrize(
    ("rows", "model", "message"),
    [
        (ROWS, {"labels": "place", "topics": 2, "prevalence": ["place:3"]}, "is a text; it has no bins"),
        (
            [{"place": x} for x in "abc"],
            {"labels": "place", "topics": 2},
            "place has 3 labels, and model.topics is 2",
        ),
        ([{"place": x} for x in "aA"], {"labels": "place", "topics": 2}, "names must differ"),
        ([{"place": "x" * 200}], {"labels": "place"}, "has 200 characters"),
        ([{"place": None}], {"labels": "place"}, "no document has a value of place"),
        ([{"place": None}], {"prevalence": ["place"]}, "place has no value in any document"),
        ([{"year": 3}, {"year": 3}], {"prevalence": ["year"]}, "year has no two different values"),
        (
            [{"place": str(n % 499), "year": n % 19, "when": str(1000 + n % 17)} for n in range(4000)],
            {"prevalence": ["place", "year", "when"]},
            "more than 2,000 combinations of values of place, year, when",
        ),
    ],
)
def test_metadata_that_do_not_fit_are_refused_in_a_line(rows, model, message):
    with pytest.raises(ConfigError, match=message) as refused:
        designed(rows, **model)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("model.")


@pytest.mark.parametrize(("key", "value"), [("prevalence", ["plase:2"]), ("labels", "plase")])
def test_a_field_that_the_corpus_does_not_have_is_refused_before_it_is_read(key, value):
    config = config_of(model={key: value}).model
    with pytest.raises(
        ConfigError, match=rf"^model\.{key}: .*no metadata field 'plase.*corpus\.metadata_fields"
    ):
        check(config, ["place", "year"])
    check(config_of(model={"prevalence": ["place", "year:5"], "labels": "year"}).model, ["place", "year"])


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(ConfigError, match=r"alpha must be auto with prevalence"):
        config_of(model={"prevalence": ["year"], "alpha": 0.1})
    with pytest.raises(ConfigError, match=r"eta must be above 0 with labels"):
        config_of(model={"labels": "year", "eta": 0})
    with pytest.raises(ConfigError, match=r"labels and seeds both say what the first topics are"):
        config_of(model={"labels": "year", "seeds": {"space": ["moon"]}})
    with pytest.raises(ConfigError, match=r"labels and start both say"):
        config_of(model={"labels": "year", "start": "other"})
