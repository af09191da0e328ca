"""A quick training through the Python API, and what it says and leaves."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lda_cli.config import Config, load_config
from lda_cli.training.events import Event
from lda_cli.training.train import train

WORDS = (
    "moon orbit comet planet star telescope galaxy eclipse",
    "rice onion butter flour garlic pepper oven broth",
)
N_DOCUMENTS = 12
QUICK = {
    "vocabulary.min_df": 1,
    "vocabulary.max_df": 1.0,
    "model.topics": 2,
    "training.passes": 4,
    "training.restarts": 1,
    "training.threads": 1,
}


def quick_config(corpus: Path, model: Path, **options: Any) -> Config:
    """A config for a training of milliseconds; options have the names of settings: model_topics=3."""
    paths = {"corpus.path": str(corpus), "model.path": str(model)}
    given = {name.replace("_", ".", 1): value for name, value in options.items()}
    return load_config(environ={}, options=QUICK | paths | given)


class Told(list[Event]):
    """The events of a training, in order."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    def of(self, kind: type) -> list[Any]:
        """The first fact of each event of a kind."""
        return [event[0] for event in self if isinstance(event, kind)]


def history_of(config: Config) -> list[dict[str, Any]]:
    """The lines of a model's history.jsonl: one for each pass, and the result."""
    lines = (Path(config.model.path) / "history.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def bounds_of(config: Config) -> list[float]:
    """The bound per token after each pass."""
    return [line["bound_per_token"] for line in history_of(config)[:-1]]


def trained_on_records(folder: Path, records: Iterable[Mapping[str, object]], fields: Sequence[str]) -> Path:
    """The folder of a model of three topics, of records with an id, a text and these fields of metadata."""
    corpus = folder / "letters.jsonl"
    corpus.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    options = {"corpus_id_field": "id", "corpus_metadata_fields": fields, "model_topics": 3}
    train(quick_config(corpus, folder / "model", model_alpha=0.5, **options))
    return folder / "model"
