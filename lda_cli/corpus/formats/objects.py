"""From a JSON object to a record, and how JSON is known by its first characters."""

import json
import math
import re
from typing import Literal

from ...config import CorpusConfig
from .fields import member, member_names, no_field
from .records import MalformedError, Record, joined

_CALLED = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
CUT_STRING = "Unterminated string"  # begins the message of Python's json
_OR_SKIP = ", or corpus.on_error to skip to leave out the objects without it"
_SPACE = r"[ \t\r\n]*+"
_KEY = rf'\{{{_SPACE}(?:"(?:[^"\\\n]|\\.)*+"{_SPACE}:|\}})'
_OBJECT = re.compile(_SPACE + _KEY)
_ARRAY = re.compile(rf"{_SPACE}\[{_SPACE}{_KEY}")


def record_of(value: object, config: CorpusConfig) -> Record:
    """Return the text and the id of a parsed JSON object. Raises MalformedError.

    A text may be a number, as in a table; null and NaN are an empty text.
    """
    if not isinstance(value, dict):
        raise MalformedError(f"not a JSON object but {_called(value)}")
    text = joined([_text(value, field) for field in config.text_fields])
    if config.id_field is None:
        return Record(None, text)
    name = _member(value, "id_field", config.id_field)
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise MalformedError(f"{config.id_field!r} is not a text or a whole number but {_called(name)}")
    return Record(str(name), text)


def json_error(error: ValueError | RecursionError) -> MalformedError:
    """Return what to say of an error of Python's json; its place is the column."""
    if isinstance(error, json.JSONDecodeError):
        return MalformedError(f"not valid JSON ({error.msg})", error.colno)
    if isinstance(error, RecursionError):
        return MalformedError("JSON nested too deeply")
    return MalformedError("JSON number too long")  # Python reads no integer of thousands of digits


def json_layout(head: str) -> Literal["json", "jsonl"] | None:
    """Return the format of JSON with these first characters, whatever its name; None if it may be no JSON.

    jsonl : the first line is a whole object; json : an array of objects, or an object over several lines
    """
    if _ARRAY.match(head):
        return "json"
    if not _OBJECT.match(head):
        return None
    line, end, _ = head.lstrip(" \t\r\n").partition("\n")
    try:
        return "jsonl" if isinstance(json.loads(line), dict) else None
    except json.JSONDecodeError as error:
        if error.pos >= len(line.rstrip()):
            return "json" if end else "jsonl"
        return None if end or not error.msg.startswith(CUT_STRING) else "jsonl"
    except (ValueError, RecursionError):
        return None


def _text(value: dict[str, object], field: str) -> str:
    found = _member(value, "text_field", field)
    if isinstance(found, str):
        return found
    if found is None or (isinstance(found, float) and not math.isfinite(found)):
        return ""
    if isinstance(found, int | float) and not isinstance(found, bool):
        return json.dumps(found)
    raise MalformedError(f"{field!r} is not a text but {_called(found)}")


def _member(value: dict[str, object], field_key: str, field: str) -> object:
    try:
        return member(value, field)
    except KeyError:
        no_field("key", field, member_names(value), field_key, otherwise=_OR_SKIP)


def _called(value: object) -> str:
    return "null" if value is None else _CALLED.get(type(value), "a text")
