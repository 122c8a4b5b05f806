"""Bar charts as inline SVG: no script, no address, a title and a description for those who don't see them.

Colours are classes of the page's style sheet, so that a print or a dark screen has its own.
"""

from __future__ import annotations

from markupsafe import Markup

from smdash.reports.document import Bar, Chart, shortened

# All in units of the drawing, which the page scales to its width.
WIDTH = 720
_LABELS = 200
_VALUES = 110
_ROW = 26
_BAR = 14
_LONGEST_LABEL = 24
_TEXT = Markup('<text x="{x}" y="{y}" class="{look}" text-anchor="{anchor}">{words}</text>')
_RECT = Markup('<rect x="{x}" y="{y}" width="{width}" height="{height}" class="{look}"/>')


def bars(chart: Chart, name: str) -> Markup:
    """The chart; *name* makes its ids unique on the page."""
    height = _ROW * len(chart.bars) + 6
    most = max((max(one.value, one.whole or 0, one.tick or 0) for one in chart.bars), default=0) or 1
    drawn = Markup("").join(_bar(one, at, most) for at, one in enumerate(chart.bars))
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-desc">{description}</desc>{drawn}</svg>'
    ).format(
        width=WIDTH, height=height, name=name, title=chart.title, description=chart.description, drawn=drawn
    )  # fmt: skip


def _bar(one: Bar, at: int, most: float) -> Markup:
    top = at * _ROW + 4
    scale = (WIDTH - _LABELS - _VALUES) / most
    label = shortened(one.label, _LONGEST_LABEL)
    middle = top + _BAR - 3
    drawn = _TEXT.format(x=_LABELS - 8, y=middle, look="label", anchor="end", words=label)
    if one.whole is not None:
        drawn += _rect(one.whole * scale, top, "outline")
    drawn += _rect(one.value * scale, top, "bar")
    if one.tick is not None:
        drawn += _RECT.format(
            x=_units(_LABELS + one.tick * scale - 1), y=top - 3, width=2, height=_BAR + 6, look="tick"
        )
    return drawn + _TEXT.format(x=WIDTH - _VALUES + 8, y=middle, look="value", anchor="start", words=one.text)


def _rect(width: float, top: int, look: str) -> Markup:
    return _RECT.format(x=_LABELS, y=top, width=_units(max(width, 0)), height=_BAR, look=look)


def _units(value: float) -> str:
    return f"{value:.1f}"
