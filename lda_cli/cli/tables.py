"""What `lda-cli inspect` prints: the same rows as text, JSON, CSV or Markdown."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import safe
from ..table_text import csv_rows, json_line

if TYPE_CHECKING:
    from ..model.model import TermTopic, Topic


_NUMBERS = {
    *("topic", "share", "alpha", "npmi", "p", "bytes"),
    *("low", "high", "tokens", "documents"),
}


class Table(NamedTuple):
    """Rows for people, and the same data as records for programs.

    header, rows : cells as text
    records : JSON objects
    flat : header and rows of the CSV
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    records: list[dict[str, Any]]
    flat: Sequence[Sequence[object]]


def of_topics(topics: Iterable["Topic"]) -> Table:
    """A row per topic; in CSV, a row per word of a topic."""
    names = ("topic", "share", "alpha", "npmi")
    rows, records = [], []
    flat: list[Sequence[object]] = [(*names, "rank", "term", "p")]
    for topic in topics:
        words = " ".join(safe(term) for term, _ in topic.words)
        npmi = "-" if topic.npmi is None else f"{topic.npmi:.3f}"
        rows.append((str(topic.number), f"{topic.share:.1%}", f"{topic.alpha:.4f}", npmi, words))
        facts = (topic.number, topic.share, topic.alpha, topic.npmi)
        listed = [{"term": term, "p": p} for term, p in topic.words]
        records.append(dict(zip(names, facts, strict=True)) | {"words": listed})
        flat += [(*facts, rank, safe(term), p) for rank, (term, p) in enumerate(topic.words, start=1)]
    return Table((*names, "words"), rows, records, flat)


def of_terms(
    uses: "dict[str, list[TermTopic]]", topics: Sequence["Topic"], only: Sequence[int], top: int
) -> Table:
    """A row per term and topic, with the `top` most probable topics of each term."""
    rows, records = [], []
    flat: list[Sequence[object]] = [("term", "topic", "share", "p")]
    for term, found in uses.items():
        for use in [use for use in found if not only or use.topic in only][:top]:
            words = " ".join(safe(word) for word, _ in topics[use.topic].words[:5])
            rows.append((safe(term), str(use.topic), f"{use.share:.1%}", f"{use.p:.6f}", words))
            records.append({"term": term, **use._asdict()})
            flat.append((safe(term), *use))
    return Table(("term", "topic", "share", "p", "words of the topic"), rows, records, flat)


def of_files(sizes: Mapping[str, int]) -> Table:
    """A row per file of a verified model, with its size in bytes."""
    header = ("file", "bytes", "check")
    rows = [(name, str(size), "ok") for name, size in sizes.items()]
    records = [{"file": name, "bytes": size, "check": "ok"} for name, size in sizes.items()]
    return Table(header, rows, records, [header, *rows])


def _text(table: Table) -> str:
    lines = [table.header, *table.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.header))]
    is_number = [name in _NUMBERS or name.startswith("topic_") for name in table.header]
    return "".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, is_number, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def _json(table: Table) -> str:
    return "[\n  " + ",\n  ".join(map(json_line, table.records)) + "\n]\n"


def _csv(table: Table, *, is_for_spreadsheet: bool = False) -> str:
    stream = io.StringIO()
    write = csv_rows(stream, spreadsheet=is_for_spreadsheet)
    for row in table.flat:
        write(row)
    return stream.getvalue()


def spreadsheet(table: Table) -> str:
    """The table as CSV for a spreadsheet."""
    return _csv(table, is_for_spreadsheet=True)


def _markdown(table: Table) -> str:
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


FORMATS: dict[str, Callable[[Table], str]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
}
