"""What `lda-cli inspect` prints: the same rows as text, JSON, CSV or Markdown."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import safe
from ..model.labels import Label
from ..table_text import csv_rows, json_line

if TYPE_CHECKING:
    from ..model.model import Model, TermTopic, Topic
    from ..model.seeds import Seeds


_NUMBERS = {
    *("topic", "share", "alpha", "npmi", "p", "bytes"),
    *("low", "high", "tokens", "documents", "seeds"),
    *("old", "new", "distance", "nearest", "old_share", "new_share"),
    *("c_npmi", "c_v", "frex", "eff_num_words", "difference"),
}


def named_topic(names: Sequence[str]) -> tuple[str, ...]:
    """The columns of a topic: its number, and its name if there are names."""
    return ("topic", "name") if names else ("topic",)


def named(topic: int, names: Sequence[str]) -> tuple[int | str, ...]:
    """The values of the columns of a topic; names : of all topics of the model, or none."""
    return (topic, names[topic]) if names else (topic,)


def in_cells(values: Iterable[object]) -> list[object]:
    """The values as cells of a table, without characters that may steer a terminal."""
    return [safe(value) if isinstance(value, str) else value for value in values]


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


def of_topics(topics: Iterable["Topic"], names: Sequence[str] = ()) -> Table:
    """A row per topic; in CSV, a row per word of a topic.

    names : of all topics of the model; without them there is no column
    """
    header = (*named_topic(names), "share", "alpha", "npmi")
    rows, records = [], []
    flat: list[Sequence[object]] = [(*header, "rank", "term", "p")]
    for topic in topics:
        words = " ".join(safe(term) for term, _ in topic.words)
        npmi = "-" if topic.npmi is None else f"{topic.npmi:.3f}"
        label = named(topic.number, names)
        rows.append((*map(str, in_cells(label)), f"{topic.share:.1%}", f"{topic.alpha:.4f}", npmi, words))
        facts = (*label, topic.share, topic.alpha, topic.npmi)
        listed = [{"term": term, "p": p} for term, p in topic.words]
        records.append(dict(zip(header, facts, strict=True)) | {"words": listed})
        shown = in_cells(facts)
        flat += [(*shown, rank, safe(term), p) for rank, (term, p) in enumerate(topic.words, start=1)]
    return Table((*header, "words"), rows, records, flat)


def with_seeds(table: Table, topics: Sequence["Topic"], seeds: "Mapping[int, Seeds]") -> Table:
    """The table `of_topics` with seed words: among the words they have a *, and columns count them.

    seeds : of the topics that have any
    """
    rows, records = [], []
    flat: list[Sequence[object]] = [(*table.flat[0], "seeds", "seeds_first", "seed")]
    for topic, row, record in zip(topics, table.rows, table.records, strict=True):
        own = seeds.get(topic.number)
        is_seed = [own is not None and term in own.terms for term, _ in topic.words]
        words = " ".join(
            safe(term) + "*" * mark for (term, _), mark in zip(topic.words, is_seed, strict=True)
        )
        n_seeds, n_first = (None, None) if own is None else (len(own.terms), own.n_first)
        rows.append((*row[:-1], "-" if own is None else f"{n_first}/{n_seeds}", words))
        listed = [word | {"seed": mark} for word, mark in zip(record["words"], is_seed, strict=True)]
        records.append(record | {"seeds": n_seeds, "seeds_first": n_first, "words": listed})
        marks = ["true" if mark else "false" for mark in is_seed]
        of_words = table.flat[len(flat) : len(flat) + len(marks)]
        flat += [(*cells, n_seeds, n_first, mark) for cells, mark in zip(of_words, marks, strict=True)]
    return Table((*table.header[:-1], "seeds", "words"), rows, records, flat)


def of_terms(
    uses: "dict[str, list[TermTopic]]",
    topics: Sequence["Topic"],
    only: Sequence[int],
    top: int,
    names: Sequence[str] = (),
) -> Table:
    """A row per term and topic, with the `top` most probable topics of each term.

    names : of all topics of the model; without them there is no column
    """
    header = ("term", *named_topic(names), "share", "p")
    rows, records = [], []
    flat: list[Sequence[object]] = [header]
    for term, found in uses.items():
        for use in [use for use in found if not only or use.topic in only][:top]:
            words = " ".join(safe(word) for word, _ in topics[use.topic].words[:5])
            label = named(use.topic, names)
            rows.append((safe(term), *map(str, in_cells(label)), f"{use.share:.1%}", f"{use.p:.6f}", words))
            facts = (term, *label, use.share, use.p)
            records.append(dict(zip(header, facts, strict=True)))
            flat.append(in_cells(facts))
    return Table((*header, "words of the topic"), rows, records, flat)


def of_labels(model: "Model") -> Table:
    """A row per topic with its name, and what else its label says."""
    keys = ("topic", "name", "given", "hide", "note", "words")
    rows, records = [], []
    flat: list[Sequence[object]] = [keys]
    for topic in model.topics():
        name, label = model.names[topic.number], model.labels.get(topic.number, Label())
        given = label.name is not None
        kind = ("given" if given else "automatic") + ", hidden" * label.hide
        words = [term for term, _ in topic.words]
        facts = (topic.number, name, given, label.hide, label.note, words)
        rows.append((str(topic.number), safe(name), kind, " ".join(map(safe, words))))
        records.append(dict(zip(keys, facts, strict=True)))
        note = None if label.note is None else safe(label.note, keep="\n")
        is_given, is_hidden = ("true" if each else "false" for each in (given, label.hide))
        flat.append((topic.number, safe(name), is_given, is_hidden, note, " ".join(map(safe, words))))
    return Table(("topic", "name", "label", "words"), rows, records, flat)


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
