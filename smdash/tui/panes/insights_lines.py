"""How a topic of insights is drawn: its chart, its sentences, its tables."""

from __future__ import annotations

from collections.abc import Sequence

from smdash.core.insight_parts import Table, Topic
from smdash.tui.cells import Glyphs, fit, literal, width_of
from smdash.tui.panes import insights_chart
from smdash.tui.widgets.lines import Line, Piece, spread, wrap

# Cells between two columns of a table, and those that its first column keeps.
_GAP = 2
_LEAST_NAME = 12


def topic_lines(topic: Topic, width: int, chart_height: int, glyphs: Glyphs) -> list[Line]:
    """Everything of a topic, each line *width* cells."""
    lines: list[Line] = []
    if topic.chart is not None and (drawn := insights_chart.draw(topic.chart, width, chart_height, glyphs)):
        lines += [*drawn, _blank(width)]
    bullet = " · " if glyphs.eighths else " - "
    for sentence in topic.sentences:
        for at, text in enumerate(wrap(sentence, width - 3)):
            lines.append(spread([Piece(bullet if at == 0 else "   ", "dim"), Piece(text)], width))
    for table in topic.tables:
        lines += [_blank(width), *table_lines(table, width)]
    return lines


def _blank(width: int) -> Line:
    return [Piece(" " * width)]


def table_lines(table: Table, width: int) -> list[Line]:
    """The table with its figures at the right of their columns; what does not fit leaves from the right."""
    rows = [tuple(map(literal, row)) for row in table.rows]
    sizes = [max(width_of(line[column]) for line in (table.headings, *rows)) for column in range(len(table.headings))]
    room = width - 1
    shown = 1
    used = min(sizes[0], _LEAST_NAME)
    while shown < len(sizes) and used + _GAP + sizes[shown] <= room:
        used += _GAP + sizes[shown]
        shown += 1
    sizes[0] = min(sizes[0], room - sum(_GAP + size for size in sizes[1:shown]))

    def line(cells: Sequence[str], first: str, others: str) -> Line:
        pieces = [Piece(" " + fit(cells[0], sizes[0]), first)]
        for text, size in zip(cells[1:shown], sizes[1:shown], strict=True):
            pieces.append(Piece(" " * _GAP + fit(text, size, right=True), others))
        return spread(pieces, width)

    return [line(table.headings, "dim", "dim"), *(line(row, "base", "bold") for row in rows)]


def topic_text(topic: Topic) -> str:
    """A topic's figures as text to copy."""
    parts = [topic.title, *topic.sentences]
    for table in topic.tables:
        sizes = [max(width_of(row[at]) for row in (table.headings, *table.rows)) for at in range(len(table.headings))]
        parts.append("")
        for row in (table.headings, *table.rows):
            first = fit(row[0], sizes[0])
            parts.append(
                "  ".join(
                    [first, *(fit(text, size, right=True) for text, size in zip(row[1:], sizes[1:], strict=True))]
                ).rstrip()
            )
    return "\n".join(map(literal, parts))
