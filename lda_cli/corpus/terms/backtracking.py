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

# A pattern of more characters is not looked at, nor a part of more positions, or one that would take more
# steps, together with the parts before it. A step takes some 100 ns.
_LONGEST = 50_000
_POSITIONS_AT_MOST = 400
_STEPS_AT_MOST = 3_000_000
_STEPS_AN_ITEM = 10
_STEPS_A_POSITION = 50
_STEPS_A_CHARACTER = 10
_STEPS_AN_EDGE = 5

# Of so many pairs of positions at most it is looked at where they lead.
_PAIRS_AT_MOST = 200_000

_APART = {"ATOMIC_GROUP", "POSSESSIVE_REPEAT", "ASSERT", "ASSERT_NOT"}

# What is repeated no more often than that is not worth a warning.
_FEW_TIMES = 10


class _TooMuchError(Exception):
    """A part of a pattern has too many positions, or takes too many steps."""


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

    if len(pattern) > _LONGEST:
        return False
    try:
        parsed = _parser.parse(pattern)
        steps = _Steps(parsed)
        return any(_Automaton(steps).is_ambiguous(part) for part in (parsed, *_apart(parsed)))
    except RecursionError:  # nested as nobody writes
        return True


def _apart(parsed: Any) -> Iterator[Any]:
    """Yield the parts, each once, that are matched on their own, and never tried anew."""
    todo = [parsed]
    while todo:
        found = todo.pop()
        if isinstance(found, tuple) and len(found) == 2 and str(found[0]) in _APART:
            yield found[1] if str(found[0]) == "ATOMIC_GROUP" else found[1][-1]
        if found is not None and not isinstance(found, int):
            todo += found


def _characters(parsed: Any) -> Iterator[str]:
    """Yield the characters that a pattern names, and the ends of its ranges, and some that it does not."""
    todo = [parsed]
    while todo:
        found = todo.pop()
        if isinstance(found, int):
            yield from (chr(code) for code in (int(found), int(found) + 1) if 0 <= code <= sys.maxunicode)
        elif found is not None:
            todo += found


class _Steps:
    """What the automata of a pattern share: its characters, which of them match, the steps that are left."""

    def __init__(self, parsed: Any) -> None:
        """Begin; the items of `parsed` are known by their identity."""
        self._characters = sorted({*_CHARACTERS, *_characters(parsed)})
        self._matched: dict[int, int] = {}
        self._left = _STEPS_AT_MOST

    def take(self, n_steps: int) -> None:
        """Raises _TooMuchError if so many are not left."""
        self._left -= n_steps
        if self._left < 0:
            raise _TooMuchError

    def matched(self, state: Any, item: Any) -> int:
        """Return the characters that an item matches, a bit each."""
        from re import _compiler, _parser  # type: ignore[attr-defined]

        self.take(_STEPS_A_POSITION)
        if id(item) not in self._matched:
            self.take(_STEPS_A_CHARACTER * len(self._characters))
            matches = _compiler.compile(_parser.SubPattern(state, [item]), state.flags).fullmatch
            bits = ("1" if matches(character) else "0" for character in self._characters)
            self._matched[id(item)] = int("".join(bits), 2)
        return self._matched[id(item)]


class _Automaton:
    """The positions of a pattern, or of a part, and which follow which, in how many ways."""

    def __init__(self, steps: _Steps) -> None:
        """Begin with no position."""
        self._steps = steps
        self._matched: list[int] = []  # by each position
        self._ways: Counter[tuple[int, int]] = Counter()

    def is_ambiguous(self, items: Any) -> bool:
        """Whether two ways lead from a position to itself, by the same characters, before all is over.

        False of what would be too much to look at.
        """
        try:
            return self._is_ambiguous(self._sequence(items))
        except _TooMuchError:
            return False

    def _sequence(self, items: Any, loops: bool = True) -> _Part:
        """Add parts that follow each other; `loops`: whether what is repeated may be tried in other ways."""
        whole = _Part()
        for item in items:
            part = self._part(items.state, item, loops=loops)
            self._steps.take(_STEPS_AN_ITEM + len(whole.over))
            self._follow(whole, part)
            whole = _Part(
                whole.firsts + part.firsts if whole.is_empty else whole.firsts,
                part.lasts + whole.lasts if part.is_empty else part.lasts,
                part.over | whole.over if part.is_surely_empty else part.over,
                whole.is_empty and part.is_empty,
                whole.is_surely_empty and part.is_surely_empty,
            )
        return whole

    def _follow(self, one: _Part, other: _Part) -> None:
        self._steps.take(len(one.lasts) * len(other.firsts))
        self._ways.update(product(one.lasts, other.firsts))

    def _part(self, state: Any, item: Any, *, loops: bool) -> _Part:
        op, value = item
        part = _Part(is_surely_empty=False)  # an anchor, or what looks around
        match str(op):
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                part = self._position(state, item)
            case "SUBPATTERN":
                part = self._sequence(value[-1], loops)
            case "BRANCH":
                part = _any_of([self._sequence(items, loops) for items in value[1]])
            case "MAX_REPEAT" | "MIN_REPEAT":
                part = self._repeated(*value, loops=loops)
            case "POSSESSIVE_REPEAT":
                part = self._repeated(*value, loops=False)
            case "ATOMIC_GROUP":
                part = self._sequence(value, loops=False)
        return part

    def _repeated(self, at_least: int, at_most: int, items: Any, *, loops: bool) -> _Part:
        part = self._sequence(items, loops)
        if loops and at_most > _FEW_TIMES:
            self._follow(part, part)
        if at_least:
            return part
        return part._replace(is_empty=True, is_surely_empty=True)

    def _position(self, state: Any, item: Any) -> _Part:
        position = len(self._matched)
        if position == _POSITIONS_AT_MOST:
            raise _TooMuchError
        self._matched.append(self._steps.matched(state, item))
        return _Part((position,), (position,), frozenset([position]), False, False)

    def _is_ambiguous(self, whole: _Part) -> bool:
        pairs, edges = self._pairs()
        twice = [way for way, n_ways in self._ways.items() if n_ways > 1]
        if not edges or (not twice and len(pairs) == len(self._matched)):  # as of most patterns
            return False

        self._steps.take(_STEPS_AN_EDGE * len(edges))
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
        following: dict[int, set[int]] = {}
        for one, other in self._ways:
            following.setdefault(one, set()).add(other)
        self._steps.take(len(self._matched) ** 2)
        alike = [{other for other, its in enumerate(self._matched) if its & own} for own in self._matched]
        pairs = {(position, position): position for position in range(len(self._matched))}
        edges: list[tuple[int, int]] = []
        todo = list(pairs)
        while todo and len(edges) <= _PAIRS_AT_MOST:
            one, other = todo.pop()
            others = following.get(other, set())
            for first in following.get(one, ()):
                self._steps.take(1 + min(len(others), len(alike[first])))
                for pair in ((first, second) for second in alike[first] & others):
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
