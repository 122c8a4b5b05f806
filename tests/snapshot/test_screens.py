"""The screens as text, in the sizes and languages that people use; UPDATE_SNAPSHOTS=1 writes them anew.

A change here is meant to be looked at: the files are the pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from smdash import locale
from smdash.core.clock import FixedClock, Span
from smdash.core.records import Actor
from smdash.store import people, post_flow, teams, time_entries, triage
from smdash.store.connection import Store
from smdash.tui.places import NAMES
from tests.desk import busy_sync, desk_app, monday, plan_post
from tests.tui.conftest import screen_text, until

FOLDER = Path(__file__).parent / "screens"
SIZES = [(80, 24), (120, 40), (160, 45)]


@pytest.fixture(params=["en", "id"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    locale.use(request.param)
    yield request.param
    locale.use("en")


def compare(name: str, text: str) -> None:
    file = FOLDER / f"{name}.txt"
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"{name} looks different:\n{text}"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_desk(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int], language: str
) -> None:
    monday(store, actor)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        compare(f"desk-{language}-{size[0]}x{size[1]}", screen_text(pilot))


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_an_empty_desk(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int], language: str
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        compare(f"empty-{language}-{size[0]}x{size[1]}", screen_text(pilot))


async def test_a_mention_whole(store: Store, actor: Actor, db: Path, clock: FixedClock, language: str) -> None:
    monday(store, actor)
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        compare(f"mention-{language}-80x24", await until(pilot, lambda text: "instagram/kopi" in text))


async def test_help(store: Store, actor: Actor, db: Path, clock: FixedClock, language: str) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        compare(f"help-{language}-80x24", await until(pilot, lambda text: "shift-tab" in text or "⇧tab" in text))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("shown", ["week", "month"])
async def test_the_calendar(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int], shown: str
) -> None:
    monday(store, actor)
    with store.writing() as conn:
        teams.put(conn, "holidays", {"2026-11-25": "Hari Guru"})
    plan_post(store, actor, "“Terima kasih, guru.” Secangkir untuk yang mengajar", clock.now() + timedelta(days=2))
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", *(["m"] if shown == "month" else []))
        text = await until(pilot, lambda text: "14:05" in text.split("╭")[1] if shown == "week" else "Nov 2026" in text)
        compare(f"calendar-{shown}-en-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_what_waits_for_approval(
    store: Store, actor: Actor, second: Actor, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "several")
    for at in range(5):
        plan_post(store, second, f"Cerita petani Gayo, bagian {at + 1}", clock.now() + timedelta(hours=7 * at + 1))
    with store.writing() as conn:
        post_flow.approve(conn, teams.join(conn, "cici", "Cici", "cici", clock.now()), 2, clock.now())
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("1", "w", "j")
        text = await until(pilot, lambda text: "Post 2" in text and "approved by Cici" in text)
        compare(f"awaiting-en-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_review_of_hours(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    monday(store, actor)
    now = clock.now()
    with store.writing() as conn:
        time_entries.log(
            conn, actor, now, "blogging", Span(now - timedelta(hours=3), now - timedelta(hours=2)), "tulisan Gayo"
        )
        for minutes_ago, one in ((240, 1), (235, 2), (100, 3)):
            triage.finish(conn, actor, [one], now - timedelta(minutes=minutes_ago))
        people.label(conn, actor, 4, "setia", True, now - timedelta(minutes=60))
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("i", "a", "j")
        text = await until(pilot, lambda text: "2 proposed" in text and "puts it back" in text)
        compare(f"review-en-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_sync_jobs(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int], language: str
) -> None:
    busy_sync(store, actor)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("Y", "G", "k", "k", "k")
        text = await until(pilot, lambda text: "20,000" in text or "20.000" in text)
        compare(f"sync-{language}-{size[0]}x{size[1]}", text)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_weeks_hours(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int], language: str
) -> None:
    clock.jump(timedelta(days=3))  # to Thursday
    monday(store, actor)
    now = clock.now()
    with store.writing() as conn:
        for activity, hours_ago, minutes, note in (
            ("updates", 5, 95, "Jadwal pekan ini"), ("blogging", 3, 90, None), ("contingency", 76, 50, "“Kopi basi”"),
            ("conversation", 51, 200, None),
        ):  # fmt: skip
            start = now - timedelta(hours=hours_ago)
            time_entries.log(conn, actor, now, activity, Span(start, start + timedelta(minutes=minutes)), note)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press(*["right_square_bracket"] * NAMES.index("week"), "enter")
        text = await until(pilot, lambda text: "10:40" in text and "39" in text)
        compare(f"week-hours-{language}-{size[0]}x{size[1]}", text)
