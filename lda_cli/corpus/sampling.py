"""A sample of a corpus, spread over all of it, to tell what the whole is like before it is read.

sources -> sample -> growth.py. The same corpus gives the same sample. Files that are a document each are
taken at even distances, and so are lines of files that can be entered anywhere. Tables, bags of words and
what is packed cannot be: of some of those files the beginning is read.
"""

import os
import time
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from ..config import CorpusConfig
from .bag_of_words import PieceCounter
from .blocks import DOCUMENT_BYTES, too_long
from .cache import Cache
from .cache_index import Entry
from .compression import streams
from .counts_file import Counts, Documents
from .dividing import PIECE_FILES, check_has_lines, pieces_of
from .files import Source
from .formats import LINE_PARSERS
from .readers import Piece, Reader, is_binary
from .report import Report, in_words
from .terms_file import Vocabularies
from .tokenizer import Tokenizer

# A corpus of at most so many bytes, stored, and so many files is read as a whole; else about so much of it.
SAMPLE_BYTES = 1 << 24
SAMPLE_FILES = 1 << 12

_CHUNK_BYTES = 1 << 17  # of a file of lines, read at one place
_BEGINNINGS = 1 << 6  # files of which the beginning is read, at most
_SKIPPED_BYTES = 1 << 16  # of a line that is passed over, at a time


class Sample(NamedTuple):
    """Some documents of a corpus.

    documents : n of them, which are open as long as the cache is; is_whole : whether they are all
    factors : (n,) float64, how many bytes of the corpus stand behind each byte of theirs
    n_documents : of the corpus
    n_beginnings : files of which only the beginning was read
    n_bytes : that were read, stored; seconds : that one process took for them
    report : what was skipped or replaced
    """

    documents: Documents
    is_whole: bool
    factors: npt.NDArray[np.float64]
    n_documents: int
    n_beginnings: int
    n_bytes: int
    seconds: float
    report: Report


def take_sample(
    sources: Sequence[Source], config: CorpusConfig, tokenizer: Tokenizer, cache: Cache
) -> Sample:
    """Read and count some documents of regular files; their counts go to the cache, as they would in `read`.

    Raises CorpusError and ConfigError for what is read of them, as `read` does. Where lines were not counted
    from the beginning of their file, the message says from where.
    """
    started = time.perf_counter()
    n_stored = sum(source.size for source in sources)
    is_whole = n_stored <= SAMPLE_BYTES and len(sources) <= SAMPLE_FILES
    share = 1.0 if is_whole else min(1.0, SAMPLE_BYTES / max(n_stored, 1))
    sampler = _Sampler(config, tokenizer, cache)
    factors = [np.zeros(0)]
    n_documents = n_bytes = 0.0
    for way, group in zip(
        (sampler.files, sampler.lines, sampler.beginnings), _groups(sources, is_whole), strict=True
    ):
        n_before = sampler.n_documents
        n_read = way(group, share) if group else 0
        n_here = sampler.n_documents - n_before
        factor = sum(source.size for source in group) / max(n_read, 1)
        factors.append(np.full(n_here, factor))
        if way == sampler.files and config.split.by is None:  # the number of files is known
            factor = len(group) / max(len(_chosen(group, share)), 1)
        n_documents += n_here * factor
        n_bytes += n_read
    return Sample(
        sampler.documents(),
        is_whole,
        np.concatenate(factors),
        round(n_documents),
        sampler.n_beginnings,
        round(n_bytes),
        time.perf_counter() - started,
        sampler.report,
    )


def _groups(sources: Sequence[Source], is_whole: bool) -> tuple[list[Source], list[Source], list[Source]]:
    """Divide files by how they are read: a document each, lines anywhere, or from the beginning."""
    groups: tuple[list[Source], list[Source], list[Source]] = [], [], []
    for source in sources:
        is_entered = not is_whole and source.format in LINE_PARSERS and _is_plain(source)
        groups[0 if source.format == "folder" else 1 if is_entered else 2].append(source)
    return groups


def _is_plain(source: Source) -> bool:
    """Whether a file is neither packed nor binary; one that cannot be read is no matter here."""
    try:
        with open(source.path, "rb") as file:
            stored, stream = streams(source.path, file, None)
            return stream is stored and not is_binary(stream)
    except OSError:
        return False


def _chosen(group: Sequence[Source], share: float, least: int = 1) -> list[Source]:
    """Choose a share of the files, at even distances."""
    n_wanted = min(max(round(len(group) * share), least), SAMPLE_FILES)
    n_chosen = min(n_wanted, len(group))
    places = (np.arange(n_chosen) + 0.5) * len(group) / n_chosen
    return [group[place] for place in places.astype(np.int64).tolist()]


