"""What `lda-cli inspect` prints of the training documents: those of a topic, and mean shares of groups."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import safe
from .tables import Table

if TYPE_CHECKING:
    from ..model.groups import Group
    from ..model.ranking import BestDocument

_NONE = "-"


def of_documents(found: "Iterable[BestDocument]", texts: Mapping[str, str]) -> Table:
    """A row per topic and document; texts : the first words of some documents, by id."""
    header = ("topic", "share", "low", "tokens", "id", "text")
    rows, records = [], []
    flat: list[Sequence[object]] = [("topic", "rank", "share", "low", "tokens", "id", "text")]
    for topic, rank, _, name, share, low, tokens in found:
        text = texts.get(name)
        shown = "" if text is None else safe(text)
        rows.append((str(topic), f"{share:.1%}", f"{low:.1%}", str(tokens), safe(name), shown))
        records.append(
            {
                "topic": topic,
                "rank": rank,
                "share": share,
                "low": low,
                "tokens": tokens,
                "id": name,
                "text": text,
            }
        )
        flat.append((topic, rank, share, low, tokens, safe(name), shown))
    return Table(header, rows, records, flat)


def of_groups(groups: "Sequence[Group]", topics: Sequence[int], *, is_long: bool, wide: bool) -> Table:
    """Mean shares: a row per value, and a column per topic.

    topics : their numbers
    is_long : in text, a row per value and topic instead, with the interval
    wide : CSV of a row per value, without intervals, and nothing else
    """
    columns = [f"topic_{topic}" for topic in topics]
    header: tuple[str, ...] = ("value", "documents", "tokens", *columns)
    if wide:
        flat = [(*_cells(group), *(float(group.shares[topic]) for topic in topics)) for group in groups]
        return Table(header, [], [], [header, *flat])
    long = [(_cells(group), share) for group in groups for share in _shares(group, topics)]
    names = ("value", "documents", "tokens", "topic", "share", "low", "high")
    rows = [_row(group, topics) for group in groups]
    if is_long:
        header = names
        rows = [(*_start(cells), str(share["topic"]), *_percents(share)) for cells, share in long]
    records = [
        {"value": group.value, "documents": group.documents, "tokens": group.tokens, "topics": listed}
        for group in groups
        for listed in [_shares(group, topics)]
    ]
    return Table(header, rows, records, [names, *((*cells, *share.values()) for cells, share in long)])


def _shares(group: "Group", topics: Sequence[int]) -> list[dict[str, Any]]:
    """The share of each topic, with what the mean is at least and at most, or None."""
    return [
        {
            "topic": topic,
            "share": float(group.shares[topic]),
            "low": None if group.low is None else float(group.low[topic]),
            "high": None if group.high is None else float(group.high[topic]),
        }
        for topic in topics
    ]


def _cells(group: "Group") -> tuple[object, int, int]:
    value = group.value
    shown = "" if value is None else safe(value) if isinstance(value, str) else value
    return shown, group.documents, group.tokens


def _start(cells: tuple[object, int, int]) -> tuple[str, str, str]:
    value, documents, tokens = cells
    return _NONE if value == "" else str(value), str(documents), str(tokens)


def _row(group: "Group", topics: Sequence[int]) -> tuple[str, ...]:
    return (*_start(_cells(group)), *(f"{group.shares[topic]:.1%}" for topic in topics))


def _percents(share: Mapping[str, Any]) -> list[str]:
    shown = (share[name] for name in ("share", "low", "high"))
    return [_NONE if value is None else f"{value:.1%}" for value in shown]
