"""A model -> the bytes of its page, of a limited size; the page says what was left out."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..config.languages import LANGUAGES
from ..engine.arrays import Bools
from ..errors import ConfigError
from ..inference import unreadable
from ..model.model import Model
from ..model.ranking import BestDocument
from .documents import add_best, add_documents
from .groups import add_groups
from .packing import Pack
from .page import page
from .texts import add_texts, texts_of
from .topics import add_terms, add_topics

BEST = 20  # documents that the page of a topic lists
_WITH_TEXT = 10  # of them
_OF_TOPIC = (1000, 100, BEST)  # so many documents of each topic are left where not all fit
_LEAST_BYTES = 12  # that a document takes in the page: of more documents than fit so, all are not even tried
_SPARE = 1000  # bytes of what is said at last
_MB = 1_000_000


@dataclass(frozen=True)
class Choice:
    """What the page shows.

    fields : of the metadata, with bins as `Model.by` takes them; none for all that have few values
    title : None for the name of the corpus
    max_bytes : of the page
    """

    fields: tuple[str, ...] = ()
    title: str | None = None
    max_bytes: int = 20 * _MB
    with_texts: bool = True


class Report(NamedTuple):
    """The page, and what a person should know of what it leaves out."""

    page: bytes
    notes: tuple[str, ...]


def report(
    model: Model,
    corpus: Sequence[str] = (),
    choice: Choice = Choice(),
    curves: Mapping[str, Any] | None = None,
) -> Report:
    """Return the page of a model.

    corpus : where the texts of the documents are; none for the sources of the model
    curves : of the sweep that the model is the best of (curves.py)

    Raises ConfigError for an unknown field and for a page that is too large, CorpusError for a corpus that is
    given and cannot be read, and ModelError.
    """
    title = choice.title or _title(model)
    core = Pack()
    add_topics(core, model)
    add_terms(core, model)
    add_groups(core, model, choice.fields)
    core.facts |= _totals(model) | {"title": title, "curves": curves}
    best = model.best_documents(top=BEST) if model.documents else []
    packs = {"core": core.packed()}
    room = choice.max_bytes - len(page(title, packs, _rows(model))) - _SPARE
    texts, why = _texts(model, best, corpus, choice)
    left_out = {"texts": why, "documents": None}
    documents, note = _documents(model, best, room - len(texts))
    if note is not None and texts:
        full, note_without = _documents(model, best, room)
        if room < len(documents) + len(texts) or note_without != note:
            left_out["texts"] = f"with them the page would be larger than {choice.max_bytes / _MB:g} MB"
            texts, documents, note = b"", full, note_without
    left_out["documents"] = note
    core.facts["left_out"] = left_out
    packs = {"core": core.packed(), "documents": documents} | ({"texts": texts} if texts else {})
    found = page(title, packs, _rows(model))
    if len(found) > choice.max_bytes:
        needed = f"{len(found) / _MB:.1f} MB, also without texts and most documents"
        raise ConfigError(f"--max-size: the page has {needed}; give at least {len(found) // _MB + 1}")
    notes = [f"{what} are left out: {reason}" for what, reason in left_out.items() if reason is not None]
    return Report(found, tuple(notes))


def _title(model: Model) -> str:
    names = [os.path.basename(os.path.normpath(source)) for source in model.sources]
    return f"Topics of {names[0]}" if len(names) == 1 and names[0] not in ("", ".", "-") else "Topics"


def _totals(model: Model) -> dict[str, Any]:
    language = model.config.vocabulary.stop_words
    return {
        "documents": model.n_documents,
        "tokens": model.n_tokens,
        "terms": len(model.vocabulary),
        "language": LANGUAGES.get(language) if isinstance(language, str) else None,
    }


def _rows(model: Model) -> list[Sequence[str]]:
    return [
        (str(topic.number), name, f"{topic.share:.1%}", " ".join(word for word, _ in topic.words))
        for topic, name in zip(model.topics(), model.names, strict=True)
    ]


def _texts(
    model: Model, best: Sequence[BestDocument], corpus: Sequence[str], choice: Choice
) -> tuple[bytes, str | None]:
    """Return the texts, packed, or none and the reason."""
    if not choice.with_texts:
        return b"", "--no-texts"
    if not model.documents:
        return b"", "the model has no documents"
    reason = None if corpus else unreadable(model)
    if reason is not None:
        return b"", reason
    wanted = {document.id: document.number for document in reversed(best) if document.rank <= _WITH_TEXT}
    found = texts_of(model, wanted, corpus)
    if not found:
        return b"", "none was found as it was in training; word counts have no text"
    pack = Pack()
    add_texts(pack, model, found)
    return pack.packed(), None


def _documents(model: Model, best: Sequence[BestDocument], room: int) -> tuple[bytes, str | None]:
    """Return as many documents as fit into so many bytes, packed, and what is said of those left out."""
    if not model.documents:
        return Pack().packed(), None
    n_all = len(model.documents)
    packed = b""
    if n_all * _LEAST_BYTES <= room:
        packed = _packed(model, best, np.ones(n_all, bool))
        if len(packed) <= room:
            return packed, None
    for n_best in _OF_TOPIC:
        kept = best if n_best == BEST else model.best_documents(top=n_best)
        wanted = _of(n_all, (document.number for document in kept))
        packed = _packed(model, best, wanted)
        if len(packed) <= room:
            break
    return (
        packed,
        f"only the {n_best:,} best of each topic are in the page, {int(wanted.sum()):,} of {n_all:,}",
    )


def _of(n: int, numbers: Iterable[int]) -> Bools:
    found = np.zeros(n, bool)
    found[list(numbers)] = True
    return found


def _packed(model: Model, best: Sequence[BestDocument], wanted: Bools) -> bytes:
    pack = Pack()
    add_documents(pack, model, wanted)
    add_best(pack, best)
    return pack.packed()
