"""Each row of FAULTS.md is tried, and the table there is what the cases say."""

from collections.abc import Iterator

import pytest

from . import table
from .case import Case, Ground


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with table.made_ground() as found:
        yield found


@pytest.mark.parametrize("case", table.CASES, ids=lambda case: case.what)
def test_what_is_tried_ends_as_the_table_says(case: Case, ground: Ground) -> None:
    if reason := case.needs():
        pytest.skip(reason)
    case.check(ground)


def test_table_is_what_the_cases_say() -> None:
    assert table.in_file() == table.lines()
