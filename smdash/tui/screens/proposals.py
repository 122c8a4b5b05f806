"""A day's hours to be reviewed: what is proposed, between what counts already, each with what it was made of.

It shows a member their own days alone. Opening a day writes what its events propose, where the file does not hold that
yet; `a` and `x` decide, and the rest of the day stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from smdash.core import evidence, formats, labels
from smdash.core.clock import week_of
from smdash.core.records import TimeEntry
from smdash.core.text import one_line
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import hours, proposals, time_entries
from smdash.tui.actions import binding
from smdash.tui.cells import fit, literal
from smdash.tui.host import Hosted
from smdash.tui.screens.details import Hints
from smdash.tui.screens.picker import Choice, Picker
from smdash.tui.widgets.lines import Line, Piece, spread
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

# Decides about proposals by their ids; how many it was.
Work = Callable[["Connection", "Actor", list[int]], int]
ONE_DAY = timedelta(days=1)
# Cells of an activity's name.
ACTIVITY_WIDTH = 18


class Snapshot(NamedTuple):
    """``left`` are the days of this week that have something to decide about; ``knew`` are decisions that were in the

    file when it was read.
    """

    day: proposals.Day
    left: tuple[proposals.Left, ...]
    activities: tuple[str, ...]
    knew: frozenset[Hashable]


class ProposalList(Pane, inherit_bindings=False):
    """A line an entry, by time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding(one) for one in ("list.down", "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up")
    ]
    number = 0
    head_lines = 1
    topics = frozenset({"hours", "team"})

    def __init__(self) -> None:
        super().__init__()
        self.day: date | None = None
        self.snapshot: Snapshot | None = None
        # What was decided and is on its way to the file: as it counts from now on, or nothing; then what arrived there.
        self._decided: dict[Hashable, TimeEntry | None] = {}
        self._written: set[Hashable] = set()

    @property
    def of(self) -> date:
        """The day that is shown, today unless another was asked for."""
        return self.day or self.today

    @property
    def today(self) -> date:
        return self.now.astimezone(self.host.zone).date()

    @property
    def entry(self) -> TimeEntry | None:
        """What the cursor is on, if that is a proposal."""
        found = self.cursor_item.data if self.cursor_item else None
        return found if isinstance(found, TimeEntry) and found.state == "proposed" else None

    @property
    def open(self) -> list[TimeEntry]:
        """What is still to be decided about."""
        found = self.snapshot.day.proposed if self.snapshot else ()
        return [one for one in found if key_of(one) not in self._decided]

    def reader(self) -> Callable[[Connection], Snapshot]:
        now, actor, of, today = self.now, self.host.backend.actor, self.of, self.today
        member_id, knew = actor.member_id if actor else 0, frozenset(self._written)
        week_start = self.host.backend.team.week_start
        start = week_of(now, self.host.zone, week_start).first_day(week_start)
        days = [start + n * ONE_DAY for n in range(7) if start + n * ONE_DAY <= today]

        def read(conn: Connection) -> Snapshot:
            return Snapshot(
                proposals.day(conn, member_id, of, now),
                proposals.left(conn, member_id, days, now),
                tuple(hours.activities(conn)),
                knew,
            )

        return read

    def apply(self, snapshot: Snapshot) -> None:
        if snapshot.day.day != self.of:
            # Another day was asked for meanwhile.
            self.reload()
            return
        self.snapshot = snapshot
        for key in snapshot.knew:
            self._decided.pop(key, None)
        self._written -= snapshot.knew
        self._show()
        if not snapshot.day.kept and not self.host.backend.read_only:
            self.host.spawn(self._keep(snapshot.day.day))

    async def _keep(self, of: date) -> None:
        """Write what is proposed; the file then says that it moved."""
        now = self.now
        await self.host.perform(lambda conn, actor: proposals.refresh(conn, actor, of, now))

    def _show(self) -> None:
        found = self.snapshot
        if found is None:
            return
        decided = [one for one in self._decided.values() if one is not None]
        shown = sorted([*found.day.confirmed, *decided, *self.open], key=lambda one: (one.started_at, one.state))
        # The cursor goes from one proposal to the next: what counts already is no business of this screen.
        items = [Item(key_of(one) if one.state == "proposed" else None, one) for one in shown]
        self.set_rows(Rows(0, len(items), items))

    def leave(self, chosen: Sequence[TimeEntry], activity: str | None, *, counts: bool) -> None:
        """These are decided about, and the file knows in a moment."""
        for one in chosen:
            accepted = one._replace(state="confirmed", activity=activity or one.activity)
            self._decided[key_of(one)] = accepted if counts else None
        self._show()

    def settle(self, chosen: Sequence[TimeEntry], *, written: bool) -> None:
        """The file knows, or has refused it."""
        keys = {key_of(one) for one in chosen}
        if written:
            self._written |= keys
        else:
            self._decided = {key: one for key, one in self._decided.items() if key not in keys}
            self._show()
        self.reload()

    def turn(self, days: int) -> None:
        """Show another day; none after today."""
        wanted = min(self.of + days * ONE_DAY, self.today)
        if wanted != self.of:
            self.day = None if wanted == self.today else wanted
            self.snapshot = None
            self._decided.clear()
            self.set_rows(Rows(0, 0, ()))
            self.cursor = self.top = 0
            self.reload()

    def tick(self) -> None:
        self.reload()
        super().tick()

    def empty_words(self) -> str:
        if self.snapshot is None:
            return ""
        return _("Nothing is to be reviewed on {day}, and nothing was written down.").format(
            day=formats.date_words(self.of)
        )

    def _title(self, style: str) -> Line:
        line = [Piece(_("Review hours"), style), Piece(" · ", "dim"), Piece(formats.date_words(self.of))]
        if self.of == self.today:
            line += [Piece(" · ", "dim"), Piece(_("today"), "accent")]
        if self.snapshot is not None:
            open_ones = self.open
            length = sum((_length(one) for one in open_ones), timedelta())
            words = ngettext("{n} proposed, {span}", "{n} proposed, {span}", len(open_ones))
            told = words.format(n=len(open_ones), span=formats.hours_minutes(length))
            line += [Piece(" · ", "dim"), Piece(told if open_ones else _("nothing to be reviewed"))]
        if self._failed_since is not None:
            age = formats.short_age(self.now - self._failed_since)
            line += [Piece(" · ", "dim"), Piece(_("not fresh, {age}").format(age=age), "warning")]
        return line

    def head(self, width: int) -> Line:
        return spread([Piece(" " + self._left_words(), "dim")], width)

    def _left_words(self) -> str:
        left = [one for one in self.snapshot.left if one.day != self.of] if self.snapshot else []
        if not left:
            return _("no other day of this week has anything to be reviewed") if self.snapshot else ""
        days = ", ".join(f"{formats.date_words(one.day)} {formats.hours_minutes(one.length)}" for one in left)
        return _("also to be reviewed: {days}").format(days=days)

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        one: TimeEntry = item.data
        zone, is_open = self.host.zone, one.state == "proposed"
        end = "" if one.ended_at is None else formats.clock_time(one.ended_at, zone)
        start = formats.clock_time(one.started_at, zone)
        told = one.note or evidence.words(one.evidence)
        mark = "?" if is_open else self.glyphs.running if one.ended_at is None else self.glyphs.sent
        base = "base" if is_open else "dim"
        pieces = [
            Piece(f" {mark} ", "accent" if is_open else "success" if one.ended_at else "accent"),
            Piece(f"{start} {end:<5}  ", base),
            Piece(fit(formats.hours_minutes(_length(one, self.now)), 6), base),
            Piece(fit(labels.activity(one.activity), ACTIVITY_WIDTH) + " ", "bold" if is_open else "dim"),
            Piece(literal(one_line(told)), "base" if is_open else "dim"),
        ]
        return spread(pieces, width)


