"""The terms of a matrix, from its vocabulary: a term a line, or gensim's dictionary. For the chunks."""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import BinaryIO, cast

from ...config import CorpusConfig
from ...errors import in_words
from ..formats.records import InputError, MalformedError
from ..inputs.compression import streams
from ..inputs.files import printable
from ..inputs.report import Report

_TERM_BYTES = 1 << 16  # of a term, at most
_FILE_BYTES = 1 << 28  # of all terms, at most: they are in memory
_BOM = "\ufeff"  # a byte order mark, decoded

# A line of gensim's Dictionary.save_as_text: id, term, number of documents.
_GENSIM_LINE = re.compile(r"([0-9]{1,9})\t([^\t]+)\t[0-9]+")


def read_terms(path: str, config: CorpusConfig, report: Report) -> list[str] | None:
    """Return the terms of a vocabulary, or None if it is bad and its files are skipped.

    Raises CorpusError, which names the line, for a term that is empty, repeated, has a tab or a line break or
    cannot be decoded, and for ids of a gensim dictionary that are not 0 to V - 1.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            stream = streams(path, cast(BinaryIO, file), None)[1]
            terms = list(_terms(stream, printable(path), config, report))
        if not terms:
            raise MalformedError("no terms in this file")
        if found := _of_gensim(terms):
            return found
        for number, term in enumerate(terms, start=1):
            if "\t" in term:
                raise MalformedError("a tab in a term, as in a table; keep the column of the terms", number)
        return terms
    except (InputError, OSError) as error:
        bad = error if isinstance(error, InputError) else MalformedError(in_words(error))
        bad.remedy = "fix it, or set corpus.vocabulary to another file"
        report.refuse(config.on_error, printable(path), bad)
        return None


def _terms(stream: BinaryIO, shown: str, config: CorpusConfig, report: Report) -> dict[str, int]:
    """Return each term with its line number."""
    found: dict[str, int] = {}
    n_bytes = 0
    for number, raw in enumerate(iter(partial(stream.readline, _TERM_BYTES), b""), start=1):
        n_bytes += len(raw)
        if len(raw) == _TERM_BYTES or n_bytes > _FILE_BYTES:
            reason = f"term longer than {_TERM_BYTES} bytes, or file longer than {_FILE_BYTES} bytes"
            raise MalformedError(reason, number)
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if b"\0" in line:
            raise MalformedError("NUL byte", number)
        term = _decoded(line, config.encodings)
        if term is None:
            reason = f"not valid {' or '.join(config.encodings)}"
            if config.on_error != "replace":
                raise MalformedError(reason, number)
            report.replace(f"{shown}:{number}", reason)
            term = line.decode(config.encodings[0], "replace").encode("utf-8", "replace").decode()
        term = term.removeprefix(_BOM) if number == 1 else term
        first = found.setdefault(term, number)
        if first != number or not term:
            raise MalformedError(f"same term as in line {first}" if term else "empty term", number)
        if "".join(term.splitlines()) != term:  # some encodings decode other bytes to a line break
            raise MalformedError("line break in a term", number)
    return found


def _decoded(line: bytes, encodings: Sequence[str]) -> str | None:
    for encoding in encodings:
        with suppress(UnicodeError):
            term = line.decode(encoding)
            term.encode()  # some encodings decode to unpaired surrogates
            return term
    return None


def _of_gensim(lines: list[str]) -> list[str]:
    """Return the terms of a gensim dictionary by id, or [] if the lines are something else."""
    lines = lines[lines[0].isdigit() :]  # the first line may be a number of documents
    matches = [_GENSIM_LINE.fullmatch(line) for line in lines]
    entries = sorted((int(match[1]), match[2]) for match in matches if match)
    if len(entries) < len(matches) or not entries:
        return []
    terms = [term for _, term in entries]
    if [number for number, _ in entries] != list(range(len(entries))) or len(set(terms)) < len(terms):
        raise MalformedError(f"gensim dictionary without ids 0 to {len(terms) - 1}, each with its own term")
    return terms
