"""Pane 2: the open mentions. A window of rows around the cursor is loaded, however long the list is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from smdash.core import formats, labels
from smdash.core.networks import code
from smdash.core.records import Mention
from smdash.locale import gettext as _
from smdash.store import inbox
from smdash.store.inbox import InboxCounts, InboxWindow, Order
from smdash.tui.actions import bindings
from smdash.tui.cells import fit, literal
from smdash.tui.widgets.lines import Line, Piece
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# Rows loaded before and after the cursor, and how near to their edge the next ones are asked for.
BEFORE = 100
AFTER = 150
NEAR_EDGE = 40
# How near a goal must be to be "soon".
SOON = timedelta(minutes=30)
_ORDERS = (Order.WAITING, Order.NEWEST, Order.TIME_LEFT)


class Snapshot(NamedTuple):
    counts: InboxCounts
    window: InboxWindow


class MentionsPane(Pane):
    """Open mentions, oldest waiting first; `s` sorts otherwise."""

    BINDINGS = bindings("mentions")

    number = 2
    topics = frozenset({"mention", "team"})

    def __init__(self) -> None:
        super().__init__()
        self.order = Order.WAITING
        self._counts = InboxCounts(0, 0, 0)
        self._capped = False
        # Rows that the member has just set to done: gone from the screen before the file knows.
        self._leaving: set[int] = set()
        self._jump_to: int | None = None

    def name_words(self) -> str:
        return _("Mentions")

    def empty_words(self) -> str:
        if self.filter_text:
            return _("No open mention has these words. {key} shows all.").format(key=self.host.key_of("list.clear"))
        return _("Nothing is open. New mentions come in by smdash sync and smdash mention ingest.")

    def title_counts(self) -> Line:
        counts = self._counts
        pieces = [Piece(_("{n} open").format(n=formats.number(counts.open)), "base")]
        if counts.overdue:
            pieces.append(Piece(_("{n} overdue").format(n=formats.number(counts.overdue)), "error"))
        if counts.mine:
            pieces.append(Piece(_("{n} mine").format(n=formats.number(counts.mine)), "accent"))
        if self.filter_text:
            more = "+" if self._capped else ""
            pieces.append(Piece(_("{n} shown").format(n=formats.number(self.rows.total) + more), "accent"))
        if self.order is Order.NEWEST:
            pieces.append(Piece(_("newest first"), "dim"))
        elif self.order is Order.TIME_LEFT:
            pieces.append(Piece(_("time left"), "dim"))
        return pieces

    def reader(self) -> Callable[[Connection], Snapshot]:
        order, words = self.order, self.filter_text
        now = self.now
        actor = self.host.backend.actor
        me = actor.member_id if actor else None
        anchor = self.cursor_key
        jump = self._jump_to
        self._jump_to = None
        if anchor is None and jump is None and self.cursor:
            jump = self.cursor

        def read(conn: Connection) -> Snapshot:
            counts = inbox.counts(conn, now, me)
            if words:
                window = inbox.matching(conn, order, words)
            elif jump is not None:
                window = inbox.at(conn, order, max(jump - BEFORE, 0), BEFORE + AFTER)
            else:
                window = inbox.window(
                    conn,
                    order,
                    anchor=anchor,  # type: ignore[arg-type]
                    before=BEFORE,
                    after=AFTER,
                    total=counts.open,
                )
            return Snapshot(counts, window)

        return read

    def apply(self, snapshot: Snapshot) -> None:
        window = snapshot.window
        self._counts = snapshot.counts
        self._capped = window.capped
        kept = [row for row in window.rows if row.id not in self._leaving]
        missing = len(window.rows) - len(kept)
        if missing:
            counts = snapshot.counts
            self._counts = counts._replace(open=max(counts.open - missing, 0))
        items = [Item(row.id, row) for row in kept]
        self.set_rows(Rows(window.start, max(window.total - missing, 0), items, window.place))
        self._load_near_edge()

    def moved(self) -> None:
        self._load_near_edge()

    def _load_near_edge(self) -> None:
        """Ask for more rows when the cursor comes near the edge of what is loaded."""
        if self.filter_text or not self.rows.total:
            return
        rows = self.rows
        end = rows.start + len(rows.items)
        if self.cursor_item is None:
            self._jump_to = self.cursor
            self.reload()
        elif (self.cursor - rows.start < NEAR_EDGE and rows.start > 0) or (
            end - self.cursor < NEAR_EDGE and end < rows.total
        ):
            self.reload()

    def filter_changed(self) -> None:
        self.cursor = self.top = 0
        self.rows = Rows(0, 0, ())
        self.reload()

    def action_sort(self) -> None:
        self.order = _ORDERS[(_ORDERS.index(self.order) + 1) % len(_ORDERS)]
        self.cursor = self.top = 0
        self.rows = Rows(0, 0, ())
        self.reload()

    def action_done(self) -> None:
        ids = [key for key in self.chosen_keys() if isinstance(key, int)]
        if ids:
            self.marks.clear()
            self.host.finish(ids)

    def leave(self, ids: list[int]) -> None:
        """Take rows off the screen at once; the file follows."""
        self._leaving.update(ids)
        gone = set(ids)
        above = sum(1 for key in gone if self._index.get(key, self.cursor) < self.cursor)
        items = [item for item in self.rows.items if item.key not in gone]
        missing = len(self.rows.items) - len(items)
        self._counts = self._counts._replace(open=max(self._counts.open - missing, 0))
        total = max(self.rows.total - missing, 0)
        self.top = max(self.top - above, 0)
        place = self.cursor - above
        self.cursor = place
        self.set_rows(Rows(self.rows.start, total, items, place))

    def settle(self, ids: list[int]) -> None:
        """The file knows (or refused): what it says is shown again."""
        self._leaving.difference_update(ids)
        self.reload()

    def show_row(self, mention_id: int) -> None:
        """Put the cursor on a row, wherever in the list it is."""
        self.rows = Rows(self.rows.start, self.rows.total, [Item(mention_id, None)])
        self.cursor = self.rows.start
        self.reload()

    def text_of(self, item: Item) -> str:
        return str(item.data.body)

    def link_of(self, item: Item) -> str | None:
        link: str | None = item.data.url
        return link

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        row: Mention | None = item.data
        if row is None:
            return [Piece(" " * width)]
        now = self.now
        mark, style = self._mark(row)
        holder = row.assignee or ""
        mine = self.host.backend.actor is not None and row.assignee_id == self.host.backend.actor.member_id
        handle_width = 14 if width >= 70 else 11
        holder_width = 8 if width >= 60 else 0
        room = (
            width - (1 + 1 + 1 + 4 + 1 + handle_width + 1 + 2 + 1 + 2 + 1) - (holder_width + 1 if holder_width else 0)
        )
        handle = row.author_handle
        at = "" if handle.startswith(("@", "+")) or not handle else "@"
        pieces = [
            Piece(self.glyphs.marked if marked else " ", "accent"),
            Piece(mark + " ", style),
            Piece(
                fit(formats.short_age(now - row.sent_at), 4, right=True) + " ", "error" if style == "error" else "base"
            ),
            Piece(fit(at + literal(handle), handle_width) + " ", "base"),
            Piece(fit(code(row.platform), 2) + " " + fit(labels.kind_code(row.kind), 2) + " ", "base"),
            Piece(fit(literal(row.body), room), "base"),
        ]
        if holder_width:
            pieces.append(Piece(" " + fit(literal(holder), holder_width), "accent" if mine else "dim"))
        return pieces

    def _mark(self, row: Mention) -> tuple[str, str]:
        if row.due_at is not None:
            left = row.due_at - self.now
            if left <= timedelta():
                return self.glyphs.late, "error"
            if left <= SOON:
                return self.glyphs.soon, "warning"
        if row.answered_at is not None:
            return self.glyphs.sent, "success"
        return (self.glyphs.star, "accent") if row.star else (" ", "dim")

    def whole(self, key: Any) -> Mention | None:
        """The row with this id, if it is loaded."""
        at = self._index.get(key)
        item = self.item_at(at) if at is not None else None
        return item.data if item else None
