"""The sync screen: how each job is doing, what is left to ask for, when tokens end, and what to do about what is wrong.

It reads what the service wrote and asks the service by a row: no network, no settings of the service's owner.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from smdash.core import formats
from smdash.core.errors import SmdashError
from smdash.core.health import service_seems_alive
from smdash.core.networks import code
from smdash.core.sync_health import TOKEN_SOON_D, HealthLine, Look, Picture, look_of
from smdash.core.text import one_line
from smdash.locale import gettext as _
from smdash.locale import ngettext, pgettext
from smdash.store import jobs, posts, sync_health, teams
from smdash.tui.actions import binding
from smdash.tui.cells import Glyphs, fit, literal, width_of
from smdash.tui.folded import Folded
from smdash.tui.host import Hosted
from smdash.tui.screens.details import DetailScreen, Hints
from smdash.tui.screens.sync_words import copied, left_words, next_words, paragraphs, title_of
from smdash.tui.widgets.document import Document
from smdash.tui.widgets.lines import Line, Piece, spread
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

# From this width on the line stands whole beside the list, below it where it is narrower.
BESIDE_FROM = 120
# Cells of the columns: the least and the most of a label, then last good, next, left and days.
LABEL_LEAST, LABEL_MOST = 18, 30
AGE_WIDTH, NEXT_WIDTH, LEFT_WIDTH, DAYS_WIDTH = 6, 9, 9, 7


def mark_of(look: Look, glyphs: Glyphs) -> tuple[str, str]:
    """The mark of a line, and its style."""
    return {
        Look.FAILING: (glyphs.failing, "error"),
        Look.REMARK: (glyphs.soon, "warning"),
        Look.GOOD: (glyphs.good, "success"),
        Look.PAUSED: (glyphs.held, "dim"),
    }.get(look, (glyphs.waiting, "dim"))


class SyncList(Pane, inherit_bindings=False):
    """A line a job, below a head that names the columns and stays where it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding(one) for one in ("list.down", "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up")
    ]
    number = 0
    head_lines = 1
    topics = frozenset({"sync", "team", "post", "feed"})

    def __init__(self) -> None:
        super().__init__()
        self._picture_of: Picture | None = None

    @property
    def line(self) -> HealthLine | None:
        """What the cursor is on."""
        return self.cursor_item.data if self.cursor_item else None

    def empty_words(self) -> str:
        return "" if self._picture_of is None else _("nothing is synced yet: smdash account add, smdash feed add")

    def reader(self) -> Callable[[Connection], Picture]:
        now = self.now
        return lambda conn: sync_health.read(conn, now)

    def apply(self, snapshot: Picture) -> None:
        self._picture_of = snapshot
        lines = snapshot.lines
        items = [Item(line.job.name, line) for line in lines]
        self.set_rows(Rows(0, len(items), items))
        self.moved()

    def tick(self) -> None:
        super().tick()
        self.moved()

    def moved(self) -> None:
        screen = self.screen
        if isinstance(screen, SyncScreen):
            screen.follow(self.line)

    def _title(self, style: str) -> Line:
        line = [Piece(_("Sync"), style)]
        if self._picture_of is not None:
            looks = [self._look(one) for one in self._picture_of.lines]
            counts = [Piece(ngettext("{n} job", "{n} jobs", len(looks)).format(n=len(looks)))]
            if failing := looks.count(Look.FAILING):
                counts.append(Piece(_("{n} failing").format(n=failing), "error"))
            if paused := looks.count(Look.PAUSED):
                counts.append(Piece(_("{n} paused").format(n=paused), "dim"))
            if looks and not self._picture_of.alive:
                counts.append(Piece(_("no service is running"), "warning"))
            for count in counts:
                line += [Piece(" · ", "dim"), count]
        if self._failed_since is not None:
            age = formats.short_age(self.now - self._failed_since)
            line += [Piece(" · ", "dim"), Piece(_("not fresh, {age}").format(age=age), "warning")]
        return line

    def _look(self, line: HealthLine) -> Look:
        if line.sending is None:
            return look_of(line.job, self.now)
        if line.job.state != "active":
            return Look.PAUSED
        return Look.FAILING if line.sending.stuck else Look.QUIET if line.job.last_ok_at is None else Look.GOOD

    def head(self, width: int) -> Line:
        words = " " * 6 + fit(_("job"), _label_width(width))
        tail = (_("good"), AGE_WIDTH), (_("next"), NEXT_WIDTH), (_("quota"), LEFT_WIDTH), (_("token"), DAYS_WIDTH)
        return spread([Piece(words + "".join(_right(text, size) for text, size in tail), "dim")], width)

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        return spread(self._cells(item.data, _label_width(width)), width)

    def _cells(self, line: HealthLine, label_width: int) -> Line:
        job, now = line.job, self.now
        look = self._look(line)
        mark, style = mark_of(look, self.glyphs)
        network = code(job.platform) if line.account or job.feed_id is not None or line.is_calendar else ""
        # Accounts of one name are told apart by their network, which has a column of its own here.
        label = literal(job.label.removeprefix(f"{network} "))
        if line.sending is not None:
            label = _("{account} goes out").format(account=label)
        age = "–" if job.last_ok_at is None else formats.short_age(max(now - job.last_ok_at, timedelta()))
        days = line.health.token_days(now) if line.health is not None and line.sending is None else None
        left = left_words(line)
        pieces = [
            Piece(f" {mark} ", style),
            Piece(fit(network, 3), "dim"),
            Piece(fit(label, label_width), "dim" if look is Look.PAUSED else "base"),
            Piece(_right(age, AGE_WIDTH)),
            Piece(_right(next_words(job, now), NEXT_WIDTH), "dim"),
            Piece(_right(left, LEFT_WIDTH), "error" if line.left == 0 else "base"),
            Piece(
                _right("" if days is None else pgettext("age", "{n}d").format(n=days), DAYS_WIDTH),
                "base" if days is None or days > TOKEN_SOON_D else "error" if days < 1 else "warning",
            ),
        ]
        if look is Look.FAILING or (job.error and job.state == "active"):
            pieces.append(Piece("  " + literal(one_line(job.error or job.error_kind or "")), style))
        elif line.sending is not None and line.sending.waiting:
            waiting = ngettext("{n} waits", "{n} wait", line.sending.waiting).format(n=line.sending.waiting)
            pieces.append(Piece("  " + waiting, "dim"))
        return pieces


