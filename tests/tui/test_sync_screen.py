"""The sync screen: what each job's line says, asking for a run, pausing, and a cursor that stays while the service works."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.store import jobs, teams
from smdash.store.connection import Store
from tests.desk import busy_sync, desk_app
from tests.tui.conftest import until

SIZES = [(80, 24), (160, 45)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def working(store: Store, actor: Actor) -> Store:
    busy_sync(store, actor)
    return store


@pytest.mark.parametrize("size", SIZES)
async def test_a_line_tells_health_allowance_and_token(
    working: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("Y")
        text = await until(pilot, lambda text: "12 jobs · 2 failing · 1 paused" in text and "last good" in text)
        assert "token" in text.splitlines()[1]
        (line,) = [one for one in text.splitlines() if "MA kopi mentions" in one]
        assert " 1m " in line and " 98 " in line and " 60d" in line
        await pilot.press("G")
        await until(pilot, lambda text: "Kabar kopi" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "Mentions" in text)


async def test_what_is_wrong_is_told_with_what_to_do(working: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("Y")
        await until(pilot, lambda text: "12 jobs" in text)
        await pilot.press("j", "j", "j")
        await until(pilot, lambda text: "smdash account add linkedin" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "its token ended: Thu 19 Nov" in text and "failed 1 time since" in text)
        await pilot.press("escape", "G", "k", "k", "k", "enter")
        text = await until(pilot, lambda text: "budget: 20,000 of 20,000 used" in text)
        assert "“budget” of the account in sync.toml may be" in text
        assert "cost: X charges" in text


async def test_r_asks_the_service_by_the_row(working: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("Y")
        await until(pilot, lambda text: "12 jobs" in text)
        name = pilot.app.screen.list.line.job.name  # type: ignore[attr-defined]
        await pilot.press("r")
        await until(pilot, lambda text: "asked" in text)
        with working.reading() as conn:
            asked = [one.name for one in jobs.select(conn) if one.next_at == clock.now()]
        assert asked == [name]


async def test_p_pauses_a_job_and_what_goes_out_to_an_account(working: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(160, 45)) as pilot:
        await pilot.press("Y")
        await until(pilot, lambda text: "1 paused" in text)
        name = pilot.app.screen.list.line.job.name  # type: ignore[attr-defined]
        await pilot.press("p")
        await until(pilot, lambda text: "2 paused" in text and "the same key resumes" in text)
        with working.reading() as conn:
            assert jobs.get(conn, name).state == "paused"
        await pilot.press("r")
        await until(pilot, lambda text: "it is paused; resume it first" in text)
        await pilot.press("p")
        await until(pilot, lambda text: " 1 paused" in text)
        await pilot.press("j", "j", "p")
        await until(pilot, lambda text: "nothing goes out to" in text)
        with working.reading() as conn:
            assert [one.platform for one in teams.accounts(conn) if one.status == "paused"] == ["instagram"]
        await pilot.press("p")
        await until(pilot, lambda text: "is sent to again" in text)


async def test_the_cursor_stays_on_its_job_while_rows_come_and_go(
    working: Store, db: Path, clock: FixedClock, actor: Actor
) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("Y")
        await until(pilot, lambda text: "12 jobs" in text)
        await pilot.press("j", "j", "j")
        screen = pilot.app.screen
        name = screen.list.line.job.name  # type: ignore[attr-defined]
        with working.writing() as conn:
            one = teams.put_account(conn, "bluesky", "anjungan", clock.now())
            jobs.ensure(conn, jobs.JobSpec("bluesky/anjungan/inbox", "anjungan", "bluesky", one, None, 60))
            jobs.fail(conn, name, next_at=clock.now() + MINUTE, kind="network", error="kabel putus")
        await until(pilot, lambda text: "13 jobs" in text and "kabel putus" in text)
        assert screen.list.line.job.name == name  # type: ignore[attr-defined]


async def test_it_opens_from_the_commands_and_says_what_fills_it(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("colon", *"sync jobs are")
        await until(pilot, lambda text: "How the sync jobs are doing" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "smdash account add, smdash feed add" in text and "run now" in text)
        await pilot.press("r", "p", "y", "q")
        await until(pilot, lambda text: "Mentions" in text)


async def test_what_comes_from_outside_stays_text(working: Store, db: Path, clock: FixedClock) -> None:
    with working.writing() as conn:
        for job in jobs.select(conn):
            jobs.fail(
                conn,
                job.name,
                next_at=clock.now() + MINUTE,
                kind="server",
                error="[red]x[/]\x1b[2J\u202ebad\nline " * 40,
            )
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("Y")
        text = await until(pilot, lambda text: "[red]x[/]" in text)
        assert "\x1b" not in text and "\u202e" not in text


async def test_a_calendar_has_its_name_and_what_to_do_about_a_refused_password(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with store.writing() as conn:
        jobs.ensure(conn, jobs.JobSpec("calendar/1", "Promo [b]kantor[/b]", "calendar", None, None, 900))
        jobs.fail(conn, "calendar/1", next_at=clock.now() + MINUTE, kind="auth", error="k.example does not accept it")
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("Y")
        text = await until(pilot, lambda text: "k.example does not accept it" in text)
        assert any("✗ CA Promo [b]kantor[/b]" in line for line in text.splitlines())
        assert "Remove it and add it anew" in text and "smdash calendar" in text
