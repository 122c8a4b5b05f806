"""The calendar: where posts are found and moved, by keys and by the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import BindingType

from smdash.core import formats
from smdash.core.calendar import days_later
from smdash.core.errors import InputError, Refused
from smdash.core.posts import refuse_move
from smdash.core.records import Post
from smdash.core.snooze import parse_new_time
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.store import posts as store_posts
from smdash.store import steps
from smdash.tui.actions import binding, bindings
from smdash.tui.panes.calendar_days import Days
from smdash.tui.panes.calendar_rows import Only, values_of
from smdash.tui.post_keys import PostKeys
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker

if TYPE_CHECKING:
    from smdash.store.driver import Connection


class Calendar(PostKeys, Days):
    """What the keys of the calendar do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("calendar", "posts"),
        *(
            binding(one)
            for one in (
                "list.down", "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up", "list.open",
                "list.copy", "list.link", "list.clear",
            )
        ),
    ]  # fmt: skip

    # What its keys may rely on.

    def reader(self) -> Callable[[Connection], Any]:
        read = super().reader()
        return lambda conn: (steps.last_seen(conn), read(conn))

    def apply(self, snapshot: Any) -> None:
        self.seen, shown = snapshot
        super().apply(shown)

    # What is done with a post.

    def chosen_posts(self) -> Sequence[Post]:
        return [post] if (post := self._chosen()) else []

    def action_open(self) -> None:
        if self.slot is not None:
            self.plan_here()
        elif post := self._chosen():
            from smdash.tui.screens.post import PostScreen

            self.host.push_screen(PostScreen(post.id))

    def action_edit_post(self) -> None:
        if post := self._chosen():
            self.host.edit_post(post.id)

    def plan_here(self) -> None:
        """Write a post for the empty slot under the cursor."""
        if (slot := self.slot) is not None:
            accounts = (slot.account,) if slot.account else ()
            self.host.new_post(due_at=slot.at, accounts=accounts, category=slot.category)

    def _chosen(self) -> Post | None:
        if self.post is None:
            self.host.say(_("an empty slot has no post yet") if self.slot else _("there is no post on this day"))
        return self.post

    def action_copy(self) -> None:
        if post := self._chosen():
            self.host.copy_to_clipboard(post.body)
            self.host.say(_("copied"))

    def action_link(self) -> None:
        if post := self._chosen():
            link = safe_link(next((one.remote_url for one in post.deliveries if one.remote_url), None))
            if link is None:
                self.host.say(_("this row has no link"))
            else:
                self.host.open_link(link)

    def action_move_post(self) -> None:
        post = self._chosen()
        if post is None or post.due_at is None:
            return
        try:
            # What is out by now is refused by the store; what was, before anything is typed.
            refuse_move(post)
        except Refused as problem:
            self.host.say(str(problem), "error")
            return
        old, zone = post.due_at, self.host.zone

        def check(text: str) -> str:
            due = parse_new_time(text, old, zone, self.now)
            return formats.short_moment(due, zone) + self._after_offer(post, due)

        def take(text: str | None) -> None:
            if text is not None:
                try:
                    due = parse_new_time(text, old, zone, self.now)
                except InputError as problem:
                    self.host.say(str(problem), "error")
                    return
                self.host.spawn(self._move(post, old, due))

        asked = _("Post {id} goes out {moment}; when instead?").format(
            id=post.id, moment=formats.short_moment(old, zone)
        )
        self.host.push_screen(Ask(asked, check, hint=_("tomorrow 9, Fri 14:00, 15:30, 3h")), take)

    def action_shift_post(self, days: int) -> None:
        """The post a day earlier or later, at the same time of day."""
        post = self._chosen()
        if post is None or post.due_at is None:
            return
        old = self._given.get(post.id, post.due_at)
        due = days_later(old, days, self.host.zone)
        self._given[post.id] = due
        self.host.spawn(self._move(post, old, due))

    async def _move(self, post: Post, old: datetime, due: datetime) -> None:
        now, zone = self.now, self.host.backend.team.zone
        done = await self.host.perform(
            lambda conn, actor: store_posts.move(conn, actor, post.id, due, zone, now, seen=old)
        )
        if done is None:
            self._given.pop(post.id, None)
            return
        # What an undo could put on the screen by itself is another step now.
        self.host.left.append([])
        words = _("post {id} goes out {moment}").format(
            id=post.id, moment=formats.short_moment(due, self.host.zone)
        ) + self._after_offer(post, due)
        if post.shown == "held":
            words += "; " + _("it is still held")
        self.host.say(words)
        self.follow(post.id, due)

    def _after_offer(self, post: Post, due: datetime) -> str:
        """A remark where the offer that a post names is over by then."""
        over = post.offer_until is not None and post.offer_until <= due
        return "; " + _("its offer is over by then") if over else ""

    # The filter.

    def action_choose_filter(self) -> None:
        choices = [
            Choice("", _("all")),
            Choice("account", _("one account")),
            Choice("category", _("one category")),
            Choice("author", _("one author")),
            Choice("network", _("one network")),
        ]
        if self._snapshot and self._snapshot.brands:
            choices.append(Choice("brand", _("one brand")))
        self.host.push_screen(
            Picker(_("Which posts?"), choices, self.only.what if self.only else ""), self._what_chosen
        )

    def _what_chosen(self, what: str | None) -> None:
        if what is None:
            return
        if not what:
            self._filter(None)
            return
        counts: dict[str, int] = {}
        for post in self._snapshot.posts if self._snapshot else ():
            for value in values_of(what, post, self._snapshot.brands if self._snapshot else {}):
                counts[value] = counts.get(value, 0) + 1
        # Those that most posts have, where there are more than keys to choose them with.
        most = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_CHOICES]
        if not most:
            self.host.say(_("there is no post to choose by"))
            return
        choices = [Choice(value, Only(what, value).words(), str(counts[value])) for value in sorted(most)]
        chosen = self.only.value if self.only and self.only.what == what else None
        self.host.push_screen(
            Picker(_("Only which?"), choices, chosen),
            lambda value: self._filter(Only(what, value)) if value is not None else None,
        )

    def _filter(self, only: Only | None) -> None:
        self.only = only
        self._sort()
        self._hold_cursor()
        self._show()

    def action_clear(self) -> None:
        if self.empty_days:
            self._show_empty(0)
        elif self.only is not None:
            self._filter(None)
        else:
            self.host.desk.unzoom()

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        self.focus()
        place = self._place_at(event.x - 1, event.y - 1)
        if place is None:
            return
        found = self._by_day.get(place.day, [])
        at = next((at for at, one in enumerate(found) if one == place.row), 0)
        if place.row is not None and event.chain > 1 and self.row == place.row:
            self.action_open()
        else:
            self._go(place.day, at)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-1)
