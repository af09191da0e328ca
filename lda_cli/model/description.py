"""model.json: the sizes, config and checksums of a model; its last line is the SHA-256 of the text above."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Literal

from ..config import to_mapping
from ..corpus.metadata.types import TYPES, Types
from ..corpus.terms.vocabulary import Amount, PruningReport
from ..errors import ModelError, NewerModelError
from ..version import __version__
from .model import Model
from .seal import is_sealed, sealed

NAME = "model.json"
BYTES_AT_MOST = 1 << 26  # enough for a million topics and the longest stop lists
FORMAT = 1


def text(model: Model, checksums: Mapping[str, str]) -> bytes:
    """Return the text of model.json; `checksums` are those of the files beside it, by name."""
    removed = asdict(model.pruning)
    data = {
        "format": FORMAT,
        "lda_cli": __version__,
        "sizes": {
            "topics": model.n_topics,
            "terms": len(model.vocabulary),
            "documents": model.n_documents,
            "tokens": model.n_tokens,
        },
        "complete": model.is_complete,
        "unit": model.unit,
        "sources": list(model.sources),
        "imported": model.imported,
        "updates": model.updates,
        "started": model.started,
        "seeded": list(model.seeded),
        "vocabulary": {"found": removed.pop("found"), "removed": removed},
        "alpha": model.alpha.tolist(),
        "eta": model.eta,
        "corpus_fingerprint": model.fingerprint,
        "metadata": dict(model.metadata_types),
        "config": to_mapping(model.config),
        "files": dict(checksums),
    }
    return sealed(data)


def parsed(raw: bytes, folder: Path) -> dict[str, Any]:
    """Return the content of the model.json in `folder`, if its last line is right.

    Raises ModelError, NewerModelError.
    """
    path = folder / NAME
    try:
        data = json.loads(raw)
        made_by_format = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, "it is not a description of a model") from error
    if isinstance(made_by_format, int) and made_by_format > FORMAT:
        raise NewerModelError(
            f"{folder}: has format {made_by_format}, and this lda-cli {__version__} reads format {FORMAT}; "
            "use a newer lda-cli"
        )
    if made_by_format != FORMAT or not is_sealed(raw):
        raise damaged(path, "its text does not match its checksum")
    return dict(data)


def pruning(data: Mapping[str, Any]) -> PruningReport:
    """Return what each rule of the vocabulary removed. Raises KeyError, TypeError or ValueError."""
    told = {"found": data["vocabulary"]["found"], **data["vocabulary"]["removed"]}
    amounts = [told[rule.name] for rule in fields(PruningReport)]
    return PruningReport(*(Amount(int(amount["terms"]), int(amount["tokens"])) for amount in amounts))


def metadata_types(data: Mapping[str, Any]) -> Types:
    """Return the types of the fields of metadata. Raises KeyError or ValueError."""
    found = data["metadata"]
    if not isinstance(found, dict) or not all(kind in TYPES for kind in found.values()):
        raise ValueError("'metadata', which has an unknown type")
    return found


def unit(data: Mapping[str, Any]) -> Literal["file", "line"] | None:
    """Return the unit of plain text. Raises KeyError or ValueError."""
    found = data["unit"]
    if found not in ("file", "line", None):
        raise ValueError("'unit'")
    return found  # type: ignore[no-any-return]


def sources(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the training corpus. Raises KeyError or ValueError."""
    found = data["sources"]
    if not isinstance(found, list) or not all(isinstance(path, str) for path in found):
        raise ValueError("'sources'")
    return tuple(found)


def imported(data: Mapping[str, Any]) -> str | None:
    """Return the tool that made the model; None for a training. Raises KeyError or ValueError."""
    found = data["imported"]
    if found is not None and not isinstance(found, str):
        raise ValueError("'imported'")
    return found


def origin(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields updates, started and seeded of a model. Raises KeyError or ValueError."""
    updates, started, seeded = data["updates"], data["started"], data["seeded"]
    n_topics, n_seeded = int(data["sizes"]["topics"]), len(data["config"]["model"]["seeds"])
    topics = seeded if isinstance(seeded, list) else [None]
    if not all(type(topic) is int and 0 <= topic < n_topics for topic in topics) or len(topics) != n_seeded:
        raise ValueError("'seeded'")
    for name, number in (("updates", updates), ("started", started or 0)):
        if type(number) is not int or number < 0:
            raise ValueError(repr(name))
    return {"updates": updates, "started": started, "seeded": tuple(topics)}


def damaged(path: Path, why: str) -> ModelError:
    """Return the error that names a damaged file."""
    return ModelError(f"{path}: the model is damaged, {why}; train it again, or restore it from a backup")
