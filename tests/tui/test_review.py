"""The screen that reviews proposed hours: accept, drop, change and undo by single keys, on any day of the week."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.records import Actor
from smdash.store import time_entries, triage
from smdash.store.connection import Store
from tests.desk import arrive, desk_app
from tests.tui.conftest import until

SMALL, WIDE = (80, 24), (160, 45)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def worked(store: Store, actor: Actor, second: Actor, clock: FixedClock) -> Store:
    """Yesterday a batch by Ana; today three of hers with something logged between, and one by Budi."""
    arrive(store, *(f"pesan {n}" for n in range(20)), minutes_ago=2000)
    now = clock.now()

    def done(who: Actor, minutes_ago: int, *ids: int) -> None:
        with store.writing() as conn:
            triage.finish(conn, who, ids, now - minutes_ago * MINUTE)

    done(actor, 24 * 60, 1, 2, 3, 4, 5, 6)
    done(actor, 180, 7)
    done(actor, 60, 8, 9)
    done(actor, 30, 10)
    done(second, 90, 11, 12, 13)
    with store.writing() as conn:
        time_entries.log(
            conn, actor, now, "blogging", Span(now - 150 * MINUTE, now - 100 * MINUTE), "tulisan tentang Gayo"
        )
    return store


def counted(store: Store, actor: Actor) -> list[tuple[str, int]]:
    """Activity and minutes of what counts."""
    now = store.clock.now()
    with store.reading() as conn:
        found = time_entries.select(conn, actor.member_id, Span(now - timedelta(days=3), now))
    return [(one.activity, round(((one.ended_at or now) - one.started_at) / MINUTE)) for one in found]


BLOGGING = ("blogging", 50)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_day_is_shown_in_order_with_evidence_and_the_other_days(
    worked: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("i")
        text = await until(pilot, lambda text: "3 proposed, 0:15" in text)
        lines = text.splitlines()[1:]
        assert "no other day of this week" in lines[0]
        assert [line.split()[2] for line in lines[1:5]] == ["11:00", "11:35", "13:00", "13:30"]
        assert "1 set to done" in lines[1] and "tulisan tentang Gayo" in lines[2] and "2 set to done" in lines[3]
        assert "Budi" not in text
        # Monday is the week's first day, so yesterday is no day of this week; it can be reviewed all the same.
        await pilot.press("h")
        await until(pilot, lambda text: "Sun 22 Nov · 1 proposed, 0:05" in text and "Mon 23 Nov 0:15" in text)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda text: "today · 3 proposed" in text)
        await pilot.press("l", "escape")
        await until(pilot, lambda text: "Mentions" in text)


async def test_single_keys_decide_and_undo_brings_back(
    worked: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("i")
        await until(pilot, lambda text: "3 proposed" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "2 proposed, 0:10" in text and "conversation: 0:05; u puts it back" in text)
        assert counted(worked, actor) == [("conversation", 5), BLOGGING]
        # The cursor is on what comes next.
        await pilot.press("c")
        await until(pilot, lambda text: "What was it?" in text)
        await pilot.press("8")
        await until(pilot, lambda text: "1 proposed" in text and "community: 0:05" in text)
        assert counted(worked, actor) == [("conversation", 5), BLOGGING, ("community", 5)]
        await pilot.press("x")
        await until(pilot, lambda text: "nothing to be reviewed" in text and "13:30" not in text)
        await pilot.press("u")
        await until(pilot, lambda text: "1 proposed" in text and "undone: dropped" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "2 proposed" in text)
        await pilot.press("A")
        await until(pilot, lambda text: "nothing to be reviewed" in text and "2 accepted" in text)
        await pilot.press("a")
        await until(pilot, lambda text: "nothing is to be reviewed here" in text)
    assert counted(worked, actor) == [("conversation", 5), BLOGGING, ("conversation", 5), ("conversation", 5)]


async def test_keys_typed_at_once_each_decide_about_the_next(
    worked: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("i")
        await until(pilot, lambda text: "3 proposed" in text)
        await pilot.press("a", "x", "a")
        await until(pilot, lambda text: "nothing to be reviewed" in text and "✓ 13:" not in text.split("13:30")[0])
        await until(pilot, lambda _text: len(counted(worked, actor)) == 3)
    assert counted(worked, actor) == [("conversation", 5), BLOGGING, ("conversation", 5)]


async def test_a_new_member_and_a_day_without_work_are_told_in_words(store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("i")
        await until(pilot, lambda text: "Nothing is to be reviewed on Mon 23 Nov" in text)
        await pilot.press("a", "A", "x", "c", "k")
        await until(pilot, lambda text: "nothing is to be reviewed here" in text)


async def test_read_only_shows_and_writes_nothing(worked: Store, actor: Actor, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock, read_only=True).run_test(size=SMALL) as pilot:
        await pilot.press("i")
        await until(pilot, lambda text: "3 proposed" in text)
        await pilot.press("a")
        await until(pilot, lambda text: "--read-only" in text and "3 proposed" in text)
    assert counted(worked, actor) == [BLOGGING]
    with worked.reading() as conn:
        assert conn.execute("SELECT count(*) FROM time_entry WHERE state = 'proposed'").fetchone() == (0,)
