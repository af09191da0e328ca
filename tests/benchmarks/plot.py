"""A plot of lines over a logarithmic axis of seconds, as SVG text."""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 140, 72, 48
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555")  # told apart by all

CEILING = 1.3  # times the best perplexity; what is worse stands at the upper edge with its figure

Points = Mapping[str, Sequence[tuple[float, float]]]


def svg(lines: Points, title: str, subtitle: str) -> str:
    """The plot; lines : of each tool, points of (seconds, perplexity)."""
    return "\n".join([*_drawing(lines, title, subtitle), ""])


def _drawing(lines: Points, title: str, subtitle: str) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#333">'
    )
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">{escape(title)}</text>'
    yield f'<text x="{LEFT}" y="40" fill="#666">{escape(subtitle)}</text>'
    points = [point for line in lines.values() for point in line]
    if points:
        yield from _axes_and_lines(lines, points)
    yield "</svg>"


def _axes_and_lines(lines: Points, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    seconds, values = zip(*points, strict=True)
    least, most = math.log10(min(seconds) / 1.2), math.log10(max(seconds) * 1.2)
    ceiling = min(max(values), CEILING * min(values))
    ticks = _round_values(min(values), ceiling)
    bottom, top = ticks[0], ticks[-1]

    def x(second: float) -> float:
        return LEFT + (math.log10(second) - least) / (most - least) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (min(value, top) - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)

    for value in ticks:
        yield f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
    for second in _one_two_five(10**least, 10**most):
        yield f'<path d="M{x(second):.1f} {HEIGHT - BOTTOM}v5" stroke="#333"/>'
        yield f'<text x="{x(second):.1f}" y="{HEIGHT - BOTTOM + 19}" text-anchor="middle">{second:g}</text>'
    yield f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}" stroke="#333"/>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">seconds (lower left is better)</text>'
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x(second):.1f},{y(value):.1f}" for second, value in sorted(line))
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for second, value in line:
            yield f'<circle cx="{x(second):.1f}" cy="{y(value):.1f}" r="4" fill="{colour}"/>'
            if value > top:
                yield f'<text x="{x(second):.1f}" y="{TOP - 8}" text-anchor="middle">{value:.0f}</text>'
        legend = TOP + 12 + 20 * number
        yield f'<circle cx="{WIDTH - RIGHT + 20}" cy="{legend}" r="4" fill="{colour}"/>'
        yield f'<text x="{WIDTH - RIGHT + 30}" y="{legend + 4}">{escape(name)}</text>'


def _round_values(least: float, most: float) -> list[float]:
    """Ticks at even steps of 1, 2 or 5 times a power of ten, eight at most between those that hold both."""
    span = max(most - least, 1.0)
    step = next(step for step in _one_two_five(span / 8, span * 10) if step >= span / 8)
    first = math.floor(least / step)
    return [step * n for n in range(first, max(math.ceil(most / step), first + 1) + 1)]


def _one_two_five(least: float, most: float) -> list[float]:
    """1, 2 and 5 times every power of ten from `least` to `most`."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    return [n * 10.0**power for power in powers for n in (1, 2, 5) if least <= n * 10.0**power <= most]
