"""Whether a user's pattern may take exponential time, which Python's `re` does not prevent: (a+)+b on aaaa.

The pattern becomes an automaton of its positions, each a character that it matches (Glushkov 1961). Time can
be exponential where there are two ways from a position to itself by the same characters (Weideman and others
2016), and the match is not over by then: each way is tried, and each of those that follow it.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

# What a pattern may tell apart, beside the characters that stand in it.
_CHARACTERS = "aZé中09_ \t\n-.,:'/@"

# A pattern of more positions, or pairs of them, is not looked at.
_POSITIONS_AT_MOST = 400
_PAIRS_AT_MOST = 200_000

# What is repeated no more often than that is not worth a warning.
_FEW_TIMES = 10


class _Part(NamedTuple):
    """Of a part of a pattern: the positions it may begin and end with, and what it may do without.

    over : positions behind which the part may be over, whatever comes
    is_empty, is_surely_empty : whether it may match no character, if at all, and whatever comes
    """

    firsts: tuple[int, ...] = ()
    lasts: tuple[int, ...] = ()
    over: frozenset[int] = frozenset()
    is_empty: bool = True
    is_surely_empty: bool = True


def may_take_for_ever(pattern: str) -> bool:
    """Whether there are texts on which the time of a pattern grows exponentially, as far as can be told."""
    from re import _parser  # type: ignore[attr-defined]  # no other parser knows the same language

    todo = [_parser.parse(pattern)]
    characters = set(_CHARACTERS) | set(_characters(todo[0]))
    try:
        while todo:
            automaton = _Automaton(characters, todo)
            if automaton.is_ambiguous(automaton.sequence(todo.pop())):
                return True
    except RecursionError:  # nested as nobody writes
        return True
    return False


def _characters(parsed: Any) -> Iterator[str]:
    """Yield the characters that a pattern names, and the ends of its ranges, and some that it does not."""
    todo = [parsed]
    while todo:
        found = todo.pop()
        if isinstance(found, int):
            yield from (chr(code) for code in (int(found), int(found) + 1) if 0 <= code <= sys.maxunicode)
        elif found is not None:
            todo += found


class _Automaton:
    """The positions of a pattern, and which follow which, in how many ways."""

    def __init__(self, characters: set[str], apart: list[Any]) -> None:
        """Begin with no position; what is matched on its own, and never tried anew, is put `apart`."""
        self._characters, self._apart = sorted(characters), apart
        self._matched: list[frozenset[str]] = []  # by each position
        self._ways: Counter[tuple[int, int]] = Counter()

    def sequence(self, items: Any, loops: bool = True) -> _Part:
        """Add parts that follow each other; `loops`: whether what is repeated may be tried in other ways."""
        whole = _Part()
        for item in items:
            part = self._part(items.state, *item, loops=loops)
            self._ways.update(product(whole.lasts, part.firsts))
            whole = _Part(
                whole.firsts + part.firsts if whole.is_empty else whole.firsts,
                part.lasts + whole.lasts if part.is_empty else part.lasts,
                part.over | whole.over if part.is_surely_empty else part.over,
                whole.is_empty and part.is_empty,
                whole.is_surely_empty and part.is_surely_empty,
            )
        return whole

    def _part(self, state: Any, op: Any, value: Any, *, loops: bool) -> _Part:
        part = _Part(is_surely_empty=False)  # an anchor, or what looks around
        match str(op):
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                part = self._position(state, (op, value))
            case "SUBPATTERN":
                part = self.sequence(value[-1], loops)
            case "BRANCH":
                part = _any_of([self.sequence(items, loops) for items in value[1]])
            case "MAX_REPEAT" | "MIN_REPEAT":
                part = self._repeated(*value, loops=loops)
            case "POSSESSIVE_REPEAT":
                self._apart.append(value[-1])
                part = self._repeated(*value, loops=False)
            case "ATOMIC_GROUP":
                self._apart.append(value)
                part = self.sequence(value, loops=False)
            case "ASSERT" | "ASSERT_NOT":
                self._apart.append(value[-1])
        return part

    def _repeated(self, at_least: int, at_most: int, items: Any, *, loops: bool) -> _Part:
        part = self.sequence(items, loops)
        if loops and at_most > _FEW_TIMES:
            self._ways.update(product(part.lasts, part.firsts))
        if at_least:
            return part
        return part._replace(is_empty=True, is_surely_empty=True)

    def _position(self, state: Any, item: Any) -> _Part:
        from re import _compiler, _parser  # type: ignore[attr-defined]

        matches = _compiler.compile(_parser.SubPattern(state, [item]), state.flags).fullmatch
        position = len(self._matched)
        self._matched.append(frozenset(filter(matches, self._characters)))
        return _Part((position,), (position,), frozenset([position]), False, False)

    def is_ambiguous(self, whole: _Part) -> bool:
        """Whether two ways lead from a position to itself, by the same characters, before all is over."""
        if len(self._matched) > _POSITIONS_AT_MOST:
            return False
        pairs, edges = self._pairs()
        twice = [way for way, n_ways in self._ways.items() if n_ways > 1]
        if not edges or (not twice and len(pairs) == len(self._matched)):  # as of most patterns
            return False

        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components

        rows, columns = zip(*edges, strict=True)
        graph = csr_matrix(([True] * len(edges), (rows, columns)), shape=(len(pairs), len(pairs)))
        component = connected_components(graph, connection="strong")[1].tolist()
        positions: dict[int, set[int]] = {}
        for (one, other), number in pairs.items():
            positions.setdefault(component[number], set()).update((one, other))
        returning = {component[pairs[one, one]] for one in range(len(self._matched)) if (one, one) in pairs}
        ambiguous = {component[number] for (one, other), number in pairs.items() if one != other} | {
            component[pairs[one, one]]
            for one, other in twice
            if component[pairs[one, one]] == component[pairs[other, other]]
        }
        return any(not positions[found] & whole.over for found in returning & ambiguous)

    def _pairs(self) -> tuple[dict[tuple[int, int], int], list[tuple[int, int]]]:
        """Pairs of positions to which the same characters lead, numbered, and which leads to which."""
        following: dict[int, list[int]] = {}
        for one, other in self._ways:
            following.setdefault(one, []).append(other)
        pairs = {(position, position): position for position in range(len(self._matched))}
        edges: list[tuple[int, int]] = []
        todo = list(pairs)
        while todo and len(edges) <= _PAIRS_AT_MOST:
            one, other = todo.pop()
            for pair in product(following.get(one, ()), following.get(other, ())):
                if self._matched[pair[0]] & self._matched[pair[1]]:
                    if pair not in pairs:
                        pairs[pair] = len(pairs)
                        todo.append(pair)
                    edges.append((pairs[one, other], pairs[pair]))
        return pairs, edges


def _any_of(parts: Sequence[_Part]) -> _Part:
    def together(positions: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
        return tuple(position for some in positions for position in some)

    return _Part(
        together(part.firsts for part in parts),
        together(part.lasts for part in parts),
        frozenset().union(*(part.over for part in parts)),
        any(part.is_empty for part in parts),
        any(part.is_surely_empty for part in parts),
    )
