"""How a mention looks in a list: mark, weight, age, who, network and kind, what it says, who has it."""

from __future__ import annotations

from datetime import datetime, timedelta

from smdash.core import formats, labels
from smdash.core.networks import author, code
from smdash.core.records import Mention
from smdash.tui.cells import Glyphs, fit, literal, width_of
from smdash.tui.widgets.lines import Line, Piece

# How near a goal must be to be "soon".
SOON = timedelta(minutes=30)
# The room that a colleague's name has in a row.
NAME_CELLS = 8


def mention_row(
    row: Mention, width: int, now: datetime, glyphs: Glyphs, *, marked: bool, mine: bool, beside: str
) -> Line:
    """The pieces of a row, together *width* cells; *beside* stands in the holder's place where there is something."""
    mark, style = _mark(row, now, glyphs)
    holder = row.assignee or ""
    handle_width = 14 if width >= 70 else 11
    holder_width = NAME_CELLS if width >= 60 else 0
    if beside:
        # Who is on it, and for how long, matters more than the end of the text.
        holder_width = min(width_of(beside), max(width // 3, NAME_CELLS))
    room = width - (1 + 1 + 1 + 4 + 1 + handle_width + 1 + 2 + 1 + 2 + 1) - (holder_width + 1 if holder_width else 0)
    handle, at = author(row.author_handle, row.author_name)
    pieces = [
        Piece(glyphs.marked if marked else " ", "accent"),
        Piece(mark, style),
        _weight(row, glyphs),
        Piece(fit(formats.short_age(now - row.sent_at), 4, right=True) + " ", "error" if style == "error" else "base"),
        Piece(fit(at + literal(handle), handle_width) + " ", "base"),
        Piece(fit(code(row.platform), 2) + " " + fit(labels.kind_code(row.kind), 2) + " ", "base"),
    ]
    if about := _about(row):
        # What the team says of it goes before what its author says, in a third of the room.
        words, look = about
        words = fit(words, min(width_of(words), max(room // 3, 1)))
        pieces.append(Piece(words + " ", look))
        room -= width_of(words) + 1
    pieces.append(Piece(fit(literal(row.body), room), "base"))
    if beside:
        pieces.append(Piece(" " + fit(literal(beside), holder_width), "warning"))
    elif holder_width:
        pieces.append(Piece(" " + fit(literal(holder), holder_width), "accent" if mine else "dim"))
    return pieces


def _mark(row: Mention, now: datetime, glyphs: Glyphs) -> tuple[str, str]:
    if row.due_at is not None:
        left = row.due_at - now
        if left <= timedelta():
            return glyphs.late, "error"
        if left <= SOON:
            return glyphs.soon, "warning"
    if row.answered_at is not None:
        return glyphs.sent, "success"
    return " ", "dim"


def _weight(row: Mention, glyphs: Glyphs) -> Piece:
    """How urgent it is, or its star."""
    if row.priority > 0:
        return Piece(glyphs.very_urgent if row.priority > 1 else glyphs.urgent, "warning")
    return Piece(glyphs.star, "accent") if row.star else Piece(" ")


def _about(row: Mention) -> tuple[str, str] | None:
    """Why a row came back, or its labels, and in which style."""
    if row.woke is not None:
        return labels.woke(row.woke), "warning"
    if row.labels:
        return literal(" ".join(f"#{name}" for name in row.labels)), "accent"
    return None
