"""A mention whole, as paragraphs: who, when, what, the thread, and what members did with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smdash.core import formats, labels
from smdash.core.records import Mention
from smdash.locale import gettext as _
from smdash.store.inbox import MentionWhole
from smdash.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from smdash.tui.app import DeskApp


def title(row: Mention) -> str:
    """Who wrote what kind of thing where."""
    return f"{row.author_name} · {labels.kind(row.kind)} · {row.platform}/{row.account}"


def paragraphs(app: DeskApp, found: MentionWhole) -> list[Piece]:
    """Everything that is known of a mention."""
    row, zone, now = found.mention, app.zone, app.clock.now()
    pieces = [
        Piece(f"{row.author_name}  {row.author_handle}", "bold"),
        Piece(f"{formats.whole_moment(row.sent_at, zone)} ({formats.ago(row.sent_at, now)})", "dim"),
        Piece(_state_words(row), "dim"),
    ]
    if row.due_at is not None and row.state == "open":
        late = row.due_at <= now
        words = _("to be answered by {moment}").format(moment=formats.short_moment(row.due_at, zone))
        pieces.append(Piece(words, "error" if late else "dim"))
    if found.reply_until is not None:
        words = _("the network takes answers until {moment}").format(
            moment=formats.short_moment(found.reply_until, zone)
        )
        pieces.append(Piece(words, "warning"))
    if row.url:
        pieces.append(Piece(row.url, "accent", link=row.url))
    pieces += [Piece(""), Piece(row.body), Piece("")]
    others = [one for one in found.thread if one.id != row.id]
    if others:
        pieces.append(Piece(_("Thread"), "bold"))
        for one in found.thread:
            here = "▸ " if one.id == row.id else "  "
            head = f"{here}{one.author_name}, {formats.short_moment(one.sent_at, zone)}"
            pieces += [Piece(head, "accent" if one.id == row.id else "dim"), Piece(one.body), Piece("")]
    if found.answers:
        pieces.append(Piece(_("Our answers"), "bold"))
        for answer in found.answers:
            head = f"{answer.who}, {labels.state(answer.state)}, {formats.short_moment(answer.at, zone)}"
            pieces += [Piece(head, "dim"), Piece(answer.body)]
            if answer.error:
                pieces.append(Piece(answer.error, "error"))
        pieces.append(Piece(""))
    if found.notes:
        pieces.append(Piece(_("Notes"), "bold"))
        for note in found.notes:
            pieces += [Piece(f"{note.who}, {formats.short_moment(note.at, zone)}", "dim"), Piece(note.body, "accent")]
        pieces.append(Piece(""))
    pieces.append(Piece(_("History"), "bold"))
    pieces.append(Piece(_history_line(found.received_at, _("arrived"), "", zone), "dim"))
    if found.edited_at is not None:
        pieces.append(Piece(_history_line(found.edited_at, _("edited by its author"), "", zone), "dim"))
    for event in found.history:
        pieces.append(Piece(_history_line(event.at, labels.verb(event.verb), event.who, zone), "dim"))
    return pieces


def _state_words(row: Mention) -> str:
    words = [labels.state(row.state)]
    if row.assignee:
        words.append(_("held by {name}").format(name=row.assignee))
    if row.answered_at is not None:
        words.append(_("answered"))
    return ", ".join([*words, *row.labels])


def _history_line(at: datetime, what: str, who: str, zone: tzinfo) -> str:
    moment = formats.short_moment(at, zone)
    return f"{moment}  {who + ': ' if who else ''}{what}"