class _Sampler:
    """Reads and counts some of a group of files, a method for each way: it says how many bytes those are."""

    def __init__(self, config: CorpusConfig, tokenizer: Tokenizer, cache: Cache) -> None:
        self.n_documents = self.n_beginnings = 0
        self.report = Report()
        self._config, self._cache = config, cache
        self._count = PieceCounter(Reader(config), tokenizer)
        self._vocabularies = Vocabularies(config, self.report)
        self._counts = ""  # the name of the file of counts

    def documents(self) -> Documents:
        """Return what was read so far, at the end."""
        self._cache.keep([])
        return self._cache.documents([Entry(0, (0, 0), 0, None, self._counts, 0, self.n_documents, None)])

    def files(self, group: Sequence[Source], share: float) -> int:
        """Read whole files."""
        chosen = _chosen(group, share)
        for first in range(0, len(chosen), PIECE_FILES):
            self._take(Piece(tuple(chosen[first : first + PIECE_FILES]), None))
        return sum(source.size for source in chosen)

    def lines(self, group: Sequence[Source], share: float) -> int:
        """Read lines at even distances, as if all files were one."""
        ends = np.cumsum([source.size for source in group])
        n_chunks = max(1, round(int(ends[-1]) * share / _CHUNK_BYTES))
        places = ((np.arange(n_chunks) + 0.5) * int(ends[-1]) / n_chunks).astype(np.int64)
        n_read, n_before = 0, self.n_documents
        for place, number in zip(
            places.tolist(), np.searchsorted(ends, places, side="right").tolist(), strict=True
        ):
            source = group[number]
            begin = max(0, place - int(ends[number]) + source.size - _CHUNK_BYTES // 2)
            n_read += self._lines(source, begin, min(begin + _CHUNK_BYTES, source.size))
        is_in_vain = self.n_documents == n_before  # lines are so long that none begins where we looked
        return self.beginnings(group, share) if is_in_vain else n_read

    def _lines(self, source: Source, begin: int, end: int) -> int:
        """Read the lines that begin in a part of a file."""
        check_has_lines(source, self._config)
        try:
            with open(source.path, "rb") as file:
                lines = _lines_from(file, begin, end)
        except OSError as error:
            self.report.skip_or_raise(self._config.on_error, source.shown, in_words(error))
            return end - begin
        if len(lines) > DOCUMENT_BYTES:
            long = too_long("a line")
            self.report.skip_or_raise(self._config.on_error, source.shown, long.reason, long.remedy)
        elif lines:
            shown = source.path if not begin else f"{source.path} (from byte {begin})"
            self._take(Piece((source._replace(path=shown),), None, lines))
        return end - begin

    def beginnings(self, group: Sequence[Source], share: float) -> int:
        """Read the beginnings of some files; all of them, to the end, where the share is 1."""
        chosen = _chosen(group, share, _BEGINNINGS)
        n_stored = sum(source.size for source in chosen)
        part = min(1.0, share * sum(source.size for source in group) / max(n_stored, 1))
        return sum(self._beginning(source, part) for source in chosen)

    def _beginning(self, source: Source, part: float) -> int:
        """Read about a part of a file, from where it begins."""
        read = 1.0
        try:
            with open(source.path, "rb", buffering=0) as opened:
                file, n_stored = cast(BinaryIO, opened), os.fstat(opened.fileno()).st_size
                found = pieces_of(source, file, self._config, self.report, self._vocabularies)
                for piece in found:
                    if piece is not None:
                        self._take(piece)
                    # of an archive all was read, and then sought in, before it gives its first documents
                    if part * n_stored <= file.tell() < n_stored and source.format != "npz":
                        read = file.tell() / n_stored
                        self.n_beginnings += 1
                        break
        except OSError as error:
            self.report.skip_or_raise(self._config.on_error, source.shown, in_words(error))
        return round(read * source.size)

    def _take(self, piece: Piece) -> None:
        counted = self._count(piece)
        self.report.add(counted.report)
        for end, _ in counted.files:
            self.report.add(end.report)
        if counted.ids:
            counts = Counts(counted.starts, counted.columns, counted.counts)
            self._counts, _ = self._cache.add(counted.ids, counted.terms, counts, counted.counter)
            self.n_documents += len(counted.ids)


def _lines_from(file: BinaryIO, begin: int, end: int) -> bytes:
    """Return the lines that begin in a part of a file, with the last one's end; a line too long is cut."""
    file.seek(max(begin - 1, 0))
    while begin and not (passed := file.readline(_SKIPPED_BYTES)).endswith(b"\n"):
        if not passed or file.tell() >= end:
            return b""
    start = file.tell()
    lines = file.read(max(end - start, 0))
    return lines if lines.endswith(b"\n") or not lines else lines + file.readline(DOCUMENT_BYTES + 1)
