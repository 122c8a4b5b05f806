"""Pane 2: the open mentions. A window of rows around the cursor is loaded, however long the list is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from smdash.core import formats
from smdash.core.clock import LATEST
from smdash.core.records import Mention
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import inbox, steps
from smdash.store.inbox import InboxCounts, InboxWindow, Order
from smdash.tui.actions import bindings
from smdash.tui.panes.beside import Beside
from smdash.tui.panes.mention_row import mention_row
from smdash.tui.panes.pending import Look, Pending
from smdash.tui.triage_keys import TriageKeys
from smdash.tui.widgets.lines import Line, Piece
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# Rows loaded before and after the cursor, and how near to their edge the next ones are asked for. Every refresh reads
# them anew, so they are few; a terminal that shows more gets more.
BEFORE = 40
AFTER = 64
NEAR_EDGE = 24
# Where a row stands in each order, and whether the list runs backwards; as store.inbox sorts.
_PLACES: dict[Order, tuple[Callable[[Mention], tuple[object, int]], bool]] = {
    Order.WAITING: (lambda row: (row.sent_at, row.id), False),
    Order.NEWEST: (lambda row: (row.sent_at, row.id), True),
    Order.TIME_LEFT: (lambda row: (row.due_at or LATEST, row.id), False),
}
_ORDERS = (Order.WAITING, Order.NEWEST, Order.TIME_LEFT)


class Asked(NamedTuple):
    """Which list is shown: its order and the words that its rows must have."""

    order: Order
    words: str


class Snapshot(NamedTuple):
    """What was read; ``settled`` are the rows whose last write of ours it is sure to know, ``seen`` the last event.

    ``wrong`` says why the words are no query; then there is no list.
    """

    counts: InboxCounts
    window: InboxWindow
    settled: frozenset[Hashable]
    asked: Asked
    seen: int
    wrong: str = ""


class MentionsPane(TriageKeys, Pane):
    """Open mentions, oldest waiting first; `s` sorts otherwise."""

    BINDINGS = bindings("mentions")

    number = 2
    topics = frozenset({"mention", "team"})
    rows_say_all = True

    def __init__(self) -> None:
        super().__init__()
        self.order = Order.WAITING
        self._counts = InboxCounts(0, 0, 0)
        self._capped = False
        self._pending = Pending()
        self.beside = Beside(lambda: self.host, self._redraw_rows)
        # The last event that the rows on the screen know of.
        self.seen = 0
        self._jump_to: int | None = None
        # What the last read left, since most reads bring the same rows again.
        self._kept: list[Mention] = []
        self._kept_items: list[Item] = []
        # What the rows on the screen are an answer to; they stay until those of another list have been read.
        self._shown = self._asked

    @property
    def _asked(self) -> Asked:
        return Asked(self.order, self.filter_text)

    def name_words(self) -> str:
        return _("Mentions")

    def empty_words(self) -> str:
        if self.filter_text:
            return _("No mention answers this. {key} shows all that are open.").format(
                key=self.host.key_of("list.clear")
            )
        return _("Nothing is open. New mentions come in by smdash sync and smdash mention ingest.")

    def title_counts(self) -> Line:
        counts = self._counts
        pieces = [Piece(_("{n} open").format(n=formats.number(counts.open)), "base")]
        if counts.overdue:
            pieces.append(Piece(_("{n} overdue").format(n=formats.number(counts.overdue)), "error"))
        if counts.mine:
            pieces.append(Piece(_("{n} mine").format(n=formats.number(counts.mine)), "accent"))
        if for_me := len(self.host.notes_for_me):
            words = ngettext("{n} note for you", "{n} notes for you", for_me)
            pieces.append(Piece(words.format(n=for_me), "warning"))
        if self.filter_text and self.filter_text == self._shown.words:
            more = "+" if self._capped else ""
            pieces.append(Piece(_("{n} shown").format(n=formats.number(self.rows.total) + more), "accent"))
        if self.order is Order.NEWEST:
            pieces.append(Piece(_("newest first"), "dim"))
        elif self.order is Order.TIME_LEFT:
            pieces.append(Piece(_("time left"), "dim"))
        return pieces

    def reader(self) -> Callable[[Connection], Snapshot]:
        asked = self._asked
        order, words = asked
        now, zone = self.now, self.host.zone
        actor = self.host.backend.actor
        me = actor.member_id if actor else None
        anchor = self.cursor_key
        jump = self._jump_to
        self._jump_to = None
        settled = self._pending.settled
        before, after = BEFORE, max(AFTER, 2 * self.visible_rows)
        if asked != self._shown:
            # Another list begins with its first row.
            anchor = jump = None
        elif anchor is None and jump is None and self.cursor:
            jump = self.cursor

        def read(conn: Connection) -> Snapshot:
            counts = inbox.counts(conn, now, me)
            if words:
                # In the reading thread: the first picture needs no query.
                from smdash.core.query import QueryError, parse
                from smdash.store import finding

                try:
                    wanted = parse(words, finding.names(conn))
                except QueryError as problem:
                    nothing = InboxWindow(0, 0, ())
                    return Snapshot(counts, nothing, settled, asked, steps.last_seen(conn), str(problem))
                window = finding.find(conn, wanted, order, now=now, me=actor, zone=zone)
            elif jump is not None:
                window = inbox.at(conn, order, max(jump - before, 0), before + after)
            else:
                window = inbox.window(
                    conn,
                    order,
                    anchor=anchor,  # type: ignore[arg-type]
                    before=before,
                    after=after,
                    total=counts.open,
                )
            return Snapshot(counts, window, settled, asked, steps.last_seen(conn))

        return read

    def apply(self, snapshot: Snapshot) -> None:
        if snapshot.asked != self._asked:
            # Sorted or filtered otherwise meanwhile; the next read is on its way.
            return
        if snapshot.wrong:
            # What stands on the screen is no answer, so no key works on it until the words are a query again.
            self.host.say(snapshot.wrong, "warning")
            return
        window = snapshot.window
        another = snapshot.asked != self._shown
        if another:
            self._shown = snapshot.asked
            self.cursor = self.top = 0
            self.rows = Rows(0, 0, ())
            self._index = {}
        self._counts = snapshot.counts
        self.seen = snapshot.seen
        if snapshot.settled:
            self._pending.settle(snapshot.settled)
        self._capped = window.capped
        kept = [self._pending.look(row) for row in window.rows if row.id not in self._pending.leaving]
        missing = len(window.rows) - len(kept)
        if missing:
            counts = snapshot.counts
            self._counts = counts._replace(open=max(counts.open - missing, 0))
        self.counts_changed()
        if not self._pending.settled:
            self.host.notice(snapshot.counts)
        items = [Item(row.id, row) for row in kept] if kept != self._kept else self._kept_items
        self._kept, self._kept_items = kept, items
        back = self._absent(items)
        items = self._in_order([*items, *back]) if back else items
        self._counts = self._counts._replace(open=self._counts.open + len(back))
        total = max(window.total - missing, 0) + len(back)
        self.set_rows(Rows(window.start, total, items, window.place))
        self.host.desk.follow_cursor()
        if another and not items:
            # To nothing from nothing is no change of rows, but others stand on the screen.
            self.redraw()
        self._load_near_edge()

    @property
    def open_count(self) -> int:
        """How many are open in all."""
        return self._counts.open

    def counts_changed(self) -> None:
        """Tell the window's title."""
        self.host.window_title.counts(self._counts.open, self._counts.overdue)

    def moved(self) -> None:
        self.host.desk.follow_cursor()
        self._load_near_edge()

    def _load_near_edge(self) -> None:
        """Ask for more rows when the cursor comes near the edge of what is loaded."""
        if self.filter_text or not self.rows.total or self._asked != self._shown:
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
        self.redraw_lines([0])
        self.reload()

    def action_sort(self) -> None:
        self.order = _ORDERS[(_ORDERS.index(self.order) + 1) % len(_ORDERS)]
        self.redraw_lines([0])
        self.reload()

    def chosen_keys(self) -> list[Hashable]:
        # Who has just sorted or filtered means a row of the list to come, and none of those that still stand here.
        return super().chosen_keys() if self.marks or self._asked == self._shown else []

    def triage_ids(self) -> list[int]:
        """The mentions that a key means: all marked ones, which are marked no more then, or the cursor's."""
        ids = [key for key in self.chosen_keys() if isinstance(key, int)]
        if ids and self.marks:
            self.marks.clear()
            self.redraw()
        return ids

    def reply_id(self) -> int | None:
        key = self.cursor_key
        return key if isinstance(key, int) and self._asked == self._shown else None

    def leave(self, ids: list[int]) -> list[Item]:
        """Take rows off the screen at once; the file follows. Returns those that were loaded, for ``put_back``."""
        gone = set(ids)
        self._pending.leave(gone)
        above = sum(1 for key in gone if self._index.get(key, self.cursor) < self.cursor)
        items = [item for item in self.rows.items if item.key not in gone]
        left = [item for item in self.rows.items if item.key in gone and item.data is not None]
        missing = len(self.rows.items) - len(items)
        self._counts = self._counts._replace(open=max(self._counts.open - missing, 0))
        self.counts_changed()
        total = max(self.rows.total - missing, 0)
        self.top = max(self.top - above, 0)
        place = self.cursor - above
        self.cursor = place
        self.set_rows(Rows(self.rows.start, total, items, place))
        self.host.desk.follow_cursor()
        return left

    def put_back(self, left: list[Item]) -> None:
        """Show rows again that ``leave`` took off, where the order wants them, before the file knows."""
        self._pending.come_back(left)
        back = self._absent(self.rows.items)
        if not back:
            return
        items = self._in_order([*self.rows.items, *back])
        self._counts = self._counts._replace(open=self._counts.open + len(back))
        self.set_rows(Rows(self.rows.start, self.rows.total + len(back), items), onto=back[0].key)
        self.moved()

    def _absent(self, items: Sequence[Item]) -> list[Item]:
        """Rows that an undo put back and that these don't hold yet; a filter's rows are the file's alone."""
        return [] if self.filter_text else self._pending.absent(items)

    def _in_order(self, items: list[Item]) -> list[Item]:
        place, descending = _PLACES[self.order]
        return sorted(items, key=lambda item: place(item.data), reverse=descending)

    def settle(self, keys: Sequence[Hashable], *, written: bool) -> None:
        """The file knows of the step or its undo, or refused: what it says is shown again.

        What was written is read when the watcher has seen it; what was refused is on the screen wrongly.
        """
        if written:
            self._pending.written(keys)
        else:
            self._pending.settle(frozenset(keys))
            self.reload()

    def alter(self, ids: list[int], look: Look) -> None:
        """Show rows as a step leaves them, before the file knows."""
        self._pending.alter(ids, look)
        wanted = set(ids)
        self._kept = [row if row.id not in wanted else self._pending.look(row) for row in self._kept]
        items = [
            item if item.key not in wanted or item.data is None else Item(item.key, self._pending.look(item.data))
            for item in self.rows.items
        ]
        self._kept_items = items
        self.set_rows(Rows(self.rows.start, self.rows.total, items))

    def show_row(self, mention_id: int) -> None:
        """Put the cursor on a row, wherever in the list it is."""
        self.rows = Rows(self.rows.start, self.rows.total, [Item(mention_id, None)])
        self.cursor = self.rows.start
        self.reload()

    def beside_words(self, item: Item) -> str:
        return self.beside.words(item.key) if isinstance(item.key, int) else ""

    def wants_seconds(self) -> bool:
        return self.is_open and not self._index.keys().isdisjoint(self.beside.ticking())

    def second(self) -> None:
        self._redraw_rows(self.beside.ticking(), begun=False)

    def _redraw_rows(self, ids: set[int], *, begun: bool = True) -> None:
        """Draw the rows anew that look otherwise; where that has just begun, seconds may count now."""
        lines = [y for one in ids if (at := self._index.get(one)) is not None for y in self._lines_of(at)]
        self.redraw_lines(lines)
        if begun:
            self.host.tick_anew()

    def text_of(self, item: Item) -> str:
        return str(item.data.body) if item.data else ""

    def link_of(self, item: Item) -> str | None:
        link: str | None = item.data.url if item.data else None
        return link

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        row: Mention | None = item.data
        if row is None:
            return [Piece(" " * width)]
        actor = self.host.backend.actor
        mine = actor is not None and row.assignee_id == actor.member_id
        return mention_row(row, width, self.now, self.glyphs, marked=marked, mine=mine, beside=self.beside_words(item))

    def whole(self, key: Any) -> Mention | None:
        """The row with this id, if it is loaded."""
        at = self._index.get(key)
        item = self.item_at(at) if at is not None else None
        return item.data if item else None
