"""Two more tables: mean shares of the topics by a metadata field, and the best documents of each topic."""

from collections.abc import Iterator

from ..model.model import Model
from . import Choice
from .table import Column, Kind, Table, in_blocks, topic_columns


def by_table(model: Model, choice: Choice) -> Table:
    """Return the table of `export by FIELD`. Raises ConfigError as `Model.by` does."""
    own_names = model.names if choice.names else None
    groups = model.by(choice.field or "", intervals=choice.long)
    is_text = any(isinstance(group.value, str) for group in groups)
    kind: Kind = "text" if is_text else "float"
    columns = [Column("value", kind), Column("documents", "int"), Column("tokens", "int")]

    def wide() -> Iterator[list[object]]:
        for group in groups:
            yield [group.value, group.documents, group.tokens, *group.shares.tolist()]

    def long() -> Iterator[list[object]]:
        for group in groups:
            facts = [group.value, group.documents, group.tokens]
            for topic, share in enumerate(group.shares.tolist()):
                name = [own_names[topic]] if own_names else []
                ends = [None if edge is None else float(edge[topic]) for edge in (group.low, group.high)]
                yield [*facts, topic, *name, share, *ends]

    if not choice.long:
        return Table([*columns, *topic_columns(model.n_topics, "float", own_names)], in_blocks(wide()))
    columns += [Column("topic", "int"), *([Column("name", "text")] if own_names else [])]
    return Table([*columns, *(Column(name, "float") for name in ("share", "low", "high"))], in_blocks(long()))


def top_documents_table(model: Model, choice: Choice) -> Table:
    """Return the table of `export top-documents`. Raises ConfigError as `Model.best_documents` does."""
    own_names = model.names if choice.names else None
    columns = [Column("topic", "int"), *([Column("name", "text")] if own_names else [])]
    columns += [Column("rank", "int"), Column("id", "text"), Column("share", "share")]
    columns += [Column("low", "share"), Column("tokens", "int")]
    found = model.best_documents(top=choice.top or model.n_documents)

    def rows() -> Iterator[list[object]]:
        for best in found:
            name = [own_names[best.topic]] if own_names else []
            yield [best.topic, *name, best.rank, best.id, best.share, best.low, best.tokens]

    return Table(columns, in_blocks(rows()))
