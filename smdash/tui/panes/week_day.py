"""How the entries of a day are drawn, and what is told of the one under the cursor."""

from __future__ import annotations

from datetime import date, timedelta

from smdash.core import evidence, formats, labels
from smdash.core.clock import Span
from smdash.core.targets import BUDGET, Target
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.tui.cells import fit, literal
from smdash.tui.panes.week_lines import View
from smdash.tui.panes.week_rows import Row, on_day
from smdash.tui.widgets.lines import Line, Piece, spread, wrap

# Cells of "09:10–11:00", and of an activity's name beside it.
TIMES, LEAST_NAME, MOST_NAME = 11, 8, 18
# Cells that the name leaves for what stands behind it.
LEAST_BEHIND = 10


def times(view: View, row: Row) -> str:
    """``09:10–11:00``; of one that runs its start alone."""
    start = formats.clock_time(row.span.start, view.zone)
    if row.entry is not None and row.entry.ended_at is None:
        return f"{start}–"
    return f"{start}–{formats.clock_time(row.span.end, view.zone)}"


def length(span: Span) -> str:
    """``1:50``."""
    return formats.hours_minutes(max(span.end - span.start, timedelta()))


def heading(view: View) -> Line:
    """The day under the cursor, what of it is counted, and what is odd about it."""
    line = [Piece(formats.date_words(view.day), "accent" if view.day == view.today else "bold")]
    if view.day == view.today:
        line.append(Piece(" · " + _("today"), "accent"))
    line.append(Piece(" · " + _("{n} h").format(n=formats.hours(view.of_day(view.day))), "base"))
    clashes = sum(1 for row in view.rows if row.overlaps)
    if clashes:
        line += [Piece(" · ", "dim"), Piece(f"{view.glyphs.late} {clashes}", "warning")]
    proposed = sum(1 for row in view.rows if row.is_proposed)
    if proposed:
        words = ngettext("{n} proposed", "{n} proposed", proposed).format(n=proposed)
        line.append(Piece(" · " + words, "dim"))
    gaps = [row for row in view.rows if row.entry is None]
    if gaps:
        words = ngettext("{n} gap", "{n} gaps", len(gaps)).format(n=len(gaps))
        line.append(Piece(" · " + words, "dim"))
    return line


