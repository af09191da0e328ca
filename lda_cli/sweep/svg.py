"""The picture of a sweep: a curve a measure over the number of topics, with its spread and what a rule picks.

Plain SVG 1.1 with text as text, on a light background, legible without colour: what a rule picks is a ring
with its number beside it, the suggestion a line through all curves with its name.
"""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .results import Summary

_WIDTH, _LEFT, _RIGHT, _TOP = 760, 78, 24, 84
_PANEL, _GAP, _BOTTOM = 128, 50, 92
_CHARACTER = 6.6  # width of one in a label, about
_INK, _GREY, _LINE, _MARK = "#1f2933", "#5f6b76", "#1f5fa8", "#b3470b"


class _Panel(NamedTuple):
    """A curve. rule : the one that reads it, if any."""

    measure: str
    title: str
    rule: str | None


_PANELS = (
    _Panel("agreement", "Agreement of seeds: overlap of matched topics (higher is better)", "stable"),
    _Panel("held_out", "Held-out documents: log p of a token, in nats (higher is better)", "held-out"),
    _Panel("aic", "What the data support: AIC / 2, in nats a token (lower is better)", "supported"),
    _Panel("spectral", "Spectral divergence, Arun et al. 2010 (lower is better)", "spectral"),
    _Panel("npmi", "Mean coherence (npmi): shown, never used to choose", None),
)


class _Scale(NamedTuple):
    """A linear map from values to pixels."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.first + share * (self.last - self.first)


def drawn(found: "Summary") -> str:
    """Return the SVG."""
    panels = [panel for panel in _PANELS if found.curve(panel.measure)]
    height = _TOP + len(panels) * (_PANEL + _GAP) + _BOTTOM - _GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img" font-family="system-ui, sans-serif" font-size="12" '
        f'fill="{_INK}">',
        "<title>How many topics?</title>",
        f"<desc>{escape(found.choice.words)}</desc>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(_LEFT, 26, "How many topics?", size=17, weight="bold"),
        *(_text(_LEFT, 46 + 16 * n, line, fill=_GREY) for n, line in enumerate(_wrapped(found.choice.words))),
    ]
    grid = found.grid
    if grid:
        ends = math.log(grid[0]), math.log(grid[-1])
        across = _Scale(*ends, _LEFT + 14, _WIDTH - _RIGHT - 14)
        for number, panel in enumerate(panels):
            is_last = number == len(panels) - 1
            lines += _panel(found, panel, across, _TOP + 26 + number * (_PANEL + _GAP), is_last)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _wrapped(words: str, width: int = 108) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines[:3]


def _suggestion(topics: int, across: _Scale, top: float, is_last: bool) -> Iterator[str]:
    """Draw the line of the suggestion through a panel; its name stands in the last one."""
    x = across(math.log(topics))
    yield (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{top + _PANEL:.1f}" stroke="{_MARK}" '
        'stroke-width="1.5" stroke-dasharray="5 4"/>'
    )
    if is_last:
        place, label = top + _PANEL + 34, f"suggested: {topics}"
        yield _text(x, place, label, fill=_MARK, anchor="middle", weight="bold")


def _panel(found: "Summary", panel: _Panel, across: _Scale, top: float, is_last: bool) -> Iterator[str]:
    curve = found.curve(panel.measure)
    spread = {topics: _spread(found, panel.measure, topics) for topics in curve}
    low, high = min(each[0] for each in spread.values()), max(each[1] for each in spread.values())
    margin = (high - low) * 0.15 or max(abs(high) * 0.05, 0.01)
    down = _Scale(low - margin, high + margin, top + _PANEL, top)
    left, right = _LEFT, _WIDTH - _RIGHT
    yield _text(left, top - 8, panel.title, weight="bold")
    for value in _ticks(low - margin, high + margin):
        y = down(value)
        yield f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e7ea"/>'
        yield _text(left - 8, y + 4, f"{value:.6g}", fill=_GREY, anchor="end")
    yield f'<line x1="{left}" x2="{right}" y1="{top + _PANEL}" y2="{top + _PANEL}" stroke="{_GREY}"/>'
    yield from _marks_of_grid(found.grid, across, top + _PANEL, is_last)
    if found.choice.topics is not None:
        yield from _suggestion(found.choice.topics, across, top, is_last)

    places = {topics: across(math.log(topics)) for topics in curve}
    band = [(places[topics], down(spread[topics][1])) for topics in curve]
    band += [(places[topics], down(spread[topics][0])) for topics in reversed(curve)]
    yield f'<polygon points="{_points(band)}" fill="{_LINE}" fill-opacity="0.16"/>'
    line = [(places[topics], down(value)) for topics, value in curve.items()]
    yield f'<polyline points="{_points(line)}" fill="none" stroke="{_LINE}" stroke-width="2"/>'
    for x, y in line:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{_LINE}"/>'
    picked = next((pick for pick in found.choice.picks if pick.rule == panel.rule), None)
    if picked is not None and picked.topics in curve:
        x, y = places[picked.topics], down(curve[picked.topics])
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="none" stroke="{_MARK}" stroke-width="2"/>'
        anchor = "end" if x > _WIDTH * 0.75 else "start"
        label = f"{picked.rule}: {picked.topics}{' (edge)' if picked.at_edge else ''}"
        width = _CHARACTER * (len(label) + 3)
        ends = (x - width, x) if anchor == "end" else (x, x + width)
        near = [y, *(other for place, other in line if ends[0] <= place <= ends[1])]  # what it must not touch
        below, above = max(near) + 20, min(near) - 11
        has_room_below, has_room_above = below + 2 < top + _PANEL, above > top + 8
        is_below = not has_room_above or (has_room_below and below - y < y - above)
        place = below if is_below else above
        yield _text(x + (-10 if anchor == "end" else 10), place, label, fill=_MARK, anchor=anchor)


def _spread(found: "Summary", measure: str, topics: int) -> tuple[float, float]:
    """Return the least and the largest value of the seeds, for agreement of the pairs of seeds."""
    values = found.values(measure, topics)
    if measure == "agreement" and topics in found.agreement:
        values = list(found.agreement[topics].pairs.values())
    return min(values), max(values)


def _marks_of_grid(grid: Sequence[int], across: _Scale, y: float, with_names: bool) -> Iterator[str]:
    before = -math.inf
    for topics in grid:
        x = across(math.log(topics))
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y + 5:.1f}" stroke="{_GREY}"/>'
        if x - before >= 26:  # else the numbers would touch
            before = x
            yield _text(x, y + 18, str(topics), fill=_GREY, anchor="middle")
    if with_names:
        yield _text(
            (_LEFT + _WIDTH - _RIGHT) / 2,
            y + 52,
            "number of topics (logarithmic); a band goes from the least to the largest of the seeds",
            anchor="middle",
        )


def _ticks(low: float, high: float) -> list[float]:
    """Return two to five round numbers between two values."""
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw)
    first = math.ceil(low / step)
    return [round(n * step, 12) for n in range(first, math.floor(high / step) + 1)]


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    fill: str = _INK,
    anchor: str = "start",
    size: int = 12,
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" stroke="#ffffff" stroke-width="3" paint-order="stroke">{escape(text)}</text>'
    )
