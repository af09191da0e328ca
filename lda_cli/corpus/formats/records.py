"""What the parsers of all formats return and raise."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

FIX_IT = "fix it, or set corpus.on_error to skip"

Value = str | int | float | None
Metadata = Mapping[str, Value]
NO_METADATA: Metadata = {}


class Document(NamedTuple):
    """The unit that gets a topic mixture.

    metadata : the values of corpus.metadata_fields that the document has
    """

    id: str  # one printable line: "space/moon.txt", "notes.txt:17", "stdin:17", or the value of id_field
    text: str
    metadata: Metadata = NO_METADATA


class Record(NamedTuple):
    """A parsed file, line or record; without an id, or with an empty one, its place is its id.

    replaced : why the text has U+FFFD for bytes that could not be decoded, under corpus.on_error replace
    """

    id: str | None
    text: str
    metadata: Metadata = NO_METADATA
    replaced: str | None = None


def joined(texts: Iterable[str]) -> str:
    """Return the texts of a record's fields as one, with a blank line between those that are not empty."""
    return "\n\n".join(filter(None, texts))


class InputError(Exception):
    """A file or a line that cannot be used: why, at which line or column (from 1), and what to do."""

    def __init__(self, reason: str, place: int | None = None, remedy: str = FIX_IT) -> None:
        super().__init__(reason)
        self.reason, self.place, self.remedy = reason, place, remedy


class MalformedError(InputError):
    """An input that its format does not allow."""


class NotReadError(InputError):
    """A file of a kind that is not read; in a folder it is left out, unless corpus.format names a format.

    kind : a noun, "Excel workbook"; a remark in brackets may follow
    """

    def __init__(self, kind: str, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy=remedy)
        self.kind = kind


def needs_extra(kind: str) -> NotReadError:
    """Return the error for a file that is read with the extra `documents`, which is not installed.

    kind : of the file, with its article: "a PDF"
    """
    how = "pip install 'lda-cli[documents]' reads it"
    noun = kind.removeprefix("an ").removeprefix("a ")
    return NotReadError(f"{noun} ({how})", f"is {kind}; {how}", "set corpus.on_error to skip to leave it out")


def composed(name: str) -> str:
    """Return a name or an id in NFC, in which two of them are compared: macOS writes names in NFD."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)