def shown_rows(view: View, height: int) -> list[Row]:
    """The rows that so many lines hold, the one under the cursor among them; they scroll by half pages."""
    rows = view.rows
    if len(rows) <= height:
        return rows
    at = place(view)
    half = max(height // 2, 1)
    first = 0 if at < height else -(-(at - height + 1) // half) * half
    first = min(first, at, len(rows) - height)
    return rows[first : first + height]


def place(view: View) -> int:
    """Which row the cursor is on, counted from 0."""
    return next((at for at, row in enumerate(view.rows) if row.key == view.key), 0)


def position(view: View, height: int) -> Line:
    """Where among the rows the cursor is, where not all of them are in sight."""
    return [Piece(f" {place(view) + 1}/{len(view.rows)} ", "dim")] if len(view.rows) > height else []


def day_list(view: View, width: int, height: int, *, alone: bool) -> list[Line]:
    """The rows of the day under the cursor; where there are none, and nothing else tells it (*alone*), how its activity

    stands in the week.
    """
    if not view.rows:
        more = [Piece(""), *_about_activity(view)] if alone else []
        return _wrapped([Piece(view.told, "dim"), *more], width, height)
    lines = [_row(view, row, width) for row in shown_rows(view, height)]
    return (lines + [[Piece(" " * width)]] * height)[:height]


def _wrapped(pieces: list[Piece], width: int, height: int) -> list[Line]:
    lines: list[Line] = []
    for piece in pieces:
        for words in wrap(piece.text, max(width - 2, 1)):
            lines.append(spread([Piece(" "), piece._replace(text=words)], width))
    return (lines + [[Piece(" " * width)]] * height)[:height]


def _row(view: View, row: Row, width: int) -> Line:
    on = view.cursor(True) if row.key == view.key else ""
    if row.entry is None:
        words = _("gap {times}").format(times=times(view, row))
        line = [Piece("  "), Piece(words, "dim"), Piece(f"  {length(row.span)}", "dim")]
        return _on(spread(line, width), on)
    one = row.entry
    runs = one.ended_at is None
    glyphs = view.glyphs
    mark = glyphs.running if runs else glyphs.late if row.overlaps else glyphs.unknown if row.is_proposed else " "
    style = "dim" if row.is_proposed else "accent" if runs else "base"
    name = min(max(width - 2 - TIMES - 7 - LEAST_BEHIND, LEAST_NAME), MOST_NAME)
    # Over midnight only a part of it is this day's.
    of_day = timedelta(seconds=on_day(row.span, view.day, view.zone))
    line = [
        Piece(fit(mark, 2), "warning" if row.overlaps else "dim" if row.is_proposed else "accent"),
        Piece(fit(times(view, row), TIMES), "warning" if row.overlaps else style),
        Piece(fit(formats.hours_minutes(of_day), 6, right=True) + " ", "dim"),
        Piece(fit(labels.activity(one.activity), name), style),
    ]
    for words, words_style in _behind(row):
        line.append(Piece("  " + literal(words), words_style))
    return _on(spread(line, width), on)


def _behind(row: Row) -> list[tuple[str, str]]:
    """Campaign, brand and note of an entry, and what a proposal was made of."""
    if row.entry is None:
        return []
    found = [(one, "dim") for one in (row.entry.campaign, row.entry.brand) if one]
    if row.entry.note:
        found.append((row.entry.note, "dim" if row.is_proposed else "base"))
    if row.is_proposed:
        found.append((made_of(row), "dim"))
    return found


def made_of(row: Row) -> str:
    """What a proposal was made of: ``4 replies, 9 set to done``."""
    return evidence.words(row.entry.evidence if row.entry else ()) or _("proposed")


def _on(line: Line, row: str) -> Line:
    return [piece._replace(row=row) for piece in line] if row else line


def about(view: View, row: Row | None, width: int, height: int, hint: str) -> list[Line]:
    """What is under the cursor, whole: an entry with its note, or an activity against its plan."""
    pieces = _about_activity(view)
    if row is not None:
        pieces = [*_about_row(view, row, hint), Piece(""), *pieces]
    return _wrapped(pieces, width, height)


def _about_row(view: View, row: Row, hint: str) -> list[Piece]:
    moment = f"{_day_words(view, row)} {times(view, row)} {formats.zone_name(row.span.start, view.zone)}"
    if row.entry is None:
        told = _("Working time for which nothing is written down; {key} does").format(key=hint)
        return [Piece(_("gap") + f" · {moment} · {length(row.span)}", "bold"), Piece(told, "dim")]
    one = row.entry
    pieces = [Piece(f"{labels.activity(one.activity)} · {moment} · {length(row.span)}", "bold")]
    if row.overlaps:
        pieces.append(Piece(_("Another entry covers some of this time; both count."), "warning"))
    if row.is_proposed:
        pieces.append(Piece(_("Proposed, not counted yet: {evidence}").format(evidence=made_of(row)), "dim"))
    for words, name in ((_("campaign"), one.campaign), (_("brand"), one.brand)):
        if name:
            pieces.append(Piece(f"{words}: {literal(name)}", "base"))
    if one.note:
        pieces.append(Piece(one.note, "base"))
    return pieces


def _day_words(view: View, row: Row) -> str:
    first: date = row.span.start.astimezone(view.zone).date()
    return formats.date_words(first)


def _about_activity(view: View) -> list[Piece]:
    one = next((one for one in view.pace.targets if one.key == view.activity), None)
    if one is None:
        return []
    done = view.total(one.key)
    if one.key == BUDGET:
        return _about_reserve(view, one)
    pieces = [
        Piece(labels.activity(one.key), "bold"),
        Piece(
            _("{done} of {target} hours this week; {expected} expected by now").format(
                done=formats.hours(done), target=formats.hours(one.target_minutes),
                expected=formats.hours(one.expected_minutes),
            ),
            "base",
        ),
    ]  # fmt: skip
    if view.misses(one):
        pieces.append(Piece(_("What is left of it no longer fits into this week."), "warning"))
    return pieces


def _about_reserve(view: View, one: Target) -> list[Piece]:
    words = _("{done} of {target} hours in reserve are used").format(
        done=formats.hours(view.total(one.key)), target=formats.hours(one.target_minutes)
    )
    pieces = [Piece(labels.activity(one.key), "bold"), Piece(words, "error" if view.is_spent(one) else "base")]
    for part in view.pace.budget.eaten if view.pace.budget else ():
        if part.words:
            pieces.append(Piece(f"{formats.hours(part.minutes)} {literal(part.words)}", "dim"))
    return pieces
