"""The types of fields: decided over all values, and kept through the lines of a model."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.formats.metadata import from_text, to_text
from lda_cli.corpus.formats.records import Value
from lda_cli.corpus.metadata.types import Typing, date_of, is_of, number_of, typed

numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
dates = st.one_of(st.dates().map(str), st.datetimes().map(lambda time: time.isoformat()))
missing = st.sampled_from([None, "", " ", "NA", "NaN", "null"])
texts = st.text(st.characters(exclude_categories=["Cs"]))


def column(values: list[Value]) -> tuple[str, list[Value]]:
    """The type of a field with these values, and the values as the type wants them."""
    typing = Typing(["x"])
    for value in values:
        typing.add({"x": value})
    kind = typing.types()["x"]
    return kind, [typed(value, kind) for value in values]


@given(st.lists(numbers, min_size=1), st.lists(missing))
def test_numbers_are_numbers_whether_written_as_json_or_as_text(found, gaps):
    assert column([*gaps, *found]) == ("number", [None] * len(gaps) + found)
    written = [str(number).replace("e+", "e") for number in found]
    assert column([*written, *gaps]) == ("number", found + [None] * len(gaps))


@given(st.lists(dates, min_size=1), st.lists(missing))
def test_dates_and_times_are_dates(found, gaps):
    assert column([*found, *gaps]) == ("date", found + [None] * len(gaps))


@given(st.lists(st.one_of(numbers, dates, texts, missing)))
def test_every_value_is_of_the_type_of_its_field(values):
    kind, found = column(values)
    assert all(is_of(value, kind) for value in found)
    lines = [to_text({"x": value}) for value in found]
    assert [from_text(line)["x"] for line in lines] == found
    assert column(found)[1] == found  # typed once, typed for ever
    assert not any("\n" in line for line in lines)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2.5", "3e2"], "number"),
        (["1999", "2001"], "number"),
        (["007", "8"], "text"),
        (["+49 30", "1"], "text"),
        (["1,5", "2,5"], "text"),
        (["9007199254740993"], "text"),  # 2^53 + 1: another reader would round it
        (["1e999"], "text"),
        (["٣"], "text"),
        (["Inf", "1"], "text"),
        (["1", "one"], "text"),
        ([1, "2"], "number"),
        (["1999-05", "1999"], "date"),
        ([1999, "1999-05-01"], "date"),
        (["2026-05-01T12:00Z", "2026-05-01 12:00:30.123+0200"], "date"),
        (["1999-13"], "text"),
        (["1999-02-30"], "text"),
        (["1.5.1999"], "text"),
        (["1999-05", "1.5"], "text"),
        (["NA", "Null"], "text"),
        ([None, ""], "text"),
        ([], "text"),
    ],
)
def test_type_of_a_field(values, kind):
    assert column(values)[0] == kind


def test_missing_values_are_null_but_a_name_may_be_null():
    assert column(["1", "NA", " ", None, "NULL"]) == ("number", [1, None, None, None, None])
    assert column(["Null", "NA", "", " Ann "]) == ("text", ["Null", "NA", None, "Ann"])


def test_texts_hold_numbers_as_they_are_written():
    assert column([1, 2.5, "many"]) == ("text", ["1", "2.5", "many"])


def test_new_value_that_does_not_fit_its_type_is_a_text():
    assert [typed("many", "number"), typed("2", "number"), typed("May", "date")] == ["many", 2, "May"]
    assert [typed(" x ", None), typed(3, None), typed("3", None), typed("", None)] == ["x", 3, "3", None]


def test_long_values_are_no_numbers_in_little_time():
    assert number_of("1" * 10**6) is None
    assert date_of("1" * 10**6) is None
    assert json.loads(to_text({"x": typed("9" * 9999, "text")})) == {"x": "9" * 9999}