def _label_width(width: int) -> int:
    return min(max(width // 4, LABEL_LEAST), LABEL_MOST)


def _right(text: str, width: int) -> str:
    return " " * max(width - width_of(text), 0) + text


class SyncWhole(DetailScreen):
    """One line with everything that is known of it, to be scrolled."""

    topics = SyncList.topics

    def __init__(self, name_of_job: str) -> None:
        super().__init__()
        self._name_of_job = name_of_job
        self._line: HealthLine | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)

    def reload(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._reading.ask()

    async def _reload(self) -> None:
        now = self.host.clock.now()
        try:
            picture = await self.host.backend.read(lambda conn: sync_health.read(conn, now))
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        again = self._line is not None
        # One that is over meanwhile stays as it was seen last.
        found = next((one for one in picture.lines if one.job.name == self._name_of_job), self._line)
        if self.is_attached and found is not None:
            self._line = found
            pieces = paragraphs(found, now, self.host.zone, self.host.key_of("sync.pause"))
            self.document.show(literal(title_of(found)), pieces, keep_place=again)

    def text(self) -> str:
        return "" if self._line is None else copied(self._line)


class SyncScreen(Hosted, Screen[None], inherit_bindings=False):
    """`r` has the service run the job now, `p` pauses and resumes it; on what goes out, `p` pauses the account."""

    CSS = """
    SyncScreen { layout: vertical; overflow: hidden; }
    SyncScreen.-beside { layout: grid; grid-size: 2 1; grid-columns: 5fr 3fr; grid-rows: 1fr; }
    SyncScreen SyncList { height: 3fr; width: 100%; }
    SyncScreen Document { height: 2fr; width: 100%; }
    SyncScreen.-beside SyncList, SyncScreen.-beside Document { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        binding("back", show=True),
        binding("list.open", show=True),
        binding("sync.run", show=True),
        binding("sync.pause", show=True),
        binding("list.copy", show=True),
    ]
    topics = SyncList.topics

    def __init__(self) -> None:
        super().__init__()
        self.list = SyncList()
        self.whole = Document()
        self.whole.can_focus = False
        self.hints = Hints()
        self._shown: str | None = None

    def compose(self) -> ComposeResult:
        yield self.list
        yield self.whole
        yield self.hints

    def on_mount(self) -> None:
        self.list.focus()
        self.reload(frozenset(self.topics))

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= BESIDE_FROM, "-beside")

    def reload(self, topics: frozenset[str]) -> None:
        """Read again, if these topics touch what is shown."""
        if topics & self.topics:
            self.list.reload()

    def tick(self) -> None:
        """The clock moved on: ages, and what is behind."""
        self.list.tick()

    def say(self, words: str, style: str) -> None:
        """Show a remark on the last line."""
        self.hints.say(words, style)

    def follow(self, line: HealthLine | None) -> None:
        """The cursor is on this line."""
        if line is None:
            self._shown = None
            self.whole.show("", [])
            return
        again, self._shown = self._shown == line.job.name, line.job.name
        pieces = paragraphs(line, self.host.clock.now(), self.host.zone, self.host.key_of("sync.pause"))
        self.whole.show(literal(title_of(line)), pieces, keep_place=again)

    @on(Pane.Failed)
    def _failed(self, event: Pane.Failed) -> None:
        self.say(event.sentence, "error")

    @on(Pane.Opened)
    def _opened(self, event: Pane.Opened) -> None:
        self.host.push_screen(SyncWhole(str(event.key)))

    def action_open(self) -> None:
        self.list.action_open()

    def action_run_now(self) -> None:
        line, now = self.list.line, self.host.clock.now()
        if line is None:
            return
        if line.sending is not None:
            self.say(_("what is due goes out by itself"), "dim")
            return
        self.host.spawn(self._run(line, lambda conn, _actor: jobs.ask(conn, line.job.name, now)))

    async def _run(self, line: HealthLine, work: Callable[[Connection, Actor], object]) -> None:
        if await self.host.perform(work) is None or not self.is_attached:
            return
        try:
            now = self.host.clock.now()
            alive = await self.host.backend.read(
                # The job that was asked for is due this moment, which speaks against nobody.
                lambda conn: service_seems_alive(jobs.select(conn), now)
            )
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        if alive:
            self.say(_("asked: {job} runs now").format(job=literal(line.job.label)), "accent")
        else:
            self.say(_("asked; no service seems to run that would do it: smdash sync"), "warning")

    def action_pause_job(self) -> None:
        if self.list.line is not None:
            self.host.spawn(self._pause(self.list.line))

    async def _pause(self, line: HealthLine) -> None:
        now = self.host.clock.now()

        def work(conn: Connection, actor: Actor) -> str:
            # By what the file says: the line on the screen may be older than the key.
            if line.sending is not None:
                account = posts.find_account(conn, f"{line.job.platform}/{line.account}")
                on = account.status == "active"
                teams.pause(conn, actor, account, now, on=on)
                said = _("nothing goes out to {name} now; the same key resumes") if on else _("{name} is sent to again")
            else:
                on = jobs.get(conn, line.job.name).state == "active"
                jobs.pause(conn, actor, line.job.name, now, on=on)
                said = _("{name} is paused; the same key resumes") if on else _("{name} goes on")
            return said.format(name=literal(line.job.label))

        said = await self.host.perform(work)
        if said is not None and self.is_attached:
            self.say(said, "accent")

    def action_copy(self) -> None:
        if (line := self.list.line) is not None:
            self.host.copy_to_clipboard(copied(line))
            self.host.say(_("copied"))

    def action_back(self) -> None:
        self.dismiss()