def key_of(entry: TimeEntry) -> Hashable:
    """What a row is known by: the same before and after the file has it."""
    return entry.started_at, entry.ended_at, entry.activity


def _length(entry: TimeEntry, now: datetime | None = None) -> timedelta:
    return max((entry.ended_at or now or entry.started_at) - entry.started_at, timedelta())


class ProposalsScreen(Hosted, Screen[None], inherit_bindings=False):
    """`a` accepts, `A` all of the day, `x` drops, `c` accepts as another activity, `h` and `l` turn the days."""

    CSS = """
    ProposalsScreen { layout: vertical; overflow: hidden; }
    ProposalsScreen ProposalList { height: 1fr; width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        binding("back", show=True),
        binding("review.accept", show=True),
        binding("review.accept_all", show=True),
        binding("review.drop", show=True),
        binding("review.activity", show=True),
        binding("review.earlier", show=True),
        binding("review.later"),
        binding("undo", show=True),
        binding("redo"),
        binding("list.copy"),
    ]
    topics = ProposalList.topics

    def __init__(self, day: date | None = None) -> None:
        """Begins with that local day, or with today."""
        super().__init__()
        self._first = day
        self.list = ProposalList()
        self.hints = Hints()

    def compose(self) -> ComposeResult:
        yield self.list
        yield self.hints

    def on_mount(self) -> None:
        self.list.focus()
        if self._first is not None:
            self.list.turn((self._first - self.list.of).days)
        self.list.reload()

    def reload(self, topics: frozenset[str]) -> None:
        """Read again, if these topics touch what is shown."""
        if topics & self.topics:
            self.list.reload()

    def tick(self) -> None:
        """The clock moved on; today's last proposal may have grown."""
        self.list.tick()

    def say(self, words: str, style: str) -> None:
        """Show a remark on the last line."""
        self.hints.say(words, style)

    @on(Pane.Failed)
    def _failed(self, event: Pane.Failed) -> None:
        self.say(event.sentence, "error")

    @on(Pane.Opened)
    def _opened(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        self._accept([self.list.entry] if self.list.entry else [])

    def action_accept_all(self) -> None:
        self._accept(self.list.open)

    def action_drop(self) -> None:
        chosen = [self.list.entry] if self.list.entry else []
        now = self.host.clock.now()

        def work(conn: Connection, actor: Actor, ids: list[int]) -> int:
            return proposals.drop(conn, actor, ids, now)

        self._decide(chosen, work, lambda n: ngettext("{n} dropped", "{n} dropped", n).format(n=n), counts=False)

    def action_activity(self) -> None:
        entry, found = self.list.entry, self.list.snapshot
        if entry is None or found is None:
            self._nothing()
            return
        choices = [Choice(one, labels.activity(one)) for one in found.activities]

        def chosen(key: str | None) -> None:
            if key is not None:
                self._accept([entry], key)

        self.host.push_screen(Picker(_("What was it?"), choices, entry.activity), chosen)

    def _accept(self, chosen: list[TimeEntry], activity: str | None = None) -> None:
        now = self.host.clock.now()

        def work(conn: Connection, actor: Actor, ids: list[int]) -> int:
            return time_entries.confirm(conn, actor, ids, now, activity=activity)

        def told(n: int) -> str:
            if n == 1:
                key = activity or chosen[0].activity
                span = formats.hours_minutes(_length(chosen[0]))
                return _("{activity}: {span}").format(activity=labels.activity(key), span=span)
            return ngettext("{n} accepted", "{n} accepted", n).format(n=n)

        self._decide(chosen, work, told, activity)

    def _decide(
        self, chosen: list[TimeEntry], work: Work, told: Callable[[int], str], activity: str | None = None, *,
        counts: bool = True,
    ) -> None:  # fmt: skip
        if not chosen:
            self._nothing()
            return
        self.list.leave(chosen, activity, counts=counts)
        self.host.spawn(self._write(chosen, work, told))

    async def _write(self, chosen: list[TimeEntry], work: Work, told: Callable[[int], str]) -> None:
        of, now = self.list.of, self.host.clock.now()

        def write(conn: Connection, actor: Actor) -> int:
            ids = [one.id for one in chosen]
            if not all(ids):
                # The key was quicker than the file: what is proposed is written with the decision.
                by_key = {key_of(one): one.id for one in proposals.refresh(conn, actor, of, now)}
                ids = [by_key[key] for key in map(key_of, chosen) if key in by_key]
            return work(conn, actor, ids)

        done = await self.host.perform(write)
        if done:
            self.host.left.append([])
            self.host.say(told(done) + "; " + _("{key} puts it back").format(key=self.host.key_of("undo")))
        if self.is_attached:
            self.list.settle(chosen, written=bool(done))

    def _nothing(self) -> None:
        self.say(_("nothing is to be reviewed here"), "dim")

    def action_turn(self, days: int) -> None:
        self.list.turn(days)

    def action_undo(self) -> None:
        self.host.undo()

    def action_redo(self) -> None:
        self.host.redo()

    def action_copy(self) -> None:
        if (entry := self.list.entry) is not None:
            self.host.copy_to_clipboard(f"{labels.activity(entry.activity)}: {evidence.words(entry.evidence)}")
            self.host.say(_("copied"))

    def action_back(self) -> None:
        self.dismiss()
