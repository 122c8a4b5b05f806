"""The Campaigns pane and a campaign whole: warnings in time, what is left behind, and every second in the last hour alone."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, CampaignKind, Category, Format, Phase
from smdash.store import campaign_sets, campaigns, milestones, posts, teams
from smdash.store.connection import Store
from tests.desk import desk_app, plan_post
from tests.tui.conftest import screen_text, until

WIDE = (120, 40)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def gajian(store: Store, actor: Actor) -> int:
    """Launch until in two hours, then the last call until the day after."""
    now = store.clock.now()
    return add(store, actor, "Gajian", now - 3 * DAY, now + DAY, ("launch", now + 2 * HOUR), ("last call", now + DAY))


def add(store: Store, who: Actor, name: str, start: datetime, end: datetime, *parts: tuple[str, datetime]) -> int:
    edges = [start, *(at for _name, at in parts)]
    with store.writing() as conn:
        return campaigns.add(
            conn, who, store.clock.now(), name=name, kind=CampaignKind.DISCOUNT, starts_at=start, ends_at=end,
            zone="Asia/Jakarta",
            phases=[Phase(part, edges[place], until) for place, (part, until) in enumerate(parts)],
        )  # fmt: skip


def pane_of(text: str) -> list[str]:
    """The lines of the pane that stand right of the middle."""
    lines = [line[74:] for line in text.splitlines()]
    first = next(place for place, line in enumerate(lines) if "3 Campaigns" in line)
    return lines[first : first + 8]


async def test_a_phase_without_a_post_is_told_on_its_second_line(
    store: Store, actor: Actor, gajian: int, db: Path, clock: FixedClock
) -> None:
    plan_post(store, actor, "pembuka", clock.now() - HOUR, campaign="Gajian")
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        title, name, warning = pane_of(await until(pilot, lambda text: "1 warning" in text))[:3]
        assert "3 Campaigns · 1 running · 1 warning" in title
        assert "Gajian" in name and "2h 00m" in name
        assert "! last call in 2h 00m, no post yet" in warning and "0/1" in warning
        # With a post there the line is about posts again.
        plan_post(store, actor, "terakhir", clock.now() + 3 * HOUR, campaign="Gajian")
        lines = pane_of(await until(pilot, lambda text: "1 warning" not in text))
        assert "0 of 2 posts" in lines[2]


async def test_time_alone_brings_a_warning(store: Store, actor: Actor, db: Path, clock: FixedClock) -> None:
    now = clock.now()
    add(store, actor, "Harbolnas", now + 2 * DAY + 10 * timedelta(minutes=1), now + 5 * DAY)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "no posts yet" in text)
        clock.move(timedelta(minutes=12))
        pilot.app._tick()  # type: ignore[attr-defined]
        await until(pilot, lambda text: "! no post yet" in text)


async def test_what_is_left_behind_stays_until_it_is_gone(
    store: Store, actor: Actor, gajian: int, db: Path, clock: FixedClock
) -> None:
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", clock.now())
        post = posts.add(
            conn, actor, clock.now(), accounts=[posts.find_account(conn, "kopi")], category=Category.HARD_SELL,
            format=Format.TEXT, body="20%", due_at=clock.now() - HOUR, zone="Asia/Jakarta", campaign="Gajian",
        )  # fmt: skip
        conn.execute("UPDATE delivery SET state = 'sent', sent_at = due_at, remote_id = 'r' WHERE post_id = ?", (post,))
    clock.move(2 * DAY)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        lines = pane_of(await until(pilot, lambda text: "offer still live" in text))
        assert "over" in lines[1] and "! 1 offer still live" in lines[2]
        with store.writing() as conn:
            conn.execute("UPDATE delivery SET gone_at = '2026-11-25T00:00:00.000Z'")
        await until(pilot, lambda text: "No campaign runs" in text)


async def test_enter_opens_the_whole_and_follows_what_changes(
    store: Store, actor: Actor, second: Actor, gajian: int, db: Path, clock: FixedClock
) -> None:
    plan_post(store, actor, "pembuka", clock.now() - HOUR, campaign="Gajian")
    with store.writing() as conn:
        campaign_sets.set_goals(conn, second, gajian, clock.now(), {"likes": 400})
        campaign_sets.change_scope(conn, second, gajian, clock.now(), [("label", "[b]promo[/b]")])
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("3", "enter")
        text = await until(pilot, lambda text: "Phases" in text)
        for words in ("discount", "IG kopi 0/1", "! last call in 2h 00m, no post yet", "likes: 0 of 400; 300 expected by now",
                      "label: [b]promo[/b]", "0 mentions, 0 answered"):  # fmt: skip
            assert words in text, words
        assert "Milestones" not in text
        with store.writing() as conn:
            milestones.add(conn, actor, clock.now(), gajian, name="juri", due_at=clock.now() + HOUR, owner="budi")
        await until(pilot, lambda text: "juri: due Mon 23 Nov 15:05 WIB · Budi" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "juri" not in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "4 Hours" in text)


async def test_seconds_are_counted_in_the_last_hour_alone(
    store: Store, actor: Actor, gajian: int, db: Path, clock: FixedClock
) -> None:
    app: Any = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        pane = next(pane for pane in app.desk.panes if pane.number == 3)
        await until(pilot, lambda text: "2h 00m" in text)
        assert not pane.wants_seconds()
        clock.move(HOUR + timedelta(minutes=30))
        assert pane.wants_seconds()
        pane.second()
        await until(pilot, lambda text: "30:00" in text)
        # Every other one until the last minute.
        for passed, shown in ((1, "30:00"), (1, "29:58"), (29 * 60 + 1, "00:57"), (1, "00:56")):
            clock.move(timedelta(seconds=passed))
            pane.second()
            await pilot.pause(0.05)
            assert shown in screen_text(pilot)


async def test_a_countdown_of_seconds_begins_at_once(
    store: Store, actor: Actor, gajian: int, db: Path, clock: FixedClock
) -> None:
    app: Any = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "2h 00m" in text)
        waits = app._tick_handle.when() - asyncio.get_running_loop().time()
        assert waits > 10
        add(store, actor, "Kilat", clock.now() - HOUR, clock.now() + HOUR / 2)
        await until(pilot, lambda text: "Kilat" in text)
        assert app._tick_handle.when() - asyncio.get_running_loop().time() < 2


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)])
async def test_a_long_name_and_several_warnings_keep_their_line(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    now = clock.now()
    long = add(store, actor, "Kampanye 名前の長い " * 5, now - DAY, now + 4 * DAY, ("pembuka " * 6, now + 4 * DAY))
    with store.writing() as conn:
        milestones.add(conn, actor, now - 2 * DAY, long, name="juri", due_at=now - DAY)
    add(store, actor, "Nanti", now + 20 * DAY, now + 30 * DAY)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("3")
        text = await until(pilot, lambda text: "! pembuka" in text)
        (line,) = [line for line in text.splitlines() if "! pembuka" in line]
        assert line.rstrip().endswith("│") and "0/0" in line
        # What would be cut is left out.
        (title,) = [line for line in text.splitlines() if "3 Campaigns" in line]
        assert "1 warning" in title and "…" not in title
        assert ("1 coming" in title) is (size != WIDE)
