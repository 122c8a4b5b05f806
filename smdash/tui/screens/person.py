"""Who wrote it: what they wrote before, what we answered, and what the team knows of them."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from smdash.core import formats, labels
from smdash.core.errors import SmdashError
from smdash.core.networks import code
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import people
from smdash.store.people import Person
from smdash.tui.actions import binding
from smdash.tui.folded import Folded
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.details import DetailScreen
from smdash.tui.widgets.lines import Piece


class PersonScreen(DetailScreen):
    """The person behind a mention; a note here is about the person."""

    BINDINGS: ClassVar[list[BindingType]] = [binding("mention.note", show=True), binding("undo", show=True)]
    topics = frozenset({"person", "note", "mention", "post"})

    def __init__(self, mention_id: int) -> None:
        super().__init__()
        self.mention_id = mention_id
        self._person: Person | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)

    def reload(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._reading.ask()

    async def _reload(self) -> None:
        mention_id, now = self.mention_id, self.host.clock.now()
        try:
            found = await self.host.backend.read(lambda conn: people.person(conn, mention_id, now))
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        again = self._person is not None
        self._person = found
        self.document.show(found.name, self._paragraphs(found), keep_place=again)

    def _paragraphs(self, found: Person) -> list[Piece]:
        zone, now = self.host.zone, self.host.clock.now()
        count = formats.number(found.mentions) + ("+" if found.more else "")
        said = [
            {
                "first": _("wrote for the first time"),
                "regular": _("a regular: wrote on three or more days of the last 90"),
                "returning": _("wrote before"),
            }.get(found.standing, found.standing),
            ngettext("{n} mention", "{n} mentions", found.mentions).format(n=count),
        ]
        if found.followers is not None:
            said.append(ngettext("{n} follower", "{n} followers", found.followers).format(
                n=formats.number(found.followers)
            ))  # fmt: skip
        pieces = [Piece(" · ".join(said), "bold")]
        if found.first_at is not None:
            pieces.append(
                Piece(_("first seen {moment}").format(moment=formats.short_moment(found.first_at, zone)), "dim")
            )
        pieces += [Piece(f"{code(one.platform)}  {one.handle}  {one.name}") for one in found.accounts]
        if found.labels:
            pieces.append(Piece(" ".join(f"#{name}" for name in found.labels), "accent"))
        pieces.append(Piece(""))
        pieces.append(Piece(_("Notes"), "bold"))
        for note in found.notes:
            pieces.append(Piece(f"{note.who}, {formats.short_moment(note.at, zone)}", "dim"))
            pieces.append(Piece(note.body))
        if not found.notes:
            pieces.append(Piece(_("none yet; {key} writes one").format(key=self.host.key_of("mention.note")), "dim"))
        pieces += [Piece(""), Piece(_("What they wrote, newest first"), "bold")]
        for row in found.recent:
            here = "▸ " if row.id == self.mention_id else "  "
            about = f"{code(row.platform)} {labels.kind(row.kind)}, {labels.state(row.state)}"
            head = f"{here}{formats.short_age(now - row.sent_at)} {about}"
            pieces += [Piece(head, "accent" if row.id == self.mention_id else "dim"), Piece(row.body)]
        if found.replies:
            pieces += [Piece(""), Piece(_("What we answered"), "bold")]
            for one in found.replies:
                who = one.who or _("on the network itself")
                pieces.append(Piece(f"{formats.short_moment(one.at, zone)}, {who}, {labels.state(one.state)}", "dim"))
                pieces.append(Piece(one.body))
        return pieces

    def text(self) -> str:
        return self._person.name if self._person else ""

    def action_note(self) -> None:
        self.host.push_screen(Ask(_("What should the team know of them?"), lambda _text: ""), self._noted)

    def _noted(self, text: str | None) -> None:
        if text is not None:
            self.host.spawn(self._note(text))

    async def _note(self, text: str) -> None:
        mention_id, now = self.mention_id, self.host.clock.now()
        if await self.host.perform(lambda conn, actor: people.note(conn, actor, mention_id, text, now)) is not None:
            self.say(_("noted"), "accent")

    def action_undo(self) -> None:
        self.host.undo()
