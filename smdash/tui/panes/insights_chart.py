"""Charts of insights in cells. plotext draws lines and bars into a text; the hours of the week are drawn here.

plotext is imported when a chart is drawn for the first time, and each chart has a figure of its own: plotext's module
keeps one for everybody. Of its text only what can be seen is taken; its colours say which series a cell is of, and
the theme says how that looks.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from smdash.core import formats
from smdash.core.insight_parts import Chart
from smdash.core.insights import Cell
from smdash.locale import gettext as _
from smdash.tui.cells import CONTROL, Glyphs, fit, literal, width_of
from smdash.tui.widgets.lines import Line, Piece, spread

# The styles of the series, by the colours that plotext is told.
_STYLES = ("accent", "warning")
_BARS = ("bars", "names")
_CODE = re.compile(r"\x1b\[([\d;]*)m")
_SERIES = re.compile(r"38;5;(\d+)")
# From which score on (1 is usual) an hour has which mark, and how it looks.
_SCORES = ((1.5, 3, "success"), (1.0, 2, "accent"), (0.75, 1, "base"), (0.0, 0, "dim"))
_SHADES, _ASCII_SHADES = "░▒▓█", "-+*#"
# A chart lower or narrower than that says nothing.
LEAST_HEIGHT, LEAST_WIDTH = 6, 24


def draw(chart: Chart, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The chart in that many cells, each line as wide as told; nothing where there is too little room.

    The hours of the week are always nine lines.
    """
    if chart.kind == "heat":
        return _heat(chart.cells, width, glyphs)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return []
    series = [(name, values) for name, values in chart.series if any(value is not None for value in values)]
    # One point is no line.
    if not series or (chart.kind == "lines" and len(chart.labels) < 2):
        return []
    plain = not glyphs.eighths
    text = _plot(chart, series, width, height - 1, plain)
    lines = [spread(_pieces(line), width) for line in text.split("\n")[: height - 1]]
    return [_legend(chart.kind, [name for name, _values in series], width, plain), *lines]


def _marker(kind: str, at: int, plain: bool) -> str:
    if kind in _BARS:
        return "#" if plain else "█"
    if at:
        return "o" if plain else "•"
    return "*" if plain else "braille"


def _legend(kind: str, names: Sequence[str], width: int, plain: bool) -> Line:
    line: Line = []
    for at, name in enumerate(names):
        marker = _marker(kind, at, plain)
        line += [Piece(f" {'⠒' if marker == 'braille' else marker} ", _STYLES[at % len(_STYLES)]), Piece(name, "dim")]
    return spread(line, width)


def _plot(
    chart: Chart, series: Sequence[tuple[str, Sequence[float | None]]], width: int, height: int, plain: bool
) -> str:
    """What plotext draws."""
    figure: Any = importlib.import_module("plotext._figure")._figure_class()
    # What it takes for the terminal's size is none of its business.
    figure._limit_size(False, False)
    figure.plot_size(width, height)
    figure.theme("clear")
    for at, (_name, values) in enumerate(series):
        known = [(place, value) for place, value in enumerate(values, start=1) if value is not None]
        places, heights = [place for place, _value in known], [value for _place, value in known]
        marker = _marker(chart.kind, at, plain)
        if chart.kind in _BARS:
            figure.bar(places, heights, marker=marker, color=at + 1, width=0.6)
        else:
            figure.plot(places, heights, marker=marker, color=at + 1)
    most = max(value for _name, values in series for value in values if value is not None) or 1.0
    figure.ylim(0, most)
    figure.yticks([0, most / 2, most], [_tick(0, most), _tick(most / 2, most), _tick(most, most)])
    figure.xlim(0.5, len(chart.labels) + 0.5)
    shown, labels = _axis(chart, width)
    figure.xticks([place + 1 for place in shown], labels)
    if not plain:
        return str(figure.build())
    return str(figure.build()).translate(_FRAME)


_FRAME = str.maketrans("─│┌┐└┘├┤┬┴┼", "-|+++++++++")


def _tick(value: float, most: float) -> str:
    return formats.decimal(value) if most < 10 else formats.number(round(value))


def _axis(chart: Chart, width: int) -> tuple[list[int], list[str]]:
    """Which labels stand below, and how: a name stands below each bar, of times those that there is room for."""
    room = max(width - 8, 1)
    if chart.kind == "names":
        most = max(room // len(chart.labels) - 1, 1)
        names = map(literal, chart.labels)
        return list(range(len(chart.labels))), [fit(one, min(width_of(one), most)) for one in names]
    widest = max(map(width_of, chart.labels), default=1) + 2
    every = max(-(-len(chart.labels) * widest // room), 1)
    shown = list(range(0, len(chart.labels), every))
    return shown, [chart.labels[place] for place in shown]


def _pieces(text: str) -> Line:
    """One line of plotext's as pieces: no code of its remains."""
    line: Line = []
    style = "dim"
    for at, part in enumerate(_CODE.split(text)):
        if at % 2:
            series = _SERIES.search(part)
            style = _STYLES[(int(series[1]) - 1) % len(_STYLES)] if series else "dim"
        elif cleaned := CONTROL.sub("", part):
            line.append(Piece(cleaned, style))
    return line


# The hours of the week.


def _heat(cells: Sequence[Cell], width: int, glyphs: Glyphs) -> list[Line]:
    """Seven days by twenty-four hours, with the hours above and what the marks mean below."""
    names = [formats.weekday(date(2024, 1, 1 + weekday)) for weekday in range(7)]
    margin = max(map(width_of, names)) + 2
    wide = min((width - margin) // 24, 3)
    if wide < 1:
        return []
    shades, few = (_SHADES, "·") if glyphs.eighths else (_ASCII_SHADES, ".")
    by_place = {(one.weekday, one.hour): one for one in cells}
    hours = "".join(f"{hour:<{wide * 3}}" for hour in range(0, 24, 3))
    lines: list[Line] = [spread([Piece(" " * margin + hours, "dim")], width)]
    for weekday, name in enumerate(names):
        marks = [_shade(by_place.get((weekday, hour)), shades, few) for hour in range(24)]
        line = [Piece(f" {name}" + " " * (margin - 1 - width_of(name)), "dim")]
        for style, some in groupby(marks, key=lambda one: one[1]):
            line.append(Piece("".join(_cell(mark, wide) for mark, _style in some), style))
        lines.append(spread(line, width))
    said: Line = [Piece(f" {few} ", "dim"), Piece(_("too few"), "dim")]
    for least, shade, style in reversed(_SCORES):
        said += [
            Piece(f"  {shades[shade]} ", style),
            Piece(f"{formats.decimal(least, 2)}+" if least else _("less"), "dim"),
        ]
    lines.append(spread(said, width))
    return lines


def _cell(mark: str, wide: int) -> str:
    # Marks that stand for much fill their cell, the others are one.
    return mark * wide if mark not in " ·." else mark + " " * (wide - 1)


def _shade(cell: Cell | None, shades: str, few: str) -> tuple[str, str]:
    if cell is None:
        return " ", "base"
    if cell.score is None:
        return few, "dim"
    shade, style = next((shade, style) for least, shade, style in _SCORES if cell.score >= least)
    return shades[shade], style
