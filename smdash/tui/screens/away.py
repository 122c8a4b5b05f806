"""The question after a time away: count it, take it out, or give it to another activity."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType

from smdash.core import formats, labels
from smdash.core.idle import Away
from smdash.locale import gettext as _
from smdash.store import pulse
from smdash.tui.actions import binding
from smdash.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection
    from smdash.store.pulse import Seen
    from smdash.tui.app import DeskApp

# What is typed within this time was meant for what was on the screen before (seconds).
DEAF_S = 0.4

KEEP, TAKE_OUT, GIVE = "keep", "take out", "give"


class Question(Picker):
    """A picker that comes by itself, and so takes no key at first."""

    # A screen's own style is for its own name alone.
    CSS = Picker.CSS.replace("Picker", "Question")
    BINDINGS: ClassVar[list[BindingType]] = [
        binding("back", "later"),
        binding("list.down", "step(1)"),
        binding("list.up", "step(-1)"),
        binding("list.open", "choose"),
    ]

    # Textual has each class of a screen handle an event, so these two leave the rest to the picker's own.

    def on_mount(self) -> None:
        self._hears_at = asyncio.get_running_loop().time() + DEAF_S

    def _is_deaf(self) -> bool:
        return asyncio.get_running_loop().time() < self._hears_at

    def action_later(self) -> None:
        if not self._is_deaf():
            self.dismiss(None)

    def action_choose(self) -> None:
        if not self._is_deaf():
            super().action_choose()

    def on_key(self, event: events.Key) -> None:
        if self._is_deaf():
            event.stop()
            event.prevent_default()


def title(away: Away, zone: tzinfo) -> str:
    """What is asked about, in a line."""
    start, end = (formats.clock_time(one, zone) for one in (away.since, away.until))
    if away.since.astimezone(zone).date() != away.until.astimezone(zone).date():
        start = f"{formats.short_day(away.since, zone)} {start}"
        end = f"{formats.short_day(away.until, zone)} {end}"
    span = formats.hours_minutes(away.until - away.since)
    return _("Away {start} – {end} ({span}): what was it?").format(start=start, end=end, span=span)


def ask(app: DeskApp, seen: Seen, activities: list[str], answered: Callable[[datetime | None], None]) -> None:
    """Ask once, and do what is answered; *answered* gets the begin of the stretch where nothing was decided."""
    running, away = seen.running, seen.away
    if running is None or away is None:
        raise ValueError(seen)
    name = labels.activity(running.activity)
    back = _("now") if away.is_open else formats.clock_time(away.until, app.zone)

    def work(conn: Connection, actor: Actor, other: str | None) -> bool:
        pulse.give(conn, actor, app.clock.now(), running.id, away, other)
        return True

    async def take_out(other: str | None) -> None:
        done = await app.perform(lambda conn, actor: work(conn, actor, other))
        if done:
            app.left.append([])
            words = (
                _("{activity} ended at {start} and goes on from {end}").format(
                    activity=name, start=formats.clock_time(away.since, app.zone), end=back
                )
                if other is None
                else _("it was {activity}").format(activity=labels.activity(other))
            )
            app.say(words + "; " + _("{key} puts it back").format(key=app.key_of("undo")))
        answered(None if done else away.since)

    async def keep() -> None:
        def write(conn: Connection, actor: Actor) -> bool:
            pulse.keep(conn, actor, app.clock.now(), running.id)
            return True

        done = await app.perform(write)
        if done:
            app.say(_("counted as {activity}").format(activity=name))
        answered(None if done else away.since)

    def given(other: str | None) -> None:
        if other is None:
            put_off()
        else:
            app.spawn(take_out(other))

    def put_off() -> None:
        app.say(_("not decided: it is asked again when the desk is opened anew"), "warning")
        answered(away.since)

    def chosen(value: str | None) -> None:
        if value == KEEP:
            app.spawn(keep())
        elif value == TAKE_OUT:
            app.spawn(take_out(None))
        elif value == GIVE:
            others = [Choice(one, labels.activity(one)) for one in activities]
            app.push_screen(Picker(_("Which activity was it?"), others), given)
        else:
            put_off()

    choices = [
        Choice(KEEP, _("count it: {activity} went on").format(activity=name)),
        Choice(TAKE_OUT, _("take it out: {activity} goes on from {end}").format(activity=name, end=back)),
        Choice(GIVE, _("give it to another activity")),
    ]
    app.push_screen(Question(title(away, app.zone), choices), chosen)
