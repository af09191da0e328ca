"""What a file is, by its name and its first bytes: a format, or a kind of file that is not read here.

A name goes before the first bytes, except that a kind with a signature, such as PDF, is never read as text.
A format of text is recognised only by bytes that no plain text begins with.
"""

import codecs
import json
import re
from typing import NamedTuple

from ...config import CorpusConfig
from .delimiters import table_delimiter
from .encodings import Encoding, head_of
from .objects import json_layout
from .records import NotReadError
from .table import FORMATS

BINARY_HEAD = 8192  # a NUL in the first bytes makes a file binary
_LEAST_LETTERS = 3  # of UTF-16, to tell it from other bytes

_USE_AUTO = "pip install 'lda-cli[documents]' reads it, with corpus.format auto"
_EXCLUDE_IT = "add it to corpus.exclude, or set corpus.on_error to skip"
_USE_TEXT = "save it as text, or set corpus.on_error to skip"
_AS_CSV = "save it as CSV"

# Their names say plain text: mark-up at the beginning does not make them HTML or XML.
_TEXT_SUFFIXES = (".txt", ".text", ".md", ".markdown", ".rst", ".adoc", ".org", ".tex", ".log")
_COUNTS_SUFFIXES = (".dat", ".blei", ".lda-c", ".svm", ".svmlight", ".libsvm")


class Kind(NamedTuple):
    """A kind of file that is not read as text.

    noun : "Excel workbook"
    said : what is said of such a file; "": that it is one
    """

    noun: str
    remedy: str
    said: str = ""

    def error(self) -> NotReadError:
        """Return the error for a file of this kind."""
        article = "an" if self.noun[0] in "aeiouAEIO" or self.noun[:3] in ("HDF", "RTF", "SQL") else "a"
        return NotReadError(self.noun, self.said or f"is {article} {self.noun}", self.remedy)


_IMAGE, _SOUND, _VIDEO, _FONT, _PROGRAM, _BINARY = (
    Kind(noun, _EXCLUDE_IT)
    for noun in ("image", "sound file", "video", "font", "compiled program", "binary file")
)
_PDF = Kind("PDF", _USE_AUTO)
_OLD_OFFICE = Kind("Office document of before 2007", "save it as docx or CSV")
_ZIP, _TAR, _ARCHIVE = (Kind(noun, "unpack it") for noun in ("zip archive", "tar archive", "archive"))
_LDAC = Kind("word count file", "set corpus.format to ldac", "looks like lda-c's word counts")
_SVMLIGHT = Kind("word count file", "convert it to Matrix Market (.mtx)", "looks like svmlight's word counts")

# The first bytes of files that hold no text, or none that is read here.
_KINDS: dict[bytes, Kind] = {
    b"%PDF-": _PDF,
    b"PK\3\4": _ZIP,
    b"PK\5\6": _ZIP,
    b"{\\rtf": Kind("RTF document", _USE_TEXT),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _OLD_OFFICE,
    b"%!PS": Kind("PostScript file", "convert it to PDF"),
    b"\x89PNG\r\n": _IMAGE,
    b"\xff\xd8\xff": _IMAGE,
    b"GIF87a": _IMAGE,
    b"GIF89a": _IMAGE,
    b"II*\0": _IMAGE,
    b"MM\0*": _IMAGE,
    b"\0\0\1\0": _IMAGE,
    b"ID3\2": _SOUND,
    b"ID3\3": _SOUND,
    b"ID3\4": _SOUND,
    b"\xff\xfb": _SOUND,
    b"OggS\0": _SOUND,
    b"fLaC\0": _SOUND,
    b"\x1aE\xdf\xa3": _VIDEO,
    b"wOFF": _FONT,
    b"wOF2": _FONT,
    b"\0\1\0\0\0": _FONT,
    b"\x7fELF": _PROGRAM,
    b"\xca\xfe\xba\xbe": _PROGRAM,
    b"\xcf\xfa\xed\xfe": _PROGRAM,
    b"\0asm": _PROGRAM,
    b"SQLite format 3\0": Kind("SQLite database", "export its table as CSV"),
    b"PAR1": Kind("Parquet file", _AS_CSV),
    b"ARROW1\0\0": Kind("Arrow file", _AS_CSV),
    b"\x89HDF\r\n": Kind("HDF5 file", _AS_CSV),
    b"\x93NUMPY": Kind("NumPy array", "save a sparse matrix of counts as .npz"),
    b"7z\xbc\xaf\x27\x1c": _ARCHIVE,
    b"Rar!\x1a\7": _ARCHIVE,
    b"!<arch>\n": _ARCHIVE,
    b"\x28\xb5\x2f\xfd": Kind("zstd file", "decompress it with unzstd"),
    b"\x04\x22\x4d\x18": Kind("lz4 file", "decompress it with lz4 -d"),
}
for _protocol in range(2, 6):
    _KINDS[bytes([0x80, _protocol])] = Kind("Python pickle", "save its texts as JSON lines")
