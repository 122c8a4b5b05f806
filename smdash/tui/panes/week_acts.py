"""What is done with the entries of a week: other times, another activity, notes, brands, campaigns, cut, taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from smdash.core import formats, labels
from smdash.core.clock import Span
from smdash.core.edges import Edges, Typed, edges_text, parse_edges
from smdash.core.errors import InputError, SmdashError
from smdash.core.records import TimeEntry
from smdash.locale import gettext as _
from smdash.store import time_entries
from smdash.tui.cells import literal
from smdash.tui.panes.week_days import WeekDays
from smdash.tui.panes.week_rows import Row
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

T = TypeVar("T")

# Campaigns are offered from so long before they begin until so long after they end.
NEAR = timedelta(days=30)
NONE, OTHER = "", "\0other"


class WeekActs(WeekDays):
    """Each writes one short step that undo knows; the cursor goes with its entry."""

    # Which entry a key means.

    def chosen(self) -> TimeEntry | None:
        """The entry under the cursor, that counts; what else is there is said."""
        row = self._chosen_row()
        if row is None or row.entry is None:
            return None
        if row.is_proposed:
            words = _("this is proposed and does not count yet; {key} lets it count, then it can be changed")
            self.host.say(words.format(key=self.host.key_of("week.accept")))
            return None
        return row.entry

    def _chosen_row(self) -> Row | None:
        row = self.row
        if row is not None and row.entry is not None:
            return row
        if self.of_team:
            self._say_team()
        elif row is not None:
            self.host.say(_("nothing is written down here yet; {key} does").format(key=self.host.key_of("week.log")))
        elif self.activity:
            self.host.say(
                _("there is no {activity} on {day} yet; {key} writes some down").format(
                    activity=labels.activity(self.activity), day=formats.date_words(self.day),
                    key=self.host.key_of("week.log"),
                )
            )  # fmt: skip
        return None

    def _say_team(self) -> None:
        self.host.say(
            _("everybody's entries are their own; {key} shows yours").format(key=self.host.key_of("week.whose"))
        )

    def _named(self, one: TimeEntry) -> str:
        """``conversation 09:10-11:00``."""
        return f"{labels.activity(one.activity)} {edges_text(Edges(one.started_at, one.ended_at), self.host.zone)}"

    async def _write(self, work: Callable[[Connection, Actor], T]) -> T | None:
        done = await self.host.perform(work)
        if done is not None:
            # What an undo could put on the screen by itself is another step now.
            self.host.left.append([])
        return done

    def _edit(self, entry_id: int, **wishes: object) -> None:
        """Write these wishes; what they come to is said."""
        now = self.now

        async def edit() -> None:
            done = await self._write(
                lambda conn, actor: time_entries.edit(conn, actor, entry_id, now, **wishes)  # type: ignore[arg-type]
            )
            if done is not None:
                self.host.say(self._named(done))
                self.follow(entry_id)

        self.host.spawn(edit())

    # Times.

    def action_edit(self) -> None:
        """Times and note on one line."""
        if (one := self.chosen()) is not None:
            self._ask_edges(one, with_note=True)

    def action_times(self) -> None:
        if (one := self.chosen()) is not None:
            self._ask_edges(one, with_note=False)

    def _ask_edges(self, one: TimeEntry, *, with_note: bool) -> None:
        old, zone = Edges(one.started_at, one.ended_at), self.host.zone
        day = one.started_at.astimezone(zone).date()
        # As the line holds it; left so, the note stays whatever it is, line ends and all.
        note = _on_a_line(one.note)

        def typed(text: str) -> Typed:
            return parse_edges(text, day, old, zone, self.now)

        def take(text: str | None) -> None:
            found = self._taken(typed, text)
            if found is None:
                return
            wishes: dict[str, object] = {}
            if found.start != old.start:
                wishes["started_at"] = found.start
            if found.end != old.end:
                wishes["ended_at"] = found.end
            said = found.note if found.note is not None or not with_note else ""
            if said is not None and said != note:
                wishes["note"] = said
            if wishes:
                self._edit(one.id, **wishes)

        value = edges_text(old, zone) + (f" {note}" if with_note and note else "")
        asked = _("{activity}, {day}: its times and a note") if with_note else _("{activity}, {day}: its times")
        asked = asked.format(activity=labels.activity(one.activity), day=formats.date_words(day))
        hint = _("09:10-11:00, -11:00, 09:10 45m, +15m, -10m")
        self.host.push_screen(Ask(asked, lambda text: self._means(typed(text)), value=value, hint=hint), take)

    def _taken(self, typed: Callable[[str], Typed], text: str | None) -> Typed | None:
        """What was typed and could be taken a moment ago; the clock may have been set back since."""
        try:
            return None if text is None else typed(text)
        except InputError as problem:
            self.host.say(str(problem), "error")
            return None

    def _means(self, found: Typed) -> str:
        """What was typed would come to: ``Mon 23 Nov 09:10–11:00 · 1:50``."""
        if found.start is None:
            return ""
        zone, end = self.host.zone, found.end or self.now
        last = formats.clock_time(end, zone) if found.end else _("now")
        if end.astimezone(zone).date() != found.start.astimezone(zone).date():
            last = f"{formats.short_day(end, zone)} {last}"
        first = f"{formats.short_day(found.start, zone)} {formats.clock_time(found.start, zone)}"
        return f"{first}–{last} · {formats.hours_minutes(max(end - found.start, timedelta()))}"

    def action_split(self) -> None:
        """Cut the entry in two, at a time within it."""
        if (one := self.chosen()) is None:
            return
        zone = self.host.zone
        day = one.started_at.astimezone(zone).date()
        edges = Edges(one.started_at, one.ended_at)

        def typed(text: str) -> Typed:
            wrong = _("“{text}” is no time within the entry; expected one such as 10:15").format(text=text.strip())
            if text.strip()[:1] in ("+", "-", "−"):
                raise InputError(wrong)
            try:
                found = parse_edges(f"-{text}", day, edges, zone, self.now)
            except InputError as problem:
                raise InputError(wrong) from problem
            if found.note is not None:
                raise InputError(wrong)
            return found

        def means(text: str) -> str:
            cut = typed(text).end
            return _("cut at {time}").format(time=formats.short_moment(cut, zone)) if cut else ""

        def take(text: str | None) -> None:
            found = self._taken(typed, text)
            if found is not None and (cut := found.end) is not None:
                now = self.now
                self.host.spawn(split(lambda conn, actor: time_entries.split(conn, actor, one.id, cut, now)))

        async def split(work: Callable[[Connection, Actor], tuple[int, int]]) -> None:
            if (done := await self._write(work)) is not None:
                self.host.say(_("cut in two"))
                self.follow(done[1])

        self.host.push_screen(
            Ask(_("{entry}: cut it where?").format(entry=self._named(one)), means, hint="10:15"), take
        )

    # What it is for.

    def action_activity(self) -> None:
        row = self._chosen_row()
        if row is None or row.entry is None:
            return
        one = row.entry

        def chosen(key: str | None) -> None:
            if key is not None and row.is_proposed:
                self._accept(one, key)
            elif key is not None and key != one.activity:
                self._edit(one.id, activity=key)

        self._ask_activity(_("{entry}: which activity?").format(entry=self._named(one)), one.activity, chosen)

    def _ask_activity(self, asked: str, at: str, chosen: Callable[[str | None], None]) -> None:
        targets = self._snapshot.pace.targets if self._snapshot else ()
        choices = [Choice(one.key, labels.activity(one.key)) for one in targets]
        if choices:
            self.host.push_screen(Picker(asked, choices, at), chosen)

    def action_note(self) -> None:
        if (one := self.chosen()) is None:
            return
        note = _on_a_line(one.note)

        def take(text: str | None) -> None:
            if text is not None and text != note:
                self._edit(one.id, note=text)

        asked = _("{entry}: a note").format(entry=self._named(one))
        self.host.push_screen(Ask(asked, lambda _text: "", value=note, empties=True), take)

    def action_entry_brand(self) -> None:
        if (one := self.chosen()) is None:
            return
        known = self._snapshot.brands if self._snapshot else ()
        if not known:
            self.host.say(_("there is no brand yet; add one with: smdash brand add"))
            return
        choices = [Choice(name, literal(name)) for name in known]
        if len(choices) >= MOST_CHOICES:
            choices[MOST_CHOICES - 2 :] = [Choice(OTHER, _("another…"))]
        choices.append(Choice(NONE, _("none")))
        asked = _("{entry}: which brand?").format(entry=self._named(one))

        def take(name: str | None) -> None:
            if name == OTHER:
                self.host.push_screen(Ask(asked, lambda _text: ""), take)
            elif name is not None and name != (one.brand or NONE):
                self._edit(one.id, brand=name)

        self.host.push_screen(Picker(asked, choices, one.brand or NONE), take)

    def action_entry_campaign(self) -> None:
        if (one := self.chosen()) is not None:
            self.host.spawn(self._ask_campaign(one))

    async def _ask_campaign(self, one: TimeEntry) -> None:
        from smdash.store import campaigns

        start, now = one.started_at, self.now
        try:
            found = await self.host.backend.read(lambda conn: campaigns.select(conn, ending_after=start - NEAR))
        except SmdashError as problem:
            self.host.say(str(problem), "error")
            return
        end = one.ended_at or now
        near = sorted(
            (each for each in found if each.starts_at < end + NEAR),
            key=lambda each: (not each.starts_at <= start < each.ends_at, abs(each.starts_at - start)),
        )
        choices = [Choice(each.name, literal(each.name)) for each in near[: MOST_CHOICES - 2]]
        choices += [Choice(NONE, _("none")), Choice(OTHER, _("another…"))]
        asked = _("{entry}: which campaign?").format(entry=self._named(one))

        def named(name: str | None) -> None:
            if name is not None and name != (one.campaign or NONE):
                self._edit(one.id, campaign=name)

        def chosen(name: str | None) -> None:
            if name == OTHER:
                self.host.push_screen(Ask(asked, lambda _text: ""), named)
            else:
                named(name)

        self.host.push_screen(Picker(asked, choices, one.campaign or NONE), chosen)

    # Written down, let count, taken away.

    def action_log(self) -> None:
        """Write time down: in the gap under the cursor, else in the day's first gap."""
        if self.of_team:
            self._say_team()
            return
        rows = self.rows()
        gap = next((one for one in rows if one.key == self.key and one.entry is None), None)
        if self.inside and gap is not None:
            day = self.day
            self._ask_activity(
                _("Which activity was it?"), self.activity,
                lambda key: self._ask_log(key, day, gap) if key is not None else None,
            )  # fmt: skip
        elif self.activity:
            self._ask_log(self.activity, self.day, next((one for one in rows if one.entry is None), None))

    def _ask_log(self, activity: str, day: date, gap: Row | None) -> None:
        zone = self.host.zone
        # What is left as it is offered keeps the edges of the gap to the second.
        edges = Edges(gap.span.start, gap.span.end) if gap else Edges()

        def typed(text: str) -> Typed:
            found = parse_edges(text, day, edges, zone, self.now)
            if found.end is None:
                raise InputError(_("“{text}” does not say when it ended; expected 09:10-11:00").format(text=text))
            return found

        def take(text: str | None) -> None:
            found = self._taken(typed, text)
            if found is not None and found.start is not None and found.end is not None:
                self._log(activity, Span(found.start, found.end), found.note)

        def means(text: str) -> str:
            # Where a gap is offered the question itself is not seen.
            meant = self._means(typed(text))
            return f"{labels.activity(activity)} · {meant}" if meant else ""

        asked = _("{activity}, {day}: from when to when? A note may follow").format(
            activity=labels.activity(activity), day=formats.date_words(day)
        )
        self.host.push_screen(
            Ask(asked, means, value=edges_text(edges, zone) if gap else "",
                hint=_("09:10-11:00 or 09:10 45m, and a note")), take,
        )  # fmt: skip

    def _log(self, activity: str, span: Span, note: str | None) -> None:
        now, brand = self.now, self.brand or None

        async def log() -> None:
            done = await self._write(
                lambda conn, actor: time_entries.log(conn, actor, now, activity, span, note, brand=brand)
            )
            if done is not None:
                words = f"{labels.activity(activity)} {edges_text(Edges(*span), self.host.zone)}"
                self.host.say(_("written down: {entry}").format(entry=words))
                self.follow(done)

        self.host.spawn(log())

    def action_accept(self) -> None:
        """Let a proposed entry count."""
        row = self._chosen_row()
        if row is None or row.entry is None:
            return
        if not row.is_proposed:
            self.host.say(_("this counts already"))
            return
        self._accept(row.entry, None)

    def _accept(self, one: TimeEntry, activity: str | None) -> None:
        now = self.now

        async def accept() -> None:
            done = await self._write(
                lambda conn, actor: time_entries.confirm(conn, actor, [one.id], now, activity=activity)
            )
            if done:
                self.host.say(_("counted: {entry}").format(entry=self._named(one._replace(
                    activity=activity or one.activity))))  # fmt: skip
                self.follow(one.id)

        self.host.spawn(accept())

    def action_remove(self) -> None:
        """Take the entry away; a proposed one is not proposed again."""
        row = self._chosen_row()
        if row is None or row.entry is None:
            return
        one, now, is_proposed = row.entry, self.now, row.is_proposed

        def remove(conn: Connection, actor: Actor) -> int:
            if is_proposed:
                from smdash.store import proposals

                return proposals.drop(conn, actor, [one.id], now)
            return time_entries.remove(conn, actor, [one.id], now)

        async def write() -> None:
            if await self._write(remove):
                self.host.say(
                    _("taken away: {entry}; {key} brings it back").format(
                        entry=self._named(one), key=self.host.key_of("undo")
                    )
                )
                self.reload()

        self.host.spawn(write())


def _on_a_line(note: str | None) -> str:
    """A note as it is edited."""
    return " ".join(literal(note or "").split())
