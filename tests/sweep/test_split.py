"""Documents that are held out."""

import pickle

import pytest

from lda_cli.errors import ConfigError
from lda_cli.sweep.split import HeldOut, TrainingPart


def test_a_share_of_the_documents_is_held_out() -> None:
    held_out = [name for name in map(str, range(10_000)) if not TrainingPart(0.1)(name)]
    assert len(held_out) == pytest.approx(1000, abs=100)
    assert set(held_out) <= {name for name in map(str, range(10_000)) if not TrainingPart(0.2)(name)}


def test_parts_of_a_document_stay_together() -> None:
    part = TrainingPart(0.5, has_parts=True)
    for name in map(str, range(50)):
        assert len({part(f"{name}#{number}") for number in range(1, 20)}) == 1


def test_part_can_be_sent_to_another_process_and_says_what_it_is() -> None:
    part = TrainingPart(0.25)
    assert pickle.loads(pickle.dumps(part)) == part
    assert repr(part) == "TrainingPart(share=0.25, has_parts=False)"


@pytest.mark.parametrize("text", ["0", "1", "-0.1", "2", "nan", "inf"])
def test_share_is_between_0_and_1(text: str) -> None:
    with pytest.raises(ConfigError, match="--held-out: must be a share between 0 and 1"):
        HeldOut.parsed(text)


def test_anything_else_is_a_path() -> None:
    assert HeldOut.parsed("none") == HeldOut()
    assert HeldOut.parsed("0.2") == HeldOut(0.2)
    assert HeldOut.parsed("others/") == HeldOut(path="others/")
    with pytest.raises(ConfigError, match="standard input"):
        HeldOut.parsed("-")
