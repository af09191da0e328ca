"""The texts of the best documents with the topic of each known word, read again, packed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from ..corpus.formats.records import Document, Metadata
from ..excerpts import found_again
from ..model.model import DocumentTopics, Model, Word
from .packing import Pack
from .topics import THOUSAND

CHARACTERS = 1500  # of a text
_AT_A_TIME = 32  # documents, of which each may be a book


class Text(NamedTuple):
    """The beginning of a document, cut after a word, and its known words.

    number : of the document in the model
    is_cut : whether there is more of it
    """

    number: int
    text: str
    is_cut: bool
    words: tuple[Word, ...]


def texts_of(model: Model, wanted: Mapping[str, int], corpus: Sequence[str]) -> list[Text]:
    """Return the texts of some documents, those that can be read again and did not change.

    wanted : the number of each document by its id
    corpus : paths to read; none for the sources of the model

    Raises CorpusError and ConfigError as the readers do if `corpus` is given.
    """
    found = []
    metadata = _metadata(model, set(wanted.values()))
    documents = found_again(model, wanted, corpus)
    while some := list(islice(documents, _AT_A_TIME)):
        numbers = [wanted[document.id] for document in some]
        for document, number, topics in zip(
            some, numbers, _inferred(model, some, numbers, metadata), strict=True
        ):
            if _is_same(model, number, topics):
                found.append(_cut(number, document.text, topics.words or ()))
    return sorted(found)


def _inferred(
    model: Model, some: Sequence[Document], numbers: Sequence[int], metadata: Mapping[int, Metadata]
) -> Iterator[DocumentTopics]:
    own = [metadata[number] for number in numbers] if metadata else None
    counts = model.known.count([document.text for document in some], True)
    return model.topics_of(counts, model.config, metadata=own)


def _metadata(model: Model, numbers: set[int]) -> dict[int, Metadata]:
    """Return the metadata of some documents, if the topics depend on them."""
    if model.prevalence is None or model.documents is None:
        return {}
    return {number: row for number, row in enumerate(model.documents.metadata()) if number in numbers}


def _is_same(model: Model, number: int, topics: DocumentTopics) -> bool:
    """Whether a text has as many known words as in training: else it is another one, or was edited."""
    assert model.documents is not None
    return model.imported is not None or topics.tokens == int(model.documents.lengths[number])


def _cut(number: int, text: str, words: Sequence[Word]) -> Text:
    if len(text) <= CHARACTERS:
        return Text(number, text, False, tuple(words))
    head = text[:CHARACTERS]
    end = len(head.rpartition(" ")[0]) or CHARACTERS
    return Text(number, text[:end], True, tuple(word for word in words if word.end <= end))


def add_texts(pack: Pack, model: Model, texts: Sequence[Text]) -> None:
    """Add texts. Places are in UTF-16, as JavaScript counts: the blanks before each word, and its length."""
    columns = {term: column for column, term in enumerate(model.vocabulary)}
    pack.lines("text", [text.text for text in texts])
    pack.whole("text.numbers", [text.number for text in texts])
    pack.whole("text.cut", [int(text.is_cut) for text in texts])
    pack.whole("text.words", [len(text.words) for text in texts])
    gaps, lengths = [], []
    for text in texts:
        end = 0
        for start, stop in _places(text):
            gaps.append(start - end)
            lengths.append(stop - start)
            end = stop
    words = [word for text in texts for word in text.words]
    pack.whole("word.gaps", np.array(gaps, np.int64))
    pack.whole("word.lengths", np.array(lengths, np.int64))
    pack.whole("word.terms", np.array([columns[word.term] for word in words], np.int64))
    pack.whole("word.topics", np.array([word.topic for word in words], np.int64))
    pack.whole("word.p", np.rint(np.array([word.p for word in words]) * THOUSAND))


def _places(text: Text) -> Iterator[tuple[int, int]]:
    if text.text.isascii() or max(text.text) <= "\uffff":
        return ((word.start, word.end) for word in text.words)
    before = np.cumsum([0, *(1 + (character > "\uffff") for character in text.text)])
    return ((int(before[word.start]), int(before[word.end])) for word in text.words)
