"""What every table of `export` is: columns and blocks of rows, so that a million rows need no memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from ..engine.arrays import Float32

Kind = Literal["int", "float", "share", "text"]


class Column(NamedTuple):
    """A column of a table; a `share` is a float32 of theta.npy, which is printed with six decimals."""

    name: str
    kind: Kind


class Block(NamedTuple):
    """Consecutive rows, by column: those of `left`, then of `shares`, then of `right`.

    left, right : a list of n values for each column; None is a missing value
    shares : (n, K), a column for each topic; None for tables without such columns
    """

    left: Sequence[Sequence[object]]
    shares: Float32 | None = None
    right: Sequence[Sequence[object]] = ()


@dataclass(frozen=True)
class Table:
    """Columns, and their rows in blocks that can be read once."""

    columns: Sequence[Column]
    blocks: Iterable[Block]

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]


ROWS_AT_A_TIME = 1 << 16


def in_blocks(rows: Iterable[Sequence[object]]) -> Iterator[Block]:
    """Yield blocks of rows that come one by one."""
    rows = iter(rows)
    while some := list(islice(rows, ROWS_AT_A_TIME)):
        yield Block(list(zip(*some, strict=True)))


def topic_columns(n_topics: int, kind: Kind, names: Sequence[str] | None = None) -> list[Column]:
    """Return the columns of the K topics of a wide table, which may have their names beside their numbers."""
    numbers = [f"topic_{topic}" for topic in range(n_topics)]
    header = numbers if names is None else [f"{n} {name}" for n, name in zip(numbers, names, strict=True)]
    return [Column(name, kind) for name in header]
