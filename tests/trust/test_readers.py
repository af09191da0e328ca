"""The experiment of readers during replacements, in small."""

import json

import pytest

from . import __main__


def test_readers_during_replacements_get_one_of_the_two_models(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--readers", "3", "--replacements", "5", "--commands", "0", "--renames"]
    assert __main__.main(["readers", *small]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["by exchange"], told["by renames"]) == (0, 5)
    assert told["fewest of a reader"] > 0


def test_an_experiment_that_there_is_not_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["reader"]) == 2
    assert "only" in capsys.readouterr().err
