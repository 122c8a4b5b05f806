"""Steps with mentions that ask first: who takes them, which label, until when."""

from __future__ import annotations

from datetime import datetime

from smdash.core import formats
from smdash.core.errors import InputError
from smdash.core.records import Member, Mention, Snooze
from smdash.core.snooze import parse_snooze
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import members, triage
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker
from smdash.tui.triage_steps import Steps

# What the picker offers first, as it would be typed.
_SNOOZES = ("1h", "3h", "tomorrow 9", "mon 9", "1w", "reply")
_OTHER = "other"
_NOBODY = "nobody"


class Asking(Steps):
    """``Acts`` puts it together with words."""

    async def ask_assignee(self, ids: list[int]) -> None:
        """Ask who should have mentions."""

        found = await self._read(lambda conn: [one for one in members.select(conn) if one.left_at is None])
        if found is None:
            return
        me = self._app.backend.actor
        found.sort(key=lambda one: (me is None or one.id != me.member_id, one.name.lower()))
        known = {str(one.id): one for one in found[: MOST_CHOICES - 1]}
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
            lambda conn, actor, ids, step: triage.assign(conn, actor, ids, member_id, now, seen=seen, step=step),
            lambda _n: words,
        )  # fmt: skip

    async def ask_label(self, ids: list[int]) -> None:
        """Ask for a label, and put it on or, where all have it, take it off."""

        found = await self._read(triage.labels)
        if found is None:
            return
        rows = self._rows(ids)
        worn = {name for row in rows for name in row.labels if all(name in other.labels for other in rows)}
        mark = self._app.desk.mentions.glyphs.sent
        choices = [Choice(name, name, mark if name in worn else "") for name in found[: MOST_CHOICES - 1]]
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
            ids, {"labels": change},
            lambda conn, actor, ids, step: triage.label(conn, actor, ids, name, on, now, step=step),
            lambda _n: words.format(name=name),
        )  # fmt: skip

    async def ask_snooze(self, ids: list[int]) -> None:
        """Ask until when mentions should be put aside."""

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
            ids,
            lambda conn, actor, ids, step: triage.snooze(conn, actor, ids, asked.how, until, now, seen=seen, step=step),
            lambda _n: words,
        )

    def _ask_about(self, words: str, ids: list[int]) -> str:
        if len(ids) == 1:
            return words
        return words + " " + ngettext("({n} mention)", "({n} mentions)", len(ids)).format(n=len(ids))


def _one_word(text: str) -> str:
    if any(letter in text for letter in ' ,"'):
        raise InputError(_("“{name}” is no label; expected one word").format(name=text))
    return ""
