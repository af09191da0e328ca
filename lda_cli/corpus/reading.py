"""The first pass over a corpus: its files are read and counted, or their counts are taken from the cache.

inputs -> chunks -> workers -> cache -> stored documents -> vocabulary.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from itertools import islice
from typing import Literal, NamedTuple

from ..errors import CorpusError
from .counts.cache import Cache, FileEntry, KnownFiles
from .counts.counters import ChunkCounter, Counted
from .counts.counts_file import StoredDocuments
from .documents.chunks import chunks
from .documents.readers import FileEnd, Reader
from .inputs.files import Source, Stamps, find_sources
from .inputs.fingerprint import content, of_contents
from .inputs.inputs import Inputs
from .inputs.report import Report, SeenIds
from .terms.phrases import Phrases
from .terms.tokenizer import Tokenizer
from .workers import Workers, in_order

_IDS_AT_A_TIME = 1 << 20


class Tally(NamedTuple):
    """Numbers of files and of documents."""

    n_files: int
    n_documents: int


class Reading(NamedTuple):
    """The result of the first pass.

    fingerprint : of all files; text_fingerprint : of all but bags of words
    report : of files and lines that were skipped or replaced, in this run or an earlier one
    n_files : number of files; n_read : of them, those that were not in the cache
    formats : of each format that the files had by their names and first bytes, the numbers of its files and
        documents; empty if corpus.format names one
    """

    documents: StoredDocuments
    fingerprint: str
    text_fingerprint: str
    report: Report
    n_files: int
    n_read: int
    formats: Mapping[str, Tally]

    @property
    def unit(self) -> Literal["file", "line"] | None:
        """Return what a document of plain text is; None if there was no plain text, or the config says it."""
        return "file" if "folder" in self.formats else "line" if "lines" in self.formats else None


def read(
    inputs: Inputs,
    tokenizer: Tokenizer,
    cache: Cache,
    *,
    phrases: Phrases | None = None,
    workers: Workers = 1,
    report_progress: Callable[[int], None] = lambda n_documents: None,
) -> Reading:
    """Read and count the files that changed since the cache was written, and update the cache.

    phrases : to count in the place of their words, or None
    workers : as for `in_order`
    report_progress : called with the number of documents read so far

    Raises CorpusError, ConfigError as the readers do, and OutputError if the cache cannot be written.
    """
    listing = _Listing(cache)
    report = Report()
    counted = in_order(
        partial(ChunkCounter, Reader(inputs.corpus), tokenizer, phrases),
        chunks(inputs, listing.is_new),
        workers,
    )
    n_documents = 0
    with closing(counted):
        for chunk in counted:
            report.add(chunk.report)
            listing.take(chunk)
            n_documents += len(chunk.ids)
            report_progress(n_documents)
    files = listing.files()
    cache.keep(files)
    for _, file in files:
        report.add(file.report)
    documents = cache.documents(file for _, file in files)
    names, seen = documents.names(), SeenIds()
    while some := list(islice(names, _IDS_AT_A_TIME)):
        report.repeat(seen.repeated(some))
    contents = [(source, file.content) for source, file in files if file.content is not None]
    texts = (each for each in contents if each[0].unit != "row")
    check_has_documents(len(documents), report)
    formats = _tallies(file for _, file in files) if inputs.corpus.format == "auto" else {}
    prints = of_contents(contents), of_contents(texts)
    return Reading(documents, *prints, report, len(files), listing.n_new, formats)


def check_has_documents(n_documents: int, report: Report) -> None:
    """Raise CorpusError if there is no document, since all files were left out."""
    if not n_documents and report.left_out:
        reason = f"no document was found; left out: {report.left_out_in_words}"
        raise CorpusError(
            f"{reason}; check corpus.path, or name one of these files to see what would read it"
        )


def _tallies(files: Iterable[FileEntry]) -> dict[str, Tally]:
    found: dict[str, list[int]] = {}
    for file in files:
        if file.format and file.n_documents:
            found.setdefault(file.format, []).append(file.n_documents)
    return {kind: Tally(len(numbers), sum(numbers)) for kind, numbers in found.items()}


class _Listing:
    """The files of a corpus, in the order of reading, with their entries for the cache."""

    def __init__(self, cache: Cache) -> None:
        self.n_new = 0
        self._cache = cache
        self._sources: dict[int, Source] = {}  # by their numbers
        self._files: dict[int, FileEntry] = {}

    def is_new(self, source: Source) -> bool:
        """Add a file, and return whether it must be read."""
        self._sources[source.number] = source
        known = self._cache.entry(source)
        if known is None:
            self.n_new += 1
        else:
            self._files[source.number] = known
        return known is None

    def take(self, chunk: Counted) -> None:
        """Store the counts of a chunk, and note the files of its documents."""
        name, first = "", 0
        if chunk.ids:
            counted = chunk.ids, chunk.terms, chunk.rows, chunk.counter, chunk.metadata
            name, first = self._cache.add(*counted)
        n_before = 0
        for end, n_documents in chunk.files:
            self._files[end.number] = self._file(end, name, first + n_before, n_documents - n_before)
            n_before = n_documents

    def _file(self, end: FileEnd, counts: str, first: int, n_documents: int) -> FileEntry:
        """Return the entry of a file, or of the part that was read so far."""
        before = self._files.get(end.number)
        if before is None:
            source = self._sources[end.number]
            as_seen = source.size, source.stamps or Stamps(), self._cache.known.now
            return FileEntry(*as_seen, end.content, counts, first, n_documents, end.report, end.format)
        if before.report is not None:
            before.report.add(end.report)
        return before._replace(
            content=end.content,
            counts=before.counts if before.n_documents else counts,
            first=before.first if before.n_documents else first,
            n_documents=before.n_documents + n_documents,
            report=before.report or end.report,
            format=before.format or end.format,
        )

    def files(self) -> list[tuple[Source, FileEntry]]:
        """Return the files in the order of the corpus, without those that could not be opened."""
        return [(self._sources[number], self._files[number]) for number in sorted(self._files)]


def fingerprint(inputs: Inputs, known: KnownFiles) -> str:
    """Return the fingerprint of `read`, reading only files that are not known.

    Raises ConfigError for an input that can be read only once, CorpusError for a file that cannot be read.
    """
    contents: list[tuple[Source, bytes]] = []
    report = Report()
    for source in find_sources(inputs, report):
        entry = known.entry(source)
        stored = None if entry is None else entry.content
        try:
            contents.append((source, stored or content(source)))
        except OSError as error:
            report.refuse(inputs.corpus.on_error, source.shown, error)
    return of_contents(contents)
