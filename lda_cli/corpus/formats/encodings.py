"""Which encoding a text has: that of its byte order mark, or else the one of the config."""

import codecs
from typing import NamedTuple

# Those of UTF-32 come first: the little-endian one begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF8: "utf-8",
}
MARK_BYTES = 4  # at most
MARK = "\ufeff"  # decoded
_ALL_MARKS = tuple(MARKS)
# What to do about bytes that are not of corpus.encoding.
OTHER_ENCODINGS = "set corpus.encoding to its encoding, or to several, such as [utf-8, latin-1]"
WRONG_ENCODING = f"{OTHER_ENCODINGS}, or corpus.on_error to skip or replace"
# Python takes the machine's byte order where there is no mark.
_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


class Encoding(NamedTuple):
    """An encoding as messages name it, and the codec of the bytes at hand: a stream may be UTF-8 by then."""

    name: str
    codec: str

    @classmethod
    def of(cls, name: str) -> "Encoding":
        """Return the encoding that a config names."""
        return cls(name, codec_name(name))

    def in_file(self, head: bytes) -> "Encoding":
        """Return the encoding of a file with these first bytes: that of its mark, or else this one."""
        marked = marked_encoding(head)
        return self if marked is None or marked == self.codec else Encoding(marked, marked)

    @property
    def is_line_by_line(self) -> bool:
        """Whether a line end is the byte LF, so that lines can be found before decoding."""
        return "\n".encode(self.codec) == b"\n"


def codec_name(encoding: str) -> str:
    """Return Python's name of an encoding, for text that has no byte order mark or still has it."""
    name = codecs.lookup(encoding).name
    return _WITHOUT_MARK.get(name, name)


def marked_encoding(head: bytes) -> str | None:
    """Return the encoding that the byte order mark of a text says, or None if it has none."""
    if not head.startswith(_ALL_MARKS):
        return None
    return next(name for mark, name in MARKS.items() if head.startswith(mark))


def head_of(data: bytes, encoding: str) -> str:
    """Return the first characters of a text, without its mark; what cannot be decoded is U+FFFD."""
    decoder = codecs.getincrementaldecoder(Encoding.of(encoding).in_file(data).codec)("replace")
    return decoder.decode(data).removeprefix(MARK)


def without_surrogates(text: str) -> str:
    r"""Return a text that can be written: JSON may have unpaired surrogates as \ud800."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
