"""Pane 1: the posts of the local day by time; late ones are loud."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.binding import BindingType

from smdash.core import formats, labels
from smdash.core.clock import day_span
from smdash.core.posts import is_over, lateness
from smdash.core.records import Post
from smdash.locale import gettext as _
from smdash.locale import ngettext, pgettext
from smdash.store import approving, posts, steps
from smdash.tui.actions import bindings
from smdash.tui.cells import fit, literal
from smdash.tui.panes import post_row
from smdash.tui.post_keys import PostKeys
from smdash.tui.widgets.lines import Line, Piece, spread
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# Cells of "late 2h 35m" in either language.
WHEN_WIDTH = 12


class Snapshot(NamedTuple):
    """``to_approve`` are the posts that wait for this member's approval on whatever day, with their times (UTC)."""

    today: tuple[Post, ...]
    tomorrow: tuple[Post, ...]
    to_approve: Mapping[int, datetime] = MappingProxyType({})
    seen: int = 0


class TodayPane(PostKeys, Pane):
    """Posts of today, then those of tomorrow under a rule when the day is done."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("posts")
    number = 1
    topics = frozenset({"post", "team", "campaign"})

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = Snapshot((), ())

    def name_words(self) -> str:
        return _("Today")

    def empty_words(self) -> str:
        return _("No posts today. {key} writes one.").format(key=self.host.key_of("post.new"))

    def title_counts(self) -> Line:
        today = self._snapshot.today
        counts = [Piece(ngettext("{n} post", "{n} posts", len(today)).format(n=len(today)), "base")]
        # What nobody approved until now expires.
        waiting = sum(1 for due_at in self._snapshot.to_approve.values() if due_at > self.now)
        if waiting:
            counts.append(Piece(ngettext("{n} to approve", "{n} to approve", waiting).format(n=waiting), "accent"))
        late = sum(1 for post in today if lateness(post, self.now))
        if late:
            counts.append(Piece(ngettext("{n} late", "{n} late", late).format(n=late), "error"))
        return counts

    def reader(self) -> Callable[[Connection], Snapshot]:
        zone = self.host.zone
        today = day_span(self.now.astimezone(zone).date(), zone)
        tomorrow = day_span(self.now.astimezone(zone).date() + timedelta(days=1), zone)
        now, actor = self.now, self.host.backend.actor
        member_id = actor.member_id if actor else 0

        def read(conn: Connection) -> Snapshot:
            waiting = dict(approving.waiting_for(conn, member_id, now))
            return Snapshot(
                posts.of_day(conn, today), posts.between(conn, tomorrow, 20), waiting, steps.last_seen(conn)
            )

        return read

    def apply(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.seen = snapshot.seen
        shown = [post for post in snapshot.today if self._matches(post)]
        items = [Item(post.id, post) for post in shown]
        if snapshot.tomorrow and all(is_over(post) for post in snapshot.today):
            items.append(Item(None, _("Tomorrow")))
            items += [Item(post.id, post) for post in snapshot.tomorrow if self._matches(post)]
        self.set_rows(Rows(0, len(items), items))

    def filter_changed(self) -> None:
        self.apply(self._snapshot)

    def _matches(self, post: Post) -> bool:
        places = " ".join(f"{platform} {name}" for platform, name in post.accounts)
        text = f"{post.body} {post.author} {post.campaign or ''} {places}".casefold()
        return all(word in text for word in self.filter_text.casefold().split())

    def text_of(self, item: Item) -> str:
        return item.data.body if item.key is not None else ""

    def link_of(self, item: Item) -> str | None:
        if item.key is None:
            return None
        return next((one.remote_url for one in item.data.deliveries if one.remote_url), None)

    def action_edit_post(self) -> None:
        if isinstance(self.cursor_key, int):
            self.host.edit_post(self.cursor_key)

    def chosen_posts(self) -> Sequence[Post]:
        if self.host.desk.pane is not self:
            # From the list of commands: nobody sees which post that would be.
            self.host.say(_("choose a post first: {key} goes to Today").format(key=self.host.key_of("pane.today")))
            return []
        found = [post for key in self.chosen_keys() if (post := self.whole(key)) is not None]
        if not found:
            self.host.say(_("there is no post here"))
        return found

    def decided(self, ids: Sequence[int], done: Collection[int], step: int) -> None:
        # What was refused stays marked, so that one sees which it was.
        self.marks -= set(done)
        self.redraw()

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        if item.key is None:
            across = self.glyphs.across
            return spread([Piece(f"{across * 2} {item.data} ", "dim")], width, fill=across, style="dim")
        post: Post = item.data
        now = self.now
        late = lateness(post, now)
        mark, mark_style = post_row.mark(post.shown, late, self.glyphs)
        text_style = "dim" if is_over(post) else "base"
        when, when_style = post_row.when(post, late, now)
        if not late and post.id in self._snapshot.to_approve:
            when, when_style = pgettext("state in a row", "to approve"), "accent"
        author_width = 8 if width >= 60 else 0
        time = formats.clock_time(post.due_at, self.host.zone) if post.due_at else "--:--"
        pieces = [
            Piece(self.glyphs.marked if marked else " ", "accent"),
            Piece(time + " ", text_style),
            Piece(mark + " ", mark_style),
            Piece(fit(post_row.codes(post), 8) + " ", "dim"),
            Piece(fit(labels.category_code(post.category), 4) + " ", "dim"),
            Piece(fit(labels.format_code(post.format), 4), "dim"),
        ]
        taken = 1 + 6 + 2 + 9 + 5 + 4
        room = width - taken - WHEN_WIDTH - 2 - (author_width + 2 if author_width else 0)
        pieces += [Piece(fit(literal(post.body), room), text_style), Piece("  " + fit(when, WHEN_WIDTH), when_style)]
        if author_width:
            pieces.append(Piece("  " + fit(literal(post.author), author_width), "dim"))
        return pieces

    def whole(self, key: Any) -> Post | None:
        """The post with this id, as it was last read."""
        return next((one for one in (*self._snapshot.today, *self._snapshot.tomorrow) if one.id == key), None)
