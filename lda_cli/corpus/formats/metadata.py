"""The metadata of a record: the values of corpus.metadata_fields, and their text in a file of counts."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress

from ...config import CorpusConfig
from .encodings import without_surrogates
from .fields import member
from .records import NO_METADATA, MalformedError, Metadata, Record, Value

VALUE_CHARACTERS = 10_000  # of a value, at most: parts of a document repeat it
LARGEST_EXACT = 2**53  # a larger integer is a text: other readers of JSON would round it

_AS_TEXT = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def of_object(record: Mapping[str, object], fields: Sequence[str]) -> Metadata:
    """Return the values of the fields that a JSON object has. Raises MalformedError."""
    found: dict[str, Value] = {}
    for field in fields:
        with suppress(KeyError):
            found[field] = metadata_value(field, member(record, field))
    return found or NO_METADATA


def with_fields(record: Record, config: CorpusConfig) -> Record:
    """Return a record with those of its metadata that the config names. Raises MalformedError."""
    return record._replace(metadata=of_object(record.metadata, config.metadata_fields))


def metadata_value(field: str, value: object) -> Value:
    """Return a value of JSON or of a cell as metadata. Raises MalformedError if it is too long.

    true and false become texts, lists and objects their JSON, NaN and infinity null. An integer above 2^53
    becomes a text.
    """
    if isinstance(value, str) and len(value) <= VALUE_CHARACTERS:
        return without_surrogates(value)
    if value is None or isinstance(value, float):
        return value if value is not None and math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_EXACT:
        return value
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise MalformedError(f"{field!r} is nested too deeply") from None
    if len(text) > VALUE_CHARACTERS:
        remedy = "leave it out of corpus.metadata_fields, or set corpus.on_error to skip"
        raise MalformedError(f"{field!r} is longer than {VALUE_CHARACTERS} characters", remedy=remedy)
    return without_surrogates(text)


def to_text(metadata: Metadata) -> str:
    """Return metadata as one line of JSON; no text if it is empty."""
    return _AS_TEXT(metadata) if metadata else ""


def from_text(text: str) -> Metadata:
    """Return the metadata of which `to_text` returned the text."""
    found: Metadata = json.loads(text) if text else NO_METADATA
    return found
