"""Insights: what the figures of the last weeks say, topic by topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.binding import BindingType

from smdash.core import formats
from smdash.core.errors import InputError
from smdash.core.insight_parts import Topic
from smdash.core.insights import PERIODS, Insights
from smdash.core.insights_words import topics
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import insights
from smdash.store.insights import Choices, Only
from smdash.tui.actions import binding, bindings
from smdash.tui.cells import fit, literal, width_of
from smdash.tui.panes import insights_lines
from smdash.tui.screens.picker import MOST_CHOICES, Choice, Picker
from smdash.tui.widgets.lines import Line, Piece, spread
from smdash.tui.widgets.reading import Reading

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# Cells of the list of topics, its figures included.
LIST_WIDTH = 30
NARROW_LIST, NARROW_BELOW = 20, 100
# Lines of a chart, by the lines that there are: a part of them, and no more than these.
CHART_PART, MOST_CHART = 0.5, 18
# Figures are of minutes ago at most, however much is going on.
FRESH = timedelta(minutes=5)


class Chosen(NamedTuple):
    """What is looked at: how many weeks, and the one brand or account, if any."""

    weeks: int
    brand: str | None = None
    account: str | None = None

    def words(self) -> str:
        """The one that is looked at alone."""
        return literal(self.account or self.brand or "")


class Snapshot(NamedTuple):
    """What was read for what was chosen, and what else can be."""

    chosen: Chosen
    found: Insights
    choices: Choices
    at: datetime


def read(conn: Connection, chosen: Chosen, now: datetime) -> Snapshot:
    """The figures; of everything where the brand or account is gone meanwhile."""
    try:
        only = insights.only(conn, chosen.brand, chosen.account)
    except InputError:
        chosen, only = Chosen(chosen.weeks), Only()
    return Snapshot(chosen, insights.read(conn, chosen.weeks, now, only), insights.choices(conn), now)


class InsightsPane(Reading, can_focus=True):
    """Owns which topic is under the cursor, and whether it has all the room."""

    # Mentions move all day long; what they change here is seen in FRESH.
    topics = frozenset({"team", "metric"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("insights"),
        *(
            binding(one)
            for one in (
                "list.down", "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up", "list.open",
                "list.copy", "list.clear",
            )
        ),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot | None = None
        self._topics: tuple[Topic, ...] = ()
        self.chosen = Chosen(PERIODS[1])
        self.at = 0
        self.top = 0
        self.is_whole = False
        self._lines: list[Line] = []
        self._lines_of: tuple[object, ...] = ()

    # Reading.

    def reader(self) -> Callable[[Connection], Snapshot]:
        chosen, now = self.chosen, self.now
        return lambda conn: read(conn, chosen, now)

    def apply(self, snapshot: Snapshot) -> None:
        if snapshot.chosen.weeks != self.chosen.weeks:
            return  # another is on its way
        self.chosen = snapshot.chosen
        self._snapshot = snapshot
        self._say()
        self.redraw()

    def _say(self) -> None:
        """Put the figures into words, in the language in use."""
        if self._snapshot is not None:
            self._topics = topics(self._snapshot.found, of_account=self.chosen.account is not None)
        self._lines_of = ()

    def tick(self) -> None:
        if self._snapshot is not None and self.now - self._snapshot.at >= FRESH:
            self.reload()
        self.redraw_lines([0])

    def repaint(self) -> None:
        self._say()
        super().repaint()

    # What the keys do.

    def action_move(self, step: int) -> None:
        if self.is_whole:
            self._scroll(self.top + step)
        elif self._topics:
            self._choose((self.at + step) % len(self._topics))

    def action_jump(self, where: int) -> None:
        if self.is_whole:
            self._scroll(0 if where < 0 else len(self._lines))
        elif self._topics:
            self._choose(0 if where < 0 else len(self._topics) - 1)

    def action_half(self, direction: int) -> None:
        self._scroll(self.top + direction * max(self._room() // 2, 1))

    def _choose(self, at: int) -> None:
        self.at, self.top = at, 0
        self.redraw()

    def _scroll(self, top: int) -> None:
        self._fresh_lines()
        self.top = max(min(top, len(self._lines) - self._room()), 0)
        self.redraw()

    def action_open(self) -> None:
        self._set_whole(not self.is_whole)

    def action_clear(self) -> None:
        if self.is_whole:
            self._set_whole(False)
        elif self.chosen.words():
            self._look_at(Chosen(self.chosen.weeks))
        else:
            self.host.desk.unzoom()

    def _set_whole(self, whole: bool) -> None:
        self.is_whole, self.top = whole, 0
        self.redraw()

    def action_period(self, step: int) -> None:
        """More or fewer weeks."""
        at = PERIODS.index(self.chosen.weeks) + step
        if 0 <= at < len(PERIODS):
            self._look_at(self.chosen._replace(weeks=PERIODS[at]))
        else:
            self.host.say(_("periods are {list} weeks").format(list=", ".join(map(str, PERIODS))))

    def _look_at(self, chosen: Chosen) -> None:
        self.chosen = chosen
        self.reload()
        self.redraw_lines([0])

    def action_copy(self) -> None:
        if topic := self._topic():
            self.host.copy_to_clipboard(insights_lines.topic_text(topic))
            self.host.say(_("copied"))

    def action_choose_filter(self) -> None:
        if self._snapshot is None:
            return
        known, found = self._snapshot.choices, self._snapshot.found
        # Those with most posts, where there are more than keys to choose them with.
        out = {one.name: one.posts for one in found.accounts}
        room = max(MOST_CHOICES - 1 - len(known.brands), 0)
        accounts = sorted(sorted(known.accounts, key=lambda one: -out.get(one, 0))[:room])
        choices = [
            Choice("", _("all")),
            *(Choice(f"brand {one}", _("brand {name}").format(name=literal(one))) for one in known.brands),
            *(Choice(f"account {one}", literal(one)) for one in accounts),
        ]
        present = f"brand {self.chosen.brand}" if self.chosen.brand else f"account {self.chosen.account}"
        self.host.push_screen(
            Picker(_("Whose figures?"), choices[:MOST_CHOICES], present if self.chosen.words() else ""), self._filter
        )

    def _filter(self, value: str | None) -> None:
        if value is None:
            return
        what, _space, name = value.partition(" ")
        self._look_at(
            Chosen(
                self.chosen.weeks, brand=name if what == "brand" else None, account=name if what == "account" else None
            )
        )

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        self.focus()
        at = event.y - 1
        if not self.is_whole and 0 < event.x <= self._list_width() and 0 <= at < len(self._topics):
            if event.chain > 1 and at == self.at:
                self.action_open()
            else:
                self._choose(at)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(self.top + 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(self.top - 1)

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.redraw()

    # Drawing.

    def _topic(self) -> Topic | None:
        return self._topics[self.at] if self._topics else None

    def _room(self) -> int:
        return max(self.size.height - 2, 0)

    def _list_width(self) -> int:
        return NARROW_LIST if self.size.width < NARROW_BELOW else LIST_WIDTH

    def _fresh_lines(self) -> None:
        """The lines of the topic as they are now, at the width that they have."""
        width = self.size.width - 2 - (0 if self.is_whole else self._list_width() + 1)
        key = (self.at, width, self.size.height, self.is_whole, self.glyphs)
        topic = self._topic()
        if key == self._lines_of or topic is None:
            return
        chart = min(round(self._room() * CHART_PART), MOST_CHART)
        self._lines_of = key
        self._lines = insights_lines.topic_lines(topic, width, chart, self.glyphs) if width > 0 else []
        self.top = max(min(self.top, len(self._lines) - self._room()), 0)

    def make_line(self, y: int) -> Line:
        width, height = self.size
        style = "border_focus" if self.has_focus else "border"
        glyphs = self.glyphs
        if y == 0:
            title = [Piece(f"{glyphs.top_left} ", style), *self._title(), Piece(" ", style)]
            return spread(title, width, right=[Piece(glyphs.top_right, style)], fill=glyphs.across, style=style)
        if y == height - 1:
            return self._bottom(width, style)
        side = Piece(glyphs.down, style)
        return [side, *self._inside(y - 1, width - 2), side]

    def _bottom(self, width: int, style: str) -> Line:
        below = max(len(self._lines) - self.top - self._room(), 0)
        more = ngettext("{n} line below", "{n} lines below", below).format(n=below) if below else ""
        glyphs = self.glyphs
        tail = [Piece(f" {more} ", "dim"), Piece(glyphs.across + glyphs.bottom_right, style)] if more else []
        return spread(
            [Piece(glyphs.bottom_left, style)], width, right=tail or [Piece(glyphs.bottom_right, style)],
            fill=glyphs.across, style=style,
        )  # fmt: skip

    def _inside(self, y: int, width: int) -> Line:
        self._fresh_lines()
        list_width = 0 if self.is_whole else self._list_width()
        room = width - list_width - (1 if list_width else 0)
        blank: Line = [Piece(" " * max(room, 0))]
        line = self._lines[self.top + y] if self.top + y < len(self._lines) else blank
        if not list_width:
            return spread(line, width)
        return spread([*self._topic_row(y, list_width), Piece(self.glyphs.down, "border"), *line], width)

    def _topic_row(self, y: int, width: int) -> Line:
        if y >= len(self._topics):
            return [Piece(" " * width)]
        topic, glyphs = self._topics[y], self.glyphs
        here = y == self.at
        row = ("cursor" if self.has_focus else "cursor_quiet") if here else ""
        figure = f" {topic.figure} " if width > NARROW_LIST else ""
        name = fit(topic.title, width - 1 - width_of(figure))
        return [
            Piece(glyphs.cursor if here else " ", "accent", row),
            Piece(name, "bold" if here else "base", row),
            Piece(figure, "dim", row),
        ]

    def _title(self) -> Line:
        line = [Piece(_("Insights"), "bold")]
        said: Line = []
        if self.is_whole and (topic := self._topic()):
            said.append(Piece(topic.title, "bold"))
        weeks = self.chosen.weeks
        said.append(Piece(ngettext("{n} week", "{n} weeks", weeks).format(n=weeks), "base"))
        if self._snapshot is not None and self._snapshot.chosen == self.chosen:
            found = self._snapshot.found
            said.append(Piece(formats.days_words(found.first, found.last), "base"))
        if words := self.chosen.words():
            said.append(Piece(_("only {what}").format(what=words), "accent"))
        if self._failed_since is not None:
            age = formats.short_age(self.now - self._failed_since)
            said.append(Piece(_("not fresh, {age}").format(age=age), "warning"))
        for piece in said:
            line += [Piece(" · ", "dim"), piece]
        return line
