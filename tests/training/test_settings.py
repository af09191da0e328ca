"""From a config and a corpus to the engine's settings: what cannot fit into memory is refused first."""

import tracemalloc

import pytest

from lda_cli.config import load_config
from lda_cli.corpus.training_corpus import Sizes
from lda_cli.engine import memory
from lda_cli.errors import CorpusError
from lda_cli.training import settings
from lda_cli.training.dry_run import estimate
from lda_cli.training.train import train


@pytest.mark.parametrize("use", [train, estimate])
def test_more_topics_than_memory_holds_are_refused_before_anything_is_made_for_them(
    tmp_path, monkeypatch, use
):
    # without it: gigabytes and a minute before anything is said
    (tmp_path / "six.txt").write_text("moon\nsun\nstar\nrice\noven\nsail\n")
    monkeypatch.setattr(memory, "of_machine", lambda: 64e9)
    options = {"model.topics": 10**9, "vocabulary.max_df": 1.0, "model.path": str(tmp_path / "model")}
    config = load_config(environ={}, options=options | {"vocabulary.min_df": 1, "corpus.cache": "none"})
    tracemalloc.start()
    try:
        with pytest.raises(CorpusError, match="need at least 120 GB of memory, and this machine has 64 GB"):
            use(config, [str(tmp_path / "six.txt")])
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()
    assert not (tmp_path / "model").exists()


def test_room_is_refused_only_below_the_least_that_any_training_takes():
    sizes = Sizes(100, 100, 100, 1000, 50, 800)
    least = memory.least_bytes(100, 50, 7)
    settings.check_room(7, sizes, least)
    with pytest.raises(CorpusError, match="fewer topics"):
        settings.check_room(7, sizes, least - 1)
