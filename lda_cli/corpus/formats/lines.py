"""Formats with a record a line: plain text, JSON lines, and MALLET's import-file."""

import json
import re
from typing import Any

from ...config import CorpusConfig
from .metadata import of_object
from .records import MalformedError, Record, no_field

# The line of MALLET's import-file, where white space is ASCII's: name, label, text.
_MALLET_LINE = re.compile(r"(\S*)[\s,]*(\S*)[\s,]*(.*)", re.ASCII | re.DOTALL)
_JSON_NAMES = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}


def plain_line(line: str, config: CorpusConfig) -> Record:
    """Return the line as a text without an id."""
    return Record(None, line)


def json_line(line: str, config: CorpusConfig) -> Record | None:
    """Return the text, id and metadata of a JSON object, None for a blank line; raises MalformedError."""
    if not line or line.isspace():
        return None
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise MalformedError(f"not valid JSON ({error.msg})", error.colno) from None
    except RecursionError:
        raise MalformedError("JSON nested too deeply") from None
    except ValueError:  # Python reads no integer of thousands of digits
        raise MalformedError("JSON number too long") from None
    if not isinstance(value, dict):
        raise MalformedError(f"not a JSON object but {_called(value)}")
    text = _member(value, "text_field", config.text_field)
    if not isinstance(text, str):
        raise MalformedError(f"{config.text_field!r} is not a text but {_called(text)}")
    metadata = of_object(value, config.metadata_fields)
    if config.id_field is None:
        return Record(None, text, metadata)
    name = _member(value, "id_field", config.id_field)
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise MalformedError(f"{config.id_field!r} is not a text or a whole number but {_called(name)}")
    return Record(str(name), text, metadata)


def mallet_line(line: str, config: CorpusConfig) -> Record | None:
    """Return the text and the name of a line, None for a blank line."""
    if not line or line.isspace():
        return None
    found = _MALLET_LINE.fullmatch(line)
    assert found is not None  # the pattern takes any line
    return Record(found[1], found[3])


def _member(value: dict[str, Any], key: str, field: str) -> object:
    if field not in value:
        no_field(f"no key {field!r}", list(value), key)
    return value[field]


def _called(value: object) -> str:
    return "null" if value is None else _JSON_NAMES.get(type(value), "a text")
