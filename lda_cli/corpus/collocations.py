"""Which words make phrases: a pass over the corpus before its terms are counted, unless the cache knows.

chunks -> workers -> counts of pairs -> phrases. A pair is two terms side by side, neither a stop word, and no
word between them that is too short or too long. It is learned if it occurs often enough, and its normalised
pointwise mutual information (Bouma 2009) is high enough. With p a share of all terms but stop words:

    npmi(a, b) = ln(p(ab) / (p(a) p(b))) / -ln p(ab)      1 for words that are never apart, 0 for chance

The pairs depend on all texts together. They are kept in the cache with the fingerprint of these texts, and
learned anew when any of them has changed. What was counted stays as long as the pairs come out the same.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..disk.atomic import cannot_write, check_is_no_link
from ..errors import ConfigError
from .counts.cache import NO_LINK, KnownFiles, load_json, save_json
from .documents.chunks import chunks
from .documents.readers import Chunk, FileEnd, Reader
from .documents.splitting import in_parts
from .inputs.files import Source, find_sources
from .inputs.fingerprint import of_contents
from .inputs.inputs import Inputs
from .inputs.report import Report
from .terms.counting import Newcomers, Numbers
from .terms.tokenizer import Tokenizer
from .workers import in_order

Pairs = tuple[tuple[str, str], ...]

# So many distinct pairs are counted at a time, at 16 bytes; when there are more, the rarest are forgotten.
PAIRS_AT_MOST = 1 << 23
_HELD_AT_LEAST = 1 << 18  # before they are put together

_ROUNDING = 1e-9  # of an npmi: a threshold of 1 means words that are never apart

_FILE = "phrases.json.gz"


def learn(
    inputs: Inputs,
    tokenizer: Tokenizer,
    stop_words: Collection[str],
    *,
    n_processes: int = 1,
    told: Callable[[int], None] = lambda n_documents: None,
) -> tuple[Pairs, str]:
    """Return the pairs of words that make phrases, sorted; none of bags of words, which have no order.

    And the `text_fingerprint` that `reading.read` has of the files that they are learned from.

    The cache of the inputs knows the pairs already if no file has changed.

    n_processes, told : as `reading.read` has them

    Raises CorpusError, ConfigError as the readers do, ConfigError for what can be read only once, and
    OutputError if the cache cannot be written.
    """
    found = known_pairs(inputs, stop_words)
    if found is not None:
        return found
    make_work = partial(PairCounter, Reader(inputs.corpus), tokenizer, stop_words)
    counts, texts = _counted(inputs, make_work, n_processes, told)
    settings = inputs.config.vocabulary.phrases
    pairs = counts.collocations(settings.min_count, settings.threshold)
    if (folder := inputs.cache_folder) is not None:
        with cannot_write(folder):
            folder.mkdir(parents=True, exist_ok=True)
            check_is_no_link(folder, NO_LINK)
            save_json(folder / _FILE, {"key": _key(inputs, stop_words, texts), "pairs": pairs})
    return pairs, texts


def known_pairs(inputs: Inputs, stop_words: Collection[str]) -> tuple[Pairs, str] | None:
    """Return what `learn` would, if the cache knows it."""
    folder = inputs.cache_folder
    if folder is None:
        return None
    known, contents = KnownFiles(folder), []
    for source in find_sources(inputs, Report()):
        if source.unit != "row":
            entry = known.entry(source)
            if entry is None or entry.content is None:
                return None
            contents.append((source, entry.content))
    texts = of_contents(contents)
    match load_json(folder / _FILE):
        case {"key": found, "pairs": pairs} if found == _key(inputs, stop_words, texts):
            return tuple((first, second) for first, second in pairs), texts
    return None


def _key(inputs: Inputs, stop_words: Collection[str], texts: str) -> str:
    settings = inputs.config.vocabulary.phrases
    return inputs.counted_with(sorted(stop_words), settings.min_count, settings.threshold, texts)


def _counted(
    inputs: Inputs,
    make_work: "Callable[[], PairCounter]",
    n_processes: int,
    told: Callable[[int], None],
) -> "tuple[PairCounts, str]":
    """Count the pairs of all texts; returns the fingerprint of their files, as they were read, too."""
    sources: dict[int, Source] = {}

    def is_text(source: Source) -> bool:
        sources[source.number] = source
        if source.is_stream and source.unit != "row":
            reason = "phrases are learned in one pass and counted in another, and it can be read only once"
            remedy = "give a file, or set vocabulary.phrases.max_words to 1"
            raise ConfigError(f"{source.shown}: {reason}; {remedy}")
        return source.unit != "row"

    counts = PairCounts()
    contents: dict[int, bytes] = {}
    n_documents = 0
    with closing(in_order(make_work, chunks(inputs, is_text), n_processes)) as counted:
        for chunk in counted:
            counts.add(chunk)
            contents |= {end.number: end.content for end in chunk.files if end.content is not None}
            n_documents += chunk.n_documents
            told(n_documents)
    return counts, of_contents((sources[number], contents[number]) for number in sorted(contents))


class Entries(NamedTuple):
    """Counts of N pairs of terms.

    keys : (N,) int64, number of the first term << 32 | number of the second
    counts : (N,) int64
    """

    keys: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The first terms."""
        return self.keys >> 32

    @property
    def columns(self) -> NDArray[np.int64]:
        """The second terms."""
        return self.keys & 0xFFFFFFFF


