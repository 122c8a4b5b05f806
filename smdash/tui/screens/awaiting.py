"""What waits for this member's approval, by time to publish: the list, and the post under the cursor whole.

What was decided leaves the list at once; it comes back where the file refused that, or undo took it back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from smdash.core import formats, labels
from smdash.core.approval_words import recorded
from smdash.core.errors import SmdashError
from smdash.core.records import Happening, Post
from smdash.core.text import one_line
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import approving, posts, steps
from smdash.tui.actions import binding
from smdash.tui.cells import fit, literal, width_of
from smdash.tui.folded import Folded
from smdash.tui.host import Hosted
from smdash.tui.panes import post_row
from smdash.tui.post_keys import PostKeys
from smdash.tui.screens.details import Hints
from smdash.tui.screens.post import Shown, approval_pieces, offer, read, words
from smdash.tui.widgets.document import Document
from smdash.tui.widgets.lines import Line, Piece, spread
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# From this width on the post stands beside the list, below it where it is narrower.
BESIDE_FROM = 100
# How long the cursor must rest before its post is read (seconds): a held key passes over many.
REST_S = 0.06
# Cells of a whole moment such as "Mon 23 Nov 14:30 WIB", and of "in 2d 04h".
MOMENT_WIDTH = 21
LEFT_WIDTH = 12


class Snapshot(NamedTuple):
    posts: tuple[Post, ...]
    asked: dict[int, Happening]
    needed: int
    seen: int


class AwaitingList(Pane, inherit_bindings=False):
    """Two lines a post: when it goes out, where and what is missing; then its words and who asked when."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding(one) for one in ("list.down", "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up")
    ]
    number = 0
    topics = frozenset({"post", "team", "campaign"})
    row_height = 2

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = Snapshot((), {}, 1, 0)
        self._was_read = False
        # What was decided, and the event at which the file knows that; none while it is on its way.
        self._left: dict[int, int | None] = {}

    @property
    def seen(self) -> int:
        """The last event that the rows know of."""
        return self._snapshot.seen

    @property
    def post(self) -> Post | None:
        """The post under the cursor."""
        return self.cursor_item.data if self.cursor_item else None

    def empty_words(self) -> str:
        return _("Nothing waits for your approval.") if self._was_read else ""

    def reader(self) -> Callable[[Connection], Snapshot]:
        now, actor = self.now, self.host.backend.actor
        member_id = actor.member_id if actor else 0

        def take(conn: Connection) -> Snapshot:
            found = posts.awaiting_member(conn, member_id, now)
            asked = approving.asked(conn, [post.id for post in found])
            return Snapshot(found, asked, approving.policy(conn).needed, steps.last_seen(conn))

        return take

    def apply(self, snapshot: Snapshot) -> None:
        self._snapshot, self._was_read = snapshot, True
        self._left = {one: step for one, step in self._left.items() if step is None or step > snapshot.seen}
        self._show()

    def _show(self) -> None:
        # What nobody approved until now expires.
        shown = [
            post for post in self._snapshot.posts
            if post.id not in self._left and (post.due_at is None or post.due_at > self.now)
        ]  # fmt: skip
        self.set_rows(Rows(0, len(shown), [Item(post.id, post) for post in shown]))
        self.moved()

    def leave(self, ids: Sequence[int]) -> None:
        """These are decided about, and the file knows in a moment."""
        self._left |= dict.fromkeys(ids)
        self._show()

    def settle(self, ids: Sequence[int], done: Collection[int], step: int) -> None:
        """The file knows what was *done* from the event *step* on; the others come back."""
        for one in ids:
            if one in done:
                self._left[one] = step
            else:
                self._left.pop(one, None)
        self._show()
        self.reload()

    def tick(self) -> None:
        super().tick()
        self._show()

    def moved(self) -> None:
        screen = self.screen
        if isinstance(screen, AwaitingScreen):
            screen.follow(self.post.id if self.post else None)

    def _title(self, style: str) -> Line:
        n = self.rows.total
        line = [Piece(_("Awaiting you"), style)]
        if self._was_read:
            line += [Piece(" · ", "dim"), Piece(ngettext("{n} post", "{n} posts", n).format(n=n))]
        if self._failed_since is not None:
            age = formats.short_age(self.now - self._failed_since)
            line += [Piece(" · ", "dim"), Piece(_("not fresh, {age}").format(age=age), "warning")]
        return line

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        post: Post = item.data
        return self._words(post, width) if line else self._head(post, width)

    def _head(self, post: Post, width: int) -> Line:
        left = max((post.due_at - self.now) if post.due_at else timedelta(), timedelta())
        moment = formats.short_moment(post.due_at, self.host.zone) if post.due_at else ""
        soon = "warning" if left <= post_row.SOON else "dim"
        kind = f"{labels.category_code(post.category)} {labels.format_code(post.format)}"
        line = [
            Piece(" " + fit(moment, MOMENT_WIDTH)),
            Piece(fit(_("in {span}").format(span=formats.short_span(left)), LEFT_WIDTH), soon),
            Piece(f"{post_row.codes(post)}  {kind}", "dim"),
        ]
        return spread(line, width, right=[Piece(f" {self._needs(post)} ", "accent")])

    def _needs(self, post: Post) -> str:
        if not post.approvals_missing:
            return _("enough said yes")
        if self._snapshot.needed == 1:
            return _("needs approval")
        return _("needs {n} of {needed}").format(n=post.approvals_missing, needed=self._snapshot.needed)

    def _words(self, post: Post, width: int) -> Line:
        asked = self._snapshot.asked.get(post.id)
        who = post.author
        if asked is not None:
            who = _("{who} asked {age}").format(who=asked.who, age=formats.short_age(self.now - asked.at))
        who_width = min(width_of(literal(who)), width // 3)
        room = width - 3 - who_width - 2
        text = fit(literal(one_line(post.body)), max(room, 0))
        return [Piece("   "), Piece(text), Piece(" " + fit(literal(who), who_width) + " ", "dim")]


class PostBeside(Document, can_focus=False):
    """The post under the cursor, whole; ``seen`` is the last event that it knows, ``post_id`` whose it is."""

    def __init__(self) -> None:
        super().__init__()
        self.post_id: int | None = None
        self.seen = 0
        self._wanted: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._read)

    def follow(self, post_id: int | None) -> None:
        """The cursor is on this post."""
        self._wanted = post_id
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if post_id != self.post_id:
            self._timer = asyncio.get_running_loop().call_later(REST_S, self.reload)

    def reload(self) -> None:
        """Read it again."""
        self._timer = None
        if self.is_attached:
            self._reading.ask()

    async def _read(self) -> None:
        wanted, me = self._wanted, self.host.backend.actor
        if wanted is None:
            self.post_id = None
            self.show("", [Piece(recorded(), "dim")])
            return
        try:
            found = await self.host.backend.read(lambda conn: read(conn, wanted, me.member_id if me else 0))
        except SmdashError as problem:
            self.host.say(str(problem), "error")
            return
        if not self.is_attached or wanted != self._wanted:
            return
        again = wanted == self.post_id
        self.post_id, self.seen = wanted, found.seen
        self.show(_("Post {id}").format(id=wanted), self._about(found), keep_place=again)

    def _about(self, found: Shown) -> list[Piece]:
        """What one says yes to first, then who asked and what is missing."""
        post = found.post
        parts = [" ".join(f"{platform}/{name}" for platform, name in post.accounts), labels.category(post.category)]
        parts += [labels.post_format(post.format), *([post.campaign] if post.campaign else [])]
        pieces = [Piece(" · ".join(parts), "dim")]
        if post.offer:
            pieces.append(offer(self.host, post))
        return [*pieces, Piece(""), *words(found), Piece(""), *approval_pieces(self.host, found)]


