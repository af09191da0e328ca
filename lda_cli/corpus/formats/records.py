"""What the parsers of all formats return and raise."""

from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from ...config.complaints import shortened

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


class InputError(Exception):
    """A file or a line that cannot be used: why, at which line or column (from 1), and what to do."""

    def __init__(self, reason: str, place: int | None = None, remedy: str = FIX_IT) -> None:
        super().__init__(reason)
        self.reason, self.place, self.remedy = reason, place, remedy


class MalformedError(InputError):
    """An input that its format does not allow."""


def needs_extra(kind: str) -> MalformedError:
    """Return the error for a file that is read with the extra `documents`, which is not installed.

    kind : of the file, with its article: "a PDF"
    """
    reason = f"is {kind}; pip install 'lda-cli[documents]' reads it"
    return MalformedError(reason, remedy="set corpus.on_error to skip to leave it out")


def no_field(reason: str, fields: list[str], key: str) -> NoReturn:
    """Raise a MalformedError that names the first few fields there are."""
    some = ", ".join(shortened(repr(field)) for field in fields[:5]) + (", ..." if len(fields) > 5 else "")
    remedy = f"set corpus.{key} to an existing one, or corpus.on_error to skip"
    raise MalformedError(f"{reason} (it has {some})" if fields else reason, remedy=remedy)
