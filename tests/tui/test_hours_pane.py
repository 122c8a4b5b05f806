"""The hours pane: bars at the member's own pace, what no longer fits, a spent reserve, part-time and days away."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.records import Actor
from smdash.core.worktime import parse_week_times, to_plain
from smdash.store import members, time_entries
from smdash.store.connection import Store
from tests.desk import desk_app
from tests.tui.conftest import until

HOUR = timedelta(hours=1)
WIDE = (120, 40)


def log(store: Store, who: Actor, activity: str, begin: float, length: float) -> None:
    """Hours from the test's now (Monday 14:05 in Jakarta)."""
    now = store.clock.now()
    with store.writing() as conn:
        span = Span(now + begin * HOUR, now + (begin + length) * HOUR)
        time_entries.log(conn, who, span.end, activity, span)


def line(text: str, name: str) -> str:
    return next(one for one in text.splitlines() if name in one)


async def test_part_time_and_days_away_make_the_plan(store: Store, db: Path, clock: FixedClock, actor: Actor) -> None:
    with store.writing() as conn:
        half = json.dumps(to_plain(parse_week_times("mon-thu 08:00-13:00")))
        members.change(conn, actor, clock.now(), "ana", {"hours": half})
        members.absent(conn, actor, clock.now(), "ana", date(2026, 11, 25), date(2026, 11, 26), "leave")
    log(store, actor, "blogging", -5, 1)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("4")
        # Half of the plan, half of which is left; the first of two days is over.
        text = await until(pilot, lambda text: "week 48 · 1.0 of 9.9" in text)
        assert "1.0/1.9" in line(text, "blogging") and "+0.1" in line(text, "blogging")


async def test_what_no_longer_fits_is_marked_here_and_in_the_title(
    store: Store, db: Path, clock: FixedClock, actor: Actor
) -> None:
    log(store, actor, "updates", -3, 3)
    clock.move(timedelta(days=4, hours=-1))  # Friday 13:05: 3.9 hours are left
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("4")
        text = await until(pilot, lambda text: "week 48 · 3.0 of 39.5 ▲" in text)
        assert "▲−6.8" in line(text, "blogging")
        assert "▲" not in line(text, "updates") and "−0.6" in line(text, "updates")
        await pilot.press("h")
        text = await until(pilot, lambda text: "week 47" in text)
        assert "▲" not in text


async def test_the_pace_moves_on_by_itself(store: Store, db: Path, clock: FixedClock, actor: Actor) -> None:
    log(store, actor, "updates", -1, 1)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("4")
        await until(pilot, lambda text: "−1.0" in line(text, "blogging"))
        clock.move(timedelta(hours=20))
        pilot.app.query_one("HoursPane").tick()  # type: ignore[attr-defined]
        await until(pilot, lambda text: "−1.7" in line(text, "blogging"))


async def test_a_spent_reserve_is_marked(store: Store, db: Path, clock: FixedClock, actor: Actor) -> None:
    log(store, actor, "contingency", -5, 4)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("4")
        text = await until(pilot, lambda text: "4.0/5.0" in text)
        assert "+" not in line(text, "contingency") and "│░" not in line(text, "contingency").split("4.0/5.0")[1]
        log(store, actor, "contingency", -7, 1.5)
        await until(pilot, lambda text: "!+0.5" in line(text, "contingency"))
        await pilot.press("G")
        await until(pilot, lambda text: "contingency went to: without a note 5.5" in text)


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_the_teams_week_adds_up(
    store: Store, db: Path, clock: FixedClock, actor: Actor, second: Actor, size: tuple[int, int]
) -> None:
    with store.writing() as conn:
        members.change(
            conn, actor, clock.now(), "budi", {"hours": json.dumps(to_plain(parse_week_times("mon 09:00-17:00")))}
        )
    log(store, second, "blogging", -5, 2)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("4", "M")
        await until(pilot, lambda text: "2.0 of 47.4" in text and "team" in text)
