"""The three single lines around the panes: header, sync strip, keys."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

from textual import events

from smdash.core import formats
from smdash.core.errors import SmdashError
from smdash.core.records import Job
from smdash.core.sync_health import Look, is_behind, look_of
from smdash.locale import gettext as _
from smdash.store import jobs
from smdash.tui.actions import ACTIONS, UNBOUND, key_word
from smdash.tui.cells import fit, literal, width_of
from smdash.tui.folded import Folded
from smdash.tui.layout import is_tiny
from smdash.tui.widgets.lines import Line, Lines, Piece, spread, wrap
from smdash.tui.widgets.reading import RETRY_S

# How long a remark stays on the strip (seconds).
REMARK_S = 4.0
# The action whose key is on the line of keys at any width.
HELP = "help"
# What is named together with its way back.
BACK = {
    "list.down": "list.up",
    "calendar.day_before": "calendar.day_after",
    "campaigns.earlier": "campaigns.later",
    "week.day_before": "week.day_after",
    "insights.fewer": "insights.more",
}
# From this width on the header names every screen.
ALL_TABS = 120


class Header(Lines):
    """Where one is, the team, and the time in its zone."""

    def make_line(self, y: int) -> Line:
        if is_tiny(self.screen.size):
            lines = wrap(_("the terminal is too small"), self.size.width)
            return [Piece(fit(lines[y] if y < len(lines) else "", self.size.width), "warning")]
        now = self.host.clock.now()
        moment = formats.short_moment(now, self.host.zone)
        team = literal(self.host.backend.team.name)
        words = [team, moment] if team else [moment]
        here = self.host.desk.place
        # Where there is no room for all screens, the one where one is.
        names = [(_(place.words), place.name == here) for place in self.host.desk.places]
        shown = names if self.size.width >= ALL_TABS else [one for one in names if one[1]]
        pieces = [Piece(f" {name} ", "bold" if is_here else "dim") for name, is_here in shown]
        if self.host.backend.read_only:
            looks_back = self.host.backend.looks_back
            pieces.append(Piece(" " + (_("as it was then") if looks_back else _("read-only")), "warning"))
        # Oneself alone is no news.
        if self.host.presence.online > 1:
            words.insert(0, _("{n} online").format(n=self.host.presence.online))
        left = sum(width_of(piece.text) for piece in pieces)
        # Where there is no room for all of them, the time stays.
        while len(words) > 1 and left + width_of(" · ".join(words)) + 3 > self.size.width:
            words.pop(0)
        return spread(pieces, self.size.width, right=[Piece(" · ".join(words) + " ", "dim")])


class _Health(NamedTuple):
    rank: int
    mark: str
    style: str
    words: str


class SyncStrip(Lines):
    """A mark and an age for each sync job, worst first; remarks and errors take its place while they last."""

    topics = frozenset({"sync", "team"})

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[Job] = []
        self._remark: Piece | None = None
        self._error: str | None = None
        self._unread = False
        self._remark_timer: asyncio.TimerHandle | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)

    def reload(self) -> None:
        """Read the health rows again."""
        if self.is_attached:
            self._reading.ask()

    async def _reload(self) -> None:
        try:
            self._jobs = await self.host.backend.read(jobs.select)
        except SmdashError as problem:
            self._unread = True
            self.show_error(str(problem))
            asyncio.get_running_loop().call_later(RETRY_S, self.reload)
            return
        if self._unread:
            self._unread = False
            self.show_error(None)
        self.redraw()

    def apply(self, found: list[Job]) -> None:
        """Take the jobs that were read elsewhere."""
        self._jobs = found
        self.redraw()

    def say(self, words: str, style: str, seconds: float | None = None) -> None:
        """Show a remark for some seconds, ``REMARK_S`` unless told."""
        seconds = REMARK_S if seconds is None else seconds
        self._remark = Piece(" " + literal(words), style)
        if self._remark_timer is not None:
            self._remark_timer.cancel()
        self._remark_timer = asyncio.get_running_loop().call_later(seconds, self._end_remark)
        self.redraw()

    def _end_remark(self) -> None:
        self._remark = None
        self._remark_timer = None
        if self.is_attached:
            self.redraw()

    def show_error(self, sentence: str | None) -> None:
        """Show what is wrong until it is right again (``None``)."""
        self._error = sentence
        self.redraw()

    def tick(self) -> None:
        self.redraw()

    def make_line(self, y: int) -> Line:
        width = self.size.width
        if self._remark is not None:
            return spread([self._remark], width)
        if self._error is not None:
            return spread([Piece(" ! " + literal(self._error), "error")], width)
        if frozen := self.host.backend.team.frozen:
            words = " ! " + _("nothing goes out, frozen by {who_why}").format(who_why=literal(frozen))
            return spread([Piece(words, "error")], width)
        if not self._jobs:
            return spread([Piece(" " + _("nothing is synced yet: smdash account add, smdash feed add"), "dim")], width)
        line: Line = []
        room = width
        health = sorted((self._health(job) for job in self._jobs), key=lambda one: one.rank)
        for at, one in enumerate(health):
            text = f" {one.mark} {one.words} "
            rest = f" +{len(health) - at}"
            if width_of(text) + (width_of(rest) if at + 1 < len(health) else 0) > room:
                line.append(Piece(rest, "dim"))
                break
            line += [Piece(f" {one.mark}", one.style), Piece(f" {one.words} ", "dim" if one.rank > 1 else "base")]
            room -= width_of(text)
        return spread(line, width)

    def _health(self, job: Job) -> _Health:
        glyphs = self.host.glyphs
        now = self.host.clock.now()
        label = literal(job.label)[:24]
        look = look_of(job, now)
        if look is Look.PAUSED:
            return _Health(3, glyphs.waiting, "dim", f"{label} {_('paused')}")
        if look is Look.FAILING:
            why = literal(job.error or job.error_kind or "")
            return _Health(0, glyphs.failing, "error", f"{label}: {why[:60]}")
        if look is Look.NEW:
            return _Health(2, glyphs.waiting, "dim", f"{label} {_('not yet')}")
        age = "" if job.last_ok_at is None else " " + formats.short_age(max(now - job.last_ok_at, timedelta()))
        if look is Look.REMARK and is_behind(job, now):
            return _Health(1, glyphs.soon, "warning", f"{label}{age}, {_('behind')}")
        if look is Look.REMARK:
            return _Health(1, glyphs.soon, "warning", f"{label}{age}: {literal(job.error or '')[:40]}")
        fresh = look is Look.GOOD
        return _Health(4, glyphs.good if fresh else glyphs.waiting, "success" if fresh else "dim", f"{label}{age}")


class KeyLine(Lines):
    """The keys that work here and now, from the live keymap; each can be clicked."""

    def __init__(self) -> None:
        super().__init__()
        self._spots: list[tuple[int, int, str]] = []

    def make_line(self, y: int) -> Line:
        width = self.size.width
        keys: dict[str, str] = {}
        for key, active in self.screen.active_bindings.items():
            if active.binding.id and active.enabled and key != UNBOUND:
                keys.setdefault(active.binding.id, key)
        named = [(action.id, *self._words(keys, action.id, action.label))
                 for action in ACTIONS if action.shown and action.id in keys]  # fmt: skip
        # The key that tells all others is there however narrow it gets.
        helping = [one for one in named if one[0] == HELP]
        others = [one for one in named if one[0] != HELP]
        line: Line = [Piece(" ")]
        start = 1
        self._spots = []
        for action_id, key, words in (*_fitting(others, width - 1 - sum(map(_size, helping))), *helping):
            self._spots.append((start, start + width_of(f"{key} {words}"), action_id))
            line += [Piece(key, "accent"), Piece(f" {words}  ", "dim")]
            start += _size((action_id, key, words))
        return spread(line, width)

    def _words(self, keys: dict[str, str], action_id: str, label: str) -> tuple[str, str]:
        key = key_word(keys[action_id])
        if other := keys.get(BACK.get(action_id, "")):
            key = f"{key}/{key_word(other)}"
        return key, _(label)

    async def on_click(self, event: events.Click) -> None:
        for start, end, action_id in self._spots:
            if start <= event.x < end:
                await self.host.run_by_id(action_id)
                return


def _size(named: tuple[str, str, str]) -> int:
    """Cells that a key takes with its words and the gap behind it."""
    _action_id, key, words = named
    return width_of(f"{key} {words}") + 2


def _fitting(named: list[tuple[str, str, str]], room: int) -> list[tuple[str, str, str]]:
    """The first ones that fit into so many cells."""
    ends = accumulate(map(_size, named))
    return [one for one, end in zip(named, ends, strict=True) if end <= room]
