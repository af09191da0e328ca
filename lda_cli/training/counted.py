"""The corpus of a training, read and counted: inputs -> phrases -> cache -> stored documents."""

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..cluster import Cluster
from ..corpus.collocations import learn
from ..corpus.counts.cache import Cache
from ..corpus.counts.counts_file import StoredDocuments
from ..corpus.inputs.inputs import Inputs
from ..corpus.reading import Reading, read
from ..corpus.terms.phrases import Phrases
from ..corpus.terms.tokenizer import Tokenizer
from ..corpus.workers import Workers
from ..engine.threads import count_threads


class Counted(NamedTuple):
    """A corpus that is counted, while its cache is open.

    documents : those of `Inputs.part`, to be trained on; every : all
    fingerprint : of all that a training depends on but its config
    changed : whether files changed while they were read, so that the fingerprint is like no other
    """

    documents: StoredDocuments
    every: StoredDocuments
    reading: Reading
    phrases: Phrases | None
    fingerprint: str
    changed: bool


@contextlib.contextmanager
def counted(
    inputs: Inputs,
    tokenizer: Tokenizer,
    stop_words: Collection[str],
    folder: Path,
    *,
    also: Sequence[str] = (),
    known_phrases: Phrases | None = None,
    phrases_learned: Callable[[int], object] = lambda n_pairs: None,
    documents_read: Callable[[int], None] = lambda n_documents: None,
    cluster: Cluster | None = None,
) -> Iterator[Counted]:
    """Read and count the corpus, or take it from the cache, which is open in the block.

    folder : of temporary files
    also : what else the training depends on, as in `of_corpus`
    known_phrases : joins words in place of phrases that would be learned
    phrases_learned : called with the number of pairs, if phrases are learned
    documents_read : called with the number of documents so far
    cluster : that reads; None for processes of this machine

    Raises the errors of `learn` and `read`.
    """
    workers = count_threads(inputs.config.training.threads) if cluster is None else cluster.in_order
    phrases, learned_from = known_phrases, None
    if phrases is None:
        phrases, learned_from = _phrases(
            inputs, tokenizer, stop_words, workers, phrases_learned, documents_read
        )
    with Cache(inputs.cache_folder, inputs.counted_with(phrases), folder) as cache:
        reading = read(
            inputs,
            tokenizer,
            cache,
            phrases=phrases,
            workers=workers,
            report_progress=documents_read,
        )
        found = of_corpus(inputs, reading.fingerprint, stop_words, also)
        changed = learned_from not in (None, reading.text_fingerprint)
        if changed:
            found = _joined(f"{found}\n{learned_from}")  # never up to date
        every = reading.documents
        documents = every if inputs.part is None else every.where(inputs.part)
        yield Counted(documents, every, reading, phrases, found, changed)


def _phrases(
    inputs: Inputs,
    tokenizer: Tokenizer,
    stop_words: Collection[str],
    workers: Workers,
    phrases_learned: Callable[[int], object],
    documents_read: Callable[[int], None],
) -> tuple[Phrases | None, str | None]:
    """Learn the phrases, if they are on; return them with the fingerprint of their texts."""
    settings = inputs.config.vocabulary.phrases
    if not settings.are_on:
        return None, None
    pairs, texts = learn(inputs, tokenizer, stop_words, workers=workers, report_progress=documents_read)
    phrases_learned(len(pairs))
    return Phrases(pairs, settings.max_words), texts


def of_corpus(inputs: Inputs, files: str, stop_words: Iterable[str], also: Sequence[str] = ()) -> str:
    """Return the fingerprint of a corpus.

    files : fingerprint of the files; also : what else counts, in lines with a space, which no stop word has
    """
    part = [f"part {inputs.part!r}"] * (inputs.part is not None)
    return _joined(files, *also, *part, *sorted(stop_words))


def _joined(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
