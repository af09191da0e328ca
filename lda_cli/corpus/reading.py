"""The first pass over a corpus: its files are read and counted, those that the cache knows only looked up.

inputs -> pieces -> workers -> cache -> documents -> vocabulary.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from typing import BinaryIO, NamedTuple

from ..config import CorpusConfig
from .bag_of_words import Counted, PieceCounter
from .cache import Cache, Known
from .cache_index import Entry, key_of
from .counts_file import Counts, Documents
from .dividing import pieces
from .files import Source, find_sources
from .fingerprint import content, of_contents
from .ids import SeenIds
from .readers import Reader
from .report import Report, in_words
from .tokenizer import Tokenizer
from .workers import in_order

_IDS_AT_A_TIME = 1 << 20


class Reading(NamedTuple):
    """A corpus that was read.

    fingerprint : of its files; report : what was skipped or replaced, in this run or when it was read
    n_files : all files; n_read : those of them that were read, and not found in the cache
    """

    documents: Documents
    fingerprint: str
    report: Report
    n_files: int
    n_read: int


def read(
    inputs: Sequence[str],
    config: CorpusConfig,
    tokenizer: Tokenizer,
    cache: Cache,
    *,
    n_processes: int = 1,
    stdin: BinaryIO | None = None,
    never: Collection[str] = (),
    told: Callable[[int], None] = lambda n_documents: None,
) -> Reading:
    """Read and count what changed since the cache was written, and keep it there.

    n_processes : how many read, at most
    never : as `pieces` has it
    told : is called with the number of documents that were read so far

    Raises CorpusError, ConfigError as the readers do, and OutputError if the cache cannot be written.
    """
    listing = _Listing(cache)
    report = Report()
    counted = in_order(
        partial(PieceCounter, Reader(config), tokenizer),
        pieces(inputs, config, stdin, never, listing.is_new),
        n_processes,
    )
    n_documents = 0
    with closing(counted):
        for piece in counted:
            report.add(piece.report)
            listing.take(piece)
            n_documents += len(piece.ids)
            told(n_documents)
    files = listing.files()
    whole = [(source, file) for source, file in files if file.content]
    cache.keep({key_of(source): file for source, file in whole if source.stamps is not None})
    for _, file in files:
        report.add(file.report)
    documents = Documents(
        cache.run(file.counts, file.first, file.n_documents) for _, file in files if file.n_documents
    )
    names, seen = documents.names(), SeenIds()
    while some := list(islice(names, _IDS_AT_A_TIME)):
        report.repeat(seen.repeated(some))
    contents = ((source, bytes.fromhex(file.content)) for source, file in whole)
    return Reading(documents, of_contents(contents), report, len(files), listing.n_new)


class _Listing:
    """The files of a corpus as they come by, each with what is known of it, or becomes known."""

    def __init__(self, cache: Cache) -> None:
        self.n_new = 0
        self._cache = cache
        self._sources: dict[int, Source] = {}  # by their numbers
        self._files: dict[int, Entry] = {}

    def is_new(self, source: Source) -> bool:
        """List a file; whether it must be read."""
        self._sources[source.number] = source
        known = self._cache.entry(source)
        if known is None:
            self.n_new += 1
        else:
            self._files[source.number] = known
        return known is None

    def take(self, piece: Counted) -> None:
        """Store what was counted, and note which files it is of."""
        name, first = "", 0
        if piece.ids:
            counts = Counts(piece.starts, piece.columns, piece.counts)
            name, first = self._cache.add(piece.ids, piece.terms, counts, piece.counter)
        n_before = 0
        for end, n_documents in piece.files:
            source = self._sources[end.number]
            file = self._files.get(end.number) or _new_entry(source, self._cache.known.now)
            if not file.n_documents:
                file = file._replace(counts=name, first=first + n_before)
            content = "" if end.content is None else end.content.hex()
            n_here = n_documents - n_before
            file = file._replace(content=content, n_documents=file.n_documents + n_here)
            self._files[end.number] = file._replace(report=_together(file.report, end.report))
            n_before = n_documents

    def files(self) -> list[tuple[Source, Entry]]:
        """Return the files in the order of the corpus, without those that could not be opened."""
        return [(self._sources[number], self._files[number]) for number in sorted(self._files)]


def _together(one: Report | None, other: Report | None) -> Report | None:
    if one is None or other is None:
        return one or other
    one.add(other)
    return one


def _new_entry(source: Source, now: int) -> Entry:
    return Entry(source.size, source.stamps or (0, 0), now, "", "", 0, 0, None)


def fingerprint(
    inputs: Sequence[str], config: CorpusConfig, known: Known, never: Collection[str] = ()
) -> str:
    """Return the fingerprint that `read` would give, of files whose contents need not be read if known.

    Raises ConfigError for an input that can be read only once, CorpusError for a file that cannot be read.
    """
    contents: list[tuple[Source, bytes]] = []
    report = Report()
    for source in find_sources(inputs, config, report, never):
        entry = known.entry(source)
        try:
            contents.append((source, content(source) if entry is None else bytes.fromhex(entry.content)))
        except OSError as error:
            report.skip_or_raise(config.on_error, source.shown, in_words(error))
    return of_contents(contents)
