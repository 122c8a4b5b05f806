"""Writing a reply: the mention above, the text below, and beside it how much the network takes.

Beginning to write is a claim that colleagues see; it ends with this screen. What is typed is kept as a draft, so a lost
connection loses nothing. Sending queues a delivery that can be undone while its time runs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import TextArea

from smdash.core import formats, limits, saved
from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.store import claims, inbox, replies, saved_replies, steps
from smdash.store.inbox import MentionWhole
from smdash.tui.actions import binding
from smdash.tui.cells import fit, literal
from smdash.tui.host import Hosted
from smdash.tui.screens.ask import Words
from smdash.tui.screens.mention_text import paragraphs, title
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker
from smdash.tui.widgets.document import Document
from smdash.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

# How long after the last letter the draft is kept (seconds).
DRAFT_AFTER_S = 1.0


class Composer(Hosted, Screen[bool], inherit_bindings=False):
    """``dismiss`` gives whether a reply was queued."""

    CSS = """
    Composer { layout: vertical; }
    Composer Document { height: 1fr; }
    Composer TextArea { height: 8; border: none; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        binding("compose.send"),
        binding("compose.saved"),
        binding("compose.editor"),
        binding("compose.leave"),
    ]

    def __init__(self, mention_id: int, *, saved_first: bool = False) -> None:
        """``saved_first``: begin with the choice of a saved reply."""
        super().__init__()
        self.mention_id = mention_id
        self._saved_first = saved_first
        self.document = Document()
        self.words = Words(Piece(""))
        self.area = TextArea(compact=True, soft_wrap=True, tab_behavior="focus")
        self._whole: MentionWhole | None = None
        self._room: limits.Answering | None = None
        self._seen = 0
        # Values that a saved reply was filled with: braces in them are somebody's name, no field.
        self._given: set[str] = set()
        self._warned = False
        self._sending = False
        self._remark: Piece | None = None
        self._keeping: asyncio.TimerHandle | None = None
        self._kept = ""
        self._leaving = False

    def compose(self) -> ComposeResult:
        yield self.document
        yield self.words
        yield self.area

    async def on_mount(self) -> None:
        self.area.focus()
        await self._begin()

    # Reading and beginning.

    async def _begin(self) -> None:
        mention_id, now, host = self.mention_id, self.host.clock.now(), self.host

        def begin(conn: Connection, actor: Actor) -> tuple[str, str]:
            other = claims.begin_reply(conn, actor, mention_id, host.presence.session, now)
            return (other.name if other else ""), replies.draft(conn, actor.member_id, mention_id) or ""

        # What a colleague does from here on must be seen before the reply is sent.
        self._seen = await self._read()
        found = await host.perform(begin)
        if found is None:
            return
        other, text = found
        if text and not self.area.text:
            self.area.text = text
            self.area.move_cursor(self.area.document.end)
        self._kept = text
        if other:
            self._say(_("{who} is writing a reply to this").format(who=other), "warning")
        else:
            self._count()
        if self._saved_first:
            await self.action_saved()

    async def _read(self) -> int:
        """Show the mention as it is now; returns the last event that this knows of."""
        wanted = self.mention_id

        def read(conn: Connection) -> tuple[MentionWhole | None, limits.Answering | None, int]:
            found = inbox.whole(conn, wanted)
            return found, replies.answering(conn, wanted) if found else None, steps.last_seen(conn)

        try:
            found, room, seen = await self.host.backend.read(read)
        except SmdashError as problem:
            self._say(str(problem), "error")
            return self._seen
        if found is None:
            self._say(_("this mention is gone; what you wrote is kept"), "error")
            return seen
        again = self._whole is not None
        self._whole, self._room = found, room
        self.document.show(title(found.mention), paragraphs(self.host, found), keep_place=again)
        self.host.seen_notes([note.id for note in found.notes])
        return seen

    def reload(self, topics: frozenset[str]) -> None:
        """Read the mention again where it moved; what is typed stays."""
        if topics & {"mention", "note", "post"}:
            self.host.spawn(self._read())

    def tick(self) -> None:
        """The clock moved on."""

    # Typing.

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._remark = None
        self._warned = False
        self._leaving = False
        self._count()
        if self._keeping is None:
            # Not put off by the next letter: who types without a pause has a draft too.
            self._keeping = asyncio.get_running_loop().call_later(DRAFT_AFTER_S, self._keep_soon)

    def _keep_soon(self) -> None:
        self._keeping = None
        if not self._sending:
            self.host.spawn(self._keep())

    async def _keep(self) -> bool:
        """Keep what is typed as the draft; returns whether it is kept."""
        text, mention_id, now = self.area.text, self.mention_id, self.host.clock.now()
        if text == self._kept:
            return True
        try:
            await self.host.backend.write(
                lambda conn, actor: replies.keep_draft(conn, actor.member_id, mention_id, text, now)
            )
        except SmdashError as problem:
            self._say(_("the draft is not kept: {reason}").format(reason=problem), "error")
            return False
        self._kept = text
        return True

    def _count(self) -> None:
        if self._remark is not None or self._whole is None:
            return
        row = self._whole.mention
        room = self._room or limits.Answering(row.platform, row.kind, row.author_handle, "", {})
        found = room.room_of(self.area.text)
        words = f"{formats.number(found.used)}/{formats.number(found.limit)}" if found.limit else str(found.used)
        keys = self.host.keys_of
        hints = "  ".join(
            f"{self.host.key_words(one)[0]} {label}"
            for one, label in (
                ("compose.send", _("send")),
                ("compose.saved", _("saved reply")),
                ("compose.editor", _("editor")),
                ("compose.leave", _("leave, the draft is kept")),
            )
            if keys(one)
        )
        self.words.say(Piece(f"{words}  {hints}", "error" if found.over else "dim"))

    def _say(self, words: str, style: str) -> None:
        self._remark = Piece(words, style)
        self.words.say(self._remark)

    def say(self, words: str, style: str = "accent") -> None:
        """Show a remark above the text."""
        self._say(words, style)

    # Sending.

    async def action_send(self) -> None:
        text = self.area.text.strip()
        if not text or self._sending:
            return
        if missing := saved.unfilled(text, self._given):
            self._say(_("fill in {fields} first").format(fields=", ".join(f"{{{one}}}" for one in missing)), "error")
            return
        mention_id, now, seen, anyway = self.mention_id, self.host.clock.now(), self._seen, self._warned

        def send(conn: Connection, actor: Actor) -> str:
            """Queue it, or say who was faster."""
            why = "" if anyway else replies.answered_meanwhile(conn, actor, mention_id, now, seen=seen)
            if not why:
                replies.send(conn, actor, mention_id, text, now, anyway=True)
            return why

        self._sending = True
        try:
            why = await self.host.backend.write(send)
        except SmdashError as problem:
            # The text stays here and as a draft, whatever it was.
            self._say(str(problem), "error")
            return
        finally:
            self._sending = False
        if why:
            # Asked once: who sends again after reading this means it.
            self._say(f"{why} ({self.host.key_of('compose.send')})", "warning")
            self._warned = True
            return
        self._kept = self.area.text
        self._end()
        self.dismiss(True)

    # Saved replies and the editor.

    async def action_saved(self) -> None:
        """Choose a saved reply and put it where the cursor is."""
        whole, actor = self._whole, self.host.backend.actor
        if whole is None or actor is None:
            return
        try:
            found = await self.host.backend.read(lambda conn: saved_replies.select(conn, actor.member_id))
        except SmdashError as problem:
            self._say(str(problem), "error")
            return
        if not found:
            self._say(_("there is no saved reply yet: smdash saved add"), "warning")
            return
        known = {str(one.id): one for one in found[:MOST_CHOICES]}
        choices = [Choice(key, one.name, fit(literal(one.body), 30).rstrip()) for key, one in known.items()]

        def chosen(value: str | None) -> None:
            if value is not None:
                one = known[value]
                filled = saved.fill(one.body, saved.values_of(whole.mention, actor.name))
                self._given.update(filled.given)
                self.area.insert(filled.text)
                used = one.id
                self.host.spawn(self.host.perform(lambda conn, _actor: saved_replies.used(conn, used)))
                self.area.focus()

        self.host.push_screen(Picker(_("Which saved reply?"), choices), chosen)

    def action_editor(self) -> None:
        """Write on in $EDITOR."""
        from smdash.tui.outside import edit

        text = edit(self.host, self.area.text)
        if text is not None:
            self.area.text = text

    # Leaving.

    async def action_leave(self) -> None:
        # What can't be kept is thrown away only by who asks for that twice.
        if await self._keep() or self._leaving:
            self._end()
            self.dismiss(False)
        self._leaving = True

    def _end(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        mention_id, session = self.mention_id, self.host.presence.session
        self.host.spawn(self.host.perform(lambda conn, _actor: claims.end_reply(conn, mention_id, session)))

    def on_key(self, event: events.Key) -> None:
        # What was typed while this was on its way is text already.
        if event.character and event.is_printable and not self.area.has_focus:
            event.stop()
            self.area.insert(event.character)