class AwaitingScreen(PostKeys, Hosted, Screen[None], inherit_bindings=False):
    """`v` and `x` decide and go to the next, `enter` opens the post, `u` undoes while nothing has begun."""

    CSS = """
    AwaitingScreen { layout: vertical; overflow: hidden; }
    AwaitingScreen.-beside { layout: grid; grid-size: 2 1; grid-columns: 5fr 4fr; grid-rows: 1fr; }
    AwaitingScreen AwaitingList, AwaitingScreen PostBeside { height: 1fr; width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        binding("back", show=True),
        binding("list.open", show=True),
        binding("post.approve", show=True),
        binding("post.reject", show=True),
        binding("post.edit", show=True),
        binding("list.copy"),
        binding("undo", show=True),
        binding("redo"),
    ]
    topics = AwaitingList.topics

    def __init__(self) -> None:
        super().__init__()
        self.list = AwaitingList()
        self.beside = PostBeside()
        self.hints = Hints()

    def compose(self) -> ComposeResult:
        yield self.list
        yield self.beside
        yield self.hints

    def on_mount(self) -> None:
        self.list.focus()
        self.reload(frozenset(self.topics))

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= BESIDE_FROM, "-beside")

    def reload(self, topics: frozenset[str]) -> None:
        """Read again, if these topics touch what is shown."""
        if topics & self.topics:
            self.list.reload()
            self.beside.reload()

    def tick(self) -> None:
        """The clock moved on."""
        self.list.tick()

    def say(self, words: str, style: str) -> None:
        """Show a remark on the last line."""
        self.hints.say(words, style)

    def follow(self, post_id: int | None) -> None:
        """The cursor is on this post."""
        self.beside.follow(post_id)

    @property
    def seen(self) -> int:  # type: ignore[override]
        """What both the row and the whole of the post know."""
        post = self.list.post
        if post is not None and self.beside.post_id == post.id:
            return min(self.list.seen, self.beside.seen)
        return self.list.seen

    def chosen_posts(self) -> Sequence[Post]:
        if self.list.post is None:
            self.say(_("nothing waits for your approval"), "dim")
            return []
        return [self.list.post]

    def deciding(self, ids: Sequence[int]) -> None:
        self.list.leave(ids)

    def decided(self, ids: Sequence[int], done: Collection[int], step: int) -> None:
        if self.is_attached:
            self.list.settle(ids, done, step)
            self.beside.reload()

    @on(Pane.Opened)
    def _opened(self, event: Pane.Opened) -> None:
        from smdash.tui.screens.post import PostScreen

        if isinstance(event.key, int):
            self.host.push_screen(PostScreen(event.key))

    @on(Pane.Failed)
    def _failed(self, event: Pane.Failed) -> None:
        self.say(event.sentence, "error")

    def action_open(self) -> None:
        self.list.action_open()

    def action_edit_post(self) -> None:
        if self.list.post is not None:
            self.host.edit_post(self.list.post.id)

    def action_copy(self) -> None:
        if self.list.post is not None:
            self.host.copy_to_clipboard(self.list.post.body)
            self.host.say(_("copied"))

    def action_undo(self) -> None:
        self.host.undo()

    def action_redo(self) -> None:
        self.host.redo()

    def action_back(self) -> None:
        self.dismiss()
