"""The timer's keys, in any place: one switches the activity, the other has a menu of all that the timer can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from smdash.core import formats, labels
from smdash.core.edges import parse_since
from smdash.core.errors import InputError
from smdash.core.records import ActivityHours, Running
from smdash.locale import gettext as _
from smdash.store import time_entries
from smdash.tui.cells import literal
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection
    from smdash.tui.app import DeskApp

T = TypeVar("T")

# Cells of a note in the menu.
MOST_NOTE = 30


class Timer:
    """``DeskApp.timer``. What runs is what the pane of hours last read; the store has the last word."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    # What is known.

    def _running(self) -> Running | None:
        found = self._app.desk.hours.week_hours()
        return found.running if found else None

    def _activities(self) -> tuple[ActivityHours, ...]:
        found = self._app.desk.hours.week_hours()
        return found.activities if found else ()

    def _for(self, running: Running) -> str:
        """``0:42``: for how long it has been running."""
        return formats.hours_minutes(max(self._app.clock.now() - running.started_at, timedelta()))

    def _clock(self, moment: datetime) -> str:
        """The time of day, and the day where it is another one."""
        zone = self._app.zone
        if moment.astimezone(zone).date() == self._app.clock.now().astimezone(zone).date():
            return formats.clock_time(moment, zone)
        return f"{formats.short_day(moment, zone)} {formats.clock_time(moment, zone)}"

    async def _write(self, work: Callable[[Connection, Actor], T]) -> T | None:
        done = await self._app.perform(work)
        if done is not None:
            # What an undo could put on the screen by itself is another step now.
            self._app.left.append([])
        return done

    # Switching.

    def switch(self, at: str | None = None) -> None:
        """Ask which activity runs from now on; the cursor is *at* this one, or on what runs."""
        running = self._running()

        def chosen(key: str | None) -> None:
            if key is None:
                return
            if running is not None and key == running.activity:
                self._app.say(
                    _("{activity} has been running since {time}; {key} has more").format(
                        activity=labels.activity(key), time=self._clock(running.started_at),
                        key=self._app.key_of("hours.stop"),
                    )
                )  # fmt: skip
                return
            self._app.spawn(self._start(key, None))

        self._ask_activity(_("Which activity now?"), chosen, running, at)

    def _ask_activity(
        self, asked: str, chosen: Callable[[str | None], None], running: Running | None, at: str | None = None
    ) -> None:
        mark = self._app.glyphs.running
        choices = []
        for one in self._activities():
            runs = f"{mark} {self._for(running)}  " if running and running.activity == one.key else ""
            done = f"{formats.hours(one.done_minutes)}/{formats.hours(one.target_minutes)}"
            # The pane may show another week, or the team's hours.
            figure = runs + (done if self._app.desk.hours.is_own_now else "")
            choices.append(Choice(one.key, labels.activity(one.key), figure.rstrip()))
        if choices:
            self._app.push_screen(Picker(asked, choices, at or (running.activity if running else None)), chosen)
        else:
            self._app.say(_("the team has no activities; add some with: smdash team edit"))

    async def _start(self, key: str, at: datetime | None) -> None:
        now = self._app.clock.now()
        found = await self._write(lambda conn, actor: time_entries.start(conn, actor, now, key, at=at))
        if found is None:
            return
        self._app.desk.hours.runs(found)
        words = _("{activity} is running").format(activity=labels.activity(found.activity))
        if found.started_at < now:
            words = _("{activity} is running since {time}").format(
                activity=labels.activity(found.activity), time=self._clock(found.started_at)
            )
        self._app.say(words)

    # The menu.

    def menu(self) -> None:
        """All that the timer can do, each by one key; the menu's own key, or enter, stops what runs."""
        running = self._running()
        own = self._app.keys_of("hours.stop")
        again = own[0] if own and len(own[0]) == 1 else "T"
        if running is None:
            title = _("Nothing runs")
            choices = [
                Choice("start", _("start at…"), key="s"),
                Choice("resume", _("resume the last one"), key="r"),
            ]
        else:
            title = _("{activity} since {time} · {span}").format(
                activity=labels.activity(running.activity), time=self._clock(running.started_at),
                span=self._for(running),
            )  # fmt: skip
            note = " ".join(literal(running.note or "").split())
            choices = [
                Choice("stop", _("stop now"), key=again),
                Choice("stop_at", _("stop at…"), key="e"),
                Choice("start", _("start another at…"), key="s"),
                Choice("edge", _("move its start…"), key="m"),
                Choice("note", _("note…"), note if len(note) <= MOST_NOTE else note[: MOST_NOTE - 1] + "…", key="c"),
            ]

        def chosen(what: str | None) -> None:
            match what:
                case "start":
                    self._ask_start()
                case "resume":
                    self._app.spawn(self._resume())
                case "stop":
                    self._app.spawn(self._stop(None))
                case "stop_at":
                    self._ask_stop()
                case "edge" if running is not None:
                    self._ask_edge(running)
                case "note" if running is not None:
                    self._ask_note(running)

        self._app.push_screen(Picker(title, choices), chosen)

    async def _stop(self, at: datetime | None) -> None:
        now = self._app.clock.now()
        found = await self._write(lambda conn, actor: time_entries.stop(conn, actor, now, at=at))
        if found is not None:
            self._app.desk.hours.runs(None)
            span = formats.hours_minutes(max((at or now) - found.started_at, timedelta()))
            self._app.say(_("{activity}: {span}").format(activity=labels.activity(found.activity), span=span))

    async def _resume(self) -> None:
        now = self._app.clock.now()
        found = await self._write(lambda conn, actor: time_entries.resume(conn, actor, now))
        if found is not None:
            self._app.desk.hours.runs(found)
            self._app.say(_("{activity} is running").format(activity=labels.activity(found.activity)))

    def _ask_moment(
        self, asked: str, means: Callable[[datetime], str], take: Callable[[datetime], None],
        old: datetime | None = None,
    ) -> None:  # fmt: skip
        """Ask for a time that is over; *old* is the one that is moved."""
        zone = self._app.zone

        def read(text: str) -> datetime:
            return parse_since(text, zone, self._app.clock.now(), old)

        def taken(text: str | None) -> None:
            if text is None:
                return
            try:
                moment = read(text)
            except InputError as problem:  # the clock was set back since enter was pressed
                self._app.say(str(problem), "error")
            else:
                take(moment)

        hint = _("09:10, +5m, -10m") if old else _("09:10, or 15m for 15 minutes ago")
        value = formats.clock_time(old, zone) if old else ""
        self._app.push_screen(Ask(asked, lambda text: means(read(text)), value=value, hint=hint), taken)

    def _ask_start(self) -> None:
        running = self._running()

        def means(moment: datetime) -> str:
            words = self._since(moment)
            if running is not None and moment >= running.started_at:
                words += "; " + _("{activity} ends there").format(activity=labels.activity(running.activity))
            return words

        def take(moment: datetime) -> None:
            def chosen(key: str | None) -> None:
                if key is not None:
                    self._app.spawn(self._start(key, moment))

            self._ask_activity(
                _("Which activity since {time}?").format(time=self._clock(moment)), chosen, self._running()
            )

        self._ask_moment(_("Since when? Then which activity"), means, take)

    def _since(self, moment: datetime) -> str:
        """``since 09:10 · 0:42``."""
        span = formats.hours_minutes(max(self._app.clock.now() - moment, timedelta()))
        return _("since {time} · {span}").format(time=self._clock(moment), span=span)

    def _ask_stop(self) -> None:
        running = self._running()

        def means(moment: datetime) -> str:
            if running is None:
                return ""
            span = formats.hours_minutes(max(moment - running.started_at, timedelta()))
            return _("{activity} until {time} · {span}").format(
                activity=labels.activity(running.activity), time=self._clock(moment), span=span
            )

        def take(moment: datetime) -> None:
            self._app.spawn(self._stop(moment))

        self._ask_moment(_("When did it end?"), means, take)

    def _ask_edge(self, running: Running) -> None:
        def take(moment: datetime) -> None:
            if moment != running.started_at:
                self._app.spawn(self._move(running, moment))

        asked = _("When did {activity} begin? What ended there goes along").format(
            activity=labels.activity(running.activity)
        )
        self._ask_moment(asked, self._since, take, running.started_at)

    async def _move(self, running: Running, moment: datetime) -> None:
        now = self._app.clock.now()
        found = await self._write(
            lambda conn, actor: time_entries.edit(conn, actor, running.id, now, started_at=moment)
        )
        if found is not None:
            self._app.desk.hours.runs(running._replace(started_at=found.started_at))
            self._app.say(
                _("{activity} is running since {time}").format(
                    activity=labels.activity(found.activity), time=self._clock(found.started_at)
                )
            )

    def _ask_note(self, running: Running) -> None:
        note = " ".join(literal(running.note or "").split())

        def take(text: str | None) -> None:
            if text is not None and text != note:
                self._app.spawn(self._note(running, text))

        asked = _("A note on {activity}").format(activity=labels.activity(running.activity))
        self._app.push_screen(Ask(asked, lambda _text: "", value=note, empties=True), take)

    async def _note(self, running: Running, text: str) -> None:
        now = self._app.clock.now()
        found = await self._write(lambda conn, actor: time_entries.edit(conn, actor, running.id, now, note=text))
        if found is not None:
            self._app.desk.hours.runs(running._replace(note=found.note))
            self._app.say(_("noted") if text else _("the note is taken away"))
