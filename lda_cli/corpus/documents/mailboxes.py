"""From the lines of a file of mail to its messages, in a stream. Used where chunks are made.

A message begins at a "From " line after a blank line, if a header follows (mbox). A file that does not begin
with a "From " line is one message.
"""

import re
from collections.abc import Iterator

from ..formats.mail import mail_message
from ..formats.metadata import with_fields
from ..formats.records import Document, InputError
from ..inputs.files import Source, printable
from ..inputs.report import Report
from . import blocks
from .readers import Reader

_BEGIN = re.compile(rb"\n\r?\n(?=From [^\n]*\n(?:[!-9;-~]+:|>From ))")
_MAILBOX = re.compile(rb"\s*From [^\n]*\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def documents(
    found: Iterator[bytes | None], source: Source, reader: Reader, report: Report
) -> Iterator[Document | None]:
    """Yield the documents of a file of mail, and None where a pipe has no more for now.

    found : whole lines, LONG_LINE, and None where a pipe has no more for now

    The id of a message without one is "file:line". Raises CorpusError for a message that cannot be read,
    unless corpus.on_error is "skip".
    """
    for message in messages(found):
        if message is None:
            yield None
        else:
            yield from _documents(message, source, reader, report)


def messages(found: Iterator[bytes | None]) -> Iterator[tuple[int, bytes | None] | None]:
    """Yield the number of the first line of each message, and its bytes, None if it is too long.

    found : as for `documents`; None is passed on
    """
    text = bytearray()  # the current message
    first = 1
    n_cut = 0  # lines of it that were dropped, since it is too long
    n_searched = 0
    is_mailbox = is_cut = False
    for block in found:
        if block is None:
            yield None
            continue
        is_cut = is_cut or block == blocks.LONG_LINE
        if not n_searched:
            is_mailbox = _MAILBOX.match(block) is not None
        text += block
        start = 0
        for begin in _BEGIN.finditer(text, n_searched) if is_mailbox else ():
            yield first, None if is_cut else bytes(text[start : begin.end()])
            first += n_cut + text.count(b"\n", start, begin.end())
            start, n_cut, is_cut = begin.end(), 0, False
        del text[:start]
        # a mark may begin in this block and end in the next
        n_searched = max(text.rfind(b"\n", 0, text.rfind(b"\n", 0, max(0, len(text) - 1))) - 2, 1)
        if len(text) > blocks.DOCUMENT_BYTES:
            n_cut += text.count(b"\n", 0, n_searched)
            del text[:n_searched]
            n_searched, is_cut = 1, True
    if text or is_cut:
        yield first, None if is_cut else bytes(text)


def _documents(
    message: tuple[int, bytes | None], source: Source, reader: Reader, report: Report
) -> list[Document]:
    line, data = message
    where = f"{source.shown}:{line}"
    try:
        if data is None:
            raise blocks.too_long("message")
        if (opening := _MAILBOX.match(data)) is not None:
            data = _QUOTED.sub(rb"\1", data[opening.end() :])
        record = with_fields(mail_message(data, reader.config), reader.config)
    except InputError as error:
        report.refuse(reader.config.on_error, where, error)
        return []
    return reader.checked(record, f"{printable(source.name)}:{line}", where, report)
