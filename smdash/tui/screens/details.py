"""One row whole: a mention with its thread and history, a post with its deliveries, a campaign, an activity."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from smdash.core import formats, labels
from smdash.core.campaigns import countdown
from smdash.core.errors import SmdashError
from smdash.core.posts import lateness
from smdash.core.records import Campaign, Mention, Post
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.store import inbox
from smdash.store.inbox import MentionWhole
from smdash.tui.actions import key_word
from smdash.tui.host import Hosted
from smdash.tui.panes.campaigns import CampaignsPane
from smdash.tui.panes.hours import HoursPane
from smdash.tui.panes.today import TodayPane
from smdash.tui.widgets.document import Document
from smdash.tui.widgets.lines import Line, Lines, Piece, spread
from smdash.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


class Hints(Lines):
    """The last line of a detail: its keys, or a remark."""

    DEFAULT_CSS = "Hints { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.remark: Piece | None = None

    def make_line(self, y: int) -> Line:
        if self.remark is not None:
            return spread([self.remark], self.size.width)
        line: Line = [Piece(" ")]
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.node is self.screen:
                line += [
                    Piece(key_word(active.binding.key), "accent"),
                    Piece(f" {_(active.binding.description)}  ", "dim"),
                ]
        return spread(line, self.size.width)


class DetailScreen(Hosted, Screen[None]):
    """A document over the desk; escape goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", noop("back")),
        Binding("y", "copy", noop("copy")),
        Binding("o", "link", noop("link")),
    ]
    topics: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self.hints = Hints()

    def compose(self) -> ComposeResult:
        yield self.document
        yield self.hints

    def on_mount(self) -> None:
        self.document.focus()
        self.reload(frozenset(self.topics))

    def reload(self, topics: frozenset[str]) -> None:
        """Read again, if these topics touch what is shown."""

    def tick(self) -> None:
        """The clock moved on; a document shows whole times, so nothing changes."""

    def say(self, words: str, style: str) -> None:
        """Show a remark on the last line."""
        self.hints.remark = Piece(" " + words, style)
        self.hints.redraw()
        asyncio.get_running_loop().call_later(4.0, self._end_remark)

    def _end_remark(self) -> None:
        self.hints.remark = None
        if self.hints.is_attached:
            self.hints.redraw()

    def text(self) -> str:
        """What copying gives."""
        return ""

    def link(self) -> str | None:
        """Where the thing can be seen on the network."""
        return None

    def action_back(self) -> None:
        self.dismiss()

    def action_copy(self) -> None:
        self.host.copy_to_clipboard(self.text())
        self.host.say(_("copied"))

    def action_link(self) -> None:
        if link := safe_link(self.link()):
            self.host.open_link(link)
        else:
            self.host.say(_("there is no link"))


