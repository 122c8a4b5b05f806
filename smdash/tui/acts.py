"""What the keys of a mention do: steps, questions, words, people and views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from smdash.core import formats
from smdash.core.query import QueryError, parse
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import finding, moderation, notes, people, views
from smdash.store.notes import Note
from smdash.store.views import View
from smdash.tui.cells import fit, literal
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.composer import Composer
from smdash.tui.screens.details import MentionScreen
from smdash.tui.screens.person import PersonScreen
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker
from smdash.tui.triage_asking import Asking

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

# What a note's line of the picker gives begins so, which no query does.
_NOTE = "\x00note "


class Acts(Asking):
    """Imported when the first of these keys is pressed, or once the first picture stands."""

    # Comments and people.

    def moderate(self, ids: list[int], what: str) -> None:
        """Like, hide or delete comments on their network."""
        self._again = lambda others: self.moderate(others, what)
        now = self._app.clock.now()

        def queue(conn: Connection, actor: Actor) -> int:
            return len(moderation.act(conn, actor, ids, what, now).deliveries)

        self._app.spawn(self._tell(queue, lambda n: ngettext("{n} queued", "{n} queued", n).format(n=n)))

    def merge(self, ids: list[int]) -> None:
        """Say that the authors of two mentions are one person."""
        if len(ids) != 2:
            self._app.say(_("mark two mentions by the same person first"), "warning")
            return
        now, one, other = self._app.clock.now(), ids[0], ids[1]
        self._app.spawn(
            self._tell(lambda conn, actor: people.merge(conn, actor, one, other, now), lambda _n: _("one person now"))
        )

    def unmerge(self, mention_id: int) -> None:
        """Say that the account that wrote a mention is a person of its own."""
        now = self._app.clock.now()
        self._app.spawn(
            self._tell(
                lambda conn, actor: people.unmerge(conn, actor, mention_id, now),
                lambda _n: _("a person of its own now"),
            )
        )

    async def _tell(self, work: Callable[[Connection, Actor], int], told: Callable[[int], str]) -> None:
        """Do a step that changes no row of the list, and say what came of it."""
        done = await self._app.perform(work)
        if done is not None:
            self._app.left.append([])
            self._app.say(told(done))

    # Views.

    async def ask_view(self) -> None:
        """Ask which view the list should show; each says how many it holds."""

        now, zone, me = self._app.clock.now(), self._app.zone, self._app.backend.actor
        shown = self._app.desk.mentions.filter_text

        def read(conn: Connection) -> list[tuple[View, str]]:
            found = views.select(conn, me.member_id if me else None)[: MOST_CHOICES - 1]
            return [(one, _holds(conn, one, now, me, zone)) for one in found]

        found = await self._read(read)
        if found is None:
            return
        choices = [Choice("", _("all that are open"), formats.number(self._app.desk.mentions.open_count))]
        choices += [Choice(one.query, one.name, count) for one, count in found]
        for_me = {f"{_NOTE}{one.id}": one for one in self._app.notes_for_me[: MOST_CHOICES - len(choices)]}
        choices += [
            Choice(key, _("note by {who}").format(who=one.who), fit(literal(one.body), 30).rstrip())
            for key, one in for_me.items()
        ]

        def chosen(text: str | None) -> None:
            if text in for_me:
                self._to_note(for_me[text])
            elif text is not None:
                self._app.desk.mentions.set_filter(text)

        self._app.push_screen(Picker(_("Which view?"), choices, shown), chosen)

    def _to_note(self, note: Note) -> None:
        """Show what a note is about."""

        if note.mention_id is not None:
            self._app.push_screen(MentionScreen(note.mention_id))
        else:
            # A note on a person has no mention to go to; to have read it here is enough.
            self._app.say(f"{note.who}: {note.body}")
            self._app.seen_notes([note.id])

    # Words.

    def reply(self, mention_id: int, *, saved_first: bool = False) -> None:
        """Write a reply."""

        def ended(sent: bool | None) -> None:
            if sent:
                # On to the next mention; what an undo could put on the screen by itself is another step now.
                self._app.left.append([])
                self._app.say(_("queued; {key} takes it back for ten seconds").format(key=self._app.key_of("undo")))
                self._app.desk.mentions.action_move(1)

        self._app.push_screen(Composer(mention_id, saved_first=saved_first), ended)

    def show_person(self, mention_id: int) -> None:
        """Show who wrote it."""

        self._app.push_screen(PersonScreen(mention_id))

    def ask_note(self, mention_id: int) -> None:
        """Ask for a note on a mention."""

        def typed(value: str | None) -> None:
            if value is not None:
                self._app.spawn(self._note(mention_id, value))

        self._app.push_screen(Ask(_("A note for the team; @name tells a member"), lambda _text: ""), typed)

    async def _note(self, mention_id: int, text: str) -> None:
        now = self._app.clock.now()
        done = await self._app.perform(lambda conn, actor: notes.add(conn, actor, now, text, mention_id=mention_id))
        if done is None:
            return
        self._app.left.append([])
        told = ", ".join(done.told)
        self._app.say(_("noted; {names} will see it").format(names=told) if told else _("noted"))


def _holds(conn: Connection, view: View, now: datetime, me: Actor | None, zone: tzinfo) -> str:
    """How many mentions a view holds, for its line; nothing where its query can't be read any more."""
    try:
        n, more = finding.count(conn, parse(view.query, finding.names(conn)), now=now, me=me, zone=zone)
    except QueryError:
        return "?"
    return formats.number(n) + ("+" if more else "")
