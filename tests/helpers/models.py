"""Small models made by hand, and what tests do to a model directory."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lda_cli.config import Config, from_mapping
from lda_cli.corpus.terms.vocabulary import Amount, PruningReport
from lda_cli.model import store
from lda_cli.model.model import Model

TERMS = ("moon", "orbit", "rice")
PHI = ((0.5, 0.3, 0.2), (0.1, 0.2, 0.7))
FILES = {
    "model.json",
    "phi.npy",
    "vocabulary.txt",
    "term_counts.npy",
    "topic_counts.npy",
    "topics.json",
    "documents.txt",
    "theta.npy",
    "lengths.npy",
    "history.jsonl",
}


def small_model(
    terms: Sequence[str] = TERMS,
    phi: npt.ArrayLike = PHI,
    alpha: Sequence[float] = (0.1, 0.1),
    **config: Any,
) -> Model:
    """A model of two topics and three terms, unless told otherwise; `config` is a section a name."""
    n_terms = len(terms)
    return Model(
        phi=np.array(phi, np.float32),
        vocabulary=tuple(terms),
        alpha=np.array(alpha, np.float64),
        eta=0.05,
        term_counts=np.column_stack([np.arange(n_terms) + 3, np.ones(n_terms)]).astype(np.int64),
        topic_counts=np.arange(1, len(alpha) + 1, dtype=np.float64),
        npmi=tuple(None if t == 1 else t / 1000 - 0.5 for t in range(len(alpha))),
        n_documents=2,
        fingerprint="0" * 64,
        config=config_of(**config),
        pruning=PruningReport(*[Amount(0, 0)] * 5),
    )


def random_model(terms: Sequence[str], n_topics: int = 2, seed: int = 0, **config: Any) -> Model:
    """A model whose Phi is drawn."""
    phi = np.random.default_rng(seed).dirichlet(np.ones(len(terms)), n_topics)
    return small_model(terms, phi, [0.1] * n_topics, **config)


def config_of(**sections: Any) -> Config:
    """The defaults, but for the given sections."""
    return from_mapping(sections, "test")


def save(model: Model, folder: Path, *, replace: bool = False) -> Path:
    """Save with made-up documents, theta and history."""
    n_topics = len(model.alpha)
    store.save(
        model,
        folder,
        documents=["space/moon.txt", "kitchen/rice.txt"],
        theta=np.full((2, n_topics), 1 / n_topics, np.float32),
        lengths=np.array([model.n_tokens - 2, 2], np.int32),
        history=[{"pass": 1, "seconds": 0.5}, {"pass": 2, "seconds": 0.25}, {"result": True}],
        replace=replace,
    )
    return folder


def assert_same(one: Model, other: Model) -> None:
    """Bit for bit."""
    for name in ("phi", "alpha", "term_counts", "topic_counts"):
        first, second = getattr(one, name), getattr(other, name)
        assert (first.dtype, first.shape) == (second.dtype, second.shape)
        assert first.tobytes() == second.tobytes()
    for name in ("vocabulary", "eta", "npmi", "n_documents", "fingerprint", "config", "pruning", "phrases"):
        assert getattr(one, name) == getattr(other, name)


def reseal(folder: Path, edit: Callable[[dict[str, Any]], object] = lambda data: None) -> None:
    """Write model.json anew, edited, with right checksums of its neighbours and itself, as a forger would."""
    path = folder / "model.json"
    data = json.loads(path.read_text())
    del data["sha256_of_the_above"]
    data["files"] = {name: _sha256((folder / name).read_bytes()) for name in data["files"]}
    edit(data)
    text = json.dumps(data, indent=2)[:-2] + ",\n"
    path.write_text(f'{text}  "sha256_of_the_above": "{_sha256(text.encode())}"\n}}\n')


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