class MentionScreen(DetailScreen):
    """A mention; `d` sets it to done and shows the next one of the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "done", noop("done, next")),
        Binding("u", "undo", noop("undo")),
    ]
    topics = frozenset({"mention"})

    def __init__(self, mention_id: int) -> None:
        super().__init__()
        self.mention_id = mention_id
        self._whole: MentionWhole | None = None
        self._reading: asyncio.Task[None] | None = None

    def reload(self, topics: frozenset[str]) -> None:
        if topics & self.topics and (self._reading is None or self._reading.done()):
            self._reading = self.host.spawn(self._reload())

    async def _reload(self) -> None:
        wanted = self.mention_id
        try:
            found = await self.host.backend.read(lambda conn: inbox.whole(conn, wanted))
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        if found is None:
            self.dismiss()
            self.host.say(_("this mention is gone"))
            return
        again = self._whole is not None and self._whole.mention.id == found.mention.id
        self._whole = found
        self.document.show(self._title(found.mention), self._paragraphs(found), keep_place=again)

    def _title(self, row: Mention) -> str:
        return f"{row.author_name} · {labels.kind(row.kind)} · {row.platform}/{row.account}"

    def _paragraphs(self, found: MentionWhole) -> list[Piece]:
        row, zone, now = found.mention, self.host.zone, self.host.clock.now()
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
        pieces.append(Piece(_("History"), "bold"))
        pieces.append(Piece(_history_line(found.received_at, _("arrived"), "", zone), "dim"))
        if found.edited_at is not None:
            pieces.append(Piece(_history_line(found.edited_at, _("edited by its author"), "", zone), "dim"))
        for event in found.history:
            pieces.append(Piece(_history_line(event.at, labels.verb(event.verb), event.who, zone), "dim"))
        return pieces

    def text(self) -> str:
        return self._whole.mention.body if self._whole else ""

    def link(self) -> str | None:
        return self._whole.mention.url if self._whole else None

    def action_done(self) -> None:
        pane = self.host.desk.mentions
        self.host.finish([self.mention_id])
        following = pane.cursor_key
        if isinstance(following, int) and following != self.mention_id:
            self.mention_id = following
            self._whole = None
            self.reload(self.topics)
        else:
            self.dismiss()

    def action_undo(self) -> None:
        self.host.undo()


class PlainScreen(DetailScreen):
    """A document that is made once of what the pane holds."""

    def __init__(self, title: str, paragraphs: list[Piece], text: str, link: str | None) -> None:
        super().__init__()
        self._title_words, self._paragraphs, self._text, self._link = title, paragraphs, text, link

    def on_mount(self) -> None:
        super().on_mount()
        self.document.show(self._title_words, self._paragraphs)

    def text(self) -> str:
        return self._text

    def link(self) -> str | None:
        return self._link


def open_details(app: DeskApp, pane: Pane, key: Hashable) -> None:
    """Show the row with this key whole."""
    if isinstance(key, int) and pane is app.desk.mentions:
        app.push_screen(MentionScreen(key))
    elif isinstance(pane, TodayPane) and (post := pane.whole(key)):
        link = next((one.remote_url for one in post.deliveries if one.remote_url), None)
        app.push_screen(PlainScreen(_("Post {id}").format(id=post.id), _post(app, post), post.body, link))
    elif isinstance(pane, CampaignsPane) and (campaign := pane.whole(key)):
        app.push_screen(PlainScreen(campaign.name, _campaign(app, campaign), campaign.name, None))
    elif isinstance(pane, HoursPane) and pane.whole(key):
        app.choose_activity(str(key))


def _state_words(row: Mention) -> str:
    words = [labels.state(row.state)]
    if row.assignee:
        words.append(_("held by {name}").format(name=row.assignee))
    if row.answered_at is not None:
        words.append(_("answered"))
    return ", ".join([*words, *row.labels])


def _history_line(at: datetime, what: str, who: str, zone: object) -> str:
    from datetime import tzinfo

    moment = formats.short_moment(at, zone) if isinstance(zone, tzinfo) else ""
    return f"{moment}  {who + ': ' if who else ''}{what}"


def _post(app: DeskApp, post: Post) -> list[Piece]:
    now, zone = app.clock.now(), app.zone
    late = lateness(post, now)
    pieces = [
        Piece(
            f"{labels.state(post.shown)} · {labels.category(post.category)} · {labels.post_format(post.format)}", "bold"
        )
    ]
    if post.due_at is not None:
        words = formats.whole_moment(post.due_at, zone)
        pieces.append(Piece(words, "dim"))
    if late:
        pieces.append(Piece(_("late {span}").format(span=formats.in_words(late)), "error"))
    about = [post.author, *([post.campaign] if post.campaign else [])]
    pieces.append(Piece(" · ".join(about), "dim"))
    if post.offer:
        until = formats.short_moment(post.offer_until, zone) if post.offer_until else _("no end")
        pieces.append(Piece(_("offer: {offer}, until {until}").format(offer=post.offer, until=until), "warning"))
    pieces += [Piece(""), Piece(post.body), Piece(""), Piece(_("Deliveries"), "bold")]
    for one in post.deliveries:
        words = f"{one.platform}/{one.account}: {labels.state(one.state)}"
        if one.sent_at is not None:
            words += f", {formats.short_moment(one.sent_at, zone)}"
        pieces.append(Piece(words, "success" if one.state == "sent" else "base"))
        if one.remote_url:
            pieces.append(Piece("  " + one.remote_url, "accent", link=one.remote_url))
        if one.error:
            pieces.append(Piece("  " + one.error, "error"))
    if not post.deliveries:
        pieces.append(Piece(_("none yet: the post has no time"), "dim"))
    return pieces


def _campaign(app: DeskApp, campaign: Campaign) -> list[Piece]:
    now, zone = app.clock.now(), app.zone
    found = countdown(campaign, now)
    pieces = [
        Piece(labels.campaign_kind(campaign.kind), "bold"),
        Piece(
            f"{formats.short_moment(campaign.starts_at, zone)} – {formats.short_moment(campaign.ends_at, zone)}", "dim"
        ),
        Piece(_("{done} of {n} posts are out").format(done=campaign.posts_done, n=campaign.posts_planned)),
    ]
    if found.edge is not None:
        pieces.append(Piece(_("next change in {span}").format(span=formats.in_words(found.edge - now)), "warning"))
    pieces += [Piece(""), Piece(_("Phases"), "bold")]
    for phase in campaign.phases:
        words = (
            f"{phase.name}: {formats.short_moment(phase.starts_at, zone)} – {formats.short_moment(phase.ends_at, zone)}"
        )
        over = phase.ends_at <= now
        pieces.append(Piece(words, "dim" if over else "accent" if phase.starts_at <= now else "base"))
    if not campaign.phases:
        pieces.append(Piece(_("none"), "dim"))
    return pieces
