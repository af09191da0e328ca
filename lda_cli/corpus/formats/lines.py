"""Formats with a record a line: plain text, JSON lines, and MALLET's import-file."""

import json
import re

from ...config import CorpusConfig
from .objects import json_error, record_of
from .records import Record

# The line of MALLET's import-file, where white space is ASCII's: name, label, text.
_MALLET_LINE = re.compile(r"(\S*)[\s,]*(\S*)[\s,]*(.*)", re.ASCII | re.DOTALL)


def plain_line(line: str, config: CorpusConfig) -> Record:
    """Return the line as a text without an id."""
    return Record(None, line)


def json_line(line: str, config: CorpusConfig) -> Record | None:
    """Return the record of a JSON object, None for a blank line; raises MalformedError."""
    if not line or line.isspace():
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise json_error(error) from None
    return record_of(value, config)


def mallet_line(line: str, config: CorpusConfig) -> Record | None:
    """Return the text and the name of a line, None for a blank line."""
    if not line or line.isspace():
        return None
    found = _MALLET_LINE.fullmatch(line)
    assert found is not None  # the pattern takes any line
    return Record(found[1], found[3])
