"""From a stream of JSON to documents: an array of objects, or objects one after another, over any lines.

Used where chunks are made: an object may span lines, so one process parses them all in order.
"""

import io
import json
import re
from collections.abc import Callable, Generator, Iterator

from ..formats.encodings import MARK, WRONG_ENCODING, Encoding
from ..formats.objects import CUT_STRING, json_error, record_of
from ..formats.records import Document, MalformedError
from ..inputs.files import Source, printable
from ..inputs.report import Report
from .blocks import DOCUMENT_BYTES, too_long
from .readers import Reader
from .transcoding import BAD, decoder

_BLOCK = 1 << 20  # bytes per read
_LONGEST_WORD = 16  # characters of a literal or an escape: an error this near the end may be a cut
_SPACE = re.compile(r"[ \t\r\n]*")
_LEAVE_OUT = "fix it, or set corpus.on_error to skip to leave out the rest of the file"


def documents(
    stream: io.BufferedReader,
    has_more: Callable[[], bool],
    source: Source,
    reader: Reader,
    report: Report,
    encoding: Encoding,
) -> Iterator[Document | None]:
    """Yield the documents of a JSON file, and None where a pipe has no more for now.

    encoding : of the stream

    Raises CorpusError for an object without the fields of the config and for what is no JSON, unless
    config.on_error is "skip"; what follows a fault of JSON itself cannot be read.
    """
    config = reader.config
    name = printable(source.name)
    values = _Values(stream, has_more, encoding)
    number = 0
    try:
        for found in values:
            if found is None:
                yield None
                continue
            number += 1
            where = f"{source.shown}:{values.line}:{values.column}"
            value = found[0]
            if values.is_bad:
                reason = f"not valid {encoding.name}"
                if config.on_error != "replace":
                    report.skip_or_raise(config.on_error, where, reason, WRONG_ENCODING)
                    continue
                report.replace(where, reason)
            try:
                record = record_of(value, config)
            except MalformedError as error:
                report.refuse(config.on_error, where, error)
            else:
                yield from reader.checked(record, f"{name}:{number}", where, report)
    except MalformedError as error:
        report.refuse(config.on_error, f"{source.shown}:{values.line}", error)


class _Values:
    """The objects in a stream of JSON, and their places.

    line, column : of the last value or error, from 1
    is_bad : whether bytes of the last value were not valid; they are U+FFFD
    """

    def __init__(self, stream: io.BufferedReader, has_more: Callable[[], bool], encoding: Encoding) -> None:
        self._stream, self._has_more = stream, has_more
        self._decoder = decoder(encoding.codec)
        self._json = json.JSONDecoder()
        self._text = ""
        self._at = 0  # in the text: what comes before was parsed
        self._marked = 0  # in the text: the place of line and column
        self._is_over = self._has_bad = False
        self.line = self.column = 1
        self.is_bad = False

    def __iter__(self) -> Iterator[tuple[object] | None]:
        """Yield a tuple of each value, and None where a pipe has no more. Raises MalformedError."""
        in_array = wants_comma = False
        while character := (yield from self._next_character()):
            if character == "[" and not in_array:
                in_array, wants_comma = True, False
                self._at += 1
            elif character == "]" and in_array:
                in_array = False
                self._at += 1
            elif wants_comma and in_array:
                if character != ",":
                    raise self._error("Expecting ',' delimiter", self._at)
                wants_comma = False
                self._at += 1
            else:
                value = yield from self._value()
                yield (value,)
                wants_comma = True
        if in_array:
            raise self._error("the array does not end", len(self._text))

    def _next_character(self) -> Generator[None, None, str]:
        """Return the next character that is not white space, "" at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            assert space is not None  # it matches nothing, too
            self._at = space.end()
            if self._at < len(self._text) or self._is_over:
                return self._text[self._at : self._at + 1]
            yield from self._read(1)

    def _value(self) -> Generator[None, None, object]:
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
                is_whole = end < len(self._text) or isinstance(value, dict | list | str)
                if is_whole or self._is_over:
                    break
            except json.JSONDecodeError as error:
                near_end = error.pos >= len(self._text) - _LONGEST_WORD
                if self._is_over or not (near_end or error.msg.startswith(CUT_STRING)):
                    raise self._error(error.msg, error.pos) from None
            except (ValueError, RecursionError) as error:
                self._mark(self._at)
                reason = json_error(error).reason
                raise MalformedError(reason, self.column, _LEAVE_OUT) from None
            size = len(self._text) - self._at
            if size > DOCUMENT_BYTES:
                self._mark(self._at)
                long = too_long("JSON object", more=", and what follows it")
                raise MalformedError(long.reason, self.column, long.remedy)
            yield from self._read(size)  # as much again: time stays linear
        self._mark(self._at)
        self.is_bad = self._has_bad and BAD in self._text[self._at : end]
        if self.is_bad:
            value = self._json.decode(self._text[self._at : end].replace(BAD, "\ufffd"))
        self._at = end
        return value

    def _read(self, least: int) -> Generator[None, None, None]:
        """Read `least` characters more, or fewer at the end or where a pipe waits after a whole value."""
        self._mark(self._at)
        parts = [self._text[self._at :]]
        self._at = self._marked = 0
        n_read = 0
        while n_read < least and not self._is_over:
            if not self._has_more():
                if n_read and parts[-1].rstrip().endswith(("}", "]", ",")):
                    break
                yield None
            data = self._stream.read1(_BLOCK)
            self._is_over = not data
            part = self._decoder.decode(data, self._is_over)
            if self.line == self.column == 1 and not any(parts):
                part = part.removeprefix(MARK)
            self._has_bad = self._has_bad or BAD in part
            parts.append(part)
            n_read += len(part)
        self._text = "".join(parts)

    def _mark(self, place: int) -> None:
        """Set line and column to a place in the text, not before the last one."""
        n_lines = self._text.count("\n", self._marked, place)
        if n_lines:
            self.line += n_lines
            self.column = place - self._text.rindex("\n", self._marked, place)
        else:
            self.column += place - self._marked
        self._marked = place

    def _error(self, reason: str, place: int) -> MalformedError:
        self._mark(place)
        return MalformedError(f"not valid JSON ({reason})", self.column, _LEAVE_OUT)
