"""Triage from the keyboard: what the keys of a mention do with one row or all marked ones.

Each is on the screen at once and one short transaction a moment later; what another member did meanwhile is not
overwritten, and the remark says who was faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from smdash.core import formats
from smdash.core.errors import InputError, SmdashError
from smdash.core.query import QueryError, parse
from smdash.core.records import Member, Mention, MentionState, Snooze
from smdash.core.snooze import parse_snooze
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import finding, members, moderation, notes, people, triage, views
from smdash.store.notes import Note
from smdash.store.steps import Stepped
from smdash.store.views import View
from smdash.tui.cells import fit, literal
from smdash.tui.screens.picker import HOT_KEYS
from smdash.tui.triage_keys import TriageKeys

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection
    from smdash.tui.app import DeskApp
    from smdash.tui.widgets.rows import Item

    Work = Callable[[Connection, Actor], Stepped]

# What the picker offers first, as it would be typed.
_SNOOZES = ("1h", "3h", "tomorrow 9", "mon 9", "1w", "reply")
_OTHER = "other"
_NOBODY = "nobody"
# What a note's line of the picker gives begins so, which no query does.
_NOTE = "\x00note "
# A picker holds as many lines as it has keys.
_MOST = 16


class Acts:
    """What the keys of a mention do; imported when the first of them is pressed, or once the first picture stands."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        # What `.` does again, with other rows.
        self._again: Callable[[list[int]], None] | None = None

    # The way all of them take.

    def _off_screen(self, ids: list[int], work: Work, told: Callable[[int], str]) -> None:
        """A step that takes rows off the list."""
        left = self._app.desk.mentions.leave(ids)
        self._app.left.append(left)
        for screen in self._app.screen_stack:
            if isinstance(screen, TriageKeys):
                screen.leave(ids)
        self._app.spawn(self._step(ids, work, told, left))

    def _on_screen(self, ids: list[int], change: dict[str, Any], work: Work, told: Callable[[int], str]) -> None:
        """A step that changes how rows look."""
        self._app.desk.mentions.alter(ids, change)
        # Undo finds nothing of this step that it could put on the screen by itself.
        self._app.left.append([])
        self._app.spawn(self._step(ids, work, told, None))

    async def _step(self, ids: list[int], work: Work, told: Callable[[int], str], left: list[Item] | None) -> None:
        done = await self._app.perform(work)
        self._app.attention.own_step()
        written = done is not None and not done.faster and done.changed > 0
        self._app.desk.mentions.settle(ids, written=written)
        if not written and left is not None and left in self._app.left:
            self._app.left.remove(left)
        if done is None:
            return
        if done.faster:
            names = ", ".join(sorted(set(done.faster.values())))
            words = ngettext(
                "{who} was faster: {n} row stays as it is", "{who} was faster: {n} rows stay as they are",
                len(done.faster),
            )  # fmt: skip
            self._app.say(words.format(who=names, n=len(done.faster)), "warning")
        elif words := told(done.changed):
            self._app.say(words)

    def repeat(self, ids: list[int]) -> None:
        """Do the last thing again, with these rows."""
        if self._again is None:
            self._app.say(_("there is nothing to repeat yet"))
        elif ids:
            self._again(ids)

    # What needs no question.

    def finish(self, ids: list[int]) -> None:
        """Set mentions to done, or open those again that are done."""
        self._again = self.finish
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        if all(row.state == MentionState.DONE for row in self._rows(ids)) and self._rows(ids):
            self._off_screen(
                ids, lambda conn, actor: triage.reopen(conn, actor, ids, now, seen=seen),
                lambda n: ngettext("{n} mention open again", "{n} mentions open again", n).format(n=n),
            )  # fmt: skip
            return
        self._off_screen(
            ids, lambda conn, actor: triage.finish(conn, actor, ids, now, seen=seen),
            lambda n: ngettext("{n} mention done", "{n} mentions done", n).format(n=n) if len(ids) > 1 else "",
        )  # fmt: skip

    def take(self, ids: list[int]) -> None:
        """Assign mentions to oneself."""
        self._again = self.take
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        me = self._app.backend.actor
        look = {"assignee": me.name, "assignee_id": me.member_id} if me else {}
        self._on_screen(
            ids, look, lambda conn, actor: triage.assign(conn, actor, ids, actor.member_id, now, seen=seen),
            lambda n: ngettext("{n} mention is yours", "{n} mentions are yours", n).format(n=n),
        )  # fmt: skip

    def raise_priority(self, ids: list[int]) -> None:
        """One step more urgent; from the most urgent back to normal."""
        present = [row.priority for row in self._rows(ids)]
        wanted = (max(present, default=0) + 1) % len(triage.PRIORITIES)
        self._set_priority(ids, wanted)

    def _set_priority(self, ids: list[int], wanted: int) -> None:
        self._again = lambda others: self._set_priority(others, wanted)
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        words = (_("normal again"), _("high"), _("urgent"))[wanted]
        self._on_screen(
            ids, {"priority": wanted},
            lambda conn, actor: triage.set_priority(conn, actor, ids, wanted, now, seen=seen), lambda _n: words,
        )  # fmt: skip

    def star(self, ids: list[int]) -> None:
        """Star mentions; where all have one, take it away."""
        on = not all(row.star for row in self._rows(ids))
        self._star(ids, on)

    def _star(self, ids: list[int], on: bool) -> None:
        self._again = lambda others: self._star(others, on)
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        self._on_screen(
            ids, {"star": on}, lambda conn, actor: triage.star(conn, actor, ids, on, now, seen=seen), lambda _n: ""
        )

    # What asks first.

    async def ask_assignee(self, ids: list[int]) -> None:
        """Ask who should have mentions."""
        from smdash.tui.screens.picker import Choice, Picker

        found = await self._read(lambda conn: [one for one in members.select(conn) if one.left_at is None])
        if found is None:
            return
        me = self._app.backend.actor
        found.sort(key=lambda one: (me is None or one.id != me.member_id, one.name.lower()))
        known = {str(one.id): one for one in found[:_MOST]}
        choices = [*(Choice(key, one.name, one.login) for key, one in known.items()), Choice(_NOBODY, _("nobody"))]

        def chosen(value: str | None) -> None:
            if value is not None:
                self._assign(ids, known.get(value))

        self._app.push_screen(Picker(self._ask_about(_("Who takes it?"), ids), choices), chosen)

    def _assign(self, ids: list[int], member: Member | None) -> None:
        self._again = lambda others: self._assign(others, member)
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        member_id = member.id if member else None
        words = _("assigned to {name}").format(name=member.name) if member else _("assigned to nobody")
        self._on_screen(
            ids, {"assignee": member.name if member else None, "assignee_id": member_id},
            lambda conn, actor: triage.assign(conn, actor, ids, member_id, now, seen=seen), lambda _n: words,
        )  # fmt: skip

    async def ask_label(self, ids: list[int]) -> None:
        """Ask for a label, and put it on or, where all have it, take it off."""
        from smdash.tui.screens.ask import Ask
        from smdash.tui.screens.picker import Choice, Picker

        found = await self._read(triage.labels)
        if found is None:
            return
        rows = self._rows(ids)
        worn = {name for row in rows for name in row.labels if all(name in other.labels for other in rows)}
        mark = self._app.desk.mentions.glyphs.sent
        choices = [Choice(name, name, mark if name in worn else "") for name in found[:_MOST]]
        choices.append(Choice("", _("another label…")))

        def chosen(value: str | None) -> None:
            if value == "":
                self._app.push_screen(Ask(self._ask_about(_("Which label?"), ids), _one_word), typed)
            elif value is not None:
                self._label(ids, value, value not in worn)

        def typed(value: str | None) -> None:
            if value is not None:
                self._label(ids, value, True)

        self._app.push_screen(Picker(self._ask_about(_("Which label?"), ids), choices), chosen)

    def _label(self, ids: list[int], name: str, on: bool) -> None:
        self._again = lambda others: self._label(others, name, on)
        now = self._app.clock.now()
        words = _("labelled {name}") if on else _("label {name} taken off")

        def change(row: Mention) -> tuple[str, ...]:
            rest = [one for one in row.labels if one.lower() != name.lower()]
            return tuple(sorted([*rest, name] if on else rest))

        self._on_screen(
            ids, {"labels": change}, lambda conn, actor: triage.label(conn, actor, ids, name, on, now),
            lambda _n: words.format(name=name),
        )  # fmt: skip

    async def ask_snooze(self, ids: list[int]) -> None:
        """Ask until when mentions should be put aside."""
        from smdash.tui.screens.ask import Ask
        from smdash.tui.screens.picker import Choice, Picker

        choices = [Choice(text, self._snooze_words(text), self._snooze_moment(text)) for text in _SNOOZES]
        choices.append(Choice(_OTHER, _("another time…")))

        def chosen(value: str | None) -> None:
            if value == _OTHER:
                hint = _("3h, tomorrow 9, Mon 09:00, 2026-11-30 08:00, reply; hard: whatever comes")
                self._app.push_screen(
                    Ask(self._ask_about(_("Until when?"), ids), self._snooze_moment, hint=hint), typed
                )
            elif value is not None:
                self._snooze(ids, value)

        def typed(value: str | None) -> None:
            if value is not None:
                self._snooze(ids, value)

        self._app.push_screen(Picker(self._ask_about(_("Until when?"), ids), choices), chosen)

    def _snooze_words(self, text: str) -> str:
        return {
            "1h": _("for an hour"), "3h": _("for three hours"), "tomorrow 9": _("until tomorrow morning"),
            "mon 9": _("until Monday morning"), "1w": _("for a week"), "reply": _("until they write again"),
        }[text]  # fmt: skip

    def _snooze_moment(self, text: str) -> str:
        """The exact time that a text means, for people. Raises InputError."""
        asked = parse_snooze(text, self._app.zone, self._app.clock.now())
        if asked.until is None:
            return "" if text in _SNOOZES else _("until they write again")
        moment = formats.short_moment(asked.until, self._app.zone)
        return moment + (_(", whatever comes") if asked.how is Snooze.HARD else "")

    def _snooze(self, ids: list[int], text: str) -> None:
        now, seen = self._app.clock.now(), self._app.desk.mentions.seen
        try:
            asked = parse_snooze(text, self._app.zone, now)
        except InputError as problem:
            self._app.say(str(problem), "error")
            return
        self._again = lambda others: self._snooze(others, text)
        until: datetime | None = asked.until
        words = (
            _("put aside until they write again") if until is None
            else _("put aside until {moment}").format(moment=formats.short_moment(until, self._app.zone))
        )  # fmt: skip
        self._off_screen(
            ids, lambda conn, actor: triage.snooze(conn, actor, ids, asked.how, until, now, seen=seen), lambda _n: words
        )

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
        from smdash.tui.screens.picker import Choice, Picker

        now, zone, me = self._app.clock.now(), self._app.zone, self._app.backend.actor
        shown = self._app.desk.mentions.filter_text

        def read(conn: Connection) -> list[tuple[View, str]]:
            found = views.select(conn, me.member_id if me else None)[:_MOST]
            return [(one, _holds(conn, one, now, me, zone)) for one in found]

        found = await self._read(read)
        if found is None:
            return
        choices = [Choice("", _("all that are open"), formats.number(self._app.desk.mentions.open_count))]
        choices += [Choice(one.query, one.name, count) for one, count in found]
        for_me = {f"{_NOTE}{one.id}": one for one in self._app.notes_for_me[: len(HOT_KEYS) - len(choices)]}
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
        from smdash.tui.screens.details import MentionScreen

        if note.mention_id is not None:
            self._app.push_screen(MentionScreen(note.mention_id))
        else:
            # A note on a person has no mention to go to; to have read it here is enough.
            self._app.say(f"{note.who}: {note.body}")
            self._app.seen_notes([note.id])

    # Words.

    def reply(self, mention_id: int, *, saved_first: bool = False) -> None:
        """Write a reply."""
        from smdash.tui.screens.composer import Composer

        def ended(sent: bool | None) -> None:
            if sent:
                # On to the next mention; what an undo could put on the screen by itself is another step now.
                self._app.left.append([])
                self._app.say(_("queued; {key} takes it back for ten seconds").format(key=self._app.key_of("undo")))
                self._app.desk.mentions.action_move(1)

        self._app.push_screen(Composer(mention_id, saved_first=saved_first), ended)

    def show_person(self, mention_id: int) -> None:
        """Show who wrote it."""
        from smdash.tui.screens.person import PersonScreen

        self._app.push_screen(PersonScreen(mention_id))

    def ask_note(self, mention_id: int) -> None:
        """Ask for a note on a mention."""
        from smdash.tui.screens.ask import Ask

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

    # Small things.

    async def _read(self, work: Callable[[Connection], Any]) -> Any:
        """Read something small; what refuses it is said, and ``None`` comes back."""
        try:
            return await self._app.backend.read(work)
        except SmdashError as problem:
            self._app.say(str(problem), "error")
            return None

    def _rows(self, ids: Sequence[int]) -> list[Mention]:
        return [row for one in ids if (row := self._app.desk.mentions.whole(one)) is not None]

    def _ask_about(self, words: str, ids: list[int]) -> str:
        if len(ids) == 1:
            return words
        return words + " " + ngettext("({n} mention)", "({n} mentions)", len(ids)).format(n=len(ids))


def _one_word(text: str) -> str:
    if any(letter in text for letter in ' ,"'):
        raise InputError(_("“{name}” is no label; expected one word").format(name=text))
    return ""


def _holds(conn: Connection, view: View, now: datetime, me: Actor | None, zone: tzinfo) -> str:
    """How many mentions a view holds, for its line; nothing where its query can't be read any more."""
    try:
        n, more = finding.count(conn, parse(view.query, finding.names(conn)), now=now, me=me, zone=zone)
    except QueryError:
        return "?"
    return formats.number(n) + ("+" if more else "")
