"""What `lda-cli diff` prints: lines of totals and a row a topic for people, everything for programs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..comparing import Change, Comparison, Side
from ..errors import safe
from ..table_text import json_text
from . import tables

_LISTS = ("words", "came", "went")


# For people


def _text(found: Comparison) -> str:
    lines = "".join(f"{name:<9} {line}\n" for name, line in _totals(found))
    return f"{lines}\n{tables.FORMATS['text'](_for_people(found))}"


def _markdown(found: Comparison) -> str:
    lines = "".join(f"- {name}: {line}\n" for name, line in _totals(found))
    return f"{lines}\n{tables.FORMATS['markdown'](_for_people(found))}"


def _totals(found: Comparison) -> Iterator[tuple[str, str]]:
    """Yield the lines of the whole, each with its name."""
    yield "old", _sizes(found.old)
    yield "new", _sizes(found.new)
    unknown = f"{found.unknown:.1%} of the tokens of the new are of terms unknown to the old"
    yield "terms", f"{found.n_common:,} in both; {unknown}"
    kept, gone, new = (len(found.of(kind)) for kind in ("kept", "gone", "new"))
    yield "topics", f"{kept} kept, {found.n_same_number} with the same number; {gone} gone, {new} new"
    mean, largest = map(_number, (found.mean_distance, found.largest_distance))
    yield "distance", f"of the kept topics: mean {mean}, largest {largest}"
    yield "shares", f"drift {_number(found.drift)}"


def _sizes(side: Side) -> str:
    return f"{safe(side.path)}: {side.model.n_topics} topics, {len(side.model.vocabulary):,} terms"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _for_people(found: Comparison) -> tables.Table:
    """A row a topic; names of the topics of a model only if names were given."""
    named = {
        name: side.model.names
        for name, side in (("old_name", found.old), ("new_name", found.new))
        if any(label.name is not None for label in side.model.labels.values())
    }
    header = ["change", "old", "new", *named, "distance", "nearest", "old_share", "new_share", "words"]
    rows = []
    for change in found.changes:
        numbers = {"old_name": change.old, "new_name": change.new}
        names = ["-" if (n := numbers[name]) is None else safe(own[n]) for name, own in named.items()]
        row = [change.kind, _topic(change.old), _topic(change.new), *names, _number(change.distance)]
        row += [_topic(change.nearest), _share(change.old_share), _share(change.new_share)]
        rows.append([*row, _words(change)])
    return tables.Table(header, rows, [], [])


def _topic(number: int | None) -> str:
    return "-" if number is None else str(number)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _words(change: Change) -> str:
    """The first words, with + before those that came, and - before those that went."""
    now = [f"+{safe(word)}" if word in change.came else safe(word) for word in change.words]
    return " ".join([*now, *(f"-{safe(word)}" for word in change.went)])


# For programs


def _json(found: Comparison) -> str:
    return json_text(
        {
            "old": _side(found.old),
            "new": _side(found.new),
            "totals": {
                "kept": len(found.of("kept")),
                "same_number": found.n_same_number,
                "gone": len(found.of("gone")),
                "new": len(found.of("new")),
                "mean_distance": found.mean_distance,
                "largest_distance": found.largest_distance,
                "drift": found.drift,
                "common_terms": found.n_common,
                "unknown": found.unknown,
            },
            "changes": list(_records(found)),
        }
    )


def _side(side: Side) -> dict[str, Any]:
    return {"model": side.path, "topics": side.model.n_topics, "terms": len(side.model.vocabulary)}


def _records(found: Comparison) -> Iterator[dict[str, Any]]:
    old_names, new_names = found.old.model.names, found.new.model.names
    for change in found.changes:
        yield {
            "change": change.kind,
            "old": change.old,
            "new": change.new,
            "old_name": None if change.old is None else old_names[change.old],
            "new_name": None if change.new is None else new_names[change.new],
            "distance": change.distance,
            "nearest": change.nearest,
            "old_share": change.old_share,
            "new_share": change.new_share,
            "words": list(change.words),
            "came": list(change.came),
            "went": list(change.went),
        }


def _csv(found: Comparison) -> str:
    """A row a topic, with words divided by spaces; a cell is empty for a number that is not there."""
    records = list(_records(found))
    rows = [
        tables.in_cells(" ".join(value) if name in _LISTS else value for name, value in record.items())
        for record in records
    ]
    return tables.FORMATS["csv"](tables.Table((), [], records, [list(records[0]), *rows]))


FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
}
