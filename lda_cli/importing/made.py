"""From what a reader found to a saved model: its tokenizer, its alpha, and what the user is told."""

import dataclasses
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..config import Config
from ..corpus.terms.stop_words import spelled_out
from ..corpus.terms.vocabulary import Amount, PruningReport
from ..disk.folders import restore
from ..disk.spill import folder_beside
from ..engine.arrays import Float64
from ..model import store
from ..model.former import former_labels, with_labels
from ..model.model import Model
from ..signals import held_back
from . import gensim, mallet, posterior, sklearn
from .found import Files, Found, TrainedDocuments
from .tokenizing import in_words, never_words, with_tokenizer_of

_REPLACES = "--force replaces it"

# Of the fixed point: other tools go as far as they are told to, and answers are to be compared.
_TOLERANCE, _MAX_ITERATIONS = 1e-6, 1000

NAMES = {"mallet": "MALLET", "gensim": gensim.TOOL.name, "sklearn": sklearn.TOOL.name}
_READERS: Mapping[str, Callable[[str, str | None, Files], Found]] = {
    "mallet": mallet.read,
    "gensim": lambda source, _, files: posterior.read(source, gensim.TOOL, files),
    "sklearn": lambda source, _, files: posterior.read(source, sklearn.TOOL, files),
}

Configure = Callable[[Config, Mapping[str, object]], Config]


class Imported(NamedTuple):
    """The saved model, and what to say of it: a line, and warnings."""

    model: Model
    told: str
    warnings: tuple[str, ...]


def import_model(
    kind: str,
    source: str,
    path: str,
    configure: Configure,
    *,
    keys: str | None = None,
    replace: bool = False,
) -> Imported:
    """Make a model directory of a model of another tool.

    kind : mallet, gensim or sklearn
    source : what the tool wrote; path : of the model directory
    configure : returns the config of the user over one that has what the model shows, under one that it
        must have
    keys : MALLET's topic keys, if they are not beside the weights
    replace : replace an existing model

    Raises CorpusError, ConfigError, ModelError or OutputError.
    """
    restore(Path(path))
    store.check_can_save(path, replace, remedy=_REPLACES)
    with Files(folder_beside(Path(path))) as files:
        found = _READERS[kind](source, keys, files)
        config = _config(found, path, configure)
        model = _model(kind, found, config)
        lost = _of_lost(never_words(model.vocabulary, model.tokenizer), model)
        documents = found.documents or _no_documents(model.n_topics)
        with held_back():
            model, moved = with_labels(model, former_labels(path), path)
            store.save(
                model,
                path,
                documents=documents.ids,
                theta=documents.theta,
                lengths=documents.lengths,
                history=[{"result": True, "imported": kind}],
                replace=replace,
            )
    warnings = [*found.warnings, *lost, *([] if moved is None else [moved])]
    return Imported(store.load(path), _told(kind, found, model), tuple(warnings))


def _no_documents(n_topics: int) -> TrainedDocuments:
    return TrainedDocuments((), np.zeros((0, n_topics), np.float32), np.zeros(0, np.int32))


def _config(found: Found, path: str, configure: Configure) -> Config:
    """Return the user's config, on what the terms show; alpha of the files, if they have it, wins.

    Metadata, phrases and a vocabulary of the user's are those of another model.
    """
    base = with_tokenizer_of(found.terms, Config())
    inference = dataclasses.replace(base.inference, tolerance=_TOLERANCE, max_iterations=_MAX_ITERATIONS)
    base = dataclasses.replace(base, inference=inference)
    certain: dict[str, object] = {"model.path": path, "model.topics": len(found.phi)}
    if found.alpha is not None:
        certain["model.alpha"] = found.alpha.tolist()
    config = configure(base, certain)
    vocabulary = dataclasses.replace(spelled_out(config.vocabulary), phrases=base.vocabulary.phrases)
    corpus = dataclasses.replace(
        config.corpus,
        metadata_fields=(),
        metadata=None,
        metadata_pattern=None,
        vocabulary=None,
        cache=base.corpus.cache,
    )
    return dataclasses.replace(config, corpus=corpus, vocabulary=vocabulary)


def _alpha(found: Found, config: Config) -> Float64:
    given = found.alpha_sum / len(found.phi) if config.model.alpha == "auto" else config.model.alpha
    return np.broadcast_to(np.array(given, np.float64), len(found.phi)).copy()


def _model(kind: str, found: Found, config: Config) -> Model:
    n_topics, n_terms = found.phi.shape
    documents = found.term_documents
    if documents is None:
        documents = np.zeros(n_terms, np.int64)
    kept = Amount(n_terms, int(found.occurrences.sum()))
    return Model(
        phi=found.phi,
        vocabulary=found.terms,
        alpha=_alpha(found, config),
        eta=found.eta,
        term_counts=np.stack([found.occurrences, documents], axis=1),
        topic_counts=found.topic_counts,
        npmi=found.npmi or (None,) * n_topics,
        n_documents=0 if found.documents is None else len(found.documents.lengths),
        fingerprint=found.fingerprint,
        config=config,
        pruning=PruningReport(kept, *[Amount(0, 0)] * 4),
        imported=kind,
    )


def _told(kind: str, found: Found, model: Model) -> str:
    """Say what was made, and from what."""
    n_documents = f"{model.n_documents} documents" if model.n_documents else "no documents"
    if found.alpha is not None:
        origin = "read"
    else:
        origin = (
            f"assumed, {NAMES[kind]}'s default" if model.config.model.alpha == "auto" else "of the config"
        )
    least, most = model.alpha.min(), model.alpha.max()
    alpha = f"{least:.4g}" if least == most else f"{least:.4g} to {most:.4g}"
    command = f"lda-cli inspect -m {shlex.quote(model.config.model.path)}"
    return (
        f"{model.n_topics} topics, {len(model.vocabulary)} terms and {n_documents} of {NAMES[kind]}'s "
        f"{found.source}; alpha {alpha} ({origin}); texts are cut into {in_words(model.config.tokenizer)}; "
        f"to see them: {command}"
    )


def _of_lost(lost: Sequence[str], model: Model) -> list[str]:
    """Say which terms no text can have."""
    if not lost:
        return []
    return [
        f"{len(lost)} of {len(model.vocabulary)} terms can be no word of a text, first: {lost[0]}; "
        "set tokenizer.pattern and the other keys of tokenizer as the texts were cut"
    ]
