"""Ids that came before, in one call or over many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lda_cli.corpus.inputs import report as ids
from lda_cli.corpus.inputs.report import SeenIds


@given(st.lists(st.lists(st.sampled_from(["", "a", "b", "a.txt:1", "é"]), max_size=4), max_size=5))
def test_every_id_but_its_first_is_repeated(calls: list[list[str]]) -> None:
    seen, before = SeenIds(), set()
    for names in calls:
        expected = []
        for name in names:
            if name in before:
                expected.append(name)
            before.add(name)
        assert seen.repeated(names) == expected


def test_of_many_ids_together_none_is_missed_and_none_invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_SLOTS", 4)
    names = [str(number % 5000) for number in range(6000)]
    assert SeenIds().repeated(names) == names[5000:]


def test_memory_does_not_grow_and_what_came_last_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_SLOTS", 64)
    seen = SeenIds()
    for number in range(1000):
        assert seen.repeated([str(number)]) == []
    assert seen.repeated(["999", "999"]) == ["999", "999"]
    assert len(seen._hashes) == 64
