"""The folder of a sweep: its best model, and the picture and the words that explain the choice."""

import base64
import json
from pathlib import Path
from typing import Any

from ..errors import ModelError, in_words
from ..model import description
from ..sweep.results import BEST

_CHOICE, _PICTURE = "choice.json", "sweep.svg"


def is_sweep(path: str) -> bool:
    """Whether a folder is that of a sweep, and not a model."""
    folder = Path(path)
    return (folder / _CHOICE).is_file() and not (folder / description.NAME).is_file()


def of_sweep(path: str) -> tuple[str, dict[str, Any]]:
    """Return the path of the best model, and the facts of the choice.

    Raises ModelError if the sweep suggests no model, or its files cannot be read.
    """
    folder = Path(path)
    try:
        choice = json.loads((folder / _CHOICE).read_text(encoding="utf-8"))
        picture = (folder / _PICTURE).read_bytes()
        words, suggested = str(choice["words"]), choice["suggested"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = in_words(error) if isinstance(error, (OSError, ValueError)) else "a field is missing"
        raise ModelError(f"{folder}: the sweep cannot be read: {reason}; run lda-cli sweep again") from error
    best = folder / BEST
    if not best.is_dir():
        raise ModelError(f"{folder}: the sweep suggests no model; choose one, such as -m {folder}/runs/NAME")
    return str(best), {"words": words, "suggested": suggested, "picture": base64.b64encode(picture).decode()}
