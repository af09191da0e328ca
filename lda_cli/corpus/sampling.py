"""A sample of a corpus, spread over all of it, to tell what the whole is like before it is read.

sources -> sample -> growth.py. The same corpus gives the same sample. Files that are a document each are
taken at even distances, and so are lines of files that can be entered anywhere. Tables, bags of words and
what is packed cannot be: of some of those files the beginning is read.
"""

import math
import os
import time
from collections.abc import Callable, Collection, Sequence
from typing import BinaryIO, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from ..config import CorpusConfig, PhrasesConfig
from .collocations import PairCounter, PairCounts, Pairs
from .counts.cache import Cache
from .counts.cache_index import Entry
from .counts.counters import PieceCounter
from .counts.counts_file import Documents
from .documents.blocks import DOCUMENT_BYTES, too_long
from .documents.chunks import PIECE_FILES, check_has_lines, pieces_of
from .documents.readers import Piece, Reader, is_binary
from .documents.vocabulary_file import Vocabularies
from .inputs.compression import streams
from .inputs.files import Source, Stamps
from .inputs.formats import BAGS, LINE_PARSERS
from .inputs.report import Report, in_words
from .terms.phrases import Phrases
from .terms.tokenizer import Tokenizer

# A corpus of at most so many bytes, stored, and so many files is read as a whole; else about so much of it.
SAMPLE_BYTES = 1 << 24
SAMPLE_FILES = 1 << 12

_CHUNK_BYTES = 1 << 17  # of a file of lines, read at one place
_BEGINNINGS = 1 << 6  # files of which the beginning is read, at most
_LEAST_COUNT = 3  # of a pair in a sample: below, a matter of chance
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
    sources: Sequence[Source],
    config: CorpusConfig,
    tokenizer: Tokenizer,
    cache: Cache,
    phrases: Phrases | None = None,
) -> Sample:
    """Read and count some documents of regular files; their counts go to the cache, as they would in `read`.

    Raises CorpusError and ConfigError for what is read of them, as `read` does. Where lines were not counted
    from the beginning of their file, the message says from where.
    """
    started = time.perf_counter()
    counting = _Counting(PieceCounter(Reader(config), tokenizer, phrases), cache)
    sampler = _Sampler(sources, config, counting.take)
    parts = sampler.run()
    counting.report.add(sampler.report)
    return Sample(
        counting.documents(),
        sampler.is_whole,
        np.concatenate([np.zeros(0), *(np.full(part.n_sampled, part.factor) for part in parts)]),
        round(sum(part.n_documents for part in parts)),
        sampler.n_beginnings,
        sum(part.n_bytes for part in parts),
        time.perf_counter() - started,
        counting.report,
    )


def sample_pairs(
    sources: Sequence[Source],
    config: CorpusConfig,
    settings: PhrasesConfig,
    tokenizer: Tokenizer,
    stop_words: Collection[str],
) -> Pairs:
    """Return the pairs of words that make phrases, as far as the documents that `take_sample` takes tell.

    A pair must occur in the sample as often as its share of the corpus asks for, and three times at least.
    Raises what `take_sample` does.
    """
    texts = [source for source in sources if source.format not in BAGS]
    count, counts = PairCounter(Reader(config), tokenizer, stop_words), PairCounts()

    def take(piece: Piece) -> int:
        counted = count(piece)
        counts.add(counted)
        return counted.n_documents

    sampler = _Sampler(texts, config, take)
    n_read = sum(part.n_bytes for part in sampler.run())
    share = 1.0 if sampler.is_whole else n_read / max(sum(source.size for source in texts), 1)
    least = max(settings.min_count * share, min(settings.min_count, _LEAST_COUNT))
    return counts.collocations(math.ceil(least), settings.threshold)


class _Counting:
    """Counts pieces into a cache."""

    def __init__(self, count: PieceCounter, cache: Cache) -> None:
        self.report = Report()
        self._count, self._cache = count, cache
        self._name, self._n_documents = "", 0  # of the file of counts, and in it

    def take(self, piece: Piece) -> int:
        """Count a piece; returns how many documents it has."""
        counted = self._count(piece)
        self.report.add(counted.report)
        for end, _ in counted.files:
            self.report.add(end.report)
        if counted.ids:
            self._name, _ = self._cache.add(counted.ids, counted.terms, counted.rows, counted.counter)
            self._n_documents += len(counted.ids)
        return len(counted.ids)

    def documents(self) -> Documents:
        """Return what was counted, at the end."""
        self._cache.keep([])
        return self._cache.documents([Entry(0, Stamps(), 0, None, self._name, 0, self._n_documents, None)])


class _Part(NamedTuple):
    """What was read of a group of files.

    n_bytes, n_sampled : bytes and documents; factor : how many bytes of the group stand behind each of them
    n_documents : in all of the group, about
    """

    n_bytes: int
    n_sampled: int
    factor: float
    n_documents: float


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
    """Reads some documents: of a group of files each in a way of its own, which tells their bytes."""

    def __init__(self, sources: Sequence[Source], config: CorpusConfig, take: Callable[[Piece], int]) -> None:
        """Take : is given pieces, and says how many documents each has."""
        n_stored = sum(source.size for source in sources)
        self.is_whole = n_stored <= SAMPLE_BYTES and len(sources) <= SAMPLE_FILES
        self.n_documents = self.n_beginnings = 0
        self.report = Report()
        self._share = 1.0 if self.is_whole else min(1.0, SAMPLE_BYTES / max(n_stored, 1))
        self._sources, self._config, self._given_to = sources, config, take
        self._vocabularies = Vocabularies(config, self.report)

    def run(self) -> list[_Part]:
        """Read what is to be read."""
        ways = self.files, self.lines, self.beginnings
        groups = _groups(self._sources, self.is_whole)
        return [self._part(way, group) for way, group in zip(ways, groups, strict=True) if group]

    def _part(self, way: Callable[[Sequence[Source], float], int], group: Sequence[Source]) -> _Part:
        n_before = self.n_documents
        n_bytes = way(group, self._share)
        n_sampled = self.n_documents - n_before
        factor = sum(source.size for source in group) / max(n_bytes, 1)
        is_a_file_each = way == self.files and self._config.split.by is None
        a_document = len(group) / len(_chosen(group, self._share)) if is_a_file_each else factor
        return _Part(n_bytes, n_sampled, factor, n_sampled * a_document)

    def files(self, group: Sequence[Source], share: float) -> int:
        """Read whole files."""
        chosen = _chosen(group, share)
        for first in range(0, len(chosen), PIECE_FILES):
            self._take(Piece(tuple(chosen[first : first + PIECE_FILES]), None))
        return sum(source.size for source in chosen)

    def lines(self, group: Sequence[Source], share: float) -> int:
        """Read lines at even distances, as if all files were one."""
        ends = np.cumsum([source.size for source in group])
        if not ends[-1]:
            return 0
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
        self.n_documents += self._given_to(piece)


def _lines_from(file: BinaryIO, begin: int, end: int) -> bytes:
    """Return the lines that begin in a part of a file, with the last one's end; a line too long is cut."""
    file.seek(max(begin - 1, 0))
    while begin and not (passed := file.readline(_SKIPPED_BYTES)).endswith(b"\n"):
        if not passed or file.tell() >= end:
            return b""
    start = file.tell()
    lines = file.read(max(end - start, 0))
    return lines if lines.endswith(b"\n") or not lines else lines + file.readline(DOCUMENT_BYTES + 1)
