"""What `lda-cli infer` writes for each document: a JSON line, rows of a table, or its marked-up text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

import numpy as np

from ..engine.arrays import Float32, Float64
from ..errors import safe
from ..table_text import DECIMALS, csv_rows, json_line, metadata_columns
from .terminal import has_colour, marked_up, painted

if TYPE_CHECKING:
    from ..corpus.formats.records import Document
    from ..model.model import DocumentTopics, Model

Writer = Callable[["Document", "DocumentTopics"], None]


class Choice(NamedTuple):
    """What is written of a document: at most `top` topics, of at least `min_share`; and its words, or not.

    wide : number of topics, for a table with a row per document and a column per topic; 0 for other tables
    spreadsheet : CSV that is safe to open in a spreadsheet
    metadata : the names of its fields
    """

    top: int | None
    min_share: float
    words: bool = False
    wide: int = 0
    spreadsheet: bool = False
    metadata: tuple[str, ...] = ()


def _topics(found: "DocumentTopics", choice: Choice) -> Iterator[tuple[int, float]]:
    """Topics and shares, the largest first."""
    shares = _as_stored(found.theta)
    first = np.argsort(-shares, kind="stable")[: choice.top]
    for topic, share in zip(first.tolist(), shares[first].tolist(), strict=True):
        if share < choice.min_share:
            return
        yield topic, round(share, DECIMALS)


def _as_stored(theta: Float64) -> Float32:
    """Return theta as theta.npy has it, so that the digits are those of the training."""
    return theta.astype(np.float32)


def jsonl_writer(stream: TextIO, choice: Choice) -> Writer:
    """A JSON object per line."""

    def write(document: "Document", found: "DocumentTopics") -> None:
        record: dict[str, object] = {"id": document.id}
        if choice.metadata:
            record["metadata"] = document.metadata
        record["tokens"], record["unknown"] = found.tokens, found.unknown
        record["topics"] = [{"topic": topic, "share": share} for topic, share in _topics(found, choice)]
        if choice.words:
            record["words"] = [word._asdict() | {"p": round(word.p, DECIMALS)} for word in found.words or ()]
        stream.write(json_line(record) + "\n")

    return write


def table_writer(delimiter: str) -> Callable[[TextIO, Choice], Writer]:
    """A header, then a row for each topic of a document; for each known word; or for each document.

    The columns of metadata come last.
    """

    def writer(stream: TextIO, choice: Choice) -> Writer:
        header, rows = _WORDS if choice.words else _wide(choice.wide) if choice.wide else _TOPICS
        write_row = csv_rows(stream, delimiter, spreadsheet=choice.spreadsheet)
        write_row([*header, *metadata_columns(choice.metadata, header)])

        def write(document: "Document", found: "DocumentTopics") -> None:
            values = [
                safe(v) if isinstance(v, str) else v for v in map(document.metadata.get, choice.metadata)
            ]
            for row in rows(document, found, choice):
                write_row([*row, *values])

        return write

    return writer


_Rows = Callable[["Document", "DocumentTopics", Choice], Iterable[Sequence[object]]]


def _rows_of_topics(
    document: "Document", found: "DocumentTopics", choice: Choice
) -> Iterator[Sequence[object]]:
    for topic in _topics(found, choice):
        yield document.id, found.tokens, found.unknown, *topic


def _rows_of_words(
    document: "Document", found: "DocumentTopics", choice: Choice
) -> Iterator[Sequence[object]]:
    for word in found.words or ():
        p = round(word.p, DECIMALS)
        yield document.id, word.start, word.end, safe(word.term), word.topic, p


def _row_of_shares(
    document: "Document", found: "DocumentTopics", choice: Choice
) -> Iterator[Sequence[object]]:
    shares = (round(share, DECIMALS) for share in _as_stored(found.theta).tolist())
    yield document.id, found.tokens, found.unknown, *shares


_TOPICS: tuple[list[str], _Rows] = ["id", "tokens", "unknown", "topic", "share"], _rows_of_topics
_WORDS: tuple[list[str], _Rows] = ["id", "start", "end", "term", "topic", "p"], _rows_of_words


def _wide(n_topics: int) -> tuple[list[str], _Rows]:
    topics = [f"topic_{number}" for number in range(n_topics)]
    return ["id", "tokens", "unknown", *topics], _row_of_shares


WRITERS: dict[str, Callable[[TextIO, Choice], Writer]] = {
    "jsonl": jsonl_writer,
    "csv": table_writer(","),
    "tsv": table_writer("\t"),
}


def markup_writer(stream: TextIO, model: "Model", choice: Choice) -> Writer:
    """The document's text, its known words coloured by topic, then a legend of the topics it used."""
    colour = has_colour(stream)
    topics = model.topics(top=8)

    def write(document: "Document", found: "DocumentTopics") -> None:
        words = found.words or ()
        stream.write(f"{document.id}\n{marked_up(document.text, words, colour)}\n")
        used = {word.topic for word in words}
        for topic, share in _topics(found, choice):
            if topic in used:
                name = painted(f"topic {topic}" if colour else "topic", topic, colour)
                stream.write(
                    f"  {name} {share:.0%}: {safe(' '.join(term for term, _ in topics[topic].words))}\n"
                )
        stream.write("\n")

    return write
