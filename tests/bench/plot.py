"""Lines on doubly logarithmic paper, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 720, 400, 70, 50, 170, 50
_COLOURS = ("#1a5fb4", "#62a0ea", "#a51d2d", "#f66151", "#5e5c64")
_STYLE = "font: 13px sans-serif; fill: #333"

Points = Sequence[tuple[float, float]]


def drawn(title: str, axes: tuple[str, str], lines: Mapping[str, Points]) -> str:
    """The lines with their names; every value is greater than zero."""
    points = [point for each in lines.values() for point in each]
    across, up = (_Scale([point[axis] for point in points]) for axis in (0, 1))

    def place(point: tuple[float, float]) -> tuple[float, float]:
        width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + across.part(point[0]) * width, _TOP + (1 - up.part(point[1])) * height

    grid = [_across(place((value, up.least)), f"{value:,.0f}") for value in across.marks]
    grid += [_up(place((across.least, value)), f"{value:g}") for value in up.marks]
    shown = [
        _line(name, colour, [place(point) for point in each])
        for (name, each), colour in zip(lines.items(), _COLOURS, strict=False)
    ]
    words = [
        f'<text x="{_LEFT}" y="24" style="{_STYLE}; font-weight: bold">{escape(title)}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 10}" style="{_STYLE}">{escape(axes[0])}</text>',
        f'<text x="10" y="{_TOP - 10}" style="{_STYLE}">{escape(axes[1])}</text>',
    ]
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    inside = "\n".join([*grid, *shown, *words])
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{paper}\n{inside}\n</svg>\n'


class _Scale:
    """Whole powers of ten around the values."""

    def __init__(self, values: Sequence[float]) -> None:
        self._low = math.floor(math.log10(min(values)))
        self._high = max(math.ceil(math.log10(max(values))), self._low + 1)
        self.least = 10.0**self._low
        self.marks = [10.0**power for power in range(self._low, self._high + 1)]

    def part(self, value: float) -> float:
        return (math.log10(value) - self._low) / (self._high - self._low)


def _across(at: tuple[float, float], text: str) -> str:
    x, y = at
    return (
        f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle" style="{_STYLE}">{text}</text>'
    )


def _up(at: tuple[float, float], text: str) -> str:
    x, y = at
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#ddd"/>'
        f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end" style="{_STYLE}">{text}</text>'
    )


def _line(name: str, colour: str, places: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    x, y = places[-1]
    named = f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" style="{_STYLE}; fill: {colour}">{escape(name)}</text>'
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}{named}'
