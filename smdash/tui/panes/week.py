"""The week's hours on a screen of their own: days by activities, and the entries of a day, changed where they stand."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType

from smdash.core import formats
from smdash.core.errors import InputError
from smdash.locale import gettext as _
from smdash.tui.actions import binding, bindings
from smdash.tui.cells import literal
from smdash.tui.panes.week_acts import OTHER, WeekActs
from smdash.tui.panes.week_day import length
from smdash.tui.screens.ask import Ask
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker


class HoursWeek(WeekActs):
    """What its keys and the mouse do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("week"),
        *(
            binding(one)
            for one in (
                "list.down", "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up", "list.open",
                "list.copy", "list.clear",
            )
        ),
    ]  # fmt: skip

    def action_open(self) -> None:
        """In the week: to the entries of the day. Among those: times and note of the entry, or write down a gap."""
        if self.inside:
            row = self.row
            if row is not None and row.entry is None:
                self.action_log()
            else:
                self.action_edit()
        elif self.of_team or not self.enter_rows():
            self.action_log()

    def action_clear(self) -> None:
        if self.inside:
            self.leave_rows()
        elif self.brand:
            self._only("")
        else:
            self.host.desk.unzoom()

    def action_copy(self) -> None:
        row = self.row
        if row is None or row.entry is None:
            self.host.say(_("there is nothing to copy here"))
            return
        one = row.entry
        day = formats.short_day(one.started_at, self.host.zone)
        parts = (day, self._named(one), length(row.span), one.campaign, one.brand, one.note)
        self.host.copy_to_clipboard(" · ".join(part for part in parts if part))
        self.host.say(_("copied"))

    def action_choose_brand(self) -> None:
        """Only the hours of one brand, or all."""
        known = self._snapshot.brands if self._snapshot else ()
        if not known:
            self.host.say(_("there is no brand yet; add one with: smdash brand add"))
            return
        choices = [Choice("", _("all")), *(Choice(name, literal(name)) for name in known)]
        if len(choices) > MOST_CHOICES:
            choices[MOST_CHOICES - 1 :] = [Choice(OTHER, _("another…"))]

        def check(text: str) -> str:
            if text not in known:
                raise InputError(_("there is no brand “{name}”; known: {known}").format(
                    name=text, known=", ".join(known)))  # fmt: skip
            return text

        def take(name: str | None) -> None:
            if name == OTHER:
                self.host.push_screen(Ask(_("Whose hours?"), check), take)
            elif name is not None:
                self._only(name)

        self.host.push_screen(Picker(_("Whose hours?"), choices, self.brand), take)

    def _only(self, brand: str) -> None:
        self.brand, self.brand_id = brand, None
        self.reload()

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        self.focus()
        day, activity, row = self.place_at(event.x - 1, event.y - 1)
        if row is not None:
            again = self.inside and row.key == self.key and event.chain > 1
            self.inside, self.key = True, row.key
            self._hold_cursor()
            self.redraw()
            if again:
                self.action_open()
            return
        if activity is not None:
            self.inside, self.activity, self.key = False, activity, None
        if day is not None:
            self._go(day)
        elif activity is not None:
            self._hold_cursor()
            self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-1)
