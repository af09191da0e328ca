"""Coherence of a model's topics in documents: inputs -> chunks -> tokens -> counts of windows -> measures.

Documents are read, and their words found, as in inference; nothing of a document is kept but counts.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import repeat
from typing import NamedTuple

import numpy as np

from ..corpus.counts.counters import KnownTerms
from ..corpus.documents.chunks import chunks
from ..corpus.documents.readers import Chunk, Reader
from ..corpus.documents.splitting import in_parts
from ..corpus.inputs.inputs import Inputs
from ..corpus.inputs.report import Report, SeenIds
from ..corpus.terms.rows import Rows
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.workers import in_order
from ..engine.arrays import Int64
from ..engine.coherence import WORDS, words_of_topics
from ..engine.coherence_measures import MEASURES, SIZES, Coherence, coherence
from ..engine.mstep import DEAD
from ..engine.threads import count_threads
from ..engine.windows import WHOLE_DOCUMENTS, WindowCounter, WindowCounts
from ..model.model import Model


class CorpusCoherence(NamedTuple):
    """The measures of a model's topics in some documents.

    n_documents : documents with a word, whether or not the model knows it
    n_tokens : occurrences of the words that the model knows
    fingerprint : a hash of the ids and texts in their order, in hexadecimal
    lifts : of each topic, how often two of its WORDS first words are in one document, in sum over all pairs,
        over what chance makes of it; None where chance makes 0
    measures : by name, in the order of MEASURES; a corpus with a bag of words has only those over documents
    """

    n_documents: int
    n_tokens: int
    fingerprint: str
    lifts: tuple[float | None, ...]
    measures: Mapping[str, Coherence]


class _Counted(NamedTuple):
    """A chunk: its windows, those of whole documents if it `is_bag`, and how often each has each term."""

    ids: list[str]
    counts: WindowCounts
    rows: Rows
    digests: bytes  # of the documents, in order
    is_bag: bool
    report: Report


class _Total(NamedTuple):
    """The windows of all documents, and what CorpusCoherence has of them."""

    counts: WindowCounts
    n_tokens: int
    fingerprint: str
    is_bag: bool


def topic_words(model: Model, n_words: int) -> list[Int64]:
    """Return the columns of the first words of each topic, of p above 0; none for a topic without tokens."""
    is_dead = (model.topic_counts <= DEAD) & model.topic_counts.any()
    return words_of_topics(model.phi, is_dead, n_words)


def coherences(
    model: Model,
    inputs: Inputs,
    *,
    n_words: Sequence[int] = (WORDS,),
    report: Report | None = None,
    each: Callable[[Rows], object] = lambda rows: None,
) -> CorpusCoherence:
    """Measure the coherence of each topic in the documents of the inputs, in constant memory.

    inputs : as for inference: the tokenizer, and the unit of plain text, are those of the model
    n_words : of a topic, 2 to windows.MOST_WORDS; of several numbers, a value is the mean over them (Lau and
        Baldwin 2016), None if one is None, and the missing words are those of the largest
    report : receives what was skipped, replaced or repeated
    each : receives the counts of all documents by the model's terms, part by part, in order, sorted by term

    The numbers do not depend on training.threads. Raises CorpusError and ConfigError as the readers do, and
    ModelError as `Model.tokenizer` does.
    """
    topics = topic_words(model, max(n_words))
    found = _counted(model, inputs, topics, report or Report(), each)
    n_documents = int(found.counts.n_windows[SIZES.index(WHOLE_DOCUMENTS)])
    measures = {}
    for name, measure in MEASURES.items():
        if measure.window == WHOLE_DOCUMENTS or not found.is_bag:
            lengths = [[min(n, len(words)) for words in topics] for n in n_words]
            measures[name] = _mean([coherence(name, found.counts, SIZES, some) for some in lengths])
    lifts = tuple(map(_lift, found.counts.together[SIZES.index(WHOLE_DOCUMENTS)], repeat(n_documents)))
    return CorpusCoherence(n_documents, found.n_tokens, found.fingerprint, lifts, measures)


def _lift(together: Int64, n_documents: int) -> float | None:
    """Return D sum D(i, j) / sum D(i) D(j) over the pairs of a topic; together : (N, N).

    Where documents are few or short, pairs that belong together never meet, and each makes npmi -1; not this.
    """
    one, other = np.triu_indices(min(WORDS, len(together)), 1)
    alone = together.diagonal().astype(np.float64)
    by_chance = float((alone[one] * alone[other]).sum())
    return n_documents * float(together[one, other].sum()) / by_chance if by_chance else None


def _mean(depths: Sequence[Coherence]) -> Coherence:
    """Return the mean over some numbers of words, for each topic."""
    values = []
    for of_topic in zip(*(depth.values for depth in depths), strict=True):
        known = [value for value in of_topic if value is not None]
        values.append(sum(known) / len(known) if len(known) == len(of_topic) else None)
    missing = max((depth.missing for depth in depths), key=sum)
    return Coherence(tuple(values), missing)


def _counted(
    model: Model, inputs: Inputs, topics: Sequence[Int64], report: Report, each: Callable[[Rows], object]
) -> _Total:
    """Count the windows of all inputs."""
    seen = SeenIds()
    counter = WindowCounter(topics, SIZES)
    total = counter.count(np.zeros(0, np.int32), np.zeros(1, np.int64))
    is_bag, n_tokens, fingerprint = False, 0, hashlib.sha256()
    found = in_order(
        partial(_chunk_counter, model.known, model.tokenizer, Reader(inputs.corpus), topics),
        chunks(replace(inputs, unit=model.unit)),
        count_threads(inputs.config.training.threads),
    )
    with closing(found):
        for chunk in found:
            report.add(chunk.report)
            report.repeat(seen.repeated(chunk.ids))
            total = total.added(chunk.counts)
            n_tokens += int(chunk.rows.data.sum(dtype=np.int64))
            fingerprint.update(chunk.digests)
            is_bag |= chunk.is_bag
            each(chunk.rows)
    return _Total(total, n_tokens, fingerprint.hexdigest(), is_bag)


def _chunk_counter(
    known: KnownTerms, tokenizer: Tokenizer, reader: Reader, topics: Sequence[Int64]
) -> Callable[[Chunk], _Counted]:
    """Return the function that counts the windows of a chunk, for each process."""
    counter = WindowCounter(topics, SIZES)

    def count(chunk: Chunk) -> _Counted:
        report, ids, digests = Report(), [], []

        def texts() -> Iterator[str]:
            for document in in_parts(reader.documents(chunk, report), reader.config.split, tokenizer):
                ids.append(document.id)
                digests.append(_digest(document.id, document.text))
                yield document.text

        if chunk.bag is None:
            tokens = known.sequences(texts())
            rows = tokens.rows(len(known.column_of))
        else:
            list(texts())  # for the ids: a bag has no text
            tokens = known.bag_sequences(chunk.bag)
            rows = known.count_bag(chunk.bag).rows
            digests += [array.tobytes() for array in chunk.bag.rows[:3]]
        windows = counter.count(*tokens)
        return _Counted(ids, windows, rows, b"".join(digests), chunk.bag is not None, report)

    return count


def _digest(name: str, text: str) -> bytes:
    own = f"{len(name)} {name}{text}"
    return hashlib.blake2b(own.encode("utf-8", "surrogatepass"), digest_size=16).digest()
