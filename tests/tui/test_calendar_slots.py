"""Empty slots, observances and brands in the calendar, as a member sees and uses them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.core.slots import Slot
from smdash.store import brands, observances, posts, slots, teams
from smdash.store.connection import Store
from tests.desk import desk_app, plan_post
from tests.tui.conftest import screen_text, until
from tests.tui.test_calendar import SMALL, WIDE, WIDEST, at, calendar, click, columns, days

IG = "instagram/kopi"


@pytest.fixture
def slotted(store: Store, actor: Actor) -> Store:
    """Slots for Instagram on Monday and Wednesday at 09:00 and 16:30, and one for any account each day at 20:00."""
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", store.clock.now())
        teams.put_account(conn, "mastodon", "teh", store.clock.now())
        slots.replace(
            conn,
            [Slot(day, clock, IG, "education") for day in (1, 3) for clock in ("09:00", "16:30")]
            + [Slot(day, "20:00") for day in range(1, 8)],
        )
    plan_post(store, actor, "Terima kasih guru", at(25, 9, 20))
    return store


async def test_empty_slots_stand_on_their_days_and_are_counted_in_the_title(
    slotted: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDEST) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "Terima" in text)
        found = columns(text)
        # What is over today is no slot any more, and the post fills that of Wednesday morning.
        assert "16:30 ○ IG edu" in found["Mon"] and "09:00" not in found["Mon"]
        assert "09:00" not in found["Wed"] and "09:20" in found["Wed"] and "16:30 ○ IG edu" in found["Wed"]
        assert all("20:00 ○ any" in found[day] for day in found)
        assert "1 post · 9 empty in 7 days" in text


async def test_what_a_colleague_plans_fills_a_slot_at_once_and_what_is_called_off_empties_it(
    slotted: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "9 empty in 7 days" in text)
        post_id = plan_post(slotted, second, "dari Budi", at(25, 16, 40))
        await until(pilot, lambda text: "8 empty in 7 days" in text and "16:30" not in columns(text)["Wed"])
        with slotted.writing() as conn:
            conn.execute("UPDATE delivery SET state = 'cancelled' WHERE post_id = ?", (post_id,))
        await until(pilot, lambda text: "9 empty in 7 days" in text and "16:30 ○ IG" in columns(text)["Wed"])


async def test_a_slot_that_is_over_goes_by_itself(slotted: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "16:30 ○ IG" in columns(text)["Mon"])
        clock.move(timedelta(hours=3))
        app._tick()
        await until(pilot, lambda text: "16:30" not in columns(text)["Mon"] and "8 empty in 7 days" in text)


async def test_the_empty_ones_alone_for_7_and_14_days_and_back(slotted: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    for size in (SMALL, WIDE):
        async with app.run_test(size=size) if size == SMALL else desk_app(db, clock).run_test(size=size) as pilot:
            await pilot.press("right_square_bracket", "right_square_bracket")
            await until(pilot, lambda text: "9 empty in 7 days" in text)
            await pilot.press("E")
            text = await until(pilot, lambda text: "empty slots · 23–29 Nov 2026 · 9 empty" in text)
            assert "Terima" not in text and "post" not in text.splitlines()[2]
            assert days(text)["Mon 23 Nov"][1].startswith("16:30 ○ IG       edu  empty  instagram/kopi")
            await pilot.press("E")
            await until(pilot, lambda text: "empty slots · 23 Nov – 6 Dec 2026 · 20 empty" in text)
            await pilot.press("G")
            await until(pilot, lambda text: "Sun 6 Dec" in text)
            await pilot.press("E")
            await until(pilot, lambda text: "week 49" in text)
            await pilot.press("0", "E", "escape")
            await until(pilot, lambda text: "week 48" in text and "Terima" in text)


async def test_a_narrow_title_gives_up_the_weeks_number_before_what_is_empty(
    slotted: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    for number in range(3):
        plan_post(slotted, actor, "terlambat", clock.now() - timedelta(hours=number + 1))
    clock.move(timedelta(minutes=5))
    async with desk_app(db, clock).run_test(size=(72, 24)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "empty in 7 days" in text)
        assert "Calendar · 23–29 Nov 2026 · 4 posts · 3 late · 9 empty in 7 days" in text
        assert "week 48" not in text


async def test_a_team_without_slots_is_told_how_to_have_some(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "week 48" in text)
        assert "empty in" not in text
        await pilot.press("E")
        await until(pilot, lambda text: "the team has no slots; add some with: smdash team edit" in text)


async def test_enter_on_an_empty_slot_begins_a_post_for_it(slotted: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    begun: list[dict[str, Any]] = []
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "16:30 ○ IG" in text)
        await click(pilot, text, "16:30 ○ IG")
        await until(pilot, lambda text: "Mon 23 Nov 16:30 WIB · empty slot · instagram/kopi · education" in text)
        app.new_post = lambda **asked: begun.append(asked)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await pilot.press("j", "enter")
        await pilot.pause()
    assert begun == [
        {"due_at": at(23, 16, 30), "accounts": (IG,), "category": "education"},
        {"due_at": at(23, 20), "accounts": (), "category": None},
    ]


async def test_what_is_done_with_posts_says_so_on_an_empty_slot(slotted: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "16:30 ○ IG" in text)
        for key in ("M", "y", "greater_than_sign"):
            await pilot.press(key)
            await until(pilot, lambda text: "an empty slot has no post yet" in text)
            pilot.app.desk.strip._end_remark()  # type: ignore[attr-defined]


async def test_the_cursor_stays_on_its_empty_slot_and_steps_aside_where_that_is_filled(
    slotted: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "Mon 23 Nov 16:30 WIB · empty slot" in text)
        plan_post(slotted, second, "dari Budi", at(23, 15))
        await until(pilot, lambda text: "15:00" in columns(text)["Mon"])
        assert calendar(app).slot is not None
        plan_post(slotted, second, "lagi", at(23, 16, 20))
        await until(pilot, lambda text: "16:20" in columns(text)["Mon"])
        assert calendar(app).row is not None


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_month_counts_empty_slots_and_marks_observances(
    slotted: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    with slotted.writing() as conn:
        now = clock.now()
        observances.add(conn, actor, now, date(2026, 11, 25), date(2026, 11, 26), "Hari Guru")
        observances.add(conn, actor, now, date(2026, 11, 27), date(2026, 11, 27), "Libur", holiday=True)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "m")
        text = await until(pilot, lambda text: "Nov 2026" in text)
        rows = [line[1:-1].split("│") for line in text.splitlines() if line.count("│") == 8]
        week = next(at for at, row in enumerate(rows) if row[0].startswith("▸23"))
        assert rows[week + 1][0].split() == ["○2"] and rows[week + 1][2].split() == ["·1", "○2"]
        assert rows[week][2].split() == ["25+", "1"] and rows[week][3].split() == ["26+"]
        # Nothing goes out on a day off.
        assert rows[week][4].split() == ["27★"] and rows[week + 1][4].split() == []
        await pilot.press("right", "right")
        await until(pilot, lambda text: "Wed 25 Nov · Hari Guru · 1 post · 2 empty" in text)


async def test_observances_stand_on_each_of_their_days_and_holidays_as_those_of_the_settings(
    slotted: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with slotted.writing() as conn:
        now = clock.now()
        observances.add(conn, actor, now, date(2026, 11, 22), date(2026, 11, 24), "Pekan Kopi")
        observances.add(conn, actor, now, date(2026, 11, 27), date(2026, 11, 27), "Hari libur", holiday=True)
        teams.put(conn, "holidays", {"2026-11-27": "Maulid"})
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        found = days(await until(pilot, lambda text: "Pekan Kopi" in text))
        assert "Pekan Kopi" in found["Mon 23 Nov"][0] and "Pekan Kopi" in found["Tue 24 Nov"][0]
        assert "Pekan" not in found["Wed 25 Nov"][0]
        assert found["Fri 27 Nov"][0].startswith("Fri 27 Nov · Maulid, Hari libur · no posts")


async def test_long_names_of_days_leave_the_counts_in_sight(
    slotted: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with slotted.writing() as conn:
        for number in range(8):
            name = f"[b]Hari {number} \x1b[1m 祝日祝日祝日 yang namanya panjang sekali"
            observances.add(conn, actor, clock.now(), date(2026, 11, 25), date(2026, 11, 25), name)
    for size in (SMALL, WIDE, WIDEST, (40, 12)):
        async with desk_app(db, clock).run_test(size=size) as pilot:
            await pilot.press("right_square_bracket", "right_square_bracket", "right", "right")
            text = await until(pilot, lambda text: "[b]H" in text)
            assert "\x1b" not in text
            if size == SMALL:
                assert " · 1 post · 2 empty" in next(line for line in text.splitlines() if "Wed 25 Nov" in line)


async def test_one_network_or_brand_is_shown_alone_with_its_slots(
    slotted: Store, actor: Actor, db: Path, clock: FixedClock, second: Actor
) -> None:
    now = clock.now()
    with slotted.writing() as conn:
        for name in ("Kopi Senja", "Teh Pagi"):
            brands.add(conn, actor, now, name)
        brands.give(conn, actor, now, "account", posts.find_account(conn, IG).id, "kopi senja")
        teh = posts.find_account(conn, "mastodon/teh")
        brands.give(conn, actor, now, "account", teh.id, "Teh Pagi")
        (category, format_) = posts.get(conn, 1)[3:5]
        posts.add(
            conn, second, now, accounts=[teh], category=category, format=format_, body="Teh tarik", due_at=at(24, 8),
            zone="Asia/Jakarta",
        )  # fmt: skip
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "Teh tarik" in text.replace("\n", ""))
        await pilot.press("f", "6")
        await until(pilot, lambda text: "Kopi Senja" in text and "Teh Pagi" in text)
        await pilot.press("2")
        text = await until(pilot, lambda text: "only Teh Pagi" in text)
        assert "08:00" in columns(text)["Tue"] and "16:30" not in text and "20:00 ○ any" in columns(text)["Mon"]
        await pilot.press("f", "5", "1")
        text = await until(pilot, lambda text: "only instagram" in text)
        assert "08:00" not in columns(text)["Tue"] and "16:30 ○ IG" in columns(text)["Wed"]


async def test_with_one_brand_there_is_nothing_to_choose(
    slotted: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with slotted.writing() as conn:
        brands.add(conn, actor, clock.now(), "Kopi Senja")
        brands.give(conn, actor, clock.now(), "account", 1, "Kopi Senja")
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "Terima" in text)
        await pilot.press("f")
        text = await until(pilot, lambda text: "one network" in text)
        assert "brand" not in text


async def test_many_slots_and_posts_on_a_day_say_how_many_more_and_follow_the_cursor(
    slotted: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with slotted.writing() as conn:
        slots.replace(conn, [Slot(2, f"{hour:02d}:{minute:02d}", IG) for hour in range(24) for minute in (0, 30)])
    for number in range(10):
        plan_post(slotted, actor, f"nomor {number}", at(24, 6) + timedelta(hours=number))
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "right")
        text = await until(pilot, lambda text: "more" in columns(text)["Tue"])
        assert "00:00 ○ IG" in columns(text)["Tue"]
        await pilot.press(*["j"] * 47)
        text = await until(pilot, lambda text: "23:30 ○ IG" in columns(text)["Tue"])
        assert calendar(app).slot is not None and calendar(app).slot.at == at(24, 23, 30)  # type: ignore[union-attr]
        await click(pilot, text, "23:00 ○ IG")
        assert calendar(app).slot.at == at(24, 23)  # type: ignore[union-attr]
        assert screen_text(pilot).count("○") > 3


async def test_slots_keep_their_wall_time_where_the_clocks_change(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    clock.jump(datetime(2026, 10, 30, 12, tzinfo=UTC) - clock.now())
    with store.writing() as conn:
        teams.put(conn, "zone", "America/New_York")
        slots.replace(conn, [Slot(day, clock_, None) for day in range(1, 8) for clock_ in ("01:30", "09:00")])
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "25 hours" in text)
        assert all(line in columns(text)["Sun"] for line in ("01:30 ○ any", "09:00 ○ any"))
        await pilot.press("G", "k")
        await until(pilot, lambda text: "Sun 1 Nov 01:30 EDT · empty slot" in text)
        await pilot.press("j")
        await until(pilot, lambda text: "Sun 1 Nov 09:00 EST · empty slot" in text)