_BEGINNINGS = tuple(_KINDS)

# Entries of a zip archive that say what it is. Few entries come before them.
_ZIPS: tuple[tuple[bytes, str, Kind], ...] = (
    (b"mimetypeapplication/epub+zip", ".epub", Kind("EPUB book", _USE_TEXT)),
    (b"opendocument.spreadsheet", ".ods", Kind("spreadsheet", _AS_CSV)),
    (b"opendocument.presentation", ".odp", Kind("presentation", _USE_TEXT)),
    (
        b"opendocument.text",
        ".odt",
        Kind("OpenDocument text", "save it as docx or text"),
    ),
    (b"xl/", ".xlsx", Kind("Excel workbook", _AS_CSV)),
    (b"ppt/", ".pptx", Kind("PowerPoint presentation", _USE_TEXT)),
    (b"word/", ".docx", Kind("Word document", _USE_AUTO)),
)

_WEEKDAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MBOX = re.compile(
    rb"From [^\r\n]+ %b [A-Z][a-z]{2} [ 0-9][0-9] [^\r\n]*[0-9]{4}[^\r\n]*\r?\n[\w-]+:" % _WEEKDAY
)
# Headers that programs of mail add. Text of a newsgroup begins with From: and Subject:, and stays text.
_MAIL_HEADER = (
    rb"(?i:Return-Path|Received|Delivered-To|Envelope-To|X-Original-To|MIME-Version"
    rb"|DKIM-Signature|Authentication-Results|ARC-Seal|X-Mozilla-Status|X-GM-THRID):"
)
_MAIL = re.compile(rb"^" + _MAIL_HEADER + rb"[ \t]", re.MULTILINE)
_MESSAGE_ID, _NEWSGROUPS = (
    re.compile(rb"^%b:[ \t]" % name, re.I | re.M) for name in (b"Message-ID", b"Newsgroups")
)
# A first header, and one that names the message.
_NAMED_MESSAGE = rb"[!-9;-~]++:[ \t](?=(?:[^\n]++\n)*?(?i:Message-ID):)|(?i:Message-ID):"
_MAILDIR = re.compile(r"[:;!]2,[a-z]*")  # the end of a name in a Maildir: "2," and the flags of the message
_HEADERS = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_HTML = re.compile(rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*(?:<!doctype\s+html|<html[\s>])", re.I | re.S)
_XML = re.compile(rb"\s*<\?xml\s")
_HTML_IN_XML = re.compile(rb"<!doctype\s+html|<html[\s>]", re.I)
_SVG = re.compile(
    rb"\s*(?:<\?xml\s[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]", re.S
)
_KEYS = re.compile(r'("(?:[^"\\\n]|\\.)*+")\s*:')
_MAY_BE_OTHER = re.compile(
    rb"[\s\xef\xbb\xbf]*[{\[<]|From |%%|[-+]?[0-9][0-9.,]* +(?:qid:[0-9]+ +)?[0-9]+:"
    rb"|" + _MAIL_HEADER + b"|" + _NAMED_MESSAGE + b"|" + b"|".join(map(re.escape, _BEGINNINGS))
)
# A number of terms, or labels and perhaps a query of svmlight; pairs; and a comment of svmlight.
_COUNTS = re.compile(
    rb"[-+]?[0-9]+(?:[.,][0-9]+)*+(?: +qid:[0-9]+)?+((?: +[0-9]+:[0-9]+(?:\.[0-9]+)?)++) *+(?:#.*)?\r?"
)
_NO_COUNTS = (b"0", b"0\r", b"", b"\r")  # lines of empty documents


def format_of_name(name: str) -> str | None:
    """Return the format that belongs to a file's name, without folder and compression, or None."""
    stem = name.lower()
    if stem.startswith("docword."):
        return "uci"
    if _MAILDIR.fullmatch(stem[stem.rfind("2,") - 1 :]):
        return "mail"
    if "." not in stem:
        return None
    return next((name for name, kind in FORMATS.items() if stem.endswith(kind.suffixes)), None)


def is_plain(head: bytes) -> bool:
    """Whether a look at the first bytes is enough to know plain text, as for nearly every text."""
    return _MAY_BE_OTHER.match(head) is None and b"\0" not in head[:BINARY_HEAD]


def recognised(head: bytes, name: str, config: CorpusConfig, may_be_table: bool = False) -> str | None:
    """Return the format of a file with these first bytes; None for plain text.

    head : decompressed, at most HEAD_BYTES
    name : as for `format_of_name`, which knows no format for it
    may_be_table : whether to look for a table too, which takes longer

    Raises NotReadError for a kind of file that is not read.
    """
    if not is_plain(head):
        found = _signed(head) or _written(head, name, config)
        if found in FORMATS:
            return found
        check_is_text(head, name, is_wide(head, config))
    return "csv" if may_be_table and table_delimiter(head, config) is not None else None


def is_wide(head: bytes, config: CorpusConfig) -> bool:
    """Whether text with these first bytes may have NUL in its characters: UTF-16 and UTF-32."""
    codec = Encoding.of(config.encodings[0]).in_file(head).codec
    return b"\0" in "\n".encode(codec)


def json_layout_of(head: bytes, config: CorpusConfig) -> str | None:
    """Return json or jsonl, what JSON with these first bytes is whatever its name; None if it may be none."""
    return json_layout(head_of(head, config.encodings[0]))


def check_is_text(head: bytes, name: str, is_wide: bool = False) -> None:
    """Raise NotReadError for a file with these first bytes that is no text.

    is_wide : whether text in the encoding of the file may contain NUL
    """
    if head.startswith(_BEGINNINGS):
        first = next(first for first in _BEGINNINGS if head.startswith(first))
        raise (_of_zip(head, name) if first == b"PK\3\4" else _KINDS[first]).error()
    if head[257:262] == b"ustar":
        raise _TAR.error()
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        raise {b"WEBP": _IMAGE, b"WAVE": _SOUND, b"AVI ": _VIDEO}[head[8:12]].error()
    if head[4:8] == b"ftyp":
        raise (_IMAGE if head[8:12] in (b"heic", b"heix", b"mif1", b"avif") else _VIDEO).error()
    if b"\0" in head[:BINARY_HEAD] and not is_wide:
        raise (_of_utf_16(head) or _BINARY).error()


def _of_utf_16(head: bytes) -> Kind | None:
    """Return the kind of a text in UTF-16 without a mark: every second byte of its first letters is NUL."""
    first, second = head[:64:2], head[1:64:2]
    for codec, letters, others in (("utf-16-le", first, second), ("utf-16-be", second, first)):
        if len(letters) > _LEAST_LETTERS and not any(others) and 0 not in letters:
            return Kind("UTF-16 text (without a byte order mark)", f"set corpus.encoding to {codec}")
    return None


def _of_zip(head: bytes, name: str) -> Kind:
    by_name = next((kind for _, suffix, kind in _ZIPS if name.lower().endswith(suffix)), None)
    return by_name or next((kind for entry, _, kind in _ZIPS if entry in head), _ZIP)


def _signed(head: bytes) -> str | None:
    """Return the format that has a signature of its own."""
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head[:14].lower() == b"%%matrixmarket":
        return "mtx"
    if head.startswith(b"PK\3\4"):
        name_length = int.from_bytes(head[26:28], "little")
        if head[30 : 30 + name_length].endswith(b".npy"):
            return "npz"
        return "docx" if _of_zip(head, "").noun == "Word document" else None
    return None


def _written(head: bytes, name: str, config: CorpusConfig) -> str | None:
    """Return the format of text that can only be of this format. Raises NotReadError."""
    text = head.removeprefix(codecs.BOM_UTF8)
    if is_wide(head, config):
        text = head_of(head, config.encodings[0]).encode("utf-8", "replace")
    if _MBOX.match(text) or _is_message(text):
        return "mail"
    if (found := json_layout_of(head, config)) is not None:
        return found
    if (counts := _of_counts(text, name)) is not None:
        raise counts.error()
    if name.lower().endswith(_TEXT_SUFFIXES):
        return None
    if _SVG.match(text):
        raise _IMAGE.error()
    if _HTML.match(text) or (_XML.match(text) and _HTML_IN_XML.search(text, 0, 1024)):
        return "html"
    return "xml" if _XML.match(text) else None


def _is_message(text: bytes) -> bool:
    """Whether a text begins with the headers of mail: one of programs first, or later one and an id.

    Old posts of newsgroups have ids too, and few of them MIME-Version: all of them stay text.
    """
    headers = _HEADERS.match(text)
    if headers is None:
        return False
    if _MAIL.match(text) or _MESSAGE_ID.match(text):
        return True
    is_post = _NEWSGROUPS.search(headers[0]) is not None
    return not is_post and all(name.search(headers[0]) for name in (_MAIL, _MESSAGE_ID))


def _of_counts(text: bytes, name: str) -> Kind | None:
    """Return the kind of a file whose first lines are all numbers and pairs like 3:1."""
    lines = text.split(b"\n")
    lines = [line for line in lines[: len(lines) - 1][:100] or lines if line not in _NO_COUNTS]
    found = [_COUNTS.fullmatch(line) for line in lines]
    if not all(found) or len(found) < (1 if name.lower().endswith(_COUNTS_SUFFIXES) else 2):
        return None
    is_ldac = all(match and match[0].split()[0] == b"%d" % match[1].count(b":") for match in found)
    return _LDAC if is_ldac else _SVMLIGHT


def lacks_text(head: bytes, config: CorpusConfig) -> bool:
    """Whether the first bytes of a JSON file lack every key of the text, as those of settings do."""
    keys = set(_KEYS.findall(head_of(head, config.encodings[0])))
    return not any(
        json.dumps(part, ensure_ascii=is_ascii) in keys
        for field in config.text_fields
        for part in (field, field.rpartition(".")[2])
        for is_ascii in (False, True)
    )
