"""The terms of a matrix, from its vocabulary: a term a line, or gensim's dictionary. For the chunks."""

import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from ...config import CorpusConfig
from ...errors import in_words
from ..inputs.compression import DamagedError, streams
from ..inputs.files import printable
from ..inputs.formats import MalformedError
from ..inputs.report import Report

_TERM_BYTES = 1 << 16  # of a term, at most
_FILE_BYTES = 1 << 28  # and of all, which are in memory
_BOM = "\ufeff"  # a byte order mark, decoded

# A line of gensim's Dictionary.save_as_text: id, term, number of documents.
_GENSIM_LINE = re.compile(r"([0-9]{1,9})\t([^\t]+)\t[0-9]+")


class Vocabularies:
    """Reads vocabularies. The last one is kept, since files that lie together share it."""

    def __init__(self, config: CorpusConfig, report: Report) -> None:
        self._config, self._report = config, report
        self._path: str | None = None
        self._terms: list[str] | None = None

    def terms(self, path: str) -> list[str] | None:
        """Return what `read_terms` does."""
        if path != self._path:
            self._terms = read_terms(path, self._config, self._report)
            self._path = None if self._terms is None else path
        return self._terms


def read_terms(path: str, config: CorpusConfig, report: Report) -> list[str] | None:
    """Return the terms of a vocabulary, or None if it is bad and what needs it is to be skipped.

    Raises CorpusError, which names the line, for a term that is empty, repeated, more than a line, or cannot
    be decoded, and for ids of a gensim dictionary that are not 0 to V - 1.
    """
    number = 0
    try:
        found: dict[str, int] = {}
        with open(path, "rb", buffering=0) as file:
            _, stream = streams(path, cast(BinaryIO, file), None)
            for number, line in enumerate(_lines(stream), start=1):
                term = _term(line, f"{printable(path)}:{number}", config, report)
                term = term.removeprefix(_BOM) if number == 1 else term
                first = found.setdefault(term, number)
                if first != number or not term:
                    raise MalformedError(f"the term of line {first} once more" if term else "no term")
                if "".join(term.splitlines()) != term:  # as some encodings make of a line without one
                    raise MalformedError("a term with a line's end in it")
        number = 0
        if not found:
            raise MalformedError("no term in it")
        return _of_gensim(list(found)) or list(found)
    except (MalformedError, DamagedError, OSError) as error:
        reason = in_words(error) if isinstance(error, OSError) else str(error)
        where = (
            f"{printable(path)}:{number}" if number and isinstance(error, MalformedError) else printable(path)
        )
        report.skip_or_raise(config.on_error, where, reason, "mend it, or set corpus.vocabulary to another")
        return None


def _of_gensim(lines: list[str]) -> list[str]:
    """Return the terms of a dictionary of gensim's by id, or [] if the lines are something else."""
    matches = [
        _GENSIM_LINE.fullmatch(line) for line in lines[lines[0].isdigit() :]
    ]  # a number of documents first
    entries = sorted((int(match[1]), match[2]) for match in matches if match)
    if len(entries) < len(matches) or not entries:
        return []
    terms = [term for _, term in entries]
    if [number for number, _ in entries] != list(range(len(entries))) or len(set(terms)) < len(terms):
        raise MalformedError(
            f"ids of a gensim dictionary that are not 0 to {len(terms) - 1}, each with its term"
        )
    return terms


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines without their ends; raises MalformedError for more than memory is for."""
    n_bytes = 0
    while line := stream.readline(_TERM_BYTES):
        n_bytes += len(line)
        yield line.removesuffix(b"\n").removesuffix(b"\r")
        if len(line) == _TERM_BYTES or n_bytes > _FILE_BYTES:
            raise MalformedError(f"a term of {_TERM_BYTES} bytes, or terms of {_FILE_BYTES} bytes in all")


def _term(line: bytes, where: str, config: CorpusConfig, report: Report) -> str:
    if b"\0" in line:
        raise MalformedError("a NUL byte")
    try:
        term = line.decode(config.encoding)
        term.encode()  # what some encodings give has halves of characters
        return term
    except UnicodeError:
        reason = f"not valid {config.encoding}"
        if config.on_error != "replace":
            raise MalformedError(reason) from None
        report.replace(where, reason)
        return line.decode(config.encoding, "replace").encode("utf-8", "replace").decode()
