"""The door between a training and the engine: another way of training is a class and a row of a table."""

import pytest

from lda_cli.config.schema import ALGORITHM_NAMES
from lda_cli.engine.em import Training
from lda_cli.training.algorithms import ALGORITHMS, Algorithm
from lda_cli.training.train import train
from tests.helpers.training import quick_config


def test_every_algorithm_of_the_config_has_a_trainer() -> None:
    assert tuple(ALGORITHMS) == ALGORITHM_NAMES


def test_a_trainer_of_the_table_is_the_one_that_trains(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(Training):
        visits = 0

        def steps(self):
            for record in super().steps():
                Counting.visits += 1
                yield record

    (tmp_path / "texts.txt").write_text("moon tide moon\nsun star sun\nrice oven rice\n" * 4)
    monkeypatch.setitem(ALGORITHMS, "incremental", Algorithm(Counting))
    options = {"training_algorithm": "incremental", "training_minibatches": 3, "training_tolerance": 0.0}
    model = train(quick_config(tmp_path / "texts.txt", tmp_path / "model", **options))
    assert (Counting.visits, model.n_topics) == (4 * 3, 2)
