"""What `lda-cli inspect` prints of training documents: those of a topic, and shares and words by group."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import safe
from ..table_text import DECIMALS
from .tables import Table, in_cells, named, named_topic

if TYPE_CHECKING:
    from ..model.groups import Group
    from ..model.ranking import BestDocument
    from ..slices import SliceTopic, SliceWord

_NONE = "-"


def of_documents(
    found: "Iterable[BestDocument]", texts: Mapping[str, str], names: Sequence[str] = ()
) -> Table:
    """A row per topic and document.

    texts : the first words of some documents, by id
    names : of all topics of the model; without them there is no column
    """
    own = named_topic(names)
    header = (*own, "share", "low", "tokens", "id", "text")
    rows, records = [], []
    columns = (*own, "rank", "share", "low", "tokens", "id", "text")
    flat: list[Sequence[object]] = [columns]
    for topic, rank, _, name, share, low, tokens in found:
        text = texts.get(name)
        shown = "" if text is None else safe(text)
        label = named(topic, names)
        shares = (round(share, DECIMALS), round(low, DECIMALS))
        facts = (*label, rank, *shares, tokens, name, text)
        numbers = (f"{share:.1%}", f"{low:.1%}", str(tokens))
        rows.append((*map(str, in_cells(label)), *numbers, safe(name), shown))
        records.append(dict(zip(columns, facts, strict=True)))
        flat.append((*in_cells(facts[:-1]), shown))
    return Table(header, rows, records, flat)


def of_groups(
    groups: "Sequence[Group]",
    topics: Sequence[int],
    names: Sequence[str] = (),
    *,
    is_long: bool,
    wide: bool,
) -> Table:
    """Mean shares: a row per value, and a column per topic.

    topics : their numbers
    names : of all topics of the model; without them there is no column
    is_long : in text, a row per value and topic instead, with the interval
    wide : CSV of a row per value, without intervals, and nothing else
    """
    columns = [safe(f"topic_{' '.join(map(str, named(topic, names)))}") for topic in topics]
    header: tuple[str, ...] = ("value", "documents", "tokens", *columns)
    if wide:
        flat = [(*_cells(group), *(float(group.shares[topic]) for topic in topics)) for group in groups]
        return Table(header, [], [], [header, *flat])
    long = [(_cells(group), share) for group in groups for share in _shares(group, topics, names)]
    of_topic = named_topic(names)
    long_header = ("value", "documents", "tokens", *of_topic, "share", "low", "high")
    rows = [_row(group, topics) for group in groups]
    if is_long:
        header = long_header
        rows = [
            (*_start(cells), *(safe(str(share[key])) for key in of_topic), *_percents(share))
            for cells, share in long
        ]
    records = [
        {"value": group.value, "documents": group.documents, "tokens": group.tokens, "topics": listed}
        for group in groups
        for listed in [_shares(group, topics, names)]
    ]
    return Table(
        header, rows, records, [long_header, *((*cells, *in_cells(share.values())) for cells, share in long)]
    )


def of_slices(found: "Iterable[SliceTopic]", names: Sequence[str] = ()) -> Table:
    """The words of topics: a row per topic and value; in CSV, a row per word of the two lists.

    names : of all topics of the model; without them there is no column
    """
    start = (*named_topic(names), "value", "tokens")
    rows, records = [], []
    flat: list[Sequence[object]] = [(*start, "list", "rank", "term", "p", "ratio")]
    for one in found:
        facts = (*named(one.topic, names), one.value, one.tokens)
        *label, value, _ = in_cells(facts)
        value = "" if value is None else value
        lists = {"words": one.words, "more": one.more}
        shown = (*map(str, label), _NONE if value == "" else str(value), f"{one.tokens:.0f}")
        rows.append((*shown, *map(_terms, lists.values())))
        words = {name: [word._asdict() for word in some] for name, some in lists.items()}
        records.append(dict(zip(start, facts, strict=True)) | words)
        flat += [
            (*label, value, one.tokens, name, rank, safe(word.term), word.p, word.ratio)
            for name, some in lists.items()
            for rank, word in enumerate(some, start=1)
        ]
    return Table((*start, "words", "more"), rows, records, flat)


def _terms(words: "Iterable[SliceWord]") -> str:
    return " ".join(safe(word.term) for word in words)


def _shares(group: "Group", topics: Sequence[int], names: Sequence[str]) -> list[dict[str, Any]]:
    """The share of each topic, with what the mean is at least and at most, or None."""
    return [
        {
            **dict(zip(named_topic(names), named(topic, names), strict=True)),
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