def _summed(parts: Sequence[Entries]) -> Entries:
    """Add up the counts of each pair; the pairs come out sorted."""
    keys = np.concatenate([part.keys for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    order = np.argsort(keys, kind="stable")
    firsts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return Entries(keys[order][firsts], np.add.reduceat(counts[order], firsts) if len(firsts) else counts)


class CountedPairs(NamedTuple):
    """The pairs in D documents of a chunk.

    counter, terms : as `Counted` has them; the first term of all is "", which stands for what is none
    entries : P pairs, one term << 32 | the next one, or 0 where none follows; each term is in as many pairs
        as it occurs
    files : the files that the documents are of
    """

    n_documents: int
    counter: bytes
    terms: list[str]
    entries: Entries
    files: list[FileEnd]


class PairCounter:
    """Counts the pairs of chunks, one after the other."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer, stop_words: Collection[str]) -> None:
        """Chunks are read by `reader`, and their texts are divided by `tokenizer`."""
        self._reader, self._tokenizer = reader, tokenizer
        self._no_terms = list(dict.fromkeys(["", *sorted(map(tokenizer.fold, stop_words))]))
        self._start_anew()

    def _start_anew(self) -> None:
        self._newcomers = Newcomers(self._tokenizer, self._no_terms)

    def __call__(self, chunk: Chunk) -> CountedPairs:
        """Count one chunk."""
        if self._newcomers.is_full:
            self._start_anew()
        files: list[FileEnd] = []
        whole = self._reader.documents(chunk, Report(), files.append)  # what is skipped is told when counted
        documents = in_parts(whole, self._reader.split, self._tokenizer)
        numbers, starts = self._newcomers.counter.sequences(text for _, text in documents)
        # No pair goes beyond its text.
        sequence = np.insert(numbers.astype(np.int64), starts[1:], 0)
        sequence[sequence < len(self._no_terms)] = 0
        firsts = np.flatnonzero(sequence)
        keys, counts = np.unique(sequence[firsts] << 32 | sequence[firsts + 1], return_counts=True)
        newcomers = self._newcomers
        return CountedPairs(len(starts) - 1, newcomers.name, newcomers.take(), Entries(keys, counts), files)


class PairCounts:
    """How often each pair occurs in a corpus, as far as it is known.

    When there are more pairs than memory is for, the rarest are taken for words that none follows: a pair may
    have been met more often than is known, but no term. The same chunks give the same counts, whoever counts.
    """

    def __init__(self) -> None:
        self._numbers = Numbers()
        self._numbers.columns([""])
        self._parts: list[Entries] = [Entries(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        self._n = self._n_when_summed = 0

    def add(self, chunk: CountedPairs) -> None:
        """Add the pairs of a chunk, the next in the order of the corpus."""
        keys = chunk.entries.keys
        columns = np.stack([keys >> 32, chunk.entries.columns]).astype(np.int32)
        firsts, seconds = self._numbers.renumbered(columns, chunk.terms, chunk.counter).astype(np.int64)
        self._parts.append(Entries(firsts << 32 | seconds, chunk.entries.counts))
        self._n += len(keys)
        if self._n > max(2 * self._n_when_summed, _HELD_AT_LEAST):
            self._sum()

    def collocations(self, min_count: int, threshold: float) -> Pairs:
        """Return the pairs that occur `min_count` times and have an npmi of `threshold`, or more; sorted."""
        entries = self._sum()
        occurrences = np.bincount(entries.rows, entries.counts)  # exact below 2^53
        n_all = occurrences.sum()
        is_pair = (entries.columns > 0) & (entries.counts >= min_count)
        firsts, seconds, n_both = entries.rows[is_pair], entries.columns[is_pair], entries.counts[is_pair]
        pmi = np.log(n_both * n_all / (occurrences[firsts] * occurrences[seconds]))
        chosen = pmi / -np.log(n_both / n_all) > threshold - _ROUNDING
        terms = self._numbers.terms(0)
        found = zip(firsts[chosen].tolist(), seconds[chosen].tolist(), strict=True)
        return tuple(sorted((terms[one], terms[other]) for one, other in found))

    def _sum(self) -> Entries:
        entries = _summed(self._parts)
        if np.count_nonzero(entries.columns) > PAIRS_AT_MOST:
            entries = _without_the_rarest(entries, PAIRS_AT_MOST // 2)
        self._parts = [entries]
        self._n = self._n_when_summed = len(entries.keys)
        return entries


def _without_the_rarest(entries: Entries, n_kept: int) -> Entries:
    """Keep at most so many pairs, of more, and let the terms that begin the others be followed by none."""
    is_pair = entries.columns > 0
    least = np.partition(entries.counts[is_pair], -n_kept)[-n_kept] + 1
    is_rare = is_pair & (entries.counts < least)
    return _summed([Entries(np.where(is_rare, entries.rows << 32, entries.keys), entries.counts)])
