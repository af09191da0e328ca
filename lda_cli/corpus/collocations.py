"""Which words make phrases: a pass over the corpus before its terms are counted, unless the cache has them.

chunks -> workers -> counts of pairs -> phrases. A pair is two neighbouring terms that are no stop words. It
makes a phrase if it occurs often enough, and if its normalised pointwise mutual information (Bouma 2009) is
high enough. With p a share of all terms but stop words:

    npmi(a, b) = ln(p(ab) / (p(a) p(b))) / -ln p(ab)      1 for words that only occur together, 0 for chance

The pairs depend on all texts. The cache keeps them with the fingerprint of the texts: when a text changes,
they are learned again. The counts in the cache stay valid if the pairs are the same.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from functools import partial
from typing import NamedTuple

import numpy as np

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
from .terms.rows import NO_LENGTHS, IntArray, summed
from .terms.sentences import sentences
from .terms.tokenizer import Tokenizer
from .workers import Workers, in_order

Pairs = tuple[tuple[str, str], ...]

# Distinct pairs in memory, of 16 bytes; if there are more, the rarest are dropped.
PAIRS_AT_MOST = 1 << 23
_HELD_AT_LEAST = 1 << 18  # before they are summed
_SECOND = 0xFFFFFFFF  # bits of the second term in a key

_ROUNDING = 1e-9  # of an npmi: it must not exceed a threshold of 1

_FILE = "phrases.json.gz"


def learn(
    inputs: Inputs,
    tokenizer: Tokenizer,
    stop_words: Collection[str],
    *,
    workers: Workers = 1,
    report_progress: Callable[[int], None] = lambda n_documents: None,
) -> tuple[Pairs, str]:
    """Return the pairs of words that make phrases, sorted, and the `text_fingerprint` of `reading.read`.

    They are learned from texts, not from bags of words, or taken from the cache if no text has changed.

    workers, report_progress : as for `reading.read`

    Raises CorpusError, ConfigError as the readers do, ConfigError for an input that can be read only once,
    and OutputError if the cache cannot be written.
    """
    found = known_pairs(inputs, stop_words)
    if found is not None:
        return found
    make_work = partial(PairCounter, Reader(inputs.corpus), tokenizer, stop_words, inputs.part)
    counts, texts = _counted(inputs, make_work, workers, report_progress)
    settings = inputs.config.vocabulary.phrases
    pairs = counts.collocations(settings.min_count, settings.threshold)
    if (folder := inputs.cache_folder) is not None:
        with cannot_write(folder):
            folder.mkdir(parents=True, exist_ok=True)
            check_is_no_link(folder, NO_LINK)
            save_json(folder / _FILE, {"key": _key(inputs, stop_words, texts), "pairs": pairs})
    return pairs, texts


def known_pairs(inputs: Inputs, stop_words: Collection[str]) -> tuple[Pairs, str] | None:
    """Return the result of `learn` if it is in the cache."""
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
    part = () if inputs.part is None else (inputs.part,)
    return inputs.counted_with(sorted(stop_words), settings.min_count, settings.threshold, texts, *part)


def _counted(
    inputs: Inputs,
    make_work: "Callable[[], PairCounter]",
    workers: Workers,
    report_progress: Callable[[int], None],
) -> "tuple[PairCounts, str]":
    """Count the pairs of all texts; returns the fingerprint of the files that were read, too."""
    sources: dict[int, Source] = {}

    def is_text(source: Source) -> bool:
        sources[source.number] = source
        if source.is_stream and source.unit != "row":
            reason = "phrases need two passes, and this input can be read only once"
            remedy = "give a file, or set vocabulary.phrases.max_words to 1"
            raise ConfigError(f"{source.shown}: {reason}; {remedy}")
        return source.unit != "row"

    counts = PairCounts()
    contents: dict[int, bytes] = {}
    n_documents = 0
    with closing(in_order(make_work, chunks(inputs, is_text), workers)) as counted:
        for chunk in counted:
            counts.add(chunk)
            contents |= {end.number: end.content for end in chunk.files if end.content is not None}
            n_documents += chunk.n_documents
            report_progress(n_documents)
    return counts, of_contents((sources[number], contents[number]) for number in sorted(contents))


class CountedPairs(NamedTuple):
    """The pairs in D documents of a chunk.

    counter, terms : as for `Counted`; term 0 is "", in the place of a word that is no term
    keys : (P,) int64, number of the first term << 32 | number of the second; before a word that is no term,
        and at the end of a text, the second is term 0
    counts : (P,) int64
    files : of the chunk
    """

    n_documents: int
    counter: bytes
    terms: list[str]
    keys: IntArray
    counts: IntArray
    files: list[FileEnd]


class PairCounter:
    """Counts the pairs of chunks, one after the other; of the documents of `part`, as of `Inputs`."""

    def __init__(
        self,
        reader: Reader,
        tokenizer: Tokenizer,
        stop_words: Collection[str],
        part: Callable[[str], bool] | None = None,
    ) -> None:
        self._reader, self._tokenizer, self._part = reader, tokenizer, part
        self._no_terms = list(dict.fromkeys(["", *sorted(tokenizer.stop_terms(stop_words))]))
        self._newcomers = Newcomers(tokenizer, self._no_terms)

    def __call__(self, chunk: Chunk) -> CountedPairs:
        """Count one chunk."""
        if self._newcomers.is_full:
            self._newcomers = Newcomers(self._tokenizer, self._no_terms)
        files: list[FileEnd] = []
        # reading.read reports skipped lines
        whole = self._reader.documents(chunk, Report(), files.append)
        documents = in_parts(whole, self._reader.config.split, self._tokenizer)
        if self._part is not None:
            belongs = self._part
            documents = (document for document in documents if belongs(document.id))
        n_documents = 0

        def parts() -> Iterator[str]:
            nonlocal n_documents
            for document in documents:
                n_documents += 1
                yield from sentences(document.text)

        numbers, starts = self._newcomers.counter.sequences(parts())
        # No pair crosses the end of a sentence.
        sequence = np.insert(numbers.astype(np.int64), starts[1:], 0)
        sequence[sequence < len(self._no_terms)] = 0
        firsts = np.flatnonzero(sequence)
        keys, counts = np.unique(sequence[firsts] << 32 | sequence[firsts + 1], return_counts=True)
        newcomers = self._newcomers
        return CountedPairs(n_documents, newcomers.name, newcomers.take(), keys, counts, files)


class PairCounts:
    """The counts of pairs in a corpus; they depend on the order of the chunks, not on the processes.

    If there are too many pairs, the rarest are dropped: the count of a pair may be too low, that of a term is
    exact.
    """

    def __init__(self) -> None:
        self._numbers = Numbers()
        self._numbers.columns([""])
        self._parts = [(NO_LENGTHS, NO_LENGTHS)]  # keys and counts
        self._n = self._n_when_summed = 0

    def add(self, chunk: CountedPairs) -> None:
        """Add the pairs of the next chunk in the order of the corpus."""
        columns = np.stack([chunk.keys >> 32, chunk.keys & _SECOND]).astype(np.int32)
        firsts, seconds = self._numbers.renumbered(columns, chunk.terms, chunk.counter).astype(np.int64)
        self._parts.append((firsts << 32 | seconds, chunk.counts))
        self._n += len(chunk.keys)
        if self._n > max(2 * self._n_when_summed, _HELD_AT_LEAST):
            self._sum()

    def collocations(self, min_count: int, threshold: float) -> Pairs:
        """Return the pairs that occur `min_count` times and have an npmi of `threshold`, or more; sorted."""
        keys, counts = self._sum()
        occurrences = np.bincount(keys >> 32, counts)  # exact below 2^53
        n_all = occurrences.sum()
        is_pair = (keys & _SECOND > 0) & (counts >= min_count)
        firsts, seconds, n_both = keys[is_pair] >> 32, keys[is_pair] & _SECOND, counts[is_pair]
        pmi = np.log(n_both * n_all / (occurrences[firsts] * occurrences[seconds]))
        chosen = pmi / -np.log(n_both / n_all) > threshold - _ROUNDING
        terms = self._numbers.terms(0)
        found = zip(firsts[chosen].tolist(), seconds[chosen].tolist(), strict=True)
        return tuple(sorted((terms[one], terms[other]) for one, other in found))

    def _sum(self) -> tuple[IntArray, IntArray]:
        """Return the distinct keys, sorted, and their counts."""
        keys, counts = summed(*map(np.concatenate, zip(*self._parts, strict=True)))
        is_pair = keys & _SECOND > 0
        if np.count_nonzero(is_pair) > PAIRS_AT_MOST:
            n_kept = PAIRS_AT_MOST // 2
            least = np.partition(counts[is_pair], -n_kept)[-n_kept] + 1
            is_rare = is_pair & (counts < least)
            keys, counts = summed(np.where(is_rare, keys >> 32 << 32, keys), counts)  # with term 0
        self._parts = [(keys, counts)]
        self._n = self._n_when_summed = len(keys)
        return keys, counts
