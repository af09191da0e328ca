"""A sample of a corpus, some megabytes, for a dry run.

sources in a random order -> chunks -> documents, in memory. The same corpus gives the same sample.
"""

import io
import math
import os
from collections.abc import Collection, Iterator
from typing import BinaryIO, cast

import numpy as np

from ..errors import ConfigError
from .collocations import PairCounter, PairCounts, known_pairs
from .counts.counters import ChunkCounter
from .counts.counts_file import CountsFile, CountsWriter, Segment, StoredDocuments
from .documents.chunks import CHUNK_BYTES, Chunker
from .documents.readers import Chunk, Reader
from .inputs.files import find_sources
from .inputs.inputs import Inputs
from .inputs.report import Report
from .reading import check_has_documents
from .terms.phrases import Phrases
from .terms.tokenizer import Tokenizer

# Stored bytes and files of a sample, at most.
SAMPLE_BYTES, SAMPLE_FILES = 1 << 24, 1 << 12
_LEAST_COUNT = 3  # a rarer term or pair may be in the sample by chance


class Sample:
    """Whole files in a random order, and the beginnings of large files that hold many documents.

    n_bytes : of all files, as stored; factor : n_bytes / bytes read, 1.0 if all were read
    is_cut : whether only the beginning of a file was read; report : of files and lines skipped or replaced
    """

    def __init__(self, inputs: Inputs) -> None:
        """Find the files. Raises as `find_sources`, and ConfigError for pipes and standard input."""
        self.inputs, self.report = inputs, Report()
        self.files = list(find_sources(inputs, self.report))
        for source in self.files:
            if source.is_stream:
                raise ConfigError(f"{source.shown}: can be read only once; give files for a dry run")
        self.n_bytes = sum(source.size for source in self.files)
        self.is_whole = self.n_bytes <= SAMPLE_BYTES and len(self.files) <= SAMPLE_FILES
        self.factor, self.is_cut, self._n_files_read = 1.0, False, 0

    def documents(self, tokenizer: Tokenizer, phrases: Phrases | None) -> StoredDocuments:
        """Read and count the documents. Raises CorpusError and ConfigError as `reading.read` does."""
        count = ChunkCounter(Reader(self.inputs.corpus), tokenizer, phrases)
        writer = CountsWriter(file := io.BytesIO())
        for chunk in self._chunks(self.report):
            counted = count(chunk)
            for report in (counted.report, *(end.report for end, _ in counted.files)):
                self.report.add(report)
            writer.add_counted(counted.ids, counted.terms, counted.rows, counted.counter)
        stored = CountsFile(file, writer.finish())
        check_has_documents(len(stored), self.report)
        return StoredDocuments([Segment(stored, 0, len(stored))])

    def phrases(self, tokenizer: Tokenizer, stop_words: Collection[str]) -> Phrases | None:
        """Return the phrases in the corpus cache, or else those of the sample."""
        settings = self.inputs.config.vocabulary.phrases
        if not settings.are_on:
            return None
        known = known_pairs(self.inputs, stop_words)
        if known is not None:
            return Phrases(known[0], settings.max_words)
        count, counts = PairCounter(Reader(self.inputs.corpus), tokenizer, stop_words), PairCounts()
        for chunk in self._chunks(Report()):
            counts.add(count(chunk))
        pairs = counts.collocations(self.least_count(settings.min_count), settings.threshold)
        return Phrases(pairs, settings.max_words)

    def least_count(self, wanted: float) -> int:
        """Scale a least count in the corpus to the sample."""
        return math.ceil(max(wanted / self.factor, min(wanted, _LEAST_COUNT)))

    def n_documents(self, n_sampled: int) -> int:
        """Return an estimate of the number of documents of the corpus: exact if each file is a document."""
        is_file_each = self.inputs.corpus.split.by is None and all(f.unit == "file" for f in self.files)
        factor = len(self.files) / max(1, self._n_files_read) if is_file_each else self.factor
        return round(n_sampled * factor)

    def _chunks(self, report: Report) -> Iterator[Chunk]:
        """Read the sample; `report` gets the skips after the last chunk."""
        files, most, most_of_file = self.files, math.inf, math.inf
        if not self.is_whole:
            order = np.random.default_rng(0).permutation(len(files))[:SAMPLE_FILES]
            files, most = [files[place] for place in order], SAMPLE_BYTES
            most_of_file = max(SAMPLE_BYTES / len(self.files), CHUNK_BYTES)
        config, chunker = self.inputs.corpus, Chunker(self.inputs.corpus, report)
        n_read, self._n_files_read = 0.0, 0
        for source in files:
            if n_read >= most:
                break
            n_read += source.size
            self._n_files_read += 1
            if source.unit == "file":
                yield Chunk((source,), None)
                continue
            try:
                with open(source.path, "rb", buffering=0) as file:
                    size, stream = os.fstat(file.fileno()).st_size, cast(BinaryIO, file)
                    for chunk in filter(None, chunker.chunks_of(source, stream)):
                        yield chunk
                        if most_of_file <= file.tell() < size:
                            n_read -= source.size * (1 - file.tell() / size)
                            self.is_cut = True
                            break
            except OSError as error:
                report.refuse(config.on_error, source.shown, error)
        self.factor = max(1.0, self.n_bytes / max(1.0, n_read))
